#include "control/guardjournal.h"

#include "control/journaloption.h"
#include "control/monitor.h"
#include "control/storing.h"
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>

/* Under which name fail2ban keeps the position in the table of log files. */
#define POSITION_PATH SLICE("systemd-journal")

struct guardjournal {
	struct guard *guard;
	struct journal_sink sink;
	struct journal *journal;	/* NULL: not open */
	bool wanted, paused;
	struct arena arena;	/* of the options */
	struct journal_options options;
	char **matches;
	size_t match_count;
	struct list holds;
	struct instant stored;
	struct guardjournal_stats stats;
	struct mono error_seen, lost_seen; /* the last of its kind; 0: none yet */
	struct source_rate rate;
	struct instant again_until;	/* entries up to here were judged before a crash; 0: none */
};

/* Told of again only once it has been well for so long. */
#define QUIET SPAN_S(60)

/* Whether the log should tell of what was last seen then, and is seen now. */
static bool
is_news(struct mono *seen)
{
	struct mono now = time_mono();
	bool news = seen->us == 0 || mono_since(now, *seen).us >= QUIET.us;

	*seen = now;
	return news;
}

static void
entry_lost(struct journal_sink *sink)
{
	struct guardjournal *gj = LIST_ITEM(sink, struct guardjournal, sink);

	gj->stats.lost++;
	if (is_news(&gj->lost_seen))
		log_write(LEVEL_WARNING, "filtersystemd",
		    "[%s] backend systemd: an entry of the journal cannot be read whole, and is judged by "
		    "what is left; 'journalctl --verify' names damaged files",
		    gj->guard->name);
}

static void
reading_failed(struct journal_sink *sink, const char *why)
{
	struct guardjournal *gj = LIST_ITEM(sink, struct guardjournal, sink);

	gj->stats.errors++;
	if (is_news(&gj->error_seen))
		log_write(LEVEL_ERROR, "filtersystemd",
		    "[%s] backend systemd: the journal cannot be read: %s; opening it again until it can, "
		    "then going on behind the last entry. If that takes long, 'journalctl --verify' "
		    "names damaged files",
		    gj->guard->name, why);
}

static void
take_entry(struct journal_sink *sink, const struct journal_entry *e)
{
	struct guardjournal *gj = LIST_ITEM(sink, struct guardjournal, sink);
	struct guard *g = gj->guard;

	gj->stats.lines++;
	gj->stats.long_lines += e->cut;
	if (e->cut)
		return;
	g->again = journal_position(gj->journal).us <= gj->again_until.us;
	(void)filter_dated_line(g->filter, e->date, e->text, e->when, time_now());
	g->again = false;
}

struct hold *
guardjournal_hold(struct guardjournal *gj)
{
	struct hold *h;

	if (gj == NULL)
		return NULL;
	h = hold_new(&gj->holds);
	h->before.us = journal_position(gj->journal).us - 1;
	return h;
}

static void
tell_live(struct journal_sink *sink)
{
	struct guard *g = LIST_ITEM(sink, struct guardjournal, sink)->guard;

	log_write(LEVEL_INFO, "filtersystemd",
	    "[%s] Jail is in operation now (process new journal entries)", g->name);
}

int
guardjournal_new(struct guardjournal **out, struct guard *g, struct slice backend, struct diag *d)
{
	struct guardjournal *gj = MEM_NEW(struct guardjournal);
	int r;

	gj->guard = g;
	list_init(&gj->holds);
	gj->sink = (struct journal_sink){take_entry, entry_lost, tell_live, reading_failed};
	r = journaloption_parse(&gj->arena, backend, &gj->options, d);
	if (r < 0) {
		guardjournal_free(gj);
		return r;
	}
	*out = gj;
	return 0;
}

int
guardjournal_check(struct slice backend, struct diag *d)
{
	struct guardjournal *gj = NULL;
	int r;

	if (!journal_available())
		return diag_fail(d, -ENOTSUP, (struct place){0},
		    "backend 'systemd' is not available: there is no libsystemd, or f2b was built without it; give "
		    "the jail a logpath and backend = auto");
	r = guardjournal_new(&gj, NULL, backend, d);
	if (r == 0)
		guardjournal_free(gj);
	return r;
}

void
guardjournal_free(struct guardjournal *gj)
{
	if (gj == NULL)
		return;
	hold_drop(&gj->holds);
	journal_close(gj->journal);
	guardjournal_clear(gj);
	mem_free(gj->matches);
	arena_done(&gj->arena);
	mem_free(gj);
}

static size_t
match_find(const struct guardjournal *gj, struct slice match)
{
	size_t i = 0;

	while (i < gj->match_count && !slice_eq(slice_cstr(gj->matches[i]), match))
		i++;
	return i;
}

int
guardjournal_add(struct guardjournal *gj, struct slice match)
{
	if (gj == NULL)
		return 0;
	if (match_find(gj, match) < gj->match_count)
		return -EEXIST;
	gj->matches = mem_grow(gj->matches, gj->match_count + 1, sizeof(*gj->matches));
	gj->matches[gj->match_count++] = mem_copy(match.p, match.n);
	return 0;
}

int
guardjournal_del(struct guardjournal *gj, struct slice match)
{
	size_t at;

	if (gj == NULL)
		return 0;
	at = match_find(gj, match);
	if (at == gj->match_count)
		return -ENOENT;
	mem_free(gj->matches[at]);
	gj->match_count--;
	memmove(&gj->matches[at], &gj->matches[at + 1],
	    (gj->match_count - at) * sizeof(*gj->matches));
	return 0;
}

void
guardjournal_clear(struct guardjournal *gj)
{
	if (gj == NULL)
		return;
	for (size_t i = 0; i < gj->match_count; i++)
		mem_free(gj->matches[i]);
	gj->match_count = 0;
}

size_t
guardjournal_count(const struct guardjournal *gj)
{
	return gj != NULL ? gj->match_count : 0;
}

struct slice
guardjournal_match(const struct guardjournal *gj, size_t index)
{
	return slice_cstr(gj->matches[index]);
}

/* Behind the entry that was stored: its second is in the offset, the fraction in the date's text. */
static struct instant
behind_stored(const struct file_position *stored)
{
	struct slice date = slice_cstr(stored->first_line_hash);
	ptrdiff_t dot = slice_find_char(date, '.', 0);
	struct instant t = INSTANT_S(stored->offset);
	uint64_t us;

	if (dot >= 0 && slice_u64(slice_upto(slice_from(date, (size_t)dot + 1), 6), 999999, &us) == 0)
		t.us += (int64_t)us + 1;
	return t;
}

/* After a crash what still counts comes again, up to where the former run was. */
static struct instant
first_wanted(struct guardjournal *gj)
{
	const struct guard *g = gj->guard;
	struct store *s = g->monitor->store;
	struct instant since = instant_sub(time_now(), g->limits.findtime);
	struct file_position stored;

	/* It was open until now: go on behind what was read. */
	if (gj->journal != NULL && journal_reached(gj->journal).us > 0)
		return (struct instant){journal_reached(gj->journal).us + 1};
	if (s == NULL ||
	    store_get_position(s, slice_cstr(g->name), POSITION_PATH, &stored) < 0 ||
	    behind_stored(&stored).us <= since.us)
		return since;
	if (!store_jail_left(s, slice_cstr(g->name)))
		return behind_stored(&stored);
	gj->again_until.us = behind_stored(&stored).us - 1;
	return since;
}

/* Opens the journal, to read what is there from since on. A failure is told at that level. */
static void
open_since(struct guardjournal *gj, struct instant since, int level)
{
	struct slice *matches = mem_array(gj->match_count, sizeof(*matches));
	char text[4400];
	struct diag d;

	for (size_t i = 0; i < gj->match_count; i++)
		matches[i] = slice_cstr(gj->matches[i]);
	diag_init(&d);
	if (journal_open(&gj->journal, gj->guard->monitor->journals, &gj->options, matches,
	        gj->match_count, since, &gj->sink, &d) < 0) {
		log_write(level, "filtersystemd", "[%s] %s; trying again", gj->guard->name,
		    diag_format(&d, text, sizeof(text)));
	} else {
		journal_pause(gj->journal, gj->paused);
		journal_start(gj->journal);
	}
	mem_free(matches);
}

void
guardjournal_start(struct guardjournal *gj)
{
	struct instant since;

	if (gj == NULL)
		return;
	since = first_wanted(gj);
	journal_close(gj->journal);
	gj->journal = NULL;
	gj->wanted = true;
	if (gj->match_count == 0)
		log_write(LEVEL_NOTICE, "filtersystemd",
		    "[%s] Jail started without 'journalmatch' set. Jail regexs will be checked against "
		    "all journal entries, which is not advised for performance reasons.",
		    gj->guard->name);
	open_since(gj, since, LEVEL_ERROR);
}

void
guardjournal_retry(struct guardjournal *gj)
{
	if (gj == NULL || !gj->wanted || gj->journal != NULL)
		return;
	open_since(gj, first_wanted(gj), LEVEL_DEBUG);
	if (gj->journal != NULL)
		log_write(LEVEL_INFO, "filtersystemd", "[%s] Reading from %s", gj->guard->name,
		    gj->guard->backend);
}

const struct guardjournal_stats *
guardjournal_stats(const struct guardjournal *gj)
{
	return &gj->stats;
}

struct source_rate *
guardjournal_rate(struct guardjournal *gj)
{
	return &gj->rate;
}

void
guardjournal_pause(struct guardjournal *gj, bool paused)
{
	if (gj == NULL)
		return;
	gj->paused = paused;
	if (gj->journal != NULL)
		journal_pause(gj->journal, paused);
}

void
guardjournal_store(struct guardjournal *gj)
{
	struct file_position at = {{0}, 0};
	const struct hold *first;
	struct monitor *m;
	struct instant position;
	struct civil c;

	if (gj == NULL || gj->journal == NULL || gj->guard->monitor->store == NULL)
		return;
	first = hold_first(&gj->holds);
	position = first != NULL ? first->before : journal_position(gj->journal);
	if (position.us <= gj->again_until.us || position.us == gj->stored.us)
		return;
	m = gj->guard->monitor;
	civil_local(position, &c);
	(void)snprintf(at.first_line_hash, sizeof(at.first_line_hash),
	    "%04d-%02d-%02dT%02d:%02d:%02d.%06d", c.year % 10000, c.month, c.day, c.hour, c.minute,
	    c.second, c.us);
	at.offset = (uint64_t)instant_seconds(position);
	store_set_position(m->store, slice_cstr(gj->guard->name), POSITION_PATH, &at);
	gj->stored = position;
	storing_logged(m);
}
