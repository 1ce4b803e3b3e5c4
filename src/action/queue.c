#include "action/queue.h"

#include "action/conntrack.h"
#include "action/direct.h"
#include "action/nft.h"
#include "action/script.h"
#include "util/list.h"
#include "util/log.h"
#include "util/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/*
 * What is done at once is done in portions, so that ten thousand restored bans do not keep the loop
 * from its other work.
 */
#define PORTION_US INT64_C(5000)

/*
 * The kernel walks all of a set of intervals in each transaction. Once that takes so long, the next
 * batch waits as long as the last one took beyond what its items need, and takes along what comes
 * meanwhile. While more comes in every turn of the loop, a storm, it waits so many times as long as
 * the last one took: then each batch is larger than the one before, and what the kernel walks is a
 * small part of what it is given.
 */
#define ITEM_US INT64_C(4)
#define PAUSE_FROM_US INT64_C(4000)
#define PAUSE_MAX_US INT64_C(200000)
#define STORM_TIMES 4

/* A ban that comes after so long a rest need not wait for others. */
#define REST_US INT64_C(10000)

struct job {
	struct list link;
	uint64_t number;		/* in the order of asking */
	enum event event;
	struct entry *entry;		/* NULL: a call */
	struct ticket *ticket;
	bool alone;			/* was refused as one of many; the runner knows more */
	void (*call)(void *arg);
	void *arg;
};

struct batch {
	struct job **jobs;
	struct direct_item *items;
	size_t count, cap;
};

struct queue {
	uv_loop_t *loop;
	struct action_jail *jail;
	struct list lanes;	/* actions that something waits for */
	struct list calls;
	size_t waiting;
	uint64_t numbers;
	uint64_t refused;
	struct job *current;
	struct runner runner;
	/* The end of the loop's turn; idle keeps the loop from waiting before it. */
	uv_check_t end;
	uv_idle_t idle;
	struct list awake;
	uv_timer_t again;	/* goes on with the next portion, or batch */
	bool working;		/* queue_work() is on the stack */
	uint64_t turn;		/* of the loop, as told by its clock … */
	int64_t spent_us;	/* … and what of it went into our work */
	struct mono pause_end;	/* no batch before */
	struct mono storm_end;	/* nor before this, while more is coming */
	uint64_t seen;		/* numbers, when the last turn ended */
	bool coming;		/* there were more since then: the end of the next turn is looked at, too */
	struct mono batch_end;	/* of the last one, or flight */
	struct batch flight;	/* is being done by a program; its count is 0 if none is */
	size_t flight_max;	/* how many rules the next flight may take */
	size_t batch_max;	/* how many elements the next batch may take */
	bool closing, closed;
	unsigned handles;	/* not closed yet */
	void (*done)(void *arg);
	void *arg;
};

static void
job_free(struct job *j)
{
	entry_unref(j->entry);
	ticket_unref(j->ticket);
	mem_free(j);
}

/* The job is done, and did what it was to do. */
static void
job_done(struct queue *q, struct job *j)
{
	if ((j->event == EVENT_BAN || j->event == EVENT_REBAN) &&
	    entry_flag(j->entry, SLICE("end_connections"), false) && !script_simulates())
		conntrack_end(q->loop, &j->ticket->addr);
	job_free(j);
}

static struct job *
first_job(const struct list *jobs)
{
	return LIST_ITEM(jobs->next, struct job, link);
}

static struct entry *
lane_entry(const struct list *link)
{
	return LIST_ITEM(link, struct entry, lane);
}

/* Lanes: the jobs of each action. */

static void
lane_put(struct queue *q, struct job *j, bool front)
{
	struct entry *e = j->entry;

	if (list_empty(&e->jobs))
		list_append(&q->lanes, &e->lane);
	if (front)
		list_prepend(&e->jobs, &j->link);
	else
		list_append(&e->jobs, &j->link);
	q->waiting++;
}

static void
lane_take(struct queue *q, struct job *j)
{
	list_remove(&j->link);
	if (j->entry != NULL && list_empty(&j->entry->jobs))
		list_remove(&j->entry->lane);
	q->waiting--;
}

/* An action does one thing at a time. */
static bool
lane_busy(const struct queue *q, const struct entry *e)
{
	return (q->current != NULL && q->current->entry == e) || e->flying > 0;
}

static struct direct_item
job_item(const struct job *j)
{
	return (struct direct_item){j->event, j->entry, j->ticket};
}

static enum direct_kind
job_kind(const struct queue *q, const struct job *j)
{
	const struct direct_item item = job_item(j);

	return j->alone ? DIRECT_NONE : direct_kind(&item, q->jail);
}

/* Batches. */

static void
batch_add(struct queue *q, struct batch *b, struct job *j)
{
	if (b->count == b->cap) {
		b->cap = b->cap > 0 ? b->cap * 2 : 16;
		b->jobs = mem_grow(b->jobs, b->cap, sizeof(*b->jobs));
		b->items = mem_grow(b->items, b->cap, sizeof(*b->items));
	}
	b->jobs[b->count] = j;
	b->items[b->count++] = job_item(j);
	lane_take(q, j);
}

/* True if the job can be done with those of the batch. */
static bool
batch_takes(const struct queue *q, const struct batch *b, const struct job *j, enum direct_kind kind)
{
	const struct direct_item item = job_item(j);

	return job_kind(q, j) == kind && (b->count == 0 || direct_joins(&b->items[0], &item));
}

/* Takes what can be done in this way from the front of each lane. */
static void
batch_collect(struct queue *q, struct batch *b, enum direct_kind kind, size_t max)
{
	LIST_EACH(link, &q->lanes) {
		struct entry *e = lane_entry(link);

		if (lane_busy(q, e))
			continue;
		/* The entry stays: each job that is taken holds it. */
		while (!list_empty(&e->jobs) && b->count < max &&
		    batch_takes(q, b, first_job(&e->jobs), kind))
			batch_add(q, b, first_job(&e->jobs));
	}
}

/* All go back to where they were, in their order. */
static void
batch_return(struct queue *q, struct batch *b)
{
	for (size_t i = b->count; i-- > 0;)
		lane_put(q, b->jobs[i], true);
}

static void
batch_free(struct batch *b)
{
	mem_free(b->jobs);
	mem_free(b->items);
	*b = (struct batch){0};
}

static void
batch_log(const struct queue *q, const struct batch *b, const char *what)
{
	log_write(LEVEL_DEBUG, "actions", "[%.*s] %zu bans and unbans in one go: %s",
	    SLICE_ARG(q->jail->name), b->count, what);
}

/*
 * The one at fault is left to the runner, which puts rules up again or lets a shell say what is wrong. If
 * they were too many for the kernel or its socket, as in a container that must do with small ones, fewer
 * are tried.
 */
static void
batch_refused(struct queue *q, struct batch *b, size_t failed, int error)
{
	bool fewer = b->count > 1 && nft_too_many(error);

	batch_log(q, b, nft_reason(NULL, error));
	if (fewer)
		q->batch_max = b->count / 2;
	for (size_t i = 0; i < b->count; i++)
		b->jobs[i]->alone = !fewer && (i == failed || failed == b->count);
	batch_return(q, b);
}

static void
batch_done(struct queue *q, struct batch *b)
{
	batch_log(q, b, "done");
	direct_done(b->items, b->count);
	for (size_t i = 0; i < b->count; i++)
		job_done(q, b->jobs[i]);
}

static struct mono
pause_until(struct mono from, int64_t us)
{
	return (struct mono){from.us + (us < PAUSE_MAX_US ? us : PAUSE_MAX_US)};
}

static void
batch_pause(struct queue *q, struct mono start, size_t count)
{
	struct mono end = time_mono();
	int64_t took = mono_since(end, start).us, walk = took - (int64_t)count * ITEM_US;

	q->batch_end = end;
	if (walk >= PAUSE_FROM_US)
		q->pause_end = pause_until(end, walk);
	q->storm_end = pause_until(end, took * STORM_TIMES);
}

/* True if there was something to do. */
static bool
batch_run(struct queue *q, enum direct_kind kind)
{
	struct batch b = {0};
	struct mono start = time_mono();
	size_t most = direct_max(kind), max = q->batch_max < most ? q->batch_max : most, failed;
	bool any;
	int r;

	batch_collect(q, &b, kind, max);
	any = b.count > 0;
	r = any ? direct_commit(&q->runner, kind, b.items, b.count, &failed) : 0;
	if (r == 0 && b.count == max)
		q->batch_max = max * 2;
	if (r < 0)
		batch_refused(q, &b, failed, r);
	else if (any)
		batch_done(q, &b);
	if (any)
		batch_pause(q, start, b.count);
	batch_free(&b);
	return any;
}

/* A flight is a batch that a program does while we go on. */

static void queue_work(struct queue *q);

/* More of them the next time. */
static void
flight_done(struct queue *q, struct batch *b)
{
	q->batch_end = time_mono();
	q->flight_max *= 2;
	batch_done(q, b);
}

static void
flight_ended(void *arg, int status)
{
	struct queue *q = arg;
	struct batch b = q->flight;

	q->flight = (struct batch){0};
	for (size_t i = 0; i < b.count; i++)
		b.jobs[i]->entry->flying--;
	if (status == 0) {
		direct_learn(&q->runner, &b.items[0]);
		flight_done(q, &b);
	} else {
		batch_log(q, &b, "refused");
		/* One of them is at fault: fewer the next time, until it is found. */
		q->flight_max = b.count / 2;
		b.jobs[0]->alone = b.count == 2;
		batch_return(q, &b);
	}
	batch_free(&b);
	queue_work(q);
}

/* A single one needs no batch. False if they were too many, and fewer are to be tried. */
static bool
flight_try(struct queue *q)
{
	size_t most = direct_max(DIRECT_IPTABLES);
	struct batch *b = &q->flight;
	bool fewer;
	int r = 0;

	q->flight_max = q->flight_max < 2 ? 2 : q->flight_max > most ? most : q->flight_max;
	batch_collect(q, b, DIRECT_IPTABLES, q->flight_max);
	if (direct_rules(&q->runner, b->items, b->count)) {
		flight_done(q, b);
		batch_free(b);
		return false;
	}
	if (b->count > 1)
		r = direct_start(&q->runner, b->items, b->count, flight_ended, q);
	if (b->count > 1 && r >= 0) {
		for (size_t i = 0; i < b->count; i++)
			b->jobs[i]->entry->flying++;
		return true;
	}
	fewer = r == -E2BIG && b->count > 2;
	if (fewer)
		q->flight_max = (b->count + 1) / 2;
	for (size_t i = 0; i < b->count; i++)
		b->jobs[i]->alone = !fewer;
	batch_return(q, b);
	batch_free(b);
	return !fewer;
}

static void
flight_start(struct queue *q)
{
	if (q->flight.count > 0)
		return;
	while (!flight_try(q))
		;
}

static void queue_continue(uv_timer_t *t);

/* False if a batch has to wait a little: for the timer, or for a turn in which nothing comes. */
static bool
batches_due(struct queue *q)
{
	struct mono now = time_mono();
	int64_t wait_us = mono_since(q->pause_end, now).us;

	if (wait_us >= US_PER_MS)
		(void)uv_timer_start(&q->again, queue_continue, (uint64_t)(wait_us / US_PER_MS), 0);
	return wait_us < US_PER_MS && !(q->coming && mono_since(q->storm_end, now).us > 0);
}

static void
queue_batches(struct queue *q)
{
	for (enum direct_kind kind = DIRECT_NFT; kind <= DIRECT_IPSET; kind++)
		while (batches_due(q) && batch_run(q, kind))
			;
	flight_start(q);
}

/* One after the other. */

static void
queue_closed(uv_handle_t *h)
{
	struct queue *q = h->data;
	void (*done)(void *arg) = q->done;
	void *arg = q->arg;

	if (--q->handles > 0)
		return;
	runner_done(&q->runner);
	mem_free(q);
	done(arg);
}

static void
queue_end(struct queue *q)
{
	if (!q->closing || q->closed || queue_pending(q) > 0)
		return;
	q->closed = true;
	list_remove(&q->awake);
	uv_close((uv_handle_t *)&q->again, queue_closed);
	uv_close((uv_handle_t *)&q->end, queue_closed);
	uv_close((uv_handle_t *)&q->idle, queue_closed);
}

/* Does one thing; it may go on after the return. */
static void
queue_begin(struct queue *q, struct job *j)
{
	lane_take(q, j);
	if (j->entry == NULL) {
		j->call(j->arg);
		job_free(j);
		return;
	}
	q->current = j;
	runner_begin(&q->runner, j->event, j->entry, j->ticket);
}

/* The loop's clock stands still while it calls one callback after the other. */
static bool
queue_has_time(struct queue *q)
{
	if (q->turn != uv_now(q->loop)) {
		q->turn = uv_now(q->loop);
		q->spent_us = 0;
	}
	return q->spent_us <= PORTION_US;
}

static bool
earlier(const struct job *j, const struct job *than)
{
	return than == NULL || j->number < than->number;
}

/* True if something that was asked for earlier is still in flight. */
static bool
flight_before(const struct queue *q, const struct job *j)
{
	for (size_t i = 0; i < q->flight.count; i++)
		if (earlier(q->flight.jobs[i], j))
			return true;
	return false;
}

/*
 * The next that is no part of a batch, or NULL. What concerns an action as a whole, and a call, come
 * after all that was asked for before, and before all else; a ticket's need not wait for a batch.
 */
static struct job *
queue_next(const struct queue *q)
{
	struct job *whole = list_empty(&q->calls) ? NULL : first_job(&q->calls);
	struct job *first = whole, *next = NULL;

	for (const struct list *link = q->lanes.next; link != &q->lanes; link = link->next) {
		struct job *j = first_job(&lane_entry(link)->jobs);

		if (earlier(j, first))
			first = j;
		if (j->ticket == NULL && earlier(j, whole))
			whole = j;
		if (j->ticket != NULL && lane_entry(link)->flying == 0 &&
		    job_kind(q, j) == DIRECT_NONE && earlier(j, next))
			next = j;
	}
	if (next != NULL && earlier(next, whole))
		return next;
	return first != NULL && first == whole && !flight_before(q, whole) ? whole : NULL;
}

static void
queue_work(struct queue *q)
{
	struct job *j;

	if (q->working)
		return;
	q->working = true;
	queue_batches(q);
	while (q->current == NULL && (j = queue_next(q)) != NULL) {
		struct mono start = time_mono();

		if (!queue_has_time(q)) {
			(void)uv_timer_start(&q->again, queue_continue, 1, 0);
			break;
		}
		queue_begin(q, j);
		queue_batches(q);
		q->spent_us += mono_since(time_mono(), start).us;
	}
	q->working = false;
	queue_end(q);
}

static void
queue_continue(uv_timer_t *t)
{
	queue_work(t->data);
}

static void
queue_turn_end(struct queue *q)
{
	q->coming = q->numbers != q->seen;
	q->seen = q->numbers;
	if (!q->coming) {
		(void)uv_check_stop(&q->end);
		(void)uv_idle_stop(&q->idle);
	}
	queue_work(q);
}

/* Those to whom the end of the turn matters, in the order in which they woke. */
static struct list awake = {&awake, &awake};

/*
 * libuv calls whoever asked last first: of jails that start together, the last one's commands would be
 * run first. So whoever is called lets those go before that woke before.
 */
static void
queue_turn_ended(uv_check_t *c)
{
	struct queue *q = c->data, *first = NULL;

	while (first != q && !list_empty(&q->awake)) {
		first = LIST_ITEM(awake.next, struct queue, awake);
		list_remove(&first->awake);
		queue_turn_end(first);
	}
	if (uv_is_active((uv_handle_t *)&q->end) && list_empty(&q->awake))
		list_append(&awake, &q->awake);
}

static void
queue_idle(uv_idle_t *idle)
{
	(void)idle;
}

/* There is something new to do. */
static void
queue_wake(struct queue *q)
{
	if (!uv_is_active((uv_handle_t *)&q->end))
		list_append(&awake, &q->awake);
	(void)uv_check_start(&q->end, queue_turn_ended);
	(void)uv_idle_start(&q->idle, queue_idle);
}

static void
queue_finished(struct runner *r)
{
	struct queue *q = LIST_ITEM(r, struct queue, runner);

	if (r->failed)
		job_free(q->current);
	else
		job_done(q, q->current);
	q->current = NULL;
	queue_work(q);
}

struct queue *
queue_new(uv_loop_t *loop, struct action_jail *jail)
{
	struct queue *q = MEM_NEW(struct queue);

	q->loop = loop;
	q->jail = jail;
	list_init(&q->lanes);
	list_init(&q->calls);
	list_init(&q->awake);
	q->flight_max = q->batch_max = SIZE_MAX;
	runner_init(&q->runner, loop, jail, queue_finished);
	(void)uv_timer_init(loop, &q->again);
	(void)uv_check_init(loop, &q->end);
	(void)uv_idle_init(loop, &q->idle);
	q->again.data = q->end.data = q->idle.data = q;
	q->handles = 3;
	return q;
}

void
queue_close(struct queue *q, void (*done)(void *arg), void *arg)
{
	assert(!q->closing);
	q->done = done;
	q->arg = arg;
	q->closing = true;
	queue_work(q);
}

static bool
event_bans(enum event event)
{
	return event == EVENT_BAN || event == EVENT_REBAN || event == EVENT_PROLONG;
}

void
queue_add(struct queue *q, enum event event, struct entry *e, struct ticket *t)
{
	struct job *j;

	if (event_bans(event) && q->waiting >= QUEUE_MAX) {
		q->refused++;
		runner_log_failure(q->jail, event, e, t, "too many wait for their turn; not done");
		return;
	}
	j = MEM_NEW(struct job);
	j->number = q->numbers++;
	j->event = event;
	j->entry = entry_ref(e);
	j->ticket = t != NULL ? ticket_ref(t) : NULL;
	lane_put(q, j, false);
	/* A single ban goes to the kernel before the database and the log hear of it. */
	if (q->waiting == 1 && t != NULL && mono_since(time_mono(), q->batch_end).us >= REST_US &&
	    job_kind(q, j) != DIRECT_NONE)
		queue_work(q);
	else
		queue_wake(q);
}

void
queue_call(struct queue *q, void (*call)(void *arg), void *arg)
{
	struct job *j = MEM_NEW(struct job);

	j->number = q->numbers++;
	j->call = call;
	j->arg = arg;
	list_append(&q->calls, &j->link);
	q->waiting++;
	queue_wake(q);
}

size_t
queue_pending(const struct queue *q)
{
	return q->waiting + q->flight.count + (q->current != NULL ? 1 : 0);
}

struct addr *
queue_busy(const struct entry *e, size_t *count)
{
	struct addr *busy = NULL;
	size_t cap = 0;

	*count = 0;
	for (const struct list *link = e->jobs.next; link != &e->jobs; link = link->next) {
		const struct ticket *t = LIST_ITEM(link, struct job, link)->ticket;

		if (t == NULL)
			continue;
		busy = mem_room(busy, *count, &cap, sizeof(*busy), 64);
		busy[(*count)++] = t->addr;
	}
	if (*count > 0)
		qsort(busy, *count, sizeof(*busy), addr_order);
	return busy;
}

uint64_t
queue_refused(const struct queue *q)
{
	return q->refused;
}

struct action_load
queue_load(const struct queue *q, const struct entry *e)
{
	struct action_load load = {.running = lane_busy(q, e)};

	for (const struct list *link = e->jobs.next; link != &e->jobs; link = link->next)
		load.waiting++;
	return load;
}
