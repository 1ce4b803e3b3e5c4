#ifndef F2B_SCAN_DATEDIR_H
#define F2B_SCAN_DATEDIR_H

#include "util/buf.h"
#include "util/diag.h"

/*
 * The directives of a datepattern, %Y, %b, %ExH and so on: what they match, what they are called.
 *
 * Source: jail.conf(5), datepattern; strptime(3); what fail2ban-regex --verbose-date shows.
 */

/* Which text of a directive to put in its place. */
enum datedir { DATEDIR_REGEX, DATEDIR_NAME };

/*
 * Adds s with its directives replaced, and "%%" by "%". *icase is set if one of them ignores case.
 * %ExY takes the decades up to year + 3. Returns 0, or -EINVAL with d in fail2ban's words.
 */
int datedir_expand(struct buf *out, struct slice s, enum datedir to, int year, bool *icase,
    struct diag *d);

#endif
