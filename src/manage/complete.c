#include "manage/complete.h"

#include "client/cliopt.h"
#include "manage/help.h"
#include "client/link.h"

#include <errno.h>
#include <stdio.h>

#define ASK_TIMEOUT SPAN_S(1)
#define TOKENS_MAX 16
#define OFFERS_MAX 2000

/* One place of a command: "<IP>...", "[--all|<JAIL>]", "on|off". */
struct token {
	struct slice alternatives; /* without brackets and dots, apart by | */
	bool optional, repeated;
};

struct complete {
	struct slice socket;
	const struct value *words;
	struct slice prefix;
	struct complete_sink *sink;
	struct arena arena; /* what the server said */
	struct value *offered;
	bool named; /* the second word is a setting of the server, no jail */
	/* the row being looked at */
	const struct help_row *row;
	struct token tokens[TOKENS_MAX];
	size_t token_count, own_words; /* the first tokens are the command's name */
};

static bool
harmless(struct slice word)
{
	for (size_t i = 0; i < word.n; i++)
		if (!char_alnum(word.p[i]) && memchr("-_.:/%@+=,", word.p[i], 10) == NULL)
			return false;
	return word.n > 0;
}

static void
offer(struct complete *c, struct slice word, const char *help)
{
	if (!slice_starts(word, c->prefix) || !harmless(word) ||
	    value_count(c->offered) >= OFFERS_MAX)
		return;
	for (size_t i = 0; i < value_count(c->offered); i++)
		if (value_is_text(value_at(c->offered, i), word))
			return;
	(void)value_add(&c->arena, c->offered, value_text(&c->arena, word));
	c->sink->take(c->sink, word, help);
}

/* ---- what the server knows */

static const struct value *
word_at(const struct complete *c, size_t index)
{
	return value_at(c->words, index);
}

/* The reply to "get JAIL what more", where the jail is the second word; NULL if there is none. */
static const struct value *
ask(struct complete *c, const char *first, const struct value *jail, const char *what,
    const struct value *more)
{
	struct value *command = value_list(&c->arena), *reply;
	const struct value *result = NULL;
	struct link *l;
	struct diag d;

	diag_init(&d);
	if (c->socket.n == 0 || link_open(&l, c->socket, &d) < 0)
		return NULL;
	link_set_timeout(l, ASK_TIMEOUT);
	(void)value_add(&c->arena, command, value_cstr(&c->arena, first));
	if (jail != NULL)
		(void)value_add(&c->arena, command, value_copy(&c->arena, jail));
	if (what != NULL)
		(void)value_add(&c->arena, command, value_cstr(&c->arena, what));
	if (more != NULL)
		(void)value_add(&c->arena, command, value_copy(&c->arena, more));
	if (link_ask(l, &c->arena, command, &reply, &d) == 0 && value_at(reply, 0) != NULL &&
	    value_at(reply, 0)->kind == VALUE_INT && value_at(reply, 0)->number == 0)
		result = value_at(reply, 1);
	link_close(l);
	return result;
}

/* All texts in v, at any depth; the names of jails are the keys of maps. */
static void
offer_texts(struct complete *c, const struct value *v, const char *help)
{
	if (v == NULL)
		return;
	if (v->kind == VALUE_TEXT) {
		offer(c, v->text, help);
	} else if (v->kind == VALUE_MAP) {
		for (size_t i = 1; i < v->seq.count; i += 2)
			offer_texts(c, v->seq.items[i], help);
	} else if (v->kind == VALUE_LIST || v->kind == VALUE_TUPLE) {
		for (size_t i = 0; i < value_count(v); i++)
			offer_texts(c, value_at(v, i), help);
	}
}

static void
offer_jails(struct complete *c)
{
	const struct value *list = value_at(value_at(ask(c, "status", NULL, NULL, NULL), 1), 1);
	struct slice rest, name;

	if (list == NULL || list->kind != VALUE_TEXT)
		return;
	rest = list->text;
	while (slice_next(&rest, ',', &name))
		offer(c, slice_trim(name), "jail");
}

/* Who is banned in the jail of "set JAIL unbanip", or in any. */
static void
offer_banned(struct complete *c)
{
	const struct value *jail = c->row->scope[0] != '\0' ? word_at(c, 1) : NULL;

	if (strcmp(c->row->name, "banip") == 0 || strcmp(c->row->name, "attempt") == 0 ||
	    strcmp(c->row->name, "addignoreip") == 0)
		return;
	if (strcmp(c->row->name, "delignoreip") == 0)
		offer_texts(c, ask(c, "get", jail, "ignoreip", NULL), "ignored");
	else if (jail != NULL)
		offer_texts(c, ask(c, "get", jail, "banned", NULL), "banned");
	else
		offer_texts(c, ask(c, "banned", NULL, NULL, NULL), "banned");
}

static void
offer_actions(struct complete *c)
{
	if (strcmp(c->row->name, "addaction") != 0)
		offer_texts(c, ask(c, "get", word_at(c, 1), "actions", NULL), "action");
}

static void
offer_properties(struct complete *c)
{
	offer_texts(c, ask(c, "get", word_at(c, 1), "actionproperties", word_at(c, 3)), "property");
}

static void
offer_methods(struct complete *c)
{
	offer_texts(c, ask(c, "get", word_at(c, 1), "actionmethods", word_at(c, 3)), "method");
}

static void
offer_list(struct complete *c, const char *list)
{
	struct slice rest = slice_cstr(list), word;

	while (slice_next_word(&rest, &word))
		offer(c, word, "");
}

static const struct {
	const char *name;
	void (*values)(struct complete *c);
	const char *list;
} placeholders[] = {
    {"<JAIL>", offer_jails, NULL},
    {"<IP>", offer_banned, NULL},
    {"<ACTION>", offer_actions, NULL},
    {"<PROPERTY>", offer_properties, NULL},
    {"<METHOD>", offer_methods, NULL},
    {"<FLAVOR>", NULL, "basic short stats cymru actions sources"},
    {"<LEVEL>", NULL, "CRITICAL ERROR WARNING NOTICE INFO DEBUG TRACEDEBUG HEAVYDEBUG"},
    {"<TARGET>", NULL, "STDOUT STDERR SYSOUT SYSLOG SYSTEMD-JOURNAL"},
    {"<BACKEND>", NULL, "auto pyinotify polling systemd"},
};

static void
offer_values(struct complete *c, struct slice placeholder)
{
	for (size_t i = 0; i < sizeof(placeholders) / sizeof(placeholders[0]); i++) {
		if (!slice_eq(placeholder, slice_cstr(placeholders[i].name)))
			continue;
		if (placeholders[i].values != NULL)
			placeholders[i].values(c);
		else
			offer_list(c, placeholders[i].list);
	}
}

/* ---- the rows */

static bool
is_placeholder(struct slice s)
{
	return slice_starts(s, SLICE("<"));
}

/* A bracket may span several words: "[--to yaml|ini]". */
static void
add_tokens(struct complete *c, const char *text)
{
	struct slice rest = slice_cstr(text), word;
	bool within = false;

	while (slice_next_word(&rest, &word) && c->token_count < TOKENS_MAX) {
		struct token *t = &c->tokens[c->token_count++];
		bool ends;

		*t = (struct token){.optional = within || slice_starts(word, SLICE("["))};
		ends = slice_ends(word, SLICE("]"));
		within = t->optional && !ends;
		if (slice_starts(word, SLICE("[")))
			word = slice_from(word, 1);
		if (ends)
			word = slice_upto(word, word.n - 1);
		t->repeated = slice_ends(word, SLICE("..."));
		if (t->repeated)
			word = slice_upto(word, word.n - 3);
		t->alternatives = word;
	}
}

static bool
accepts(const struct complete *c, const struct token *t, size_t index)
{
	struct slice rest = t->alternatives, one, word = word_at(c, index)->text;

	while (slice_next(&rest, '|', &one)) {
		if (slice_eq(one, word))
			return true;
		/* "set loglevel" is no jail. */
		if (is_placeholder(one) && !slice_starts(word, SLICE("--")) &&
		    !(c->named && index == 1 && c->row->scope[0] != '\0'))
			return true;
	}
	return false;
}

static const char *
help_of(const struct complete *c, size_t token)
{
	if (token + 1 == c->own_words)
		return c->row->help;
	if (token == 0)
		return c->row->scope[0] == 's' ? "changes a setting" : "returns a setting";
	return "";
}

/* From token on, with the words from index on still to be matched. */
static void
match(struct complete *c, size_t token, size_t index, bool again)
{
	const struct token *t = &c->tokens[token];
	struct slice rest, one;

	if (token == c->token_count)
		return;
	if (t->optional || again)
		match(c, token + 1, index, false);
	if (index < value_count(c->words)) {
		if (!accepts(c, t, index))
			return;
		if (t->repeated)
			match(c, token, index + 1, true);
		else
			match(c, token + 1, index + 1, false);
		return;
	}
	rest = t->alternatives;
	while (slice_next(&rest, '|', &one)) {
		if (is_placeholder(one))
			offer_values(c, one);
		else
			offer(c, one, help_of(c, token));
	}
}

static void
try_row(void *arg, const struct help_row *row)
{
	struct complete *c = arg;

	c->row = row;
	c->token_count = 0;
	add_tokens(c, row->scope);
	add_tokens(c, row->name);
	c->own_words = c->token_count;
	add_tokens(c, row->args);
	match(c, 0, 0, false);
}

static void
look_for_name(void *arg, const struct help_row *row)
{
	struct complete *c = arg;
	const struct value *scope = word_at(c, 0), *name = word_at(c, 1);

	if (name != NULL && value_is_text(scope, slice_cstr(row->scope)) &&
	    value_is_text(name, slice_cstr(row->name)))
		c->named = true;
}

void
complete_words(
    struct slice socket, const struct value *words, struct slice prefix, struct complete_sink *sink)
{
	struct complete c = {.socket = socket, .words = words, .prefix = prefix, .sink = sink};

	arena_init(&c.arena);
	c.offered = value_list(&c.arena);
	help_each(look_for_name, &c);
	help_each(try_row, &c);
	arena_done(&c.arena);
}

void
complete_options(struct slice prefix, struct complete_sink *sink)
{
	struct buf text;

	buf_init(&text, 100);
	for (size_t i = 0; i < cliopt_count; i++) {
		const struct cliopt *o = &cliopts[i];

		buf_clear(&text);
		if (o->name != NULL)
			buf_printf(&text, "--%s", o->name);
		else
			buf_printf(&text, "-%c", o->code);
		if (o->help != NULL && slice_starts(buf_slice(&text), prefix))
			sink->take(sink, buf_slice(&text), o->help);
	}
	buf_done(&text);
}

/*
 * Where we know no word, the shell offers files. bash cuts the line at colons too, which addresses
 * have: the words are put together again, and of an answer it wants what is behind its last cut. zsh
 * finds its script as the function _f2b-client, or is told to source it.
 */
static const struct {
	const char *shell, *script;
} scripts[] = {
    {"bash", "_f2b_client() {\n"
	     "\tlocal IFS=$'\\n' line=${COMP_LINE:0:COMP_POINT} piece rest reply\n"
	     "\tlocal -a typed=()\n"
	     "\tCOMPREPLY=()\n"
	     "\tfor piece in \"${COMP_WORDS[@]:0:COMP_CWORD}\" \"\"; do\n"
	     "\t\trest=${line#\"${line%%[![:blank:]]*}\"}\n"
	     "\t\tpiece=${piece:-$rest}\n"
	     "\t\tif [ \"$rest\" = \"$line\" ] && [ ${#typed[@]} -gt 0 ]; then\n"
	     "\t\t\ttyped[${#typed[@]}-1]+=$piece\n"
	     "\t\telse\n"
	     "\t\t\ttyped+=(\"$piece\")\n"
	     "\t\tfi\n"
	     "\t\tline=${rest#\"$piece\"}\n"
	     "\tdone\n"
	     "\tpiece=${typed[${#typed[@]}-1]}\n"
	     "\twhile read -r reply; do\n"
	     "\t\treply=${reply%%$'\\t'*}\n"
	     "\t\tCOMPREPLY+=(\"${reply#\"${piece%\"$2\"}\"}\")\n"
	     "\tdone < <(\"${COMP_WORDS[0]}\" --print-words=\"$piece\" \"${typed[@]:1:${#typed[@]}-2}\" 2>/dev/null)\n"
	     "}\n"
	     "complete -o default -F _f2b_client f2b-client fail2ban-client f2b-server fail2ban-server\n"},
    {"zsh", "#compdef f2b-client fail2ban-client f2b-server fail2ban-server\n"
	    "_f2b_client() {\n"
	    "\tlocal -a found shown\n"
	    "\tlocal line\n"
	    "\twhile IFS= read -r line; do\n"
	    "\t\tfound+=(\"${line%%$'\\t'*}\")\n"
	    "\t\tshown+=(\"${line/$'\\t'/  }\")\n"
	    "\tdone < <(\"${words[1]}\" --print-words=\"$PREFIX\" \"${(@)words[2,CURRENT-1]}\" 2>/dev/null)\n"
	    "\tif (( $#found )); then\n"
	    "\t\tcompadd -l -d shown -a found\n"
	    "\telse\n"
	    "\t\t_files\n"
	    "\tfi\n"
	    "}\n"
	    "if [[ $funcstack[1] == _f2b-client ]]; then\n"
	    "\t_f2b_client\n"
	    "else\n"
	    "\tcompdef _f2b_client f2b-client fail2ban-client f2b-server fail2ban-server\n"
	    "fi\n"},
    {"fish", "function __f2b_client\n"
	     "\tset -l before (commandline -opc)\n"
	     "\t$before[1] --print-words=(commandline -ct) $before[2..-1] 2>/dev/null\n"
	     "end\n"
	     "for program in f2b-client fail2ban-client f2b-server fail2ban-server\n"
	     "\tcomplete -c $program -a '(__f2b_client)'\n"
	     "end\n"},
};

int
complete_print_script(struct slice shell)
{
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		if (slice_eq(slice_cstr(scripts[i].shell), shell)) {
			(void)fputs(scripts[i].script, stdout);
			return 0;
		}
	}
	return -EINVAL;
}
