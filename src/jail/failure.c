#include "jail/failure.h"

#include "util/hash.h"
#include "util/index.h"
#include "util/mem.h"

#include <math.h>

/*
 * There may be a million of them, most of which failed once and are not heard of again. So what
 * everybody has is here, and lines and attributes are given up first.
 */
struct failure_record {
	struct list quiet;
	union {
		struct details *more;  /* if addr is the id */
		struct ticket *ticket; /* if it is not: has the id, and the details */
	};
	struct instant first, when;
	unsigned retry, failures, bancount;
	struct addr addr;   /* the id, if it is an address and that is all of it; or ADDR_NONE */
	uint8_t address_as; /* in address_names: the one attribute, which says the address */
};

struct failure_table {
	struct index by_id;
	struct list known;  /* those of whom lines may be kept, the longest quiet first */
	struct list forgot; /* those of whom they were given up, who have all been quiet longer */
	size_t max_ids;
	size_t more_bytes, max_more_bytes;
	uint64_t total, evicted, given_up;
};

/* What address_as counts from 1; 0 stands for no attribute. */
static const struct slice address_names[] = {{"ip4", 3}, {"ip6", 3}};

static struct slice
record_id(const struct failure_record *r, char text[ADDR_TEXT_MAX])
{
	return r->addr.family == ADDR_NONE ? ticket_id(r->ticket) : addr_text(&r->addr, text);
}

static struct details **
details_of(struct failure_record *r)
{
	return r->addr.family == ADDR_NONE ? &r->ticket->more : &r->more;
}

/* Whom to look for. */
struct key {
	struct slice id;
	const struct addr *addr; /* the address that id is the text of; NULL: none that is known */
};

/* Single addresses have one text each; networks need not ("0.0.0.0/0" is "0.0.0.0"). */
static bool
is_record_of(const void *item, const void *key)
{
	const struct failure_record *r = item;
	const struct key *k = key;
	char text[ADDR_TEXT_MAX];

	if (k->addr != NULL && r->addr.family != ADDR_NONE && !addr_network(&r->addr))
		return addr_eq(&r->addr, k->addr);
	return slice_eq(record_id(r, text), k->id);
}

static struct failure_record *
find(const struct failure_table *t, struct slice id)
{
	const struct key key = {id, NULL};

	return index_get(&t->by_id, hash_text(id), &key);
}

struct failure_table *
failure_table_new(size_t max_ids, size_t max_more_bytes)
{
	struct failure_table *t = MEM_NEW(struct failure_table);

	t->max_ids = max_ids;
	t->max_more_bytes = max_more_bytes;
	index_init(&t->by_id, is_record_of);
	list_init(&t->known);
	list_init(&t->forgot);
	return t;
}

/* Takes the record out of the table. */
static void
record_unlink(struct failure_table *t, struct failure_record *r)
{
	char text[ADDR_TEXT_MAX];
	struct slice id = record_id(r, text);
	const struct key key = {id, !addr_network(&r->addr) ? &r->addr : NULL};

	(void)index_take(&t->by_id, hash_text(id), &key);
	list_remove(&r->quiet);
	t->more_bytes -= details_bytes(*details_of(r));
}

static void
record_free(struct failure_table *t, struct failure_record *r)
{
	record_unlink(t, r);
	if (r->addr.family == ADDR_NONE)
		ticket_unref(r->ticket);
	else
		details_free(r->more);
	mem_free(r);
}

static void
free_list(struct failure_table *t, struct list *records)
{
	LIST_EACH(link, records)
	record_free(t, LIST_ITEM(link, struct failure_record, quiet));
}

void
failure_table_free(struct failure_table *t)
{
	if (t == NULL)
		return;
	free_list(t, &t->known);
	free_list(t, &t->forgot);
	index_done(&t->by_id);
	mem_free(t);
}

static struct ticket *
record_ticket(const struct failure_record *r)
{
	char text[ADDR_TEXT_MAX];
	struct slice id;
	struct ticket *ticket;

	if (r->addr.family == ADDR_NONE)
		return r->ticket;
	id = record_id(r, text);
	ticket = ticket_new_addr(id, id, &r->addr, r->when);
	ticket->more = r->more;
	return ticket;
}

/* Takes the record out, and makes of it a ticket with all that is known. */
static struct ticket *
record_release(struct failure_table *t, struct failure_record *r)
{
	struct ticket *ticket;

	record_unlink(t, r);
	ticket = record_ticket(r);
	if (r->address_as > 0)
		ticket_set_attr(ticket, address_names[r->address_as - 1], ticket_id(ticket));
	ticket->when = r->when;
	ticket->failures = r->failures;
	ticket->bancount = r->bancount;
	mem_free(r);
	return ticket;
}

void
failure_set_max(struct failure_table *t, size_t max_ids)
{
	t->max_ids = max_ids;
}

size_t
failure_max(const struct failure_table *t)
{
	return t->max_ids;
}

static void
evict_oldest(struct failure_table *t)
{
	struct list *from = list_empty(&t->forgot) ? &t->known : &t->forgot;

	record_free(t, LIST_ITEM(from->next, struct failure_record, quiet));
	t->evicted++;
}

/* Whether its address says all about who failed. */
static bool
is_address(const struct failure *f)
{
	char text[ADDR_TEXT_MAX];

	return f->addr.family != ADDR_NONE && slice_eq(f->id, f->ip) &&
	       slice_eq(f->id, addr_text(&f->addr, text));
}

static struct failure_record *
record_new(struct failure_table *t, const struct failure *from, bool address, uint64_t hash)
{
	struct failure_record *r = MEM_NEW(struct failure_record);

	for (int i = 0; i < 2 && t->by_id.n >= t->max_ids; i++)
		evict_oldest(t);
	if (address)
		r->addr = from->addr;
	else
		r->ticket = ticket_new_addr(from->id, from->ip, &from->addr, from->when);
	r->first = r->when = from->when;
	list_init(&r->quiet);
	index_put(&t->by_id, hash, r);
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
	if (when.us <= r->when.us)
		return;
	/* Somebody may have set a negative one. */
	if (findtime.us < 0)
		findtime.us = 0;
	if (r->first.us < when.us - findtime.us) {
		r->retry = scaled_retry(r->retry, instant_since(when, r->first), findtime);
		r->first = instant_sub(when, findtime);
	}
	r->when = when;
}

/* Which of address_names is the only attribute of a failure whose id is an address; 0: none. */
static uint8_t
address_attr(const struct failure_record *r, const struct failure *from)
{
	const struct door_attr *only = NULL;

	if (r->addr.family == ADDR_NONE)
		return 0;
	for (size_t i = 0; i < from->attr_count; i++) {
		if (from->attrs[i].absent)
			continue;
		if (only != NULL)
			return 0;
		only = &from->attrs[i];
	}
	if (only == NULL || !slice_eq(only->value, from->id))
		return 0;
	for (uint8_t i = 0; i < sizeof(address_names) / sizeof(address_names[0]); i++)
		if (slice_eq(only->name, address_names[i]))
			return (uint8_t)(i + 1);
	return 0;
}

static void
set_attrs(struct details **more, const struct failure *from)
{
	for (size_t i = 0; i < from->attr_count; i++)
		if (!from->attrs[i].absent)
			details_set_attr(more, from->attrs[i].name, from->attrs[i].value);
}

/* If all lines are kept, the first of them is the oldest match. */
static void
set_cut(struct details *more, const struct failure *from)
{
	if (from->line_count > 0 && details_match_count(more) == from->line_count)
		details_set_cut(more,
		    (struct match_cut){from->lines[0].before.n, from->lines[0].date.n});
}

static void
add_lines(struct details **more, const struct failure *from, size_t keep)
{
	for (size_t i = 0; i < from->line_count; i++) {
		const struct slice parts[] = {
		    from->lines[i].before, from->lines[i].date, from->lines[i].after};

		details_add_match(more, parts, 3, keep);
	}
}

/* Observed: what a failure says of somebody is kept as the first one said it. */
static void
record_open(struct failure_record *r, const struct failure *from)
{
	struct details **more = details_of(r);

	r->address_as = address_attr(r, from);
	if (r->address_as == 0)
		set_attrs(more, from);
	set_cut(*more, from);
}

/* Gives up what is known of those who have been quiet for longest, until the rest has room. */
static void
keep_in_bounds(struct failure_table *t)
{
	while (t->more_bytes > t->max_more_bytes && !list_empty(&t->known)) {
		struct failure_record *r = LIST_ITEM(t->known.next, struct failure_record, quiet);
		struct details **more = details_of(r);

		t->more_bytes -= details_bytes(*more);
		t->given_up += *more != NULL;
		details_free(*more);
		*more = NULL;
		list_remove(&r->quiet);
		list_append(&t->forgot, &r->quiet);
	}
}

void
failure_expect(const struct failure_table *t, const uint64_t *hashes, size_t n)
{
	struct failure_record *r[FAILURE_EXPECT_MAX];

	for (size_t i = 0; i < n; i++)
		index_fetch(&t->by_id, hashes[i]);
	for (size_t i = 0; i < n; i++) {
		r[i] = index_likely(&t->by_id, hashes[i]);
		__builtin_prefetch(r[i]);
	}
	for (size_t i = 0; i < n; i++)
		if (r[i] != NULL) {
			__builtin_prefetch(r[i]->quiet.next);
			__builtin_prefetch(r[i]->quiet.prev);
			if (*details_of(r[i]) != NULL)
				details_fetch(*details_of(r[i]));
		}
}

struct ticket *
failure_add(struct failure_table *t, const struct failure_limits *limits, const struct failure *f,
    unsigned count)
{
	bool address = is_address(f);
	const struct key key = {f->id, address && !addr_network(&f->addr) ? &f->addr : NULL};
	uint64_t hash = hash_text(f->id);
	struct failure_record *r = index_get(&t->by_id, hash, &key);
	bool opens = r == NULL;
	struct details **more;

	t->total++;
	if (opens)
		r = record_new(t, f, address, hash);
	record_move_to(r, f->when, limits->findtime);
	r->retry += count;
	r->failures++;
	more = details_of(r);
	t->more_bytes -= details_bytes(*more);
	if (limits->maxmatches > 0)
		add_lines(more, f, limits->maxmatches);
	if (opens)
		record_open(r, f);
	t->more_bytes += details_bytes(*more);
	list_remove(&r->quiet);
	list_append(&t->known, &r->quiet);
	if (r->retry >= limits->maxretry)
		return record_release(t, r);
	keep_in_bounds(t);
	return NULL;
}

struct ticket *
failure_raise(struct failure_table *t, const struct failure_limits *limits, struct slice id,
    unsigned extra, unsigned bancount)
{
	struct failure_record *r = find(t, id);

	if (r == NULL)
		return NULL;
	t->total++;
	r->retry += extra;
	r->failures++;
	r->bancount = bancount;
	return r->retry >= limits->maxretry ? record_release(t, r) : NULL;
}

/*
 * The lists are in the order in which lines were read, and that is nearly the one of their dates.
 * Returns how many of max more may go.
 */
static size_t
expire_list(struct failure_table *t, struct list *records, struct instant until, size_t max)
{
	size_t kept = 0;

	LIST_EACH(link, records)
	{
		struct failure_record *r = LIST_ITEM(link, struct failure_record, quiet);

		if (max == 0 || kept > FAILURE_EXPIRE_KEPT)
			break;
		if (r->when.us > until.us) {
			kept++;
			continue;
		}
		record_free(t, r);
		max--;
	}
	return max;
}

bool
failure_expire(struct failure_table *t, struct instant now, struct span findtime)
{
	struct instant until = instant_sub(now, findtime);
	size_t left = expire_list(t, &t->forgot, until, FAILURE_EXPIRE_MAX);

	return expire_list(t, &t->known, until, left) == 0;
}

bool
failure_forget(struct failure_table *t, struct slice id)
{
	struct failure_record *r = find(t, id);

	if (r == NULL)
		return false;
	record_free(t, r);
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

uint64_t
failure_given_up(const struct failure_table *t)
{
	return t->given_up;
}

bool
failure_shrunk(struct failure_table *t)
{
	bool shrunk = t->by_id.shrunk;

	t->by_id.shrunk = false;
	return shrunk;
}

struct failure
failure_of_ticket(const struct ticket *t, struct arena *a)
{
	size_t n = ticket_match_count(t), at = 0;
	struct match_cut cut = details_cut(t->more);
	struct door_line *lines = arena_array(a, n, sizeof(*lines));
	struct door_attr *attrs = arena_array(a, details_attr_count(t->more), sizeof(*attrs));
	struct details_attr attr;
	struct failure f = {.id = ticket_id(t),
	    .ip = ticket_ip(t),
	    .addr = t->addr,
	    .when = t->when,
	    .lines = lines,
	    .line_count = n,
	    .attrs = attrs,
	    .again = t->again,
	    .logged = t->logged};

	for (size_t i = 0; i < n; i++)
		lines[i] = (struct door_line){.after = ticket_match(t, i)};
	if (n > 0) {
		lines[0].before = slice_upto(lines[0].after, cut.before);
		lines[0].date = slice_upto(slice_from(lines[0].after, cut.before), cut.date);
		lines[0].after = slice_from(lines[0].after, cut.before + cut.date);
	}
	while (ticket_next_attr(t, &at, &attr))
		attrs[f.attr_count++] = (struct door_attr){attr.name, attr.value, false};
	return f;
}

struct ticket *
failure_ticket(const struct failure *f, size_t keep)
{
	struct ticket *t = ticket_new_addr(f->id, f->ip, &f->addr, f->when);

	t->again = f->again;
	t->logged = f->logged;
	add_lines(&t->more, f, keep);
	set_attrs(&t->more, f);
	set_cut(t->more, f);
	return t;
}
