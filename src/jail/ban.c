#include "jail/ban.h"

#include "util/list.h"
#include "util/mem.h"
#include "util/table.h"

struct ban {
	struct list entry;	/* in the order of entry */
	struct ticket *ticket;
	struct instant end;
	size_t at;	/* in the heap */
};

struct ban_table {
	struct table by_id;
	struct list entries;
	struct ban **heap;	/* the earliest end first */
	size_t heap_cap;
	double bantime_s;
	uint64_t total;
};

struct ban_table *
ban_table_new(double bantime_s)
{
	struct ban_table *t = MEM_NEW(struct ban_table);

	list_init(&t->entries);
	t->bantime_s = bantime_s;
	return t;
}

static void
heap_place(struct ban_table *t, size_t at, struct ban *b)
{
	t->heap[at] = b;
	b->at = at;
}

static void
heap_up(struct ban_table *t, size_t at, struct ban *b)
{
	while (at > 0) {
		size_t parent = (at - 1) / 2;

		if (t->heap[parent]->end.us <= b->end.us)
			break;
		heap_place(t, at, t->heap[parent]);
		at = parent;
	}
	heap_place(t, at, b);
}

static void
heap_down(struct ban_table *t, size_t n, size_t at, struct ban *b)
{
	for (;;) {
		size_t child = 2 * at + 1;

		if (child + 1 < n && t->heap[child + 1]->end.us < t->heap[child]->end.us)
			child++;
		if (child >= n || t->heap[child]->end.us >= b->end.us)
			break;
		heap_place(t, at, t->heap[child]);
		at = child;
	}
	heap_place(t, at, b);
}

/* b's end has changed. */
static void
heap_fix(struct ban_table *t, struct ban *b)
{
	heap_up(t, b->at, b);
	heap_down(t, t->by_id.n, b->at, b);
}

static void
heap_remove(struct ban_table *t, struct ban *b, size_t n)
{
	struct ban *last = t->heap[n - 1];
	size_t hole = b->at;

	if (last == b)
		return;
	heap_up(t, hole, last);
	heap_down(t, n - 1, last->at, last);
}

static struct ticket *
ban_release(struct ban_table *t, struct ban *b)
{
	struct ticket *ticket = b->ticket;

	heap_remove(t, b, t->by_id.n);
	(void)table_take(&t->by_id, ticket->id);
	list_remove(&b->entry);
	mem_free(b);
	return ticket;
}

void
ban_table_free(struct ban_table *t)
{
	if (t == NULL)
		return;
	LIST_EACH(link, &t->entries)
		ticket_unref(ban_release(t, LIST_ITEM(link, struct ban, entry)));
	table_done(&t->by_id);
	mem_free(t->heap);
	mem_free(t);
}

double
ban_bantime(const struct ban_table *t, const struct ticket *ticket)
{
	return ticket->has_bantime ? ticket->bantime_s : t->bantime_s;
}

static struct instant
end_after(struct instant when, double bantime_s)
{
	/* A span that does not fit the type is as good as permanent. */
	if (bantime_s < 0 || !(bantime_s <= SPAN_SECONDS_MAX))
		return BAN_NEVER;
	return instant_add(when, span_of_seconds(bantime_s));
}

struct instant
ban_end(const struct ban_table *t, const struct ticket *ticket)
{
	return end_after(ticket->when, ban_bantime(t, ticket));
}

void
ban_set_bantime(struct ban_table *t, double bantime_s)
{
	t->bantime_s = bantime_s;
	LIST_EACH(link, &t->entries) {
		struct ban *b = LIST_ITEM(link, struct ban, entry);

		b->end = ban_end(t, b->ticket);
		heap_fix(t, b);
	}
}

/*
 * Observed: a later end makes the running ban longer; nothing else of it changes. One that is dated
 * before it has its whole time added to the running ban's date.
 */
static void
ban_extend(struct ban_table *t, struct ban *b, const struct ticket *again)
{
	double bantime_s = ban_bantime(t, again);
	int64_t later_us = again->when.us - b->ticket->when.us;

	if (ban_end(t, again).us <= b->end.us)
		return;
	b->ticket->has_bantime = true;
	b->ticket->bantime_s = bantime_s < 0 ? BANTIME_PERMANENT :
	    bantime_s + (double)(later_us > 0 ? later_us : 0) / (double)US_PER_S;
	b->end = ban_end(t, b->ticket);
	heap_fix(t, b);
}

static void
ban_enter(struct ban_table *t, struct ticket *ticket, struct instant end)
{
	struct ban *b = MEM_NEW(struct ban);

	b->ticket = ticket_ref(ticket);
	b->end = end;
	ticket->bancount++;
	list_append(&t->entries, &b->entry);
	(void)table_put(&t->by_id, ticket->id, b);
	if (t->by_id.n > t->heap_cap) {
		t->heap_cap = t->heap_cap > 0 ? t->heap_cap * 2 : 16;
		t->heap = mem_grow(t->heap, t->heap_cap, sizeof(*t->heap));
	}
	heap_up(t, t->by_id.n - 1, b);
	t->total++;
}

enum ban_result
ban_add(struct ban_table *t, struct ticket *ticket, struct instant now)
{
	struct ban *b = table_get(&t->by_id, ticket->id);
	struct instant end = ban_end(t, ticket);

	if (end.us < now.us)
		return BAN_EXPIRED;
	if (b != NULL) {
		ban_extend(t, b, ticket);
		return BAN_KNOWN;
	}
	ban_enter(t, ticket, end);
	return BAN_NEW;
}

struct ticket *
ban_get(const struct ban_table *t, struct slice id)
{
	const struct ban *b = table_get(&t->by_id, id);

	return b != NULL ? b->ticket : NULL;
}

void
ban_changed(struct ban_table *t, struct slice id)
{
	struct ban *b = table_get(&t->by_id, id);

	if (b == NULL)
		return;
	b->end = ban_end(t, b->ticket);
	heap_fix(t, b);
}

struct ticket *
ban_take(struct ban_table *t, struct slice id)
{
	struct ban *b = table_get(&t->by_id, id);

	return b != NULL ? ban_release(t, b) : NULL;
}

struct ticket *
ban_take_expired(struct ban_table *t, struct instant now)
{
	if (t->by_id.n == 0 || t->heap[0]->end.us >= now.us)
		return NULL;
	return ban_release(t, t->heap[0]);
}

struct instant
ban_next_end(const struct ban_table *t)
{
	return t->by_id.n > 0 ? t->heap[0]->end : BAN_NEVER;
}

size_t
ban_count(const struct ban_table *t)
{
	return t->by_id.n;
}

uint64_t
ban_total(const struct ban_table *t)
{
	return t->total;
}

static int
ban_compare_end(const void *a, const void *b)
{
	const struct ban *x = *(struct ban *const *)a, *y = *(struct ban *const *)b;

	return x->end.us < y->end.us ? -1 : x->end.us > y->end.us;
}

struct ticket **
ban_list(const struct ban_table *t, enum ban_order order, size_t *count)
{
	struct ban **bans = mem_array(t->by_id.n, sizeof(struct ban *));
	struct ticket **out = mem_array(t->by_id.n, sizeof(struct ticket *));
	size_t n = 0;

	for (const struct list *link = t->entries.next; link != &t->entries; link = link->next)
		bans[n++] = LIST_ITEM(link, struct ban, entry);
	if (order == BAN_BY_END && n > 0)
		qsort(bans, n, sizeof(struct ban *), ban_compare_end);
	for (size_t i = 0; i < n; i++)
		out[i] = bans[i]->ticket;
	mem_free(bans);
	*count = n;
	return out;
}
