#ifndef F2B_CONTROL_CHECK_H
#define F2B_CONTROL_CHECK_H

#include "util/diag.h"
#include "value/value.h"

/*
 * Tries a list of commands, as config_load() compiles it, without a server: regexes and date
 * patterns are compiled, numbers and durations read, words checked. Every mistake goes to sink with
 * the place it was written at. Returns the number of mistakes.
 */
size_t command_check(const struct value *commands, struct diag_sink *sink);

/*
 * Looks for regular expressions in the list that are right but can run away. Each is a warning to
 * sink. It takes some time: for a person who looks, not for a start.
 */
void command_doubt(const struct value *commands, struct diag_sink *sink);

#endif
