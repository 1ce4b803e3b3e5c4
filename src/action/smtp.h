#ifndef F2B_ACTION_SMTP_H
#define F2B_ACTION_SMTP_H

#include "action/command.h"

/*
 * fail2ban's smtp.py: a mail to the administrator when a jail starts, stops, or bans somebody. The
 * names of options and properties, the subjects and the line that tells of a ban are its own.
 *
 * Sending takes long and speaks with strangers: the program f2b-mail does it, as a child.
 */

/*
 * Makes e this action, with options as a JSON object. -EINVAL with d for one that it does not have,
 * or that is no text, number or truth.
 */
int smtp_set_up(struct entry *e, struct slice options, struct diag *d);

/* Begins the runner's event and goes on with next. Unbans and restored bans are no news. */
void smtp_event(struct runner *r, runner_step *next);

#endif
