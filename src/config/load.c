#include "config/load.h"

#include "compat/pyrepr.h"
#include "util/escape.h"

#include <errno.h>

#define QUOTE_MAX_BYTES 400

static void load_send(struct load *l, enum diag_level level, const char *module,
    struct slice before, struct place at, const char *format, va_list args)
    __attribute__((format(printf, 6, 0)));

/* Whether this is the mistake that was told last: a value that is used twice has it twice. */
static bool
told_just_now(struct load *l, const struct place *at, const char *text)
{
	bool same =
	    l->last.text != NULL && place_same(&l->last.at, at) && strcmp(l->last.text, text) == 0;

	if (!same) {
		l->last.at = *at;
		l->last.text = arena_copy(l->arena, slice_cstr(text)).p;
	}
	return same && at->file != NULL;
}

static void
load_send(struct load *l, enum diag_level level, const char *module, struct slice before,
    struct place at, const char *format, va_list args)
{
	struct diag d;

	(void)vsnprintf(d.text, sizeof(d.text), format, args);
	if (level == DIAG_ERROR && told_just_now(l, &at, d.text))
		return;
	if (level == DIAG_ERROR && l->told++ >= LOAD_MAX_TOLD) {
		if (l->told == LOAD_MAX_TOLD + 1)
			diag_send(l->sink, level, module, at,
			    "more than %d mistakes; of the others this is the first, mend these "
			    "and try again",
			    LOAD_MAX_TOLD);
		return;
	}
	diag_send(l->sink, level, module, at, "%.*s%s", SLICE_ARG(before), d.text);
}

void
load_cache_done(struct load_cache *cache)
{
	table_done(&cache->folders);
	table_done(&cache->files);
	table_done(&cache->included);
	table_done(&cache->definitions);
}

int
load_fatal(struct load *l, struct place at, const char *format, ...)
{
	struct slice during = l->during;
	va_list args;

	if (l->action.n > 0)
		during =
		    arena_printf(l->arena, "%.*sError in action definition %s: ", SLICE_ARG(during),
			load_repr(l, l->action));
	va_start(args, format);
	load_send(l, DIAG_ERROR, "", during, at, format, args);
	va_end(args);
	l->fatal = true;
	return -EINVAL;
}

int
load_grow(struct load *l, size_t n, struct place at)
{
	bool told = l->grown > LOAD_MAX_GROWN;

	l->grown += n;
	if (told || l->grown <= LOAD_MAX_GROWN)
		return told ? -EINVAL : 0;
	return load_fatal(l, at,
	    "references and tags make the configuration grow beyond %zu MiB; write it shorter",
	    LOAD_MAX_GROWN / (1024 * 1024));
}

int
load_error(struct load *l, const char *module, struct place at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	load_send(l, DIAG_ERROR, module, SLICE_EMPTY, at, format, args);
	va_end(args);
	return -EINVAL;
}

void
load_doubt(struct load *l, const char *module, struct place at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	load_send(l, l->strict || l->lint ? DIAG_ERROR : DIAG_WARNING, module, SLICE_EMPTY, at, format, args);
	va_end(args);
}

void
load_note(struct load *l, enum diag_level level, const char *module, struct place at,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	load_send(l, level, module, SLICE_EMPTY, at, format, args);
	va_end(args);
}

static const char *
load_taken(struct load *l, struct buf *b, bool cut)
{
	struct slice s =
	    arena_printf(l->arena, "%.*s%s", SLICE_ARG(buf_slice(b)), cut ? "..." : "");

	buf_done(b);
	return s.p;
}

void
load_overridden(
    struct load *l, struct slice section, const struct option *before, const struct option *after)
{
	struct load_override *o;

	if (!l->overrides.collected)
		return;
	o = ARENA_NEW(l->arena, struct load_override);
	*o = (struct load_override){section, *before, *after, NULL};
	if (l->overrides.first == NULL)
		l->overrides.first = o;
	else
		*l->overrides.end = o;
	l->overrides.end = &o->next;
}

const char *
load_quote(struct load *l, struct slice s)
{
	struct buf b;

	buf_init(&b, 8 * QUOTE_MAX_BYTES);
	escape_format(&b, slice_upto(s, QUOTE_MAX_BYTES));
	return load_taken(l, &b, s.n > QUOTE_MAX_BYTES);
}

const char *
load_repr(struct load *l, struct slice s)
{
	struct buf b;

	buf_init(&b, 16 * QUOTE_MAX_BYTES);
	pyrepr_text(&b, slice_upto(s, QUOTE_MAX_BYTES));
	return load_taken(l, &b, s.n > QUOTE_MAX_BYTES);
}
