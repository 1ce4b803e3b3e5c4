#ifndef F2B_ACTION_FOLLOW_STATE_H
#define F2B_ACTION_FOLLOW_STATE_H

#include "action/follow.h"
#include "util/buf.h"

/*
 * Inside follow*.c: follow.c follows commands, follow_word.c reads words, follow_text.c does what sed and
 * grep do with what a command prints, follow_pass.c passes over what is not run.
 */

/* What turns for long, or lies deep, is the shell's. */
#define FOLLOW_DEPTH_MAX 8
#define FOLLOW_STEPS_MAX 20000
#define FOLLOW_VARIABLES_MAX 4
#define FOLLOW_VALUE_MAX 256
#define FOLLOW_TEXT_MAX ((size_t)16384)

struct follow_variable {
	struct slice name;
	char value[FOLLOW_VALUE_MAX];
	size_t n;
};

struct follower {
	struct slice text;
	size_t at;
	unsigned depth;
	unsigned steps; /* words that were read, and pieces that were passed over */
	bool passing;	/* over commands that are not run */
	bool failed;	/* the last command, which is one of a text, as no other does */
	char locked;	/* the number that flock was given, until its group says what that is; or 0 */
	struct buf printed; /* in groups that were begun, and is not taken by another command yet */
	struct follow_variable variables[FOLLOW_VARIABLES_MAX];
	size_t variable_count;
	const struct follow_calls *calls;
};

/* Where a word goes, and what became of it. */
struct follow_word {
	struct buf *out;
	size_t start;
	bool parted; /* it came to none, or to several */
	bool quoted; /* some part is, so that it may come to one with nothing in it */
	bool blanks; /* some part has blanks that do not part it */
};

static inline char
follow_peek(const struct follower *f)
{
	return f->at < f->text.n ? f->text.p[f->at] : '\0';
}

static inline bool
follow_step(struct follower *f)
{
	return ++f->steps <= FOLLOW_STEPS_MAX;
}

static inline bool
follow_take_char(struct follower *f, char c)
{
	if (f->at >= f->text.n || f->text.p[f->at] != c)
		return false;
	f->at++;
	return true;
}

static inline void
follow_skip_blanks(struct follower *f)
{
	while (char_blank(follow_peek(f)))
		f->at++;
}

static inline void
follow_skip_lines(struct follower *f)
{
	while (char_blank(follow_peek(f)) || follow_peek(f) == '\n')
		f->at++;
}

/* True if a word that goes up to there is at its end. */
bool follow_ends_word(struct slice text, size_t at);

/* True if the next word is this one, unquoted: a word of the shell's own. */
bool follow_ahead(const struct follower *f, const char *word);

/* The same, behind blanks, and takes it. */
bool follow_take(struct follower *f, const char *word);
bool follow_take_text(struct follower *f, struct slice text);

/* Takes "|"; false if it is "||" or something else. */
bool follow_take_pipe(struct follower *f);

/* True if the value stands for itself wherever it comes to stand. */
bool follow_plain(struct slice value);

/*
 * The name of a variable, empty if there is none: in small letters, as others mean something to the
 * shell, or to the programs that it runs.
 */
struct slice follow_name(struct follower *f);
struct follow_variable *follow_variable(struct follower *f, struct slice name);

/* Adds the next word to out; false if it is not known what it comes to. */
bool follow_word(struct follower *f, struct buf *out, struct follow_word *w);

/* Adds the words of a command, with blanks between. */
bool follow_line(struct follower *f, struct buf *line);

/*
 * Behind "LINE |": adds what the next command, sed or grep, prints of what LINE prints, in lines.
 * False if that is not known. succeeds is what its status says.
 */
bool follow_pipe(struct follower *f, struct slice line, struct buf *out, bool *succeeds);

/* Passes over a command that is not run: all that matters is where it ends. */
bool follow_pass_rest(struct follower *f);
bool follow_pass_simple(struct follower *f);
bool follow_pass_until(struct follower *f, struct slice ends);

#endif
