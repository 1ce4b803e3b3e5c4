#include "scan/form.h"

#include "scan/machine.h"
#include "scan/matcher_state.h"
#include "scan/shortcut.h"
#include "util/mem.h"

#include <errno.h>

/* What one search may cost from one start on, beside the line's budget. */
#define STEPS_MAX 2000000

/*
 * What a search without a budget may cost, from all starts together: some tenths of a millisecond. PCRE2
 * counts from each start anew, so the longer the line is, the fewer it may take from one; until there are so
 * few that it is not tried.
 */
#define QUICK_STEPS 100000
#define QUICK_BYTES 2500

struct form {
	pcre2_code *code; /* NULL before it is needed, or if PCRE2 refuses it */
	bool refused;
	unsigned searches; /* up to when machine code is made, if it can be */
};

struct forms {
	struct slice text;
	struct arena *arena; /* that of the text */
	unsigned flags;
	unsigned groups;
	struct form quick[2], metered[2]; /* for Unicode, for ASCII */
	/* For ASCII in which the shortcut holds; tried when it is worth it. */
	struct form sooner;
	struct shortcut shortcut;
	unsigned searches; /* up to when it is */
};

/* ---- making ---- */

/* A further form of a regex that is known to be good; only a limit of PCRE2's can still be in the way. */
static int
form_make(struct form *form, struct slice text, unsigned flags, struct diag *reason)
{
	struct pyre_groups groups;
	struct arena scratch;
	int r;

	arena_init(&scratch);
	r = machine_compile(&form->code, text, flags, 0, &scratch, &groups, reason);
	form->refused = r < 0;
	arena_done(&scratch);
	return r;
}

static unsigned
flags_for(const struct forms *f, bool ascii)
{
	return f->flags | (ascii ? PYRE_ASCII : 0);
}

/* True if a number in it may be of repetitions a hundred or more, which PCRE2 writes down as often. */
static bool
repeats_often(struct slice text)
{
	size_t digits = 0;

	for (size_t i = 0; i < text.n && digits < 3; i++)
		digits = char_digit(text.p[i]) ? digits + 1 : 0;
	return digits == 3;
}

/* True if another form, which is larger, may be too large for PCRE2. */
static bool
large(const struct forms *f)
{
	enum { LARGE_BYTES = 1000 };
	size_t bytes;

	(void)pcre2_pattern_info(f->quick[true].code, PCRE2_INFO_SIZE, &bytes);
	return bytes > LARGE_BYTES || repeats_often(f->text);
}

int
forms_new(struct forms **out, struct slice text, unsigned flags, struct arena *a,
    struct pyre_groups *groups, struct diag *reason)
{
	struct forms *f = MEM_NEW(struct forms);
	int r;

	f->text = text;
	f->arena = a;
	f->flags = flags;
	r = machine_compile(&f->quick[true].code, text, flags_for(f, true), 0, a, groups, reason);
	/* What would be refused at the first line that is not ASCII, or that is hard, is refused now. */
	if (r == 0 && large(f))
		r = form_make(
		    &f->metered[false], text, flags_for(f, false) | PYRE_METERED, reason);
	if (r < 0) {
		forms_free(f);
		return r;
	}
	f->groups = groups->groups;
	*out = f;
	return 0;
}

void
forms_free(struct forms *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < 2; i++) {
		pcre2_code_free(f->quick[i].code);
		pcre2_code_free(f->metered[i].code);
	}
	pcre2_code_free(f->sooner.code);
	mem_free(f);
}

/* ---- searching ---- */

/*
 * The form's code for a subject of n bytes, or NULL. Most regexes of a server never are searched for, since
 * no line holds their literals, and need no machine code. Where it cannot be made, matching is slower, no
 * more. The time that making takes is not the line's.
 */
static const pcre2_code *
form_code(struct form *form, struct slice text, unsigned flags, struct matcher *m, size_t n)
{
	bool made = false;

	if (form->code == NULL && !form->refused)
		made = form_make(form, text, flags, NULL) == 0;
	if (form->code != NULL && machine_code_due(&form->searches, n)) {
		(void)pcre2_jit_compile(form->code, PCRE2_JIT_COMPLETE);
		made = true;
	}
	if (made)
		budget_begin(&m->budget);
	return form->code;
}

/* The regex may be good and this form of it too large, all the same: then there is none. */
static void
make_sooner(struct forms *f, struct matcher *m)
{
	struct buf text;

	buf_init(&text, SHORTCUT_ROOM(f->text.n));
	if (shortcut_read(&f->shortcut, f->arena, f->text, &text) && !buf_refused(&text) &&
	    form_make(&f->sooner, buf_slice(&text), flags_for(f, true), NULL) == 0)
		(void)pcre2_jit_compile(f->sooner.code, PCRE2_JIT_COMPLETE);
	buf_done(&text);
	budget_begin(&m->budget);
}

/* Code that finds the same in this text as the quick one, and sooner; or NULL. */
static const pcre2_code *
sooner(struct forms *f, struct matcher *m, struct slice subject)
{
	enum { SEARCHES_MIN = 64 };

	if (f->searches < SEARCHES_MIN && ++f->searches == SEARCHES_MIN)
		make_sooner(f, m);
	return f->sooner.code != NULL && shortcut_holds(&f->shortcut, subject) ? f->sooner.code : NULL;
}

static inline int
search_code(const pcre2_code *code, struct matcher *m, struct slice subject, uint32_t steps)
{
	int r;

	if (code == NULL)
		return PCRE2_ERROR_MATCHLIMIT;
	(void)pcre2_set_match_limit(m->context, steps);
	r = pcre2_jit_match(code, (PCRE2_SPTR)subject.p, subject.n, 0, 0, m->data, m->context);
	if (r == PCRE2_ERROR_JIT_BADOPTION)
		r = pcre2_match(code, (PCRE2_SPTR)subject.p, subject.n, 0, PCRE2_NO_UTF_CHECK,
		    m->data, m->context);
	return r;
}

static int
search_quick(struct forms *f, struct matcher *m, struct slice subject, bool ascii)
{
	const pcre2_code *code = ascii ? sooner(f, m, subject) : NULL;

	if (code == NULL)
		code = form_code(&f->quick[ascii], f->text, flags_for(f, ascii), m, subject.n);
	return search_code(code, m, subject, (uint32_t)(QUICK_STEPS / (subject.n + 1)));
}

static int
search_metered(struct forms *f, struct matcher *m, struct slice subject, bool ascii)
{
	const pcre2_code *code = form_code(&f->metered[ascii], f->text,
	    flags_for(f, ascii) | PYRE_METERED, m, subject.n);

	/* One such line often means that the other regexes have a hard time with it, too. */
	m->careful = true;
	return search_code(code, m, subject, STEPS_MAX);
}

static bool
ended(int r)
{
	return r > 0 || r == PCRE2_ERROR_NOMATCH;
}

int
forms_search(struct forms *f, struct matcher *m, struct slice subject, bool ascii)
{
	int r = PCRE2_ERROR_MATCHLIMIT;

	matcher_fit(m, f->groups);
	if (!m->careful && subject.n <= QUICK_BYTES)
		r = search_quick(f, m, subject, ascii);
	if (!ended(r))
		r = search_metered(f, m, subject, ascii);
	return r > 0 ? 1 : ended(r) ? 0 : -E2BIG;
}
