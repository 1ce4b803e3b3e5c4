#include "config/ini.h"

#include "config/options.h"
#include "config/text.h"
#include "util/escape.h"

#include <errno.h>

/* So much room is made at once; more comes with the options. */
#define OPTIONS_AHEAD_MAX 64

struct ini {
	struct load *load;
	struct sections *out;
	const char *file;
	unsigned line_no;
	struct slice line;	 /* without its end */
	struct slice rest;	 /* behind it */
	struct section *section; /* NULL: no header was seen yet */
	struct section lost;	 /* takes what has no place to go; nameless before a header */
	bool in_option;		 /* option is being read, and what is indented belongs to it */
	struct option option;
	struct traced_buf value;
	size_t indent; /* of the last line that was not a continuation */
	bool failed;
	bool full; /* too much of something: the rest of the file is not read */
};

struct slice
ini_lower(struct arena *a, struct slice name)
{
	struct slice out;
	char *p;
	size_t n = 0;

	while (n < name.n && !char_upper(name.p[n]))
		n++;
	if (n == name.n)
		return name;
	out = arena_copy(a, name);
	p = (char *)(uintptr_t)out.p;
	for (; n < out.n; n++)
		p[n] = char_lower(p[n]);
	return out;
}

static struct place
ini_place(const struct ini *in, const char *p)
{
	return (struct place){.file = in->file,
	    .line = in->line_no,
	    .column = (unsigned)(p - in->line.p) + 1,
	    .included = in->load->included};
}

/* Why a byte sequence is no UTF-8, in Python's words. */
static const char *
utf8_reason(struct slice s)
{
	unsigned char c = (unsigned char)s.p[0];
	size_t need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;

	if (c < 0xc2 || c > 0xf4)
		return "invalid start byte";
	for (size_t i = 1; i < need; i++) {
		if (i == s.n)
			return "unexpected end of data";
		if (((unsigned char)s.p[i] & 0xc0) != 0x80)
			break;
	}
	return "invalid continuation byte";
}

static int
ini_not_utf8(struct load *l, struct slice text, size_t at, const char *file)
{
	struct place place = {.file = file, .line = 1, .included = l->included};
	size_t line_start = 0;

	for (size_t i = 0; i < at; i++)
		if (text.p[i] == '\n') {
			place.line++;
			line_start = i + 1;
		}
	place.column = (unsigned)(at - line_start) + 1;
	return load_error(l, "configparserinc", place,
	    "Error decoding config file '%s': 'utf-8' codec can't decode byte 0x%02x in position "
	    "%zu: %s; save the file as UTF-8",
	    file, (unsigned char)text.p[at], at, utf8_reason(slice_from(text, at)));
}

static int
ini_check_utf8(struct load *l, struct slice text, const char *file)
{
	for (size_t i = 0; i < text.n;) {
		uint32_t code;
		size_t n = utf8_ascii(slice_from(text, i));

		if (n == 0)
			n = utf8_next(slice_from(text, i), &code);
		if (n == 0)
			return ini_not_utf8(l, text, i, file);
		i += n;
	}
	return 0;
}

/* Lines end in "\n", "\r\n" or "\r". */
static bool
ini_next_line(struct slice *rest, struct slice *line)
{
	ptrdiff_t feed = slice_find_char(*rest, '\n', 0), other;
	size_t n = feed < 0 ? rest->n : (size_t)feed, end;

	if (rest->n == 0)
		return false;
	other = slice_find_char(slice_upto(*rest, n), '\r', 0);
	if (other >= 0)
		n = (size_t)other;
	end = n < rest->n ? n + 1 : n;
	if (end < rest->n && rest->p[n] == '\r' && rest->p[n + 1] == '\n')
		end++;
	*line = slice_upto(*rest, n);
	*rest = slice_from(*rest, end);
	return true;
}

/* The line without a comment; *comment says whether it had one. */
static struct slice
ini_without_comment(struct slice line, bool *comment)
{
	struct slice start = text_ltrim(line);
	ptrdiff_t at = -1;

	*comment = true;
	if (start.n > 0 && (start.p[0] == '#' || start.p[0] == ';'))
		return slice_upto(line, 0);
	while ((at = slice_find_char(line, ';', (size_t)(at + 1))) >= 0) {
		struct slice before = slice_upto(line, (size_t)at);

		if (text_rtrim(before).n < before.n)
			return before;
	}
	*comment = false;
	return line;
}

/* Characters of white space at the start. */
static size_t
ini_indent(struct slice line)
{
	size_t n = 0, step;

	while ((step = text_space(line)) > 0) {
		line = slice_from(line, step);
		n++;
	}
	return n;
}

static void
ini_end_option(struct ini *in)
{
	struct option *o = &in->option;
	struct slice text;

	if (!in->in_option)
		return;
	in->in_option = false;
	if (buf_refused(&in->value.text)) {
		in->failed = true;
		(void)load_fatal(in->load, o->at, "the value of '%s' is longer than %zu bytes",
		    load_quote(in->load, o->name), TRACED_MAX_BYTES);
		return;
	}
	text = text_rtrim(buf_slice(&in->value.text));
	buf_cut(&in->value.text, text.n);
	while (in->value.count > 1 && in->value.marks[in->value.count - 1].offset >= text.n)
		in->value.count--;
	o->value = traced_buf_copy(in->load->arena, &in->value);
	if (section_put(in->load->arena, in->section, o, NULL) < 0) {
		in->failed = in->full = true;
		(void)load_fatal(in->load, o->at, "section '%s' has more than %d options",
		    load_quote(in->load, in->section->name), SECTION_MAX_OPTIONS);
	}
}

static void
ini_add_line(struct ini *in, struct slice text)
{
	traced_buf_mark(&in->value, ini_place(in, text.p));
	buf_add(&in->value.text, text);
}

static void
ini_continue(struct ini *in, struct slice text)
{
	buf_add_char(&in->value.text, '\n');
	if (text.n > 0)
		ini_add_line(in, text);
}

/* About how many options stand before the next section. */
static size_t
ini_options_ahead(struct slice rest)
{
	struct slice line;
	size_t n = 0;

	while (n < OPTIONS_AHEAD_MAX && slice_next(&rest, '\n', &line)) {
		if (line.n == 0 || line.p[0] == '#' || line.p[0] == ';' || char_space(line.p[0]))
			continue;
		if (line.p[0] == '[')
			break;
		n++;
	}
	return n;
}

static void
ini_header(struct ini *in, struct slice name, struct place at)
{
	struct load *l = in->load;
	struct section *s = sections_get(in->out, name);

	if (s != NULL && s != &in->out->defaults) {
		in->failed = true;
		(void)load_fatal(l, at,
		    "While reading from '%s' [line %2u]: section '%s' already exists; it began in "
		    "line %u, so put these options there",
		    in->file, at.line, load_quote(l, name), s->at.line);
		/* Read on, for more mistakes, without mixing the two. */
		in->lost = (struct section){.name = name, .at = at};
		in->section = &in->lost;
		return;
	}
	if (s == NULL)
		s = sections_add(l->arena, in->out, name, at);
	if (s == NULL) {
		in->failed = in->full = true;
		(void)load_fatal(l, at, "more than %d sections", SECTIONS_MAX);
		s = &in->lost;
	}
	in->section = s;
	section_reserve(l->arena, s, ini_options_ahead(in->rest));
}

/* Whether a line is a comment as other languages have it. */
static bool
ini_foreign_comment(struct slice value)
{
	return slice_starts(value, SLICE("//")) || slice_starts(value, SLICE("--")) ||
	       slice_starts(value, SLICE("/*"));
}

/* What to do about a line that stands before the first header. */
static const char *
ini_header_remedy(const struct ini *in, struct slice value)
{
	if (slice_starts(value, SLICE("\xef\xbb\xbf")))
		return "the file begins with a byte order mark; save it as UTF-8 without one";
	if (slice_starts(value, SLICE("[")))
		return "the name of a section ends with ']'";
	if (ini_foreign_comment(value))
		return "begin a comment with '#'";
	if (slice_starts(value, SLICE("<!")) || slice_starts(value, SLICE("<html")))
		return "the file is a web page; save its text alone";
	return NULL;
}

static void
ini_no_header(struct ini *in, struct slice value)
{
	struct load *l = in->load;
	const char *remedy = ini_header_remedy(in, value);

	in->failed = true;
	if (remedy != NULL)
		(void)load_fatal(l, ini_place(in, value.p),
		    "File contains no section headers: %s is not in a section; %s",
		    load_repr(l, value), remedy);
	else
		(void)load_fatal(l, ini_place(in, value.p),
		    "File contains no section headers: %s is not in a section; write %s above "
		    "this line",
		    load_repr(l, value), l->header);
	/* One message is enough for all that follows up to the first header. */
	in->section = &in->lost;
}

/* Whether each line of the option's value is one more of its kind. */
static bool
ini_has_lines(struct slice name)
{
	static const char *const names[] = {"action", "failregex", "ignoreregex", "logpath", NULL};

	return slice_listed(name, names);
}

static void
ini_option(struct ini *in, struct slice value)
{
	struct load *l = in->load;
	const struct option *before;
	struct slice name, text;
	size_t n = 0;

	while (n < value.n && value.p[n] != '=' && value.p[n] != ':')
		n++;
	name = text_rtrim(slice_upto(value, n));
	if (n == value.n || name.n == 0) {
		in->failed = true;
		(void)load_fatal(l, ini_place(in, value.p),
		    "Source contains parsing errors: '%s' [line %2u]: %s is neither 'name = value' "
		    "nor a [section]; %s",
		    in->file, in->line_no, load_repr(l, value),
		    ini_foreign_comment(value) ? "begin a comment with '#'"
					       : "indent it if it belongs to the option above");
		return;
	}
	ini_end_option(in);
	text = text_trim(slice_from(value, n + 1));
	in->option =
	    (struct option){.name = ini_lower(l->arena, name), .at = ini_place(in, name.p)};
	before = section_get(in->section, in->option.name);
	if (before != NULL) {
		in->failed = true;
		(void)load_fatal(l, in->option.at,
		    "While reading from '%s' [line %2u]: option '%s' in section '%s' already "
		    "exists; it was set in line %u, keep one of the two%s",
		    in->file, in->line_no, load_quote(l, in->option.name),
		    load_quote(l, in->section->name), before->at.line,
		    ini_has_lines(in->option.name) ? ", or put the second value on an indented "
						     "line below the first"
						   : "");
	}
	in->in_option = true;
	traced_buf_clear(&in->value);
	ini_add_line(in, text);
}

/* Whether a word is the name of an option that files often have. */
static bool
ini_usual_name(struct slice name)
{
	static const char *const others[] = {
	    "banaction", "chain", "destemail", "mode", "port", "protocol", "sender", NULL};
	static const enum option_where kinds[] = {
	    OPTION_JAIL, OPTION_FILTER, OPTION_ACTION, OPTION_SERVER};

	if (slice_listed(name, others))
		return true;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (option_row(kinds[i], name) != NULL)
			return true;
	return false;
}

/* Whether the option is a command of an action. */
static bool
ini_in_command(const struct ini *in)
{
	struct slice name = in->option.name;

	return slice_starts(name, SLICE("action")) && name.n > 6;
}

/* Whether the line looks like an option or a header of its own, and not like one in brackets. */
static bool
ini_looks_own(const struct ini *in, struct slice line)
{
	struct slice above = text_rtrim(buf_slice(&in->value.text));
	ptrdiff_t equals = slice_find_char(line, '=', 0);
	struct slice name, before;
	size_t n = 1;

	if (line.p[0] == '[') {
		while (n < line.n && (text_word_char(line.p[n]) || line.p[n] == '-'))
			n++;
		return n > 1 && n + 1 == line.n && line.p[n] == ']';
	}
	if (equals < 0 || slice_ends(above, SLICE(",")) || slice_ends(above, SLICE("[")))
		return false;
	before = slice_upto(line, (size_t)equals);
	name = ini_lower(in->load->arena, text_rtrim(before));
	/* In a command of the shell, "port=22" sets a variable. */
	if (name.n == before.n && ini_in_command(in))
		return false;
	return ini_usual_name(name);
}

static void
ini_doubt_indent(const struct ini *in, struct slice line)
{
	struct load *l = in->load;
	const char *name = load_quote(l, in->option.name);

	if (ini_looks_own(in, line))
		load_note(l, DIAG_WARNING, "", ini_place(in, line.p),
		    "'%s' is indented, and so belongs to the value of '%s' above; begin it where "
		    "'%s' begins",
		    load_quote(l, line), name, name);
}

/* A comment behind an expression or a command that looks as if it were more of that. */
static void
ini_doubt_comment(const struct ini *in)
{
	static const char meant[] = "<\\$(";
	bool any, command = ini_in_command(in);
	struct slice value = ini_without_comment(in->line, &any);
	struct slice comment = slice_from(in->line, value.n);

	if (!in->in_option || text_trim(value).n == 0 ||
	    (!command && !slice_ends(in->option.name, SLICE("regex"))))
		return;
	for (size_t i = 0; i < comment.n; i++) {
		if (memchr(meant, comment.p[i], sizeof(meant) - 1) == NULL)
			continue;
		load_note(in->load, DIAG_WARNING, "", ini_place(in, comment.p),
		    "'%s' is a comment, since a blank stands before its ';'; %s",
		    load_quote(in->load, comment),
		    command ? "leave the blank out" : "write the blank as \\s");
		return;
	}
}

static void
ini_line(struct ini *in)
{
	struct slice value;
	size_t indent;
	bool comment;

	/* Most lines of what is shipped are comments. */
	if (in->line.n > 0 && in->line.p[0] == '#')
		return;
	value = text_trim(ini_without_comment(in->line, &comment));
	if (value.n == 0) {
		if (!comment && in->in_option)
			ini_continue(in, SLICE_EMPTY);
		return;
	}
	indent = ini_indent(in->line);
	if (in->in_option && indent > in->indent) {
		if (in->load->lint)
			ini_doubt_indent(in, value);
		ini_continue(in, value);
		return;
	}
	in->indent = indent;
	if (value.p[0] == '[') {
		size_t close = value.n;

		while (close > 0 && value.p[close - 1] != ']')
			close--;
		if (close > 2) {
			ini_end_option(in);
			ini_header(in, slice_of(value.p + 1, close - 2), ini_place(in, value.p));
			return;
		}
	}
	if (in->section == NULL)
		ini_no_header(in, value);
	else if (in->section->name.p != NULL)
		ini_option(in, value);
}

int
ini_parse(struct load *l, struct slice text, const char *file, struct sections *out)
{
	struct ini in = {.load = l, .out = out, .file = file};

	*out = (struct sections){.defaults = {.name = SLICE("DEFAULT")}};
	if (ini_check_utf8(l, text, file) < 0)
		return -EILSEQ;
	traced_buf_init(&in.value);
	in.rest = text;
	while (!in.full && ini_next_line(&in.rest, &in.line)) {
		in.line_no++;
		ini_line(&in);
		if (l->lint)
			ini_doubt_comment(&in);
	}
	if (!in.full)
		ini_end_option(&in);
	traced_buf_done(&in.value);
	return in.failed ? -EINVAL : 0;
}
