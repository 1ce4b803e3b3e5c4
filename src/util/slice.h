#ifndef F2B_UTIL_SLICE_H
#define F2B_UTIL_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Bytes that somebody else owns: a line of a log, a value of a file, a piece of a message. Not
 * terminated, may hold NUL. Whoever hands out a slice says until when it is good.
 *
 * Character classes here are ASCII's; no function looks at the locale.
 */
struct slice {
	const char *p;
	size_t n;
};

#define SLICE(literal) ((struct slice){"" literal, sizeof(literal) - 1})
#define SLICE_EMPTY ((struct slice){"", 0})

/* For printf-like functions and "%.*s": text of ours only, never log data (see escape.h). */
#define SLICE_ARG(s) ((int)(s).n), (s).p

static inline struct slice
slice_of(const char *p, size_t n)
{
	return (struct slice){p, n};
}

/* s up to its terminator; NULL gives an empty slice. */
static inline struct slice
slice_cstr(const char *s)
{
	return s != NULL ? (struct slice){s, strlen(s)} : SLICE_EMPTY;
}

/* The slice without its first n bytes, or empty if it has no more than that. */
static inline struct slice
slice_from(struct slice s, size_t n)
{
	return n < s.n ? (struct slice){s.p + n, s.n - n} : (struct slice){s.p + s.n, 0};
}

/* The first n bytes, or all if it has no more than that. */
static inline struct slice
slice_upto(struct slice s, size_t n)
{
	return n < s.n ? (struct slice){s.p, n} : s;
}

/* Copies s to at, which has room for it; returns what is behind. */
static inline char *
slice_put(char *at, struct slice s)
{
	if (s.n > 0)
		memcpy(at, s.p, s.n);
	return at + s.n;
}

static inline bool
char_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
char_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static inline bool
char_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || char_upper(c);
}

static inline bool
char_alnum(char c)
{
	return char_alpha(c) || char_digit(c);
}

/* A letter, a digit or an underscore. */
static inline bool
char_word(char c)
{
	return char_alnum(c) || c == '_';
}

static inline bool
char_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Space, tab, line feed, vertical tab, form feed, carriage return. */
static inline bool
char_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline char
char_lower(char c)
{
	return char_upper(c) ? (char)(c + ('a' - 'A')) : c;
}

static inline char
char_to_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
}

/* Value of a hexadecimal digit, or -1. */
int char_hex(char c);

static inline bool
slice_eq(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool slice_eq_nocase(struct slice a, struct slice b);

/* Whether s is one of the words of a list that ends with NULL; the second as slice_eq_nocase(). */
bool slice_listed(struct slice s, const char *const *words);
bool slice_listed_nocase(struct slice s, const char *const *words);

/* Less than, equal to or greater than 0, by bytes. */
int slice_cmp(struct slice a, struct slice b);

bool slice_starts(struct slice s, struct slice prefix);
bool slice_ends(struct slice s, struct slice suffix);

/* Without white space at both ends, at the left, at the right. */
struct slice slice_trim(struct slice s);
struct slice slice_ltrim(struct slice s);
struct slice slice_rtrim(struct slice s);

/* Where c, or needle, is first seen in s at or after from; -1 if nowhere. */
ptrdiff_t slice_find_char(struct slice s, char c, size_t from);
ptrdiff_t slice_find(struct slice s, struct slice needle, size_t from);

/* Whether s has characters of a pattern of glob(7). */
bool slice_is_glob(struct slice s);

/* How often c is in s. */
size_t slice_count(struct slice s, char c);

/* Takes prefix off rest; false if rest does not start with it. */
bool slice_take(struct slice *rest, struct slice prefix);

/*
 * Takes the piece before the next sep off rest, and the sep with it. False when rest was used up
 * already, which an empty slice is from the start. "a,,b," gives "a", "", "b".
 */
bool slice_next(struct slice *rest, char sep, struct slice *piece);

/* Takes the next run of characters that are not white space. False when there is none left. */
bool slice_next_word(struct slice *rest, struct slice *word);

/*
 * The whole of s as a decimal number without sign, at most max. -EINVAL if it is anything else,
 * -ERANGE if it is greater; *out is then left as it was.
 */
int slice_u64(struct slice s, uint64_t max, uint64_t *out);

/* The same with an optional sign. */
int slice_i64(struct slice s, int64_t min, int64_t max, int64_t *out);

#endif
