#ifndef F2B_CLIENT_BASE_ERROR_H
#define F2B_CLIENT_BASE_ERROR_H

#include "util/diag.h"

/*
 * Prints on standard output what keeps fail2ban.conf from being read, for programs that know fail2ban's
 * words: it takes three lines for one of these mistakes. Where it is and what to do has been told on
 * standard error. first is not set where nothing more is known.
 */
void base_error_print(const struct diag *first);

#endif
