#include "config/interpolate.h"

#include "config/ini.h"
#include "config/options.h"
#include "config/suggest.h"

#include <errno.h>

struct interpolation {
	struct load *load;
	const struct scope *scope;
	struct slice option;	  /* whose value is wanted */
	const struct traced *raw; /* that value */
	struct traced_buf out;
	size_t steps;
};

struct section
scope_given(struct load *l, const struct section *given)
{
	struct section out = {0};
	bool same = true;

	for (size_t i = 0; i < given->count && same; i++) {
		struct slice name = given->options[i].name;

		same = ini_lower(l->arena, name).p == name.p;
	}
	if (same)
		return *given;
	section_reserve(l->arena, &out, given->count);
	for (size_t i = 0; i < given->count; i++) {
		struct option o = given->options[i];

		o.name = ini_lower(l->arena, o.name);
		(void)section_put(l->arena, &out, &o, NULL); /* no more than given has */
	}
	return out;
}

/* "section/name"; rest is what stands behind the slash. */
static const struct option *
scope_other(const struct scope *scope, struct slice section, struct slice name)
{
	const struct section *s;
	const struct option *o = NULL;

	if (slice_eq(section, SLICE("known")))
		o = scope->section->known != NULL ? section_get(scope->section->known, name) : NULL;
	else if (!slice_eq(section, SLICE("default"))) {
		s = sections_find(scope->tree, section);
		if (s == NULL)
			return NULL;
		o = section_get(s, name);
	}
	return o != NULL ? o : section_get(&scope->tree->defaults, name);
}

static bool
scope_watches(const struct scope *scope, struct slice name)
{
	return section_get(scope->watched, name) != NULL ||
	       (scope->action && (option_row(OPTION_JAIL, name) != NULL ||
				     option_row(OPTION_FILTER, name) != NULL));
}

/* The raw value of the option, or of the one of another section; -ENOENT if there is none. */
static int
scope_get(const struct scope *scope, struct slice name, struct traced *out)
{
	const struct option *o = NULL;
	ptrdiff_t slash = slice_find_char(name, '/', 0);

	if (scope->watched != NULL && scope_watches(scope, name))
		*scope->met = true;
	if (scope->given != NULL)
		o = section_get(scope->given, name);
	if (o == NULL && scope->jail != NULL)
		o = section_get(scope->jail, name);
	if (o == NULL)
		o = section_get(scope->section, name);
	if (o == NULL)
		o = section_get(&scope->tree->defaults, name);
	if (o == NULL && slash > 0)
		o = scope_other(
		    scope, slice_upto(name, (size_t)slash), slice_from(name, (size_t)slash + 1));
	if (o == NULL)
		return -ENOENT;
	*out = o->value;
	return 0;
}

/* The raw value that a reference to name stands for. An option "__name__" is none. */
static int
reference_get(struct arena *a, const struct scope *scope, struct slice name, struct traced *out)
{
	if (!slice_eq(name, SLICE("__name__")))
		return scope_get(scope, name, out);
	*out = traced_of(a, scope->section->name, scope->section->at);
	return 0;
}

static int
interpolate_depth_error(struct interpolation *in)
{
	return load_fatal(in->load, traced_at(in->raw),
	    "Recursion limit exceeded in value substitution: option '%s' in section '%s' contains "
	    "an interpolation key which cannot be substituted in %d steps. Raw value: '%s'; does "
	    "it lead back to itself?",
	    load_quote(in->load, in->option), load_quote(in->load, in->scope->section->name),
	    INTERPOLATE_MAX_DEPTH, load_quote(in->load, in->raw->text));
}

static void
offer_options(struct suggestion *near, const struct section *s)
{
	for (size_t i = 0; s != NULL && i < s->count; i++)
		suggest_offer(near, s->options[i].name);
}

static int
interpolate_missing_error(
    struct interpolation *in, struct slice raw, struct slice name, struct place at)
{
	const char *key = load_quote(in->load, name);
	struct suggestion near = suggest_begin(name);

	offer_options(&near, in->scope->given);
	offer_options(&near, in->scope->section);
	offer_options(&near, &in->scope->tree->defaults);
	return load_fatal(in->load, at,
	    "Bad value substitution: option '%s' in section '%s' contains an interpolation key "
	    "'%s' which is not a valid option name. Raw value: '%s'; set '%s' in this section or "
	    "in [DEFAULT], or correct the name%s",
	    load_quote(in->load, in->option), load_quote(in->load, in->scope->section->name), key,
	    load_quote(in->load, raw), key, suggest_text(in->load, &near));
}

/* The name in a reference, "%(name)s", at the start of s; its length, or 0 if it is none. */
static size_t
interpolate_reference(struct slice s, struct slice *name)
{
	ptrdiff_t close = slice_find_char(s, ')', 2);

	if (close < 3 || (size_t)close + 1 >= s.n || s.p[close + 1] != 's')
		return 0;
	*name = slice_of(s.p + 2, (size_t)close - 2);
	return (size_t)close + 2;
}

static int interpolate_into(struct interpolation *in, const struct traced *t, unsigned depth);

static int
interpolate_step(
    struct interpolation *in, const struct traced *t, size_t at, unsigned depth, size_t *used)
{
	struct slice s = slice_from(t->text, at), name, written;
	struct place place = traced_buf_place(&in->out, traced_place(t, at, 1)), *here;
	const struct place *before = in->out.used;
	struct traced value;
	char second = s.n > 1 ? s.p[1] : '\0';
	size_t n;
	int r;

	if (second == '%') {
		traced_buf_add(&in->out, t, at, 1, depth);
		*used = 2;
		return 0;
	}
	if (second != '(')
		return load_fatal(in->load, place,
		    "'%%' must be followed by '%%' or '(', found: %s; write %%%% for a percent "
		    "sign",
		    load_repr(in->load, s));
	n = interpolate_reference(s, &name);
	if (n == 0)
		return load_fatal(in->load, place,
		    "bad interpolation variable reference %s; a reference is written %%(name)s",
		    load_repr(in->load, s));
	written = name;
	name = ini_lower(in->load->arena, name);
	/* fail2ban finds no section whose name it had to change. */
	if ((slice_find_char(name, '/', 0) >= 0 && !slice_eq(name, written)) ||
	    reference_get(in->load->arena, in->scope, name, &value) < 0)
		return interpolate_missing_error(in, t->text, name, place);
	*used = n;
	here = ARENA_NEW(in->load->arena, struct place);
	*here = place;
	here->value = SLICE_EMPTY; /* which is still being put together */
	in->out.used = place.file != NULL ? here : NULL;
	r = interpolate_into(in, &value, depth + 1);
	in->out.used = before;
	return r;
}

static int
interpolate_into(struct interpolation *in, const struct traced *t, unsigned depth)
{
	size_t at = 0, used = 0;

	if (depth > INTERPOLATE_MAX_DEPTH && slice_find_char(t->text, '%', 0) >= 0)
		return interpolate_depth_error(in);
	if (++in->steps > INTERPOLATE_MAX_STEPS)
		return load_fatal(in->load, traced_at(in->raw),
		    "option '%s' has more than %d references; write it shorter",
		    load_quote(in->load, in->option), INTERPOLATE_MAX_STEPS);
	while (at < t->text.n && !buf_refused(&in->out.text)) {
		ptrdiff_t percent = slice_find_char(t->text, '%', at);
		size_t end = percent < 0 ? t->text.n : (size_t)percent;

		traced_buf_add(&in->out, t, at, end - at, depth);
		at = end;
		if (percent < 0)
			break;
		if (interpolate_step(in, t, at, depth, &used) < 0)
			return -EINVAL;
		at += used;
	}
	return 0;
}

int
interpolate(struct load *l, const struct scope *scope, struct slice option,
    const struct traced *raw, struct traced *out)
{
	struct interpolation in = {.load = l, .scope = scope, .option = option, .raw = raw};
	int r;

	if (slice_find_char(raw->text, '%', 0) < 0) {
		*out = *raw;
		return 0;
	}
	if (load_grow(l, 0, (struct place){0}) < 0)
		return -EINVAL;
	traced_buf_init(&in.out);
	r = interpolate_into(&in, raw, 0);
	if (r == 0 && buf_refused(&in.out.text))
		r = load_fatal(l, traced_at(raw), "the value of '%s' grows beyond %zu bytes",
		    load_quote(l, option), TRACED_MAX_BYTES);
	if (r == 0)
		r = load_grow(l, in.out.text.n, traced_at(raw));
	if (r == 0) {
		*out = traced_buf_copy(l->arena, &in.out);
		/* An empty result was written somewhere too. */
		if (out->mark_count == 0)
			*out = traced_of(l->arena, out->text, traced_at(raw));
	}
	traced_buf_done(&in.out);
	return r;
}

int
scope_value(struct load *l, const struct scope *scope, struct slice option, struct traced *out)
{
	struct traced raw;
	int r;

	r = scope_get(scope, option, &raw);
	if (r < 0)
		return r;
	return interpolate(l, scope, option, &raw, out);
}
