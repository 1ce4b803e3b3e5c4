#ifndef F2B_MANAGE_DUMP_H
#define F2B_MANAGE_DUMP_H

#include "value/value.h"

/*
 * Prints commands to standard output as Python's literals, one a line. With pretty a command that
 * is wider than 1000 columns is spread over several lines, as Python's pprint does.
 */
void dump_commands(const struct value *commands, bool pretty);

#endif
