#include "regex/entries.h"

#include "config/text.h"
#include "control/journaloption.h"
#include "util/list.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

struct entries {
	struct journal_sink journal_sink;
	struct entries_sink *sink;
	uv_loop_t loop;
	char failure[200]; /* why the journal could not be read; "" if it could */
};

bool
entries_named(const char *log)
{
	struct stat st;

	return slice_starts(slice_cstr(log), SLICE("systemd-journal")) &&
	       (stat(log, &st) < 0 || S_ISDIR(st.st_mode));
}

static void
take_entry(struct journal_sink *sink, const struct journal_entry *entry)
{
	struct entries_sink *to = LIST_ITEM(sink, struct entries, journal_sink)->sink;

	if (!entry->cut)
		to->entry(to, entry);
}

/* A field of an entry was: the rest of it is looked at. */
static void
entry_lost(struct journal_sink *sink)
{
}

static void
reading_failed(struct journal_sink *sink, const char *why)
{
	struct entries *e = LIST_ITEM(sink, struct entries, journal_sink);

	(void)snprintf(e->failure, sizeof(e->failure), "%s", why);
	uv_stop(&e->loop);
}

/* All that is there was handed over. */
static void
finish(struct journal_sink *sink)
{
	uv_stop(&LIST_ITEM(sink, struct entries, journal_sink)->loop);
}

int
entries_match(struct buf *out, struct slice given, struct diag *d)
{
	struct slice rest = given;
	char *word = buf_room(out, given.n + 2);
	size_t n;
	int r = 0;

	if (word == NULL)
		return diag_fail(d, -E2BIG, (struct place){0}, "journalmatch is too long");
	while ((r = text_shell_word(&rest, word, &n)) > 0) {
		buf_wrote(out, n + 1);
		word[n] = ' ';
		word += n + 1;
	}
	if (r < 0)
		return diag_fail(d, -EINVAL, (struct place){0},
		    "journalmatch: a quote in '%.*s' has no end", SLICE_ARG(given));
	if (out->n > 0)
		buf_cut(out, out->n - 1);
	return 0;
}

static int
read_all(
    struct entries *e, const struct journal_options *options, struct slice match, struct diag *d)
{
	struct journal_set *set = journal_set_new(&e->loop);
	struct journal *j;
	int r = journal_open(&j, set, options, &match, match.n > 0 ? 1 : 0, (struct instant){0},
	    &e->journal_sink, d);

	if (r == 0) {
		journal_start(j);
		(void)uv_run(&e->loop, UV_RUN_DEFAULT);
		journal_close(j);
	}
	journal_set_free(set);
	if (r == 0 && e->failure[0] != '\0')
		return diag_fail(d, -EIO, (struct place){0}, "the journal cannot be read: %s", e->failure);
	return r;
}

int
entries_read(struct slice log, struct slice match, struct entries_sink *sink, struct diag *d)
{
	struct entries e = {
	    .journal_sink = {take_entry, entry_lost, finish, reading_failed}, .sink = sink};
	struct journal_options options;
	struct arena a;
	int r;

	arena_init(&a);
	r = journaloption_parse(&a, log, &options, d);
	if (r == 0)
		r = uv_loop_init(&e.loop);
	if (r == 0) {
		r = read_all(&e, &options, match, d);
		(void)uv_run(&e.loop, UV_RUN_DEFAULT); /* closes what is open */
		(void)uv_loop_close(&e.loop);
	}
	arena_done(&a);
	return r;
}
