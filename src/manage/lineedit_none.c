#include "manage/lineedit.h"

struct lineedit *
lineedit_new(const char *prompt, struct slice socket)
{
	(void)prompt;
	(void)socket;
	return NULL;
}

void
lineedit_free(struct lineedit *e)
{
	(void)e;
}

const char *
lineedit_read(struct lineedit *e)
{
	(void)e;
	return NULL;
}
