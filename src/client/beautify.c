#include "client/beautify.h"

#include "client/stats.h"
#include "compat/pyrepr.h"

typedef void beautifier(struct buf *out, const struct value *words, const struct value *reply);

/* ---- pieces ---- */

static bool
is_list(const struct value *v)
{
	return v->kind == VALUE_LIST || v->kind == VALUE_TUPLE || v->kind == VALUE_SET;
}

/* The items as str(), with sep between them. */
static void
add_joined(struct buf *out, const struct value *list, struct slice sep)
{
	if (!is_list(list)) {
		pyrepr_str(out, list);
		return;
	}
	for (size_t i = 0; i < list->seq.count; i++) {
		if (i > 0)
			buf_add(out, sep);
		pyrepr_str(out, list->seq.items[i]);
	}
}

/* "A=1 B=2 + C=3" from a list of lists. */
static void
add_matches(struct buf *out, const struct value *groups)
{
	for (size_t i = 0; i < value_count(groups); i++) {
		if (i > 0)
			buf_add_cstr(out, " + ");
		add_joined(out, groups->seq.items[i], SLICE(" "));
	}
}

/* Under a title, each item on a line of its own behind the branch of a tree. */
static void
add_branches(struct buf *out, const char *title, const struct value *list, bool numbered)
{
	buf_add_cstr(out, title);
	for (size_t i = 0; i < value_count(list); i++) {
		buf_add_cstr(out, i + 1 < value_count(list) ? "\n|- " : "\n`- ");
		if (numbered)
			buf_printf(out, "[%zu]: ", i);
		pyrepr_str(out, list->seq.items[i]);
	}
}

static void
add_single_branch(struct buf *out, const char *title, const struct value *reply, const char *unit)
{
	buf_add_cstr(out, title);
	buf_add_cstr(out, "\n`- ");
	pyrepr_str(out, reply);
	buf_add_cstr(out, unit);
}

static void
add_word(struct buf *out, const struct value *words, size_t index)
{
	const struct value *word = value_at(words, index);

	if (word != NULL)
		pyrepr_str(out, word);
}

/* ---- status ---- */

static bool
is_pair(const struct value *v)
{
	return is_list(v) && v->seq.count == 2 && v->seq.items[0]->kind == VALUE_TEXT;
}

/* A list of pairs is a branch with branches. */
static bool
is_branch(const struct value *v)
{
	if (!is_list(v) || v->seq.count == 0)
		return false;
	for (size_t i = 0; i < v->seq.count; i++) {
		if (!is_pair(v->seq.items[i]) || v->seq.items[i]->kind != VALUE_TUPLE)
			return false;
	}
	return true;
}

static void add_tree(struct buf *out, const struct value *pairs, struct slice indent);

static void
add_branch_start(struct buf *out, struct slice indent, bool last)
{
	buf_add_char(out, '\n');
	buf_add(out, indent);
	buf_add_cstr(out, last ? "`- " : "|- ");
}

/* The branches below a branch stand behind its line, if it goes on. */
static void
add_subtree(struct buf *out, const struct value *pairs, struct slice indent, bool last)
{
	struct buf deeper;

	buf_init(&deeper, 1000);
	buf_add(&deeper, indent);
	buf_add_cstr(&deeper, last ? "   " : "|  ");
	add_tree(out, pairs, buf_slice(&deeper));
	buf_done(&deeper);
}

static void
add_leaf(struct buf *out, const struct value *key, const struct value *item)
{
	pyrepr_str(out, key);
	buf_add_cstr(out, ":\t");
	if (value_is_text(key, SLICE("Journal matches")))
		add_matches(out, item);
	else
		add_joined(out, item, SLICE(" "));
}

/* What "status --all" has behind the pairs: the jails by name. */
static void
add_jails(struct buf *out, const struct value *jails, struct slice indent)
{
	add_branch_start(out, indent, true);
	buf_add_cstr(out, "Status for the jails:");
	for (size_t i = 0; i + 1 < jails->seq.count; i += 2) {
		bool last = i + 2 == jails->seq.count;
		struct buf deeper;

		buf_init(&deeper, 1000);
		buf_add(&deeper, indent);
		buf_add_cstr(&deeper, "   ");
		add_branch_start(out, buf_slice(&deeper), last);
		buf_add_cstr(out, "Jail: ");
		pyrepr_str(out, jails->seq.items[i]);
		add_subtree(out, jails->seq.items[i + 1], buf_slice(&deeper), last);
		buf_done(&deeper);
	}
}

static void
add_tree(struct buf *out, const struct value *pairs, struct slice indent)
{
	for (size_t i = 0; i < value_count(pairs); i++) {
		const struct value *pair = pairs->seq.items[i];
		bool last = i + 1 == pairs->seq.count;

		if (pair->kind == VALUE_MAP) {
			add_jails(out, pair, indent);
			continue;
		}
		add_branch_start(out, indent, last);
		if (!is_pair(pair)) {
			pyrepr_str(out, pair);
		} else if (is_branch(pair->seq.items[1])) {
			pyrepr_str(out, pair->seq.items[0]);
			add_subtree(out, pair->seq.items[1], indent, last);
		} else {
			add_leaf(out, pair->seq.items[0], pair->seq.items[1]);
		}
	}
}

static void
show_stats(struct buf *out, const struct value *words, const struct value *reply)
{
	if (reply->kind == VALUE_MAP)
		stats_format(out, reply);
	else
		pyrepr_str(out, reply);
}

static void
show_status(struct buf *out, const struct value *words, const struct value *reply)
{
	const struct value *jail = value_at(words, 1);

	if (reply->kind == VALUE_MAP) {
		show_stats(out, words, reply);
	} else if (jail == NULL || value_is_text(jail, SLICE("--all"))) {
		buf_add_cstr(out, "Status");
		add_tree(out, reply, SLICE_EMPTY);
	} else if (is_branch(reply)) {
		buf_add_cstr(out, "Status for the jail: ");
		pyrepr_str(out, jail);
		add_tree(out, reply, SLICE_EMPTY);
	} else {
		pyrepr_str(out, reply);
	}
}

/* ---- server ---- */

static void
show_ping(struct buf *out, const struct value *words, const struct value *reply)
{
	buf_add_cstr(out, "Server replied: ");
	pyrepr_str(out, reply);
}

static void
show_add(struct buf *out, const struct value *words, const struct value *reply)
{
	buf_add_cstr(out, "Added jail ");
	pyrepr_str(out, reply);
}

static void
show_echo(struct buf *out, const struct value *words, const struct value *reply)
{
	add_joined(out, reply, SLICE(" "));
}

static void
show_started(struct buf *out, const struct value *words, const struct value *reply)
{
	buf_add_cstr(out, "Jail started");
}

static void
show_stopped(struct buf *out, const struct value *words, const struct value *reply)
{
	const struct value *jail = value_at(words, 1);

	buf_add_cstr(out, jail == NULL || value_is_text(jail, SLICE("--keep"))
			      ? "Shutdown successful"
			      : "Jail stopped");
}

static void
show_flushed(struct buf *out, const struct value *words, const struct value *reply)
{
	buf_add_cstr(out, "logs: ");
	pyrepr_str(out, reply);
}

static void
show_loglevel(struct buf *out, const struct value *words, const struct value *reply)
{
	buf_add_cstr(out, "Current logging level is ");
	pyrepr_format(out, reply);
}

static void
show_logtarget(struct buf *out, const struct value *words, const struct value *reply)
{
	add_single_branch(out, "Current logging target is:", reply, "");
}

static void
show_syslogsocket(struct buf *out, const struct value *words, const struct value *reply)
{
	add_single_branch(out, "Current syslog socket is:", reply, "");
}

static void
show_dbfile(struct buf *out, const struct value *words, const struct value *reply)
{
	if (reply->kind == VALUE_NIL)
		buf_add_cstr(out, "Database currently disabled");
	else
		add_single_branch(out, "Current database file is:", reply, "");
}

static void
show_dbpurgeage(struct buf *out, const struct value *words, const struct value *reply)
{
	if (reply->kind == VALUE_NIL)
		buf_add_cstr(out, "Database currently disabled");
	else
		add_single_branch(out, "Current database purge age is:", reply, "seconds");
}

/* ---- jails ---- */

static void
show_logpath(struct buf *out, const struct value *words, const struct value *reply)
{
	if (value_count(reply) == 0)
		buf_add_cstr(out, "No file is currently monitored");
	else
		add_branches(out, "Current monitored log file(s):", reply, false);
}

static void
show_logencoding(struct buf *out, const struct value *words, const struct value *reply)
{
	buf_add_cstr(out, "Current log encoding is set to:\n");
	pyrepr_str(out, reply);
}

static void
show_journalmatch(struct buf *out, const struct value *words, const struct value *reply)
{
	if (value_count(reply) == 0) {
		buf_add_cstr(out, "No journal match filter set");
		return;
	}
	buf_add_cstr(out, "Current match filter:\n");
	add_matches(out, reply);
}

static void
show_datepattern(struct buf *out, const struct value *words, const struct value *reply)
{
	const struct value *pattern = value_at(reply, 0), *name = value_at(reply, 1);

	buf_add_cstr(out, "Current date pattern set to: ");
	if (name == NULL) {
		buf_add_cstr(out, "Not set/required");
	} else if (pattern->kind == VALUE_NIL) {
		pyrepr_str(out, name);
	} else {
		pyrepr_str(out, pattern);
		buf_add_cstr(out, " (");
		pyrepr_str(out, name);
		buf_add_char(out, ')');
	}
}

static void
show_ignoreip(struct buf *out, const struct value *words, const struct value *reply)
{
	if (value_count(reply) == 0)
		buf_add_cstr(out, "No IP address/network is ignored");
	else
		add_branches(out, "These IP addresses/networks are ignored:", reply, false);
}

static void
show_regexes(struct buf *out, const struct value *words, const struct value *reply)
{
	if (value_count(reply) == 0)
		buf_add_cstr(out, "No regular expression is defined");
	else
		add_branches(out, "The following regular expression are defined:", reply, true);
}

static void
show_actions(struct buf *out, const struct value *words, const struct value *reply)
{
	bool none = value_count(reply) == 0;

	buf_add_cstr(out, none ? "No actions for jail " : "The jail ");
	add_word(out, words, 1);
	if (none)
		return;
	buf_add_cstr(out, " has the following actions:\n");
	add_joined(out, reply, SLICE(", "));
}

static void
add_action_parts(struct buf *out, const struct value *words, const struct value *reply, const char *of)
{
	buf_add_cstr(out, "The jail ");
	add_word(out, words, 1);
	buf_add_cstr(out, " action ");
	add_word(out, words, 3);
	buf_printf(out, " has the following %s:\n", of);
	add_joined(out, reply, SLICE(", "));
}

static void
show_actionproperties(struct buf *out, const struct value *words, const struct value *reply)
{
	add_action_parts(out, words, reply, "properties");
}

static void
show_actionmethods(struct buf *out, const struct value *words, const struct value *reply)
{
	add_action_parts(out, words, reply, "methods");
}

static void
show_banip(struct buf *out, const struct value *words, const struct value *reply)
{
	const struct value *sep = value_at(words, 3);

	if (sep == NULL || sep->kind != VALUE_TEXT)
		add_joined(out, reply, SLICE(" "));
	else if (value_is_text(sep, SLICE("--with-time")))
		add_joined(out, reply, SLICE("\n"));
	else
		add_joined(out, reply, sep->text);
}

/* ---- which is shown how ---- */

/* By the first words of the command; "*" is any. What is not here is shown as str() of it. */
static const struct {
	const char *words;
	beautifier *show;
} rows[] = {
    {"ping", show_ping},
    {"add", show_add},
    {"echo", show_echo},
    {"start", show_started},
    {"stop", show_stopped},
    {"flushlogs", show_flushed},
    {"status", show_status},
    {"repair", show_status},
    {"stats", show_stats},
    {"statistics", show_stats},
    {"get loglevel", show_loglevel},
    {"set loglevel", show_loglevel},
    {"get logtarget", show_logtarget},
    {"set logtarget", show_logtarget},
    {"get syslogsocket", show_syslogsocket},
    {"set syslogsocket", show_syslogsocket},
    {"get dbfile", show_dbfile},
    {"set dbfile", show_dbfile},
    {"get dbpurgeage", show_dbpurgeage},
    {"set dbpurgeage", show_dbpurgeage},
    {"get * logpath", show_logpath},
    {"set * addlogpath", show_logpath},
    {"set * dellogpath", show_logpath},
    {"get * logencoding", show_logencoding},
    {"set * logencoding", show_logencoding},
    {"get * journalmatch", show_journalmatch},
    {"set * addjournalmatch", show_journalmatch},
    {"set * deljournalmatch", show_journalmatch},
    {"get * datepattern", show_datepattern},
    {"set * datepattern", show_datepattern},
    {"get * ignoreip", show_ignoreip},
    {"set * addignoreip", show_ignoreip},
    {"set * delignoreip", show_ignoreip},
    {"get * failregex", show_regexes},
    {"set * addfailregex", show_regexes},
    {"set * delfailregex", show_regexes},
    {"get * ignoreregex", show_regexes},
    {"set * addignoreregex", show_regexes},
    {"set * delignoreregex", show_regexes},
    {"get * actions", show_actions},
    {"get * actionproperties", show_actionproperties},
    {"get * actionmethods", show_actionmethods},
    {"get * banip", show_banip},
};

static bool
words_match(struct slice pattern, const struct value *words)
{
	struct slice want;

	for (size_t i = 0; slice_next_word(&pattern, &want); i++) {
		const struct value *word = value_at(words, i);

		if (word == NULL || (!slice_eq(want, SLICE("*")) && !value_is_text(word, want)))
			return false;
	}
	return true;
}

void
beautify_reply(struct buf *out, const struct value *words, const struct value *reply)
{
	size_t i = 0;

	while (i < sizeof(rows) / sizeof(rows[0]) && !words_match(slice_cstr(rows[i].words), words))
		i++;
	if (i < sizeof(rows) / sizeof(rows[0]))
		rows[i].show(out, words, reply);
	else
		pyrepr_str(out, reply);
}

void
beautify_error(struct buf *out, const struct value *error)
{
	if (error->kind != VALUE_ERROR) {
		pyrepr_str(out, error);
	} else if (error->error.kind == ERROR_UNKNOWN_JAIL) {
		buf_add_cstr(out, "Sorry but the jail '");
		add_word(out, error->error.args, 0);
		buf_add_cstr(out, "' does not exist");
	} else if (error->error.kind == ERROR_DUPLICATE_JAIL) {
		buf_add_cstr(out, "The jail '");
		add_word(out, error->error.args, 0);
		buf_add_cstr(out, "' already exists");
	} else if (error->error.kind == ERROR_INDEX) {
		buf_add_cstr(out, "Sorry but the command is invalid");
	} else {
		pyrepr_str(out, error);
	}
}
