#include "source/journal.h"

#include "source/journal_lib.h"
#include "util/mem.h"

#include <errno.h>
#include <glob.h>

/* Entries handed over in one turn of the loop, so that other jails get theirs. */
#define PORTION 500

/*
 * journald tells of new entries up to a quarter of a second late, but they can be read at once:
 * while entries come, look again soon.
 */
#define LOOK_AGAIN_MS 25
#define LOOK_AGAIN_FOR SPAN_S(1)

struct journal {
	sd_journal *journal;
	struct journal_sink *sink;
	uv_poll_t changes;
	uv_timer_t again;
	unsigned open_handles;
	bool running, paused, live, closed;
	struct mono last_entry;
	struct instant position;
	struct buf text, date;
};

bool
journal_available(void)
{
	return journal_lib() != NULL;
}

/* The value of a field; lent until the next entry. False if the entry has none. */
static bool
field(struct journal *j, const char *name, struct slice *value)
{
	const void *data;
	size_t n, skip = strlen(name) + 1;

	if (journal_lib()->get_data(j->journal, name, &data, &n) < 0 || n < skip)
		return false;
	*value = slice_of((const char *)data + skip, n - skip);
	return true;
}

static bool
field_of(struct journal *j, const char *name, const char *otherwise, struct slice *value)
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
add_kernel_stamp(struct journal *j)
{
	struct slice value;
	uint64_t us;

	if (!field(j, "_SOURCE_MONOTONIC_TIMESTAMP", &value) ||
	    slice_u64(value, UINT64_MAX, &us) < 0) {
		sd_id128_t boot;

		if (journal_lib()->get_monotonic_usec(j->journal, &us, &boot) < 0)
			return;
	}
	buf_printf(&j->text, "[%5llu.%06llu] ", (unsigned long long)(us / 1000000),
	    (unsigned long long)(us % 1000000));
}

static void
format_text(struct journal *j)
{
	struct slice host, ident, pid, message;

	buf_clear(&j->text);
	if (field(j, "_HOSTNAME", &host)) {
		buf_add(&j->text, host);
		buf_add_char(&j->text, ' ');
	}
	if (field_of(j, "SYSLOG_IDENTIFIER", "_COMM", &ident)) {
		bool kernel = slice_eq(ident, SLICE("kernel"));

		buf_add(&j->text, ident);
		if (field_of(j, "SYSLOG_PID", "_PID", &pid) && !slice_eq(pid, SLICE("0"))) {
			buf_add_char(&j->text, '[');
			buf_add(&j->text, pid);
			buf_add_char(&j->text, ']');
		}
		buf_add_cstr(&j->text, ": ");
		if (kernel)
			add_kernel_stamp(j);
	}
	if (field(j, "MESSAGE", &message))
		add_message(&j->text, message);
}

static struct instant
entry_time(struct journal *j)
{
	struct slice value;
	uint64_t us = 0;

	if (!field(j, "_SOURCE_REALTIME_TIMESTAMP", &value) ||
	    slice_u64(value, (uint64_t)INT64_MAX, &us) < 0)
		(void)journal_lib()->get_realtime_usec(j->journal, &us);
	return (struct instant){(int64_t)us};
}

static void
hand_over(struct journal *j)
{
	struct journal_entry e = {.live = j->live, .when = entry_time(j)};
	uint64_t us;

	if (journal_lib()->get_realtime_usec(j->journal, &us) >= 0)
		j->position.us = (int64_t)us;
	format_text(j);
	buf_clear(&j->date);
	time_format_iso(&j->date, e.when);
	buf_add_char(&j->date, ' ');
	e.text = slice_upto(buf_slice(&j->text), SOURCE_LINE_MAX);
	e.date = buf_slice(&j->date);
	j->last_entry = time_mono();
	j->sink->entry(j->sink, &e);
}

static void journal_read(struct journal *j);

static void
look_again(uv_timer_t *timer)
{
	journal_read(timer->data);
}

/* Reads a portion, and arranges for the next look. */
static void
journal_read(struct journal *j)
{
	int n = 0, r = 1;
	bool soon;

	while (!j->closed && !j->paused && n < PORTION && (r = journal_lib()->next(j->journal)) > 0) {
		hand_over(j);
		n++;
	}
	if (j->closed || j->paused)
		return;
	if (r == 0 && !j->live) {
		j->live = true;
		if (j->sink->live != NULL)
			j->sink->live(j->sink);
	}
	soon = mono_since(time_mono(), j->last_entry).us < LOOK_AGAIN_FOR.us;
	if (r > 0)
		(void)uv_timer_start(&j->again, look_again, 0, 0);
	else if (soon)
		(void)uv_timer_start(&j->again, look_again, LOOK_AGAIN_MS, 0);
}

/* Files come and go, by rotation and vacuum: libsystemd sees to that when it is told to look. */
static void
changed(uv_poll_t *handle, int status, int events)
{
	struct journal *j = handle->data;

	(void)journal_lib()->process(j->journal);
	journal_read(j);
}

static int
fail(struct diag *d, int error, const char *what, struct slice name)
{
	return diag_fail(d, error, (struct place){0}, "backend systemd: %s%.*s: %s", what,
	    SLICE_ARG(name), strerror(-error));
}

static int
open_files(sd_journal **out, struct slice patterns, struct diag *d)
{
	struct slice rest = patterns, pattern;
	glob_t found = {0};
	int r = -ENOENT;
	bool any = false;

	while (slice_next(&rest, ',', &pattern)) {
		char *text;

		pattern = slice_trim(pattern);
		text = mem_copy(pattern.p, pattern.n);
		if (glob(text, any ? GLOB_APPEND : 0, NULL, &found) == 0)
			any = true;
		mem_free(text);
	}
	if (any && found.gl_pathc > 0)
		r = journal_lib()->open_files(out, (const char **)(void *)found.gl_pathv, 0);
	globfree(&found);
	return r < 0 ? fail(d, r, "journalfiles = ", patterns) : 0;
}

static int
open_journal(sd_journal **out, const struct journal_options *o, struct diag *d)
{
	int flags = o->flags >= 0 ? o->flags : SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM, r;
	char *name;

	if (o->files.n > 0)
		return open_files(out, o->files, d);
	if (o->path.n > 0) {
		name = mem_copy(o->path.p, o->path.n);
		r = journal_lib()->open_directory(out, name, o->flags >= 0 ? o->flags : 0);
		mem_free(name);
		return r < 0 ? fail(d, r, "journalpath = ", o->path) : 0;
	}
	if (o->name_space.n > 0) {
		name = mem_copy(o->name_space.p, o->name_space.n);
		r = journal_lib()->open_namespace(out, name, flags);
		mem_free(name);
		return r < 0 ? fail(d, r, "namespace = ", o->name_space) : 0;
	}
	r = journal_lib()->open(out, flags);
	return r < 0 ? fail(d, r, "the system's journal", SLICE_EMPTY) : 0;
}

static int
add_match(sd_journal *journal, struct slice match, struct diag *d)
{
	struct slice rest = match, word;
	int r;

	while (slice_next_word(&rest, &word)) {
		if (slice_eq(word, SLICE("+")))
			r = journal_lib()->add_disjunction(journal);
		else
			r = journal_lib()->add_match(journal, word.p, word.n);
		if (r < 0)
			return diag_fail(d, r, (struct place){0},
			    "journalmatch: '%.*s' is no match; write FIELD=value, as in "
			    "_SYSTEMD_UNIT=ssh.service",
			    SLICE_ARG(word));
	}
	return journal_lib()->add_disjunction(journal) < 0 ? -EINVAL : 0;
}

static int
set_up(struct journal *j, uv_loop_t *loop, const struct slice *matches, size_t match_count,
    struct instant since, struct diag *d)
{
	int r, fd;

	for (size_t i = 0; i < match_count; i++) {
		r = add_match(j->journal, matches[i], d);
		if (r < 0)
			return r;
	}
	(void)journal_lib()->set_data_threshold(j->journal, SOURCE_LINE_MAX);
	/* Asked for before the first read: it arms the notification. */
	fd = journal_lib()->get_fd(j->journal);
	if (fd < 0)
		return fail(d, fd, "no notification of changes", SLICE_EMPTY);
	r = journal_lib()->seek_realtime_usec(j->journal, since.us > 0 ? (uint64_t)since.us : 0);
	if (r < 0)
		return fail(d, r, "seek", SLICE_EMPTY);
	(void)uv_timer_init(loop, &j->again);
	j->again.data = j;
	j->open_handles++;
	r = uv_poll_init(loop, &j->changes, fd);
	if (r < 0)
		return fail(d, r, "watch", SLICE_EMPTY);
	j->changes.data = j;
	j->open_handles++;
	return 0;
}

static void
handle_closed(uv_handle_t *handle)
{
	struct journal *j = handle->data;

	if (--j->open_handles > 0)
		return;
	journal_lib()->close(j->journal);
	buf_done(&j->text);
	buf_done(&j->date);
	mem_free(j);
}

void
journal_close(struct journal *j)
{
	bool polls;

	if (j == NULL)
		return;
	j->closed = true;
	polls = j->open_handles > 1;
	if (j->open_handles == 0) {
		journal_lib()->close(j->journal);
		buf_done(&j->text);
		buf_done(&j->date);
		mem_free(j);
		return;
	}
	uv_close((uv_handle_t *)&j->again, handle_closed);
	if (polls)
		uv_close((uv_handle_t *)&j->changes, handle_closed);
}

int
journal_open(struct journal **out, uv_loop_t *loop, const struct journal_options *options,
    const struct slice *matches, size_t match_count, struct instant since,
    struct journal_sink *sink, struct diag *d)
{
	struct journal *j;
	int r;

	if (!journal_available())
		return diag_fail(d, -ENOTSUP, (struct place){0},
		    "backend systemd: the library libsystemd.so.0 cannot be loaded");
	j = MEM_NEW(struct journal);
	j->sink = sink;
	buf_init(&j->text, 2 * SOURCE_LINE_MAX);
	buf_init(&j->date, 64);
	r = open_journal(&j->journal, options, d);
	if (r >= 0)
		r = set_up(j, loop, matches, match_count, since, d);
	if (r < 0) {
		journal_close(j);
		return r;
	}
	*out = j;
	return 0;
}

void
journal_start(struct journal *j)
{
	if (j->running)
		return;
	j->running = true;
	(void)uv_poll_start(&j->changes, UV_READABLE, changed);
	(void)uv_timer_start(&j->again, look_again, 0, 0);
}

void
journal_pause(struct journal *j, bool paused)
{
	j->paused = paused;
	if (!paused && j->running)
		(void)uv_timer_start(&j->again, look_again, 0, 0);
}

struct instant
journal_position(const struct journal *j)
{
	return j->position;
}
