#ifndef F2B_UTIL_LIBRARY_H
#define F2B_UTIL_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Shared libraries that are loaded when they are needed first, since they bring others along, which
 * take time at every start, and memory.
 */
enum library_state { LIBRARY_UNTRIED, LIBRARY_LOADED, LIBRARY_MISSING };

/*
 * Loads file, once for each state, and puts the functions of these names into functions, in their
 * order. Returns false if the library, or one of them, is not there. It stays as long as the process.
 */
bool library_load(enum library_state *state, const char *file, const char *const *names,
    void **functions, size_t count);

#endif
