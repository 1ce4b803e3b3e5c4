#include "client/split.h"

#include "util/buf.h"

#include <errno.h>

/*
 * Takes the next word as a shell would: 'as it is', "with \" and \\", and \c outside of quotes.
 * Returns 1, 0 at the end, -EINVAL for a quote that nobody closes.
 */
static int
next_word(struct slice *rest, struct buf *word)
{
	char quote = '\0';

	buf_clear(word);
	*rest = slice_ltrim(*rest);
	if (rest->n == 0)
		return 0;
	for (; rest->n > 0; *rest = slice_from(*rest, 1)) {
		char c = rest->p[0];

		if (quote == '\0' && char_space(c))
			break;
		if (c == quote && quote != '\0') {
			quote = '\0';
		} else if (quote == '\0' && (c == '\'' || c == '"')) {
			quote = c;
		} else if (c == '\\' && rest->n > 1 && quote != '\'' &&
			   (quote == '\0' || rest->p[1] == '"' || rest->p[1] == '\\')) {
			*rest = slice_from(*rest, 1);
			buf_add_char(word, rest->p[0]);
		} else {
			buf_add_char(word, c);
		}
	}
	return quote == '\0' ? 1 : -EINVAL;
}

struct value *
split_words(struct arena *a, struct slice line)
{
	struct value *words = value_list(a);
	struct buf word;
	int r;

	buf_init(&word, line.n);
	while ((r = next_word(&line, &word)) > 0)
		value_add(a, words, value_text(a, buf_slice(&word)));
	buf_done(&word);
	return r == 0 ? words : NULL;
}
