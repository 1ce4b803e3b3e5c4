#include "source/journal_text.h"

#include <errno.h>
#include <stdio.h>

/* Reads the present entry's fields. */
struct reading {
	sd_journal *journal;
	int error; /* of the last field that is there but could not be read */
};

/* The value of a field; lent until the next entry. False if the entry has none. */
static bool
field(struct reading *r, const char *name, struct slice *value)
{
	const void *data;
	size_t n, skip = strlen(name) + 1;
	int error = journal_lib()->get_data(r->journal, name, &data, &n);

	if (error < 0 && error != -ENOENT)
		r->error = error;
	if (error < 0 || n < skip)
		return false;
	*value = slice_of((const char *)data + skip, n - skip);
	return true;
}

static bool
field_of(struct reading *r, const char *name, const char *otherwise, struct slice *value)
{
	return field(r, name, value) || field(r, otherwise, value);
}

/* Every field is the sender's, and as long as he likes. */
static void
add(struct buf *out, struct slice piece)
{
	buf_add(out, slice_upto(piece, JOURNAL_TEXT_MAX - out->n));
}

static void
add_message(struct buf *out, struct slice message)
{
	struct slice line;
	bool first = true;

	while (out->n < JOURNAL_TEXT_MAX && slice_next(&message, '\n', &line)) {
		if (!first)
			add(out, SLICE("\\n"));
		add(out, line);
		first = false;
	}
}

/* A kernel's message carries the time since the boot, as in its log. */
static void
add_kernel_stamp(struct buf *out, struct reading *r)
{
	struct slice value;
	uint64_t us;
	char text[48];
	int n;

	if (!field(r, "_SOURCE_MONOTONIC_TIMESTAMP", &value) ||
	    slice_u64(value, UINT64_MAX, &us) < 0) {
		sd_id128_t boot;

		if (journal_lib()->get_monotonic_usec(r->journal, &us, &boot) < 0)
			return;
	}
	n = snprintf(text, sizeof(text), "[%5llu.%06llu] ", (unsigned long long)(us / 1000000),
	    (unsigned long long)(us % 1000000));
	add(out, slice_of(text, (size_t)n));
}

static void
add_ident(struct buf *out, struct reading *r)
{
	struct slice ident, pid;

	if (!field_of(r, "SYSLOG_IDENTIFIER", "_COMM", &ident))
		return;
	add(out, ident);
	if (field_of(r, "SYSLOG_PID", "_PID", &pid) && !slice_eq(pid, SLICE("0"))) {
		add(out, SLICE("["));
		add(out, pid);
		add(out, SLICE("]"));
	}
	add(out, SLICE(": "));
	if (slice_eq(ident, SLICE("kernel")))
		add_kernel_stamp(out, r);
}

int
journal_text_message(struct buf *out, sd_journal *j)
{
	struct reading r = {j, 0};
	struct slice host, message;

	buf_clear(out);
	if (field(&r, "_HOSTNAME", &host)) {
		add(out, host);
		add(out, SLICE(" "));
	}
	add_ident(out, &r);
	if (field(&r, "MESSAGE", &message))
		add_message(out, message);
	return r.error;
}

struct instant
journal_text_time(sd_journal *j)
{
	struct reading r = {j, 0};
	struct slice value;
	uint64_t us = 0;

	if (!field(&r, "_SOURCE_REALTIME_TIMESTAMP", &value) ||
	    slice_u64(value, (uint64_t)INT64_MAX, &us) < 0)
		(void)journal_lib()->get_realtime_usec(j, &us);
	return (struct instant){(int64_t)us};
}
