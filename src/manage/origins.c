#include "manage/origins.h"

#include "config/origin.h"
#include "util/escape.h"
#include "value/value_json.h"
#include "value/value_yaml.h"

#include <errno.h>
#include <stdio.h>

#define OUTPUT_MAX ((size_t)64 * 1024 * 1024)
#define WRITTEN_MAX ((size_t)100) /* bytes shown of what is written in a file */

struct command {
	const char *dir;
	struct slice jail, option; /* .p NULL: not given */
	enum cmdline_form form;
};

static int
take_words(struct command *cmd, char **words, int count)
{
	for (int i = 0; i < count; i++) {
		if (strcmp(words[i], "--json") == 0)
			cmd->form = CMDLINE_JSON;
		else if (strcmp(words[i], "--yaml") == 0)
			cmd->form = CMDLINE_YAML;
		else if (strcmp(words[i], "-c") == 0 && i + 1 < count)
			cmd->dir = words[++i];
		else if (words[i][0] == '-')
			return -EINVAL;
		else if (cmd->jail.p == NULL)
			cmd->jail = slice_cstr(words[i]);
		else if (cmd->option.p == NULL)
			cmd->option = slice_cstr(words[i]);
		else
			return -EINVAL;
	}
	return cmd->jail.p != NULL ? 0 : -EINVAL;
}

/* ---- for people ---- */

static void
add_lines(struct buf *out, struct slice text, size_t indent)
{
	struct slice line;

	for (bool first = true; slice_next(&text, '\n', &line); first = false) {
		if (!first)
			buf_printf(out, "\n%*s", (int)indent, "");
		escape_format(out, line);
	}
}

/* The place, and what stands there unless it is the value itself. */
static void
add_place(struct buf *out, const struct origin_place *p, const struct slice *value)
{
	struct place at = traced_at(p->written);
	struct slice text = p->written->text, rest = text, line = SLICE_EMPTY;

	if (at.file != NULL)
		buf_printf(out, "%s:%u:%u", at.file, at.line, at.column);
	if (p->from == ORIGIN_DEFAULT)
		buf_add_cstr(out, " [DEFAULT]");
	if (value != NULL && slice_eq(*value, text))
		return;
	(void)slice_next(&rest, '\n', &line); /* an empty text has an empty line */
	buf_add_cstr(out, ": ");
	escape_format(out, slice_upto(line, WRITTEN_MAX));
	if (line.n > WRITTEN_MAX || line.n < text.n)
		buf_add_cstr(out, " ...");
}

static void
add_origin(struct buf *out, const struct origin *o)
{
	escape_format(out, o->name);
	buf_add_cstr(out, " = ");
	add_lines(out, o->value, o->name.n + 3);
	buf_add_cstr(out, "\n    ");
	if (o->place.written == NULL)
		buf_add_cstr(out, "built in");
	else
		add_place(out, &o->place, &o->value);
	if (o->wrong)
		buf_add_cstr(out, " (wrong, see f2b-client check)");
	for (size_t i = 0; i < o->before_count; i++) {
		buf_add_cstr(out, "\n    not ");
		add_place(out, &o->before[i], NULL);
	}
	buf_add_char(out, '\n');
}

static void
add_all(struct buf *out, const struct origins *all)
{
	buf_add_char(out, '[');
	escape_format(out, all->jail);
	buf_printf(out, "] is %s: %s:%u\n", all->enabled ? "enabled" : "not enabled", all->at.file,
	    all->at.line);
	for (size_t i = 0; i < all->count; i++)
		add_origin(out, &all->v[i]);
}

/* ---- for programs ---- */

static void
put_place(struct arena *a, struct value *map, struct place at)
{
	value_put_cstr(a, map, "file", at.file != NULL ? value_cstr(a, at.file) : value_nil(a));
	value_put_cstr(a, map, "line", at.line > 0 ? value_int(a, at.line) : value_nil(a));
	value_put_cstr(a, map, "column", at.column > 0 ? value_int(a, at.column) : value_nil(a));
}

static void
put_origin_place(struct arena *a, struct value *map, const struct origin_place *p)
{
	static const char *const from[] = {
	    [ORIGIN_JAIL] = "jail",
	    [ORIGIN_DEFAULT] = "default",
	    [ORIGIN_FILTER] = "filter",
	    [ORIGIN_GIVEN] = "given",
	    [ORIGIN_ACTION] = "action",
	    [ORIGIN_BUILTIN] = "built-in",
	};

	value_put_cstr(a, map, "from", value_cstr(a, from[p->from]));
	put_place(a, map, p->written != NULL ? traced_at(p->written) : (struct place){0});
	value_put_cstr(a, map, "written",
	    p->written != NULL ? value_text_lent(a, p->written->text) : value_nil(a));
}

static struct value *
origin_value(struct arena *a, const struct origin *o)
{
	struct value *map = value_map(a), *before = value_list(a);

	value_put_cstr(a, map, "name", value_text_lent(a, o->name));
	value_put_cstr(a, map, "value", o->wrong ? value_nil(a) : value_text_lent(a, o->value));
	put_origin_place(a, map, &o->place);
	for (size_t i = 0; i < o->before_count; i++) {
		struct value *one = value_map(a);

		put_origin_place(a, one, &o->before[i]);
		value_add(a, before, one);
	}
	value_put_cstr(a, map, "overrides", before);
	return map;
}

static struct value *
all_value(struct arena *a, const struct origins *all)
{
	struct value *map = value_map(a), *list = value_list(a);

	value_put_cstr(a, map, "version", value_int(a, ORIGINS_VERSION));
	value_put_cstr(a, map, "jail", value_text_lent(a, all->jail));
	value_put_cstr(a, map, "enabled", value_bool(a, all->enabled));
	put_place(a, map, all->at);
	for (size_t i = 0; i < all->count; i++)
		value_add(a, list, origin_value(a, &all->v[i]));
	value_put_cstr(a, map, "options", list);
	return map;
}

/* ---- the command ---- */

static int
print(struct arena *a, const struct origins *all, enum cmdline_form form)
{
	struct buf out;
	int r = 0;

	buf_init(&out, OUTPUT_MAX);
	if (form == CMDLINE_PRETTY)
		add_all(&out, all);
	else if (form == CMDLINE_YAML)
		r = value_yaml_format(&out, all_value(a, all));
	else {
		r = value_json_format(&out, all_value(a, all), 2);
		buf_add_char(&out, '\n');
	}
	if (r == 0 && !buf_refused(&out))
		(void)fwrite(buf_cstr(&out), 1, out.n, stdout);
	else
		printf("ERROR: explain: there is more than can be printed; name one option\n");
	r = r < 0 || buf_refused(&out) ? CMDLINE_FAILED : 0;
	buf_done(&out);
	return r;
}

static int
explain(struct load *l, const struct command *cmd)
{
	struct slice option = cmd->option;
	struct origins all;
	int r;

	r = origin_find(l, cmd->jail, option, &all);
	if (r == 0 && (option.p == NULL || all.count > 0))
		return print(l->arena, &all, cmd->form);
	if (r == 0)
		printf("ERROR: explain: nothing sets '%s'\n", load_quote(l, option));
	return CMDLINE_FAILED;
}

int
origins_run(const struct cmdline *c)
{
	struct command cmd = {.dir = c->config_dir, .form = c->form};
	struct load_cache cache = {0};
	struct arena a = {0};
	struct load l = {.arena = &a, .cache = &cache, .sink = cmdline_sink(), .during = SLICE("")};
	int status;

	if (take_words(&cmd, c->words + 1, c->word_count - 1) < 0) {
		printf("ERROR: explain: expected [-c DIR] JAIL [OPTION | ACTION[/OPTION]] [--json | --yaml]\n");
		return CMDLINE_FAILED;
	}
	l.dir = slice_cstr(cmd.dir);
	status = explain(&l, &cmd);
	load_cache_done(&cache);
	arena_done(&a);
	return status;
}
