#include "manage/lineedit.h"

struct lineedit *
lineedit_new(const char *prompt, struct slice socket)
{
	return NULL;
}

void
lineedit_free(struct lineedit *e)
{
}

const char *
lineedit_read(struct lineedit *e)
{
	return NULL;
}
