#include "util/diag.h"

#include <stdarg.h>

int
diag_fail(struct diag *d, int error, struct place at, const char *format, ...)
{
	va_list args;

	if (d == NULL)
		return error;
	d->at = at;
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

const char *
diag_format(const struct diag *d, char *out, size_t size)
{
	const struct place *at = &d->at;
	const char *then = d->remedy[0] != '\0' ? "; " : "";

	if (at->file == NULL)
		(void)snprintf(out, size, "%s%s%s", d->text, then, d->remedy);
	else if (at->line == 0)
		(void)snprintf(out, size, "%s: %s%s%s", at->file, d->text, then, d->remedy);
	else if (at->column == 0)
		(void)snprintf(out, size, "%s:%u: %s%s%s", at->file, at->line, d->text, then,
		    d->remedy);
	else
		(void)snprintf(out, size, "%s:%u:%u: %s%s%s", at->file, at->line, at->column,
		    d->text, then, d->remedy);
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
