#include "config/definition.h"

#include "config/include.h"

#include <errno.h>

/* What a file says before a jail adds to it, which many jails do. */
struct base {
	struct sections tree;
	struct section initial; /* [Init], its references replaced */
	struct definition_shared *shared;
};

/* The options of [Init], their references replaced. */
static int
read_initial(struct load *l, struct base *b)
{
	struct scope scope = {.tree = &b->tree, .section = sections_find(&b->tree, SLICE("Init"))};
	int failed = 0;

	if (scope.section == NULL)
		return 0;
	section_reserve(l->arena, &b->initial, scope.section->count);
	for (size_t i = 0; i < scope.section->count; i++) {
		struct option o = scope.section->options[i];

		failed |= interpolate(l, &scope, o.name, &o.value, &o.value);
		failed |= section_put(l->arena, &b->initial, &o, NULL);
	}
	return failed != 0 ? -EINVAL : 0;
}

/* What the file says, from this load's memory if it was read before. */
static int
base_read(struct load *l, struct slice file, struct base **out)
{
	struct base *b = l->cache != NULL ? table_get(&l->cache->definitions, file) : NULL;
	int r;

	*out = b;
	if (b != NULL)
		return 0;
	*out = b = ARENA_NEW(l->arena, struct base);
	r = include_read(l, file, &b->tree);
	if (r < 0)
		return r;
	r = read_initial(l, b);
	if (r == 0 && l->cache != NULL)
		(void)table_put(
		    &l->cache->definitions, arena_copy(l->arena, file), b); /* the first */
	return r == 0 ? 0 : 1;
}

/* "[definition]" for "[Definition]", or no such section at all. */
static void
report_no_definition(struct load *l, const struct sections *tree, struct slice file)
{
	const struct section *first = tree->count > 0 ? tree->v[0] : NULL;
	struct slice path = include_path(l, file);

	if (first == NULL)
		(void)load_error(l, "configreader", (struct place){.file = path.p},
		    "No section: 'Definition' in '%s'; write [Definition] above its options",
		    load_quote(l, file));
	else
		(void)load_error(l, "configreader", first->at,
		    "No section: 'Definition' in '%s', but there is [%s]; options of a filter or "
		    "an action belong below [Definition]",
		    load_quote(l, file), load_quote(l, first->name));
	l->fatal |= l->strict;
}

/* Adds the options of from that an action has a row for and that to has not. Returns how many. */
static int
take_known(struct load *l, const struct section *from, struct section *to)
{
	int n = 0;

	for (size_t i = 0; i < from->count; i++)
		if (option_row(OPTION_ACTION, from->options[i].name) != NULL &&
		    section_get(to, from->options[i].name) == NULL &&
		    section_put(l->arena, to, &from->options[i], NULL) == 0)
			n++;
	return n;
}

/*
 * The options of [Definition] that have a row and are not given. What is given in another case is
 * seen in their place, as references see what is given first; these are tried also where [Init] has
 * the option's value.
 */
static int
read_defined(struct load *l, enum option_where kind, const struct section *given,
    struct definition *def, struct section *out)
{
	struct section seen = scope_given(l, given), watched = scope_given(l, &def->given);
	struct scope scope = {.tree = &def->tree,
	    .section = sections_find(&def->tree, SLICE("Definition")),
	    .given = &seen,
	    .action = kind == OPTION_ACTION,
	    .jail = def->jail,
	    .watched = &watched,
	    .met = &def->depends};
	int failed = 0, r;

	OPTION_ROWS(row, kind)
	{
		struct option o = {.name = slice_of(row->name, row->name_n)};
		const struct option *i = section_get(def->init, o.name);

		if (scope.section == NULL || section_get(given, o.name) != NULL)
			continue;
		if (section_get(scope.section, o.name) == NULL &&
		    section_get(&def->tree.defaults, o.name) == NULL &&
		    section_get(&seen, o.name) == NULL)
			continue;
		r = scope_value(l, &scope, o.name, &o.value);
		if (i != NULL)
			o.value = i->value;
		if (r == 0)
			r = section_put(l->arena, out, &o, NULL);
		failed |= r;
	}
	return failed != 0 ? -EINVAL : 0;
}

/*
 * All of a filter's [Definition] is read, so a wrong reference counts also where nobody uses it.
 * References see what the jail gives, but not what [Init] does; those in options without a row see
 * neither. Source: observed.
 */
static int
read_combined(struct load *l, struct definition *out)
{
	const struct section *s = sections_find(&out->tree, SLICE("Definition"));
	struct section seen = scope_given(l, &out->given);
	struct scope scope = {
	    .tree = &out->tree, .section = s, .watched = &seen, .met = &out->depends};
	int failed;

	section_reserve(l->arena, &out->combined, (s != NULL ? s->count : 0) + out->given.count);
	failed = read_defined(l, OPTION_FILTER, &out->by_jail, out, &out->combined);
	for (size_t i = 0; s != NULL && i < s->count; i++) {
		struct option o = s->options[i];
		const struct option *given = section_get(&out->given, o.name);

		if (section_get(&out->combined, o.name) != NULL)
			continue;
		if (given == NULL)
			given = section_get(&seen, o.name);
		out->depends |= slice_find_char(o.name, '?', 0) >= 0;
		failed |= interpolate(l, &scope, o.name, &o.value, &o.value);
		if (option_row(OPTION_FILTER, o.name) == NULL)
			failed |= section_put(l->arena, &out->combined, given != NULL ? given : &o, NULL);
	}
	section_put_all(l->arena, &out->combined, &out->given);
	return failed != 0 ? -EINVAL : 0;
}

struct option
definition_logtype(struct slice backend)
{
	bool journal = slice_starts(backend, SLICE("systemd"));

	return (struct option){
	    .name = SLICE("logtype"), .value.text = journal ? SLICE("journal") : SLICE("file")};
}

/* The options that the jail gives, and the assumed one where it is needed. */
static void
take_given(struct load *l, const struct section *given, const struct option *assumed,
    struct definition *out)
{
	const struct section *s = sections_find(&out->tree, SLICE("Definition"));
	const struct option *o;

	section_put_all(l->arena, &out->given, given);
	if (assumed == NULL)
		return;
	o = section_get(given, assumed->name);
	/* One that the jail gives empty is assumed all the same; one of the filter's is not. */
	if ((o == NULL || o->value.text.n == 0) &&
	    (s == NULL || section_get(s, assumed->name) == NULL))
		(void)section_put(l->arena, &out->given, assumed, NULL);
}

/* The options of [Init] that the jail does not give. */
static int
take_initial(
    struct load *l, const struct section *from, const struct section *given, struct section *to)
{
	section_reserve(l->arena, to, from->count);
	for (size_t i = 0; i < from->count; i++) {
		const struct option *o = &from->options[i];

		if (section_get(given, o->name) == NULL && section_put(l->arena, to, o, NULL) < 0)
			return load_fatal(l, o->at, "section 'Init' has more than %d options",
			    SECTION_MAX_OPTIONS);
	}
	return 0;
}

static bool
same_names(const struct section *a, const struct section *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!slice_eq(a->options[i].name, b->options[i].name))
			return false;
	return true;
}

/* What def has in common with others, or has for itself if what it gives is part of it. */
static int
shared_read(struct load *l, struct base *b, struct definition *def, struct definition_shared **out)
{
	struct definition_shared *s = ARENA_NEW(l->arena, struct definition_shared);
	int failed;

	failed = take_initial(l, &b->initial, &def->given, &s->initial);
	failed |= read_defined(l, OPTION_ACTION, &def->given, def, &s->defined);
	s->replaced = take_known(l, &def->given, &s->defined) > 0;
	s->replaced |= def->depends;
	(void)take_known(l, &b->initial, &s->defined);
	*out = s;
	if (failed == 0 && !s->replaced) {
		s->given = def->given;
		s->next = b->shared;
		b->shared = s;
	}
	return failed;
}

static int
read_action(struct load *l, struct base *b, struct definition *out)
{
	struct definition_shared *s = b->shared;
	int failed = 0;

	out->by_jail = out->given;
	while (s != NULL && !same_names(&s->given, &out->given))
		s = s->next;
	if (s == NULL)
		failed = shared_read(l, b, out, &s);
	out->shared = s;
	out->initial = s->initial;
	section_put_all(l->arena, &out->defined, &s->defined);
	return failed;
}

/* The options of [Definition] that are used, where they are read as all others are. */
static void
take_used(struct load *l, struct definition *out)
{
	for (size_t i = 0; i < out->combined.count; i++) {
		const struct option *o = &out->combined.options[i];

		if (option_row(OPTION_FILTER, o->name) == NULL)
			break;
		if (section_get(&out->given, o->name) == NULL)
			(void)section_put(l->arena, &out->defined, o, NULL); /* few */
	}
}

static int
read_filter(struct load *l, const struct base *b, struct definition *out)
{
	int failed;

	section_put_all(l->arena, &out->by_jail, &out->given);
	failed = take_initial(l, &b->initial, &out->by_jail, &out->given);
	failed |= read_combined(l, out);
	if (out->depends)
		failed |= read_defined(l, OPTION_FILTER, &out->given, out, &out->defined);
	else
		take_used(l, out);
	return failed;
}

int
definition_read(struct load *l, const struct definition_request *req, struct definition *out)
{
	struct base *b;
	int failed;

	*out = (struct definition){0};
	l->header = "[Definition]";
	failed = base_read(l, req->file, &b);
	if (failed < 0)
		return failed;
	out->tree = b->tree;
	out->jail = req->jail;
	out->init = &b->initial;
	if (req->kind == OPTION_ACTION)
		out->given = *req->given; /* which nobody changes */
	else
		take_given(l, req->given, req->assumed, out);
	if (sections_find(&out->tree, SLICE("Definition")) == NULL)
		report_no_definition(l, &out->tree, req->file);
	failed |= req->kind == OPTION_FILTER ? read_filter(l, b, out) : read_action(l, b, out);
	return failed != 0 ? -EINVAL : 0;
}
