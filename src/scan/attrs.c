#include "scan/attrs.h"

static struct door_attr *
attr_find(struct door_attr *v, size_t count, struct slice name)
{
	for (size_t i = 0; i < count; i++) {
		if (slice_eq(v[i].name, name))
			return &v[i];
	}
	return NULL;
}

static void
attrs_add(struct attrs *a, const struct door_attr *attr)
{
	if (a->count < DOOR_ATTRS_MAX)
		a->v[a->count++] = *attr;
}

static void
attrs_set(struct attrs *a, struct slice name, struct slice value)
{
	struct door_attr *old = attr_find(a->v, a->count, name);

	if (old != NULL)
		*old = (struct door_attr){name, value, false};
	else
		attrs_add(a, &(struct door_attr){name, value, false});
}

void
attrs_of_match(struct attrs *a, const struct matcher *m, const struct pattern *p,
    struct slice subject, bool content)
{
	a->count = 0;
	for (size_t i = 0; i < p->code->group_count; i++) {
		const struct pattern_group *g = &p->code->groups[i];
		struct door_attr attr = {.name = g->name, .value = SLICE_EMPTY, .absent = true};
		size_t start, end;

		if (g->role == ROLE_CONTENT && !content)
			continue;
		if (matcher_group(m, g->number, &start, &end)) {
			attr.value = slice_of(subject.p + start, end - start);
			attr.absent = false;
		}
		attrs_add(a, &attr);
	}
}

/* NAME of alt_NAME, alt_NAME_2, tuple_NAME…; "id" is the failure's, fid. */
static struct slice
target_name(struct slice group, size_t prefix)
{
	struct slice name = slice_from(group, prefix);
	size_t n = name.n;

	while (n > 0 && char_digit(name.p[n - 1]))
		n--;
	if (n < name.n && n > 1 && name.p[n - 1] == '_')
		name = slice_upto(name, n - 1);
	return slice_eq(name, SLICE("id")) ? SLICE("fid") : name;
}

/*
 * The attribute with the least name of this kind that is greater than after: walks them in
 * sorted order, of which there are few.
 */
static const struct door_attr *
next_by_name(
    const struct attrs *a, size_t count, struct slice prefix, const struct door_attr *after)
{
	const struct door_attr *best = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct door_attr *c = &a->v[i];

		if (!slice_starts(c->name, prefix) ||
		    (after != NULL && slice_cmp(c->name, after->name) <= 0))
			continue;
		if (best == NULL || slice_cmp(c->name, best->name) < 0)
			best = c;
	}
	return best;
}

/* alt_ groups: the first that has a value stands in for one that has none. */
static void
apply_alternatives(struct attrs *a)
{
	const struct slice prefix = SLICE("alt_");
	size_t count = a->count;

	for (const struct door_attr *c = NULL; (c = next_by_name(a, count, prefix, c)) != NULL;) {
		struct slice name = target_name(c->name, prefix.n);

		if (c->value.n > 0 && attrs_value(a->v, a->count, name).n == 0)
			attrs_set(a, name, c->value);
	}
}

/* One member of a tuple, as Python would print it. */
static void
add_member(struct buf *out, const struct door_attr *attr)
{
	char quote;

	if (attr == NULL || attr->absent) {
		buf_add_cstr(out, "None");
		return;
	}
	quote =
	    slice_find_char(attr->value, '\'', 0) >= 0 && slice_find_char(attr->value, '"', 0) < 0
		? '"'
		: '\'';
	buf_add_char(out, quote);
	for (size_t i = 0; i < attr->value.n; i++) {
		char c = attr->value.p[i];

		if (c == quote || c == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, c);
	}
	buf_add_char(out, quote);
}

/* tuple_ groups of one name: its value and theirs, in order, become its value. */
static const struct door_attr *
add_tuple(struct buf *text, struct attrs *a, size_t count, const struct door_attr *first)
{
	const struct slice prefix = SLICE("tuple_");
	struct slice name = target_name(first->name, prefix.n);
	const struct door_attr *c = first, *last = first;
	size_t start = text->n;

	buf_add_char(text, '(');
	add_member(text, attr_find(a->v, a->count, name));
	for (; c != NULL && slice_eq(target_name(c->name, prefix.n), name);
	     c = next_by_name(a, count, prefix, c)) {
		buf_add_cstr(text, ", ");
		add_member(text, c);
		last = c;
	}
	buf_add_char(text, ')');
	if (!buf_refused(text))
		attrs_set(a, name, slice_from(buf_slice(text), start));
	return last;
}

static void
apply_tuples(struct attrs *a, struct buf *text)
{
	size_t count = a->count, room = 64;
	struct buf fixed;
	char *p;

	/* Values point into it, so it must not move: tuples of tuples may grow until there is no room. */
	for (size_t i = 0; i < count; i++)
		room += 4 * a->v[i].value.n + 16;
	buf_clear(text);
	p = buf_room(text, room);
	if (p == NULL)
		return;
	buf_fixed(&fixed, p, room);
	for (const struct door_attr *c = NULL;
	     (c = next_by_name(a, count, SLICE("tuple_"), c)) != NULL;)
		c = add_tuple(&fixed, a, count, c);
}

void
attrs_resolve(struct attrs *a, struct buf *text)
{
	apply_alternatives(a);
	apply_tuples(a, text);
}

void
attrs_overlay(struct attrs *a, const struct attrs *base, const struct attrs *over)
{
	a->count = base->count;
	memcpy(a->v, base->v, base->count * sizeof(base->v[0]));
	for (size_t i = 0; i < over->count; i++) {
		if (!over->v[i].absent)
			attrs_set(a, over->v[i].name, over->v[i].value);
	}
}
