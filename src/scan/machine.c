#include "scan/machine.h"

#include <errno.h>

#define TRANSLATED_MAX ((size_t)8 << 20)

/*
 * Observed: the JIT of 10.39, as on Ubuntu 22.04, loses matches of regexes that hold nothing of what
 * pyre_needs_every_start() knows of, ".+\w(a).+[ab]+ab.*$" in "abbbacc c abbbaabaac a"; that of 10.42 does not.
 */
static uint32_t
options_of_version(void)
{
	char version[64] = "";
	struct slice rest, major = SLICE_EMPTY, minor = SLICE_EMPTY;
	uint64_t is = 0, sub = 0;

	(void)pcre2_config(PCRE2_CONFIG_VERSION, version);
	rest = slice_cstr(version);
	(void)slice_next(&rest, '.', &major);
	(void)slice_next(&rest, ' ', &minor);
	if (slice_u64(major, UINT16_MAX, &is) < 0 || slice_u64(minor, UINT16_MAX, &sub) < 0)
		return PCRE2_NO_START_OPTIMIZE;
	return is > 10 || sub >= 42 ? 0 : PCRE2_NO_START_OPTIMIZE;
}

static int
compile(pcre2_code **out, struct slice text, uint32_t options, struct diag *reason)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	PCRE2_UCHAR words[200];
	int error;
	size_t offset;

	(void)pcre2_set_newline(context, PCRE2_NEWLINE_LF);
	*out = pcre2_compile((PCRE2_SPTR)text.p, text.n, options, &error, &offset, context);
	pcre2_compile_context_free(context);
	if (*out != NULL)
		return 0;
	(void)pcre2_get_error_message(error, words, sizeof(words));
	return diag_fail(reason, -EINVAL, (struct place){0}, "%s", (const char *)words);
}

int
machine_compile(pcre2_code **out, struct slice text, unsigned flags, uint32_t options,
    struct arena *a, struct pyre_groups *groups, struct diag *reason)
{
	struct buf translated;
	size_t error_at;
	int r;

	*out = NULL;
	buf_init(&translated, TRANSLATED_MAX);
	r = pyre_translate(a, text, flags, &translated, groups, &error_at, reason);
	if (r < 0 && reason != NULL)
		reason->offset = error_at;
	if (r == 0)
		r = compile(out, buf_slice(&translated), pyre_options(flags) | options_of_version() | options,
		    reason);
	buf_done(&translated);
	return r;
}
