#include "value/value_yaml.h"

#include "util/escape.h"
#include "value/value_json.h"

#include <errno.h>
#include <math.h>
#include <yaml.h>

/* A piece of text does not grow beyond what its buf may hold; this only bounds the copy. */
#define TEXT_MAX_BYTES ((size_t)1024 * 1024 * 1024)

int
value_yaml_write(void *data, unsigned char *bytes, size_t n)
{
	struct buf *out = data;

	buf_add(out, slice_of((const char *)bytes, n));
	return !buf_refused(out);
}

/* Hands an event over; the emitter frees it. */
static int
emit(yaml_emitter_t *e, yaml_event_t *event)
{
	return yaml_emitter_emit(e, event) ? 0 : -ENOSPC;
}

/* Whether every reader of YAML takes text without quotes for text. */
static bool
plain_is_text(struct slice text)
{
	static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "y", "n",
	    "null", "nan", "inf", "infinity", NULL};

	return text.n > 0 && (char_alpha(text.p[0]) || text.p[0] == '/') &&
	       !slice_listed_nocase(text, words);
}

static int
emit_scalar(yaml_emitter_t *e, struct slice text, bool plain, yaml_scalar_style_t style)
{
	yaml_event_t event;

	/* The library takes the length as an int, and only reads. */
	if (text.n > INT32_MAX)
		return -ENOSPC;
	if (!yaml_scalar_event_initialize(&event, NULL, NULL, (yaml_char_t *)(uintptr_t)text.p,
		(int)text.n, plain, true, style))
		return -EINVAL;
	return emit(e, &event);
}

static int
emit_text(yaml_emitter_t *e, struct slice text)
{
	bool lines = slice_find_char(text, '\n', 0) >= 0;
	struct buf clean;
	int r;

	buf_init(&clean, TEXT_MAX_BYTES);
	(void)utf8_repair(&clean, text); /* in any case it is good now */
	r = buf_refused(&clean) ? -ENOSPC
				: emit_scalar(e, buf_slice(&clean), plain_is_text(text),
				      lines ? YAML_LITERAL_SCALAR_STYLE : YAML_ANY_SCALAR_STYLE);
	buf_done(&clean);
	return r;
}

static int
emit_number(yaml_emitter_t *e, const struct value *v)
{
	struct buf text;
	int r;

	buf_init(&text, 64);
	if (v->kind == VALUE_INT)
		buf_printf(&text, "%lld", (long long)v->number);
	else if (isfinite(v->real))
		value_add_real(&text, v->real);
	else
		buf_add_cstr(&text, isnan(v->real) ? ".nan" : v->real > 0 ? ".inf" : "-.inf");
	r = emit_scalar(e, buf_slice(&text), true, YAML_PLAIN_SCALAR_STYLE);
	buf_done(&text);
	return r;
}

static int emit_value(yaml_emitter_t *e, const struct value *v, unsigned depth);

static int
emit_items(yaml_emitter_t *e, const struct value *v, unsigned depth)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < v->seq.count; i++)
		r = emit_value(e, v->seq.items[i], depth + 1);
	return r;
}

static int
emit_list(yaml_emitter_t *e, const struct value *v, unsigned depth)
{
	yaml_event_t event;
	int r;

	if (!yaml_sequence_start_event_initialize(
		&event, NULL, NULL, true, YAML_BLOCK_SEQUENCE_STYLE))
		return -EINVAL;
	r = emit(e, &event);
	if (r == 0)
		r = emit_items(e, v, depth);
	if (r == 0 && yaml_sequence_end_event_initialize(&event))
		r = emit(e, &event);
	return r;
}

/* An error is a map of two keys. */
static int
emit_error(yaml_emitter_t *e, const struct value *v, unsigned depth)
{
	int r = emit_text(e, SLICE("error"));

	if (r == 0)
		r = emit_text(e, slice_cstr(value_error_name(v->error.kind)));
	if (r == 0)
		r = emit_text(e, SLICE("args"));
	return r == 0 ? emit_value(e, v->error.args, depth + 1) : r;
}

static int
emit_map(yaml_emitter_t *e, const struct value *v, unsigned depth)
{
	yaml_event_t event;
	int r;

	if (!yaml_mapping_start_event_initialize(
		&event, NULL, NULL, true, YAML_BLOCK_MAPPING_STYLE))
		return -EINVAL;
	r = emit(e, &event);
	if (r == 0)
		r = v->kind == VALUE_ERROR ? emit_error(e, v, depth) : emit_items(e, v, depth);
	if (r == 0 && yaml_mapping_end_event_initialize(&event))
		r = emit(e, &event);
	return r;
}

static int
emit_value(yaml_emitter_t *e, const struct value *v, unsigned depth)
{
	if (depth > VALUE_YAML_MAX_DEPTH)
		return -E2BIG;
	switch (v->kind) {
	case VALUE_NIL:
		return emit_scalar(e, SLICE("null"), true, YAML_PLAIN_SCALAR_STYLE);
	case VALUE_BOOL:
		return emit_scalar(
		    e, v->truth ? SLICE("true") : SLICE("false"), true, YAML_PLAIN_SCALAR_STYLE);
	case VALUE_INT:
	case VALUE_FLOAT:
		return emit_number(e, v);
	case VALUE_TEXT:
		return emit_text(e, v->text);
	case VALUE_MAP:
	case VALUE_ERROR:
		return emit_map(e, v, depth);
	default:
		return emit_list(e, v, depth);
	}
}

static int
emit_document(yaml_emitter_t *e, const struct value *v)
{
	yaml_event_t event;
	int r = 0;

	if (yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING))
		r = emit(e, &event);
	if (r == 0 && yaml_document_start_event_initialize(&event, NULL, NULL, NULL, true))
		r = emit(e, &event);
	if (r == 0)
		r = emit_value(e, v, 0);
	if (r == 0 && yaml_document_end_event_initialize(&event, true))
		r = emit(e, &event);
	if (r == 0 && yaml_stream_end_event_initialize(&event))
		r = emit(e, &event);
	return r;
}

/* unicode: what is beyond ASCII is written as it is, not as \u and numbers. */
static int
format(struct buf *out, const struct value *v, bool unicode)
{
	yaml_emitter_t e;
	int r;

	/* Fails only without memory. */
	if (!yaml_emitter_initialize(&e))
		return -ENOMEM;
	yaml_emitter_set_output(&e, value_yaml_write, out);
	yaml_emitter_set_unicode(&e, unicode);
	yaml_emitter_set_width(&e, -1);
	r = emit_document(&e, v);
	yaml_emitter_delete(&e);
	return r;
}

int
value_yaml_format(struct buf *out, const struct value *v)
{
	size_t before = out->n;
	int r = format(out, v, true);

	/* The library takes marks that turn the writing round for harmless. */
	if (r < 0 || escape_clean(slice_from(buf_slice(out), before)))
		return r;
	buf_cut(out, before);
	return format(out, v, false);
}
