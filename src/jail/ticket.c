#include "jail/ticket.h"

#include "util/mem.h"

#include <assert.h>

static struct slice
slice_copy(struct slice s)
{
	return slice_of(mem_copy(s.p, s.n), s.n);
}

static void
slice_free(struct slice s)
{
	mem_free((char *)s.p);
}

struct ticket *
ticket_new(struct slice id, struct slice ip, struct instant when)
{
	struct ticket *t = MEM_NEW(struct ticket);

	t->refs = 1;
	t->id = slice_copy(id);
	t->ip = slice_copy(ip);
	if (addr_parse(ip, &t->addr) < 0)
		t->addr = (struct addr){.family = ADDR_NONE};
	t->when = when;
	return t;
}

void
ticket_set_addr(struct ticket *t, const struct addr *a)
{
	char text[ADDR_TEXT_MAX];
	struct slice name = addr_text(a, text);

	slice_free(t->id);
	slice_free(t->ip);
	t->id = slice_copy(name);
	t->ip = slice_copy(name);
	t->addr = *a;
}

struct ticket *
ticket_ref(struct ticket *t)
{
	t->refs++;
	return t;
}

void
ticket_unref(struct ticket *t)
{
	if (t == NULL)
		return;
	assert(t->refs > 0);
	if (--t->refs > 0)
		return;
	slice_free(t->id);
	slice_free(t->ip);
	for (size_t i = 0; i < t->match_count; i++)
		slice_free(t->matches[i]);
	mem_free(t->matches);
	for (size_t i = 0; i < t->attr_count; i++) {
		slice_free(t->attrs[i].name);
		slice_free(t->attrs[i].value);
	}
	mem_free(t->attrs);
	mem_free(t);
}

/* Drops the n oldest matches. */
static void
ticket_forget_matches(struct ticket *t, size_t n)
{
	t->cut_before = t->cut_date = 0;
	for (size_t i = 0; i < n; i++)
		slice_free(t->matches[i]);
	t->match_count -= n;
	memmove(t->matches, t->matches + n, t->match_count * sizeof(t->matches[0]));
}

void
ticket_add_match(struct ticket *t, struct slice line, size_t keep)
{
	if (t->match_count >= keep && t->match_count > 0)
		ticket_forget_matches(t, t->match_count - (keep > 0 ? keep - 1 : 0));
	if (keep == 0)
		return;
	t->matches = mem_grow(t->matches, t->match_count + 1, sizeof(t->matches[0]));
	t->matches[t->match_count++] = slice_copy(line);
}

void
ticket_set_cut(struct ticket *t, size_t before, size_t date)
{
	if (t->match_count == 0 || date > t->matches[0].n || before > t->matches[0].n - date)
		return;
	t->cut_before = before;
	t->cut_date = date;
}

static struct ticket_attr *
ticket_find_attr(const struct ticket *t, struct slice name)
{
	for (size_t i = 0; i < t->attr_count; i++)
		if (slice_eq(t->attrs[i].name, name))
			return &t->attrs[i];
	return NULL;
}

void
ticket_set_attr(struct ticket *t, struct slice name, struct slice value)
{
	struct ticket_attr *a = ticket_find_attr(t, name);
	struct slice copy = slice_copy(value);

	if (a != NULL) {
		slice_free(a->value);
		a->value = copy;
		return;
	}
	t->attrs = mem_grow(t->attrs, t->attr_count + 1, sizeof(t->attrs[0]));
	t->attrs[t->attr_count++] = (struct ticket_attr){slice_copy(name), copy};
}

bool
ticket_attr(const struct ticket *t, struct slice name, struct slice *value)
{
	const struct ticket_attr *a = ticket_find_attr(t, name);

	if (a == NULL)
		return false;
	*value = a->value;
	return true;
}
