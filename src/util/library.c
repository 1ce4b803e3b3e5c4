#include "util/library.h"

#include <dlfcn.h>

static bool
load(const char *file, const char *const *names, void **functions, size_t count)
{
	void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);

	for (size_t i = 0; handle != NULL && i < count; i++) {
		functions[i] = dlsym(handle, names[i]);
		if (functions[i] == NULL)
			return false;
	}
	return handle != NULL;
}

bool
library_load(enum library_state *state, const char *file, const char *const *names,
    void **functions, size_t count)
{
	if (*state == LIBRARY_UNTRIED)
		*state = load(file, names, functions, count) ? LIBRARY_LOADED : LIBRARY_MISSING;
	return *state == LIBRARY_LOADED;
}
