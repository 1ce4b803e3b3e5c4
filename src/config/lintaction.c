#include "config/lintaction.h"

#include "config/linttags.h"
#include "config/programs.h"
#include "config/text.h"

#include <netdb.h>

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
	struct slice *jail, key;

	if (name == NULL || (!has_text(&act->def.defined, SLICE("actioncheck")) &&
				!has_text(&act->def.defined, SLICE("actionflush"))))
		return;
	key = arena_printf(
	    l->arena, "%.*s[name=%.*s]", SLICE_ARG(act->file), SLICE_ARG(name->value.text));
	jail = table_get(&all->grounds, key);
	if (jail != NULL && !slice_eq(*jail, j->name)) {
		load_note(l, DIAG_WARNING, "", act->at,
		    "jails '%s' and '%s' both use action %s and share what it makes in the "
		    "firewall; give each a name of its own",
		    load_quote(l, *jail), load_quote(l, j->name), load_quote(l, key));
		return;
	}
	if (jail != NULL)
		return;
	jail = ARENA_NEW(l->arena, struct slice);
	*jail = j->name;
	(void)table_put(&all->grounds, key, jail); /* there was none */
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

void
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
