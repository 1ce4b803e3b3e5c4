#ifndef F2B_ACTION_FOLLOW_H
#define F2B_ACTION_FOLLOW_H

#include "util/buf.h"

/*
 * Shell scripts that are followed without a shell: those of which it is known beforehand what they
 * run, if nothing fails.
 *
 *   COMMAND WORD… [2> /dev/null]	parted by line feeds, ";" or "&&"; what stands behind "||" is not run
 *   for NAME in WORD…; do … done
 *   if [ WORD = WORD ]; then … elif [ WORD != WORD ]; then … else … fi
 *   if COMMAND WORD… > /dev/null 2>&1; then …
 *   { … }				also with "N< /" behind it, for "flock N" within
 *   COMMAND WORD… | FILTER		what stands behind "||" is run if it finds nothing
 *   COMMAND WORD… | FILTER | while read [-r] NAME; do … done
 *
 * where COMMAND WORD… | FILTER may also stand in braces, and FILTER is one of
 *
 *   grep -q[E|P] REGEX
 *   grep -o[E|P] REGEX
 *   sed -n[E] s/REGEX/\1/p
 *
 * A word may be quoted in any way, and have in it the $NAME of a loop, or one of
 *
 *   $(echo WORD… | sed s/X/Y/g)	X and Y are one character each
 *   $(echo WORD… | tr X Y)
 *   $(COMMAND WORD… | FILTER)
 *
 * Any other script is the shell's: so are all with other redirections, a pattern of file names or a
 * comment, with words that change their meaning by the shell that reads them, and with a REGEX that
 * may take long, or of which sed and grep may think differently; but in what is not run, most may stand.
 */
#define FOLLOW_LINE_MAX ((size_t)4096)

/* Lines are a command's words with single blanks between, lent. */
struct follow_calls {
	/* A command, in its turn. False: this one is the shell's, and so is the script. */
	bool (*run)(void *arg, struct slice line);
	/* One that an "if" asks: whether it succeeds. False if that is not known; NULL: it never is. */
	bool (*ask)(void *arg, struct slice line, bool *succeeds);
	/* One whose lines another command takes: adds them. The same. */
	bool (*print)(void *arg, struct slice line, struct buf *out);
	void *arg;
};

/* True if the script was followed to its end. */
bool follow(struct slice script, const struct follow_calls *calls);

#endif
