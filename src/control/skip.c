#include "control/skip.h"

#include "control/check.h"
#include "util/escape.h"
#include "util/list.h"
#include "util/shared.h"
#include "util/table.h"

#include <errno.h>

/* Hands on what is told, and keeps the first mistake. */
struct first_told {
	struct diag_sink sink, *to;
	struct diag first;
};

struct skip {
	struct config *config;
	const struct value *allowed;
	struct diag_sink *sink;
	struct value *kept;
	struct table right; /* jails by name */
	bool failed;
};

static void
take_first(struct diag_sink *sink, enum diag_level level, const char *module, const struct diag *d)
{
	struct first_told *t = LIST_ITEM(sink, struct first_told, sink);

	if (level == DIAG_ERROR && !t->first.set)
		t->first = *d;
	t->to->take(t->to, level, module, d);
}

/* In the log it is one line among others. */
static const char *
one_line(const struct diag *d, char *out, size_t size)
{
	(void)diag_format(d, out, size);
	for (char *p = out; *p != '\0'; p++)
		if (*p == '\n')
			*p = ' ';
	return out;
}

static bool
may_skip(const struct skip *s, const struct value *name)
{
	if (s->allowed == NULL)
		return true;
	for (size_t i = 0; i < value_count(s->allowed); i++)
		if (value_is_text(value_at(s->allowed, i), name->text))
			return true;
	return false;
}

static void
skip_jail(struct skip *s, struct value *name, const struct diag *d)
{
	struct arena *a = &s->config->arena;
	struct value *c;
	char text[2600];
	struct buf shown;

	if (!may_skip(s, name)) {
		s->failed = true;
		return;
	}
	c = value_list(a);
	buf_init(&shown, 4096);
	escape_format(&shown, slice_upto(name->text, 500));
	diag_send(s->sink, DIAG_ERROR, "jailsreader", value_place(name),
	    "Errors in jail '%s'. Skipping...", buf_cstr(&shown));
	value_add(a, c, value_cstr(a, "config-error"));
	value_add(a, c,
	    value_printf(a, "Jail '%s' skipped, because of wrong configuration: %s",
		buf_cstr(&shown), one_line(d, text, sizeof(text))));
	buf_done(&shown);
	value_add(a, s->kept, c);
	value_add(a, s->config->skipped, name);
	s->config->refused_count++;
}

/* Of a command whose second word is the jail that it is for. */
static bool
of_right_jail(struct skip *s, const struct value *command)
{
	return table_get(&s->right, value_at(command, 1)->text) != NULL;
}

static void
keep_part(struct skip *s, struct value *part)
{
	struct value *first = value_at(part, 0);

	for (size_t i = 0; i < value_count(part); i++)
		value_add(&s->config->arena, s->kept, value_at(part, i));
	if (value_is_text(value_at(first, 0), SLICE("add")))
		(void)table_put(&s->right, value_at(first, 1)->text, first); /* added once */
}

/*
 * Commands that belong together: those of one jail, from its "add" on, or those of none; of those
 * that start a jail each is alone.
 */
static void
try_part(struct skip *s, struct value *part)
{
	struct first_told told = {.sink = {take_first}, .to = s->sink};
	struct value *first = value_at(part, 0);

	if (value_is_text(value_at(first, 0), SLICE("start"))) {
		if (of_right_jail(s, first))
			keep_part(s, part);
		else
			s->config->jail_count--;
		return;
	}
	diag_init(&told.first);
	if (command_check(part, &told.sink) == 0)
		keep_part(s, part);
	else if (value_is_text(value_at(first, 0), SLICE("add")))
		skip_jail(s, value_at(first, 1), &told.first);
	else
		s->failed = true;
}

/* Whether a part ends before this command. */
static bool
starts_part(const struct value *command)
{
	const struct value *verb = value_at(command, 0);

	return value_is_text(verb, SLICE("add")) || value_is_text(verb, SLICE("config-error")) ||
	    value_is_text(verb, SLICE("start"));
}

static void
try_parts(struct skip *s)
{
	struct arena *a = &s->config->arena;
	struct value *part = value_list(a);

	for (size_t i = 0; i < value_count(s->config->commands); i++) {
		struct value *command = value_at(s->config->commands, i);

		if (starts_part(command)) {
			try_part(s, part);
			part = value_list(a);
		}
		value_add(a, part, command);
	}
	try_part(s, part);
}

/* What the server is asked for before the next reload. */
static struct value *
skipped_told(struct skip *s)
{
	struct arena *a = &s->config->arena;
	struct value *c = value_list(a);

	value_add(a, c, value_cstr(a, "set"));
	value_add(a, c, value_cstr(a, "skippedjails"));
	for (size_t i = 0; i < value_count(s->config->skipped); i++)
		value_add(a, c, value_at(s->config->skipped, i));
	return c;
}

static struct value *
extras_left(struct skip *s)
{
	struct value *left = value_list(&s->config->arena);

	for (size_t i = 0; i < value_count(s->config->extras); i++) {
		struct value *command = value_at(s->config->extras, i);

		if (of_right_jail(s, command))
			value_add(&s->config->arena, left, command);
	}
	if (value_count(s->config->skipped) > 0 || value_count(s->allowed) > 0)
		value_add(&s->config->arena, left, skipped_told(s));
	return left;
}

int
skip_wrong_jails(struct config *c, const struct value *allowed, struct diag_sink *sink)
{
	struct skip s = {.config = c, .allowed = allowed, .sink = sink, .kept = value_list(&c->arena)};

	for (size_t i = 0; i < value_count(c->skipped); i++)
		s.failed |= !may_skip(&s, value_at(c->skipped, i));
	table_init(&s.right);
	shared_hold();
	try_parts(&s);
	shared_release();
	c->commands = s.kept;
	c->extras = extras_left(&s);
	table_done(&s.right);
	if (s.failed)
		return -EINVAL;
	return value_count(c->skipped) > 0 && c->jail_count + c->logless_count == 0 ? -EINVAL : 0;
}
