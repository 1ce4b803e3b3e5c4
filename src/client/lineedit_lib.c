#include "client/lineedit_lib.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>

#define LIBRARY "libedit.so.2"

static bool
load(struct lineedit_lib *lib)
{
	void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (handle == NULL)
		return false;
		/* Not closed: it stays as long as the process. */
#define CALL(call)                                                                                 \
	*(void **)&lib->call = dlsym(handle, #call);                                               \
	if (lib->call == NULL)                                                                     \
		return false;
	LINEEDIT_CALLS(CALL)
#undef CALL
	return true;
}

const struct lineedit_lib *
lineedit_lib(void)
{
	static struct lineedit_lib lib;
	static bool tried, there;

	if (!tried)
		there = load(&lib);
	tried = true;
	return there ? &lib : NULL;
}
