/*
 * Any bytes as a YAML file, or as one of two parts: every place points into them; and what was read,
 * written again as YAML, is read as the same.
 */
#include "config/interpolate.h"
#include "config/rewrite.h"
#include "config/yaml.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned
line_count(struct slice text)
{
	unsigned n = 1;

	/* As YAML counts lines; one too many, as for "\r\n", does no harm. */
	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n' || text.p[i] == '\r' ||
		     slice_starts(slice_from(text, i), SLICE("\xc2\x85")) ||
		     slice_starts(slice_from(text, i), SLICE("\xe2\x80\xa8")) ||
		     slice_starts(slice_from(text, i), SLICE("\xe2\x80\xa9"));
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
			assert(m->line >= 1 && m->line <= lines);
			assert(k == 0 || m->offset > m[-1].offset);
		}
		if (scope_value(l, &scope, o->name, &value) == 0)
			assert(value.text.n <= TRACED_MAX_BYTES);
	}
}

static void
check_rewrite(struct load *l, const struct sections *tree)
{
	const struct option *differs;
	struct sections again;
	struct buf out;

	buf_init(&out, (size_t)8 * 1024 * 1024);
	if (rewrite_yaml(&out, tree) == 0) {
		assert(yaml_parse(l, arena_copy(l->arena, buf_slice(&out)), "again", &again) == 0);
		assert(rewrite_same(tree, &again, &differs));
	}
	buf_done(&out);
}

static void
check_tree(struct load *l, const struct sections *tree, unsigned lines)
{
	check_section(l, tree, &tree->defaults, lines);
	for (size_t i = 0; i < tree->count; i++)
		check_section(l, tree, tree->v[i], lines);
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
	int r;

	if (size > 65536 || copy == NULL) {
		free(copy);
		return 0;
	}
	if (size > 0)
		memcpy(copy, data, size);
	text = slice_of(copy, size);
	lines = line_count(text);
	r = yaml_parse(&l, text, "fuzz", &tree);
	check_tree(&l, &tree, lines);
	if (r == 0)
		check_rewrite(&l, &tree);
	(void)yaml_parse_part(&l, text, "fuzz", YAML_SERVER, &tree);
	check_tree(&l, &tree, lines);
	(void)yaml_parse_part(&l, text, "fuzz", YAML_JAILS, &tree);
	check_tree(&l, &tree, lines);
	arena_done(&a);
	free(copy);
	return 0;
}
