#ifndef F2B_COMPAT_PICKLE_READ_H
#define F2B_COMPAT_PICKLE_READ_H

#include "compat/pickle.h"

/*
 * What the opcodes of a pickle are read with: input, stack, memo and limits. Only pickle_*.c
 * include this; each of them ends with the rows of its opcodes. All functions return 0 or what
 * pickle_decode() then returns.
 */

enum pickle_slot_kind {
	SLOT_UNSET, /* of the memo: nothing was put there */
	SLOT_MARK,
	SLOT_VALUE,
	SLOT_STR, /* the class str, to be called */
	SLOT_SET,
	SLOT_ERROR, /* a class of exceptions */
};

struct pickle_slot {
	enum pickle_slot_kind kind;
	enum value_error error;
	struct value *v;
};

/*
 * Values on the stack and in the memo form trees: what the memo gives back is a copy, paid for out
 * of the limits, so that no value can hold itself, or itself many times over.
 */
struct pickle_reader {
	struct arena *a;
	struct slice in;
	size_t at;
	enum pickle_side side;
	struct pickle_slot *stack;
	size_t n, cap;
	size_t pushed; /* on it, in all */
	struct pickle_slot *memo;
	size_t memo_n;
	size_t memo_used; /* of them set; the index of the next MEMOIZE */
	size_t items_left;
	size_t bytes_left;
	bool stopped;
	struct diag *d;
	const struct pickle_opcode *opcodes[256]; /* by number */
};

/*
 * A row: the opcode, by its number as pickletools has it, and what reads the rest of it. That is told
 * what sets the opcode apart from its likes: how many bytes a number has, how many items, which kind of
 * value it is about.
 */
struct pickle_opcode {
	unsigned char code;
	int (*read)(struct pickle_reader *p, unsigned of);
	unsigned of;
};

/* Each ends with a row without a function. */
extern const struct pickle_opcode pickle_numbers[], pickle_texts[], pickle_containers[];
extern const struct pickle_opcode pickle_memos[], pickle_classes[];

#define PICKLE_NOWHERE ((struct place){.file = NULL})

/* -EBADMSG, and "pickle with too …": -E2BIG. */
int pickle_bad(struct pickle_reader *p, const char *text);
int pickle_too_much(struct pickle_reader *p, const char *what);

/* The next bytes of the input; a number has its little end first; a line comes without its end. */
int pickle_take(struct pickle_reader *p, uint64_t n, struct slice *out);
int pickle_take_number(struct pickle_reader *p, size_t bytes, uint64_t *out);
int pickle_take_line(struct pickle_reader *p, struct slice *out);

/* Bytes behind a number of so many bytes, which says how many they are. */
int pickle_take_sized(struct pickle_reader *p, size_t size_bytes, struct slice *out);

/* Takes so much off the limits. */
int pickle_charge(struct pickle_reader *p, size_t items, size_t bytes);

int pickle_push_slot(struct pickle_reader *p, struct pickle_slot slot);
int pickle_push(struct pickle_reader *p, struct value *v);
int pickle_pop(struct pickle_reader *p, struct value **out);

/* The value on top, which must be of this kind. */
int pickle_top(struct pickle_reader *p, enum value_kind kind, struct value **out);

/* Where the items above the last mark begin; all of them are values. */
int pickle_find_mark(struct pickle_reader *p, size_t *out);

#endif
