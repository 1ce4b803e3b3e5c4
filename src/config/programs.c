#include "config/programs.h"

#include "config/text.h"
#include "util/buf.h"

#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* Behind these comes another command. */
static const char *const leading[] = {"!", "{", "if", "then", "else", "elif", "while", "until",
    "do", "time", "exec", "command", "eval", NULL};

/* The shell carries these out itself, or they are no command. */
static const char *const own[] = {".", ":", "[", "alias", "bg", "break", "cd", "continue", "done",
    "echo", "esac", "exit", "export", "false", "fg", "fi", "for", "getopts", "hash", "in", "jobs",
    "kill", "local", "printf", "pwd", "read", "readonly", "return", "set", "shift", "source",
    "test", "times", "trap", "true", "type", "ulimit", "umask", "unalias", "unset", "wait", "}",
    NULL};

static const char *const folders[] = {
    "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", NULL};

struct programs
programs_of(struct slice script)
{
	return (struct programs){.script = script, .expected = true};
}

/* Length of a tag, "<name>", at the start of s; 0 if it is none. */
static size_t
tag_length(struct slice s)
{
	size_t n = 1;

	if (s.n < 3 || s.p[0] != '<')
		return 0;
	while (n < s.n && (text_word_char(s.p[n]) || s.p[n] == '-' || s.p[n] == '.' ||
			      s.p[n] == '/' || s.p[n] == '?' || s.p[n] == '='))
		n++;
	return n > 1 && n < s.n && s.p[n] == '>' ? n + 1 : 0;
}

/* Length of what is quoted or substituted at the start of s; 0 if nothing is, s.n if it is open. */
static size_t
quoted_length(struct slice s)
{
	size_t depth = 0;
	char end = s.p[0];

	if (s.p[0] == '\\')
		return s.n < 2 ? s.n : 2;
	if (s.p[0] == '$' && s.n > 1 && (s.p[1] == '(' || s.p[1] == '{')) {
		char open = s.p[1], close = open == '(' ? ')' : '}';

		for (size_t i = 1; i < s.n; i++) {
			depth += s.p[i] == open;
			if (s.p[i] == close && --depth == 0)
				return i + 1;
		}
		return s.n;
	}
	if (end != '\'' && end != '"' && end != '`')
		return 0;
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '\\' && end != '\'')
			i++;
		else if (s.p[i] == end)
			return i + 1;
	}
	return s.n;
}

/* Length of the word at the start of s; *plain: nothing in it is quoted or substituted. */
static size_t
word_length(struct slice s, bool *plain)
{
	size_t n = 0;

	*plain = true;
	while (n < s.n) {
		struct slice rest = slice_from(s, n);
		size_t step = tag_length(rest);

		if (step == 0) {
			step = quoted_length(rest);
			*plain &= step == 0 && memchr("$*?~", rest.p[0], 4) == NULL;
		}
		if (step == 0 && memchr(" \t\n;&|<>()", rest.p[0], 10) != NULL)
			break;
		n += step > 0 ? step : 1;
	}
	return n;
}

static void
skip_blanks(struct programs *p)
{
	struct slice s = p->script;

	for (;;) {
		if (p->at < s.n && char_blank(s.p[p->at]))
			p->at++;
		else if (p->at + 1 < s.n && s.p[p->at] == '\\' && s.p[p->at + 1] == '\n')
			p->at += 2;
		else
			return;
	}
}

/* A redirection and its file; false for a document that stands in the script. */
static bool
skip_redirection(struct programs *p)
{
	struct slice rest = slice_from(p->script, p->at);
	bool plain;

	if (slice_starts(rest, SLICE("<<")))
		return false;
	while (p->at < p->script.n && memchr("<>&|-", p->script.p[p->at], 5) != NULL)
		p->at++;
	skip_blanks(p);
	p->at += word_length(slice_from(p->script, p->at), &plain);
	return true;
}

/* "NAME=value" before a command. */
static bool
is_assignment(struct slice word)
{
	size_t n = 0;

	while (n < word.n && text_word_char(word.p[n]))
		n++;
	return n > 0 && n < word.n && word.p[n] == '=';
}

static bool
all_digits(struct slice word)
{
	for (size_t i = 0; i < word.n; i++)
		if (!char_digit(word.p[i]))
			return false;
	return true;
}

/* A word where a command is expected; false if the rest of the script cannot be told. */
static bool
take_word(struct programs *p, struct slice word, bool plain, bool *command)
{
	struct slice rest = slice_from(p->script, p->at);

	*command = false;
	if (slice_starts(rest, SLICE("(")) || slice_eq(word, SLICE("case")) ||
	    slice_eq(word, SLICE("function")))
		return false;
	if (is_assignment(word) || slice_listed(word, leading))
		return true;
	p->expected = false;
	*command = plain && !slice_listed(word, own) && !all_digits(word);
	return true;
}

/* What stands between commands and words. */
static bool
skip_between(struct programs *p)
{
	while (p->at < p->script.n) {
		char c;

		skip_blanks(p);
		c = p->at < p->script.n ? p->script.p[p->at] : '\0';
		if (memchr("\n;&|()", c, 6) != NULL && p->at < p->script.n) {
			p->expected = true;
			p->at++;
		} else if (c == '#') {
			while (p->at < p->script.n && p->script.p[p->at] != '\n')
				p->at++;
		} else if (c == '>' ||
			   (c == '<' && tag_length(slice_from(p->script, p->at)) == 0)) {
			if (!skip_redirection(p))
				return false;
		} else {
			break;
		}
	}
	return p->at < p->script.n;
}

bool
programs_next(struct programs *p, struct slice *word)
{
	while (skip_between(p)) {
		struct slice rest = slice_from(p->script, p->at);
		bool plain, command = false;
		size_t n = word_length(rest, &plain);

		if (n == 0)
			return false;
		p->at += n;
		*word = slice_upto(rest, n);
		if (p->expected && !take_word(p, *word, plain, &command))
			return false;
		if (command)
			return true;
	}
	return false;
}

static bool
executable(struct slice folder, struct slice word, struct buf *path)
{
	buf_clear(path);
	buf_add(path, folder);
	buf_add_char(path, '/');
	buf_add(path, word);
	return !buf_refused(path) && access(buf_cstr(path), X_OK) == 0;
}

bool
programs_find(struct slice word, struct buf *path)
{
	struct slice rest = slice_cstr(getenv("PATH")), folder;

	if (memchr(word.p, '\0', word.n) != NULL)
		return false;
	if (slice_find_char(word, '/', 0) >= 0)
		return executable(word.p[0] == '/' ? SLICE_EMPTY : SLICE("."),
		    word.p[0] == '/' ? slice_from(word, 1) : word, path);
	while (slice_next(&rest, ':', &folder))
		if (folder.n > 0 && executable(folder, word, path))
			return true;
	for (size_t i = 0; folders[i] != NULL; i++)
		if (executable(slice_cstr(folders[i]), word, path))
			return true;
	return false;
}

bool
programs_installed(struct slice word)
{
	struct buf path;
	bool found;

	buf_init(&path, 4096);
	found = programs_find(word, &path);
	buf_done(&path);
	return found;
}

bool
programs_script(struct slice word)
{
	char start[SELFMAG];
	struct buf path;
	bool script;
	int fd = -1;

	buf_init(&path, 4096);
	if (programs_find(word, &path))
		fd = open(buf_cstr(&path), O_RDONLY | O_CLOEXEC);
	script = fd >= 0 && (read(fd, start, sizeof(start)) != sizeof(start) ||
				memcmp(start, ELFMAG, sizeof(start)) != 0);
	if (fd >= 0)
		(void)close(fd);
	buf_done(&path);
	return script;
}
