#ifndef F2B_MANAGE_CHECK_H
#define F2B_MANAGE_CHECK_H

#include "client/cmdline.h"
#include "manage/findings.h"

/*
 * "check [-c DIR] [--strict] [--json | --yaml]": all mistakes and doubts of a configuration in one
 * run, each with its place. Starts nothing and asks no server.
 *
 * Exit status: 0 nothing is wrong (or only doubtful), 1 there are doubts and --strict was given,
 * 2 there are mistakes, 255 the arguments are wrong.
 */
int check_run(const struct cmdline *c);

/* Loads what the request names and tries its commands; all is initialised and takes what is found.
 */
void check_find(struct findings *all, const struct config_request *request);

#endif
