#include "manage/lineedit.h"

#include "manage/complete.h"
#include "manage/lineedit_lib.h"
#include "client/split.h"
#include "util/buf.h"
#include "util/mem.h"

#include <stdio.h>
#include <unistd.h>

#define HISTORY_LINES 500

struct lineedit {
	const struct lineedit_lib *lib;
	EditLine *el;
	History *history;
	const char *prompt;
	struct slice socket;
};

/* Words that may stand at the cursor. */
struct found {
	struct complete_sink sink;
	struct buf list;   /* one a line */
	struct buf common; /* what all of them begin with */
	size_t count;
};

static char *
show_prompt(EditLine *el)
{
	struct lineedit *e;

	(void)lineedit_lib()->el_get(el, EL_CLIENTDATA, &e);
	return (char *)(uintptr_t)e->prompt;
}

static void
take_word(struct complete_sink *sink, struct slice word, const char *help)
{
	struct found *f = (struct found *)sink;
	size_t same = 0;

	buf_printf(&f->list, "  %-24.*s %s\r\n", SLICE_ARG(word), help);
	if (f->count++ == 0) {
		buf_add(&f->common, word);
		return;
	}
	while (same < f->common.n && same < word.n && f->common.p[same] == word.p[same])
		same++;
	buf_cut(&f->common, same);
}

/* Inserts what is certain; where nothing is, lists what there is. */
static unsigned char
insert_found(EditLine *el, struct found *f, size_t typed)
{
	struct slice more = slice_from(buf_slice(&f->common), typed);

	/* A word beyond what can be held here, as an attacker may have had banned, is nothing to insert. */
	if (f->count == 0 || buf_refused(&f->common))
		return CC_ERROR;
	if (f->count == 1)
		buf_add_char(&f->common, ' ');
	if (f->count > 1 && more.n == 0) {
		printf("\r\n%s", buf_cstr(&f->list));
		(void)fflush(stdout);
		return CC_REDISPLAY;
	}
	return lineedit_lib()->el_insertstr(el, buf_cstr(&f->common) + typed) < 0 ? CC_ERROR
										  : CC_REFRESH;
}

static unsigned char
complete_here(EditLine *el, int key)
{
	const LineInfo *line = lineedit_lib()->el_line(el);
	struct slice before = slice_of(line->buffer, (size_t)(line->cursor - line->buffer)), prefix;
	struct found f = {.sink = {take_word}};
	struct lineedit *e;
	struct value *words;
	struct arena a;
	unsigned char result = CC_ERROR;
	size_t start = before.n;

	(void)lineedit_lib()->el_get(el, EL_CLIENTDATA, &e);
	while (start > 0 && !char_space(before.p[start - 1]))
		start--;
	prefix = slice_from(before, start);
	arena_init(&a);
	buf_init(&f.list, (size_t)1 << 20);
	buf_init(&f.common, 4096);
	words = split_words(&a, slice_upto(before, start));
	if (words != NULL) {
		complete_words(e->socket, words, prefix, &f.sink);
		result = insert_found(el, &f, prefix.n);
	}
	buf_done(&f.list);
	buf_done(&f.common);
	arena_done(&a);
	return result;
}

struct lineedit *
lineedit_new(const char *prompt, struct slice socket)
{
	const struct lineedit_lib *lib = isatty(STDIN_FILENO) != 0 ? lineedit_lib() : NULL;
	struct lineedit *e;
	HistEvent event;

	if (lib == NULL)
		return NULL;
	e = MEM_NEW(struct lineedit);
	e->lib = lib;
	e->prompt = prompt;
	e->socket = socket;
	e->el = lib->el_init("f2b-client", stdin, stdout, stderr);
	e->history = lib->history_init();
	if (e->el == NULL || e->history == NULL) {
		lineedit_free(e);
		return NULL;
	}
	(void)lib->history(e->history, &event, H_SETSIZE, HISTORY_LINES);
	(void)lib->el_set(e->el, EL_CLIENTDATA, e);
	(void)lib->el_set(e->el, EL_PROMPT, show_prompt);
	(void)lib->el_set(e->el, EL_EDITOR, "emacs");
	(void)lib->el_set(e->el, EL_SIGNAL, 1);
	(void)lib->el_set(e->el, EL_HIST, lib->history, e->history);
	(void)lib->el_set(e->el, EL_ADDFN, "f2b-complete", "what may come next", complete_here);
	(void)lib->el_set(e->el, EL_BIND, "^I", "f2b-complete", NULL);
	return e;
}

void
lineedit_free(struct lineedit *e)
{
	if (e == NULL)
		return;
	if (e->el != NULL)
		e->lib->el_end(e->el);
	if (e->history != NULL)
		e->lib->history_end(e->history);
	mem_free(e);
}

const char *
lineedit_read(struct lineedit *e)
{
	int n = 0;
	const char *line = e->lib->el_gets(e->el, &n);
	HistEvent event;

	if (line == NULL || n <= 0)
		return NULL;
	if (slice_trim(slice_cstr(line)).n > 0)
		(void)e->lib->history(e->history, &event, H_ENTER, line);
	return line;
}
