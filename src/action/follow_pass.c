#include "action/follow_state.h"

static bool pass_piece(struct follower *f);

static bool
pass_to(struct follower *f, char end, bool (*piece)(struct follower *f))
{
	bool known = f->depth < FOLLOW_DEPTH_MAX;

	f->depth++;
	while (known && f->at < f->text.n && follow_peek(f) != end)
		known = follow_step(f) && piece(f);
	f->depth--;
	return known && follow_take_char(f, end);
}

static bool
pass_char(struct follower *f)
{
	return f->text.p[f->at++] != '\0';
}

/*
 * Behind "$". In "${…}", more than a name may look like commands; and quotes that follow are not the
 * same to all shells.
 */
static bool
pass_dollar(struct follower *f)
{
	if (follow_take_char(f, '('))
		return pass_to(f, ')', pass_piece);
	if (!follow_take_char(f, '{'))
		return follow_peek(f) != '\'' && follow_peek(f) != '"';
	while (char_word(follow_peek(f)))
		f->at++;
	return follow_take_char(f, '}');
}

static bool
pass_double_quoted(struct follower *f)
{
	char c = follow_peek(f);

	f->at++;
	if (c == '\\')
		return f->at < f->text.n && pass_char(f);
	if (c == '$')
		return pass_dollar(f);
	return c != '`' && c != '\0';
}

static bool
pass_piece(struct follower *f)
{
	char c = follow_peek(f);

	/* It has parentheses that are not paired. */
	if (follow_ahead(f, "case"))
		return false;
	f->at++;
	switch (c) {
	case '\\':
		return f->at < f->text.n && pass_char(f);
	case '\'':
		return pass_to(f, c, pass_char);
	case '"':
		return pass_to(f, c, pass_double_quoted);
	case '$':
		return pass_dollar(f);
	case '(':
		return pass_to(f, ')', pass_piece);
	case '<': /* a text that begins in the next line */
		return follow_peek(f) != '<';
	case '>':
		(void)follow_take_char(f, '&');
		return true;
	default:
		return c != '#' && c != '`' && c != ')' && c != '\0';
	}
}

bool
follow_pass_until(struct follower *f, struct slice ends)
{
	while (f->at < f->text.n && memchr(ends.p, follow_peek(f), ends.n) == NULL)
		if (!follow_step(f) || !pass_piece(f))
			return false;
	return true;
}

bool
follow_pass_rest(struct follower *f)
{
	return follow_pass_until(f, SLICE("\n;|&"));
}

bool
follow_pass_simple(struct follower *f)
{
	size_t start = f->at;

	return follow_pass_rest(f) && f->at > start;
}
