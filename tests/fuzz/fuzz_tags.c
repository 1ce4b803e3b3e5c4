/*
 * Any bytes as a definition whose options hold static tags for each other. Claims: what comes of a
 * value is what a second, plain way gives, which looks at the whole text again after each step, and
 * where one of them gives up, so does the other; places change no text; and each byte stands in the
 * file at the place that is told of it.
 */
#include "config/ini.h"
#include "config/tags.h"

#include "places.h"

#include <errno.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MODEL_MAX_BYTES ((size_t)16 * 1024)

struct lookup {
	struct tags tags;
	const struct section *section;
};

static int
find(struct tags *tags, struct slice name, const struct traced **out)
{
	const struct option *o = section_get(((struct lookup *)tags)->section, name);

	if (o == NULL)
		return -ENOENT;
	*out = &o->value;
	return 0;
}

static bool
ends_name(char c)
{
	return c == '<' || c == '>' || c == ' ';
}

/* The leftmost tag that an option has the name of; NULL: there is none. */
static const struct option *
model_next(const struct section *s, struct slice text)
{
	const struct option *o = NULL;

	for (size_t i = 0; i < text.n && o == NULL; i++) {
		size_t n = i + 1;

		while (text.p[i] == '<' && n < text.n && !ends_name(text.p[n]))
			n++;
		if (text.p[i] == '<' && n < text.n && text.p[n] == '>')
			o = section_get(s, slice_of(text.p + i + 1, n - i - 1));
	}
	return o;
}

static void
model_replace(struct slice text, const struct option *o, struct buf *out)
{
	while (text.n > 0) {
		struct slice rest = slice_from(text, 1);

		if (text.p[0] == '<' && rest.n > o->name.n && slice_starts(rest, o->name) &&
		    rest.p[o->name.n] == '>') {
			buf_add(out, o->value.text);
			text = slice_from(text, o->name.n + 2);
		} else {
			buf_add_char(out, text.p[0]);
			text = rest;
		}
	}
}

enum model { MODEL_DONE, MODEL_GAVE_UP, MODEL_TOO_LONG };

/* Into out, which holds the value. */
static enum model
model(const struct section *s, struct slice name, struct buf *out)
{
	unsigned times[256] = {0};
	const struct option *o;

	while ((o = model_next(s, buf_slice(out))) != NULL) {
		struct buf next;
		size_t i = (size_t)(o - s->options);

		if (slice_eq(o->name, name) || ++times[i] > TAGS_MAX_SAME)
			return MODEL_GAVE_UP;
		buf_init(&next, MODEL_MAX_BYTES);
		model_replace(buf_slice(out), o, &next);
		buf_clear(out);
		buf_add(out, buf_slice(&next));
		if (buf_refused(&next)) {
			buf_done(&next);
			return MODEL_TOO_LONG;
		}
		buf_done(&next);
	}
	return MODEL_DONE;
}

static int
replace(struct load *l, const struct section *s, const struct option *o, bool traced,
    struct traced *out)
{
	struct lookup u = {.section = s};
	int r;

	tags_init(&u.tags, find, traced);
	*out = o->value;
	r = tags_replace(l, &u.tags, o->name, &o->value, out);
	tags_done(&u.tags);
	return r;
}

static void
check_option(struct load *l, struct slice file, const struct section *s, const struct option *o)
{
	struct traced with, without;
	enum model end;
	struct buf plain;
	int r;

	buf_init(&plain, MODEL_MAX_BYTES);
	buf_add(&plain, o->value.text);
	end = model(s, o->name, &plain);
	if (end != MODEL_TOO_LONG) {
		r = replace(l, s, o, true, &with);
		assert((r == 0) == (end == MODEL_DONE));
		assert(replace(l, s, o, false, &without) == r);
		if (r == 0) {
			assert(slice_eq(with.text, buf_slice(&plain)));
			assert(slice_eq(without.text, with.text));
			check_places(file, &with);
		}
	}
	buf_done(&plain);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice file = slice_of((const char *)data, size);
	struct arena a = {0};
	struct load l = {.arena = &a, .header = "[Definition]", .during = SLICE("")};
	struct sections tree;

	if (size > 2048)
		return 0;
	if (ini_parse(&l, file, "fuzz", &tree) == 0)
		for (size_t i = 0; i < tree.count; i++)
			for (size_t k = 0; k < tree.v[i]->count && tree.v[i]->count <= 256; k++)
				check_option(&l, file, tree.v[i], &tree.v[i]->options[k]);
	arena_done(&a);
	return 0;
}
