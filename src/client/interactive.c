#include "client/interactive.h"

#include "util/buf.h"
#include "util/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define LINE_MAX_BYTES ((size_t)1 << 20)

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

static struct value *
split(struct arena *a, struct slice line)
{
	struct value *words = value_list(a);
	struct buf word;
	int r;

	buf_init(&word, LINE_MAX_BYTES);
	while ((r = next_word(&line, &word)) > 0)
		value_add(a, words, value_text(a, buf_slice(&word)));
	buf_done(&word);
	return r == 0 ? words : NULL;
}

/* Returns false when it was told to leave. */
static bool
run_line(const struct client *cl, struct slice line)
{
	struct value *words;
	struct arena a;
	bool stay = true;

	arena_init(&a);
	words = split(&a, line);
	if (words == NULL)
		log_write(LEVEL_ERROR, "", "No closing quotation");
	else if (value_is_text(value_at(words, 0), SLICE("exit")) ||
	    value_is_text(value_at(words, 0), SLICE("quit")))
		stay = false;
	else if (value_is_text(value_at(words, 0), SLICE("help")))
		cmdline_usage("fail2ban-client");
	else if (value_count(words) > 0)
		(void)client_command(cl, words);	/* it has been printed; the next one may do */
	arena_done(&a);
	return stay;
}

int
interactive_run(const struct client *cl)
{
	bool stay = true;
	char *line = NULL;
	size_t cap = 0;

	/* To the byte: there are scripts that wait for what they know. */
	printf("Fail2Ban v%s reads log file that contains password failure report\n"
	       "and bans the corresponding IP addresses using firewall rules.\n\n",
	    COMPAT_VERSION);
	while (stay) {
		ssize_t n;

		printf("fail2ban> ");
		(void)fflush(stdout);
		n = getline(&line, &cap, stdin);
		if (n < 0)
			break;
		stay = (size_t)n > LINE_MAX_BYTES || run_line(cl, slice_of(line, (size_t)n));
	}
	free(line);
	if (!stay)
		return 0;
	printf("\n");
	log_write(LEVEL_ERROR, "", "EOF when reading a line");
	return CMDLINE_FAILED;
}
