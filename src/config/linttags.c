#include "config/linttags.h"

#include "config/suggest.h"
#include "config/text.h"

/* A tag may be a parameter that the jail has not given, so it must be very near to be another. */
static struct suggestion
begin_tag(struct slice name)
{
	struct suggestion near = suggest_begin(name);

	if (near.distance > 2)
		near.distance = 2;
	return near;
}

/* The next "<word>" at or after *at; *at is then behind it. */
static bool
next_tag(struct slice s, size_t *at, struct slice *name)
{
	ptrdiff_t open = slice_find_char(s, '<', *at);

	for (; open >= 0; open = slice_find_char(s, '<', (size_t)open + 1)) {
		size_t n = 0;
		struct slice rest = slice_from(s, (size_t)open + 1);

		while (n < rest.n && (text_word_char(rest.p[n]) || rest.p[n] == '-'))
			n++;
		if (n == 0 || n == rest.n || rest.p[n] != '>')
			continue;
		/* "(?P<name>…)", "(?<name>…)": a group. */
		if (open > 0 && (s.p[open - 1] == 'P' || s.p[open - 1] == '?'))
			continue;
		*name = slice_upto(rest, n);
		*at = (size_t)open + n + 2;
		return true;
	}
	return false;
}

static void
lint_tag(struct load *l, const struct traced *t, struct slice name, struct suggestion *near,
    const char *where)
{
	if (near->known || near->name.p == NULL)
		return;
	load_note(l, DIAG_WARNING, "",
	    traced_place(t, (size_t)(name.p - t->text.p) - 1, name.n + 2),
	    "<%s> is no tag %s; did you mean <%s>?", load_quote(l, name), where,
	    load_quote(l, near->name));
}

static void
lint_regex_tags(struct load *l, const struct traced *t)
{
	static const char *const known[] = {"HOST", "ADDR", "IP4", "IP6", "CIDR", "SUBNET", "DNS",
	    "SKIPLINES", "F-ID", "F-USER", "F-CONTENT", "F-NOFAIL", "F-MLFID", "F-MLFFORGET",
	    "F-MLFGAINED", NULL};
	struct slice name;

	for (size_t at = 0; t != NULL && next_tag(t->text, &at, &name);) {
		struct suggestion near = begin_tag(name);

		/* Any <F-NAME> is data that actions may ask for. */
		if (slice_starts(name, SLICE("F-")) || slice_starts(name, SLICE("/")))
			continue;
		suggest_offer_words(&near, known);
		lint_tag(l, t, name, &near, "of a regular expression");
	}
}

static void
offer_options(struct suggestion *near, const struct sections *tree)
{
	for (size_t i = 0; i < tree->count; i++)
		for (size_t k = 0; k < tree->v[i]->count; k++)
			suggest_offer(near, tree->v[i]->options[k].name);
}

/* The option behind the filter's name that made the tag what it is; NULL if none did. */
static const struct option *
tag_maker(const struct definition *def, struct slice tag)
{
	for (size_t i = 0; i < def->given.count; i++) {
		const struct option *o = &def->given.options[i];

		if (o->value.text.n > 0 && slice_ends(tag, o->value.text))
			return o;
	}
	return NULL;
}

/*
 * A line that is only a tag which stands for nothing, as <_modes_agressive> from <_modes_<mode>>:
 * what the filter is for is then not looked for.
 */
static void
lint_void_tag(
    struct load *l, const struct jail_config *j, const struct traced *t, struct slice line)
{
	struct slice name = line.n > 2 ? slice_of(line.p + 1, line.n - 2) : SLICE_EMPTY;
	struct suggestion near = suggest_begin(name);
	const struct option *maker;
	size_t n = 0;

	while (n < name.n && (text_word_char(name.p[n]) || name.p[n] == '-'))
		n++;
	/* Those of regular expressions are in capitals. */
	if (n == 0 || n < name.n || line.p[0] != '<' || line.p[line.n - 1] != '>' ||
	    char_upper(name.p[0]))
		return;
	offer_options(&near, &j->filter.tree);
	maker = tag_maker(&j->filter, name);
	load_note(l, DIAG_WARNING, "",
	    maker != NULL ? traced_at(&maker->value)
			  : traced_place(t, (size_t)(line.p - t->text.p), line.n),
	    "<%s> in failregex stands for nothing, as the filter has no option '%s'%s",
	    load_quote(l, name), load_quote(l, name), suggest_text(l, &near));
}

static void
lint_void_tags(struct load *l, const struct jail_config *j, const struct traced *t)
{
	struct slice rest, line;

	for (rest = t != NULL ? t->text : SLICE_EMPTY;
	     j->has_filter && slice_next(&rest, '\n', &line);)
		lint_void_tag(l, j, t, text_trim(line));
}

/* What people write for the address, though it is another program's word, or a filter's. */
static struct slice
other_word(struct slice name)
{
	static const char *const address[] = {"address", "addr", "adress", "host", "hostname",
	    "ipaddr", "ipaddress", "ip4", "ip6", "ipp", NULL};

	return slice_listed_nocase(name, address) ? SLICE("ip") : SLICE_EMPTY;
}

static void
offer_action_names(struct suggestion *near, const struct section *s)
{
	for (size_t i = 0; i < s->count; i++) {
		ptrdiff_t mark = slice_find_char(s->options[i].name, '?', 0);

		suggest_offer(near,
		    mark < 0 ? s->options[i].name : slice_upto(s->options[i].name, (size_t)mark));
	}
}

void
lint_action_tags(struct load *l, const struct definition *def, const struct traced *t)
{
	static const char *const known[] = {"ip", "family", "ip-rev", "ip-host", "fid", "failures",
	    "time", "bantime", "bancount", "restored", "matches", "ipmatches", "ipjailmatches",
	    "ipfailures", "ipjailfailures", "fq-hostname", "sh-hostname", "raw-ticket", "name",
	    "actname", "br", "sp", NULL};
	struct slice name;

	for (size_t at = 0; next_tag(t->text, &at, &name);) {
		struct suggestion near = begin_tag(name);

		if (slice_starts(name, SLICE("F-")))
			continue;
		suggest_offer_words(&near, known);
		offer_action_names(&near, &def->defined);
		offer_action_names(&near, &def->given);
		offer_action_names(&near, &def->initial);
		if (!near.known && other_word(name).n > 0)
			near.name = other_word(name);
		lint_tag(l, t, name, &near, "of an action");
	}
}

void
lint_jail_tags(struct load *l, const struct jail_config *j)
{
	lint_regex_tags(l, jail_filter_option(j, SLICE("failregex")));
	lint_void_tags(l, j, jail_filter_option(j, SLICE("failregex")));
	lint_regex_tags(l, jail_filter_option(j, SLICE("ignoreregex")));
	lint_regex_tags(l, jail_filter_option(j, SLICE("prefregex")));
}
