#ifndef F2B_CONFIG_LINTTAGS_H
#define F2B_CONFIG_LINTTAGS_H

#include "config/jail.h"

/* Doubts about tags that nobody replaces, nearly the name of one that is. See lint.h. */
void lint_jail_tags(struct load *l, const struct jail_config *j);
void lint_action_tags(struct load *l, const struct definition *def, const struct traced *t);

#endif
