#include "jail/ticket.h"

#include "jail/match.h"
#include "util/mem.h"

#include <assert.h>

/* An attribute as it lies in the block of them: this, then the name, then the value. */
struct packed_attr {
	size_t name_n, value_n;
};

/* What malloc() adds to a block, about. */
#define BLOCK_BYTES 12

struct ticket_more {
	struct match **matches; /* the oldest first */
	size_t match_count;
	size_t match_bytes;
	struct ticket_cut cut;
	char *attrs;
	size_t attr_bytes, attr_count;
};

static void
put_text(char *at, struct slice s)
{
	if (s.n > 0)
		memcpy(at, s.p, s.n);
}

struct ticket *
ticket_new_addr(struct slice id, struct slice ip, const struct addr *addr, struct instant when)
{
	bool same = slice_eq(id, ip) || ip.n == 0;
	size_t room = offsetof(struct ticket, text) + id.n + (same ? 0 : ip.n);
	struct ticket *t = mem_alloc(room > sizeof(*t) ? room : sizeof(*t));

	t->refs = 1;
	put_text(t->text, id);
	put_text(t->text + id.n, same ? SLICE_EMPTY : ip);
	t->id = slice_of(t->text, id.n);
	t->ip_n = same ? 0 : (unsigned)ip.n;
	t->addr = *addr;
	t->when = when;
	return t;
}

struct ticket *
ticket_new(struct slice id, struct slice ip, struct instant when)
{
	struct addr addr;

	if (addr_parse(ip, &addr) < 0)
		addr = (struct addr){.family = ADDR_NONE};
	return ticket_new_addr(id, ip, &addr, when);
}

struct slice
ticket_ip(const struct ticket *t)
{
	return t->ip_n > 0 ? slice_of(t->text + t->id.n, t->ip_n) : t->id;
}

struct ticket *
ticket_ref(struct ticket *t)
{
	t->refs++;
	return t;
}

static void
more_free(struct ticket_more *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->match_count; i++)
		match_unref(m->matches[i]);
	mem_free(m->matches);
	mem_free(m->attrs);
	mem_free(m);
}

void
ticket_unref(struct ticket *t)
{
	if (t == NULL)
		return;
	assert(t->refs > 0);
	if (--t->refs > 0)
		return;
	more_free(t->more);
	mem_free(t);
}

static struct ticket_more *
ticket_more(struct ticket *t)
{
	if (t->more == NULL)
		t->more = MEM_NEW(struct ticket_more);
	return t->more;
}

/* Drops the n oldest matches. */
static void
forget_matches(struct ticket_more *m, size_t n)
{
	m->cut = (struct ticket_cut){0};
	for (size_t i = 0; i < n; i++) {
		m->match_bytes -= sizeof(struct match) + m->matches[i]->n;
		match_unref(m->matches[i]);
	}
	m->match_count -= n;
	memmove(m->matches, m->matches + n, m->match_count * sizeof(m->matches[0]));
}

/* Takes the reference. */
static void
add_match(struct ticket *t, struct match *line, size_t keep)
{
	struct ticket_more *m;
	size_t count = ticket_match_count(t);

	if (count >= keep && count > 0)
		forget_matches(t->more, count - (keep > 0 ? keep - 1 : 0));
	else if (keep > 0)
		ticket_more(t)->matches =
		    mem_grow(ticket_more(t)->matches, count + 1, sizeof(struct match *));
	if (keep == 0) {
		match_unref(line);
		return;
	}
	m = t->more;
	m->matches[m->match_count] = line;
	m->match_bytes += sizeof(struct match) + line->n;
	m->match_count++;
}

void
ticket_add_match_parts(struct ticket *t, const struct slice *parts, size_t part_count, size_t keep)
{
	add_match(t, match_get(parts, part_count), keep);
}

void
ticket_add_match(struct ticket *t, struct slice line, size_t keep)
{
	ticket_add_match_parts(t, &line, 1, keep);
}

size_t
ticket_match_count(const struct ticket *t)
{
	return t->more != NULL ? t->more->match_count : 0;
}

struct slice
ticket_match(const struct ticket *t, size_t index)
{
	return match_text(t->more->matches[index]);
}

void
ticket_set_cut(struct ticket *t, struct ticket_cut cut)
{
	size_t n = ticket_match_count(t) > 0 ? ticket_match(t, 0).n : 0;

	if (n > 0 && cut.date <= n && cut.before <= n - cut.date)
		t->more->cut = cut;
}

struct ticket_cut
ticket_cut(const struct ticket *t)
{
	return t->more != NULL ? t->more->cut : (struct ticket_cut){0};
}

static bool
next_attr(const struct ticket_more *m, size_t *at, struct ticket_attr *out)
{
	struct packed_attr head;

	if (*at >= m->attr_bytes)
		return false;
	memcpy(&head, m->attrs + *at, sizeof(head));
	*at += sizeof(head);
	out->name = slice_of(m->attrs + *at, head.name_n);
	*at += head.name_n;
	out->value = slice_of(m->attrs + *at, head.value_n);
	*at += head.value_n;
	return true;
}

bool
ticket_next_attr(const struct ticket *t, size_t *at, struct ticket_attr *out)
{
	return t->more != NULL && next_attr(t->more, at, out);
}

size_t
ticket_attr_count(const struct ticket *t)
{
	return t->more != NULL ? t->more->attr_count : 0;
}

bool
ticket_attr(const struct ticket *t, struct slice name, struct slice *value)
{
	struct ticket_attr a;
	size_t at = 0;

	while (ticket_next_attr(t, &at, &a))
		if (slice_eq(a.name, name)) {
			*value = a.value;
			return true;
		}
	return false;
}

/* Puts an attribute at the end of the block, which has room for it. */
static void
pack_attr(struct ticket_more *m, struct slice name, struct slice value)
{
	const struct packed_attr head = {name.n, value.n};
	char *p = m->attrs + m->attr_bytes;

	memcpy(p, &head, sizeof(head));
	put_text(p + sizeof(head), name);
	put_text(p + sizeof(head) + name.n, value);
	m->attr_bytes += sizeof(head) + name.n + value.n;
	m->attr_count++;
}

/* Packs the attributes anew, the one called name with another value. */
static void
replace_attr(struct ticket_more *m, struct slice name, struct slice value)
{
	struct ticket_more old = *m;
	struct ticket_attr a;
	size_t at = 0;

	m->attrs = mem_alloc(old.attr_bytes + value.n);
	m->attr_bytes = m->attr_count = 0;
	while (next_attr(&old, &at, &a))
		pack_attr(m, a.name, slice_eq(a.name, name) ? value : a.value);
	mem_free(old.attrs);
}

void
ticket_set_attr(struct ticket *t, struct slice name, struct slice value)
{
	struct ticket_more *m = ticket_more(t);
	struct slice had;

	if (ticket_attr(t, name, &had)) {
		replace_attr(m, name, value);
		return;
	}
	m->attrs =
	    mem_grow(m->attrs, m->attr_bytes + sizeof(struct packed_attr) + name.n + value.n, 1);
	pack_attr(m, name, value);
}

void
ticket_add_attrs(struct ticket *t, const struct ticket *from)
{
	struct ticket_attr a;
	size_t at = 0;

	while (ticket_next_attr(from, &at, &a))
		ticket_set_attr(t, a.name, a.value);
}

void
ticket_add_matches(struct ticket *t, const struct ticket *from, size_t keep)
{
	size_t count = ticket_match_count(from);

	for (size_t i = 0; i < count; i++)
		add_match(t, match_ref(from->more->matches[i]), keep);
}

size_t
ticket_more_bytes(const struct ticket *t)
{
	const struct ticket_more *m = t->more;

	return m != NULL ? sizeof(*m) + m->attr_bytes + 2 * BLOCK_BYTES + ticket_match_bytes(t) : 0;
}

size_t
ticket_match_bytes(const struct ticket *t)
{
	const struct ticket_more *m = t->more;

	if (m == NULL || m->matches == NULL)
		return 0;
	return m->match_bytes + BLOCK_BYTES + m->match_count * (BLOCK_BYTES + sizeof(m->matches[0]));
}

void
ticket_forget_matches(struct ticket *t)
{
	struct ticket_more *m = t->more;

	if (m == NULL)
		return;
	if (m->match_count > 0)
		forget_matches(m, m->match_count);
	mem_free(m->matches);
	m->matches = NULL;
	if (m->attr_count > 0)
		return;
	more_free(m);
	t->more = NULL;
}
