#include "config/lint.h"

#include "config/duration.h"
#include "config/suggest.h"
#include "config/text.h"

#include <errno.h>

#define LINT_NEAR 2 /* letters by which a misspelt name differs at most */

/* Whether one of the values refers to the option, as "%(name)s", "%(x/name)s" or "<name>". */
static bool
refers(const struct section *s, struct slice name)
{
	for (size_t i = 0; i < s->count; i++) {
		struct slice text = s->options[i].value.text;
		ptrdiff_t at = -1;

		while ((at = slice_find(text, name, (size_t)(at + 1))) > 0) {
			char before = text.p[at - 1];
			size_t end = (size_t)at + name.n;
			char after = end < text.n ? text.p[end] : '\0';

			if ((before == '(' || before == '/' || before == '<') &&
			    (after == ')' || after == '>'))
				return true;
		}
	}
	return false;
}

static bool
referred(const struct sections *tree, struct slice name)
{
	if (refers(&tree->defaults, name))
		return true;
	for (size_t i = 0; i < tree->count; i++)
		if (refers(tree->v[i], name))
			return true;
	return false;
}

/* The known option of a jail that is nearest to name; NULL if none is near or name is one. */
static const struct option_row *
nearest(struct slice name)
{
	static const enum option_where where[] = {OPTION_JAIL, OPTION_FILTER};
	unsigned best = name.n < 5 ? 1 : LINT_NEAR;
	const struct option_row *found = NULL;

	for (size_t i = 0; i < 2; i++)
		OPTION_ROWS(row, where[i])
		{
			unsigned distance = suggest_distance(slice_cstr(row->name), name, best);

			if (distance == 0)
				return NULL;
			if (distance > best || (found != NULL && distance == best))
				continue;
			best = distance;
			found = row;
		}
	return found;
}

static void
lint_name(struct load *l, const struct sections *tree, const struct option *o)
{
	const struct option_row *row = nearest(o->name);

	if (row == NULL || referred(tree, o->name))
		return;
	load_note(l, DIAG_WARNING, "", o->at,
	    "unknown option '%s', which nothing refers to; did you mean '%s'?",
	    load_quote(l, o->name), row->name);
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

static void
lint_section(struct load *l, const struct sections *tree, const struct section *s)
{
	for (size_t i = 0; i < s->count; i++) {
		lint_name(l, tree, &s->options[i]);
		lint_comment(l, &s->options[i]);
	}
}

void
lint_sections(struct load *l, const struct sections *tree)
{
	lint_section(l, tree, &tree->defaults);
	for (size_t i = 0; i < tree->count; i++)
		if (!slice_eq(tree->v[i]->name, SLICE("INCLUDES")))
			lint_section(l, tree, tree->v[i]);
}

/* Failures that the database forgets before findtime is over are lost at a restart. */
static void
lint_findtime(struct load *l, struct jail_config *j, struct slice purge)
{
	double findtime, age;
	struct traced t;

	if (!jail_option(l, j, "findtime", &t) || duration_seconds(t.text, &findtime, NULL) < 0 ||
	    duration_seconds(purge, &age, NULL) < 0 || findtime <= age)
		return;
	load_note(l, DIAG_WARNING, "", traced_at(&t),
	    "findtime of jail '%s' is %s, but the database keeps only %s; set dbpurgeage in "
	    "fail2ban.local to at least that",
	    load_quote(l, j->name), load_quote(l, t.text), load_quote(l, purge));
}

/* "path word": fail2ban takes any word for a position in the file. */
static void
lint_logpath(struct load *l, struct jail_config *j)
{
	struct slice rest, line;
	struct traced t;

	if (!jail_option(l, j, "logpath", &t))
		return;
	for (rest = t.text; slice_next(&rest, '\n', &line);) {
		size_t n = line.n;
		struct slice last;

		while (n > 0 && line.p[n - 1] != ' ')
			n--;
		last = slice_from(line, n);
		if (n == 0 || slice_eq(last, SLICE("head")) || slice_eq(last, SLICE("tail")))
			continue;
		load_note(l, DIAG_WARNING, "",
		    traced_place(&t, (size_t)(last.p - t.text.p), last.n),
		    "'%s' behind the log path is neither head nor tail; a path has no blanks, and "
		    "each stands on a line of its own",
		    load_quote(l, last));
	}
}

void
lint_jail(struct load *l, struct jail_config *j, struct slice purge)
{
	lint_findtime(l, j, purge);
	lint_logpath(l, j);
}
