#include "jail/details.h"

#include "jail/match.h"
#include "util/mem.h"

#include <assert.h>

/* An attribute as it lies in the block of them: this, then the name, then the value. */
struct packed_attr {
	size_t name_n, value_n;
};

/* What malloc() adds to a block, about. */
#define BLOCK_BYTES 12

struct details {
	char *attrs;
	size_t attr_bytes, attr_count;
	struct match_cut cut;
	size_t match_bytes;
	size_t match_count, oldest, match_cap;
	struct match *matches[]; /* a ring */
};

static struct details *
opened(struct details **d)
{
	if (*d == NULL)
		*d = MEM_NEW(struct details);
	return *d;
}

/* ---- matches ---- */

/* Where the match of that index is, or would be. */
static size_t
place_of(const struct details *d, size_t index)
{
	size_t i = d->oldest + index;

	return i < d->match_cap ? i : i - d->match_cap;
}

static void
drop_oldest(struct details *d, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct match *m = d->matches[d->oldest];

		d->match_bytes -= sizeof(*m) + m->n;
		match_unref(m);
		d->oldest = place_of(d, 1);
	}
	d->match_count -= n;
	d->cut = (struct match_cut){0};
}

/* d in a block for cap matches, which is no less than there are. */
static struct details *
moved(struct details *d, size_t cap)
{
	struct details *to = mem_grow(NULL, offsetof(struct details, matches) +
	    cap * sizeof(struct match *), 1);

	*to = *d;
	for (size_t i = 0; i < d->match_count; i++)
		to->matches[i] = d->matches[place_of(d, i)];
	to->oldest = 0;
	to->match_cap = cap;
	mem_free(d);
	return to;
}

/* Takes the reference. */
static void
add_match(struct details **at, struct match *m, size_t keep)
{
	struct details *d;
	size_t count = details_match_count(*at), cap;

	if (count >= keep && count > 0)
		drop_oldest(*at, count - (keep > 0 ? keep - 1 : 0));
	if (keep == 0) {
		match_unref(m);
		return;
	}
	d = opened(at);
	if (d->match_count == d->match_cap) {
		cap = d->match_cap + d->match_cap / 2 + 2;
		*at = d = moved(d, cap < keep ? cap : keep);
	}
	d->matches[place_of(d, d->match_count)] = m;
	d->match_bytes += sizeof(*m) + m->n;
	d->match_count++;
}

void
details_add_match(struct details **d, const struct slice *parts, size_t part_count, size_t keep)
{
	struct slice shorter[3];
	size_t left = DETAILS_MATCH_MAX;

	assert(part_count <= sizeof(shorter) / sizeof(shorter[0]));
	for (size_t i = 0; i < part_count; i++) {
		shorter[i] = slice_upto(parts[i], left);
		left -= shorter[i].n;
	}
	add_match(d, match_get(shorter, part_count), keep);
}

void
details_add_matches(struct details **d, const struct details *from, size_t keep)
{
	size_t count = details_match_count(from);

	for (size_t i = 0; i < count; i++)
		add_match(d, match_ref(from->matches[place_of(from, i)]), keep);
}

size_t
details_match_count(const struct details *d)
{
	return d != NULL ? d->match_count : 0;
}

struct slice
details_match(const struct details *d, size_t index)
{
	return match_text(d->matches[place_of(d, index)]);
}

void
details_forget_matches(struct details **at)
{
	struct details *d = *at;

	if (d == NULL)
		return;
	drop_oldest(d, d->match_count);
	if (d->attr_count > 0) {
		*at = moved(d, 0);
		return;
	}
	details_free(d);
	*at = NULL;
}

void
details_set_cut(struct details *d, struct match_cut cut)
{
	size_t n = details_match_count(d) > 0 ? details_match(d, 0).n : 0;

	if (n > 0 && cut.date <= n && cut.before <= n - cut.date)
		d->cut = cut;
}

struct match_cut
details_cut(const struct details *d)
{
	return d != NULL ? d->cut : (struct match_cut){0};
}

/* ---- attributes ---- */

bool
details_next_attr(const struct details *d, size_t *at, struct details_attr *out)
{
	struct packed_attr head;

	if (d == NULL || *at >= d->attr_bytes)
		return false;
	memcpy(&head, d->attrs + *at, sizeof(head));
	*at += sizeof(head);
	out->name = slice_of(d->attrs + *at, head.name_n);
	*at += head.name_n;
	out->value = slice_of(d->attrs + *at, head.value_n);
	*at += head.value_n;
	return true;
}

size_t
details_attr_count(const struct details *d)
{
	return d != NULL ? d->attr_count : 0;
}

bool
details_attr(const struct details *d, struct slice name, struct slice *value)
{
	struct details_attr a;
	size_t at = 0;

	while (details_next_attr(d, &at, &a))
		if (slice_eq(a.name, name)) {
			*value = a.value;
			return true;
		}
	return false;
}

/* Puts an attribute at the end of the block, which has room for it. */
static void
pack_attr(struct details *d, struct slice name, struct slice value)
{
	const struct packed_attr head = {name.n, value.n};
	char *p = d->attrs + d->attr_bytes;

	memcpy(p, &head, sizeof(head));
	(void)slice_put(slice_put(p + sizeof(head), name), value);
	d->attr_bytes += sizeof(head) + name.n + value.n;
	d->attr_count++;
}

/* Packs the attributes anew, the one called name with another value. */
static void
replace_attr(struct details *d, struct slice name, struct slice value)
{
	struct details old = *d;
	struct details_attr a;
	size_t at = 0;

	d->attrs = mem_alloc(old.attr_bytes + value.n);
	d->attr_bytes = d->attr_count = 0;
	while (details_next_attr(&old, &at, &a))
		pack_attr(d, a.name, slice_eq(a.name, name) ? value : a.value);
	mem_free(old.attrs);
}

void
details_set_attr(struct details **at, struct slice name, struct slice value)
{
	struct details *d = opened(at);
	struct slice had;

	if (details_attr(d, name, &had)) {
		replace_attr(d, name, value);
		return;
	}
	d->attrs =
	    mem_grow(d->attrs, d->attr_bytes + sizeof(struct packed_attr) + name.n + value.n, 1);
	pack_attr(d, name, value);
}

/* ---- all of it ---- */

void
details_fetch(const struct details *d)
{
	__builtin_prefetch(d);
	__builtin_prefetch(d->matches);
}

size_t
details_match_bytes(const struct details *d)
{
	if (d == NULL)
		return 0;
	return d->match_bytes + d->match_count * BLOCK_BYTES +
	    d->match_cap * sizeof(d->matches[0]);
}

size_t
details_bytes(const struct details *d)
{
	if (d == NULL)
		return 0;
	return sizeof(*d) + d->attr_bytes + 2 * BLOCK_BYTES + details_match_bytes(d);
}

void
details_free(struct details *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->match_count; i++)
		match_unref(d->matches[place_of(d, i)]);
	mem_free(d->attrs);
	mem_free(d);
}
