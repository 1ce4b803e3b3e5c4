#include "config/tags.h"

#include <errno.h>

#define TAGS_MAX_DIFFERENT 256 /* in one value */
/* Tags that nobody knows are remembered up to so many; the text may hold any number of them. */
#define TAGS_MAX_UNKNOWN 1024

/* What is known of a tag since it was first met. */
struct tag {
	struct slice name;
	int result; /* as of tags_find */
	const struct traced *value;
	unsigned seen_in, times; /* in which value it was last replaced, and how often */
};

struct replacing {
	struct load *load;
	struct tags *tags;
	struct slice option;
	const struct traced *written; /* its value before */
	unsigned steps, different;
};

/* Bytes of s from the one behind a '<' on that may be in the name of a tag. */
static size_t
name_length(struct slice s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] != '<' && s.p[n] != '>' && s.p[n] != ' ')
		n++;
	return n;
}

/* The next tag at or after from; false if there is none. *at is its '<'. */
static bool
tag_next(struct slice s, size_t from, size_t *at, struct slice *name)
{
	ptrdiff_t open;

	while ((open = slice_find_char(s, '<', from)) >= 0) {
		struct slice rest = slice_from(s, (size_t)open + 1);
		size_t n = name_length(rest);

		if (n > 0 && n < rest.n && rest.p[n] == '>') {
			*at = (size_t)open;
			*name = slice_upto(rest, n);
			return true;
		}
		from = (size_t)open + 1 + n;
	}
	return false;
}

/*
 * Where the outermost tag begins that what is put in at may be the rest of, as in "<a-<b<c>>>"; or
 * at.
 */
static size_t
tag_around(struct slice s, size_t at)
{
	size_t i = at;

	while (i > 0 && s.p[i - 1] != ' ' && s.p[i - 1] != '>')
		if (s.p[--i] == '<')
			at = i;
	return at;
}

/* What the tag stands for; lent until the next tag is met. */
static struct tag *
tag_meet(struct replacing *r, struct slice name)
{
	struct tags *tags = r->tags;
	struct tag *t = table_get(&tags->met, name), fresh = {.name = name};

	if (t != NULL)
		return t;
	fresh.result = tags->find(tags, name, &fresh.value);
	if (fresh.result == -ENOENT && ++tags->unknown_count > TAGS_MAX_UNKNOWN)
		return NULL;
	t = ARENA_NEW(r->load->arena, struct tag);
	*t = fresh;
	t->name = arena_copy(r->load->arena, name);
	(void)table_put(&tags->met, t->name, t); /* the first of that name */
	return t;
}

static int
tag_self_error(struct replacing *r, const struct tag *t)
{
	const char *name = load_quote(r->load, t->name);

	return load_fatal(r->load, traced_at(t->value),
	    "properties contain self referencing definitions and cannot be resolved, fail tag: %s, "
	    "found: %s, value: %s; '<%s>' leads back to itself",
	    load_quote(r->load, r->option), name, load_quote(r->load, r->written->text), name);
}

/* Counts one replacement of the tag; -EINVAL if it was one too many. */
static int
tag_count(struct replacing *r, struct tag *t)
{
	bool first = t->seen_in != r->tags->value_number;

	r->different += first;
	if (++r->steps > TAGS_MAX_STEPS || r->different > TAGS_MAX_DIFFERENT)
		return load_fatal(r->load, traced_at(r->written),
		    "the value of '%s' has too many tags; write it shorter",
		    load_quote(r->load, r->option));
	t->seen_in = r->tags->value_number;
	if (first)
		t->times = 0;
	if (slice_eq(t->name, r->option) || ++t->times > TAGS_MAX_SAME)
		return tag_self_error(r, t);
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

static int
too_long(struct replacing *r)
{
	return load_fatal(r->load, traced_at(r->written),
	    "the value of '%s' grows beyond %zu bytes", load_quote(r->load, r->option),
	    TRACED_MAX_BYTES);
}

/* Where the tag stands in value, to be kept; NULL if that is not known. */
static const struct place *
reference(struct replacing *r, const struct traced *value, size_t at, const struct tag *tag)
{
	struct place *here = ARENA_NEW(r->load->arena, struct place);

	/* Without its value, which is still being put together. */
	*here = traced_origin(value, at, tag->name.n + 2);
	return here->file != NULL ? here : NULL;
}

/* Builds value from at on with every occurrence of the tag replaced. */
static int
tag_splice(struct replacing *r, const struct traced *value, size_t at, const struct tag *tag,
    struct traced_buf *b)
{
	struct traced with = *tag->value;

	if (!r->tags->traced)
		with.mark_count = 0;
	traced_buf_clear(b);
	for (;;) {
		ptrdiff_t hit = tag_find(value->text, tag->name, at);
		size_t end = hit < 0 ? value->text.n : (size_t)hit;

		traced_buf_add(b, value, at, end - at, 0);
		if (hit < 0)
			break;
		b->used = r->tags->traced ? reference(r, value, end, tag) : NULL;
		traced_buf_add(b, &with, 0, with.text.n, 1);
		b->used = NULL;
		at = end + tag->name.n + 2;
	}
	return buf_refused(&b->text) ? too_long(r) : 0;
}

/*
 * Replaces tag after tag in v, from the left. What is left of the first one is done; what is right
 * of it is built anew with each, in two buffers in turn. Returns whether there was one.
 */
static int
replace_all(struct replacing *r, struct traced v)
{
	struct traced_buf *done = &r->tags->done, *b = NULL;
	size_t from = 0, at, around;
	struct slice name;
	struct tag *t;

	traced_buf_clear(done);
	while (tag_next(v.text, from, &at, &name)) {
		t = tag_meet(r, name);
		if (t == NULL || t->result == -ENOENT) {
			from = at + name.n + 2;
			continue;
		}
		if (t->result < 0)
			return t->result;
		around = tag_around(v.text, at);
		traced_buf_add(done, &v, 0, around, 0);
		b = b == &r->tags->rest[0] ? &r->tags->rest[1] : &r->tags->rest[0];
		if (tag_count(r, t) < 0 || tag_splice(r, &v, around, t, b) < 0)
			return -EINVAL;
		v = traced_buf_get(b);
		from = 0;
	}
	if (b == NULL)
		return 0;
	traced_buf_add(done, &v, 0, v.text.n, 0);
	return buf_refused(&done->text) ? too_long(r) : 1;
}

void
tags_init(struct tags *tags, tags_find *find, bool traced)
{
	*tags = (struct tags){.find = find, .traced = traced};
	traced_buf_init(&tags->done);
	traced_buf_init(&tags->rest[0]);
	traced_buf_init(&tags->rest[1]);
}

void
tags_done(struct tags *tags)
{
	table_done(&tags->met);
	traced_buf_done(&tags->done);
	traced_buf_done(&tags->rest[0]);
	traced_buf_done(&tags->rest[1]);
}

int
tags_replace(struct load *l, struct tags *tags, struct slice option, const struct traced *value,
    struct traced *out)
{
	struct replacing r = {l, tags, option, value, 0, 0};
	int e;

	if (load_grow(l, 0, (struct place){0}) < 0)
		return -EINVAL;
	tags->value_number++;
	e = replace_all(&r, tags->traced ? *value : (struct traced){.text = value->text});
	if (e < 0)
		return e;
	if (out == NULL || e == 0)
		return 0;
	if (load_grow(l, tags->done.text.n, traced_at(value)) < 0)
		return -EINVAL;
	if (tags->done.count > 0)
		*out = traced_buf_copy(l->arena, &tags->done);
	else
		*out = traced_of(
		    l->arena, arena_copy(l->arena, buf_slice(&tags->done.text)), traced_at(value));
	return 0;
}
