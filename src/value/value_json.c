#include "value/value_json.h"

#include "util/escape.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define KEY_MAX_BYTES ((size_t)1024 * 1024)

const char *
value_error_name(enum value_error kind)
{
	static const char *const names[] = {
	    [ERROR_FAILED] = "failed",
	    [ERROR_VALUE] = "value",
	    [ERROR_KEY] = "key",
	    [ERROR_INDEX] = "index",
	    [ERROR_TYPE] = "type",
	    [ERROR_ATTRIBUTE] = "attribute",
	    [ERROR_LOOKUP] = "lookup",
	    [ERROR_NAME] = "name",
	    [ERROR_SYNTAX] = "syntax",
	    [ERROR_NO_FILE] = "no-file",
	    [ERROR_PERMISSION] = "permission",
	    [ERROR_OS] = "os",
	    [ERROR_RUNTIME] = "runtime",
	    [ERROR_NOT_IMPLEMENTED] = "not-implemented",
	    [ERROR_UNKNOWN_JAIL] = "unknown-jail",
	    [ERROR_DUPLICATE_JAIL] = "duplicate-jail",
	    [ERROR_REGEX] = "regex",
	};

	return (size_t)kind < sizeof(names) / sizeof(names[0]) ? names[kind] : names[ERROR_FAILED];
}

void
value_add_real(struct buf *out, double real)
{
	char text[40];
	int digits = 15;

	do
		(void)snprintf(text, sizeof(text), "%.*g", digits, real);
	while (digits++ < 17 && strtod(text, NULL) != real);
	buf_add_cstr(out, text);
	if (strchr(text, '.') == NULL && strchr(text, 'e') == NULL)
		buf_add_cstr(out, ".0");
}

static void
add_string(struct buf *out, struct slice text)
{
	uint32_t code;

	buf_add_char(out, '"');
	for (size_t i = 0; i < text.n;) {
		size_t n = utf8_next(slice_from(text, i), &code);

		if (n == 0)
			utf8_add(out, 0xfffd);
		else if (code == '"' || code == '\\')
			buf_printf(out, "\\%c", (char)code);
		else if (code == '\n')
			buf_add_cstr(out, "\\n");
		else if (code == '\t' || escape_needed(code))
			buf_printf(out, "\\u%04x", (unsigned)code);
		else
			buf_add(out, slice_of(text.p + i, n));
		i += n > 0 ? n : 1;
	}
	buf_add_char(out, '"');
}

/* Where a text is being written: indent is 0 where all stands on one line. */
struct writer {
	struct buf *out;
	unsigned indent;
};

static void
add_break(const struct writer *w, unsigned depth)
{
	if (w->indent == 0)
		return;
	buf_add_char(w->out, '\n');
	for (unsigned i = 0; i < depth * w->indent; i++)
		buf_add_char(w->out, ' ');
}

static void
add_comma(const struct writer *w, unsigned depth)
{
	buf_add_cstr(w->out, w->indent == 0 ? ", " : ",");
	add_break(w, depth);
}

static int add_value(const struct writer *w, const struct value *v, unsigned depth);

static int
add_array(const struct writer *w, const struct value *v, unsigned depth)
{
	int r = 0;

	buf_add_char(w->out, '[');
	for (size_t i = 0; r == 0 && i < v->seq.count; i++) {
		if (i > 0)
			add_comma(w, depth + 1);
		else
			add_break(w, depth + 1);
		r = add_value(w, v->seq.items[i], depth + 1);
	}
	if (v->seq.count > 0)
		add_break(w, depth);
	buf_add_char(w->out, ']');
	return r;
}

static int
add_key(struct buf *out, const struct value *key, unsigned depth)
{
	struct writer w = {.indent = 0};
	struct buf text;
	int r;

	if (key->kind == VALUE_TEXT) {
		add_string(out, key->text);
		return 0;
	}
	buf_init(&text, KEY_MAX_BYTES);
	w.out = &text;
	r = add_value(&w, key, depth);
	add_string(out, buf_slice(&text));
	buf_done(&text);
	return r;
}

static int
add_object(const struct writer *w, const struct value *v, unsigned depth)
{
	int r = 0;

	buf_add_char(w->out, '{');
	for (size_t i = 0; r == 0 && i + 1 < v->seq.count; i += 2) {
		if (i > 0)
			add_comma(w, depth + 1);
		else
			add_break(w, depth + 1);
		r = add_key(w->out, v->seq.items[i], depth + 1);
		buf_add_cstr(w->out, ": ");
		if (r == 0)
			r = add_value(w, v->seq.items[i + 1], depth + 1);
	}
	if (v->seq.count > 0)
		add_break(w, depth);
	buf_add_char(w->out, '}');
	return r;
}

static int
add_error(const struct writer *w, const struct value *v, unsigned depth)
{
	int r;

	buf_add_char(w->out, '{');
	add_break(w, depth + 1);
	buf_printf(w->out, "\"error\": \"%s\"", value_error_name(v->error.kind));
	add_comma(w, depth + 1);
	buf_add_cstr(w->out, "\"args\": ");
	r = add_value(w, v->error.args, depth + 1);
	add_break(w, depth);
	buf_add_char(w->out, '}');
	return r;
}

static int
add_value(const struct writer *w, const struct value *v, unsigned depth)
{
	if (depth > VALUE_JSON_MAX_DEPTH)
		return -E2BIG;
	switch (v->kind) {
	case VALUE_NIL:
		buf_add_cstr(w->out, "null");
		return 0;
	case VALUE_BOOL:
		buf_add_cstr(w->out, v->truth ? "true" : "false");
		return 0;
	case VALUE_INT:
		buf_printf(w->out, "%lld", (long long)v->number);
		return 0;
	case VALUE_FLOAT:
		if (isfinite(v->real))
			value_add_real(w->out, v->real);
		else
			buf_add_cstr(w->out, "null");
		return 0;
	case VALUE_TEXT:
		add_string(w->out, v->text);
		return 0;
	case VALUE_MAP:
		return add_object(w, v, depth);
	case VALUE_ERROR:
		return add_error(w, v, depth);
	default:
		return add_array(w, v, depth);
	}
}

int
value_json_format(struct buf *out, const struct value *v, unsigned indent)
{
	struct writer w = {out, indent};

	return add_value(&w, v, 0);
}
