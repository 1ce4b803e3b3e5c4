#include "config/compile.h"

#include "config/duration.h"
#include "config/text.h"
#include "util/escape.h"

#include <errno.h>

void
stream_insert(struct arena *a, struct stream *s, size_t at, struct value *command)
{
	s->v = arena_room(a, s->v, s->count, &s->cap, sizeof(*s->v), 32);
	memmove(s->v + at + 1, s->v + at, (s->count - at) * sizeof(struct value *));
	s->v[at] = command;
	s->count++;
}

static void
stream_add(struct load *l, struct stream *s, struct value *command)
{
	stream_insert(l->arena, s, s->count, command);
}

struct value *
compile_text(struct load *l, struct slice text, struct place at)
{
	struct value *v = value_text_lent(l->arena, text);
	struct place *p;

	if (at.file != NULL) {
		p = ARENA_NEW(l->arena, struct place);
		*p = at;
		v->at = p;
	}
	return v;
}

static struct value *
compile_traced(struct load *l, const struct traced *t)
{
	return compile_text(l, t->text, traced_at(t));
}

/*
 * Where it is a mistake that keeps a server from starting, it is told once, also if other options
 * take their value from this one; else as fail2ban does.
 */
static void
wrong_number(
    struct load *l, const struct option_row *row, const struct traced *t, struct slice section)
{
	struct place at = traced_at(t);
	/* Without this one there is a default. */
	bool needed = strcmp(row->name, "maxlines") != 0;

	if (needed) {
		l->wrong_numbers.count++;
		l->wrong_numbers.option = row->name;
	}
	if (l->strict || l->lint) {
		if (!place_same(&at, &l->wrong_numbers.told))
			load_note(l, needed ? DIAG_ERROR : DIAG_WARNING, "configreader", at,
			    "%s: %s is not a whole number; write one, as in %s = 5", row->name,
			    load_repr(l, t->text), row->name);
		l->wrong_numbers.told = at;
		return;
	}
	if (row->where == OPTION_FILTER && section.n == 0)
		load_doubt(l, "configreader", at,
		    "%s: %s is not a whole number. Wrong int value %s for '%s'. Using default one: "
		    "None",
		    row->name, load_repr(l, t->text), load_repr(l, t->text), row->name);
	else
		load_doubt(l, "configreader", at,
		    "%s: %s is not a whole number. Wrong value for '%s' in '%s'. Using default "
		    "one: 'None'",
		    row->name, load_repr(l, t->text), row->name, load_quote(l, section));
}

struct value *
compile_value(
    struct load *l, const struct option_row *row, const struct traced *t, struct slice section)
{
	struct value *v;
	int64_t number;

	if (row->kind == OPTION_TEXT)
		return compile_traced(l, t);
	if (row->kind == OPTION_BOOL)
		v = value_bool(l->arena, duration_truth(t->text));
	else if (text_int(t->text, &number) == 0)
		v = value_int(l->arena, number);
	else {
		wrong_number(l, row, t, section);
		return NULL;
	}
	v->at = compile_traced(l, t)->at;
	return v;
}

/* ['set', jail, word] */
static struct value *
command_for(struct load *l, const char *verb, const struct jail_config *j, const char *word)
{
	struct value *c = value_list(l->arena);

	value_add(l->arena, c, value_cstr(l->arena, verb));
	value_add(l->arena, c, compile_text(l, j->name, j->scope.section->at));
	if (word != NULL)
		value_add(l->arena, c, value_cstr(l->arena, word));
	return c;
}

static const char *
row_command(const struct option_row *row)
{
	return row->command != NULL ? row->command : row->name;
}

/* One command for a value of one line, one for all lines together, none for no line. */
static void
compile_lines(struct load *l, const struct jail_config *j, const struct option_row *row,
    const struct traced *t, struct stream *out)
{
	struct value *lines = value_list(l->arena), *c;
	struct slice rest = t->text, line;

	while (slice_next(&rest, '\n', &line))
		if (line.n > 0)
			value_add(l->arena, lines,
			    compile_text(
				l, line, traced_place(t, (size_t)(line.p - t->text.p), line.n)));
	if (value_count(lines) == 0)
		return;
	c = command_for(l, value_count(lines) > 1 ? "multi-set" : "set", j, row_command(row));
	value_add(l->arena, c, value_count(lines) > 1 ? lines : value_at(lines, 0));
	stream_add(l, out, c);
}

/* A list of addresses: words separated by white space and commas. */
static void
compile_words(struct load *l, const struct jail_config *j, const struct option_row *row,
    const struct traced *t, struct stream *out)
{
	struct value *c = command_for(l, "set", j, row_command(row));
	struct slice rest = t->text, word, piece;

	while (text_next_word(&rest, &word))
		while (slice_next(&word, ',', &piece))
			if (piece.n > 0)
				value_add(l->arena, c,
				    compile_text(l, piece,
					traced_place(t, (size_t)(piece.p - t->text.p), piece.n)));
	stream_add(l, out, c);
}

static int
compile_shell_line(struct load *l, const struct jail_config *j, const struct option_row *row,
    struct slice line, struct place at, struct stream *out)
{
	struct value *c = command_for(l, "set", j, row_command(row));
	char *word = arena_alloc(l->arena, line.n); /* all of them, one behind the other */
	size_t n;
	int r;

	for (;; word += n) {
		r = text_shell_word(&line, word, &n);
		if (r < 0)
			return load_fatal(l, at,
			    "No closing quotation: %s has a quote that is not closed, or ends in a "
			    "backslash",
			    row->name);
		if (r == 0)
			break;
		value_add(l->arena, c, compile_text(l, slice_of(word, n), at));
	}
	stream_add(l, out, c);
	return 0;
}

static int
compile_shell(struct load *l, const struct jail_config *j, const struct option_row *row,
    const struct traced *t, struct stream *out)
{
	struct slice rest = t->text, line;

	while (slice_next(&rest, '\n', &line)) {
		struct place at = traced_place(t, (size_t)(line.p - t->text.p), line.n);

		if (line.n > 0 && compile_shell_line(l, j, row, line, at, out) < 0)
			return -EINVAL;
	}
	return 0;
}

/*
 * One option of the jail or its filter. What a filter needs before its regular expressions goes to
 * the front, behind what this block put there before; *front counts that.
 */
static int
compile_option(struct load *l, const struct jail_config *j, const struct option_row *row,
    const struct traced *t, struct slice section, size_t *front, struct stream *out)
{
	struct value *c, *v;

	switch (row->use) {
	case USE_LINES:
		compile_lines(l, j, row, t, out);
		return 0;
	case USE_WORDS:
		compile_words(l, j, row, t, out);
		return 0;
	case USE_SHELL:
		return compile_shell(l, j, row, t, out);
	default:
		break;
	}
	v = compile_value(l, row, t, section);
	if (v == NULL && row->where == OPTION_FILTER)
		return 0;
	c = command_for(l, "set", j, row_command(row));
	value_add(l->arena, c, v != NULL ? v : value_nil(l->arena));
	if (strcmp(row->name, "usedns") == 0)
		stream_insert(l->arena, out, 0, c);
	else if (strcmp(row->name, "prefregex") == 0 || strcmp(row->name, "maxlines") == 0)
		stream_insert(l->arena, out, *front, c);
	else {
		stream_add(l, out, c);
		return 0;
	}
	(*front)++;
	return 0;
}

/* What the filter says, but for what the jail says in its place. */
static int
compile_filter(struct load *l, const struct jail_config *j, struct stream *out)
{
	size_t front = 0;
	int failed = 0;

	for (size_t i = 0; i < j->filter.defined.count; i++) {
		const struct option *o = &j->filter.defined.options[i];

		if (section_get(&j->options, o->name) == NULL)
			failed |= compile_option(l, j, option_row(OPTION_FILTER, o->name),
			    &o->value, SLICE_EMPTY, &front, out);
	}
	/* What stands in the brackets and in [Init] is sent all the same, as fail2ban does. */
	for (size_t i = 0; i < j->filter.given.count; i++) {
		const struct option *o = &j->filter.given.options[i];
		const struct option_row *row = option_row(OPTION_FILTER, o->name);

		if (row != NULL)
			failed |= compile_option(l, j, row, &o->value, SLICE_EMPTY, &front, out);
	}
	return failed;
}

static int
compile_own(struct load *l, const struct jail_config *j, struct stream *out)
{
	static const enum option_where order[] = {OPTION_FILTER, OPTION_JAIL};
	size_t front = 0;
	int failed = 0;

	for (size_t i = 0; i < 2; i++)
		OPTION_ROWS(row, order[i])
		{
			const struct option *o = section_get(&j->options, slice_cstr(row->name));

			if (o != NULL && row->use != USE_READER)
				failed |=
				    compile_option(l, j, row, &o->value, j->name, &front, out);
		}
	return failed;
}

static void
add_property(struct load *l, struct value *list, struct slice name, struct value *v)
{
	struct value *pair = value_list(l->arena);

	value_add(l->arena, pair, value_text_lent(l->arena, name));
	value_add(l->arena, pair, v);
	value_add(l->arena, list, pair);
}

static void
add_row_property(struct load *l, struct value *list, const struct option *o)
{
	/* None of an action's rows holds a number, so there is always a value. */
	add_property(l, list, o->name,
	    compile_value(l, option_row(OPTION_ACTION, o->name), &o->value, SLICE_EMPTY));
}

/*
 * Of an action without [Definition], fail2ban names every option that one may have, before those
 * that the jail gives.
 */
static void
add_undefined_properties(struct load *l, struct value *list, const struct definition *def)
{
	OPTION_ROWS(row, OPTION_ACTION)
	{
		struct slice name = slice_of(row->name, row->name_n);
		const struct option *o = section_get(&def->defined, name);

		if (section_get(&def->given, name) != NULL)
			continue;
		if (o != NULL)
			add_row_property(l, list, o);
		else
			add_property(l, list, name, value_nil(l->arena));
	}
}

static void
add_defined_properties(struct load *l, struct value *list, const struct definition *def)
{
	bool undefined = sections_find(&def->tree, SLICE("Definition")) == NULL;

	if (undefined)
		add_undefined_properties(l, list, def);
	for (size_t i = 0; i < def->defined.count; i++) {
		const struct option *o = &def->defined.options[i];

		if (!undefined || section_get(&def->given, o->name) != NULL)
			add_row_property(l, list, o);
	}
}

static void
add_given_properties(struct load *l, struct value *list, const struct definition *def)
{
	for (size_t i = 0; i < def->given.count; i++) {
		const struct option *o = &def->given.options[i];

		if (option_row(OPTION_ACTION, o->name) == NULL)
			add_property(l, list, o->name, compile_traced(l, &o->value));
	}
}

/* What [Init] still has; where the jail gave "opt", "opt?family=inet6" takes the same value. */
static void
add_initial_properties(struct load *l, struct value *list, const struct definition *def)
{
	for (size_t i = 0; i < def->initial.count; i++) {
		const struct option *o = &def->initial.options[i], *given = NULL;
		ptrdiff_t mark = slice_find_char(o->name, '?', 0);

		if (option_row(OPTION_ACTION, o->name) != NULL)
			continue;
		if (mark > 0 && text_is_word(slice_upto(o->name, (size_t)mark)))
			given = section_get(&def->given, slice_upto(o->name, (size_t)mark));
		add_property(
		    l, list, o->name, compile_traced(l, given != NULL ? &given->value : &o->value));
	}
}

/* A JSON string in ASCII (RFC 8259); what is no UTF-8 never gets here. */
static void
json_text(struct buf *out, struct slice s)
{
	static const char short_forms[] = "\bb\ff\nn\rr\tt\"\"\\\\";

	buf_add_char(out, '"');
	while (s.n > 0) {
		uint32_t code = 0xfffd;
		size_t n = utf8_next(s, &code);
		const char *form = code < 0x80 ? strchr(short_forms, (int)code) : NULL;

		if (code != 0 && form != NULL && (form - short_forms) % 2 == 0)
			buf_printf(out, "\\%c", form[1]);
		else if (code >= 0x20 && code < 0x7f)
			buf_add_char(out, (char)code);
		else if (code >= 0x10000)
			buf_printf(
			    out, "\\u%04x\\u%04x", 0xd7c0 + (code >> 10), 0xdc00 + (code & 0x3ff));
		else
			buf_printf(out, "\\u%04x", code);
		s = slice_from(s, n > 0 ? n : 1);
	}
	buf_add_char(out, '"');
}

/* The options of an action that is a program, as JSON in ASCII. */
static struct slice
json_options(struct load *l, const struct section *given)
{
	struct slice out;
	struct buf b;
	bool first = true;

	buf_init(&b, 8 * TRACED_MAX_BYTES);
	buf_add_char(&b, '{');
	for (size_t i = 0; i < given->count; i++) {
		const struct option *o = &given->options[i];

		if (slice_eq(o->name, SLICE("actname")))
			continue;
		if (!first)
			buf_add_cstr(&b, ", ");
		first = false;
		json_text(&b, o->name);
		buf_add_cstr(&b, ": ");
		json_text(&b, o->value.text);
	}
	buf_add_char(&b, '}');
	out = arena_copy(l->arena, buf_slice(&b));
	buf_done(&b);
	return out;
}

static void
compile_program(
    struct load *l, const struct jail_config *j, const struct jail_action *act, struct stream *out)
{
	struct value *c = command_for(l, "set", j, "addaction");

	value_add(l->arena, c, compile_text(l, act->name, act->at));
	value_add(l->arena, c, compile_text(l, act->program, act->at));
	value_add(l->arena, c, value_text_lent(l->arena, json_options(l, &act->def.given)));
	stream_add(l, out, c);
}

static void
compile_action(
    struct load *l, const struct jail_config *j, const struct jail_action *act, struct stream *out)
{
	struct value *c = command_for(l, "set", j, "addaction"), *list = value_list(l->arena),
		     *pair;

	value_add(l->arena, c, compile_text(l, act->name, act->at));
	stream_add(l, out, c);
	add_defined_properties(l, list, &act->def);
	add_given_properties(l, list, &act->def);
	add_initial_properties(l, list, &act->def);
	if (value_count(list) == 0)
		return;
	c = command_for(l, value_count(list) > 1 ? "multi-set" : "set", j, "action");
	value_add(l->arena, c, value_text_lent(l->arena, act->name));
	if (value_count(list) > 1) {
		value_add(l->arena, c, list);
	} else {
		pair = value_at(list, 0);
		value_add(l->arena, c, value_at(pair, 0));
		value_add(l->arena, c, value_at(pair, 1));
	}
	stream_add(l, out, c);
}

static void
compile_skipped(
    struct load *l, const struct jail_config *j, const char *cause, struct slice more, struct stream *out)
{
	struct value *c = value_list(l->arena);

	value_add(l->arena, c, value_cstr(l->arena, "config-error"));
	value_add(l->arena, c,
	    value_text_lent(l->arena, arena_printf(l->arena, "Jail '%.*s' skipped, because of %s%.*s",
					 SLICE_ARG(j->name), cause, SLICE_ARG(more))));
	stream_add(l, out, c);
}

void
compile_problem(struct load *l, const struct jail_config *j, struct stream *out)
{
	compile_skipped(l, j, "wrong configuration: ", j->problem, out);
}

void
compile_no_logs(struct load *l, const struct jail_config *j, struct stream *out)
{
	compile_skipped(l, j, "missing log files.", SLICE_EMPTY, out);
}

int
compile_jail(struct load *l, const struct jail_config *j, struct value *files, struct stream *out)
{
	struct stream part = {0};
	struct value *c;
	int failed;

	failed = compile_filter(l, j, &part);
	failed |= compile_own(l, j, &part);
	c = command_for(l, "add", j, NULL);
	value_add(l->arena, c, compile_traced(l, &j->backend));
	stream_add(l, out, c);
	for (size_t i = 0; i < part.count; i++)
		stream_add(l, out, part.v[i]);
	for (size_t i = 0; i < value_count(files); i++) {
		struct value *file = value_at(files, i);

		c = command_for(l, "set", j, "addlogpath");
		value_add(l->arena, c, value_at(file, 0));
		value_add(l->arena, c, value_at(file, 1));
		stream_add(l, out, c);
	}
	for (size_t i = 0; i < j->action_count; i++) {
		const struct jail_action *act = &j->actions[i];

		if (act->program.p != NULL)
			compile_program(l, j, act, out);
		else
			compile_action(l, j, act, out);
	}
	return failed != 0 ? -EINVAL : 0;
}
