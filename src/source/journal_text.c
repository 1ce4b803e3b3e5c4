#include "source/journal_text.h"

/* The value of a field; lent until the next entry. False if the entry has none. */
static bool
field(sd_journal *j, const char *name, struct slice *value)
{
	const void *data;
	size_t n, skip = strlen(name) + 1;

	if (journal_lib()->get_data(j, name, &data, &n) < 0 || n < skip)
		return false;
	*value = slice_of((const char *)data + skip, n - skip);
	return true;
}

static bool
field_of(sd_journal *j, const char *name, const char *otherwise, struct slice *value)
{
	return field(j, name, value) || field(j, otherwise, value);
}

static void
add_message(struct buf *out, struct slice message)
{
	struct slice line;
	bool first = true;

	while (slice_next(&message, '\n', &line)) {
		if (!first)
			buf_add_cstr(out, "\\n");
		buf_add(out, line);
		first = false;
	}
}

/* A kernel's message carries the time since the boot, as in its log. */
static void
add_kernel_stamp(struct buf *out, sd_journal *j)
{
	struct slice value;
	uint64_t us;

	if (!field(j, "_SOURCE_MONOTONIC_TIMESTAMP", &value) ||
	    slice_u64(value, UINT64_MAX, &us) < 0) {
		sd_id128_t boot;

		if (journal_lib()->get_monotonic_usec(j, &us, &boot) < 0)
			return;
	}
	buf_printf(out, "[%5llu.%06llu] ", (unsigned long long)(us / 1000000),
	    (unsigned long long)(us % 1000000));
}

void
journal_text_message(struct buf *out, sd_journal *j)
{
	struct slice host, ident, pid, message;

	buf_clear(out);
	if (field(j, "_HOSTNAME", &host)) {
		buf_add(out, host);
		buf_add_char(out, ' ');
	}
	if (field_of(j, "SYSLOG_IDENTIFIER", "_COMM", &ident)) {
		bool kernel = slice_eq(ident, SLICE("kernel"));

		buf_add(out, ident);
		if (field_of(j, "SYSLOG_PID", "_PID", &pid) && !slice_eq(pid, SLICE("0"))) {
			buf_add_char(out, '[');
			buf_add(out, pid);
			buf_add_char(out, ']');
		}
		buf_add_cstr(out, ": ");
		if (kernel)
			add_kernel_stamp(out, j);
	}
	if (field(j, "MESSAGE", &message))
		add_message(out, message);
}

struct instant
journal_text_time(sd_journal *j)
{
	struct slice value;
	uint64_t us = 0;

	if (!field(j, "_SOURCE_REALTIME_TIMESTAMP", &value) ||
	    slice_u64(value, (uint64_t)INT64_MAX, &us) < 0)
		(void)journal_lib()->get_realtime_usec(j, &us);
	return (struct instant){(int64_t)us};
}

void
journal_text_date(struct buf *out, struct instant when)
{
	time_format_iso(out, when);
	buf_add_char(out, ' ');
}
