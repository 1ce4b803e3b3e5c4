#include "jail/ban.h"

#include "util/hash.h"
#include "util/index.h"
#include "util/mem.h"

struct ban {
	struct instant end;
	struct ticket *ticket; /* says in heap_at where this is */
};

struct ban_table {
	struct index by_id; /* tickets */
	struct list entries;
	struct ban *heap; /* the earliest end first */
	size_t heap_cap;
	double bantime_s;
	uint64_t total;
	size_t match_bytes, max_match_bytes;
	struct list *given_up; /* the last whose matches were, and so of all before; or entries */
	uint64_t without_matches;
};

#define HEAP_MIN 16

static bool
is_banned(const void *item, const void *id)
{
	return slice_eq(ticket_id(item), *(const struct slice *)id);
}

struct ban_table *
ban_table_new(double bantime_s, size_t max_match_bytes)
{
	struct ban_table *t = MEM_NEW(struct ban_table);

	index_init(&t->by_id, is_banned);
	list_init(&t->entries);
	t->bantime_s = bantime_s;
	t->max_match_bytes = max_match_bytes;
	t->given_up = &t->entries;
	return t;
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

static void
heap_place(struct ban_table *t, size_t at, struct ban b)
{
	t->heap[at] = b;
	b.ticket->heap_at = (unsigned)at;
}

static void
heap_up(struct ban_table *t, size_t at, struct ban b)
{
	while (at > 0) {
		size_t parent = (at - 1) / 2;

		if (t->heap[parent].end.us <= b.end.us)
			break;
		heap_place(t, at, t->heap[parent]);
		at = parent;
	}
	heap_place(t, at, b);
}

static void
heap_down(struct ban_table *t, size_t n, size_t at, struct ban b)
{
	for (;;) {
		size_t child = 2 * at + 1;

		if (child + 1 < n && t->heap[child + 1].end.us < t->heap[child].end.us)
			child++;
		if (child >= n || t->heap[child].end.us >= b.end.us)
			break;
		heap_place(t, at, t->heap[child]);
		at = child;
	}
	heap_place(t, at, b);
}

/* The ban of ticket, which is entered, ends at another time now. */
static void
heap_fix(struct ban_table *t, struct ticket *ticket)
{
	struct ban b = {ban_end(t, ticket), ticket};

	heap_up(t, ticket->heap_at, b);
	heap_down(t, t->by_id.n, ticket->heap_at, b);
}

static void
heap_remove(struct ban_table *t, const struct ticket *ticket)
{
	size_t hole = ticket->heap_at, n = t->by_id.n;
	struct ban last = t->heap[n - 1];

	if (last.ticket != ticket) {
		heap_up(t, hole, last);
		heap_down(t, n - 1, last.ticket->heap_at, last);
	}
	if (t->heap_cap > HEAP_MIN && n * 4 < t->heap_cap) {
		t->heap_cap /= 2;
		t->heap = mem_grow(t->heap, t->heap_cap, sizeof(*t->heap));
	}
}

static struct ticket *
ban_release(struct ban_table *t, struct ticket *ticket)
{
	struct slice id = ticket_id(ticket);

	heap_remove(t, ticket);
	(void)index_take(&t->by_id, hash_text(id), &id);
	if (t->given_up == &ticket->entry)
		t->given_up = ticket->entry.prev;
	list_remove(&ticket->entry);
	t->match_bytes -= details_match_bytes(ticket->more);
	return ticket;
}

void
ban_table_free(struct ban_table *t)
{
	if (t == NULL)
		return;
	LIST_EACH(link, &t->entries)
	ticket_unref(ban_release(t, LIST_ITEM(link, struct ticket, entry)));
	index_done(&t->by_id);
	mem_free(t->heap);
	mem_free(t);
}

void
ban_set_bantime(struct ban_table *t, double bantime_s)
{
	t->bantime_s = bantime_s;
	LIST_EACH(link, &t->entries)
	heap_fix(t, LIST_ITEM(link, struct ticket, entry));
}

/*
 * Observed: a later end makes the running ban longer; nothing else of it changes. One that is dated
 * before it has its whole time added to the running ban's date.
 */
static void
ban_extend(struct ban_table *t, struct ticket *running, const struct ticket *again)
{
	double bantime_s = ban_bantime(t, again);
	int64_t later_us = again->when.us - running->when.us;

	if (ban_end(t, again).us <= t->heap[running->heap_at].end.us)
		return;
	running->has_bantime = true;
	running->bantime_s =
	    bantime_s < 0 ? BANTIME_PERMANENT
			  : bantime_s + (double)(later_us > 0 ? later_us : 0) / (double)US_PER_S;
	heap_fix(t, running);
}

/* Gives up the matches of the oldest bans, but not of one that is being carried out or stored. */
static void
keep_in_bounds(struct ban_table *t)
{
	while (t->match_bytes > t->max_match_bytes && t->given_up->next != &t->entries) {
		struct ticket *oldest = LIST_ITEM(t->given_up->next, struct ticket, entry);
		size_t bytes = details_match_bytes(oldest->more);

		if (oldest->refs > 1)
			break;
		details_forget_matches(&oldest->more);
		t->match_bytes -= bytes;
		t->without_matches += bytes > 0;
		t->given_up = &oldest->entry;
	}
}

static void
ban_enter(struct ban_table *t, struct ticket *ticket, struct instant end)
{
	(void)ticket_ref(ticket);
	ticket->bancount++;
	list_append(&t->entries, &ticket->entry);
	t->match_bytes += details_match_bytes(ticket->more);
	keep_in_bounds(t);
	index_put(&t->by_id, hash_text(ticket_id(ticket)), ticket);
	if (t->by_id.n > t->heap_cap) {
		t->heap_cap = t->heap_cap > 0 ? t->heap_cap * 2 : HEAP_MIN;
		t->heap = mem_grow(t->heap, t->heap_cap, sizeof(*t->heap));
	}
	heap_up(t, t->by_id.n - 1, (struct ban){end, ticket});
	t->total++;
}

enum ban_result
ban_add(struct ban_table *t, struct ticket *ticket, struct instant now)
{
	struct ticket *running = ban_get(t, ticket_id(ticket));
	struct instant end = ban_end(t, ticket);

	if (end.us < now.us)
		return BAN_EXPIRED;
	if (running != NULL) {
		ban_extend(t, running, ticket);
		return BAN_KNOWN;
	}
	ban_enter(t, ticket, end);
	return BAN_NEW;
}

struct ticket *
ban_get(const struct ban_table *t, struct slice id)
{
	return index_get(&t->by_id, hash_text(id), &id);
}

void
ban_changed(struct ban_table *t, struct slice id)
{
	struct ticket *running = ban_get(t, id);

	if (running != NULL)
		heap_fix(t, running);
}

struct ticket *
ban_take(struct ban_table *t, struct slice id)
{
	struct ticket *running = ban_get(t, id);

	return running != NULL ? ban_release(t, running) : NULL;
}

struct ticket *
ban_take_expired(struct ban_table *t, struct instant now)
{
	if (ban_next_end(t).us >= now.us)
		return NULL;
	return ban_release(t, t->heap[0].ticket);
}

struct instant
ban_next_end(const struct ban_table *t)
{
	return t->by_id.n > 0 ? t->heap[0].end : BAN_NEVER;
}

size_t
ban_count(const struct ban_table *t)
{
	return t->by_id.n;
}

uint64_t
ban_without_matches(const struct ban_table *t)
{
	return t->without_matches;
}

uint64_t
ban_total(const struct ban_table *t)
{
	return t->total;
}

static int
ban_compare_end(const void *a, const void *b)
{
	const struct ban *x = a, *y = b;

	return x->end.us < y->end.us ? -1 : x->end.us > y->end.us;
}

static void
list_by_entry(const struct ban_table *t, struct ticket **out)
{
	size_t n = 0;

	for (const struct list *link = t->entries.next; link != &t->entries; link = link->next)
		out[n++] = LIST_ITEM(link, struct ticket, entry);
}

static void
list_by_end(const struct ban_table *t, struct ticket **out)
{
	size_t n = t->by_id.n;
	struct ban *bans = mem_array(n, sizeof(*bans));

	list_by_entry(t, out);
	for (size_t i = 0; i < n; i++)
		bans[i] = t->heap[out[i]->heap_at];
	if (n > 0)
		qsort(bans, n, sizeof(*bans), ban_compare_end);
	for (size_t i = 0; i < n; i++)
		out[i] = bans[i].ticket;
	mem_free(bans);
}

struct ticket **
ban_list(const struct ban_table *t, enum ban_order order, size_t *count)
{
	struct ticket **out = mem_array(t->by_id.n, sizeof(*out));

	if (order == BAN_BY_END)
		list_by_end(t, out);
	else
		list_by_entry(t, out);
	*count = t->by_id.n;
	return out;
}

bool
ban_shrunk(struct ban_table *t)
{
	bool shrunk = t->by_id.shrunk;

	t->by_id.shrunk = false;
	return shrunk;
}
