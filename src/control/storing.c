#include "control/storing.h"

#include "control/guardfeed.h"
#include "control/guardjournal.h"
#include "control/guardlog.h"
#include "control/monitor.h"
#include "control/restore.h"
#include "control/stored.h"
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>

#define COMMIT_AFTER_MS 50

/*
 * While so many changes come between two commits, a storm, the next one waits for more, unless some
 * would be lost if we ended: until there are so many, or it has been put off so often. They take a
 * third of the time then, and the loop has time for the storm.
 */
#define STORM_CHANGES 1000
#define STORM_GROUP 50000
#define STORM_LOOKS 20

/* The next part of a commit. */
#define PART_MS 1

/* When a database that cannot be written is tried again: locked by somebody, or otherwise. */
#define LOCKED_MS 200
#define FAILED_MS 2000
#define LOCKED_LONG SPAN_S(5)

/* A database that shows damage is looked through, which may take long, at most so often. */
#define RENEW_AFTER SPAN_S(3600)

/* How long opening waits for whoever has the database locked: at the start, and with jails at work. */
#define START_PATIENCE SPAN_S(5)
#define WORK_PATIENCE SPAN_MS(10)

struct storing {
	struct monitor *monitor;
	uv_timer_t *commit_timer; /* soon after something was written to the store */
	bool dirty;
	bool urgent;      /* something of what was written is nowhere else */
	size_t seen;      /* changes that waited when the commit was put off last */
	unsigned put_off; /* so many times */
	int error;          /* of the last commit; 0 if it worked */
	struct mono failed; /* since when */
	bool told;          /* of it */
	bool told_full;     /* that there is no room for more that waits */
	bool damaged;        /* it cannot be read or written as it is damaged */
	bool moved;          /* it cannot be written as another file is in its place, or none */
	struct mono renewed; /* when it was looked through for that last; 0: never */
	char *missed;       /* path of what could not be opened, and is tried again; NULL: none */
	int missed_error;   /* why, as it was told */
	size_t max_matches; /* of what is opened next */
	bool max_matches_set;
};

/* ---- commits */

/* What waits for the store is not to become more by positions, of which only the last matters. */
void
storing_positions(struct monitor *m)
{
	if (m->store == NULL || store_writing(m->store))
		return;
	LIST_EACH(link, &m->guards) {
		struct guard *g = LIST_ITEM(link, struct guard, link);

		guardlog_store(g);
		guardjournal_store(g->journal);
		guardfeed_store(g->feed);
	}
}

static void
tell_full(struct storing *s)
{
	struct slice path = store_path(s->monitor->store);

	if (s->told_full || !store_full(s->monitor->store))
		return;
	s->told_full = true;
	log_write(LEVEL_ERROR, "database",
	    "database %.*s: too many changes wait for it; new bans are in force, but are stored only if "
	    "they still run when it can be written",
	    SLICE_ARG(path));
}

/*
 * A cause is told once. That somebody else has the database locked for a moment is nothing to be
 * told of.
 */
static void
commit_failed(struct storing *s, int error, const struct diag *d)
{
	char text[2600];

	tell_full(s);
	if (s->error != error) {
		s->error = error;
		s->failed = time_mono();
		s->told = false;
	}
	if (s->told ||
	    (error == -EBUSY && mono_since(time_mono(), s->failed).us < LOCKED_LONG.us))
		return;
	s->told = true;
	log_write(LEVEL_ERROR, "database", "%s; bans go on, and are stored when it can be written",
	    diag_format(d, text, sizeof(text)));
}

static void
commit_worked(struct storing *s, const struct diag *d)
{
	struct slice path = store_path(s->monitor->store);

	if (d->set)
		log_write(
		    LEVEL_ERROR, "database", "database %.*s: %s", SLICE_ARG(path), d->text);
	if (s->told)
		log_write(
		    LEVEL_INFO, "database", "database %.*s: is written again", SLICE_ARG(path));
	s->error = 0;
	s->told = false;
	s->told_full = false;
}

static void commit_after(struct storing *s, uint64_t ms);

/* Whether a storm is on, in which more changes are better written together. */
static bool
put_off(struct storing *s)
{
	size_t n = store_waiting(s->monitor->store), seen = s->seen;

	s->seen = n;
	if (!s->urgent && !store_writing(s->monitor->store) && n >= seen + STORM_CHANGES &&
	    n < STORM_GROUP && s->put_off < STORM_LOOKS) {
		s->put_off++;
		return true;
	}
	s->seen = 0;
	s->put_off = 0;
	return false;
}

/* Bans for which there was no room while the database took nothing. */
static void
fill_gaps(struct monitor *m)
{
	struct diag d;

	LIST_EACH(link, &m->guards) {
		struct guard *g = LIST_ITEM(link, struct guard, link);

		if (g->state == GUARD_RUNNING && stored_complete(g, &d) < 0)
			storing_failed(&d);
	}
}

/* One part of a commit, or all of it where it is urgent. */
static int
commit_part(struct storing *s)
{
	struct diag d;
	int r;

	do {
		diag_init(&d);
		r = store_commit(s->monitor->store, &d);
	} while (r > 0 && s->urgent);
	if (r < 0)
		commit_failed(s, r, &d);
	else
		commit_worked(s, &d);
	if (r != 0)
		return r;
	s->urgent = false;
	if (store_gaps(s->monitor->store))
		fill_gaps(s->monitor);
	return 0;
}

/* The jails and bans that a damaged database may have lost, or another file lacks, are entered again. */
static void
renew(struct storing *s)
{
	struct monitor *m = s->monitor;
	struct mono now = time_mono();
	bool moved = s->moved;
	struct diag d;
	char text[2400];
	int r;

	s->damaged = s->moved = false;
	if (!moved && s->renewed.us != 0 && mono_since(now, s->renewed).us < RENEW_AFTER.us)
		return;
	if (!moved)
		s->renewed = now;
	diag_init(&d);
	r = store_renew(m->store, &d);
	/* That it was moved was told, and is tried again soon. */
	if (d.set && (r == 0 || !moved))
		log_write(r < 0 ? LEVEL_ERROR : LEVEL_WARNING, "database", "%s", diag_format(&d, text, sizeof(text)));
	if (r < 0)
		return;
	LIST_EACH(link, &m->guards)
		store_add_jail(m->store, slice_cstr(LIST_ITEM(link, struct guard, link)->name));
	fill_gaps(m);
}

static void
commit_due(uv_timer_t *timer)
{
	struct storing *s = timer->data;
	struct monitor *m = s->monitor;
	int r;

	s->dirty = false;
	if (m->store == NULL)
		return;
	if (put_off(s)) {
		commit_after(s, COMMIT_AFTER_MS);
		return;
	}
	/* Positions mark the store as dirty again; they go into this commit. */
	s->dirty = true;
	storing_positions(m);
	if (s->damaged || s->moved)
		renew(s);
	s->dirty = false;
	r = commit_part(s);
	s->damaged = r == -EUCLEAN;
	s->moved = r == -ESTALE;
	if (r != 0)
		commit_after(s, r == -EBUSY ? LOCKED_MS : r < 0 ? FAILED_MS : PART_MS);
}

static void
commit_after(struct storing *s, uint64_t ms)
{
	s->dirty = true;
	(void)uv_timer_start(s->commit_timer, commit_due, ms, 0);
}

void
storing_logged(struct monitor *m)
{
	if (!m->storing->dirty && m->store != NULL)
		commit_after(m->storing, COMMIT_AFTER_MS);
}

void
storing_dirty(struct monitor *m)
{
	m->storing->urgent = true;
	storing_logged(m);
}

void
storing_damaged(struct monitor *m)
{
	m->storing->damaged = true;
	storing_dirty(m);
}

void
storing_hurry(struct monitor *m)
{
	struct storing *s = m->storing;

	if (m->store == NULL || !s->dirty)
		return;
	s->urgent = true;
	if (s->error == 0)
		commit_after(s, 0);
}

void
storing_now(struct monitor *m)
{
	struct storing *s = m->storing;

	if (m->store == NULL || !s->dirty || s->error != 0)
		return;
	(void)uv_timer_stop(s->commit_timer);
	s->urgent = true;
	commit_due(s->commit_timer);
}

/* ---- opening and closing */

void
storing_failed(const struct diag *d)
{
	char text[2400];

	log_write(LEVEL_ERROR, "database", "%s; bans go on without it",
	    diag_format(d, text, sizeof(text)));
}

static void
close_store(struct monitor *m)
{
	size_t waiting = m->store != NULL ? store_waiting(m->store) : 0;
	struct diag d;

	diag_init(&d);
	if (store_close(m->store, &d) < 0)
		log_write(
		    LEVEL_ERROR, "database", "%s; %zu changes are not stored", d.text, waiting);
	m->store = NULL;
}

static void
forget_missed(struct storing *s)
{
	mem_free(s->missed);
	s->missed = NULL;
	s->missed_error = 0;
}

/* Opens path in place of the store that there is. */
static int
open_store(struct storing *s, struct slice path, struct span patience, bool check, struct diag *d)
{
	struct monitor *m = s->monitor;
	struct store *opened;
	bool created = false;
	int r;

	diag_init(d);
	r = store_open(&opened, path, patience, check, &created, d);
	if (r < 0)
		return r;
	log_write(LEVEL_INFO, "database", "Connected to fail2ban persistent database '%.*s'",
	    SLICE_ARG(path));
	if (d->set)
		log_write(LEVEL_WARNING, "database", "%s", d->text);
	if (created)
		log_write(LEVEL_WARNING, "database", "New database created. Version '4'");
	store_disable_all(opened);
	if (s->max_matches_set)
		store_set_maxmatches(opened, s->max_matches);
	close_store(m);
	m->store = opened;
	storing_dirty(m);
	return 0;
}

/* A cause is told once, however often it is found. */
static void
miss(struct storing *s, struct slice path, int error, const struct diag *d)
{
	char text[2400];

	if (s->missed == NULL)
		s->missed = mem_copy(path.p, path.n);
	if (s->missed_error == error)
		return;
	s->missed_error = error;
	log_write(LEVEL_ERROR, "database",
	    "%s; bans go on without it, and it is tried again every 10 seconds",
	    diag_format(d, text, sizeof(text)));
}

void
storing_set(struct monitor *m, struct slice path)
{
	struct storing *s = m->storing;
	struct diag d;
	int r;

	forget_missed(s);
	if (slice_eq_nocase(path, SLICE("none"))) {
		close_store(m);
		return;
	}
	r = open_store(s, path, START_PATIENCE, true, &d);
	if (r == -EINVAL)
		storing_failed(&d);
	else if (r < 0)
		miss(s, path, r, &d);
}

/* The jail is at work, and the store is new to it. */
static void
enter_guard(struct guard *g)
{
	struct store *s = g->monitor->store;
	struct ticket **made;
	size_t n;

	store_add_jail(s, slice_cstr(g->name));
	if (g->state != GUARD_RUNNING)
		return;
	made = ban_list(g->bans, BAN_BY_ENTRY, &n);
	for (size_t i = 0; i < n; i++)
		store_add_ban(s, slice_cstr(g->name), made[i], ban_bantime(g->bans, made[i]));
	mem_free(made);
	restore_bans(g);
}

void
storing_retry(struct monitor *m)
{
	struct storing *s = m->storing;
	struct diag d;
	int r;

	if (s->missed == NULL)
		return;
	/* The jails are at work: no look through all of it, which may be large. */
	r = open_store(s, slice_cstr(s->missed), WORK_PATIENCE, false, &d);
	if (r < 0) {
		miss(s, slice_cstr(s->missed), r, &d);
		return;
	}
	forget_missed(s);
	LIST_EACH(link, &m->guards)
		enter_guard(LIST_ITEM(link, struct guard, link));
}

bool
storing_wanted(const struct monitor *m)
{
	return m->store != NULL || m->storing->missed != NULL;
}

struct slice
storing_missed(const struct monitor *m)
{
	return m->storing->missed != NULL ? slice_cstr(m->storing->missed) : SLICE_EMPTY;
}

void
storing_set_maxmatches(struct monitor *m, size_t n)
{
	m->storing->max_matches = n;
	m->storing->max_matches_set = true;
	if (m->store != NULL)
		store_set_maxmatches(m->store, n);
}

struct storing *
storing_new(struct monitor *m)
{
	struct storing *s = MEM_NEW(struct storing);

	s->monitor = m;
	s->commit_timer = MEM_NEW(uv_timer_t);
	(void)uv_timer_init(m->loop, s->commit_timer);
	s->commit_timer->data = s;
	return s;
}

static void
timer_closed(uv_handle_t *handle)
{
	mem_free(handle);
}

void
storing_free(struct storing *s)
{
	struct monitor *m = s->monitor;

	if (m->store != NULL) {
		close_store(m);
		log_write(LEVEL_INFO, "database", "Connection to database closed.");
	}
	forget_missed(s);
	uv_close((uv_handle_t *)s->commit_timer, timer_closed);
	mem_free(s);
}
