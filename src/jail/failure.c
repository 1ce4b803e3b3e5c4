#include "jail/failure.h"

#include "util/list.h"
#include "util/mem.h"
#include "util/table.h"

#include <math.h>

struct failure_record {
	struct list quiet;	/* in the order of the last failure */
	struct ticket *ticket;	/* when is the last failure's */
	struct instant first;
	unsigned retry;
};

struct failure_table {
	struct table by_id;
	struct list quiet;	/* the longest quiet first */
	size_t max_ids;
	uint64_t total, evicted;
};

struct failure_table *
failure_table_new(size_t max_ids)
{
	struct failure_table *t = MEM_NEW(struct failure_table);

	t->max_ids = max_ids;
	list_init(&t->quiet);
	return t;
}

/* Takes the record out; its ticket becomes the caller's. */
static struct ticket *
record_release(struct failure_table *t, struct failure_record *r)
{
	struct ticket *ticket = r->ticket;

	(void)table_take(&t->by_id, ticket->id);
	list_remove(&r->quiet);
	mem_free(r);
	return ticket;
}

void
failure_table_free(struct failure_table *t)
{
	if (t == NULL)
		return;
	LIST_EACH(link, &t->quiet)
		ticket_unref(record_release(t, LIST_ITEM(link, struct failure_record, quiet)));
	table_done(&t->by_id);
	mem_free(t);
}

static struct failure_record *
record_new(struct failure_table *t, const struct ticket *from)
{
	struct failure_record *r = MEM_NEW(struct failure_record);

	if (t->by_id.n >= t->max_ids) {
		struct list *oldest = t->quiet.next;

		ticket_unref(record_release(t, LIST_ITEM(oldest, struct failure_record, quiet)));
		t->evicted++;
	}
	r->ticket = ticket_new(from->id, from->ip, from->when);
	r->ticket->addr = from->addr;
	r->first = from->when;
	list_init(&r->quiet);
	(void)table_put(&t->by_id, r->ticket->id, r);
	return r;
}

/* Python's round(): a half goes to the even neighbour, as rint() does in the default mode. */
static unsigned
scaled_retry(unsigned retry, struct span age, struct span findtime)
{
	return (unsigned)rint((double)retry / (double)age.us * (double)findtime.us);
}

static void
record_move_to(struct failure_record *r, struct instant when, struct span findtime)
{
	if (when.us <= r->ticket->when.us)
		return;
	if (r->first.us < when.us - findtime.us) {
		r->retry = scaled_retry(r->retry, instant_since(when, r->first), findtime);
		r->first = instant_sub(when, findtime);
	}
	r->ticket->when = when;
}

/* Observed: what a failure says of somebody is kept as the first one said it. */
static void
record_open(struct failure_record *r, const struct ticket *from)
{
	ticket_add_attrs(r->ticket, from);
	if (ticket_match_count(r->ticket) == ticket_match_count(from))
		ticket_set_cut(r->ticket, ticket_cut(from));
}

struct ticket *
failure_add(struct failure_table *t, const struct failure_limits *limits,
    const struct ticket *ticket, unsigned count)
{
	struct failure_record *r = table_get(&t->by_id, ticket->id);
	bool opens = r == NULL;

	t->total++;
	if (opens)
		r = record_new(t, ticket);
	record_move_to(r, ticket->when, limits->findtime);
	r->retry += count;
	r->ticket->failures += count;
	ticket_add_matches(r->ticket, ticket, limits->maxmatches);
	if (opens)
		record_open(r, ticket);
	list_remove(&r->quiet);
	list_append(&t->quiet, &r->quiet);
	return r->retry >= limits->maxretry ? record_release(t, r) : NULL;
}

struct ticket *
failure_raise(struct failure_table *t, const struct failure_limits *limits, struct slice id,
    unsigned extra, unsigned bancount)
{
	struct failure_record *r = table_get(&t->by_id, id);

	if (r == NULL)
		return NULL;
	t->total++;
	r->retry += extra;
	r->ticket->failures++;
	r->ticket->bancount = bancount;
	return r->retry >= limits->maxretry ? record_release(t, r) : NULL;
}

unsigned
failure_retries(const struct failure_table *t, struct slice id)
{
	const struct failure_record *r = table_get(&t->by_id, id);

	return r != NULL ? r->retry : 0;
}

void
failure_expire(struct failure_table *t, struct instant now, struct span findtime)
{
	LIST_EACH(link, &t->quiet) {
		struct failure_record *r = LIST_ITEM(link, struct failure_record, quiet);

		if (r->ticket->when.us > now.us - findtime.us)
			continue;
		ticket_unref(record_release(t, r));
	}
}

bool
failure_forget(struct failure_table *t, struct slice id)
{
	struct failure_record *r = table_get(&t->by_id, id);

	if (r == NULL)
		return false;
	ticket_unref(record_release(t, r));
	return true;
}

size_t
failure_ids(const struct failure_table *t)
{
	return t->by_id.n;
}

uint64_t
failure_total(const struct failure_table *t)
{
	return t->total;
}

uint64_t
failure_evicted(const struct failure_table *t)
{
	return t->evicted;
}
