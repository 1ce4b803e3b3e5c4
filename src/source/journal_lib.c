#include "source/journal_lib.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>

#define LIBRARY "libsystemd.so.0"

static bool
load(struct journal_lib *lib)
{
	void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (handle == NULL)
		return false;
	/* Not closed: it stays as long as the process. */
#define CALL(call)                                                                                 \
	*(void **)&lib->call = dlsym(handle, "sd_journal_" #call);                                 \
	if (lib->call == NULL)                                                                     \
		return false;
	JOURNAL_CALLS(CALL)
#undef CALL
	return true;
}

const struct journal_lib *
journal_lib(void)
{
	static struct journal_lib lib;
	static bool tried, there;

	if (!tried)
		there = load(&lib);
	tried = true;
	return there ? &lib : NULL;
}
