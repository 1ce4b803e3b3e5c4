#ifndef F2B_UTIL_DIAG_H
#define F2B_UTIL_DIAG_H

#include "util/slice.h"

struct buf;

/*
 * What is wrong, where, and what to do about it. Storage is fixed, so that reporting cannot fail.
 *
 * A message reads: PLACE: FOUND; EXPECTED OR REMEDY, as in
 *	jail.d/web.conf:7:12: findtime: '10 minuts' is not a duration; write seconds or 10m, 2h, 1d
 */

/* Where something was written. line and column count from 1; 0 means not known. */
struct place {
	const char *file;	/* NULL: not from a file; otherwise lent by the configuration */
	unsigned line;
	unsigned column;
	const struct place *used;     /* the reference that brought it in; or NULL */
	const struct place *included; /* where another file names this one; or NULL */
	/* What came of it once references and tags were replaced; .p NULL: not known. Lent, for as long as the
	   message is being told. */
	struct slice value;
};

/* More steps of either chain are not shown. */
#define PLACE_CHAIN_MAX 16

bool place_same(const struct place *a, const struct place *b);

/* Adds "file:line:column", with as much of it as is known. */
void place_format(struct buf *out, const struct place *at);

struct diag {
	struct place at;
	size_t offset;		/* bytes of at.value that stand before the mistake; SIZE_MAX: not known */
	bool set;
	char text[4000];	/* without the place; terminated; cut where longer */
	char remedy[300];	/* what to do about it, where we know; apart, for readers of text alone */
};

static inline void
diag_init(struct diag *d)
{
	/* Not all of it: the texts are long, and a terminator empties them. */
	d->at = (struct place){0};
	d->offset = SIZE_MAX;
	d->set = false;
	d->text[0] = '\0';
	d->remedy[0] = '\0';
}

/*
 * Fills d, replacing what it held, and returns error, which is a negative errno, for
 * "return diag_fail(...)". d may be NULL. Bytes of input among the arguments must have been
 * through escape_format().
 */
int diag_fail(struct diag *d, int error, struct place at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Adds what to do about it to a d that diag_fail() filled. d may be NULL. */
void diag_remedy(struct diag *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Writes "file:line:column: text; remedy (used in file:line:column, included from file:line)", with
 * as much of it as is known. Returns out.
 */
const char *diag_format(const struct diag *d, char *out, size_t size);

/* Who collects messages, where a run has more than one. */
enum diag_level { DIAG_INFO, DIAG_NOTICE, DIAG_WARNING, DIAG_ERROR };

struct diag_sink {
	/* module names the part of the program in fail2ban's words, as "jailreader" */
	void (*take)(
	    struct diag_sink *sink, enum diag_level level, const char *module, const struct diag *d);
};

void diag_send(struct diag_sink *sink, enum diag_level level, const char *module, struct place at,
    const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
