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
	va_start(args, format);
	(void)vsnprintf(d->text, sizeof(d->text), format, args);
	va_end(args);
	return error;
}

const char *
diag_format(const struct diag *d, char *out, size_t size)
{
	const struct place *at = &d->at;

	if (at->file == NULL)
		(void)snprintf(out, size, "%s", d->text);
	else if (at->line == 0)
		(void)snprintf(out, size, "%s: %s", at->file, d->text);
	else if (at->column == 0)
		(void)snprintf(out, size, "%s:%u: %s", at->file, at->line, d->text);
	else
		(void)snprintf(out, size, "%s:%u:%u: %s", at->file, at->line, at->column, d->text);
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
