#ifndef F2B_MANAGE_CONVERT_H
#define F2B_MANAGE_CONVERT_H

#include "client/cmdline.h"

/*
 * "convert [-c DIR] [--to yaml|ini] FILE... | --all OUTDIR": configuration files from one form to
 * the other.
 *
 * Files are converted one by one, to standard output; by their names they become what they are not
 * yet. With --all the whole folder is converted into a new one, with copies of the files that are
 * no configuration (programs and lists), so that it can take the place of the old. What is written
 * is read again and compared: a file that the other form cannot say is refused.
 *
 * "convert --schema" prints the table of options in docs/yaml.md.
 */

/* Returns the exit status. */
int convert_run(const struct cmdline *c);

#endif
