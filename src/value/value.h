#ifndef F2B_VALUE_VALUE_H
#define F2B_VALUE_VALUE_H

#include "util/arena.h"
#include "util/diag.h"

/*
 * What commands and replies are made of. A value and all that hangs on it live in one arena, and
 * are not changed once they have been handed over.
 *
 * Lists and tuples are kept apart, for readers of the wire tell them apart. Text is UTF-8 as far
 * as its maker saw to it; it may hold any byte.
 */
enum value_kind {
	VALUE_NIL,
	VALUE_BOOL,
	VALUE_INT,
	VALUE_FLOAT,
	VALUE_TEXT,
	VALUE_LIST,
	VALUE_TUPLE,
	VALUE_SET,
	VALUE_MAP,	/* keeps the order of entry */
	VALUE_ERROR,	/* the answer of a command that failed */
};

/* Kinds of failure that a client may tell apart. */
enum value_error {
	ERROR_FAILED,	/* anything without a kind of its own */
	ERROR_VALUE,
	ERROR_KEY,
	ERROR_INDEX,	/* an argument is missing */
	ERROR_TYPE,
	ERROR_ATTRIBUTE,
	ERROR_LOOKUP,
	ERROR_NAME,
	ERROR_SYNTAX,
	ERROR_NO_FILE,
	ERROR_PERMISSION,
	ERROR_OS,
	ERROR_RUNTIME,
	ERROR_NOT_IMPLEMENTED,
	ERROR_UNKNOWN_JAIL,
	ERROR_DUPLICATE_JAIL,
	ERROR_REGEX,
};

struct value {
	enum value_kind kind;
	const struct place *at;	/* where a person wrote it, or NULL; lent by the configuration */
	union {
		bool truth;
		int64_t number;
		double real;
		struct slice text;
		struct {	/* LIST, TUPLE, SET; MAP: key, item, key, item … */
			struct value **items;
			size_t count;	/* of items; of a map twice the number of its keys */
			size_t cap;
		} seq;
		struct {
			enum value_error kind;
			struct value *args;	/* a tuple */
		} error;
	};
};

struct value *value_nil(struct arena *a);
struct value *value_bool(struct arena *a, bool truth);
struct value *value_int(struct arena *a, int64_t number);
struct value *value_float(struct arena *a, double real);

/* The text is copied; value_text_lent() only borrows it, for as long as the arena lives. */
struct value *value_text(struct arena *a, struct slice text);
struct value *value_text_lent(struct arena *a, struct slice text);
struct value *value_cstr(struct arena *a, const char *text);
struct value *value_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

struct value *value_list(struct arena *a);
struct value *value_tuple(struct arena *a);
struct value *value_set(struct arena *a);
struct value *value_map(struct arena *a);

/* Appends to a list, tuple or set. Returns seq. */
struct value *value_add(struct arena *a, struct value *seq, struct value *item);

/* A tuple of two. */
struct value *value_pair(struct arena *a, struct value *first, struct value *second);

/* Appends to a map; a key that is there already is replaced. Returns map. */
struct value *value_put(
    struct arena *a, struct value *map, struct value *key, struct value *item);

/* The same with a key of our own, which is copied. */
struct value *value_put_cstr(
    struct arena *a, struct value *map, const char *key, struct value *item);

/* An error with one argument, a text. */
struct value *value_error(struct arena *a, enum value_error kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The item at index of a list or tuple, or NULL if there is none or v is neither. */
struct value *value_at(const struct value *v, size_t index);

/* The item under a text key of a map, or NULL. */
struct value *value_get(const struct value *map, struct slice key);

/* Items of a list, tuple or set, keys of a map; 0 for anything else. */
size_t value_count(const struct value *v);

/* Where a person wrote v, which may be NULL; a place without a file if that is not known. */
struct place value_place(const struct value *v);

/* True if v is text equal to s. */
bool value_is_text(const struct value *v, struct slice s);

/* The same kind and content; sets and maps must have their items in the same order. */
bool value_eq(const struct value *a, const struct value *b);

/* A copy of v and all that hangs on it in another arena; places are kept. */
struct value *value_copy(struct arena *a, const struct value *v);

#endif
