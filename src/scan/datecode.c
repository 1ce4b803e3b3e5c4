#include "scan/datecode.h"

#include "scan/budget.h"
#include "scan/machine.h"

#include <errno.h>

/* Steps from one start; a date takes some hundreds. */
#define MATCH_STEPS_MAX 200000

/* Groups with a letter for their name are parts of a date. */
static void
take_groups(struct datecode *c, const struct pyre_groups *groups)
{
	c->part_count = 0;
	for (size_t i = 0; i < groups->count; i++) {
		struct slice name = groups->v[i].name;

		if (name.n != 1 || !char_alpha(name.p[0]))
			continue;
		c->parts[c->part_count].letter = name.p[0];
		c->parts[c->part_count++].number = groups->v[i].number;
	}
}

/* NULL, with the reason in d, if it is none. */
static pcre2_code *
compile(struct datecode *c, bool ascii, struct diag *d)
{
	unsigned flags = (ascii ? PYRE_ASCII : 0) | (c->metered ? PYRE_METERED : 0) |
	    (c->given ? PYRE_EVERY_START : 0);
	uint32_t options = ascii ? 0 : PCRE2_MATCH_INVALID_UTF;
	struct pyre_groups groups;
	struct arena scratch = {0};
	pcre2_code *code;

	if (machine_compile(&code, c->regex, flags, options, &scratch, &groups, d) == 0)
		take_groups(c, &groups);
	arena_done(&scratch);
	return code;
}

/* True if something in it may be repeated often; also if what says so only looks like it. */
static bool
repeats(struct slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i], next = i + 1 < text.n ? text.p[i + 1] : '\0';

		if (c == '*' || c == '+' || (c == '{' && (char_digit(next) || next == ',')))
			return true;
	}
	return false;
}

int
datecode_init(struct datecode *c, const struct datepat *pat, struct diag *d)
{
	struct diag why;

	*c = (struct datecode){
	    .regex = pat->regex, .given = !pat->ours, .metered = !pat->ours && repeats(pat->given)};
	if (pat->ours)
		return 0;
	diag_init(&why);
	c->ascii = (struct datecode_form){.code = compile(c, true, &why), .made = true};
	if (c->ascii.code == NULL)
		return diag_fail(d, -EBADMSG, (struct place){0},
		    "Unable to compile regular expression of datepattern: %s", why.text);
	return 0;
}

void
datecode_done(struct datecode *c)
{
	pcre2_code_free(c->ascii.code);
	pcre2_code_free(c->unicode.code);
	*c = (struct datecode){0};
}

/* The form for n bytes of a line, or NULL. Where there is no JIT, matching is only slower. */
static pcre2_code *
form(struct datecode *c, bool ascii, size_t n)
{
	struct datecode_form *f = ascii ? &c->ascii : &c->unicode;

	if (!f->made) {
		f->made = true;
		f->code = compile(c, ascii, NULL);
	}
	if (f->code != NULL && machine_code_due(&f->searches, n))
		(void)pcre2_jit_compile(f->code, PCRE2_JIT_COMPLETE);
	return f->code;
}

/* Of the line that is looked at: there is one at a time. */
static struct budget budget;

void
datecode_begin(void)
{
	budget_begin(&budget);
}

/* Shared by all, as it never changes. */
static pcre2_match_context *
limits(void)
{
	static pcre2_match_context *context;

	if (context == NULL) {
		context = pcre2_match_context_create(NULL);
		(void)pcre2_set_match_limit(context, MATCH_STEPS_MAX);
		budget_attach(&budget, context);
	}
	return context;
}

bool
datecode_search(struct datecode *c, struct slice line, bool ascii, size_t start, size_t end,
    pcre2_match_data *match)
{
	pcre2_code *code = form(c, ascii, end - start);
	PCRE2_SIZE *ov;
	int n;

	if (code == NULL)
		return false;
	n = ascii ? pcre2_jit_match(code, (PCRE2_SPTR)line.p, end, start, 0, match, limits())
		  : PCRE2_ERROR_JIT_BADOPTION;
	if (n == PCRE2_ERROR_JIT_BADOPTION)
		n = pcre2_match(code, (PCRE2_SPTR)line.p, end, start, 0, match, limits());
	if (n < 0)
		return false;
	ov = pcre2_get_ovector_pointer(match);
	return n != 1 && ov[2] != PCRE2_UNSET;
}

/* PCRE2 tells, with a partial match instead of a whole one, when it wants to see behind the end. */
bool
datecode_settled(struct datecode *c, struct slice head, pcre2_match_data *match)
{
	pcre2_code *code = form(c, true, head.n);

	return code != NULL && pcre2_match(code, (PCRE2_SPTR)head.p, head.n, 0,
				   PCRE2_PARTIAL_HARD | PCRE2_NO_JIT, match, limits()) > 1;
}
