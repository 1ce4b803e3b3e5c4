#include "regex/output.h"

#include "action/info.h"
#include "compat/pyrepr.h"
#include "regex/show.h"
#include "util/addr.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

static struct value *
match_value(struct arena *a, const struct hit *hit)
{
	struct value *list = value_list(a);

	for (size_t i = 0; i < hit->failure->line_count; i++) {
		const struct door_line *line = &hit->failure->lines[i];
		struct value *t = value_tuple(a);

		value_add(a, t, value_text_lent(a, line->before));
		value_add(a, t, value_text_lent(a, line->date));
		value_add(a, t, value_text_lent(a, line->after));
		value_add(a, list, t);
	}
	return list;
}

static struct value *
users_value(struct arena *a, const struct door_failure *f)
{
	struct value *set = value_set(a);

	for (size_t i = 0; i < f->user_count; i++)
		value_add(a, set, value_text_lent(a, f->users[i]));
	return set;
}

/* The groups, in order; absent ones as None, or left out. */
static struct value *
groups_value(struct arena *a, struct value *map, const struct door_failure *f, bool absent)
{
	for (size_t i = 0; i <= f->attr_count; i++) {
		const struct door_attr *attr = &f->attrs[i];

		if (f->user_count > 0 && i == f->users_at)
			value_put_cstr(a, map, "users", users_value(a, f));
		if (i == f->attr_count || (attr->absent && !absent))
			continue;
		value_put(a, map, value_text_lent(a, attr->name),
		    attr->absent ? value_nil(a) : value_text_lent(a, attr->value));
	}
	if (f->host.n > 0)
		value_put_cstr(a, map, "ip", value_text_lent(a, f->host));
	return map;
}

static const struct door_attr *
attr_find(const struct door_failure *f, struct slice name)
{
	for (size_t i = 0; i < f->attr_count; i++) {
		if (slice_eq(f->attrs[i].name, name))
			return f->attrs[i].absent ? NULL : &f->attrs[i];
	}
	return NULL;
}

static double
seconds(struct instant when)
{
	return (double)when.us / (double)US_PER_S;
}

static void
add_row(struct buf *out, const struct hit *hit)
{
	struct arena a = {0};

	buf_add_char(out, '[');
	pyrepr_text(out, hit->id);
	buf_add_cstr(out, ",\t");
	if (hit->dated)
		pyrepr_float(out, seconds(hit->when));
	else
		buf_add_cstr(out, "None");
	buf_add_cstr(out, ",\t");
	pyrepr_format(out, groups_value(&a, value_map(&a), hit->failure, true));
	buf_add_cstr(out, "],");
	arena_done(&a);
}

static void
add_matches(struct buf *out, const struct hit *hit)
{
	for (size_t i = 0; i < hit->failure->line_count; i++) {
		if (i > 0)
			buf_add_char(out, '\n');
		show_line(out, &hit->failure->lines[i]);
	}
}

static struct slice
ip_of(const struct hit *hit)
{
	return hit->failure->host.n > 0 ? hit->failure->host : hit->id;
}

/* The group of that name as it is printed alone. */
static void
add_group(struct buf *out, const struct hit *hit, struct slice name)
{
	const struct door_attr *attr = attr_find(hit->failure, name);
	struct arena a = {0};

	if (slice_eq(name, SLICE("matches")))
		pyrepr_format(out, match_value(&a, hit));
	else if (slice_eq(name, SLICE("users")) && hit->failure->user_count > 0)
		pyrepr_format(out, users_value(&a, hit->failure));
	else if (attr != NULL)
		buf_add(out, attr->value);
	else
		buf_add_cstr(out, "None");
	arena_done(&a);
}

static void
add_reversed(struct buf *out, const struct hit *hit)
{
	struct addr a;

	if (addr_parse(ip_of(hit), &a) == 0)
		info_reverse(out, &a);
}

static void
add_family(struct buf *out, const struct hit *hit)
{
	struct addr a;

	if (addr_parse(ip_of(hit), &a) < 0)
		buf_add_cstr(out, "None");
	else
		buf_add_cstr(out, a.family == ADDR_INET4 ? "inet4" : "inet6");
}

/* The name of an address, which is asked for here and now: nothing else waits for us. */
static void
add_host_name(struct buf *out, const struct hit *hit)
{
	struct sockaddr_in in4 = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	const struct sockaddr *sa = (const struct sockaddr *)&in4;
	socklen_t n = sizeof(in4);
	char name[NI_MAXHOST];
	struct addr a;

	if (addr_parse(ip_of(hit), &a) < 0 || addr_network(&a)) {
		buf_add_cstr(out, "None");
		return;
	}
	memcpy(&in4.sin_addr, a.b, 4);
	memcpy(&in6.sin6_addr, a.b, 16);
	if (a.family == ADDR_INET6) {
		sa = (const struct sockaddr *)&in6;
		n = sizeof(in6);
	}
	if (getnameinfo(sa, n, name, sizeof(name), NULL, 0, NI_NAMEREQD) != 0)
		buf_add_cstr(out, "None");
	else
		buf_add_cstr(out, name);
}

static void
add_all(struct buf *out, const struct hit *hit)
{
	struct arena a = {0};
	struct value *map = value_map(&a);

	value_put_cstr(&a, map, "matches", match_value(&a, hit));
	value_put_cstr(&a, map, "failures", value_int(&a, 0));
	pyrepr_format(out, groups_value(&a, map, hit->failure, false));
	arena_done(&a);
}

/* A group within a text: NUL is spelt out, as fail2ban does for its actions' sake. */
static void
add_group_text(struct buf *out, const struct hit *hit, struct slice name)
{
	struct buf text;
	struct slice rest, piece;

	buf_init(&text, SHOW_MAX_BYTES);
	add_group(&text, hit, name);
	rest = buf_slice(&text);
	for (bool first = true; slice_next(&rest, '\0', &piece); first = false) {
		buf_add_cstr(out, first ? "" : "\\x00");
		buf_add(out, piece);
	}
	if (text.n > 0 && text.p[text.n - 1] == '\0')
		buf_add_cstr(out, "\\x00");
	buf_done(&text);
}

/* "<F-NAME>": the group, or nothing. */
static void
add_group_tag(struct buf *out, const struct hit *hit, struct slice tag)
{
	char lower[TAG_GROUP_MAX];
	struct slice group = tag_group_name(tag, lower);

	if (attr_find(hit->failure, group) != NULL)
		add_group_text(out, hit, group);
	else if (slice_eq(group, SLICE("ip")))
		buf_add(out, hit->failure->host);
}

static void
add_ip(struct buf *out, const struct hit *hit)
{
	buf_add(out, ip_of(hit));
}

static void
add_id(struct buf *out, const struct hit *hit)
{
	buf_add(out, hit->id);
}

static void
add_time(struct buf *out, const struct hit *hit)
{
	pyrepr_float(out, seconds(hit->when));
}

static const struct {
	const char *tag;
	void (*add)(struct buf *out, const struct hit *hit);
	const char *text; /* where it is always the same */
} tags[] = {
    {"ip", add_ip},
    {"fid", add_id},
    {"matches", add_matches},
    {"time", add_time},
    {"family", add_family},
    {"ip-rev", add_reversed},
    {"ip-host", add_host_name},
    {"failures", .text = "0"}, /* nobody counts here */
    {"restored", .text = "0"},
    {"bancount", .text = "0"},
    {"br", .text = "\n"},
    {"sp", .text = " "},
};

/* Adds what the tag stands for; false if it is none, and stays. */
static bool
add_tag(struct buf *out, const struct hit *hit, struct slice tag, struct slice message)
{
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		if (slice_eq(tag, slice_cstr(tags[i].tag))) {
			if (tags[i].add != NULL)
				tags[i].add(out, hit);
			buf_add_cstr(out, tags[i].text);
			return true;
		}
	}
	if (slice_eq(tag, SLICE("msg")))
		buf_add(out, message);
	else if (slice_eq(tag, SLICE("F-*")))
		add_all(out, hit);
	else if (tag_group(tag))
		add_group_tag(out, hit, tag);
	else
		return false;
	return true;
}

static void
add_template(struct buf *out, const struct hit *hit, struct slice text, struct slice message)
{
	for (size_t i = 0; i < text.n; i++) {
		ptrdiff_t end = text.p[i] == '<' ? slice_find_char(text, '>', i) : -1;

		if (end >= 0 &&
		    add_tag(out, hit, slice_of(text.p + i + 1, (size_t)end - i - 1), message))
			i = (size_t)end;
		else
			buf_add_char(out, text.p[i]);
	}
	buf_add_char(out, '\n');
}

/* Where a text has "<msg>", it is repeated for each line. */
static void
add_templates(struct buf *out, const struct hit *hit, struct slice text)
{
	struct buf message;

	if (slice_find(text, SLICE("<msg>"), 0) < 0) {
		add_template(out, hit, text, SLICE_EMPTY);
		return;
	}
	buf_init(&message, SHOW_MAX_BYTES);
	for (size_t i = 0; i < hit->failure->line_count; i++) {
		buf_clear(&message);
		show_line(&message, &hit->failure->lines[i]);
		add_template(out, hit, text, buf_slice(&message));
	}
	buf_done(&message);
}

void
output_hit(struct buf *out, const char *token, const struct hit *hit)
{
	struct slice name = slice_cstr(token);

	if (slice_find_char(name, '<', 0) >= 0) {
		add_templates(out, hit, name);
		return;
	}
	if (slice_eq(name, SLICE("id")) || slice_eq(name, SLICE("fid")))
		buf_add(out, hit->id);
	else if (slice_eq(name, SLICE("ip")))
		buf_add(out, ip_of(hit));
	else if (slice_eq(name, SLICE("msg")))
		add_matches(out, hit);
	else if (slice_eq(name, SLICE("row")))
		add_row(out, hit);
	else
		add_group(out, hit, name);
	buf_add_char(out, '\n');
}
