#include "scan/datecode.h"

#include <errno.h>

/* Steps of one match; a date takes some hundreds. */
#define MATCH_LIMIT 200000

static pcre2_code *
compile(const struct datecode *c, bool ascii, int *error, size_t *at)
{
	uint32_t options = PCRE2_NEVER_BACKSLASH_C;
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	pcre2_code *code;

	(void)pcre2_set_newline(context, PCRE2_NEWLINE_LF);
	if (!ascii)
		options |= PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF;
	if (c->icase)
		options |= PCRE2_CASELESS;
	code = pcre2_compile((PCRE2_SPTR)c->regex.p, c->regex.n, options, error, at, context);
	pcre2_compile_context_free(context);
	return code;
}

static void
find_groups(struct datecode *c)
{
	for (char letter = 'A'; letter <= 'z'; letter++) {
		const unsigned char name[] = {(unsigned char)letter, 0};
		int n;

		if (!char_alpha(letter))
			continue;
		n = pcre2_substring_number_from_name(c->ascii, name);
		c->group[(unsigned char)letter] = n > 0 ? (unsigned)n : 0;
	}
}

int
datecode_init(struct datecode *c, const struct datepat *pat, struct diag *d)
{
	PCRE2_UCHAR why[256];
	int error;
	size_t at;

	*c = (struct datecode){.regex = slice_from(pat->regex, pat->flags_n), .icase = pat->icase};
	c->ascii = compile(c, true, &error, &at);
	if (c->ascii == NULL) {
		(void)pcre2_get_error_message(error, why, sizeof(why));
		return diag_fail(d, -EINVAL, (struct place){0},
		    "Unable to compile regular expression of datepattern: %s at position %zu",
		    (const char *)why, at + pat->flags_n);
	}
	find_groups(c);
	return 0;
}

void
datecode_done(struct datecode *c)
{
	pcre2_code_free(c->ascii);
	pcre2_code_free(c->unicode);
	*c = (struct datecode){0};
}

/*
 * The form for a line, or NULL. Machine code is made at the first use, since most templates of most
 * jails have none; where there is no JIT, matching is only slower.
 */
static pcre2_code *
form(struct datecode *c, bool ascii)
{
	pcre2_code **code = ascii ? &c->ascii : &c->unicode;
	bool *ready = ascii ? &c->ascii_ready : &c->unicode_ready;

	if (!*ready) {
		int error;
		size_t at;

		*ready = true;
		if (*code == NULL)
			*code = compile(c, ascii, &error, &at);
		if (*code != NULL)
			(void)pcre2_jit_compile(*code, PCRE2_JIT_COMPLETE);
	}
	return *code;
}

bool
datecode_search(struct datecode *c, struct slice line, bool ascii, size_t start, size_t end,
    pcre2_match_data *match)
{
	pcre2_code *code = form(c, ascii);
	PCRE2_SIZE *ov;
	int n;

	if (code == NULL)
		return false;
	n = pcre2_match(code, (PCRE2_SPTR)line.p, end, start, 0, match, NULL);
	if (n < 0)
		return false;
	ov = pcre2_get_ovector_pointer(match);
	return n != 1 && ov[2] != PCRE2_UNSET;
}
