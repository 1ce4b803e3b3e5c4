#include "config/lint.h"

#include "config/duration.h"
#include "config/include.h"
#include "config/names.h"
#include "config/text.h"

#include <errno.h>

static const char *
outermost(const struct place *at)
{
	while (at->included != NULL)
		at = at->included;
	return at->file;
}

bool
lint_own_file(const struct load *l, const struct place *at)
{
	struct slice file = slice_cstr(outermost(at));

	if (file.n <= l->dir.n || !slice_starts(file, l->dir))
		return false;
	file = slice_from(file, l->dir.n + 1);
	if (slice_take(&file, SLICE("jail.d/")))
		return !slice_starts(file, SLICE("00-")) && !slice_starts(file, SLICE("defaults-"));
	return slice_starts(file, SLICE("jail.local")) || slice_eq(file, SLICE(INCLUDE_SINGLE));
}

#define SUGGESTED_MAX 500   /* unknown options in one tree: each is compared with all names */
#define NEAR_JAILS_MAX 1000 /* each is compared with each: in more of them none is looked for */

/* Which rows an option of a section may have, and where it belongs if it has another. */
struct tree_kind {
	enum option_where rows[2];
	bool all_unknown; /* warn of every unknown option, not only of those near to a known one */
	bool own_only;	  /* of variables, where many may be unused, only the administrator's own */
};

static const struct tree_kind server_kind = {{OPTION_SERVER, OPTION_THREAD}, true, false};
static const struct tree_kind jail_kind = {{OPTION_JAIL, OPTION_FILTER}, true, true};
static const struct tree_kind filter_kind = {{OPTION_FILTER, OPTION_FILTER}, false, false};
static const struct tree_kind action_kind = {{OPTION_ACTION, OPTION_ACTION}, false, false};

/* One tree being looked at. */
struct lint {
	struct load *load;
	const struct sections *tree;
	const struct tree_kind *kind;
	struct names names;
	size_t suggested;
};

static void
lint_begin(
    struct lint *t, struct load *l, const struct sections *tree, const struct tree_kind *kind)
{
	*t = (struct lint){.load = l, .tree = tree, .kind = kind};
	names_init(&t->names, l->arena, tree);
}

static void
lint_end(struct lint *t)
{
	names_done(&t->names);
}

static bool
has_row(const struct tree_kind *kind, struct slice name)
{
	return option_row(kind->rows[0], name) != NULL || option_row(kind->rows[1], name) != NULL;
}

/* Where an option belongs that is known elsewhere; NULL if it is known nowhere. */
static const char *
belongs(struct slice name)
{
	static const struct {
		enum option_where where;
		const char *text;
	} rows[] = {
	    {OPTION_JAIL, "a jail, in jail.local"},
	    {OPTION_SERVER, "the server, in fail2ban.local"},
	    {OPTION_FILTER, "a filter, in filter.d"},
	    {OPTION_ACTION, "an action, in action.d"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (option_row(rows[i].where, name) != NULL)
			return rows[i].text;
	return NULL;
}

static struct suggestion
nearest_option(const struct lint *t, struct slice name)
{
	struct suggestion near = suggest_begin(name);

	for (size_t i = 0; i < 2; i++)
		OPTION_ROWS(row, t->kind->rows[i])
	suggest_offer(&near, slice_cstr(row->name));
	names_offer(&t->names, &near);
	return near;
}

/* A name with other signs than names have: what stands before the first '=' of a line that is no
 * option. */
static bool
odd_name(struct slice name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!text_word_char(name.p[i]) && memchr("-./?=", name.p[i], 5) == NULL)
			return true;
	return false;
}

/* An option that means nothing; where many variables are set, only if it is near to one that does.
 */
static void
lint_name(struct lint *t, const struct option *o, bool always)
{
	struct load *l = t->load;
	const char *name = load_quote(l, o->name), *where;
	struct suggestion near;

	if (t->suggested == SUGGESTED_MAX || has_row(t->kind, o->name) ||
	    names_refer(&t->names, o->name) ||
	    (t->kind->own_only && !always && !lint_own_file(l, &o->at)))
		return;
	t->suggested++;
	near = nearest_option(t, o->name);
	where = belongs(o->name);
	if (near.name.p != NULL && where == NULL)
		load_note(l, DIAG_WARNING, "", o->at,
		    "unknown option '%s', which nothing refers to%s", name, suggest_text(l, &near));
	else if (where != NULL && always && t->kind != &action_kind)
		load_note(l, DIAG_WARNING, "", o->at,
		    "option '%s' has no effect here; it belongs to %s", name, where);
	else if (always && odd_name(o->name))
		load_note(l, DIAG_WARNING, "", o->at,
		    "unknown option '%s', which nothing refers to; if the line is more of the "
		    "value above, indent it",
		    name);
	else if (always && t->kind->all_unknown && !slice_starts(o->name, SLICE("_")))
		load_note(l, DIAG_WARNING, "", o->at,
		    "unknown option '%s', which nothing refers to", name);
}

/* Where a '#' stands that was meant to begin a comment; -1 if nowhere. */
static ptrdiff_t
inline_comment(struct slice s)
{
	ptrdiff_t at = 0;

	while ((at = slice_find_char(s, '#', (size_t)(at + 1))) > 0) {
		struct slice rest = slice_from(s, (size_t)at + 1);

		if (char_space(s.p[at - 1]) && (rest.n == 0 || text_space(rest) > 0))
			return at;
	}
	return -1;
}

static void
lint_comment(struct load *l, const struct option *o)
{
	const struct traced *t = &o->value;
	ptrdiff_t at = inline_comment(t->text);
	const struct option_row *row = option_row(OPTION_FILTER, o->name);

	/* In a regular expression and a command of the shell it may be meant. */
	if (at < 0 || row != NULL || slice_eq(o->name, SLICE("ignorecommand")))
		return;
	load_note(l, DIAG_WARNING, "", traced_place(t, (size_t)at, 1),
	    "'%s' belongs to the value of '%s': behind a value only ';' begins a comment; put the "
	    "comment on a line of its own",
	    load_quote(l, slice_from(t->text, (size_t)at)), load_quote(l, o->name));
}

/* fail2ban takes whatever is no word for yes as no. */
static void
lint_truth(struct load *l, const struct option *o, const struct option_row *row)
{
	static const char *const words[] = {
	    "true", "false", "yes", "no", "on", "off", "1", "0", NULL};
	struct slice text = o->value.text;
	struct suggestion near = suggest_begin(text);

	if (row->kind != OPTION_BOOL || slice_find_char(text, '%', 0) >= 0 ||
	    slice_find_char(text, '<', 0) >= 0 || slice_listed_nocase(text, words))
		return;
	suggest_offer_words(&near, words);
	load_note(l, DIAG_WARNING, "", traced_at(&o->value),
	    "%s: '%s' is neither true nor false, and counts as false; write one of them%s",
	    row->name, load_quote(l, text), suggest_text(l, &near));
}

/* What an option may hold, where fail2ban goes on with another value if it holds none of these. */
static void
lint_word(struct load *l, const struct option *o)
{
	static const char *const usedns[] = {"yes", "warn", "no", "raw", NULL};
	struct slice text = o->value.text;
	struct suggestion near = suggest_begin(text);

	if (!slice_eq(o->name, SLICE("usedns")) || slice_find_char(text, '%', 0) >= 0 ||
	    slice_find_char(text, '<', 0) >= 0 || slice_listed_nocase(text, usedns))
		return;
	suggest_offer_words(&near, usedns);
	load_note(l, DIAG_WARNING, "", traced_at(&o->value),
	    "usedns: '%s' is none of yes, warn, no, raw, and counts as no%s", load_quote(l, text),
	    suggest_text(l, &near));
}

static void
lint_value(const struct lint *t, const struct option *o)
{
	const struct option_row *row = NULL;

	for (size_t i = 0; i < 2 && row == NULL; i++)
		row = option_row(t->kind->rows[i], o->name);
	if (row == NULL)
		return;
	lint_truth(t->load, o, row);
	lint_word(t->load, o);
}

static void
lint_options(struct lint *t, const struct section *s, bool always)
{
	for (size_t i = 0; i < s->count; i++) {
		lint_name(t, &s->options[i], always);
		lint_comment(t->load, &s->options[i]);
		lint_value(t, &s->options[i]);
	}
}

/* Sections that are none of the known ones: misspelt, or of no use. */
static bool
lint_header(const struct lint *t, const struct section *s, const char *const *known, bool always)
{
	struct load *l = t->load;
	struct suggestion near = suggest_begin(s->name);

	suggest_offer_words(&near, known);
	if (near.known)
		return true;
	if (near.name.p != NULL || always)
		load_note(l, DIAG_WARNING, "", s->at, "section [%s] is not read%s",
		    load_quote(l, s->name), suggest_text(l, &near));
	return false;
}

void
lint_server(struct load *l, const struct sections *tree)
{
	static const char *const known[] = {"Definition", "Thread", "INCLUDES", NULL};
	struct lint t;

	lint_begin(&t, l, tree, &server_kind);
	for (size_t i = 0; i < tree->count; i++) {
		const struct section *s = tree->v[i];

		if (lint_header(&t, s, known, true) && !slice_eq(s->name, SLICE("INCLUDES")))
			lint_options(&t, s, true);
	}
	lint_end(&t);
}

/*
 * Whether the jail's filter is there. Without a word, and so without the cache: what is kept there
 * has been told.
 */
static bool
filter_there(struct load *l, const struct sections *tree, const struct section *s)
{
	struct load silent = {.arena = l->arena, .dir = l->dir};
	struct scope scope = {.tree = tree, .section = s};
	struct sections unused = {0};
	struct traced filter;
	ptrdiff_t bracket;

	if (scope_value(&silent, &scope, SLICE("filter"), &filter) < 0)
		return false;
	bracket = slice_find_char(filter.text, '[', 0);
	if (bracket >= 0)
		filter.text = slice_upto(filter.text, (size_t)bracket);
	if (filter.text.n == 0)
		return false;
	return include_read(&silent, include_name(&silent, "filter.d", filter.text), &unused) !=
	       -ENOENT;
}

/* The section that is no jail and has nearly that name; NULL if none has. */
static const char *
reserved_near(struct slice name)
{
	static const char *const words[] = {"INCLUDES", "DEFAULT", "Definition", NULL};

	for (size_t i = 0; words[i] != NULL; i++)
		if (suggest_distance(name, slice_cstr(words[i]), 2) <= 2)
			return words[i];
	return NULL;
}

/*
 * A jail that is not there, as [ssdh] for [sshd]: its options say nothing to anyone. Returns
 * whether it was told.
 */
static bool
lint_jail_name(const struct lint *t, const struct section *s)
{
	struct load *l = t->load;
	struct suggestion near = suggest_begin(s->name);
	const char *word = reserved_near(s->name);

	if (word != NULL && strcmp(word, "Definition") == 0) {
		load_note(l, DIAG_WARNING, "", s->at,
		    "section [%s] is taken for a jail; [Definition] belongs in a file of filter.d "
		    "or action.d",
		    load_quote(l, s->name));
		return true;
	}
	if (word != NULL && !filter_there(l, t->tree, s)) {
		load_note(l, DIAG_WARNING, "", s->at,
		    "section [%s] is taken for a jail; did you mean '%s'?", load_quote(l, s->name),
		    word);
		return true;
	}
	if (t->tree->count > NEAR_JAILS_MAX || filter_there(l, t->tree, s))
		return false;
	for (size_t i = 0; i < t->tree->count; i++)
		if (t->tree->v[i] != s && !slice_eq(t->tree->v[i]->name, SLICE("INCLUDES")))
			suggest_offer(&near, t->tree->v[i]->name);
	if (near.name.p == NULL || !filter_there(l, t->tree, sections_find(t->tree, near.name)))
		return false;
	load_note(l, DIAG_WARNING, "", s->at, "jail '%s' has no filter%s", load_quote(l, s->name),
	    suggest_text(l, &near));
	return true;
}

/*
 * A jail that the administrator's own files set up and nobody switches on. One that is off on
 * purpose says so.
 */
static void
lint_off(const struct lint *t, const struct section *s)
{
	struct load *l = t->load;
	const struct option *by_default = section_get(&t->tree->defaults, SLICE("enabled"));
	size_t i = 0;

	while (i < s->count && !lint_own_file(l, &s->options[i].at))
		i++;
	if (i == s->count || reserved_near(s->name) != NULL ||
	    section_get(s, SLICE("enabled")) != NULL ||
	    (by_default != NULL && duration_truth(by_default->value.text)))
		return;
	load_note(l, DIAG_WARNING, "", s->options[i].at,
	    "jail '%s' is set up, but not enabled; write enabled = true below [%s]",
	    load_quote(l, s->name), load_quote(l, s->name));
}

/* An option that two of the administrator's own files set. */
static void
lint_override(struct load *l, const struct load_override *o)
{
	const struct traced *old = &o->before.value, *now = &o->after.value;
	const char *file = o->after.at.file, *section = load_quote(l, o->section);
	bool same = slice_eq(old->text, now->text);

	if (file == NULL || !lint_own_file(l, &o->before.at) || !lint_own_file(l, &o->after.at) ||
	    strcmp(outermost(&o->before.at), outermost(&o->after.at)) == 0)
		return;
	if (slice_starts(slice_cstr(file), l->dir))
		file += l->dir.n + 1;
	if (slice_eq(o->before.name, SLICE("enabled")) && same)
		load_note(l, DIAG_WARNING, "", o->before.at,
		    "'enabled' of [%s] is set twice, here and in %s:%u; keep one of the two", section,
		    file, o->after.at.line);
	else if (!same)
		load_note(l, DIAG_WARNING, "", o->before.at,
		    "'%s' of [%s] has no effect here: %s:%u is read later and sets it to '%s'; "
		    "keep one of the two",
		    load_quote(l, o->before.name), section, file, o->after.at.line,
		    load_quote(l, now->text));
}

void
lint_sections(struct load *l, const struct sections *tree)
{
	struct lint t;

	lint_begin(&t, l, tree, &jail_kind);
	lint_options(&t, &tree->defaults, false);
	for (size_t i = 0; i < tree->count; i++)
		if (!slice_eq(tree->v[i]->name, SLICE("INCLUDES"))) {
			lint_options(&t, tree->v[i], true);
			if (!lint_jail_name(&t, tree->v[i]))
				lint_off(&t, tree->v[i]);
		}
	for (const struct load_override *o = l->overrides.first; o != NULL; o = o->next)
		lint_override(l, o);
	lint_end(&t);
}

/* Options that the jail gives in brackets and that are near to one that the files use. */
static void
lint_given(struct lint *t, const struct definition *def)
{
	const struct section *init = sections_find(t->tree, SLICE("Init"));

	for (size_t i = 0; i < def->given.count; i++) {
		const struct option *o = &def->given.options[i];
		const struct section *definition = sections_find(t->tree, SLICE("Definition"));

		if ((init != NULL && section_get(init, o->name) != NULL) ||
		    (definition != NULL && section_get(definition, o->name) != NULL) ||
		    slice_eq(o->name, SLICE("name")) || slice_eq(o->name, SLICE("actname")) ||
		    slice_eq(o->name, SLICE("logtype")) || slice_eq(o->name, SLICE("mode")) ||
		    !lint_own_file(t->load, &o->at))
			continue;
		lint_name(t, o, false);
	}
}

/* A jail in the file of a filter or an action. */
static void
lint_jail_here(struct load *l, const struct section *s)
{
	if (section_get(s, SLICE("enabled")) != NULL || section_get(s, SLICE("logpath")) != NULL)
		load_note(l, DIAG_WARNING, "", s->at,
		    "section [%s] is not read here; a jail belongs in jail.local",
		    load_quote(l, s->name));
}

void
lint_definition(struct load *l, enum option_where kind, const struct definition *def)
{
	static const char *const known[] = {"Definition", "Init", "INCLUDES", NULL};
	struct lint t;

	lint_begin(&t, l, &def->tree, kind == OPTION_FILTER ? &filter_kind : &action_kind);
	lint_given(&t, def);
	for (size_t i = 0; i < def->tree.count; i++) {
		const struct section *s = def->tree.v[i];
		bool definition = slice_eq(s->name, SLICE("Definition"));

		if (!lint_header(&t, s, known, false)) {
			lint_jail_here(l, s);
			continue;
		}
		if (slice_eq(s->name, SLICE("INCLUDES")))
			continue;
		for (size_t k = 0; k < s->count; k++) {
			const struct option *o = &s->options[k];

			/* What is included serves others too, who may use what this one does not.
			 */
			lint_name(&t, o, definition && o->at.included == NULL);
			lint_value(&t, o);
		}
	}
	lint_end(&t);
}

const struct lint_calls lint_calls = {
    .server = lint_server,
    .sections = lint_sections,
    .jail = lint_jail,
    .jails_done = lint_jails_done,
};
