#include "config/names.h"

#include "config/ini.h"

#define TAG_DEPTH_MAX 8

static void
add_name(struct names *n, struct slice written)
{
	struct slice name = ini_lower(n->arena, written);
	struct name_used *used;
	ptrdiff_t slash = slice_find_char(name, '/', 0);

	if (slash >= 0)
		name = slice_from(name, (size_t)slash + 1);
	if (name.n == 0 || table_get(&n->exact, name) != NULL)
		return;
	used = ARENA_NEW(n->arena, struct name_used);
	*used = (struct name_used){name, n->first};
	n->first = used;
	(void)table_put(&n->exact, name, used); /* there was none */
}

/* "re-<mode>": the name of a tag that holds another. */
static void
add_begun(struct names *n, struct slice written)
{
	ptrdiff_t open = slice_find_char(written, '<', 0), slash;
	size_t close = written.n;
	struct name_begun *begun;
	struct slice name = ini_lower(n->arena, written);

	while (close > 0 && written.p[close - 1] != '>')
		close--;
	if (open < 0 || close <= (size_t)open)
		return;
	begun = ARENA_NEW(n->arena, struct name_begun);
	begun->before = slice_upto(name, (size_t)open);
	begun->behind = slice_from(name, close);
	/* "<section_<kind>/name>" names one option of several sections. */
	slash = slice_find_char(begun->behind, '/', 0);
	if (slash >= 0) {
		add_name(n, slice_from(begun->behind, (size_t)slash + 1));
		return;
	}
	slash = slice_find_char(begun->before, '/', 0);
	if (slash >= 0)
		begun->before = slice_from(begun->before, (size_t)slash + 1);
	begun->next = n->begun;
	n->begun = begun;
}

static void
add_references(struct names *n, struct slice text)
{
	ptrdiff_t at = -1, close;

	while ((at = slice_find(text, SLICE("%("), (size_t)(at + 1))) >= 0) {
		close = slice_find_char(text, ')', (size_t)at);
		if (close > at + 2)
			add_name(n, slice_of(text.p + at + 2, (size_t)(close - at) - 2));
	}
}

static void
add_tags(struct names *n, struct slice text)
{
	size_t open[TAG_DEPTH_MAX], depth = 0;
	bool holds[TAG_DEPTH_MAX]; /* another tag */

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == ' ' || c == '\n' || c == '\t') {
			depth = 0;
		} else if (c == '<') {
			if (depth == TAG_DEPTH_MAX)
				depth = 0;
			open[depth] = i + 1;
			holds[depth++] = false;
		} else if (c == '>' && depth > 0) {
			struct slice name = slice_of(text.p + open[depth - 1], i - open[depth - 1]);

			depth--;
			if (holds[depth])
				add_begun(n, name);
			else
				add_name(n, name);
			if (depth > 0)
				holds[depth - 1] = true;
		}
	}
}

static void
add_section(struct names *n, const struct section *s)
{
	for (size_t i = 0; i < s->count; i++) {
		add_references(n, s->options[i].value.text);
		add_tags(n, s->options[i].value.text);
	}
	if (s->known != NULL)
		add_section(n, s->known);
}

void
names_init(struct names *n, struct arena *a, const struct sections *tree)
{
	*n = (struct names){.arena = a};
	table_init(&n->exact);
	add_section(n, &tree->defaults);
	for (size_t i = 0; i < tree->count; i++)
		add_section(n, tree->v[i]);
}

void
names_done(struct names *n)
{
	table_done(&n->exact);
}

bool
names_refer(const struct names *n, struct slice option)
{
	ptrdiff_t mark = slice_find_char(option, '?', 0);

	if (mark >= 0)
		option = slice_upto(option, (size_t)mark);
	if (table_get(&n->exact, option) != NULL)
		return true;
	for (const struct name_begun *b = n->begun; b != NULL; b = b->next)
		if (slice_starts(option, b->before) && slice_ends(option, b->behind))
			return true;
	return false;
}

void
names_offer(const struct names *n, struct suggestion *s)
{
	for (const struct name_used *u = n->first; u != NULL; u = u->next)
		suggest_offer(s, u->name);
}
