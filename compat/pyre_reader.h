#ifndef F2B_COMPAT_PYRE_READER_H
#define F2B_COMPAT_PYRE_READER_H

#include "compat/pyre.h"

/*
 * A regex being translated: where the reader is, what it knows, and the first mistake, after which
 * nothing more is read.
 */
#define PYRE_COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PYRE_CODE_MAX 0x10ffff

/* Python's "no limit", and where its widths stop counting. */
#define PYRE_WIDTH_MAX UINT64_C(4294967295)

/* How many characters a piece of a pattern matches: what a lookbehind is judged by. */
struct pyre_width {
	uint64_t min, max;
};

/* A group, as far as references to it go. */
struct pyre_capture {
	struct pyre_width width; /* once it is closed */
	bool closed;
};

enum scope_flag {
	PYRE_FLAG_I = 1,
	PYRE_FLAG_M = 2,
	PYRE_FLAG_S = 4,
	PYRE_FLAG_X = 8,
	PYRE_FLAG_A = 16,
	PYRE_FLAG_U = 32,
	PYRE_FLAG_L = 64,
};
#define PYRE_FLAGS_TYPE (PYRE_FLAG_A | PYRE_FLAG_U | PYRE_FLAG_L)

/* A group as (?(7)…) names it, which may stand before the group: looked at when all are known. */
struct forward_ref {
	struct forward_ref *next;
	uint64_t number;
	size_t at;
};

/* What PYRE_METERED needs to know of the alternative of the whole that is being read. */
struct pyre_meter {
	bool on;
	bool start_called;
	size_t start;	   /* in the output, of the alternative */
	unsigned choices;  /* in it so far */
	size_t first_loop; /* in the output, of its first costly loop; SIZE_MAX if there is none */
};

struct pyre_parser {
	struct arena *arena;
	struct slice in;
	size_t at;
	struct buf *out;
	struct diag *d;
	size_t *error_at;
	int error; /* of the first mistake; nothing more is read then */
	bool ascii_subject;
	unsigned flags; /* enum scope_flag, of the scope being read */
	unsigned depth;
	struct pyre_meter meter;
	struct pyre_groups *groups;
	size_t names_cap;
	struct pyre_capture *captures; /* by number, which begins with 1 */
	size_t captures_cap;
	unsigned lookbehind_groups; /* groups before the outermost lookbehind, 0 outside */
	struct forward_ref *refs, **refs_end;
	bool uneven_lookbehind; /* told last, as Python does: it finds out when it compiles */
};

/* message is a literal. */
#define PYRE_FAIL(p, at, literal) pyre_fail(p, at, SLICE(literal))

/* message is escaped text; at is in bytes, SIZE_MAX for a mistake without a place. */
void pyre_fail(struct pyre_parser *p, size_t at, struct slice message);

/* format takes one "%s", which is a piece of the pattern. */
void pyre_fail_piece(struct pyre_parser *p, size_t at, struct slice piece, const char *format)
    __attribute__((format(printf, 4, 0)));

/* name is none of a group; it is told in Python's quotes, in which more is escaped. */
void pyre_fail_name(struct pyre_parser *p, size_t at, struct slice name);

/* The next character, or -1 at the end and after a mistake. */
int32_t pyre_peek(const struct pyre_parser *p);
/* Notes a backslash that has nothing behind it. */
void pyre_check_end(struct pyre_parser *p);

/* Takes the next character, or gives -1 as pyre_peek(). */
int32_t pyre_next(struct pyre_parser *p);

/*
 * As Python's reader does, looks one character ahead: a backslash that ends the pattern is found
 * when what stands before it is read.
 */
int32_t pyre_take(struct pyre_parser *p);

/* Takes the next character if it is c. */
bool pyre_match(struct pyre_parser *p, char c);
/* What was read since start. */
struct slice pyre_piece_from(const struct pyre_parser *p, size_t start);

bool pyre_digit(int32_t c);
bool pyre_octal(int32_t c);
bool pyre_letter(int32_t c);

/* Reads up to the terminator and takes that too. what is "group name" or the like. */
struct slice pyre_read_until(struct pyre_parser *p, char terminator, const char *what);

#endif
