#include "action/queue.h"

#include "util/list.h"
#include "util/log.h"
#include "util/mem.h"

#include <assert.h>

/*
 * What is done at once is done in portions, so that ten thousand restored bans do not keep the loop
 * from its other work.
 */
#define PORTION_US INT64_C(5000)

struct job {
	struct list link;
	enum event event;
	struct entry *entry;		/* NULL: a call */
	struct ticket *ticket;
	void (*call)(void *arg);
	void *arg;
};

struct queue {
	uv_loop_t *loop;
	struct action_jail *jail;
	struct list jobs;
	size_t waiting;
	uint64_t refused;
	struct job *current;
	struct runner runner;
	uv_timer_t again;	/* goes on with the next portion */
	bool working;		/* queue_work() is on the stack */
	uint64_t turn;		/* of the loop, as told by its clock … */
	int64_t spent_us;	/* … and what of it went into our work */
	bool closing, closed;
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

static void
queue_closed(uv_handle_t *h)
{
	struct queue *q = h->data;
	void (*done)(void *arg) = q->done;
	void *arg = q->arg;

	runner_done(&q->runner);
	mem_free(q);
	if (done != NULL)
		done(arg);
}

/* Does one thing; it may go on after the return. */
static void
queue_begin(struct queue *q, struct job *j)
{
	list_remove(&j->link);
	q->waiting--;
	if (j->entry == NULL) {
		j->call(j->arg);
		job_free(j);
		return;
	}
	q->current = j;
	runner_begin(&q->runner, j->event, j->entry, j->ticket);
}

static void queue_continue(uv_timer_t *t);

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

static void
queue_work(struct queue *q)
{
	if (q->working)
		return;
	q->working = true;
	while (q->current == NULL && !list_empty(&q->jobs)) {
		struct mono start = time_mono();

		if (!queue_has_time(q)) {
			(void)uv_timer_start(&q->again, queue_continue, 1, 0);
			break;
		}
		queue_begin(q, LIST_ITEM(q->jobs.next, struct job, link));
		q->spent_us += mono_since(time_mono(), start).us;
	}
	q->working = false;
	if (q->closing && !q->closed && queue_pending(q) == 0) {
		q->closed = true;
		uv_close((uv_handle_t *)&q->again, queue_closed);
	}
}

static void
queue_continue(uv_timer_t *t)
{
	queue_work(t->data);
}

static void
queue_finished(struct runner *r)
{
	struct queue *q = LIST_ITEM(r, struct queue, runner);

	job_free(q->current);
	q->current = NULL;
	queue_work(q);
}

struct queue *
queue_new(uv_loop_t *loop, struct action_jail *jail)
{
	struct queue *q = MEM_NEW(struct queue);

	q->loop = loop;
	q->jail = jail;
	list_init(&q->jobs);
	runner_init(&q->runner, loop, jail, queue_finished);
	(void)uv_timer_init(loop, &q->again);
	q->again.data = q;
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

static void
queue_append(struct queue *q, struct job *j)
{
	list_append(&q->jobs, &j->link);
	q->waiting++;
	if (!uv_is_active((uv_handle_t *)&q->again))
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
	j->event = event;
	j->entry = entry_ref(e);
	j->ticket = t != NULL ? ticket_ref(t) : NULL;
	queue_append(q, j);
}

void
queue_call(struct queue *q, void (*call)(void *arg), void *arg)
{
	struct job *j = MEM_NEW(struct job);

	j->call = call;
	j->arg = arg;
	queue_append(q, j);
}

size_t
queue_pending(const struct queue *q)
{
	return q->waiting + (q->current != NULL ? 1 : 0);
}

uint64_t
queue_refused(const struct queue *q)
{
	return q->refused;
}
