#ifndef F2B_SCAN_FORM_H
#define F2B_SCAN_FORM_H

#include "compat/pyre.h"
#include "scan/matcher.h"

/*
 * The forms in which PCRE2 has one regex: for lines of plain ASCII, which nearly all are, and with
 * Unicode's tables for the others; each as one that may take few steps, and one for the lines with
 * which that does not come to an end, which draws on the line's budget as it searches, and is slower
 * by that. A form is made when the first line comes that needs it.
 */
struct forms;

/*
 * text is in Python's notation; flags are of PYRE_MULTILINE and PYRE_EVERY_START. The groups that it has
 * live in a; a and text outlive the forms. Returns 0, or -EINVAL with the reason in Python's words or
 * PCRE2's, and its offset in text where it has one.
 */
int forms_new(struct forms **out, struct slice text, unsigned flags, struct arena *a,
    struct pyre_groups *groups, struct diag *reason);
/* Takes NULL. */
void forms_free(struct forms *f);

/* As pattern_search(). */
int forms_search(struct forms *f, struct matcher *m, struct slice subject, bool ascii);

#endif
