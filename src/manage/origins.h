#ifndef F2B_MANAGE_ORIGINS_H
#define F2B_MANAGE_ORIGINS_H

#include "client/cmdline.h"

/*
 * "explain [-c DIR] JAIL [OPTION] [--json | --yaml]": where the options of a jail have their values
 * from. The form for programs is in docs/client.md. Exit status: 0, or 255 where there is no such
 * jail or option, or the files cannot be read.
 */
#define ORIGINS_VERSION 1 /* of the form for programs */

int origins_run(const struct cmdline *c);

#endif
