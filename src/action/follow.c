#include "action/follow.h"

#include "action/words.h"
#include "util/buf.h"

/* What turns for long, or lies deep, is the shell's. */
#define DEPTH_MAX 8
#define STEPS_MAX 20000
#define VARIABLES_MAX 4
#define VALUE_MAX 256

struct variable {
	struct slice name;
	char value[VALUE_MAX];
	size_t n;
};

struct follower {
	struct slice text;
	size_t at;
	unsigned depth;
	unsigned steps; /* words that were read, and pieces that were passed over */
	bool passing;	/* over commands that are not run */
	struct variable variables[VARIABLES_MAX];
	size_t variable_count;
	const struct follow_calls *calls;
};

static char
peek(const struct follower *f)
{
	return f->at < f->text.n ? f->text.p[f->at] : '\0';
}

static bool
step(struct follower *f)
{
	return ++f->steps <= STEPS_MAX;
}

static bool
take_char(struct follower *f, char c)
{
	if (f->at >= f->text.n || f->text.p[f->at] != c)
		return false;
	f->at++;
	return true;
}

static void
skip_blanks(struct follower *f)
{
	while (char_blank(peek(f)))
		f->at++;
}

static void
skip_lines(struct follower *f)
{
	while (char_blank(peek(f)) || peek(f) == '\n')
		f->at++;
}

static bool
ends_word(struct slice text, size_t at)
{
	return at >= text.n || memchr(" \t\n;|&<>)", text.p[at], 9) != NULL;
}

/* True if the next word is this one, unquoted: a word of the shell's own. */
static bool
ahead(const struct follower *f, const char *word)
{
	struct slice w = slice_cstr(word);

	return slice_starts(slice_from(f->text, f->at), w) && ends_word(f->text, f->at + w.n);
}

static bool
take(struct follower *f, const char *word)
{
	skip_blanks(f);
	if (!ahead(f, word))
		return false;
	f->at += strlen(word);
	return true;
}

/* What stands for itself wherever a value comes to stand. */
static bool
value_plain(struct slice value)
{
	struct slice word;

	while (slice_next(&value, ' ', &word))
		if (word.n > 0 && !words_plain(word))
			return false;
	return true;
}

/* Words. */

struct word {
	struct buf *out; /* where it goes */
	size_t start;
	bool parted; /* it came to none, or to several */
	bool blanks; /* some part has blanks that do not part it */
};

static bool read_word(struct follower *f, struct buf *out, struct word *w);

/* Puts a value in, which the shell would part at its blanks where it is not quoted. */
static bool
put_value(struct word *w, struct slice value, bool quoted)
{
	if (!value_plain(value))
		return false;
	if (quoted)
		w->blanks = w->blanks || slice_find_char(value, ' ', 0) >= 0;
	else
		w->parted = w->parted || value.n == 0 || slice_find_char(value, ' ', 0) >= 0;
	buf_add(w->out, value);
	return true;
}

static struct variable *
find_variable(struct follower *f, struct slice name)
{
	for (size_t i = 0; i < f->variable_count; i++)
		if (slice_eq(f->variables[i].name, name))
			return &f->variables[i];
	return NULL;
}

/* In small letters: others mean something to the shell, or to the programs that it runs. */
static struct slice
take_name(struct follower *f)
{
	size_t start = f->at;

	while ((peek(f) >= 'a' && peek(f) <= 'z') || (f->at > start && peek(f) == '_'))
		f->at++;
	return slice_of(f->text.p + start, f->at - start);
}

static bool
read_variable(struct follower *f, struct word *w, bool quoted)
{
	bool braced = take_char(f, '{');
	struct slice name = take_name(f);
	const struct variable *v;

	if (braced ? !take_char(f, '}') : char_word(peek(f)))
		return false;
	v = find_variable(f, name);
	return v != NULL && put_value(w, slice_of(v->value, v->n), quoted);
}

/* X and Y of "s/X/Y/g"; neither may mean anything else to sed. */
static bool
read_sed(struct slice script, char *from, char *to)
{
	if (script.n != 7 || script.p[0] != 's' || script.p[1] != '/' || script.p[3] != '/' ||
	    script.p[5] != '/' || script.p[6] != 'g')
		return false;
	*from = script.p[2];
	*to = script.p[4];
	return true;
}

static bool
read_tr(struct slice words, char *from, char *to)
{
	if (words.n < 3 || words.p[1] != ' ')
		return false;
	*from = words.p[0];
	*to = words.p[2];
	return words.n == 3;
}

static bool
read_replacement(struct follower *f, char *from, char *to)
{
	bool sed = take(f, "sed"), known;
	struct buf words;
	struct word w;

	if (!sed && !take(f, "tr"))
		return false;
	buf_init(&words, VALUE_MAX);
	skip_blanks(f);
	known = read_word(f, &words, &w);
	if (known && !sed) {
		buf_add_char(&words, ' ');
		skip_blanks(f);
		known = read_word(f, &words, &w);
	}
	known = known && !buf_refused(&words) &&
		(sed ? read_sed : read_tr)(buf_slice(&words), from, to) &&
		(*from == ':' || *from == ',') &&
		(char_word(*to) || memchr(" -,:", *to, 4) != NULL);
	buf_done(&words);
	skip_blanks(f);
	return known;
}

/* "echo WORD… | sed s/X/Y/g": what comes of it. */
static bool
read_echo(struct follower *f, struct buf *out)
{
	bool known = take(f, "echo");
	char from = 0, to = 0;
	struct word w;

	for (skip_blanks(f); known && !ends_word(f->text, f->at); skip_blanks(f)) {
		if (out->n > 0)
			buf_add_char(out, ' ');
		known = read_word(f, out, &w) && out->n > w.start;
	}
	/* With a "-" it may be an option of echo's. */
	if (!known || (out->n > 0 && out->p[0] == '-') || !value_plain(buf_slice(out)) ||
	    !take_char(f, '|') || !read_replacement(f, &from, &to))
		return false;
	for (size_t i = 0; i < out->n; i++)
		if (out->p[i] == from)
			out->p[i] = to;
	return !buf_refused(out);
}

static bool
read_substitution(struct follower *f, struct word *w, bool quoted)
{
	struct buf text;
	bool known;

	buf_init(&text, FOLLOW_LINE_MAX);
	known = read_echo(f, &text) && take_char(f, ')') && put_value(w, buf_slice(&text), quoted);
	buf_done(&text);
	return known;
}

static bool
read_dollar(struct follower *f, struct word *w, bool quoted)
{
	bool known;

	if (!take_char(f, '('))
		return read_variable(f, w, quoted);
	if (f->depth >= DEPTH_MAX)
		return false;
	f->depth++;
	known = read_substitution(f, w, quoted);
	f->depth--;
	return known;
}

static bool
read_quoted(struct follower *f, struct word *w, char quote)
{
	while (!take_char(f, quote)) {
		char c = peek(f);

		if (c == '\0' || c == '\n' || (quote == '"' && (c == '\\' || c == '`')))
			return false;
		f->at++;
		if (c == '$' && quote == '"') {
			if (!read_dollar(f, w, true))
				return false;
		} else {
			w->blanks = w->blanks || c == ' ';
			buf_add_char(w->out, c);
		}
	}
	return true;
}

/* "{", "[" and the like are words of their own; as part of one, some shells see more in them. */
static bool
read_lone(struct follower *f, struct word *w)
{
	static const char *const words[] = {"{", "}", "=", "!=", "[", "]"};

	for (size_t i = 0; w->out->n == w->start && i < sizeof(words) / sizeof(words[0]); i++)
		if (ahead(f, words[i])) {
			buf_add_cstr(w->out, words[i]);
			f->at += strlen(words[i]);
			return true;
		}
	return false;
}

static bool
read_piece(struct follower *f, struct word *w)
{
	char c = peek(f);

	if (read_lone(f, w))
		return true;
	f->at++;
	switch (c) {
	case '\'':
	case '"':
		return read_quoted(f, w, c);
	case '$':
		return read_dollar(f, w, false);
	case '\\':
		c = peek(f);
		if (c == '\n' || c == '\0')
			return false;
		w->blanks = w->blanks || c == ' ';
		f->at++;
		break;
	default:
		if (!words_plain(slice_of(&c, 1)) && c != '@')
			return false;
	}
	buf_add_char(w->out, c);
	return true;
}

/* Adds the next word to out. */
static bool
read_word(struct follower *f, struct buf *out, struct word *w)
{
	*w = (struct word){.out = out, .start = out->n};
	if (ends_word(f->text, f->at) || !step(f))
		return false;
	while (!ends_word(f->text, f->at))
		if (!read_piece(f, w))
			return false;
	return !buf_refused(out);
}

/* Commands that are not run: all that matters of them is where they end. */

static bool pass_piece(struct follower *f);

static bool
pass_to(struct follower *f, char end, bool (*piece)(struct follower *f))
{
	bool known = f->depth < DEPTH_MAX;

	f->depth++;
	while (known && f->at < f->text.n && peek(f) != end)
		known = step(f) && piece(f);
	f->depth--;
	return known && take_char(f, end);
}

static bool
pass_char(struct follower *f)
{
	return f->text.p[f->at++] != '\0';
}

static bool
pass_double_quoted(struct follower *f)
{
	char c = peek(f);

	f->at++;
	if (c == '\\')
		return f->at < f->text.n && pass_char(f);
	if (c == '$' && take_char(f, '('))
		return pass_to(f, ')', pass_piece);
	return c != '`' && c != '\0';
}

static bool
pass_piece(struct follower *f)
{
	char c = peek(f);

	/* It has parentheses that are not paired. */
	if (ahead(f, "case"))
		return false;
	f->at++;
	switch (c) {
	case '\\':
		return f->at < f->text.n && pass_char(f);
	case '\'':
		return pass_to(f, c, pass_char);
	case '"':
		return pass_to(f, c, pass_double_quoted);
	case '(':
		return pass_to(f, ')', pass_piece);
	case '<': /* a text that begins in the next line */
		return peek(f) != '<';
	case '>':
		(void)take_char(f, '&');
		return true;
	default:
		return c != '#' && c != '`' && c != ')' && c != '\0';
	}
}

static bool
pass_until(struct follower *f, struct slice ends)
{
	while (f->at < f->text.n && memchr(ends.p, peek(f), ends.n) == NULL)
		if (!step(f) || !pass_piece(f))
			return false;
	return true;
}

static bool
pass_rest(struct follower *f)
{
	return pass_until(f, SLICE("\n;|&"));
}

static bool
pass_simple(struct follower *f)
{
	size_t start = f->at;

	return pass_rest(f) && f->at > start;
}

/* The same text, where it is not run. */
static bool
pass(struct follower *f, bool (*text)(struct follower *f))
{
	bool before = f->passing, known;

	f->passing = true;
	known = text(f);
	f->passing = before;
	return known;
}

/* True if the next is the end of a command; the end is taken. */
static bool
take_end(struct follower *f)
{
	bool mark;

	skip_blanks(f);
	mark = take_char(f, ';') || peek(f) == '\n';
	skip_lines(f);
	return mark;
}

static bool
take_text(struct follower *f, struct slice text)
{
	skip_blanks(f);
	if (!slice_starts(slice_from(f->text, f->at), text))
		return false;
	f->at += text.n;
	return true;
}

/* Commands. */

static bool follow_list(struct follower *f);

static bool
read_line(struct follower *f, struct buf *line)
{
	struct word w;

	do {
		if (line->n > 0)
			buf_add_char(line, ' ');
		if (!read_word(f, line, &w))
			return false;
		skip_blanks(f);
	} while (!ends_word(f->text, f->at));
	return true;
}

static bool
follow_simple(struct follower *f)
{
	struct buf line;
	bool known;

	if (f->passing)
		return pass_simple(f);
	buf_init(&line, FOLLOW_LINE_MAX);
	known = read_line(f, &line) && f->calls->run(f->calls->arg, buf_slice(&line));
	buf_done(&line);
	return known;
}

/* Loops. */

static bool
set_variable(struct follower *f, struct slice name, struct slice value)
{
	struct variable *v = find_variable(f, name);

	if (v == NULL && f->variable_count < VARIABLES_MAX) {
		v = &f->variables[f->variable_count++];
		v->name = name;
	}
	if (v == NULL || value.n > VALUE_MAX)
		return false;
	memcpy(v->value, value.p, value.n);
	v->n = value.n;
	return true;
}

/* The words of "in WORD…", with blanks between them and none within. */
static bool
read_values(struct follower *f, struct buf *out)
{
	struct word w;

	for (skip_blanks(f); !ends_word(f->text, f->at); skip_blanks(f)) {
		if (!read_word(f, out, &w) || w.blanks || (!w.parted && out->n == w.start))
			return false;
		buf_add_char(out, ' ');
	}
	return value_plain(buf_slice(out));
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
	return known && take(f, "done");
}

static bool
pass_body(struct follower *f)
{
	return take(f, "do") && follow_list(f) && take(f, "done") && pass_rest(f);
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
		return pass_until(f, SLICE("\n;|&<>")) && take_end(f) && pass_body(f);
	skip_blanks(f);
	name = take_name(f);
	buf_init(&values, FOLLOW_LINE_MAX);
	known = name.n > 0 && take(f, "in") && read_values(f, &values) && take_end(f) &&
		take(f, "do") && turn_loop(f, name, buf_slice(&values));
	buf_done(&values);
	return known;
}

/* Conditions. */

static bool
read_compared(struct follower *f, struct buf *out)
{
	struct word w;

	skip_blanks(f);
	return read_word(f, out, &w) && !w.parted;
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
	equal = known && take(f, "=");
	known = known && (equal || take(f, "!=")) && read_compared(f, &right) && take(f, "]");
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
	skip_blanks(f);
	known = read_line(f, &line) && take_text(f, SLICE("> /dev/null 2>&1")) &&
		f->calls->ask(f->calls->arg, buf_slice(&line), truth);
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
	return (take(f, "[") ? read_comparison : read_question)(f, truth) && take_end(f);
}

static bool
follow_if(struct follower *f)
{
	bool done = false, truth;

	do {
		if (!read_condition(f, done, &truth) || !take(f, "then") ||
		    !(truth ? follow_list(f) : pass(f, follow_list)))
			return false;
		done = done || truth;
	} while (take(f, "elif"));
	if (take(f, "else") && !(done ? pass(f, follow_list) : follow_list(f)))
		return false;
	return take(f, "fi") && (!f->passing || pass_rest(f));
}

/* A folder that is opened as N, for a lock. */
static bool
take_lock(struct follower *f)
{
	skip_blanks(f);
	if (!char_digit(peek(f)))
		return true;
	f->at++;
	return take_char(f, '<') && take(f, "/");
}

static bool
follow_group(struct follower *f)
{
	return follow_list(f) && take(f, "}") && (f->passing ? pass_rest : take_lock)(f);
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
		if ((f->passing || !compound[i].passing) && take(f, compound[i].word))
			return compound[i].follow(f);
	return follow_simple(f);
}

/* A command, and what is run if it fails, which it does not. */
static bool
follow_or(struct follower *f)
{
	bool known = follow_command(f);

	while (known && take_text(f, SLICE("||"))) {
		skip_lines(f);
		known = pass(f, follow_command);
	}
	return known;
}

/* True if another command has to follow. */
static bool
take_and(struct follower *f)
{
	bool more = take_text(f, SLICE("&&")) || (f->passing && take_text(f, SLICE("|")));

	if (more)
		skip_lines(f);
	return more;
}

static bool
ends_list(const struct follower *f)
{
	static const char *const words[] = {"do", "done", "then", "elif", "else", "fi", "}"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (ahead(f, words[i]))
			return true;
	return f->at >= f->text.n;
}

static bool
follow_commands(struct follower *f)
{
	bool more = true;

	skip_lines(f);
	while (more) {
		if (ends_list(f) || !follow_or(f))
			return false;
		more = take_and(f) || (take_end(f) && !ends_list(f));
	}
	return true;
}

static bool
follow_list(struct follower *f)
{
	bool known;

	if (f->depth >= DEPTH_MAX)
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

	return follow_list(&f) && f.at == script.n;
}
