#include "scan/pattern.h"

#include "util/mem.h"

#define IP4 "(?:::f{4,6}:)?(?P<ip4>(?:\\d{1,3}\\.){3}\\d{1,3})"
#define IP6 "(?P<ip6>(?:[0-9a-fA-F]{1,4}::?|:){1,7}(?:[0-9a-fA-F]{1,4}|(?<=:):))"
#define DNS "(?P<dns>[\\w\\-.^_]*\\w)"
#define CIDR "(?P<cidr>\\d+)"
#define ADDR "\\[?(?:" IP4 "|" IP6 ")\\]?"
#define SUBNET "\\[?(?:" IP4 "|" IP6 ")(?:/" CIDR ")?\\]?"

static const struct {
	const char *tag;
	const char *text;
} TAGS[] = {
    {"<ADDR>", ADDR},
    {"<F-ADDR/>", ADDR},
    {"<IP4>", IP4},
    {"<F-IP4/>", IP4},
    {"<IP6>", IP6},
    {"<F-IP6/>", IP6},
    {"<DNS>", DNS},
    {"<F-DNS/>", DNS},
    {"<CIDR>", CIDR},
    {"<F-CIDR/>", CIDR},
    {"<SUBNET>", SUBNET},
    {"<F-SUBNET/>", SUBNET},
    {"<F-ID/>", "(?P<fid>\\S+)"},
    {"<F-PORT/>", "(?P<fport>\\w+)"},
};

/* The tags <F-NAME> seen so far, for their ends: each points into the regex. */
struct open_tags {
	struct slice *v;
	size_t count, cap;
};

static bool
tag_name_char(char c)
{
	return char_word(c) || c == '-';
}

/* The tag at the start of s with its brackets, or an empty slice. */
static struct slice
tag_at(struct slice s)
{
	size_t n = 1, start;

	if (!slice_starts(s, SLICE("<")))
		return SLICE_EMPTY;
	if (n < s.n && s.p[n] == '/')
		n++;
	start = n;
	while (n < s.n && (tag_name_char(s.p[n]) || (unsigned char)s.p[n] >= 0x80))
		n++;
	if (n == start)
		return SLICE_EMPTY;
	if (n < s.n && s.p[n] == '/')
		n++;
	return n < s.n && s.p[n] == '>' ? slice_upto(s, n + 1) : SLICE_EMPTY;
}

/* NAME in "<F-NAME>" with start "<F-", if it is all capitals, digits, '_' and '-'. */
static bool
field_name(struct slice tag, struct slice start, struct slice *name)
{
	if (!slice_starts(tag, start) || tag.n <= start.n + 1)
		return false;
	*name = slice_of(tag.p + start.n, tag.n - start.n - 1);
	for (size_t i = 0; i < name->n; i++) {
		char c = name->p[i];

		if (!char_upper(c) && !char_digit(c) && c != '_' && c != '-')
			return false;
	}
	return true;
}

static void
open_field(struct buf *out, struct open_tags *open, struct slice name)
{
	open->v = mem_room(open->v, open->count, &open->cap, sizeof(*open->v), 8);
	open->v[open->count++] = name;
	buf_add_cstr(out, "(?P<");
	if (slice_eq(name, SLICE("ID")) || slice_eq(name, SLICE("PORT")))
		buf_add_char(out, 'f');
	for (size_t i = 0; i < name.n; i++)
		buf_add_char(out, char_lower(name.p[i]));
	buf_add_char(out, '>');
}

static bool
was_opened(const struct open_tags *open, struct slice name)
{
	for (size_t i = 0; i < open->count; i++) {
		if (slice_eq(open->v[i], name))
			return true;
	}
	return false;
}

/* The text of a tag that stands for the same each time, or NULL. */
static const char *
fixed_tag(struct slice tag, unsigned flags)
{
	if (slice_eq(tag, SLICE("<HOST>")))
		return flags & PATTERN_NO_NAMES ? ADDR : "(?:" ADDR "|" DNS ")";
	for (size_t i = 0; i < sizeof(TAGS) / sizeof(TAGS[0]); i++) {
		if (slice_eq(tag, slice_cstr(TAGS[i].tag)))
			return TAGS[i].text;
	}
	return NULL;
}

static void
expand_tag(
    struct buf *out, struct slice tag, unsigned flags, struct open_tags *open, unsigned *skips)
{
	const char *fixed = fixed_tag(tag, flags);
	struct slice name;

	if (fixed != NULL)
		buf_add_cstr(out, fixed);
	else if (slice_eq(tag, SLICE("<SKIPLINES>")))
		buf_printf(out, "\\n(?P<" PATTERN_SKIPLINES "%u>(?:(?:.*\\n)*?))", (*skips)++);
	else if (field_name(tag, SLICE("<F-"), &name))
		open_field(out, open, name);
	else if (field_name(tag, SLICE("</F-"), &name) && was_opened(open, name))
		buf_add_char(out, ')');
	else
		buf_add(out, tag);
}

/* Until there are more than so many bytes. Returns where in the regex that stands which the byte behind so
   many is of. */
static size_t
expand_tags(struct buf *out, struct slice regex, unsigned flags, size_t most)
{
	struct open_tags open = {0};
	unsigned skips = 0;
	size_t from = 0, n = 0, written = 0;

	while (from + n < regex.n && out->n <= most) {
		struct slice rest = slice_from(regex, from += n), tag = tag_at(rest);

		written = out->n;
		n = tag.n;
		if (n == 0) {
			ptrdiff_t lt = slice_find_char(rest, '<', 1);

			n = lt < 0 ? rest.n : (size_t)lt;
			buf_add(out, slice_upto(rest, n));
		} else {
			expand_tag(out, tag, flags, &open, &skips);
		}
	}
	mem_free(open.v);
	if (out->n <= most)
		return regex.n;
	return out->n - written == n ? from + (most - written) : from;
}

/* Length of "((?i)" or "(?:(?i)" at the start of s, 0 if it is none. *flags are the letters. */
static size_t
local_flags_at(struct slice s, struct slice *flags)
{
	size_t n = 1, start;

	if (slice_starts(slice_from(s, n), SLICE("?:")))
		n += 2;
	if (!slice_starts(slice_from(s, n), SLICE("(?")))
		return 0;
	start = n + 2;
	for (n = start; n < s.n && s.p[n] >= 'a' && s.p[n] <= 'z'; n++)
		;
	if (n == start || n >= s.n || s.p[n] != ')')
		return 0;
	*flags = slice_of(s.p + start, n - start);
	return n + 1;
}

/*
 * Python 3.11 refuses flags behind the start; where they open a group they are made that group's
 * own,
 * "((?i)a)" to "(?i:a)", as fail2ban does.
 */
static void
localise_flags(struct buf *out, struct slice regex)
{
	for (size_t i = 0; i < regex.n;) {
		struct slice flags;
		size_t n = 0;

		if (regex.p[i] == '(' && (i == 0 || regex.p[i - 1] != '\\'))
			n = local_flags_at(slice_from(regex, i), &flags);
		if (n > 0) {
			buf_add_cstr(out, "(?");
			buf_add(out, flags);
			buf_add_char(out, ':');
			i += n;
		} else {
			buf_add_char(out, regex.p[i++]);
		}
	}
}

void
pattern_expand(struct buf *out, struct slice regex, unsigned flags)
{
	struct buf tagless;

	buf_init(&tagless, out->max_bytes);
	(void)expand_tags(&tagless, regex, flags, SIZE_MAX); /* all of it */
	localise_flags(out, buf_slice(&tagless));
	out->refused |= buf_refused(&tagless);
	buf_done(&tagless);
}

size_t
pattern_written(struct slice regex, unsigned flags, size_t at)
{
	struct buf tagless;

	buf_init(&tagless, (size_t)1 << 20); /* more than any regex has become */
	at = expand_tags(&tagless, regex, flags, at);
	buf_done(&tagless);
	return at;
}
