#include "config/yamltree.h"

#include "config/text.h"
#include "util/escape.h"

#include <errno.h>
#include <yaml.h>

struct tree {
	struct load *load;
	struct slice text;
	const char *file;
	struct slice *lines; /* without their breaks */
	size_t line_count;
	yaml_mark_t last; /* that mark_pointer() was asked for, and where it was in its line */
	size_t last_offset;
	yaml_parser_t parser;
	/* Where the next node goes of each list and map that is being read. */
	struct yamltree_node **ends[YAMLTREE_MAX_DEPTH];
	size_t depth, nodes;
	struct yamltree_node *root;
};

/* Bytes of the line break at the start of s, as YAML 1.1 has them; 0 if there is none. */
static size_t
break_length(struct slice s)
{
	if (slice_starts(s, SLICE("\r\n")) || slice_starts(s, SLICE("\xc2\x85")))
		return 2;
	if (slice_starts(s, SLICE("\xe2\x80\xa8")) || slice_starts(s, SLICE("\xe2\x80\xa9")))
		return 3;
	return s.n > 0 && (s.p[0] == '\n' || s.p[0] == '\r') ? 1 : 0;
}

/* Takes the next line off rest, without its break; *last says that it has none. */
static struct slice
take_line(struct slice *rest, bool *last)
{
	size_t n = 0, end = 0;
	struct slice line;

	while (n < rest->n && (end = break_length(slice_from(*rest, n))) == 0)
		n++;
	line = slice_upto(*rest, n);
	*last = n == rest->n;
	*rest = slice_from(*rest, n + end);
	return line;
}

static void
find_lines(struct tree *t)
{
	struct slice rest = t->text;
	size_t count = 0;
	bool last = false;

	for (; !last; count++)
		(void)take_line(&rest, &last);
	t->lines = arena_array(t->load->arena, count, sizeof(*t->lines));
	rest = t->text;
	while (t->line_count < count)
		t->lines[t->line_count++] = take_line(&rest, &last);
}

/* The line of that number, which counts from 0; behind the last there is nothing. */
static struct slice
line_text(const struct tree *t, size_t number)
{
	return number < t->line_count ? t->lines[number] : slice_from(t->text, t->text.n);
}

/*
 * Where a mark points: the library counts characters, we count bytes. Marks come in order but for
 * few, so the walk goes on from the last one; a file may be one long line.
 */
static const char *
mark_pointer(struct tree *t, const yaml_mark_t *mark)
{
	struct slice s = line_text(t, mark->line), rest = s;
	size_t column = 0;
	uint32_t code;

	if (t->last.line == mark->line && t->last.column <= mark->column) {
		rest = slice_from(s, t->last_offset);
		column = t->last.column;
	}
	for (; column < mark->column && rest.n > 0; column++) {
		size_t n = utf8_next(rest, &code);

		rest = slice_from(rest, n > 0 ? n : 1);
	}
	t->last = (yaml_mark_t){.line = mark->line, .column = column};
	t->last_offset = (size_t)(rest.p - s.p);
	return rest.p;
}

static struct place
mark_place(struct tree *t, const yaml_mark_t *mark)
{
	size_t line = mark->line < t->line_count ? mark->line : t->line_count - 1;

	return (struct place){.file = t->file,
	    .line = (unsigned)line + 1,
	    .column = (unsigned)(mark_pointer(t, mark) - t->lines[line].p) + 1,
	    .included = t->load->included};
}

/* What to do about a mistake, by the library's words for it. */
static const char *
remedy_by_problem(const char *problem, const char *context)
{
	static const struct {
		const char *words, *remedy;
	} rows[] = {
	    {"mapping values are not allowed",
		"put a value that holds ': ' in single quotes, and indent the options of a section "
		"alike"},
	    {"scanning an alias", "put a value that begins with '*' in quotes"},
	    {"scanning an anchor", "put a value that begins with '&' in quotes"},
	    {"scanning a tag", "put a value that begins with '!' in quotes"},
	    {"parsing a tag", "put a value that begins with '!' in quotes"},
	    {"undefined tag handle", "put a value that begins with '!' in quotes"},
	    {"scanning a directive", "put a value that begins with '%' in quotes"},
	    {"unknown escape character",
		"write \\\\ for a backslash, or use single quotes, in which it stands for itself"},
	    {"scanning a quoted scalar", "close the quotes"},
	    {"parsing a flow", "close the bracket; put a value that begins with '[' or '{', or an "
			       "address that begins with ':', in quotes"},
	    {"scanning a block scalar",
		"put a value that begins with '|' or '>' in quotes, and text below the option"},
	    {"parsing a block", "write 'option: value' on each line, indented alike; a value that "
				"begins with a quote or a bracket ends with it"},
	    {"simple key", "write 'option: value', with a colon and a blank between them"},
	    {"document start", "write 'section:' without indentation, and below it, indented, "
			       "'option: value'"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strstr(problem, rows[i].words) != NULL ||
		    strstr(context, rows[i].words) != NULL)
			return rows[i].remedy;
	return "write 'section:', and below it, indented, 'option: value'";
}

static bool
indented_by_tab(struct slice line)
{
	for (size_t i = 0; i < line.n && (line.p[i] == ' ' || line.p[i] == '\t'); i++)
		if (line.p[i] == '\t')
			return true;
	return false;
}

static const char *
remedy_for(struct tree *t, const char *problem, const char *context, const char *at)
{
	size_t line = t->parser.problem_mark.line;

	if (indented_by_tab(line_text(t, line)) ||
	    (line > 0 && indented_by_tab(line_text(t, line - 1))))
		return "tabs cannot indent YAML, use blanks";
	if (strstr(problem, "cannot start any token") != NULL && at < t->text.p + t->text.n)
		return arena_printf(t->load->arena, "put a value that begins with '%s' in quotes",
		    load_quote(t->load, slice_of(at, 1)))
		    .p;
	return remedy_by_problem(problem, context);
}

/*
 * What the library could not read. Where a character breaks off, it tells the end of the part that
 * is good.
 */
static struct slice
not_text(const struct tree *t)
{
	struct slice rest = t->text;
	uint32_t code;
	size_t n;

	while (rest.n > t->text.n - t->parser.problem_offset && (n = utf8_next(rest, &code)) > 0)
		rest = slice_from(rest, n);
	return rest;
}

/* Bytes that are no text: the library's reader knows no line, only how far it came. */
static int
report_bytes(struct tree *t)
{
	struct slice rest = not_text(t);
	struct place at = {.file = t->file, .included = t->load->included};
	uint32_t code;

	while (at.line < t->line_count && t->lines[at.line].p <= rest.p)
		at.line++;
	at.column = (unsigned)(rest.p - t->lines[at.line - 1].p) + 1;
	if (utf8_next(rest, &code) > 0)
		return load_fatal(t->load, at,
		    "not YAML: control character U+%04X; in double quotes write it as \\u%04x",
		    (unsigned)code, (unsigned)code);
	(void)load_error(t->load, "configreader", at,
	    "byte 0x%02x is not UTF-8; save the file as UTF-8",
	    rest.n > 0 ? (unsigned)(unsigned char)rest.p[0] : 0);
	return -EILSEQ;
}

static int
report_syntax(struct tree *t)
{
	const yaml_parser_t *p = &t->parser;
	const char *problem = p->problem != NULL ? p->problem : "it cannot be read";
	const char *context = p->context != NULL ? p->context : "";
	struct place at = mark_place(t, &p->problem_mark);

	if (p->error == YAML_READER_ERROR)
		return report_bytes(t);
	return load_fatal(t->load, at, "not YAML: %s%s%s%s; %s", context,
	    context[0] != '\0' ? ", " : "", problem,
	    context[0] != '\0' && p->context_mark.line + 1 < at.line
		? arena_printf(t->load->arena, " (it began in line %zu)", p->context_mark.line + 1)
		      .p
		: "",
	    remedy_for(t, problem, context, mark_pointer(t, &p->problem_mark)));
}

/* A block whose lines are those of the file: each line has its place. */
static void
trace_block(const struct tree *t, const yaml_event_t *e, struct slice text, struct traced_buf *out)
{
	size_t number = e->start_mark.line;
	struct slice line;

	for (size_t i = 0; slice_next(&text, '\n', &line); i++) {
		struct slice written = line_text(t, ++number);
		struct place at = {
		    .file = t->file, .line = (unsigned)number + 1, .included = t->load->included};

		if (i > 0)
			buf_add_char(&out->text, '\n');
		if (slice_ends(written, line))
			at.column = (unsigned)(written.n - line.n) + 1;
		if (line.n > 0)
			traced_buf_mark(out, at);
		buf_add(&out->text, line);
	}
}

static struct traced
trace_scalar(struct tree *t, const yaml_event_t *e, struct slice text)
{
	bool block = e->data.scalar.style == YAML_LITERAL_SCALAR_STYLE;
	bool plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	const char *from = mark_pointer(t, &e->start_mark) + !plain;
	struct place at = mark_place(t, &e->start_mark);
	struct traced_buf out;
	struct traced traced;
	size_t left = (size_t)(t->text.p + t->text.n - from);

	if (!block) {
		/* Where it was written otherwise, a column within it would be wrong. */
		if (from <= t->text.p + t->text.n && slice_starts(slice_of(from, left), text))
			at.column += !plain;
		else
			at.column = 0;
		return traced_of(t->load->arena, text, at);
	}
	traced_buf_init(&out);
	trace_block(t, e, text, &out);
	/* What is too long is refused where it becomes a value. */
	traced = buf_refused(&out.text) ? traced_of(t->load->arena, text, at)
					: traced_buf_copy(t->load->arena, &out);
	traced_buf_done(&out);
	return traced;
}

static void
take_scalar(struct tree *t, const yaml_event_t *e, struct yamltree_node *node)
{
	yaml_scalar_style_t style = e->data.scalar.style;
	struct slice text = slice_of((const char *)e->data.scalar.value, e->data.scalar.length);

	if (style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE)
		while (text.n > 0 && text.p[text.n - 1] == '\n')
			text.n--;
	node->text = trace_scalar(t, e, arena_copy(t->load->arena, text));
}

static int
add_node(struct tree *t, struct yamltree_node *node)
{
	if (++t->nodes > YAMLTREE_MAX_NODES)
		return load_fatal(
		    t->load, node->at, "more than %d values in one file", YAMLTREE_MAX_NODES);
	if (t->depth == 0) {
		t->root = node;
		return 0;
	}
	*t->ends[t->depth - 1] = node;
	t->ends[t->depth - 1] = &node->next;
	return 0;
}

static int
push(struct tree *t, struct yamltree_node *node)
{
	if (t->depth == YAMLTREE_MAX_DEPTH)
		return load_fatal(t->load, node->at,
		    "lists and maps are more than %d deep in each other; put a value that begins "
		    "with '[', '{' or '- ' in quotes",
		    YAMLTREE_MAX_DEPTH);
	t->ends[t->depth++] = &node->first;
	return 0;
}

/* What YAML has and a configuration does not need. */
static int
refuse_sharing(struct tree *t, const yaml_event_t *e)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;
	struct place at = mark_place(t, &e->start_mark);

	if (e->type == YAML_SCALAR_EVENT) {
		anchor = e->data.scalar.anchor;
		tag = e->data.scalar.tag;
	} else if (e->type == YAML_SEQUENCE_START_EVENT) {
		anchor = e->data.sequence_start.anchor;
		tag = e->data.sequence_start.tag;
	} else if (e->type == YAML_MAPPING_START_EVENT) {
		anchor = e->data.mapping_start.anchor;
		tag = e->data.mapping_start.tag;
	} else if (e->type == YAML_ALIAS_EVENT)
		return load_fatal(t->load, at,
		    "aliases (*%s) are not used here; refer to an option with '%%(name)s', and put "
		    "a value that begins with '*' in quotes",
		    load_quote(t->load, slice_cstr((const char *)e->data.alias.anchor)));
	if (anchor != NULL)
		return load_fatal(t->load, at,
		    "anchors (&%s) are not used here; put a value that begins with '&' in quotes",
		    load_quote(t->load, slice_cstr((const char *)anchor)));
	if (tag != NULL)
		return load_fatal(t->load, at,
		    "tags (%s) are not used here; put a value that begins with '!' in quotes",
		    load_quote(t->load, slice_cstr((const char *)tag)));
	return 0;
}

static int
take_node(struct tree *t, const yaml_event_t *e)
{
	struct yamltree_node *node = ARENA_NEW(t->load->arena, struct yamltree_node);
	int r = refuse_sharing(t, e);

	if (r < 0)
		return r;
	node->at = mark_place(t, &e->start_mark);
	r = add_node(t, node);
	if (r < 0)
		return r;
	if (e->type == YAML_SCALAR_EVENT) {
		take_scalar(t, e, node);
		return 0;
	}
	node->kind = e->type == YAML_MAPPING_START_EVENT ? YAMLTREE_MAP : YAMLTREE_LIST;
	return push(t, node);
}

static int
take_event(struct tree *t, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_SCALAR_EVENT:
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
	case YAML_ALIAS_EVENT:
		return take_node(t, e);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		t->depth--;
		return 0;
	case YAML_DOCUMENT_START_EVENT:
		if (t->root != NULL)
			return load_fatal(t->load, mark_place(t, &e->start_mark),
			    "a second document begins; leave out '---'");
		return 0;
	default:
		return 0;
	}
}

static int
take_events(struct tree *t)
{
	yaml_event_t e;
	bool end = false;
	int r = 0;

	while (r == 0 && !end) {
		if (!yaml_parser_parse(&t->parser, &e))
			return report_syntax(t);
		end = e.type == YAML_STREAM_END_EVENT;
		r = take_event(t, &e);
		yaml_event_delete(&e);
	}
	return r;
}

int
yamltree_parse(struct load *l, struct slice text, const char *file, struct yamltree_node **root)
{
	struct tree t = {.load = l, .text = text, .file = file};
	int r;

	*root = NULL;
	/* To the library the byte order mark would indent the first line. */
	if (slice_starts(text, SLICE("\xef\xbb\xbf")))
		t.text = text = slice_from(text, 3);
	/* Fails only without memory. */
	if (!yaml_parser_initialize(&t.parser))
		return -ENOMEM;
	find_lines(&t);
	yaml_parser_set_encoding(&t.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&t.parser, (const unsigned char *)text.p, text.n);
	r = take_events(&t);
	yaml_parser_delete(&t.parser);
	if (r == 0)
		*root = t.root;
	return r;
}
