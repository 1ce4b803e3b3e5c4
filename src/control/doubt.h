#ifndef F2B_CONTROL_DOUBT_H
#define F2B_CONTROL_DOUBT_H

#include "scan/pattern.h"
#include "util/buf.h"
#include "util/table.h"
#include "value/value.h"

/* What a look for doubtful values goes by; for the files that command_doubt() is made of. */
struct doubt {
	struct diag_sink *sink;
	struct matcher *matcher;
	struct table known; /* expressions: those that jails share are looked at once */
	const struct value *commands;
	const struct value *jail; /* whose commands are looked at */
	struct diag told;
	struct buf shown;
};

/* Says what is doubtful about v; doubt_send() adds what to do, and tells it. */
void doubt_say(struct doubt *t, const struct value *v, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void doubt_send(struct doubt *t, const char *remedy);

/* The beginning of a text as it may be shown, until the next call. */
const char *doubt_shown(struct doubt *t, struct slice text);

#endif
