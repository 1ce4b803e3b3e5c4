#include "config/origin.h"

#include "config/ini.h"
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
	o->before = arena_room(s->load->arena, o->before, o->before_count, &o->before_cap,
	    sizeof(*o->before), 4);
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

/* The last override before until by which that option came to be written there; NULL: none. */
static const struct load_override *
override_by(const struct load *l, const struct option *option, const struct load_override *until)
{
	const struct load_override *found = NULL;

	for (const struct load_override *v = l->overrides.first; v != until; v = v->next)
		if (slice_eq(v->after.name, option->name) && place_same(&v->after.at, &option->at))
			found = v;
	return found;
}

/* What files said of an option that were read before others which said it again. */
static void
add_overridden(
    struct search *s, struct origin *o, enum origin_from from, const struct option *option)
{
	const struct load_override *v = NULL;

	while ((v = override_by(s->load, option, v)) != NULL) {
		option = &v->before;
		/* A file that is read twice overrides itself. */
		if (!place_same(&v->before.at, &v->after.at))
			add_before(s, o, from, &option->value);
	}
}

/* What the section says of it, which may be NULL. */
static void
add_section(struct search *s, struct origin *o, enum origin_from from,
    const struct section *section, struct slice name)
{
	const struct option *option = section != NULL ? section_get(section, name) : NULL;

	if (option == NULL)
		return;
	add_place(s, o, from, &option->value);
	add_overridden(s, o, from, option);
}

/* Options of [Init] stand behind those of [Definition] here, as they do in a filter. */
static void
add_filter(struct search *s, struct origin *o)
{
	const struct sections *tree = &s->jail.filter.tree;

	if (!s->jail.has_filter || option_row(OPTION_FILTER, o->name) == NULL)
		return;
	add_section(s, o, ORIGIN_FILTER, sections_find(tree, SLICE("Definition")), o->name);
	add_section(s, o, ORIGIN_FILTER, sections_find(tree, SLICE("Init")), o->name);
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

	out->v = arena_room(s->load->arena, out->v, out->count, &out->cap, sizeof(*out->v), 64);
	out->v[out->count++] = *o;
}

static void
find_option(struct search *s, struct slice name)
{
	const struct option_row *row = option_row(OPTION_JAIL, name);
	struct origin o = {.name = name};

	add_section(s, &o, ORIGIN_JAIL, s->jail.scope.section, name);
	add_section(s, &o, ORIGIN_DEFAULT, &s->tree.defaults, name);
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
is_wanted(struct search *s, const struct jail_action *act, struct slice name, struct slice only)
{
	struct slice rest = only;

	if (only.p == NULL || slice_eq(only, act->name))
		return true;
	if (!slice_take(&rest, act->name) || !slice_take(&rest, SLICE("/")))
		return false;
	/* What a jail gives keeps its case, what files say does not. */
	return slice_eq(rest, name) || slice_eq(ini_lower(s->load->arena, rest), name);
}

/* One option of an action, which options holds as it counts. */
static void
find_parameter(struct search *s, const struct jail_action *act, const struct option *option)
{
	const struct sections *tree = &act->def.tree;
	struct slice name = option->name;
	struct origin o = {.name = arena_join(s->load->arena, act->name, SLICE("/"), name),
	    .value = option->value.text};

	add_section(s, &o, ORIGIN_GIVEN, &act->def.given, name);
	add_section(s, &o, ORIGIN_ACTION, sections_find(tree, SLICE("Init")), name);
	add_section(s, &o, ORIGIN_ACTION, sections_find(tree, SLICE("Definition")), name);
	add_section(s, &o, ORIGIN_ACTION, &tree->defaults, name);
	add_origin(s, &o);
}

static void
find_parameters(struct search *s, const struct jail_action *act, struct slice only)
{
	const struct definition *def = &act->def;
	/* What comes first has the value that counts. */
	const struct section *const order[] = {&def->defined, &def->given, &def->initial};

	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < order[i]->count; k++) {
			const struct option *o = &order[i]->options[k];
			bool before = false;

			for (size_t e = 0; e < i; e++)
				before |= section_get(order[e], o->name) != NULL;
			if (!before && is_wanted(s, act, o->name, only))
				find_parameter(s, act, o);
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
	if (r < 0)
		return -EINVAL;
	section = sections_get(&s.tree, jail);
	if (section == NULL || !is_jail(section->name))
		return no_jail(l, &s.tree, jail);
	s.silent = *l;
	s.silent.sink = NULL;
	/* Of a jail with mistakes is shown what could be read. */
	(void)jail_read(l, &s.tree, section, &s.jail);
	if (s.jail.problem.p == NULL)
		(void)jail_replace(&s.silent, &s.jail);
	else if (s.jail.has_filter)
		(void)definition_replace(&s.silent, OPTION_FILTER, &s.jail.filter);
	*out = (struct origins){.jail = section->name, .at = section->at, .enabled = s.jail.enabled};
	if (only.p != NULL)
		find_option(&s, ini_lower(l->arena, only));
	else
		find_all(&s);
	for (size_t i = 0; i < s.jail.action_count; i++)
		find_parameters(&s, &s.jail.actions[i], only);
	return 0;
}
