#ifndef F2B_CONTROL_METHOD_H
#define F2B_CONTROL_METHOD_H

#include "control/command.h"

/*
 * Methods of an action that may be called by hand: "set JAIL action NAME flush", or with arguments
 * in JSON, "set JAIL action NAME ban {\"aInfo\": {\"ip\": \"192.0.2.1\"}}". Names and replies are those of
 * fail2ban's CommandAction, as observed.
 */

/* All names, as a list. */
struct value *method_list(struct arena *a);

/* The same of an action that is no commands but a program. */
struct value *method_list_program(struct arena *a);
bool method_known(struct slice name);

/* Calls it with the JSON text, or NULL if there is none; the action must exist. */
struct value *method_call(
    struct request *rq, struct slice action, struct slice name, const struct value *json);

#endif
