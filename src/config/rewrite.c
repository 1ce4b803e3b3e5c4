#include "config/rewrite.h"

#include "config/optlist.h"
#include "config/options.h"
#include "config/text.h"
#include "config/yaml.h"
#include "value/value_yaml.h"

#include <errno.h>
#include <yaml.h>

/* How the value of an option is written. */
enum form {
	FORM_TEXT,
	FORM_LINES,	 /* a list, one item a line, where there are several lines */
	FORM_REGEXES,	 /* a list, also of one */
	FORM_DEFINITION, /* a list of filters or actions, where there are several */
};

static enum form
option_form(struct slice section, struct slice name)
{
	if (slice_eq(section, SLICE("INCLUDES")) || slice_eq(name, SLICE("logpath")))
		return FORM_LINES;
	if (yaml_is_definition(name))
		return FORM_DEFINITION;
	for (size_t i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];

		if (!slice_eq(slice_cstr(row->name), name))
			continue;
		if (row->use == USE_LINES)
			return FORM_REGEXES;
		return row->use == USE_WORDS || row->use == USE_SHELL ? FORM_LINES : FORM_TEXT;
	}
	return FORM_TEXT;
}

/* Takes the next line that is not empty off rest. */
static bool
next_line(struct slice *rest, struct slice *line)
{
	while (slice_next(rest, '\n', line))
		if (line->n > 0)
			return true;
	return false;
}

/* Whether the definitions in text are separated by single newlines, and there are several. */
static bool
one_a_line(struct slice text)
{
	struct traced all = {.text = text}, one;
	struct arena a = {0};
	size_t rest = 0, count = 0;
	bool good = true;

	while (good && optlist_next(&a, &all, &rest, &one)) {
		good = slice_find_char(one.text, '\n', 0) < 0 &&
		       (rest == text.n || text.p[rest] == '\n');
		count++;
	}
	arena_done(&a);
	return good && count > 1;
}

static bool
written_as_list(enum form form, struct slice text)
{
	struct slice rest = text, line;

	if (!next_line(&rest, &line))
		return false;
	if (form == FORM_DEFINITION)
		return one_a_line(text);
	return form == FORM_REGEXES || (form == FORM_LINES && next_line(&rest, &line));
}

/* Hands an event over, if it could be made; the emitter frees it. */
static int
emit(yaml_emitter_t *e, yaml_event_t *event, int made)
{
	return made && yaml_emitter_emit(e, event) ? 0 : -ENOSPC;
}

static int
emit_scalar(yaml_emitter_t *e, struct slice text, yaml_scalar_style_t style)
{
	yaml_event_t event;

	/* The library only reads; values and names are far shorter than an int may say. */
	return emit(e, &event,
	    yaml_scalar_event_initialize(&event, NULL, NULL, (yaml_char_t *)(uintptr_t)text.p,
		(int)text.n, true, true, style));
}

static int
emit_list(yaml_emitter_t *e, struct slice text, yaml_scalar_style_t style)
{
	yaml_event_t event;
	struct slice line;
	int r = emit(e, &event,
	    yaml_sequence_start_event_initialize(
		&event, NULL, NULL, true, YAML_BLOCK_SEQUENCE_STYLE));

	while (r == 0 && next_line(&text, &line))
		r = emit_scalar(e, line, style);
	return r < 0 ? r : emit(e, &event, yaml_sequence_end_event_initialize(&event));
}

/* A block keeps its lines, but not the newlines at its end: these need quotes. */
static yaml_scalar_style_t
text_style(struct slice text)
{
	if (slice_find_char(text, '\n', 0) < 0)
		return YAML_ANY_SCALAR_STYLE;
	return slice_ends(text, SLICE("\n")) ? YAML_DOUBLE_QUOTED_SCALAR_STYLE
					     : YAML_LITERAL_SCALAR_STYLE;
}

static int
emit_option(yaml_emitter_t *e, struct slice section, const struct option *o)
{
	struct slice text = o->value.text;
	enum form form = option_form(section, o->name);
	yaml_scalar_style_t style =
	    form == FORM_REGEXES ? YAML_SINGLE_QUOTED_SCALAR_STYLE : YAML_ANY_SCALAR_STYLE;
	int r = emit_scalar(e, o->name, YAML_ANY_SCALAR_STYLE);

	if (r < 0)
		return r;
	if (written_as_list(form, text))
		return emit_list(e, text, style);
	return emit_scalar(e, text, text_style(text));
}

static int
emit_map(yaml_emitter_t *e)
{
	yaml_event_t event;

	return emit(e, &event,
	    yaml_mapping_start_event_initialize(
		&event, NULL, NULL, true, YAML_BLOCK_MAPPING_STYLE));
}

static int
emit_section(yaml_emitter_t *e, const struct section *s)
{
	yaml_event_t event;
	int r = emit(e, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));

	if (r == 0)
		r = emit(e, &event,
		    yaml_document_start_event_initialize(&event, NULL, NULL, NULL, true));
	if (r == 0)
		r = emit_map(e);
	if (r == 0)
		r = emit_scalar(e, s->name, YAML_ANY_SCALAR_STYLE);
	if (r == 0)
		r = emit_map(e);
	for (size_t i = 0; r == 0 && i < s->count; i++)
		r = emit_option(e, s->name, &s->options[i]);
	for (size_t i = 0; r == 0 && i < 2; i++)
		r = emit(e, &event, yaml_mapping_end_event_initialize(&event));
	if (r == 0)
		r = emit(e, &event, yaml_document_end_event_initialize(&event, true));
	return r == 0 ? emit(e, &event, yaml_stream_end_event_initialize(&event)) : r;
}

/* A section is a document of its own for the library, so that an empty line stands before it. */
static int
yaml_section(struct buf *out, const struct section *s)
{
	yaml_emitter_t e;
	int r;

	if (out->n > 0)
		buf_add_char(out, '\n');
	/* Fails only without memory. */
	if (!yaml_emitter_initialize(&e))
		return -ENOMEM;
	yaml_emitter_set_output(&e, value_yaml_write, out);
	yaml_emitter_set_unicode(&e, true);
	yaml_emitter_set_width(&e, -1);
	r = emit_section(&e, s);
	yaml_emitter_delete(&e);
	return r;
}

static int
ini_section(struct buf *out, const struct section *s)
{
	buf_printf(out, "%s[%.*s]\n", out->n > 0 ? "\n" : "", SLICE_ARG(s->name));
	for (size_t i = 0; i < s->count; i++) {
		struct slice rest = s->options[i].value.text, line;
		const char *before = " ";

		buf_add(out, s->options[i].name);
		buf_add_cstr(out, " =");
		if (rest.n == 0)
			buf_add_char(out, '\n');
		while (slice_next(&rest, '\n', &line)) {
			if (line.n > 0)
				buf_add_cstr(out, before);
			buf_add(out, line);
			buf_add_char(out, '\n');
			before = "    ";
		}
	}
	return buf_refused(out) ? -ENOSPC : 0;
}

/* The sections in the order of the file; [DEFAULT] stands where its first option does. */
static int
write_sections(struct buf *out, const struct sections *tree,
    int (*write)(struct buf *out, const struct section *s))
{
	const struct section *d = &tree->defaults;
	bool written = d->count == 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i <= tree->count; i++) {
		if (!written && (i == tree->count || tree->v[i]->at.line > d->options[0].at.line)) {
			r = write(out, d);
			written = true;
		}
		if (r == 0 && i < tree->count)
			r = write(out, tree->v[i]);
	}
	return r;
}

int
rewrite_yaml(struct buf *out, const struct sections *tree)
{
	return write_sections(out, tree, yaml_section);
}

int
rewrite_ini(struct buf *out, const struct sections *tree)
{
	return write_sections(out, tree, ini_section);
}

static bool
same_value(struct slice section, const struct option *a, const struct option *b)
{
	struct slice rest = a->value.text, other = b->value.text, line, twin;

	if (!slice_eq(a->name, b->name))
		return false;
	if (option_form(section, a->name) == FORM_TEXT)
		return slice_eq(rest, other);
	while (next_line(&rest, &line))
		if (!next_line(&other, &twin) || !slice_eq(line, twin))
			return false;
	return !next_line(&other, &twin);
}

static bool
same_section(const struct section *a, const struct section *b, const struct option **differs)
{
	if (!slice_eq(a->name, b->name))
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (i >= b->count || !same_value(a->name, &a->options[i], &b->options[i])) {
			*differs = &a->options[i];
			return false;
		}
	return a->count == b->count;
}

bool
rewrite_same(const struct sections *a, const struct sections *b, const struct option **differs)
{
	*differs = NULL;
	if (!same_section(&a->defaults, &b->defaults, differs) || a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!same_section(a->v[i], b->v[i], differs))
			return false;
	return true;
}
