#include "action/follow_state.h"
#include "action/words.h"

bool
follow_ends_word(struct slice text, size_t at)
{
	return at >= text.n || memchr(" \t\n;|&<>)", text.p[at], 9) != NULL;
}

bool
follow_ahead(const struct follower *f, const char *word)
{
	struct slice w = slice_cstr(word);

	return slice_starts(slice_from(f->text, f->at), w) && follow_ends_word(f->text, f->at + w.n);
}

bool
follow_take(struct follower *f, const char *word)
{
	follow_skip_blanks(f);
	if (!follow_ahead(f, word))
		return false;
	f->at += strlen(word);
	return true;
}

bool
follow_plain(struct slice value)
{
	struct slice word;

	while (slice_next(&value, ' ', &word))
		if (word.n > 0 && !words_plain(word))
			return false;
	return true;
}

bool
follow_take_text(struct follower *f, struct slice text)
{
	follow_skip_blanks(f);
	if (!slice_starts(slice_from(f->text, f->at), text))
		return false;
	f->at += text.n;
	return true;
}

bool
follow_take_pipe(struct follower *f)
{
	follow_skip_blanks(f);
	if (follow_peek(f) != '|' || slice_starts(slice_from(f->text, f->at), SLICE("||")))
		return false;
	f->at++;
	follow_skip_lines(f);
	return true;
}

/* Puts a value in, which the shell would part at its blanks where it is not quoted. */
static bool
put_value(struct follow_word *w, struct slice value, bool quoted)
{
	if (!follow_plain(value))
		return false;
	if (quoted)
		w->blanks = w->blanks || slice_find_char(value, ' ', 0) >= 0;
	else
		w->parted = w->parted || value.n == 0 || slice_find_char(value, ' ', 0) >= 0;
	buf_add(w->out, value);
	return true;
}

struct follow_variable *
follow_variable(struct follower *f, struct slice name)
{
	for (size_t i = 0; i < f->variable_count; i++)
		if (slice_eq(f->variables[i].name, name))
			return &f->variables[i];
	return NULL;
}

struct slice
follow_name(struct follower *f)
{
	size_t start = f->at;

	while ((follow_peek(f) >= 'a' && follow_peek(f) <= 'z') || (f->at > start && follow_peek(f) == '_'))
		f->at++;
	return slice_of(f->text.p + start, f->at - start);
}

static bool
read_variable(struct follower *f, struct follow_word *w, bool quoted)
{
	bool braced = follow_take_char(f, '{');
	struct slice name = follow_name(f);
	const struct follow_variable *v;

	if (braced ? !follow_take_char(f, '}') : char_word(follow_peek(f)))
		return false;
	v = follow_variable(f, name);
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
	bool sed = follow_take(f, "sed"), known;
	struct buf words;
	struct follow_word w;

	if (!sed && !follow_take(f, "tr"))
		return false;
	buf_init(&words, FOLLOW_VALUE_MAX);
	follow_skip_blanks(f);
	known = follow_word(f, &words, &w);
	if (known && !sed) {
		buf_add_char(&words, ' ');
		follow_skip_blanks(f);
		known = follow_word(f, &words, &w);
	}
	known = known && !buf_refused(&words) &&
		(sed ? read_sed : read_tr)(buf_slice(&words), from, to) &&
		(*from == ':' || *from == ',') &&
		(char_word(*to) || memchr(" -,:", *to, 4) != NULL);
	buf_done(&words);
	follow_skip_blanks(f);
	return known;
}

/* Words that are parted at blanks of their own are told with single ones between. */
static bool
is_single_spaced(const struct buf *out, size_t from)
{
	struct slice text = slice_from(buf_slice(out), from);

	return text.n > 0 && text.p[0] != ' ' && text.p[text.n - 1] != ' ' &&
	       slice_find(text, SLICE("  "), 0) < 0;
}

/* "echo WORD… | sed s/X/Y/g": what comes of it. */
static bool
read_echo(struct follower *f, struct buf *out)
{
	bool known = follow_take(f, "echo");
	char from = 0, to = 0;
	struct follow_word w;

	for (follow_skip_blanks(f); known && !follow_ends_word(f->text, f->at); follow_skip_blanks(f)) {
		if (out->n > 0)
			buf_add_char(out, ' ');
		known = follow_word(f, out, &w) && out->n > w.start &&
			(!w.parted || is_single_spaced(out, w.start));
	}
	/* With a "-" it may be an option of echo's. */
	if (!known || (out->n > 0 && out->p[0] == '-') || !follow_plain(buf_slice(out)) ||
	    !follow_take_char(f, '|') || !read_replacement(f, &from, &to))
		return false;
	for (size_t i = 0; i < out->n; i++)
		if (out->p[i] == from)
			out->p[i] = to;
	return !buf_refused(out);
}

/* "COMMAND WORD… | FILTER": what comes of it. Line feeds at the end go, others part words. */
static bool
read_filtered(struct follower *f, struct buf *out)
{
	bool succeeds, known;
	struct buf line;

	buf_init(&line, FOLLOW_LINE_MAX);
	follow_skip_blanks(f);
	known = follow_line(f, &line) && follow_take_pipe(f) &&
		follow_pipe(f, buf_slice(&line), out, &succeeds);
	buf_done(&line);
	while (out->n > 0 && out->p[out->n - 1] == '\n')
		buf_cut(out, out->n - 1);
	for (size_t i = 0; i < out->n; i++)
		if (out->p[i] == '\n')
			out->p[i] = ' ';
	return known;
}

static bool
read_substitution(struct follower *f, struct follow_word *w, bool quoted)
{
	struct buf text;
	bool known;

	buf_init(&text, FOLLOW_LINE_MAX);
	known = follow_ahead(f, "echo") ? read_echo(f, &text) : !quoted && read_filtered(f, &text);
	known = known && follow_take_char(f, ')') && put_value(w, buf_slice(&text), quoted);
	buf_done(&text);
	return known;
}

static bool
read_dollar(struct follower *f, struct follow_word *w, bool quoted)
{
	bool known;

	if (!follow_take_char(f, '('))
		return read_variable(f, w, quoted);
	if (f->depth >= FOLLOW_DEPTH_MAX)
		return false;
	f->depth++;
	known = read_substitution(f, w, quoted);
	f->depth--;
	return known;
}

static bool
read_quoted(struct follower *f, struct follow_word *w, char quote)
{
	w->quoted = true;
	while (!follow_take_char(f, quote)) {
		char c = follow_peek(f);

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
read_lone(struct follower *f, struct follow_word *w)
{
	static const char *const words[] = {"{", "}", "=", "!=", "[", "]"};

	for (size_t i = 0; w->out->n == w->start && i < sizeof(words) / sizeof(words[0]); i++)
		if (follow_ahead(f, words[i])) {
			buf_add_cstr(w->out, words[i]);
			f->at += strlen(words[i]);
			return true;
		}
	return false;
}

static bool
read_piece(struct follower *f, struct follow_word *w)
{
	char c = follow_peek(f);

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
		c = follow_peek(f);
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

bool
follow_word(struct follower *f, struct buf *out, struct follow_word *w)
{
	*w = (struct follow_word){.out = out, .start = out->n};
	if (follow_ends_word(f->text, f->at) || !follow_step(f))
		return false;
	while (!follow_ends_word(f->text, f->at))
		if (!read_piece(f, w))
			return false;
	return !buf_refused(out);
}

/* "2>": no word, but the beginning of what the shell does with errors. */
static bool
redirects(const struct follower *f)
{
	return char_digit(follow_peek(f)) && f->at + 1 < f->text.n &&
	       memchr("<>", f->text.p[f->at + 1], 2) != NULL;
}

/*
 * Whether it makes no difference to the command that words are told with single blanks between: to
 * the name of a program and to an option it does.
 */
static bool
reads_as_words(const struct follow_word *w)
{
	struct slice word = slice_from(buf_slice(w->out), w->start);

	if (w->start > 0 && !slice_starts(word, SLICE("-")))
		return true;
	return word.n > 0 && !w->blanks && !w->parted;
}

bool
follow_line(struct follower *f, struct buf *line)
{
	struct follow_word w;

	do {
		if (line->n > 0)
			buf_add_char(line, ' ');
		if (!follow_word(f, line, &w) || !reads_as_words(&w))
			return false;
		follow_skip_blanks(f);
	} while (!follow_ends_word(f->text, f->at) && !redirects(f));
	return true;
}
