#include "action/tag.h"

#include "util/escape.h"
#include "util/mem.h"

#include <errno.h>

#define ROUNDS_MAX 25

/* The kernel takes 128 KiB for one argument: a script has no room for long values. */
#define VALUE_MAX ((size_t)100 * 1024)
#define INLINE_MAX ((size_t)1024)

/*
 * The characters that fail2ban does not put into a script. A NUL would end it and is dropped
 * before anyone asks.
 */
static const char unsafe[] = "\\#&;`|*?~<>^()[]{}$'\"\n\r";

/* Values of these may be properties, and are quoted then; their tags may be of any action. */
static const struct slice quoted[] = {
    {"matches", 7}, {"ipmatches", 9}, {"ipjailmatches", 13}};

bool
tag_unsafe(struct slice value)
{
	for (size_t i = 0; i < value.n; i++)
		if (memchr(unsafe, value.p[i], sizeof(unsafe)) != NULL)
			return true;
	return false;
}

/* Finds the next tag at or after *at: *at is then its "<", and tag what is in it. */
static bool
tag_next(struct slice text, size_t *at, struct slice *tag)
{
	size_t open = text.n;

	for (size_t i = *at; i < text.n; i++) {
		char c = text.p[i];

		if (c == '<') {
			open = i;
		} else if (c == ' ') {
			open = text.n;
		} else if (c == '>' && open < text.n && i > open + 1) {
			*at = open;
			*tag = slice_of(text.p + open + 1, i - open - 1);
			return true;
		} else if (c == '>') {
			open = text.n;
		}
	}
	return false;
}

bool
tag_group(struct slice tag)
{
	if (tag.n < 3 || !slice_starts(tag, SLICE("F-")))
		return false;
	for (size_t i = 2; i < tag.n; i++)
		if (!char_upper(tag.p[i]) && !char_digit(tag.p[i]) && tag.p[i] != '_' &&
		    tag.p[i] != '-')
			return false;
	return true;
}

struct slice
tag_group_name(struct slice tag, char lower[TAG_GROUP_MAX])
{
	struct slice name = slice_from(tag, 2);

	if (name.n > TAG_GROUP_MAX)
		return SLICE_EMPTY;
	for (size_t i = 0; i < name.n; i++)
		lower[i] = char_lower(name.p[i]);
	name = slice_of(lower, name.n);
	if (slice_eq(name, SLICE("id")))
		return SLICE("fid");
	return slice_eq(name, SLICE("port")) ? SLICE("fport") : name;
}

bool
tag_used(struct slice text, struct slice tag)
{
	struct slice found;

	for (size_t at = 0; tag_next(text, &at, &found); at++)
		if (slice_eq(found, tag))
			return true;
	return false;
}

static bool
tag_quoted(struct slice tag)
{
	for (size_t i = 0; i < sizeof(quoted) / sizeof(quoted[0]); i++)
		if (slice_eq(tag, quoted[i]))
			return true;
	return false;
}

static void
add_quoted(struct buf *out, struct slice value)
{
	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];

		if (memchr(unsafe, c, sizeof(unsafe)) != NULL)
			buf_add_char(out, '\\');
		buf_add_char(out, c == '\n' ? 'n' : c == '\r' ? 'r' : c);
	}
}

static bool
add_static(struct buf *out, const struct entry *e, struct slice tag, enum family family)
{
	struct slice value;

	if (slice_eq(tag, SLICE("br"))) {
		buf_add_char(out, '\n');
	} else if (slice_eq(tag, SLICE("sp"))) {
		buf_add_char(out, ' ');
	} else if (slice_eq(tag, SLICE("banplace-shared"))) {
		buf_add_char(out, entry_shares(e, family) ? '1' : '0');
	} else if (slice_eq(tag, SLICE("timeout"))) {
		/* However it was written. */
		buf_printf(out, "%lld", (long long)(entry_timeout(e).us / US_PER_S));
	} else if (entry_get_for(e, tag, family, &value)) {
		if (tag_quoted(tag))
			add_quoted(out, value);
		else
			buf_add(out, value);
	} else {
		return false;
	}
	return true;
}

/*
 * One round: every tag that is there now. last is one that was replaced, lent by text. An action
 * that names a value "<matches>" gives it in full: it is not looked into again.
 */
static bool
static_round(struct buf *out, const struct entry *e, struct slice text, enum family family,
    struct slice *last)
{
	struct slice tag;
	size_t copied = 0;
	bool any = false;

	for (size_t at = 0; tag_next(text, &at, &tag);) {
		buf_add(out, slice_of(text.p + copied, at - copied));
		copied = at + tag.n + 2;
		if (add_static(out, e, tag, family)) {
			any = true;
			*last = tag;
		} else {
			buf_add(out, slice_of(text.p + at, tag.n + 2));
		}
		at = copied;
	}
	buf_add(out, slice_from(text, copied));
	return any;
}

static int
static_endless(struct slice what, struct slice tag, struct slice value, struct diag *d)
{
	struct buf shown;
	int r;

	buf_init(&shown, 4096);
	escape_format(&shown, slice_upto(value, 1000));
	r = diag_fail(d, -ELOOP, (struct place){0},
	    "properties contain self referencing definitions and cannot be resolved, fail tag: "
	    "%.*s, found: %.*s in {'%.*s': %d}, value: %s",
	    SLICE_ARG(what), SLICE_ARG(slice_upto(tag, 100)), SLICE_ARG(slice_upto(tag, 100)),
	    ROUNDS_MAX + 1, buf_cstr(&shown));
	buf_done(&shown);
	return r;
}

int
tag_static(struct buf *out, const struct entry *e, struct slice what, struct slice text,
    enum family family, struct diag *d)
{
	struct buf b[2];
	struct slice last = SLICE_EMPTY;
	int r = 0;

	buf_init(&b[0], TAG_TEXT_MAX);
	buf_init(&b[1], TAG_TEXT_MAX);
	for (unsigned round = 0;; round++) {
		struct buf *to = &b[round % 2];

		buf_clear(to);
		if (!static_round(to, e, text, family, &last)) {
			buf_add(out, text);
			break;
		}
		if (buf_refused(to)) {
			r = diag_fail(d, -E2BIG, (struct place){0},
			    "%.*s: with its tags replaced it is longer than %zu bytes", SLICE_ARG(what),
			    TAG_TEXT_MAX);
			break;
		}
		if (round >= ROUNDS_MAX) {
			r = static_endless(what, last, buf_slice(to), d);
			break;
		}
		text = buf_slice(to);
	}
	buf_done(&b[0]);
	buf_done(&b[1]);
	return r;
}

void
tag_command_init(struct tag_command *c)
{
	buf_init(&c->script, TAG_TEXT_MAX);
	c->count = 0;
}

void
tag_command_done(struct tag_command *c)
{
	buf_done(&c->script);
	for (size_t i = 0; i < c->count; i++)
		mem_free((char *)c->values[i].p);
	c->count = 0;
}

/* The command while it is made. */
struct making {
	struct tag_command *command;
	struct buf body;
	struct slice names[EXEC_VALUES_MAX];	/* of the variables; each has a mem_copy() */
};

/* "F-USER" names the variable f2bV_F_user, "ip-host" f2bV_ip_host. */
static void
add_variable_name(struct buf *out, struct slice tag)
{
	bool group = slice_starts(tag, SLICE("F-"));

	buf_add_cstr(out, "f2bV_");
	for (size_t i = 0; i < tag.n; i++) {
		char c = tag.p[i];

		if (!char_word(c))
			c = '_';
		buf_add_char(out, group && i > 1 ? char_lower(c) : c);
	}
}

static int
variable_find(const struct making *m, struct slice name)
{
	for (size_t i = 0; i < m->command->count; i++)
		if (slice_eq(m->names[i], name))
			return (int)i;
	return -1;
}

/*
 * Two tags may give one name ("a-b" and "a_b"); the name is then made longer until its value is its
 * own.
 */
static int
add_variable(struct making *m, struct slice tag, struct slice value, bool brace)
{
	struct tag_command *c = m->command;
	struct buf name;
	int at, r = 0;

	value = slice_upto(value, VALUE_MAX);
	buf_init(&name, 1024);
	add_variable_name(&name, slice_upto(tag, 200));
	while ((at = variable_find(m, buf_slice(&name))) >= 0 && !slice_eq(c->values[at], value))
		buf_add_char(&name, '_');
	if (at < 0 && c->count >= EXEC_VALUES_MAX) {
		r = -E2BIG;
	} else {
		if (at < 0) {
			m->names[c->count] = slice_of(mem_copy(name.p, name.n), name.n);
			c->values[c->count++] = slice_of(mem_copy(value.p, value.n), value.n);
		}
		buf_add_cstr(&m->body, brace ? "${" : "$");
		buf_add(&m->body, buf_slice(&name));
		buf_add_cstr(&m->body, brace ? "}" : "");
	}
	buf_done(&name);
	return r;
}

/* An argument of a program ends at a NUL, so what comes after would be lost. */
static void
drop_nuls(struct buf *b)
{
	size_t kept = 0;

	for (size_t i = 0; i < b->n; i++)
		if (b->p[i] != '\0')
			b->p[kept++] = b->p[i];
	if (b->n > 0)
		buf_cut(b, kept);
}

/* brace: what follows the tag would be read as part of a variable's name. */
static int
add_dynamic(struct making *m, struct slice tag, bool brace, struct tag_source *source, bool *known)
{
	struct buf value;
	int r = 0;

	buf_init(&value, TAG_TEXT_MAX);
	*known = source->value(source, tag, &value);
	if (*known) {
		drop_nuls(&value);
		if (value.n > INLINE_MAX || tag_unsafe(buf_slice(&value)))
			r = add_variable(m, tag, buf_slice(&value), brace);
		else
			buf_add(&m->body, buf_slice(&value));
	}
	buf_done(&value);
	return r;
}

/* One pass over text: of what a regex captured (groups), or of all else. */
static int
make_pass(struct making *m, struct slice text, bool groups, struct tag_source *source)
{
	struct slice tag;
	size_t copied = 0;

	for (size_t at = 0; tag_next(text, &at, &tag);) {
		bool known = false;
		int r = 0;

		buf_add(&m->body, slice_of(text.p + copied, at - copied));
		copied = at + tag.n + 2;
		if (tag_group(tag) == groups)
			r = add_dynamic(
			    m, tag, copied < text.n && char_word(text.p[copied]), source, &known);
		if (r < 0)
			return r;
		if (!known)
			buf_add(&m->body, slice_of(text.p + at, tag.n + 2));
		at = copied;
	}
	buf_add(&m->body, slice_from(text, copied));
	return buf_refused(&m->body) ? -E2BIG : 0;
}

/*
 * What was captured comes last, so that its variables do. A value that the first pass puts into the
 * text holds no tag, or it would be in a variable.
 */
static int
make_body(struct making *m, struct slice text, struct tag_source *source)
{
	struct buf first;
	int r = make_pass(m, text, false, source);

	if (r < 0)
		return r;
	first = m->body;
	buf_init(&m->body, TAG_TEXT_MAX);
	r = make_pass(m, buf_slice(&first), true, source);
	buf_done(&first);
	return r;
}

/* The variables take their values from the arguments, in a line before all else. */
static void
make_script(struct making *m)
{
	struct tag_command *c = m->command;

	for (size_t i = 0; i < c->count; i++) {
		buf_add(&c->script, m->names[i]);
		buf_printf(&c->script, i < 10 ? "=$%zu " : "=${%zu} ", i);
	}
	if (c->count > 0)
		buf_add_char(&c->script, '\n');
	buf_add(&c->script, buf_slice(&m->body));
}

int
tag_dynamic(struct tag_command *c, struct slice text, struct tag_source *source, struct diag *d)
{
	struct making m = {.command = c};
	int r;

	buf_init(&m.body, TAG_TEXT_MAX);
	r = make_body(&m, text, source);
	if (r == 0) {
		make_script(&m);
		if (buf_refused(&c->script))
			r = -E2BIG;
	}
	if (r < 0)
		(void)diag_fail(d, r, (struct place){0},
		    "the command, with its tags replaced, is longer than %zu bytes or holds more than %d "
		    "values of a failure that a shell must not see",
		    TAG_TEXT_MAX, EXEC_VALUES_MAX);
	for (size_t i = 0; i < c->count; i++)
		mem_free((char *)m.names[i].p);
	buf_done(&m.body);
	return r;
}
