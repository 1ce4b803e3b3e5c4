#ifndef F2B_MANAGE_LINEEDIT_LIB_H
#define F2B_MANAGE_LINEEDIT_LIB_H

#include <histedit.h>

/*
 * libedit, loaded when the first line is edited: it brings three more libraries along, which take
 * time at every start, and nearly no start edits lines.
 */
#define LINEEDIT_CALLS(CALL)                                                                       \
	CALL(el_end)                                                                               \
	CALL(el_get)                                                                               \
	CALL(el_gets)                                                                              \
	CALL(el_init)                                                                              \
	CALL(el_insertstr)                                                                         \
	CALL(el_line)                                                                              \
	CALL(el_set)                                                                               \
	CALL(history)                                                                              \
	CALL(history_end)                                                                          \
	CALL(history_init)

struct lineedit_lib {
#define CALL(name) __typeof__(name) *name;
	LINEEDIT_CALLS(CALL)
#undef CALL
};

/* The calls; NULL if the library, or one of them, is not there. */
const struct lineedit_lib *lineedit_lib(void);

#endif
