#include "manage/lineedit_lib.h"

#include "util/library.h"

#define NAME(call) #call,

static const char *const names[] = {LINEEDIT_CALLS(NAME)};

const struct lineedit_lib *
lineedit_lib(void)
{
	static enum library_state state;
	static struct lineedit_lib lib; /* of pointers to functions, in the order of names */

	return library_load(
		   &state, "libedit.so.2", names, (void **)&lib, sizeof(names) / sizeof(names[0]))
		   ? &lib
		   : NULL;
}
