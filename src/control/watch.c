#include "control/watch.h"

#include "util/mem.h"

static const char *const names[WATCH_EVENTS] = {
    [WATCH_FOUND] = "found",
    [WATCH_ATTEMPT] = "attempt",
    [WATCH_BAN] = "ban",
    [WATCH_RESTORE] = "restore",
    [WATCH_UNBAN] = "unban",
    [WATCH_REPEAL] = "repeal",
};

struct watcher {
	struct list link; /* of monitor->watchers */
	struct conn_request *conn;
	unsigned events;	   /* a bit each */
	const struct value *words; /* of the request; the jails are those from first on */
	size_t first;
	uint64_t lost;
};

static double
seconds(struct instant t)
{
	return (double)t.us / (double)US_PER_S;
}

static struct value *
event_new(struct arena *a, const char *name)
{
	struct value *map = value_map(a);

	value_put_cstr(a, map, "event", value_cstr(a, name));
	value_put_cstr(a, map, "time", value_float(a, seconds(time_now())));
	return map;
}

/* False if the client is too slow; events are then counted only. */
static bool
push(struct watcher *w, struct arena *a, struct value *event)
{
	return conn_push(w->conn, value_pair(a, value_int(a, 0), event));
}

/* What was lost is told before what comes next. */
static void
watcher_send(struct watcher *w, struct arena *a, struct value *event)
{
	struct value *lost;

	if (w->lost > 0) {
		lost = event_new(a, "lost");
		value_put_cstr(a, lost, "count", value_int(a, (int64_t)w->lost));
		if (!push(w, a, lost)) {
			w->lost++;
			return;
		}
		w->lost = 0;
	}
	if (!push(w, a, event))
		w->lost++;
}

static bool
watcher_wants(const struct watcher *w, const struct guard *g, enum watch_event event)
{
	if ((w->events & 1U << event) == 0)
		return false;
	for (size_t i = w->first; i < value_count(w->words); i++)
		if (value_is_text(value_at(w->words, i), slice_cstr(g->name)))
			return true;
	return w->first == value_count(w->words);
}

/* t is NULL for a failure, of which there is none. */
static struct value *
event_of(struct arena *a, struct guard *g, enum watch_event event, struct slice id,
    struct instant when, const struct ticket *t)
{
	struct value *map = event_new(a, names[event]);

	value_put_cstr(a, map, "jail", value_cstr(a, g->name));
	value_put_cstr(a, map, "id", value_text(a, id));
	if (event == WATCH_UNBAN || event == WATCH_REPEAL)
		return map;
	value_put_cstr(a, map, "when", value_float(a, seconds(when)));
	if (t == NULL)
		return map;
	value_put_cstr(a, map, "failures", value_int(a, t->failures));
	value_put_cstr(a, map, "bantime",
	    value_int(a, span_of_seconds(ban_bantime(g->bans, t)).us / US_PER_S));
	return map;
}

static void
tell(struct guard *g, enum watch_event event, struct slice id, struct instant when,
    const struct ticket *t)
{
	struct arena a;

	if (list_empty(&g->monitor->watchers))
		return;
	arena_init(&a);
	LIST_EACH(link, &g->monitor->watchers) {
		struct watcher *w = LIST_ITEM(link, struct watcher, link);

		if (watcher_wants(w, g, event))
			watcher_send(w, &a, event_of(&a, g, event, id, when, t));
	}
	arena_done(&a);
}

void
watch_tell(struct guard *g, enum watch_event event, const struct ticket *t)
{
	tell(g, event, ticket_id(t), t->when, t);
}

void
watch_failed(struct guard *g, enum watch_event event, struct slice id, struct instant when)
{
	tell(g, event, id, when, NULL);
}

static void
watcher_free(struct watcher *w)
{
	list_remove(&w->link);
	mem_free(w);
}

/* The client has gone. */
static void
watcher_gone(struct conn_request *conn)
{
	watcher_free(conn->owner);
	conn_answer(conn, value_nil(&conn->arena));
}

void
watch_end_all(struct monitor *m)
{
	LIST_EACH(link, &m->watchers) {
		struct watcher *w = LIST_ITEM(link, struct watcher, link);
		struct conn_request *conn = w->conn;
		struct arena *a = &conn->arena;

		watcher_free(w);
		conn_answer(conn, value_pair(a, value_int(a, 0), event_new(a, "stopping")));
	}
}

/* NULL, or why list is no list of events. */
static struct value *
parse_events(struct request *rq, struct slice list, unsigned *events)
{
	struct slice word;

	*events = 0;
	while (slice_next(&list, ',', &word)) {
		size_t i = 0;

		while (i < WATCH_EVENTS && !slice_eq(word, slice_cstr(names[i])))
			i++;
		if (i == WATCH_EVENTS)
			return value_error(rq->arena, ERROR_VALUE,
			    "'%.*s' is no event; they are found, attempt, ban, restore, unban and "
			    "repeal",
			    SLICE_ARG(word));
		*events |= 1U << i;
	}
	return NULL;
}

/* A jail may be added later, so its name need not be known. */
static struct value *
parse_words(struct request *rq, unsigned *events, size_t *first)
{
	struct value *error = NULL;
	struct slice word;

	*events = (1U << WATCH_EVENTS) - 1;
	*first = rq->args;
	for (size_t i = 0; i < request_argc(rq) && error == NULL; i++) {
		if (!request_text(rq, i, &word, &error))
			break;
		if (i == 0 && slice_starts(word, SLICE("--events="))) {
			error = parse_events(rq, slice_from(word, sizeof("--events=") - 1), events);
			(*first)++;
		}
	}
	return error;
}

/* NULL, or why there can be no further watcher. */
static struct value *
no_room(struct request *rq)
{
	size_t all = 0, readers = 0;

	if (rq->conn == NULL)
		return value_error(rq->arena, ERROR_FAILED, "nobody watches in a list of commands");
	LIST_EACH(link, &rq->monitor->watchers) {
		all++;
		readers += LIST_ITEM(link, struct watcher, link)->conn->reader;
	}
	if (all < WATCHERS_MAX && (!rq->conn->reader || readers < WATCHERS_READERS_MAX))
		return NULL;
	return value_error(rq->arena, ERROR_RUNTIME,
	    "there are %zu watchers already, which is all that there may be",
	    all < WATCHERS_MAX ? readers : all);
}

struct value *
watch_run(struct request *rq)
{
	struct monitor *m = rq->monitor;
	struct value *error, *hello;
	struct watcher *w;
	unsigned events;
	size_t first;

	error = parse_words(rq, &events, &first);
	if (error == NULL)
		error = no_room(rq);
	if (error != NULL)
		return error;
	w = MEM_NEW(struct watcher);
	*w = (struct watcher){
	    .conn = rq->conn, .events = events, .words = rq->words, .first = first};
	list_append(&m->watchers, &w->link);
	rq->conn->owner = w;
	rq->conn->gone = watcher_gone;
	hello = event_new(rq->arena, "watching");
	value_put_cstr(rq->arena, hello, "version", value_int(rq->arena, WATCH_VERSION));
	watcher_send(w, rq->arena, hello);
	return NULL;
}
