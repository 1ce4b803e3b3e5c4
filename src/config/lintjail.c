#include "config/lint.h"

#include "config/duration.h"
#include "config/programs.h"
#include "config/suggest.h"
#include "config/text.h"

#include <netdb.h>
#include <unistd.h>

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

/* More lines than this are hardly ever one match, and are searched with each line that comes. */
#define LINES_DOUBTED 1000

static void
lint_maxlines(struct load *l, struct jail_config *j)
{
	const struct traced *t = jail_filter_option(j, SLICE("maxlines"));
	uint64_t lines;

	if (t == NULL || slice_u64(text_trim(t->text), INT32_MAX, &lines) < 0 ||
	    lines <= LINES_DOUBTED)
		return;
	load_note(l, DIAG_WARNING, "", traced_at(t),
	    "maxlines = %s of jail '%s' has each line searched together with all those before it; "
	    "write how many lines one match spans, %d at most",
	    load_quote(l, t->text), load_quote(l, j->name), LINES_DOUBTED);
}

/* Jails that can find nobody. */
static void
lint_failregex(struct load *l, struct jail_config *j)
{
	const struct traced *regex = jail_filter_option(j, SLICE("failregex"));
	struct traced filter;

	if (!j->has_filter || (regex != NULL && text_trim(regex->text).n > 0) ||
	    !jail_option(l, j, "filter", &filter))
		return;
	load_note(l, DIAG_WARNING, "", traced_at(&filter),
	    "jail '%s' finds nobody: its filter has no failregex", load_quote(l, j->name));
}

/*
 * Without journalmatch each entry of the whole journal is a line of the log. What is shipped does
 * that on purpose.
 */
static void
lint_journal(struct load *l, struct jail_config *j)
{
	const struct traced *match = jail_filter_option(j, SLICE("journalmatch"));
	struct place at = traced_at(&j->backend);

	if (!slice_starts(j->backend.text, SLICE("systemd")) || at.file == NULL ||
	    !lint_own_file(l, &at) || (match != NULL && text_trim(match->text).n > 0))
		return;
	load_note(l, DIAG_WARNING, "", at,
	    "jail '%s' reads the whole journal; set journalmatch to the entries that it is about, "
	    "as in journalmatch = _SYSTEMD_UNIT=sshd.service",
	    load_quote(l, j->name));
}

/* A file that somebody names for a jail which reads the journal, since what is shipped says so. */
static void
lint_unread_log(struct load *l, struct jail_config *j)
{
	struct place backend = traced_at(&j->backend);
	struct slice rest, line;
	struct traced t;

	if (!slice_starts(j->backend.text, SLICE("systemd")) || backend.file == NULL ||
	    lint_own_file(l, &backend) || !jail_option(l, j, "logpath", &t))
		return;
	for (rest = t.text; slice_next(&rest, '\n', &line);) {
		struct place at = traced_place(&t, (size_t)(line.p - t.text.p), line.n);

		if (at.file == NULL || !lint_own_file(l, &at) ||
		    access(arena_copy(l->arena, line).p, F_OK) != 0)
			continue;
		load_note(l, DIAG_WARNING, "", at,
		    "nobody reads '%s', as jail '%s' has backend = systemd, and reads the journal; "
		    "set backend = auto in it to have the file read",
		    load_quote(l, line), load_quote(l, j->name));
		return;
	}
}

/* ---- tags ---- */

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

static void
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

/* ---- programs ---- */

#define PROGRAMS_TOLD_MAX 16

/* One action whose programs are looked for; each that is missing is told once. */
struct wanted {
	struct load *load;
	const struct jail_action *act;
	const struct option *option;
	struct slice told[PROGRAMS_TOLD_MAX];
	size_t told_count;
};

static void
want_program(struct wanted *w, struct slice word, struct place at)
{
	struct load *l = w->load;

	for (size_t i = 0; i < w->told_count; i++)
		if (slice_eq(w->told[i], word))
			return;
	if (w->told_count == PROGRAMS_TOLD_MAX || programs_installed(word))
		return;
	w->told[w->told_count++] = word;
	load_note(l, DIAG_WARNING, "", at,
	    "action '%s' runs '%s' in %s, which is not installed; install it, or choose another "
	    "action",
	    load_quote(l, w->act->file), load_quote(l, word), load_quote(l, w->option->name));
}

/* What a tag at the start of a command stands for, in each of its variants. */
static void
want_tag(struct wanted *w, struct slice tag, struct place at)
{
	const struct section *from[] = {&w->act->def.given, &w->act->def.initial};
	struct slice name = slice_of(tag.p + 1, tag.n - 2), word;

	for (size_t i = 0; i < 2; i++)
		for (size_t k = 0; k < from[i]->count; k++) {
			const struct option *o = &from[i]->options[k];
			ptrdiff_t mark = slice_find_char(o->name, '?', 0);
			struct programs p = programs_of(o->value.text);
			struct slice base = mark < 0 ? o->name : slice_upto(o->name, (size_t)mark);

			if (slice_eq(base, name) && programs_next(&p, &word) &&
			    slice_find_char(word, '<', 0) < 0)
				want_program(w, word, at);
		}
}

/* Whether the script asks itself what is there. */
static bool
asks(struct slice script)
{
	return slice_find(script, SLICE("command -v"), 0) >= 0 ||
	       slice_find(script, SLICE("which "), 0) >= 0 ||
	       slice_find(script, SLICE("type "), 0) >= 0 ||
	       slice_find(script, SLICE("hash "), 0) >= 0;
}

static void
want_programs(struct wanted *w)
{
	const struct traced *t = &w->option->value;
	struct programs p = programs_of(t->text);
	struct slice word;

	if (asks(t->text))
		return;
	while (programs_next(&p, &word)) {
		struct place at = traced_place(t, (size_t)(word.p - t->text.p), word.n);
		ptrdiff_t inner = slice_find_char(word, '<', 1);

		if (word.p[0] == '<' && word.p[word.n - 1] == '>' && inner < 0)
			want_tag(w, word, at);
		else if (word.p[0] != '<' && inner < 0)
			want_program(w, word, at);
	}
}

/* ---- actions ---- */

/* An action that makes something of its own in the firewall, under its name. */
struct lint_ground {
	struct slice jail;
};

static bool
has_text(const struct section *s, struct slice name)
{
	const struct option *o = section_get(s, name);

	return o != NULL && text_trim(o->value.text).n > 0;
}

/* Two jails whose actions make the same chain: the first that stops takes it from the other. */
static void
lint_ground(struct load *l, struct lint_jails *all, const struct jail_config *j,
    const struct jail_action *act)
{
	const struct option *name = section_get(&act->def.given, SLICE("name"));
	struct lint_ground *ground;
	struct slice key;

	if (name == NULL || (!has_text(&act->def.defined, SLICE("actioncheck")) &&
				!has_text(&act->def.defined, SLICE("actionflush"))))
		return;
	key = arena_printf(
	    l->arena, "%.*s[name=%.*s]", SLICE_ARG(act->file), SLICE_ARG(name->value.text));
	ground = table_get(&all->grounds, key);
	if (ground != NULL && !slice_eq(ground->jail, j->name)) {
		load_note(l, DIAG_WARNING, "", act->at,
		    "jails '%s' and '%s' both use action %s and share what it makes in the "
		    "firewall; give each a name of its own",
		    load_quote(l, ground->jail), load_quote(l, j->name), load_quote(l, key));
		return;
	}
	if (ground != NULL)
		return;
	ground = ARENA_NEW(l->arena, struct lint_ground);
	ground->jail = j->name;
	(void)table_put(&all->grounds, key, ground); /* there was none */
}

/* A number below 65536, or a name that the system knows. */
static bool
port_good(struct load *l, struct slice s)
{
	uint64_t n;

	if (s.n == 0)
		return false;
	if (slice_u64(s, UINT16_MAX, &n) == 0)
		return true;
	return !char_digit(s.p[0]) && getservbyname(arena_copy(l->arena, s).p, NULL) != NULL;
}

/* One port, or two with what makes a range of them. */
static bool
ports_good(struct load *l, struct slice s, bool dash)
{
	ptrdiff_t between = slice_find_char(s, ':', 0);

	if (port_good(l, s))
		return true; /* a name may have a '-' in it */
	if (between < 0 && dash)
		between = slice_find_char(s, '-', 0);
	return between > 0 && port_good(l, slice_upto(s, (size_t)between)) &&
	       port_good(l, slice_from(s, (size_t)between + 1));
}

/* Ports that the program which makes the rules will not know. */
static void
lint_ports(struct load *l, const struct jail_action *act)
{
	const struct option *port = section_get(&act->def.given, SLICE("port"));
	const struct option *start = section_get(&act->def.defined, SLICE("actionstart"));
	bool iptables = slice_starts(act->file, SLICE("iptables"));
	struct slice rest, word;

	if (port == NULL || start == NULL || port->value.text.n == 0 ||
	    (!iptables && !slice_starts(act->file, SLICE("nftables"))) ||
	    slice_find_char(port->value.text, '<', 0) >= 0 ||
	    slice_find(start->value.text, port->value.text, 0) < 0)
		return; /* an action for all ports is given them, too */
	for (rest = port->value.text; slice_next(&rest, ',', &word);) {
		word = text_trim(word);
		if (ports_good(l, word, !iptables) || slice_find_char(word, '#', 0) >= 0)
			continue; /* a comment that is none was told */
		load_note(l, DIAG_WARNING, "",
		    traced_place(&port->value, (size_t)(word.p - port->value.text.p), word.n),
		    "port: '%s' is neither a number nor a name in /etc/services, so that the ban "
		    "will fail; write numbers, names or ranges as in 6000:6010, with commas "
		    "between them",
		    load_quote(l, word));
	}
}

/* Those that iptables knows by itself, and what the system knows. */
static bool
protocol_good(struct load *l, struct slice s)
{
	static const char *const own[] = {"all", "tcp", "udp", "udplite", "icmp", "icmpv6",
	    "ipv6-icmp", "esp", "ah", "sctp", "dccp", "mh", NULL};
	uint64_t n;

	return slice_listed_nocase(s, own) || slice_u64(s, UINT8_MAX, &n) == 0 ||
	       (s.n > 0 && getprotobyname(arena_copy(l->arena, s).p) != NULL);
}

static void
lint_protocols(struct load *l, const struct jail_action *act)
{
	const struct option *o = section_get(&act->def.given, SLICE("protocol"));
	struct slice rest, word;

	if (o == NULL || o->value.text.n == 0 || slice_find_char(o->value.text, '<', 0) >= 0 ||
	    !slice_starts(act->file, SLICE("iptables")))
		return;
	for (rest = o->value.text; slice_next(&rest, ',', &word);) {
		word = text_trim(word);
		if (protocol_good(l, word) || slice_find_char(word, '#', 0) >= 0)
			continue;
		load_note(l, DIAG_WARNING, "",
		    traced_place(&o->value, (size_t)(word.p - o->value.text.p), word.n),
		    "protocol: '%s' is none that iptables knows, so that the ban will fail; write "
		    "tcp, udp, or both with a comma between them",
		    load_quote(l, word));
	}
}

#define CHAIN_MAX_BYTES 28 /* iptables(8) takes no longer name */

static void
lint_chain(struct load *l, const struct jail_action *act)
{
	const struct option *start = section_get(&act->def.defined, SLICE("actionstart"));
	ptrdiff_t at = -1;

	while (start != NULL &&
	       (at = slice_find(start->value.text, SLICE(" -N "), (size_t)(at + 1))) >= 0) {
		struct slice chain = slice_from(start->value.text, (size_t)at + 4);
		size_t n = 0;

		while (n < chain.n && (text_word_char(chain.p[n]) || chain.p[n] == '-'))
			n++;
		if (n <= CHAIN_MAX_BYTES || (n < chain.n && chain.p[n] == '<'))
			continue;
		load_note(l, DIAG_WARNING, "", act->at,
		    "action '%s' makes the chain '%s', and iptables takes a name of %d characters "
		    "at most; give the action a shorter one, as in %s[name=short]",
		    load_quote(l, act->file), load_quote(l, slice_upto(chain, n)), CHAIN_MAX_BYTES,
		    load_quote(l, act->file));
		return;
	}
}

static void
lint_action(struct load *l, struct lint_jails *all, const struct jail_config *j,
    const struct jail_action *act)
{
	struct wanted w = {.load = l, .act = act};

	if (act->program.p != NULL)
		return;
	lint_definition(l, OPTION_ACTION, &act->def);
	lint_ground(l, all, j, act);
	lint_ports(l, act);
	lint_protocols(l, act);
	if (sections_find(&act->def.tree, SLICE("Definition")) != NULL &&
	    !has_text(&act->def.defined, SLICE("actionban")) &&
	    section_get(&act->def.initial, SLICE("module")) == NULL)
		load_note(l, DIAG_WARNING, "", act->at,
		    "action '%s' has no actionban, and so does nothing when somebody is banned",
		    load_quote(l, act->file));
	if (slice_starts(act->file, SLICE("iptables")))
		lint_chain(l, act);
	for (size_t i = 0; i < act->def.defined.count; i++) {
		const struct option *o = &act->def.defined.options[i];

		if (option_row(OPTION_ACTION, o->name)->kind != OPTION_TEXT)
			continue;
		lint_action_tags(l, &act->def, &o->value);
		w.option = o;
		want_programs(&w);
	}
}

void
lint_jail(struct load *l, struct lint_jails *all, struct jail_config *j)
{
	lint_findtime(l, j, all->purge);
	lint_logpath(l, j);
	lint_failregex(l, j);
	lint_maxlines(l, j);
	lint_journal(l, j);
	lint_unread_log(l, j);
	lint_regex_tags(l, jail_filter_option(j, SLICE("failregex")));
	lint_void_tags(l, j, jail_filter_option(j, SLICE("failregex")));
	lint_regex_tags(l, jail_filter_option(j, SLICE("ignoreregex")));
	lint_regex_tags(l, jail_filter_option(j, SLICE("prefregex")));
	if (j->has_filter)
		lint_definition(l, OPTION_FILTER, &j->filter);
	for (size_t i = 0; i < j->action_count; i++)
		lint_action(l, all, j, &j->actions[i]);
}

void
lint_jails_done(struct lint_jails *all)
{
	table_done(&all->grounds);
}
