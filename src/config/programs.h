#ifndef F2B_CONFIG_PROGRAMS_H
#define F2B_CONFIG_PROGRAMS_H

#include "util/buf.h"

/*
 * The programs that a shell script runs, as far as they can be told without running it: the first
 * words of its commands that are plain words and nothing of the shell's own (POSIX.1-2017, Shell
 * Command Language). What is not understood is passed over, so that a word that is given is one.
 */
struct programs {
	struct slice script;
	size_t at;
	bool expected; /* the next word is a command */
};

struct programs programs_of(struct slice script);

/*
 * The next of them. A word may be a tag, "<iptables>", whose value is the command then. False at
 * the end, and where a part begins that cannot be told.
 */
bool programs_next(struct programs *p, struct slice *word);

/* Puts into path, an empty one, where a shell would find it, in PATH or where a system keeps its programs. False if nowhere. */
bool programs_find(struct slice word, struct buf *path);

bool programs_installed(struct slice word);

/*
 * True if what a shell would find is no program of the machine's own but a script: somebody put it in
 * the place of the program that has its name.
 */
bool programs_script(struct slice word);

#endif
