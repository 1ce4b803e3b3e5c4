/*
 * Any bytes as a configuration file: every place points into them, at the text it claims to be,
 * and interpolation ends.
 */
#include "config/ini.h"
#include "config/interpolate.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned
line_count(struct slice text)
{
	unsigned n = 1;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n' || text.p[i] == '\r';
	return n;
}

static void
check_section(struct load *l, const struct sections *tree, const struct section *s, unsigned lines)
{
	struct scope scope = {.tree = tree, .section = s};

	for (size_t i = 0; i < s->count; i++) {
		const struct option *o = &s->options[i];
		struct traced value;

		assert(o->at.line >= 1 && o->at.line <= lines);
		for (size_t k = 0; k < o->value.mark_count; k++) {
			const struct mark *m = &o->value.marks[k];

			assert(m->offset <= o->value.text.n);
			assert(m->line >= o->at.line && m->line <= lines);
			assert(k == 0 || m->offset > m[-1].offset);
		}
		if (scope_value(l, &scope, o->name, &value) == 0)
			assert(value.text.n <= TRACED_MAX_BYTES);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct load l = {.arena = &a, .header = "[Definition]"};
	/* A copy of its own, so that a read behind the end is seen. */
	char *copy = malloc(size > 0 ? size : 1);
	struct sections tree;
	struct slice text;
	unsigned lines;

	if (size > 65536 || copy == NULL) {
		free(copy);
		return 0;
	}
	if (size > 0)
		memcpy(copy, data, size);
	text = slice_of(copy, size);
	lines = line_count(text);
	(void)ini_parse(&l, text, "fuzz", &tree);
	check_section(&l, &tree, &tree.defaults, lines);
	for (size_t i = 0; i < tree.count; i++)
		check_section(&l, &tree, tree.v[i], lines);
	arena_done(&a);
	free(copy);
	return 0;
}
