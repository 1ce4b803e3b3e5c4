#include "config/definition.h"

#include "config/ini.h"
#include "config/tags.h"
#include "config/text.h"

#include <errno.h>

/* Where the tags of one definition are looked up. */
struct lookup {
	struct tags tags;
	struct load *load;
	enum option_where kind;
	const struct definition *def;
	struct section given; /* as references see it */
	struct section conditions; /* names of options that have conditional forms */
	const struct section *combined; /* where these are all there is; or NULL */
	struct section *asked;		/* what tags stood for that are no option's name; or NULL */
	bool shared;			/* what depends on the jail stays for now */
};

/* The server knows these only when it bans, or has another meaning for them. */
static bool
tag_dynamic(struct slice name)
{
	static const char *const names[] = {
	    "matches", "ipmatches", "ipjailmatches", "timeout", "bantime", NULL};

	return slice_listed(name, names);
}

/* Adds the names of which s has forms with a condition, "name?family=inet6". */
static void
find_conditions(struct lookup *u, const struct section *s)
{
	for (size_t i = 0; s != NULL && i < s->count; i++) {
		struct option o = {.name = s->options[i].name};
		ptrdiff_t mark = slice_find_char(o.name, '?', 0);

		if (mark < 0)
			continue;
		o.name = slice_upto(o.name, (size_t)mark);
		if (text_is_word(o.name))
			(void)section_put(u->load->arena, &u->conditions, &o, NULL); /* no more than s has */
	}
}

/* The value of an option in a section of the tree, in that section's own terms. */
static int
tree_value(struct load *l, const struct sections *tree, struct slice section, struct slice name,
    struct traced *out)
{
	struct scope scope = {.tree = tree, .section = sections_find(tree, section)};

	if (scope.section == NULL)
		return -ENOENT;
	/* Not scope_value() alone: a slash in the name would lead on to a third section. */
	if (section_get(scope.section, name) == NULL && section_get(&tree->defaults, name) == NULL)
		return -ENOENT;
	return scope_value(l, &scope, name, out);
}

/*
 * "<known/name>": the value of [Init], or the one before the last file changed it. The former only
 * where it is written in lower case.
 */
static int
tag_known(struct lookup *u, struct slice name, bool lower, struct traced *out)
{
	const struct sections *tree = &u->def->tree;
	struct scope scope = {.tree = tree, .section = sections_find(tree, SLICE("Definition"))};
	const struct option *before = NULL, *init = section_get(u->def->init, name);

	if (init != NULL && lower) {
		*out = init->value;
		return 0;
	}
	if (scope.section != NULL && scope.section->known != NULL) {
		before = section_get(scope.section->known, name);
		if (before == NULL)
			before = section_get(&tree->defaults, name);
	}
	if (before != NULL) {
		/* What it refers to is looked up among what was before, too. */
		scope.section = scope.section->known;
		return interpolate(u->load, &scope, name, &before->value, out);
	}
	return tree_value(u->load, tree, SLICE("Definition"), name, out);
}

/*
 * The value of an option of [Definition] or of what is given, which references see first: all of it
 * where it is used, else what the jail gives. Source: observed.
 */
static int
definition_value(struct lookup *u, struct slice name, struct traced *out)
{
	const struct definition *def = u->def;
	struct scope scope = {.tree = &def->tree,
	    .section = sections_find(&def->tree, SLICE("Definition")),
	    .given = &u->given,
	    .action = u->kind == OPTION_ACTION,
	    .jail = def->jail};
	bool depends = false;
	int r;

	if (scope.section == NULL)
		return -ENOENT;
	if (section_get(scope.section, name) == NULL &&
	    section_get(&def->tree.defaults, name) == NULL &&
	    section_get(scope.given, name) == NULL &&
	    (def->jail == NULL || section_get(def->jail, name) == NULL))
		return -ENOENT;
	if (u->shared) {
		scope.watched = &u->given;
		scope.met = &depends;
	}
	r = scope_value(u->load, &scope, name, out);
	return r == 0 && depends ? -ENOENT : r;
}

/*
 * The option that a tag names as it is written; what comes first wins. Options of the jail are not
 * among them: references in their values are replaced once more. Source: observed.
 */
static const struct option *
tag_option(const struct lookup *u, struct slice name)
{
	const struct definition *def = u->def;
	const struct section *const order[] = {&def->given, &def->initial, &def->defined};
	const struct option *o = NULL;

	if (u->combined != NULL)
		return section_get(u->combined, name);
	for (size_t i = 0; o == NULL && i < sizeof(order) / sizeof(order[0]); i++)
		o = section_get(order[i], name);
	return o;
}

/* Names of options are lower case: a tag that is not found as written is found in any case. */
static int
tag_in_tree(struct lookup *u, struct slice name, struct traced *out)
{
	ptrdiff_t slash = slice_find_char(name, '/', 0);
	struct slice section, lower = ini_lower(u->load->arena, name);

	if (slash <= 0)
		return definition_value(u, lower, out);
	section = slice_upto(name, (size_t)slash);
	if (slice_eq(section, SLICE("known")))
		return tag_known(
		    u, slice_from(lower, (size_t)slash + 1), slice_eq(lower, name), out);
	name = slice_from(lower, (size_t)slash + 1);
	if (slice_eq(section, SLICE("default")))
		section = SLICE("DEFAULT");
	return tree_value(u->load, &u->def->tree, section, name, out);
}

/* What is left to the server: tags of that name, and those in an option of that name. */
static bool
tag_left(const struct lookup *u, struct slice name)
{
	return (u->kind == OPTION_ACTION && tag_dynamic(name)) ||
	       section_get(&u->conditions, name) != NULL;
}

static int
tag_ask(struct lookup *u, struct slice name, const struct traced **out)
{
	struct traced *value = ARENA_NEW(u->load->arena, struct traced);

	*out = value;
	return tag_in_tree(u, name, value);
}

/* The answer counts from then on, be it that there is no such option. Source: observed. */
static int
tag_ask_first(struct lookup *u, struct slice name, const struct traced **out)
{
	struct option o = {.name = arena_copy(u->load->arena, name)};
	int r = tag_ask(u, name, out);

	if (r == 0)
		o.value = **out;
	(void)section_put(u->load->arena, u->asked, &o, NULL); /* of as many as there may be */
	return r;
}

static int
find_tag(struct tags *tags, struct slice name, const struct traced **out)
{
	struct lookup *u = (struct lookup *)tags;
	const struct option *o;

	if (tag_left(u, name))
		return -ENOENT;
	o = tag_option(u, name);
	if (o != NULL) {
		*out = &o->value;
		return 0;
	}
	if (u->asked == NULL)
		return tag_ask(u, name, out);
	o = section_get(u->asked, name);
	if (o == NULL)
		return tag_ask_first(u, name, out);
	*out = &o->value;
	return o->value.text.p != NULL ? 0 : -ENOENT;
}

/* The same, but a tag that may depend on the jail stays for now. */
static int
find_shared_tag(struct tags *tags, struct slice name, const struct traced **out)
{
	struct lookup *u = (struct lookup *)tags;
	struct slice lower = ini_lower(u->load->arena, name);

	if (section_get(&u->given, lower) != NULL || option_row(OPTION_JAIL, lower) != NULL ||
	    option_row(OPTION_FILTER, lower) != NULL)
		return -ENOENT;
	return find_tag(tags, name, out);
}

static void
lookup_init(struct lookup *u, tags_find *find, bool traced)
{
	tags_init(&u->tags, find, traced);
	u->given = scope_given(u->load, u->combined != NULL ? &u->def->by_jail : &u->def->given);
	find_conditions(u, &u->def->given);
	find_conditions(u, &u->def->initial);
	find_conditions(u, u->combined);
}

/*
 * Replaces the tags in the options of s from first to before end; or, if it is not to be kept, only
 * looks for mistakes.
 */
static int
replace_range(struct lookup *u, struct section *s, size_t first, size_t end, bool keep)
{
	int failed = 0;

	for (size_t i = first; i < end; i++) {
		struct option *o = &s->options[i];

		if (slice_find_char(o->value.text, '<', 0) < 0 || tag_left(u, o->name))
			continue;
		failed |=
		    tags_replace(u->load, &u->tags, o->name, &o->value, keep ? &o->value : NULL);
	}
	return failed != 0 ? -EINVAL : 0;
}

static int
replace_in(struct lookup *u, struct section *s, bool keep)
{
	return replace_range(u, s, 0, s->count, keep);
}

/* Looks for mistakes in what "<known/name>" stands for, as if that were an option's name. */
static int
replace_known(struct lookup *u)
{
	const struct section *init = u->def->init;
	int failed = 0;

	for (size_t i = 0; i < init->count; i++) {
		const struct option *o = &init->options[i];

		if (slice_find_char(o->value.text, '<', 0) >= 0)
			failed |= tags_replace(u->load, &u->tags,
			    arena_join(u->load->arena, SLICE("known/"), o->name, SLICE_EMPTY),
			    &o->value, NULL);
	}
	return failed != 0 ? -EINVAL : 0;
}

/* Replaces what does not depend on the jail, once for all that share it. */
static int
replace_shared(struct load *l, struct definition *out)
{
	struct definition_shared *s = out->shared;
	struct definition common = {.tree = out->tree,
	    .given = s->given,
	    .by_jail = s->given,
	    .jail = out->jail,
	    .initial = s->initial,
	    .init = out->init};
	struct lookup u = {.load = l, .kind = OPTION_ACTION, .def = &common, .shared = true};

	if (!s->replaced) {
		common.defined = s->defined; /* the same options */
		lookup_init(&u, find_shared_tag, l->lint);
		s->replaced = replace_in(&u, &s->defined, true) == 0;
		tags_done(&u.tags);
		if (!s->replaced)
			return -EINVAL;
	}
	for (size_t i = 0; i < s->defined.count; i++)
		out->defined.options[i].value = s->defined.options[i].value;
	return 0;
}

int
definition_combine(struct load *l, struct definition *filter)
{
	struct section *all = &filter->combined;
	struct lookup u = {.load = l,
	    .kind = OPTION_FILTER,
	    .def = filter,
	    .combined = all,
	    .asked = filter->depends ? &filter->asked : NULL};
	size_t used = 0;
	int failed;

	while (used < all->count && option_row(OPTION_FILTER, all->options[used].name) != NULL)
		used++;
	lookup_init(&u, find_tag, true);
	/* A mistake in what is used is told there only, not once more where it comes from. */
	failed = replace_range(&u, all, 0, used, true);
	if (failed == 0)
		failed = replace_range(&u, all, used, all->count, true) | replace_known(&u);
	tags_done(&u.tags);
	filter->combined_replaced = true;
	return failed != 0 ? -EINVAL : 0;
}

/* Sets the options of s as they are in all, which may be too full for some. */
static void
take_values(const struct section *all, struct section *s)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct option *o = section_get(all, s->options[i].name);

		if (o != NULL)
			s->options[i].value = o->value;
	}
}

/*
 * What an action's options without a row hold stays as it is, for the server replaces the tags in
 * it; but what leads back to itself is a mistake now, as with fail2ban. Of a module, which has no
 * commands, the server reads what the jail gives, and knows of no "<known/name>".
 */
int
definition_replace(struct load *l, enum option_where kind, struct definition *out)
{
	struct lookup u = {.load = l,
	    .kind = kind,
	    .def = out,
	    .asked = out->combined_replaced ? &out->asked : NULL};
	bool filter = kind == OPTION_FILTER;
	bool module = !filter && section_get(&out->initial, SLICE("module")) != NULL;
	int failed;

	if (out->combined_replaced && !out->depends) {
		take_values(&out->combined, &out->defined);
		take_values(&out->combined, &out->given);
		return 0;
	}
	if (out->shared != NULL && replace_shared(l, out) < 0)
		return -EINVAL;
	lookup_init(&u, find_tag, filter || l->lint);
	failed = replace_in(&u, &out->defined, true);
	if (failed == 0)
		failed = replace_in(&u, &out->given, filter || module) |
			 replace_in(&u, &out->initial, false) | replace_known(&u);
	tags_done(&u.tags);
	return failed != 0 ? -EINVAL : 0;
}
