#ifndef F2B_CONFIG_BACKEND_H
#define F2B_CONFIG_BACKEND_H

#include "config/suggest.h"

/*
 * What a jail's option "backend" may name, with options in brackets behind it:
 *
 *	auto, pyinotify, gamin, polling		log files
 *	systemd					the journal
 *	kmsg, nflog, pipe, syslog		lines from elsewhere, see source/feed.h
 */
enum backend_kind { BACKEND_FILES, BACKEND_JOURNAL, BACKEND_FEED };

struct backend_row {
	const char *name;
	enum backend_kind kind;
};

/* The row of a backend as it was written; NULL if there is none. Letters may be of any case. */
const struct backend_row *backend_row(struct slice backend);

/* Whether it is one of that kind. */
bool backend_is(struct slice backend, enum backend_kind kind);

/* Its name as it was written, without the options. */
struct slice backend_name(struct slice backend);

/* Offers all names. */
void backend_offer(struct suggestion *s);

#endif
