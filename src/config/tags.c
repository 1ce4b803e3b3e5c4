#include "config/tags.h"

#include <errno.h>

#define TAGS_MAX_DIFFERENT 256

/* How often each tag was replaced in this value. */
struct tag_count {
	struct slice name;
	unsigned n;
};

struct replacing {
	struct load *load;
	struct slice option;
	struct tag_count counts[TAGS_MAX_DIFFERENT];
	size_t count;
	unsigned steps;
};

/* The next tag at or after from; false if there is none. *at is its '<'. */
static bool
tag_next(struct slice s, size_t from, size_t *at, struct slice *name)
{
	ptrdiff_t open = -1, i;

	for (i = slice_find_char(s, '<', from); i >= 0 && (size_t)i < s.n; i++) {
		char c = s.p[i];

		if (c == '<') {
			open = i;
		} else if (c == ' ') {
			open = -1;
		} else if (c == '>' && open >= 0 && i > open + 1) {
			*at = (size_t)open;
			*name = slice_of(s.p + open + 1, (size_t)(i - open) - 1);
			return true;
		} else if (c == '>') {
			open = -1;
		}
	}
	return false;
}

static int
tag_self_error(struct replacing *r, struct slice name, const struct traced *value)
{
	return load_fatal(r->load, traced_at(value),
	    "properties contain self referencing definitions and cannot be resolved, fail tag: %s, "
	    "found: %s, value: %s; '<%s>' leads back to itself",
	    load_quote(r->load, r->option), load_quote(r->load, name),
	    load_quote(r->load, value->text), load_quote(r->load, name));
}

/* Counts one replacement of the tag; -EINVAL if it was one too many. */
static int
tag_count(struct replacing *r, struct slice name, const struct traced *value)
{
	size_t i = 0;

	while (i < r->count && !slice_eq(r->counts[i].name, name))
		i++;
	if (i == TAGS_MAX_DIFFERENT || ++r->steps > TAGS_MAX_STEPS)
		return load_fatal(r->load, traced_at(value),
		    "the value of '%s' has too many tags; write it shorter",
		    load_quote(r->load, r->option));
	if (i == r->count)
		r->counts[r->count++] = (struct tag_count){.name = name};
	if (slice_eq(name, r->option) || ++r->counts[i].n > TAGS_MAX_SAME)
		return tag_self_error(r, name, value);
	return 0;
}

/* Where the tag is in s at or after from; -1 if nowhere. */
static ptrdiff_t
tag_find(struct slice s, struct slice name, size_t from)
{
	ptrdiff_t hit = slice_find_char(s, '<', from);

	while (hit >= 0) {
		struct slice rest = slice_from(s, (size_t)hit + 1);

		if (rest.n > name.n && rest.p[name.n] == '>' && slice_starts(rest, name))
			return hit;
		hit = slice_find_char(s, '<', (size_t)hit + 1);
	}
	return -1;
}

/* Builds value with every "<name>" replaced by with. */
static int
tag_splice(struct replacing *r, const struct traced *value, struct slice name,
    const struct traced *with, struct traced_buf *b)
{
	struct place *here;
	size_t at = 0;

	traced_buf_clear(b);
	for (;;) {
		ptrdiff_t hit = tag_find(value->text, name, at);
		size_t end = hit < 0 ? value->text.n : (size_t)hit;

		traced_buf_add(b, value, at, end - at, 0);
		if (hit < 0)
			break;
		here = ARENA_NEW(r->load->arena, struct place);
		*here = traced_place(value, end, name.n + 2);
		b->used = here->file != NULL ? here : NULL;
		traced_buf_add(b, with, 0, with->text.n, 1);
		b->used = NULL;
		at = end + name.n + 2;
	}
	if (!buf_refused(&b->text))
		return 0;
	return load_fatal(r->load, traced_at(value), "the value of '%s' grows beyond %zu bytes",
	    load_quote(r->load, r->option), TRACED_MAX_BYTES);
}

/* The text built so far; lent until b changes. */
static struct traced
built(const struct traced_buf *b)
{
	return (struct traced){buf_slice(&b->text), b->marks, b->count};
}

/* The texts of two steps are kept, the one being read and the one being built. */
static int
replace_all(struct replacing *r, struct tags *tags, const struct traced *value,
    struct traced_buf bufs[2], struct traced *out)
{
	struct traced v = *value, with;
	struct traced_buf *b = NULL;
	struct slice name;
	size_t from = 0, at;
	int e;

	while (tag_next(v.text, from, &at, &name)) {
		e = tags->get(tags, name, &with);
		if (e == -ENOENT) {
			from = at + name.n + 2;
			continue;
		}
		if (e < 0)
			return e;
		name = arena_copy(r->load->arena, name);
		b = b == &bufs[0] ? &bufs[1] : &bufs[0];
		if (tag_count(r, name, &v) < 0 || tag_splice(r, &v, name, &with, b) < 0)
			return -EINVAL;
		v = built(b);
		/* What was put in may be the rest of a tag that began before. */
		from = 0;
	}
	if (b == NULL)
		*out = *value;
	else if (b->count > 0)
		*out = traced_buf_copy(r->load->arena, b);
	else
		*out =
		    traced_of(r->load->arena, arena_copy(r->load->arena, v.text), traced_at(value));
	return 0;
}

int
tags_replace(struct load *l, struct tags *tags, struct slice option, const struct traced *value,
    struct traced *out)
{
	struct replacing r = {.load = l, .option = option};
	struct traced_buf bufs[2];
	int e;

	traced_buf_init(&bufs[0]);
	traced_buf_init(&bufs[1]);
	e = replace_all(&r, tags, value, bufs, out);
	traced_buf_done(&bufs[0]);
	traced_buf_done(&bufs[1]);
	return e;
}
