#include "manage/manage.h"

#include "manage/start.h"

int
manage_command(const struct client *cl, const struct value *words)
{
	const struct value *first = value_at(words, 0);
	bool alone = value_count(words) == 1;
	bool keep = value_count(words) == 2 && value_is_text(value_at(words, 1), SLICE("--keep"));

	/* No command is a start. */
	if (first == NULL || (value_is_text(first, SLICE("start")) && alone))
		return start_server(cl);
	if (value_is_text(first, SLICE("restart")) && (alone || keep))
		return start_again(cl, keep);
	if (value_is_text(first, SLICE("restart")) || value_is_text(first, SLICE("reload")))
		return start_reload(cl, words);
	return client_command(cl, words);
}
