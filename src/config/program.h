#ifndef F2B_CONFIG_PROGRAM_H
#define F2B_CONFIG_PROGRAM_H

#include "util/diag.h"

/*
 * Actions that are no text: to fail2ban a module in Python, to us something built in. 0 if the file
 * in path is one of these (smtp.py), else -EINVAL with d saying what to do.
 */
int program_check(struct slice path, struct diag *d);

#endif
