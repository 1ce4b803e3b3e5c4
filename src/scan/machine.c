#include "scan/machine.h"

#include <errno.h>

#define TRANSLATED_MAX ((size_t)8 << 20)

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
		r = compile(out, buf_slice(&translated), pyre_options(flags) | options, reason);
	buf_done(&translated);
	return r;
}
