#include "manage/simulate.h"

#include "action/exec.h"
#include "action/script.h"
#include "control/command.h"
#include "control/verdict.h"
#include "store/row.h"
#include "util/escape.h"
#include "util/mem.h"
#include "value/value_json.h"
#include "value/value_yaml.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>

#define OUTPUT_MAX ((size_t)256 * 1024 * 1024)
#define TICKETS_MAX 10000
#define EVENTS_MAX 100
#define FAILING_MAX 32
#define MATCHES_MAX 1000

struct simulate {
	const char *dir, *tickets_file;
	struct slice jail; /* empty: all */
	enum cmdline_form form;
	struct slice id;
	char **captures;
	int capture_count;
	enum action_call events[EVENTS_MAX];
	size_t event_count;
	struct slice failing[FAILING_MAX];
	size_t failing_count;
	bool failed[FAILING_MAX]; /* of the jail that is looked at */

	struct ticket *tickets[TICKETS_MAX];
	size_t ticket_count;
	struct arena *arena;
	struct value *steps; /* for programs */
};

static const struct {
	const char *name;
	enum action_call call;
} event_names[] = {
    {"start", ACTION_START},
    {"ban", ACTION_BAN},
    {"prolong", ACTION_PROLONG},
    {"reban", ACTION_REBAN},
    {"unban", ACTION_UNBAN},
    {"flush", ACTION_FLUSH},
    {"reload", ACTION_RELOAD},
    {"stop", ACTION_STOP},
};

/* Arguments. */

static int
usage(const char *text)
{
	printf("ERROR: simulate: %s; expected [-c DIR] [--events LIST] [--failing LIST] [--json | --yaml] "
	       "JAIL ID [NAME=VALUE]..., or --tickets FILE in place of ID\n",
	    text);
	return -EINVAL;
}

static int
take_events(struct simulate *s, const char *list)
{
	struct slice rest = slice_cstr(list), word;

	s->event_count = 0;
	while (slice_next(&rest, ',', &word)) {
		size_t i = 0, n = sizeof(event_names) / sizeof(event_names[0]);

		while (i < n && !slice_eq(word, slice_cstr(event_names[i].name)))
			i++;
		if (i == n || s->event_count == EVENTS_MAX)
			return usage(
			    "--events takes start, ban, prolong, reban, unban, flush, reload "
			    "and stop, separated by commas");
		s->events[s->event_count++] = event_names[i].call;
	}
	return 0;
}

static int
take_failing(struct simulate *s, const char *list)
{
	struct slice rest = slice_cstr(list), word;

	while (slice_next(&rest, ',', &word)) {
		if (s->failing_count == FAILING_MAX)
			return usage("--failing has too many properties");
		s->failing[s->failing_count++] = word;
	}
	return 0;
}

static int
take_option(struct simulate *s, const char *name, const char *value)
{
	if (value == NULL)
		return usage("an option is unknown, or its value is missing");
	if (strcmp(name, "-c") == 0)
		s->dir = value;
	else if (strcmp(name, "--tickets") == 0)
		s->tickets_file = value;
	else if (strcmp(name, "--events") == 0)
		return take_events(s, value);
	else if (strcmp(name, "--failing") == 0)
		return take_failing(s, value);
	else
		return usage("an option is unknown");
	return 0;
}

static int
take_words(struct simulate *s, char **words, int count)
{
	bool jail = false;
	int i;

	for (i = 0; i < count; i++) {
		if (strcmp(words[i], "--json") == 0) {
			s->form = CMDLINE_JSON;
		} else if (strcmp(words[i], "--yaml") == 0) {
			s->form = CMDLINE_YAML;
		} else if (strcmp(words[i], "--all") == 0) {
			jail = true;
		} else if (words[i][0] == '-') {
			if (take_option(s, words[i], i + 1 < count ? words[i + 1] : NULL) < 0)
				return -EINVAL;
			i++;
		} else if (!jail) {
			s->jail = slice_cstr(words[i]);
			jail = true;
		} else {
			break;
		}
	}
	if (!jail)
		return usage("no jail is named");
	if ((i < count) == (s->tickets_file != NULL))
		return usage(i < count ? "ID beside --tickets" : "nobody to be banned is named");
	if (i < count)
		s->id = slice_cstr(words[i++]);
	s->captures = words + i;
	s->capture_count = count - i;
	return 0;
}

/* Tickets. */

static int
take_capture(struct ticket *t, struct slice word)
{
	ptrdiff_t equals = slice_find_char(word, '=', 0);
	struct slice name, value;
	int64_t number;

	if (equals <= 0)
		return usage("what follows ID has the form NAME=VALUE");
	name = slice_upto(word, (size_t)equals);
	value = slice_from(word, (size_t)equals + 1);
	if (slice_eq(name, SLICE("matches"))) {
		ticket_add_match(t, value, MATCHES_MAX);
	} else if (slice_eq(name, SLICE("failures")) || slice_eq(name, SLICE("bancount"))) {
		if (slice_i64(value, 0, INT32_MAX, &number) < 0)
			return usage("failures and bancount are whole numbers");
		*(slice_eq(name, SLICE("failures")) ? &t->failures : &t->bancount) =
		    (unsigned)number;
	} else {
		ticket_set_attr(t, name, value);
	}
	return 0;
}

static int
take_id(struct simulate *s)
{
	struct ticket *t = verdict_ticket(s->id, time_now());

	s->tickets[s->ticket_count++] = t;
	t->failures = 1;
	t->bancount = 1;
	for (int i = 0; i < s->capture_count; i++)
		if (take_capture(t, slice_cstr(s->captures[i])) < 0)
			return -EINVAL;
	return 0;
}

static struct ticket *
ticket_of_json(const json_t *row)
{
	const json_t *ip = json_object_get(row, "ip"), *when = json_object_get(row, "timeofban");
	const json_t *bantime = json_object_get(row, "bantime");
	char *data = json_dumps(json_object_get(row, "data"), JSON_COMPACT);
	struct slice id = slice_of(json_string_value(ip), json_string_length(ip));
	struct instant at = {(int64_t)(json_number_value(when) * (double)US_PER_S)};
	struct ticket *t;

	t = row_ticket(id, when != NULL ? at : time_now(), slice_cstr(data != NULL ? data : "{}"),
	    MATCHES_MAX);
	free(data);
	(void)addr_parse(ticket_ip(t), &t->addr);
	t->has_bantime = json_is_number(bantime);
	t->bantime_s = json_number_value(bantime);
	t->bancount = (unsigned)json_integer_value(json_object_get(row, "bancount"));
	t->restored = json_is_true(json_object_get(row, "restored"));
	return t;
}

static int
take_tickets(struct simulate *s)
{
	FILE *f = fopen(s->tickets_file, "r");
	json_error_t error;
	json_t *row;
	int r = 0;

	if (f == NULL) {
		printf("ERROR: %s: %s\n", s->tickets_file, uv_strerror(-errno));
		return -ENOENT;
	}
	while (r == 0 &&
	       (row = json_loadf(f, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &error)) != NULL) {
		if (!json_is_string(json_object_get(row, "ip")) || s->ticket_count == TICKETS_MAX)
			r = usage("each line of FILE is an object with \"ip\"");
		else
			s->tickets[s->ticket_count++] = ticket_of_json(row);
		json_decref(row);
	}
	if (r == 0 && !feof(f)) {
		printf("ERROR: %s: %s\n", s->tickets_file, error.text);
		r = -EINVAL;
	}
	(void)fclose(f);
	return r;
}

/* Output. */

static void
print_step(const struct action_step *step)
{
	struct buf out;

	buf_init(&out, OUTPUT_MAX);
	buf_add_char(&out, '[');
	escape_format(&out, step->jail);
	buf_add_cstr(&out, "] ");
	escape_format(&out, step->action);
	buf_add_char(&out, ' ');
	escape_format(&out, step->property);
	if (step->family.n > 0)
		buf_printf(&out, " (%.*s)", SLICE_ARG(step->family));
	if (step->module.n > 0) {
		buf_add_cstr(&out, ": done by the module ");
		escape_format(&out, step->module);
	} else if (step->count > 0) {
		buf_add_cstr(&out, "\n    sh -c ");
		exec_format(&out, step->script, step->values, step->count);
	} else {
		struct slice rest = step->script, line;

		while (slice_next(&rest, '\n', &line)) {
			buf_add_cstr(&out, "\n    ");
			escape_format(&out, line);
		}
	}
	buf_add_char(&out, '\n');
	(void)fwrite(buf_cstr(&out), 1, out.n, stdout);
	buf_done(&out);
}

static void
add_step(struct simulate *s, const struct action_step *step)
{
	struct arena *a = s->arena;
	struct value *map = value_map(a), *values = value_list(a);

	for (size_t i = 0; i < step->count; i++)
		(void)value_add(a, values, value_text(a, step->values[i]));
	value_put_cstr(a, map, "jail", value_text(a, step->jail));
	value_put_cstr(a, map, "action", value_text(a, step->action));
	value_put_cstr(a, map, "property", value_text(a, step->property));
	value_put_cstr(a, map, "family", value_text(a, step->family));
	if (step->module.n > 0)
		value_put_cstr(a, map, "module", value_text(a, step->module));
	value_put_cstr(a, map, "script", value_text(a, step->script));
	value_put_cstr(a, map, "values", values);
	(void)value_add(a, s->steps, map);
}

static bool
step_told(void *arg, const struct action_step *step)
{
	struct simulate *s = arg;

	if (s->form != CMDLINE_PRETTY)
		add_step(s, step);
	else
		print_step(step);
	for (size_t i = 0; i < s->failing_count; i++)
		if (slice_eq(s->failing[i], step->property) && !s->failed[i]) {
			s->failed[i] = true;
			return false;
		}
	return true;
}

/* Jails: those of the configuration, with no more of them than their actions. */

static bool
wanted(const struct simulate *s, const struct value *command)
{
	static const char *const options[] = {"bantime", "addaction", "action"};
	const struct value *verb = value_at(command, 0), *jail = value_at(command, 1);

	if (jail == NULL || jail->kind != VALUE_TEXT ||
	    (s->jail.p != NULL && !slice_eq(jail->text, s->jail)))
		return false;
	if (value_is_text(verb, SLICE("add")))
		return true;
	if (!value_is_text(verb, SLICE("set")) && !value_is_text(verb, SLICE("multi-set")))
		return false;
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (value_is_text(value_at(command, 2), slice_cstr(options[i])))
			return true;
	return false;
}

static struct value *
wanted_commands(const struct simulate *s, const struct config *config)
{
	struct value *out = value_list(s->arena);

	for (size_t i = 0; i < value_count(config->commands); i++)
		if (wanted(s, value_at(config->commands, i)))
			(void)value_add(
			    s->arena, out, value_copy(s->arena, value_at(config->commands, i)));
	return out;
}

static void
settle_actions(struct guard *g)
{
	while (action_pending(g->actions) > 0)
		(void)uv_run(g->monitor->loop, UV_RUN_ONCE);
}

static void
ban(struct guard *g, struct ticket *t)
{
	unsigned count = t->bancount;

	(void)ban_add(g->bans, t, t->when);
	t->bancount = count; /* it is the ticket's own here */
	action_ban(g->actions, t);
}

static void
unban(struct guard *g, struct ticket *t)
{
	ticket_unref(ban_take(g->bans, ticket_id(t)));
	action_unban(g->actions, t);
}

static void
for_ticket(struct guard *g, enum action_call call, struct ticket *t)
{
	switch (call) {
	case ACTION_BAN:
		ban(g, t);
		break;
	case ACTION_UNBAN:
		unban(g, t);
		break;
	case ACTION_REBAN:
		action_reban(g->actions, t);
		break;
	default:
		action_prolong(g->actions, t);
		break;
	}
	settle_actions(g);
}

static void
reload(const struct guard *g)
{
	for (size_t i = 0; i < action_count(g->actions); i++)
		(void)action_call(g->actions, action_name(g->actions, i), ACTION_RELOAD, NULL);
}

/* A ticket is in one table at a time. */
static void
forget_bans(const struct simulate *s, struct guard *g)
{
	for (size_t i = 0; i < s->ticket_count; i++)
		ticket_unref(ban_take(g->bans, ticket_id(s->tickets[i])));
}

static void
simulate_event(struct simulate *s, struct guard *g, enum action_call call)
{
	switch (call) {
	case ACTION_START:
		action_start(g->actions);
		break;
	case ACTION_FLUSH:
		forget_bans(s, g);
		action_flush(g->actions, s->tickets, s->ticket_count, false);
		break;
	case ACTION_RELOAD:
		reload(g);
		break;
	case ACTION_STOP:
		action_stop(g->actions, NULL, NULL);
		break;
	default:
		for (size_t i = 0; i < s->ticket_count; i++)
			for_ticket(g, call, s->tickets[i]);
		break;
	}
	settle_actions(g);
}

static void
simulate_jail(struct simulate *s, struct guard *g)
{
	memset(s->failed, 0, sizeof(s->failed));
	for (size_t i = 0; i < s->event_count; i++)
		simulate_event(s, g, s->events[i]);
	forget_bans(s, g);
}

static int
simulate_jails(struct simulate *s, struct monitor *m, const struct value *commands)
{
	struct value *error = command_stream(m, s->arena, commands, false);
	struct buf text;

	if (error != NULL) {
		buf_init(&text, OUTPUT_MAX);
		(void)value_json_format(&text, error, 0);
		printf("ERROR: %s\n", buf_cstr(&text));
		buf_done(&text);
		return CMDLINE_FAILED;
	}
	LIST_EACH(link, &m->guards)
	simulate_jail(s, LIST_ITEM(link, struct guard, link));
	return 0;
}

static int
simulate_config(struct simulate *s, const struct config *config)
{
	struct value *commands = wanted_commands(s, config);
	struct monitor *m;
	uv_loop_t loop;
	int status;

	if (value_count(commands) == 0) {
		printf("ERROR: simulate: no jail '%.*s' is enabled in %s\n", SLICE_ARG(s->jail),
		    s->dir);
		return CMDLINE_FAILED;
	}
	(void)uv_loop_init(&loop);
	m = monitor_new(&loop);
	script_simulate(step_told, s);
	status = simulate_jails(s, m, commands);
	LIST_EACH(link, &m->guards)
	{
		struct guard *g = LIST_ITEM(link, struct guard, link);

		list_remove(&g->link);
		guard_free(g);
	}
	monitor_free(m);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	(void)uv_loop_close(&loop);
	return status;
}

static void
print_for_programs(const struct simulate *s)
{
	struct buf out;

	buf_init(&out, OUTPUT_MAX);
	if (s->form == CMDLINE_YAML) {
		(void)value_yaml_format(&out, s->steps);
	} else {
		(void)value_json_format(&out, s->steps, 2);
		buf_add_char(&out, '\n');
	}
	(void)fwrite(buf_cstr(&out), 1, out.n, stdout);
	buf_done(&out);
}

static int
simulate_all(struct simulate *s, const struct cmdline *c)
{
	struct config_request request;
	struct config *config;
	int status;

	if ((s->tickets_file != NULL ? take_tickets(s) : take_id(s)) < 0)
		return CMDLINE_FAILED;
	cmdline_config_request(c, &request);
	request.dir = s->dir;
	request.jail = s->jail;
	request.without_logs = true;
	if (config_load(&config, &request, cmdline_sink()) < 0)
		return CMDLINE_FAILED;
	status = simulate_config(s, config);
	if (status == 0 && s->form != CMDLINE_PRETTY)
		print_for_programs(s);
	config_free(config);
	return status;
}

int
simulate_run(const struct cmdline *c)
{
	struct simulate *s = MEM_NEW(struct simulate);
	struct arena arena;
	int status = CMDLINE_FAILED;

	arena_init(&arena);
	s->dir = c->config_dir;
	s->arena = &arena;
	s->form = c->form;
	s->steps = value_list(&arena);
	(void)take_events(s, "start,ban,unban,stop");
	if (take_words(s, c->words + 1, c->word_count - 1) == 0)
		status = simulate_all(s, c);
	for (size_t i = 0; i < s->ticket_count; i++)
		ticket_unref(s->tickets[i]);
	mem_free(s);
	arena_done(&arena);
	return status;
}
