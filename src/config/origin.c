#include "config/origin.h"

#include "config/jail.h"
#include "config/suggest.h"

#include <errno.h>

struct search {
	struct load *load;
	struct load silent; /* for what "check" tells */
	struct sections tree;
	struct jail_config jail;
	struct origins *out;
};

static void
add_before(struct search *s, struct origin *o, enum origin_from from, const struct traced *written)
{
	struct origin_place *grown;

	if (o->before_count == o->before_cap) {
		o->before_cap = o->before_cap > 0 ? 2 * o->before_cap : 4;
		grown = arena_array(s->load->arena, o->before_cap, sizeof(*grown));
		if (o->before_count > 0)
			memcpy(grown, o->before, o->before_count * sizeof(*grown));
		o->before = grown;
	}
	o->before[o->before_count++] = (struct origin_place){from, written};
}

static void
add_place(struct search *s, struct origin *o, enum origin_from from, const struct traced *written)
{
	if (o->place.written == NULL)
		o->place = (struct origin_place){from, written};
	else
		add_before(s, o, from, written);
}

/* What files said that were read before others which said it again. */
static void
add_overridden(struct search *s, struct origin *o, enum origin_from from, struct slice section)
{
	size_t first = o->before_count;

	for (const struct load_override *v = s->load->overrides.first; v != NULL; v = v->next)
		if (slice_eq(v->section, section) && slice_eq(v->before.name, o->name))
			add_before(s, o, from, &v->before.value);
	for (size_t i = first, k = o->before_count; i + 1 < k; i++) {
		struct origin_place swap = o->before[--k];

		o->before[k] = o->before[i];
		o->before[i] = swap;
	}
}

static void
add_section(
    struct search *s, struct origin *o, enum origin_from from, const struct section *section)
{
	const struct option *option = section_get(section, o->name);

	if (option == NULL)
		return;
	add_place(s, o, from, &option->value);
	add_overridden(s, o, from, section->name);
}

/* Options of [Init] stand behind those of [Definition] here, as they do in a filter. */
static void
add_filter(struct search *s, struct origin *o)
{
	static const char *const names[] = {"Definition", "Init"};

	if (!s->jail.has_filter || option_row(OPTION_FILTER, o->name) == NULL)
		return;
	for (size_t i = 0; i < 2; i++) {
		const struct section *section =
		    sections_find(&s->jail.filter.tree, slice_cstr(names[i]));
		const struct option *option =
		    section != NULL ? section_get(section, o->name) : NULL;

		if (option != NULL)
			add_place(s, o, ORIGIN_FILTER, &option->value);
	}
}

static void
set_value(struct search *s, struct origin *o)
{
	const struct traced *of_filter;
	struct traced value;

	o->value = o->place.written->text;
	if (o->place.from == ORIGIN_FILTER) {
		of_filter = jail_filter_option(&s->jail, o->name);
		if (of_filter != NULL)
			o->value = of_filter->text;
	} else if (scope_value(&s->silent, &s->jail.scope, o->name, &value) == 0) {
		o->value = value.text;
	} else {
		o->wrong = true;
	}
}

static void
add_origin(struct search *s, const struct origin *o)
{
	struct origins *out = s->out;
	struct origin *grown;

	if (out->count == out->cap) {
		out->cap = out->cap > 0 ? 2 * out->cap : 64;
		grown = arena_array(s->load->arena, out->cap, sizeof(*grown));
		if (out->count > 0)
			memcpy(grown, out->v, out->count * sizeof(*grown));
		out->v = grown;
	}
	out->v[out->count++] = *o;
}

static void
find_option(struct search *s, struct slice name)
{
	const struct option_row *row = option_row(OPTION_JAIL, name);
	struct origin o = {.name = name};

	add_section(s, &o, ORIGIN_JAIL, s->jail.scope.section);
	add_section(s, &o, ORIGIN_DEFAULT, &s->tree.defaults);
	add_filter(s, &o);
	if (o.place.written != NULL)
		set_value(s, &o);
	else if (row != NULL && row->initial != NULL) {
		o.place.from = ORIGIN_BUILTIN;
		o.value = slice_cstr(row->initial);
	} else
		return;
	add_origin(s, &o);
}

static void
find_all(struct search *s)
{
	const struct section *section = s->jail.scope.section;

	OPTION_ROWS(row, OPTION_JAIL)
	find_option(s, slice_cstr(row->name));
	OPTION_ROWS(row, OPTION_FILTER)
	find_option(s, slice_cstr(row->name));
	for (size_t i = 0; i < section->count; i++) {
		struct slice name = section->options[i].name;

		if (option_row(OPTION_JAIL, name) == NULL && option_row(OPTION_FILTER, name) == NULL)
			find_option(s, name);
	}
}

static bool
is_jail(struct slice section)
{
	return !slice_eq(section, SLICE("DEFAULT")) && !slice_eq(section, SLICE("INCLUDES"));
}

static int
no_jail(struct load *l, const struct sections *tree, struct slice jail)
{
	struct suggestion near = suggest_begin(jail);

	for (size_t i = 0; i < tree->count; i++)
		if (is_jail(tree->v[i]->name))
			suggest_offer(&near, tree->v[i]->name);
	return load_error(l, "", (struct place){0}, "No section: '%s'%s", load_quote(l, jail),
	    suggest_text(l, &near));
}

int
origin_find(struct load *l, struct slice jail, struct slice only, struct origins *out)
{
	struct search s = {.load = l, .out = out};
	struct section *section;
	int r;

	l->overrides.collected = true;
	r = jail_tree(l, &s.tree);
	l->overrides.collected = false;
	if (r < 0)
		return -EINVAL;
	section = sections_get(&s.tree, jail);
	if (section == NULL || !is_jail(section->name))
		return no_jail(l, &s.tree, jail);
	s.silent = *l;
	s.silent.sink = NULL;
	/* Of a jail with mistakes is shown what could be read. */
	(void)jail_read(l, &s.tree, section, &s.jail);
	if (s.jail.has_filter)
		(void)definition_replace(&s.silent, OPTION_FILTER, NULL, &s.jail.filter);
	*out = (struct origins){.jail = section->name, .at = section->at, .enabled = s.jail.enabled};
	if (only.p != NULL)
		find_option(&s, only);
	else
		find_all(&s);
	return 0;
}
