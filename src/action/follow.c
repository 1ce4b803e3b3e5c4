#include "action/follow_state.h"

/* The same text, where it is not run. */
static bool
pass(struct follower *f, bool (*text)(struct follower *f))
{
	bool before = f->passing, failed = f->failed, known;

	f->passing = true;
	known = text(f);
	f->passing = before;
	f->failed = failed;
	return known;
}

/* True if the next is the end of a command; the end is taken. */
static bool
take_end(struct follower *f)
{
	bool mark;

	follow_skip_blanks(f);
	mark = follow_take_char(f, ';') || follow_peek(f) == '\n';
	follow_skip_lines(f);
	return mark;
}

/* Commands. */

static bool follow_list(struct follower *f);

static bool
set_variable(struct follower *f, struct slice name, struct slice value)
{
	struct follow_variable *v = follow_variable(f, name);

	if (v == NULL && f->variable_count < FOLLOW_VARIABLES_MAX) {
		v = &f->variables[f->variable_count++];
		v->name = name;
	}
	if (v == NULL || value.n > FOLLOW_VALUE_MAX)
		return false;
	memcpy(v->value, value.p, value.n);
	v->n = value.n;
	return true;
}

/* Of a pipe that ends here: lines are read one by one, by a shell with variables of its own. */
static bool
turn_lines(struct follower *f, struct slice name, struct slice lines)
{
	size_t start = f->at;
	bool known = lines.n > 0 || pass(f, follow_list);
	struct slice line;

	f->failed = false;
	while (known && lines.n > 0 && slice_next(&lines, '\n', &line)) {
		f->at = start;
		line = slice_trim(line);
		known = follow_plain(line) && set_variable(f, name, line) && follow_list(f);
	}
	f->variable_count = 0;
	return known && follow_take(f, "done");
}

/* Behind "|": "while read [-r] NAME; do … done", over what was printed from there on. */
static bool
follow_lines(struct follower *f, size_t from)
{
	struct slice name;
	struct buf lines;
	bool known;

	if (f->variable_count > 0 || !follow_take(f, "while") || !follow_take(f, "read"))
		return false;
	(void)follow_take(f, "-r");
	follow_skip_blanks(f);
	name = follow_name(f);
	buf_init(&lines, FOLLOW_TEXT_MAX);
	buf_add(&lines, slice_from(buf_slice(&f->printed), from));
	buf_cut(&f->printed, from);
	known = name.n > 0 && take_end(f) && follow_take(f, "do") &&
		turn_lines(f, name, buf_slice(&lines));
	buf_done(&lines);
	return known;
}

/* Behind "LINE |". */
static bool
follow_text(struct follower *f, struct slice line)
{
	size_t from = f->printed.n;
	bool succeeds;

	if (!follow_pipe(f, line, &f->printed, &succeeds))
		return false;
	f->failed = !succeeds;
	return !follow_take_pipe(f) || follow_lines(f, from);
}

/* "flock N": of what, and whether N is there at all, the end of a group has to say. */
static bool
note_lock(struct follower *f, struct slice line)
{
	if (!slice_take(&line, SLICE("flock ")))
		return true;
	if (line.n != 1 || !char_digit(line.p[0]) || (f->locked != 0 && f->locked != line.p[0]))
		return false;
	f->locked = line.p[0];
	return true;
}

/* What it says of errors may go unseen. */
static bool
run(struct follower *f, struct slice line)
{
	(void)(follow_take_text(f, SLICE("2> /dev/null")) ||
	       follow_take_text(f, SLICE("2>/dev/null")));
	f->failed = false;
	return note_lock(f, line) && f->calls->run(f->calls->arg, line);
}

static bool
follow_simple(struct follower *f)
{
	struct buf line;
	bool known;

	if (f->passing)
		return follow_pass_simple(f);
	buf_init(&line, FOLLOW_LINE_MAX);
	known = follow_line(f, &line) && (follow_take_pipe(f) ? follow_text : run)(f, buf_slice(&line));
	buf_done(&line);
	return known;
}

/* Loops. */

/* The words of "in WORD…", with blanks between them and none within. */
static bool
read_values(struct follower *f, struct buf *out)
{
	struct follow_word w;

	for (follow_skip_blanks(f); !follow_ends_word(f->text, f->at); follow_skip_blanks(f)) {
		if (!follow_word(f, out, &w) || w.blanks || (w.parted ? w.quoted : out->n == w.start))
			return false;
		buf_add_char(out, ' ');
	}
	return follow_plain(buf_slice(out));
}

/* One over nothing is the shell's, too: the variable has what the environment says, then. */
static bool
turn_loop(struct follower *f, struct slice name, struct slice values)
{
	size_t start = f->at;
	struct slice value;
	bool known;

	do {
		f->at = start;
		known = slice_next_word(&values, &value) && set_variable(f, name, value) &&
			follow_list(f);
	} while (known && slice_trim(values).n > 0);
	return known && follow_take(f, "done");
}

static bool
pass_body(struct follower *f)
{
	return follow_take(f, "do") && follow_list(f) && follow_take(f, "done") && follow_pass_rest(f);
}

static bool
pass_loop(struct follower *f)
{
	return follow_list(f) && pass_body(f);
}

static bool
follow_for(struct follower *f)
{
	struct slice name;
	struct buf values;
	bool known;

	if (f->passing)
		return follow_pass_until(f, SLICE("\n;|&<>")) && take_end(f) && pass_body(f);
	follow_skip_blanks(f);
	name = follow_name(f);
	buf_init(&values, FOLLOW_LINE_MAX);
	known = name.n > 0 && follow_take(f, "in") && read_values(f, &values) && take_end(f) &&
		follow_take(f, "do") && turn_loop(f, name, buf_slice(&values));
	buf_done(&values);
	return known;
}

/* Conditions. */

static bool
read_compared(struct follower *f, struct buf *out)
{
	struct follow_word w;

	follow_skip_blanks(f);
	return follow_word(f, out, &w) && !w.parted;
}

/* Behind "[". */
static bool
read_comparison(struct follower *f, bool *truth)
{
	struct buf left, right;
	bool known, equal;

	buf_init(&left, FOLLOW_LINE_MAX);
	buf_init(&right, FOLLOW_LINE_MAX);
	known = read_compared(f, &left);
	equal = known && follow_take(f, "=");
	known = known && (equal || follow_take(f, "!=")) && read_compared(f, &right) && follow_take(f, "]");
	*truth = slice_eq(buf_slice(&left), buf_slice(&right)) == equal;
	buf_done(&left);
	buf_done(&right);
	return known;
}

static bool
read_question(struct follower *f, bool *truth)
{
	struct buf line;
	bool known;

	buf_init(&line, FOLLOW_LINE_MAX);
	follow_skip_blanks(f);
	known = follow_line(f, &line) && follow_take_text(f, SLICE("> /dev/null 2>&1")) &&
		f->calls->ask != NULL && f->calls->ask(f->calls->arg, buf_slice(&line), truth);
	buf_done(&line);
	return known;
}

/* Where nothing is run, nothing is asked, and nothing is true. */
static bool
read_condition(struct follower *f, bool done, bool *truth)
{
	*truth = false;
	if (f->passing || done)
		return pass(f, follow_list);
	return (follow_take(f, "[") ? read_comparison : read_question)(f, truth) && take_end(f);
}

static bool
follow_if(struct follower *f)
{
	bool done = false, truth;

	f->failed = false;
	do {
		if (!read_condition(f, done, &truth) || !follow_take(f, "then") ||
		    !(truth ? follow_list(f) : pass(f, follow_list)))
			return false;
		done = done || truth;
	} while (follow_take(f, "elif"));
	if (follow_take(f, "else") && !(done ? pass(f, follow_list) : follow_list(f)))
		return false;
	return follow_take(f, "fi") && (!f->passing || follow_pass_rest(f));
}

/* A folder that is opened as N, for a lock; but not as what commands read and write. */
static bool
take_lock(struct follower *f)
{
	char number;

	follow_skip_blanks(f);
	number = follow_peek(f);
	if (!char_digit(number))
		return true;
	f->at++;
	if (f->locked == number)
		f->locked = 0;
	return number >= '3' && follow_take_char(f, '<') && follow_take(f, "/");
}

static bool
follow_group(struct follower *f)
{
	size_t from = f->printed.n;

	if (!follow_list(f) || !follow_take(f, "}"))
		return false;
	if (f->passing)
		return follow_pass_rest(f);
	return follow_take_pipe(f) ? follow_lines(f, from) : take_lock(f);
}

/* Lists. */

static bool
follow_command(struct follower *f)
{
	static const struct {
		const char *word;
		bool (*follow)(struct follower *f);
		bool passing; /* is only known where it is not run */
	} compound[] = {
	    {"for", follow_for, false},
	    {"if", follow_if, false},
	    {"{", follow_group, false},
	    {"while", pass_loop, true},
	    {"until", pass_loop, true},
	};

	for (size_t i = 0; i < sizeof(compound) / sizeof(compound[0]); i++)
		if ((f->passing || !compound[i].passing) && follow_take(f, compound[i].word))
			return compound[i].follow(f);
	return follow_simple(f);
}

/* A command, and what is run if it fails, which only one of a text does. */
static bool
follow_or(struct follower *f)
{
	bool known = follow_command(f);

	while (known && follow_take_text(f, SLICE("||"))) {
		follow_skip_lines(f);
		known = f->failed ? follow_command(f) : pass(f, follow_command);
	}
	return known;
}

/* True if another command has to follow. */
static bool
take_and(struct follower *f)
{
	bool more = follow_take_text(f, SLICE("&&")) || (f->passing && follow_take_text(f, SLICE("|")));

	if (more)
		follow_skip_lines(f);
	return more;
}

static bool
ends_list(const struct follower *f)
{
	static const char *const words[] = {"do", "done", "then", "elif", "else", "fi", "}"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (follow_ahead(f, words[i]))
			return true;
	return f->at >= f->text.n;
}

static bool
follow_commands(struct follower *f)
{
	bool more = true;

	follow_skip_lines(f);
	while (more) {
		bool and;

		if (ends_list(f) || !follow_or(f))
			return false;
		and = take_and(f);
		if (and && f->failed)
			return false;
		more = and || (take_end(f) && !ends_list(f));
	}
	return true;
}

static bool
follow_list(struct follower *f)
{
	bool known;

	if (f->depth >= FOLLOW_DEPTH_MAX)
		return false;
	f->depth++;
	known = follow_commands(f);
	f->depth--;
	return known;
}

bool
follow(struct slice script, const struct follow_calls *calls)
{
	struct follower f = {.text = script, .calls = calls};
	bool known;

	buf_init(&f.printed, FOLLOW_TEXT_MAX);
	known = follow_list(&f) && f.at == script.n && !f.failed && f.locked == 0 &&
		!buf_refused(&f.printed);
	buf_done(&f.printed);
	return known;
}
