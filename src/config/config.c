#include "config/config.h"

#include "config/compile.h"
#include "config/include.h"
#include "config/lint.h"
#include "config/logpath.h"
#include "config/suggest.h"
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>
#include <sys/stat.h>

/* The value of an option of fail2ban.conf, from the command line, the file or its row. */
static int
server_option(struct load *l, const struct scope *scope, const char *name, struct slice given,
    struct traced *out)
{
	const struct option_row *row = option_row(OPTION_SERVER, slice_cstr(name));
	int r = -ENOENT;

	if (given.p != NULL) {
		*out = (struct traced){.text = arena_copy(l->arena, given)};
		return 0;
	}
	if (scope->section != NULL)
		r = scope_value(l, scope, slice_cstr(name), out);
	if (r != -ENOENT)
		return r;
	if (row->initial == NULL || row->initial[0] == '\0')
		return -ENOENT;
	*out = (struct traced){.text = slice_cstr(row->initial)};
	return 0;
}

/* The options that the programs themselves need; false if name is not one of them. */
static bool
server_base(const struct config_request *req, const char *name, struct slice *given)
{
	const struct {
		const char *name;
		struct slice given;
	} rows[] = {
	    {"socket", req->socket},
	    {"pidfile", req->pidfile},
	    {"loglevel", req->loglevel},
	    {"logtarget", req->logtarget},
	    {"syslogsocket", req->syslogsocket},
	    {"readsocket", (struct slice){0}},
	    {"readgroup", (struct slice){0}},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].name, name) == 0) {
			*given = rows[i].given;
			return true;
		}
	return false;
}

/* Remembers what the programs themselves need to know. */
static void
server_keep(struct config *c, const char *name, struct slice value)
{
	const struct {
		const char *name;
		struct slice *to;
	} rows[] = {
	    {"socket", &c->socket},
	    {"pidfile", &c->pidfile},
	    {"loglevel", &c->loglevel},
	    {"logtarget", &c->logtarget},
	    {"syslogsocket", &c->syslogsocket},
	    {"readsocket", &c->readsocket},
	    {"readgroup", &c->readgroup},
	    {"dbpurgeage", &c->dbpurgeage},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].name, name) == 0)
			*rows[i].to = value;
}

/* v is NULL for an option without a value. */
static void
server_set(struct load *l, const char *word, struct value *v, struct stream *out)
{
	struct value *command = value_list(l->arena);

	value_add(l->arena, command, value_cstr(l->arena, "set"));
	value_add(l->arena, command, value_cstr(l->arena, word));
	value_add(l->arena, command, v != NULL ? v : value_nil(l->arena));
	stream_insert(l->arena, out, out->count, command);
}

static int
invalid_level(struct load *l, const struct traced *t)
{
	static const char *const words[] = {
	    "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "DEBUG", NULL};
	struct suggestion near = suggest_begin(slice_trim(t->text));

	suggest_offer_words(&near, words);
	return load_fatal(l, traced_at(t),
	    "Invalid log level %s; it is one of CRITICAL, ERROR, WARNING, NOTICE, INFO, DEBUG%s",
	    load_repr(l, t->text), suggest_text(l, &near));
}

static int
server_row(struct load *l, const struct config_request *req, const struct scope *scope,
    const struct option_row *row, struct config *c, struct stream *out)
{
	struct slice given = {0};
	struct traced t;
	int r;

	if (!server_base(req, row->name, &given) && req->without_stream)
		return 0;
	r = server_option(l, scope, row->name, given, &t);
	if (r < 0 && (r != -ENOENT || scope->section != NULL))
		return r == -ENOENT ? 0 : r;
	/* Without a [Definition] fail2ban names this option too, as one without a value. */
	if (r == -ENOENT && row->initial != NULL && row->initial[0] == '\0')
		return 0; /* one of ours, which a server of fail2ban would refuse */
	if (r == -ENOENT) {
		server_set(l, row->name, NULL, out);
		return 0;
	}
	/* fail2ban trims nothing here: a level on the line below its option is none. */
	if (strcmp(row->name, "loglevel") == 0 &&
	    (log_level_parse(t.text) < 0 || slice_trim(t.text).n < t.text.n))
		return invalid_level(l, &t);
	server_keep(c, row->name, t.text);
	if (row->use == USE_SET)
		server_set(l, row->name, compile_value(l, row, &t, SLICE("Definition")), out);
	return 0;
}

/* [Thread] stacksize: ['set', 'thread', {'stacksize': 64}] */
static int
server_thread(struct load *l, const struct sections *tree, struct stream *out)
{
	struct scope scope = {.tree = tree, .section = sections_find(tree, SLICE("Thread"))};
	struct value *map, *v;
	struct traced t;
	int r;

	OPTION_ROWS(row, OPTION_THREAD)
	{
		if (scope.section == NULL)
			break;
		r = scope_value(l, &scope, slice_cstr(row->name), &t);
		if (r == -ENOENT)
			continue;
		if (r < 0)
			return r;
		v = compile_value(l, row, &t, SLICE("Thread"));
		map = value_map(l->arena);
		value_put_cstr(l->arena, map, row->name, v != NULL ? v : value_nil(l->arena));
		server_set(l, row->command, map, out);
	}
	return 0;
}

static int
server_read(struct load *l, const struct config_request *req, struct config *c, struct stream *out)
{
	struct sections tree = {0};
	struct scope scope = {.tree = &tree};
	int failed = 0;

	l->header = "[Definition]";
	if (include_read(l, SLICE("fail2ban"), &tree) < 0) {
		if (!l->fatal)
			(void)load_fatal(
			    l, (struct place){0}, "Read fail2ban configuration failed.");
		return -EINVAL;
	}
	scope.section = sections_find(&tree, SLICE("Definition"));
	if (req->lint != NULL)
		req->lint->server(l, &tree);
	failed |= server_thread(l, &tree, out);
	OPTION_ROWS(row, OPTION_SERVER)
	failed |= server_row(l, req, &scope, row, c, out);
	return failed != 0 || (l->strict && l->wrong_numbers.count > 0) ? -EINVAL : 0;
}

/* How a run over the jails went. */
struct jails {
	const struct config_request *req;
	struct lint_jails lint;
	struct stream commands, starts;
	size_t good, bad, logless;
};

static void
jail_bad(struct load *l, struct jails *all, const struct jail_config *j)
{
	(void)load_error(l, "jailsreader", j->scope.section->at, "Errors in jail '%s'.%s",
	    load_quote(l, j->name), all->req->all_or_nothing ? "" : " Skipping...");
	value_add(l->arena, l->skipped, value_text_lent(l->arena, j->name));
	all->bad++;
	compile_problem(l, j, &all->commands);
}

static void
jail_start(struct load *l, struct jails *all, const struct jail_config *j)
{
	struct value *start = value_list(l->arena);

	value_add(l->arena, start, value_cstr(l->arena, "start"));
	value_add(l->arena, start, compile_text(l, j->name, j->scope.section->at));
	stream_insert(l->arena, &all->starts, all->starts.count, start);
	all->good++;
}

/* The commands of a good jail. Where one of them would be refused, none of them stay. */
static int
jail_compile(struct load *l, struct jails *all, struct jail_config *j, struct value *files)
{
	size_t commands = all->commands.count, wrong = l->wrong_numbers.count;
	int r = compile_jail(l, j, files, &all->commands);

	if (r < 0 || !l->strict || l->wrong_numbers.count == wrong)
		return r;
	all->commands.count = commands;
	j->problem = arena_printf(l->arena, "%s is not a whole number", l->wrong_numbers.option);
	l->refused_count++;
	return 0;
}

/* A jail that was read; as with fail2ban, the tags of one without logs may be wrong. */
static int
jail_add(struct load *l, struct jails *all, struct jail_config *j)
{
	struct value *files = value_list(l->arena);
	int logs = logpath_find(l, all->req, j, files), r = logs;

	/* Doubts are about what regexes come to, also where the logs are a mistake. */
	if (logs > 0 || all->req->lint != NULL)
		r = jail_replace(l, j);
	if (logs < 0)
		r = logs;
	if (all->req->lint != NULL)
		all->req->lint->jail(l, &all->lint, j);
	if (r < 0)
		return r;
	if (j->problem.p != NULL) {
		l->refused_count++;
		jail_bad(l, all, j);
		return 0;
	}
	if (logs == 0) {
		compile_no_logs(l, j, &all->commands);
		all->good++;
		all->logless++;
		return 0;
	}
	r = jail_compile(l, all, j, files);
	if (r == 0 && j->problem.p == NULL)
		jail_start(l, all, j);
	else if (r == 0)
		jail_bad(l, all, j);
	return r;
}

static int
jail_load(struct load *l, struct jails *all, const struct sections *tree, struct section *s)
{
	struct jail_config j;
	int r = jail_read(l, tree, s, &j);

	if (r < 0 || !j.enabled)
		return r;
	if (j.problem.p == NULL)
		return jail_add(l, all, &j);
	jail_bad(l, all, &j);
	return 0;
}

static int
jails_read(struct load *l, struct jails *all)
{
	struct sections tree;
	bool seen = false;
	int r, failed = 0;

	l->overrides.collected = l->lint;
	r = jail_tree(l, &tree);
	l->overrides.collected = false;
	if (r < 0) {
		if (!l->fatal)
			(void)load_fatal(l, (struct place){0}, "Read jails configuration failed.");
		return -EINVAL;
	}
	if (all->req->lint != NULL)
		all->req->lint->sections(l, &tree);
	for (size_t i = 0; i < tree.count; i++) {
		struct section *s = tree.v[i];

		if (slice_eq(s->name, SLICE("INCLUDES")) ||
		    (all->req->jail.p != NULL && !slice_eq(s->name, all->req->jail)))
			continue;
		seen = true;
		if (jail_load(l, all, &tree, s) < 0)
			failed = -EINVAL;
	}
	if (all->req->lint != NULL && failed == 0 && all->good == 0 && all->bad == 0)
		load_note(l, DIAG_WARNING, "", (struct place){0},
		    "no jail is enabled; write enabled = true below the name of one, in "
		    "jail.local");
	if (all->req->jail.p != NULL && !seen)
		return load_fatal(
		    l, (struct place){0}, "No section: '%s'", load_quote(l, all->req->jail));
	return failed;
}

static void
add_all(struct config *c, const struct stream *s)
{
	for (size_t i = 0; i < s->count; i++)
		value_add(&c->arena, c->commands, s->v[i]);
}

static int
load_all(struct load *l, const struct config_request *req, struct config *c)
{
	struct jails all = {.req = req};
	struct stream global = {0};
	struct stat st;
	int r;

	if (stat(req->dir, &st) < 0)
		return load_fatal(l, (struct place){0},
		    "Base configuration directory %.*s does not exist ", SLICE_ARG(l->dir));
	if (server_read(l, req, c, &global) < 0)
		return -EINVAL;
	if (req->without_stream)
		return 0;
	l->during = LOAD_DURING;
	l->verbose = req->verbose;
	all.lint.purge = c->dbpurgeage;
	r = jails_read(l, &all);
	if (req->lint != NULL)
		req->lint->jails_done(&all.lint);
	/* Who looks for mistakes wants to see the commands of the other jails, too. */
	if (r < 0 && req->lint == NULL)
		return -EINVAL;
	c->commands = value_list(&c->arena);
	add_all(c, &global);
	add_all(c, &all.commands);
	add_all(c, &all.starts);
	c->jail_count = all.starts.count;
	c->logless_count = all.logless;
	if (all.bad > 0 && req->all_or_nothing && !req->without_logs)
		return -EINVAL;
	return all.bad > 0 && all.good == 0 && !req->without_logs && req->lint == NULL ? -EINVAL : 0;
}

int
config_load(struct config **out, const struct config_request *req, struct diag_sink *sink)
{
	struct config *c = MEM_NEW(struct config);
	struct load_cache cache = {0};
	struct load l = {
	    .arena = &c->arena,
	    .cache = &cache,
	    .sink = sink,
	    .strict = req->strict,
	    .lint = req->lint != NULL,
	    .verbose = req->verbose && req->without_stream,
	    .thorough = req->strict || req->all_or_nothing || req->lint != NULL,
	    .during = SLICE(""),
	};
	int r;

	arena_init(&c->arena);
	l.dir = arena_copy(&c->arena, slice_cstr(req->dir));
	l.extras = c->extras = value_list(&c->arena);
	l.skipped = c->skipped = value_list(&c->arena);
	r = load_all(&l, req, c);
	load_cache_done(&cache);
	if (r == 0 && l.fatal && req->lint == NULL)
		r = -EINVAL;
	if (r < 0) {
		config_free(c);
		return r;
	}
	c->refused_count = l.refused_count;
	*out = c;
	return 0;
}

void
config_free(struct config *c)
{
	if (c == NULL)
		return;
	arena_done(&c->arena);
	mem_free(c);
}
