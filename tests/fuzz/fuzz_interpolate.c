/*
 * Any bytes as a configuration file whose options refer to each other. Claims: a value that can be
 * had is the one that a second, plain walk finds; and each of its bytes stands in the file at the
 * place that is told of it.
 */
#include "config/ini.h"
#include "config/interpolate.h"

#include "places.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the reference "%(name)s" stands for. */
static const struct option *
model_get(const struct sections *tree, const struct section *s, struct slice name)
{
	ptrdiff_t slash = slice_find_char(name, '/', 0);
	const struct option *o = section_get(s, name);
	const struct section *other;
	struct slice head;

	if (o == NULL)
		o = section_get(&tree->defaults, name);
	if (o != NULL || slash <= 0)
		return o;
	head = slice_upto(name, (size_t)slash);
	name = slice_from(name, (size_t)slash + 1);
	other = slice_eq(head, SLICE("default")) || slice_eq(head, SLICE("known"))
		    ? &tree->defaults
		    : sections_find(tree, head);
	o = other != NULL ? section_get(other, name) : NULL;
	return o != NULL || other == NULL ? o : section_get(&tree->defaults, name);
}

/* Only for values that are known to be good. */
static void
model(struct arena *a, const struct sections *tree, const struct section *s, struct slice raw,
    struct buf *out)
{
	while (raw.n > 0) {
		const struct option *o;
		struct slice name;

		if (raw.p[0] != '%') {
			buf_add_char(out, raw.p[0]);
			raw = slice_from(raw, 1);
			continue;
		}
		assert(raw.n > 1);
		if (raw.p[1] == '%') {
			buf_add_char(out, '%');
			raw = slice_from(raw, 2);
			continue;
		}
		name = slice_upto(slice_from(raw, 2), (size_t)slice_find_char(raw, ')', 0) - 2);
		raw = slice_from(raw, name.n + 4);
		name = ini_lower(a, name);
		o = model_get(tree, s, name);
		if (o != NULL)
			model(a, tree, s, o->value.text, out);
		else
			model(a, tree, s, s->name, out); /* __name__ */
	}
}

static void
check_section(struct load *l, struct slice file, const struct sections *tree, const struct section *s)
{
	struct scope scope = {.tree = tree, .section = s};
	/* The name of a section is told to stand where its header does. */
	bool named = slice_find(ini_lower(l->arena, file), SLICE("__name__"), 0) >= 0;

	for (size_t i = 0; i < s->count; i++) {
		const struct option *o = &s->options[i];
		struct traced value;
		struct buf plain;

		if (scope_value(l, &scope, o->name, &value) < 0)
			continue;
		assert(value.text.n <= TRACED_MAX_BYTES);
		buf_init(&plain, TRACED_MAX_BYTES);
		model(l->arena, tree, s, o->value.text, &plain);
		assert(!buf_refused(&plain));
		assert(slice_eq(value.text, buf_slice(&plain)));
		buf_done(&plain);
		if (!named && value.text.n <= 4096)
			check_places(file, &value);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice file = slice_of((const char *)data, size);
	struct arena a = {0};
	struct load l = {.arena = &a, .header = "[Definition]"};
	struct sections tree;

	if (size > 4096)
		return 0;
	if (ini_parse(&l, file, "fuzz", &tree) == 0) {
		check_section(&l, file, &tree, &tree.defaults);
		for (size_t i = 0; i < tree.count; i++)
			check_section(&l, file, &tree, tree.v[i]);
	}
	arena_done(&a);
	return 0;
}
