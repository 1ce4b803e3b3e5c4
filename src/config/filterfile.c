#include "config/filterfile.h"

#include "config/definition.h"
#include "config/include.h"
#include "config/jail.h"
#include "config/optlist.h"
#include "config/text.h"

#include <errno.h>

static void
add_regex(
    struct load *l, struct filterfile_regexes *list, const struct traced *t, size_t at, size_t n)
{
	list->v = arena_room(l->arena, list->v, list->count, &list->cap, sizeof(*list->v), 16);
	list->v[list->count++] = (struct filterfile_regex){
	    .text = slice_of(t->text.p + at, n),
	    .at = traced_place(t, at, n),
	};
}

/* One regex a line; empty lines are none. */
static void
add_lines(struct load *l, struct filterfile_regexes *list, const struct traced *t)
{
	struct slice rest = t->text, line;

	while (slice_next(&rest, '\n', &line)) {
		if (line.n > 0)
			add_regex(l, list, t, (size_t)(line.p - t->text.p), line.n);
	}
}

/* Takes what the option means to a filter; one that is set already is replaced. */
static void
take(struct load *l, struct filterfile *f, struct slice name, const struct traced *value)
{
	const struct {
		struct slice name;
		struct traced *to;
	} single[] = {
	    {SLICE("prefregex"), &f->prefregex},
	    {SLICE("datepattern"), &f->datepattern},
	    {SLICE("maxlines"), &f->maxlines},
	    {SLICE("usedns"), &f->usedns},
	    {SLICE("journalmatch"), &f->journalmatch},
	};

	if (slice_eq(name, SLICE("failregex")))
		add_lines(l, &f->fail, value);
	else if (slice_eq(name, SLICE("ignoreregex")))
		add_lines(l, &f->ignore, value);
	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++) {
		if (slice_eq(name, single[i].name))
			*single[i].to = *value;
	}
}

/*
 * Reads a filter as for a file, whatever the jail's backend says: one is what is read here. What a jail's
 * "%(known/name)s" stand for is added to known, unless that is NULL.
 */
static int
read_file(struct load *l, struct slice file, const struct section *given, struct section *known,
    struct filterfile *out)
{
	struct option logtype = definition_logtype(SLICE_EMPTY);
	struct definition_request req = {OPTION_FILTER, file, given, &logtype};
	struct definition def;
	int r = definition_read(l, &req, &def);

	if (r == 0 && known != NULL) {
		r = definition_combine(l, &def);
		section_put_all(l->arena, known, &def.combined);
	}
	if (r == 0)
		r = definition_replace(l, OPTION_FILTER, &def);
	*out = (struct filterfile){0};
	if (r < 0)
		return r;
	OPTION_ROWS(row, OPTION_FILTER)
	{
		struct slice name = slice_cstr(row->name);
		const struct option *o = section_get(&def.given, name);

		if (o == NULL)
			o = section_get(&def.defined, name);
		if (o != NULL)
			take(l, out, name, &o->value);
	}
	return 0;
}

int
filterfile_read(
    struct load *l, struct slice file, const struct section *given, struct filterfile *out)
{
	return read_file(l, file, given, NULL, out);
}

bool
filterfile_is_jail(struct load *l, struct slice name, struct sections *jails)
{
	struct load silent = {.arena = l->arena, .dir = l->dir};
	const struct section *s;

	if (jail_tree(&silent, jails) == -ENOENT)
		return false;
	s = sections_find(jails, name);
	return s != NULL && s != &jails->defaults;
}

static int
read_named(struct load *l, const struct traced *definition, const struct section *given,
    struct section *known, struct filterfile *out)
{
	struct optlist list;
	struct diag d;

	diag_init(&d);
	if (optlist_parse(l->arena, definition, &list, &d) < 0)
		return load_error(l, "jailreader", d.at, "%s", d.text);
	section_put_all(l->arena, &list.options, given);
	return read_file(l, include_name(l, "filter.d", list.name), &list.options, known, out);
}

/* What the jail itself says counts, and not what its filter says. */
static int
take_own(struct load *l, const struct scope *scope, struct filterfile *out)
{
	OPTION_ROWS(row, OPTION_FILTER)
	{
		struct slice name = slice_cstr(row->name);
		struct traced value = {.text = SLICE_EMPTY};
		int r = scope_value(l, scope, name, &value);

		if (r == -ENOENT)
			continue;
		if (r < 0)
			return r;
		if (slice_eq(name, SLICE("failregex")))
			out->fail.count = 0;
		else if (slice_eq(name, SLICE("ignoreregex")))
			out->ignore.count = 0;
		take(l, out, name, &value);
	}
	return 0;
}

int
filterfile_read_jail(struct load *l, const struct sections *jails, struct slice name,
    const struct section *given, struct filterfile *out)
{
	struct section own = *sections_find(jails, name), known = {.name = name};
	struct scope scope = {.tree = jails, .section = &own};
	struct traced value = {.text = SLICE_EMPTY};
	int r;

	if (own.known != NULL)
		section_put_all(l->arena, &known, own.known);
	own.known = &known;
	*out = (struct filterfile){0};
	r = scope_value(l, &scope, SLICE("filter"), &value);
	if (r == 0 && text_trim(value.text).n > 0)
		r = read_named(l, &value, given, &known, out);
	if (r < 0 && r != -ENOENT)
		return r;
	if (r == -ENOENT && text_trim(value.text).n > 0)
		return -EINVAL;
	r = take_own(l, &scope, out);
	if (r < 0)
		return r;
	r = scope_value(l, &scope, SLICE("logtimezone"), &value);
	if (r == 0)
		out->zone = value.text;
	return r == -ENOENT ? 0 : r;
}
