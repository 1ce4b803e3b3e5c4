#include "manage/interactive.h"

#include "manage/common.h"
#include "manage/lineedit.h"
#include "manage/manage.h"
#include "client/split.h"
#include "util/log.h"

#include <stdio.h>
#include <stdlib.h>

#define PROMPT "fail2ban> "
#define LINE_MAX_BYTES ((size_t)1 << 20)

/* Returns false when it was told to leave. */
static bool
run_line(const struct client *cl, struct slice line)
{
	struct value *words;
	struct arena a;
	bool stay = true;

	arena_init(&a);
	words = split_words(&a, line);
	if (words == NULL)
		log_write(LEVEL_ERROR, "", "No closing quotation");
	else if (value_is_text(value_at(words, 0), SLICE("exit")) ||
	    value_is_text(value_at(words, 0), SLICE("quit")))
		stay = false;
	else if (value_is_text(value_at(words, 0), SLICE("help")))
		common_usage("fail2ban-client");
	else if (value_count(words) > 0)
		(void)manage_command(cl, words);	/* it has been printed; the next one may do */
	arena_done(&a);
	return stay;
}

/* A line without an editor, as from a pipe. NULL at the end. */
static char *
read_plain(char **line, size_t *cap)
{
	ssize_t n;

	printf("%s", PROMPT);
	(void)fflush(stdout);
	n = getline(line, cap, stdin);
	return n < 0 ? NULL : *line;
}

int
interactive_run(const struct client *cl)
{
	struct lineedit *edit = lineedit_new(PROMPT, cl->socket);
	char *plain = NULL;
	const char *line;
	size_t cap = 0;
	bool stay = true;

	/* To the byte: there are scripts that wait for what they know. */
	printf("Fail2Ban v%s reads log file that contains password failure report\n"
	       "and bans the corresponding IP addresses using firewall rules.\n\n",
	    COMPAT_VERSION);
	while (stay) {
		line = edit != NULL ? lineedit_read(edit) : read_plain(&plain, &cap);
		if (line == NULL)
			break;
		stay = strlen(line) > LINE_MAX_BYTES || run_line(cl, slice_cstr(line));
	}
	free(plain);
	lineedit_free(edit);
	if (!stay)
		return 0;
	printf("\n");
	log_write(LEVEL_ERROR, "", "EOF when reading a line");
	return CMDLINE_FAILED;
}
