#include "source/journal_lib.h"

#include "util/library.h"

#define NAME(call) "sd_journal_" #call,

static const char *const names[] = {JOURNAL_CALLS(NAME)};

const struct journal_lib *
journal_lib(void)
{
	static enum library_state state;
	static struct journal_lib lib; /* of pointers to functions, in the order of names */

	return library_load(&state, "libsystemd.so.0", names, (void **)&lib,
		   sizeof(names) / sizeof(names[0]))
		   ? &lib
		   : NULL;
}
