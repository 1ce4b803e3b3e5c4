#include "config/definition.h"

#include "config/include.h"
#include "config/ini.h"
#include "config/tags.h"
#include "config/text.h"

#include <errno.h>

/* Where the tags of one definition are looked up. */
struct lookup {
	struct tags tags;
	struct load *load;
	enum option_where kind;
	const struct section *jail; /* or NULL */
	const struct definition *def;
};

/* The server knows these only when it bans, or has another meaning for them. */
static bool
tag_dynamic(struct slice name)
{
	static const char *const names[] = {
	    "matches", "ipmatches", "ipjailmatches", "timeout", "bantime"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_eq(name, slice_cstr(names[i])))
			return true;
	return false;
}

/* Whether s has "name?condition". */
static bool
section_has_condition(const struct section *s, struct slice name)
{
	if (!text_is_word(name))
		return false;
	for (size_t i = 0; i < s->count; i++) {
		struct slice option = s->options[i].name;

		if (option.n > name.n && option.p[name.n] == '?' && slice_starts(option, name))
			return true;
	}
	return false;
}

/* A copy of those options of s that [Definition] or [DEFAULT] has too: references see them first.
 */
static struct section
overriding(struct load *l, const struct sections *tree, const struct section *s)
{
	const struct section *definition = sections_find(tree, SLICE("Definition"));
	struct section out = {.name = s->name};

	for (size_t i = 0; i < s->count; i++) {
		const struct option *o = &s->options[i];

		if (section_get(&tree->defaults, o->name) != NULL ||
		    (definition != NULL && section_get(definition, o->name) != NULL))
			(void)section_put(l->arena, &out, o, NULL); /* no larger than s */
	}
	return out;
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

/* "<known/name>": the value of [Init], or the one before the last file changed it. */
static int
tag_known(struct lookup *u, struct slice name, struct traced *out)
{
	const struct sections *tree = &u->def->tree;
	struct scope scope = {.tree = tree, .section = sections_find(tree, SLICE("Definition"))};
	const struct section *init = sections_find(tree, SLICE("Init"));
	const struct option *before = NULL;

	if (init != NULL && section_get(init, name) != NULL)
		return tree_value(u->load, tree, SLICE("Init"), name, out);
	if (scope.section != NULL && scope.section->known != NULL)
		before = section_get(scope.section->known, name);
	if (before == NULL)
		before = section_get(&tree->defaults, name);
	if (before != NULL)
		return interpolate(u->load, &scope, name, &before->value, out);
	return tree_value(u->load, tree, SLICE("Definition"), name, out);
}

/* The value of an option of [Definition]; its references see first what the jail gives. */
static int
definition_value(struct lookup *u, struct slice name, struct traced *out)
{
	const struct sections *tree = &u->def->tree;
	struct section given = overriding(u->load, tree, &u->def->given);
	struct scope scope = {
	    .tree = tree, .section = sections_find(tree, SLICE("Definition")), .given = &given};

	if (scope.section == NULL || (section_get(scope.section, name) == NULL &&
					 section_get(&tree->defaults, name) == NULL))
		return -ENOENT;
	return scope_value(u->load, &scope, name, out);
}

static int
tag_get(struct tags *tags, struct slice name, struct traced *out)
{
	struct lookup *u = (struct lookup *)tags;
	const struct definition *def = u->def;
	ptrdiff_t slash = slice_find_char(name, '/', 0);
	const struct option *o;
	struct slice section;

	if ((u->kind == OPTION_ACTION && tag_dynamic(name)) ||
	    section_has_condition(&def->given, name) || section_has_condition(&def->initial, name))
		return -ENOENT;
	o = section_get(&def->given, name);
	if (o == NULL)
		o = section_get(&def->initial, name);
	if (o == NULL)
		o = section_get(&def->defined, name);
	if (o == NULL)
		o = section_get(&def->helpers, name);
	if (o == NULL && u->jail != NULL)
		o = section_get(u->jail, name);
	if (o != NULL) {
		*out = o->value;
		return 0;
	}
	/* Names of options are lower case, and from here on any case of a tag finds them. */
	section = slash > 0 ? slice_upto(name, (size_t)slash) : SLICE("Definition");
	name = ini_lower(u->load->arena, slash > 0 ? slice_from(name, (size_t)slash + 1) : name);
	o = slash <= 0 && u->kind == OPTION_ACTION ? section_get(&def->given, name) : NULL;
	if (o != NULL) {
		*out = o->value;
		return 0;
	}
	if (slash > 0) {
		if (slice_eq(section, SLICE("known")))
			return tag_known(u, name, out);
		if (slice_eq(section, SLICE("default")))
			section = SLICE("DEFAULT");
	}
	if (slash <= 0)
		return definition_value(u, name, out);
	return tree_value(u->load, &def->tree, section, name, out);
}

/*
 * Replaces the tags in the options of s. Those of an action that have no row stay as they are, for
 * the server replaces theirs; but what leads back to itself is a mistake now, as with fail2ban.
 */
static int
replace_in(struct lookup *u, struct section *s)
{
	int failed = 0;

	for (size_t i = 0; i < s->count; i++) {
		struct option *o = &s->options[i];
		bool keep = u->kind == OPTION_FILTER || option_row(u->kind, o->name) != NULL;
		struct traced value;

		if (tags_replace(u->load, &u->tags, o->name, &o->value, &value) < 0)
			failed = -EINVAL;
		else if (keep)
			o->value = value;
	}
	return failed;
}

/* Adds the options of [Init] that out has not, their references replaced. */
static int
add_initial(
    struct load *l, const struct sections *tree, const struct section *given, struct section *out)
{
	struct scope scope = {.tree = tree, .section = sections_find(tree, SLICE("Init"))};
	int failed = 0;

	for (size_t i = 0; scope.section != NULL && i < scope.section->count; i++) {
		struct option o = scope.section->options[i];

		if (section_get(given, o.name) != NULL)
			continue;
		failed |= interpolate(l, &scope, o.name, &o.value, &o.value);
		if (section_put(l->arena, out, &o, NULL) < 0)
			failed |= load_fatal(l, o.at, "section 'Init' has more than %d options",
			    SECTION_MAX_OPTIONS);
	}
	return failed != 0 ? -EINVAL : 0;
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
		    "an "
		    "action belong below [Definition]",
		    load_quote(l, file), load_quote(l, first->name));
	l->fatal |= l->strict;
}

/* Adds the options of from that have a row and that to has not. */
static int
take_known(struct load *l, enum option_where kind, const struct section *from, struct section *to)
{
	int failed = 0;

	for (size_t i = 0; i < from->count; i++)
		if (option_row(kind, from->options[i].name) != NULL &&
		    section_get(to, from->options[i].name) == NULL)
			failed |= section_put(l->arena, to, &from->options[i], NULL);
	return failed;
}

static int
read_defined(
    struct load *l, enum option_where kind, const struct section *init, struct definition *out)
{
	struct section given = overriding(l, &out->tree, &out->given);
	struct scope scope = {.tree = &out->tree,
	    .section = sections_find(&out->tree, SLICE("Definition")),
	    .given = &given};
	int failed = 0, r;

	OPTION_ROWS(row, kind)
	{
		struct option o = {.name = slice_cstr(row->name)};
		const struct option *i = section_get(init, o.name);

		if (section_get(&out->given, o.name) != NULL)
			continue;
		if (section_get(scope.section, o.name) == NULL &&
		    section_get(&out->tree.defaults, o.name) == NULL)
			continue;
		r = 0;
		if (i != NULL)
			o.value = i->value;
		else
			r = scope_value(l, &scope, o.name, &o.value);
		if (r == 0)
			r = section_put(l->arena, &out->defined, &o, NULL);
		failed |= r;
	}
	return failed != 0 ? -EINVAL : 0;
}

/* All of a filter's [Definition] is read, so a wrong reference counts also where nobody uses it. */
static int
read_helpers(struct load *l, struct definition *out)
{
	struct section given = overriding(l, &out->tree, &out->given);
	struct scope scope = {.tree = &out->tree,
	    .section = sections_find(&out->tree, SLICE("Definition")),
	    .given = &given};
	int failed = 0;

	for (size_t i = 0; i < scope.section->count; i++) {
		struct option o = scope.section->options[i];

		if (section_get(&out->defined, o.name) != NULL)
			continue;
		failed |= interpolate(l, &scope, o.name, &o.value, &o.value);
		if (option_row(OPTION_FILTER, o.name) == NULL &&
		    section_get(&out->given, o.name) == NULL)
			failed |= section_put(l->arena, &out->helpers, &o, NULL);
	}
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

	/* What does not fit is refused where the jail's list is read. */
	for (size_t i = 0; i < given->count; i++)
		(void)section_put(l->arena, &out->given, &given->options[i], NULL);
	if (assumed != NULL && section_get(given, assumed->name) == NULL &&
	    (s == NULL || section_get(s, assumed->name) == NULL))
		(void)section_put(l->arena, &out->given, assumed, NULL);
}

int
definition_read(struct load *l, const struct definition_request *req, struct definition *out)
{
	enum option_where kind = req->kind;
	struct section init = {.name = SLICE("Init")}, none = {.name = SLICE_EMPTY};
	int r, failed = 0;

	*out = (struct definition){0};
	l->header = "[Definition]";
	r = include_read(l, req->file, &out->tree);
	if (r < 0)
		return r;
	take_given(l, req->given, req->assumed, out);
	failed |= add_initial(l, &out->tree, &none, &init);
	for (size_t i = 0; i < init.count; i++) {
		struct section *to = kind == OPTION_FILTER ? &out->given : &out->initial;

		if (section_get(&out->given, init.options[i].name) == NULL)
			failed |= section_put(l->arena, to, &init.options[i], NULL);
	}
	if (sections_find(&out->tree, SLICE("Definition")) == NULL)
		report_no_definition(l, &out->tree, req->file);
	else
		failed |= read_defined(l, kind, &init, out);
	if (kind == OPTION_FILTER && sections_find(&out->tree, SLICE("Definition")) != NULL)
		failed |= read_helpers(l, out);
	if (kind == OPTION_ACTION)
		failed |= take_known(l, kind, &out->given, &out->defined) |
			  take_known(l, kind, &init, &out->defined);
	return failed != 0 ? -EINVAL : 0;
}

int
definition_replace(
    struct load *l, enum option_where kind, const struct section *jail, struct definition *out)
{
	struct lookup lookup = {{tag_get}, l, kind, jail, out};
	int failed = replace_in(&lookup, &out->defined);

	if (failed == 0)
		failed = replace_in(&lookup, &out->given) | replace_in(&lookup, &out->initial) |
			 replace_in(&lookup, &out->helpers);
	return failed != 0 ? -EINVAL : 0;
}

static void
put_all(struct load *l, const struct section *from, struct section *to)
{
	for (size_t i = 0; i < from->count; i++)
		(void)section_put(l->arena, to, &from->options[i], NULL); /* what fits */
}

void
definition_known(struct load *l, struct definition *filter, struct section *known)
{
	put_all(l, &filter->helpers, known);
	put_all(l, &filter->defined, known);
	put_all(l, &filter->given, known);
}
