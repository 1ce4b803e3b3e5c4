#include "util/diag.h"

#include "util/buf.h"

#include <stdarg.h>

int
diag_fail(struct diag *d, int error, struct place at, const char *format, ...)
{
	va_list args;

	if (d == NULL)
		return error;
	d->at = at;
	d->offset = SIZE_MAX;
	d->set = true;
	d->remedy[0] = '\0';
	va_start(args, format);
	(void)vsnprintf(d->text, sizeof(d->text), format, args);
	va_end(args);
	return error;
}

void
diag_remedy(struct diag *d, const char *format, ...)
{
	va_list args;

	if (d == NULL)
		return;
	va_start(args, format);
	(void)vsnprintf(d->remedy, sizeof(d->remedy), format, args);
	va_end(args);
}

bool
place_same(const struct place *a, const struct place *b)
{
	return a->line == b->line && a->column == b->column &&
	       slice_eq(slice_cstr(a->file), slice_cstr(b->file));
}

#define FORMAT_MAX ((size_t)256 * 1024) /* long paths; the caller's size cuts it */

void
place_format(struct buf *out, const struct place *at)
{
	if (at->file != NULL)
		buf_add_cstr(out, at->file);
	if (at->line > 0)
		buf_printf(out, ":%u", at->line);
	if (at->line > 0 && at->column > 0)
		buf_printf(out, ":%u", at->column);
}

/* How the text at a place came to where it counts. */
static void
format_ways(struct buf *out, const struct place *at)
{
	const char *before = " (";
	unsigned i = 0;

	for (const struct place *p = at->used; p != NULL && i < PLACE_CHAIN_MAX; p = p->used, i++) {
		buf_printf(out, "%sused in ", before);
		place_format(out, p);
		before = ", ";
	}
	i = 0;
	for (const struct place *p = at->included; p != NULL && i < PLACE_CHAIN_MAX;
	     p = p->included, i++) {
		buf_printf(out, "%sincluded from ", before);
		place_format(out, p);
		before = ", ";
	}
	if (at->used != NULL || at->included != NULL)
		buf_add_char(out, ')');
}

const char *
diag_format(const struct diag *d, char *out, size_t size)
{
	struct buf b;

	buf_init(&b, FORMAT_MAX);
	if (d->at.file != NULL) {
		place_format(&b, &d->at);
		buf_add_cstr(&b, ": ");
	}
	buf_printf(&b, "%s%s%s", d->text, d->remedy[0] != '\0' ? "; " : "", d->remedy);
	format_ways(&b, &d->at);
	(void)snprintf(out, size, "%s", buf_cstr(&b));
	buf_done(&b);
	return out;
}

void
diag_send(struct diag_sink *sink, enum diag_level level, const char *module, struct place at,
    const char *format, ...)
{
	struct diag d;
	va_list args;

	if (sink == NULL)
		return;
	diag_init(&d);
	d.at = at;
	d.set = true;
	va_start(args, format);
	(void)vsnprintf(d.text, sizeof(d.text), format, args);
	va_end(args);
	sink->take(sink, level, module, &d);
}
