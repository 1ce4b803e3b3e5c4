#include "scan/filter.h"

#include "scan/encoding.h"
#include "scan/multiline.h"
#include "scan/pattern.h"
#include "scan/session.h"
#include "util/mem.h"

#include <errno.h>

/* A date this far from now is taken for a wrong zone, and a known one for so long as still good. */
#define ODD_DATE SPAN_S(60)

#define SUBJECT_MAX ((size_t)512 << 20)
#define MULTILINE_MAX DOOR_LINES_MAX

struct regexes {
	struct pattern **v;
	size_t count, cap;
};

/* The moment of a line, as far as it is known. */
struct moment {
	struct instant when;
	bool known;
};

/* A line on its way through the regexes. */
struct item {
	struct door_line line;
	struct slice text; /* the whole of it, for notes */
	struct moment moment;
	struct instant now;
	bool live;
	bool ascii;
	bool limit; /* a regex gave up */
};

/* What the groups of a match say. */
struct attrs {
	struct door_attr v[DOOR_ATTRS_MAX];
	size_t count;
};

struct filter {
	struct filter_sink *sink;
	struct regexes fail, ignore;
	struct pattern *prefregex;
	struct slice prefregex_given; /* owned */
	struct matcher *matcher;
	struct date_detector *dates;
	struct slice zone; /* owned */
	struct encoding *encoding, *utf8;
	struct slice encoding_name; /* owned */
	enum filter_dns dns;
	struct span findtime;
	bool check_all, first_only;
	struct multiline *buffer; /* NULL while maxlines is 1 */
	struct door_line *taken;  /* room for the lines of a match in buffer */
	struct session_table sessions;
	struct moment last;   /* the last date found in a line */
	struct buf last_date; /* its text */
	/* Scratch, kept for its memory. */
	struct buf subject;
	struct buf pieces[3]; /* of a line given in pieces that needed repair */
	struct buf content;
	struct buf text; /* tuples */
	struct attrs prefix, attrs;
};

/* ---- making, settings ---- */

static void
own(struct slice *to, struct slice from)
{
	char *p = mem_copy(from.p, from.n);

	mem_free((char *)(uintptr_t)to->p);
	*to = slice_of(p, from.n);
}

struct filter *
filter_new(struct filter_sink *sink)
{
	struct filter *f = MEM_NEW(struct filter);
	struct diag d;
	int r;

	f->sink = sink;
	f->dns = FILTER_DNS_WARN;
	f->matcher = matcher_new();
	session_table_init(&f->sessions);
	buf_init(&f->subject, SUBJECT_MAX);
	buf_init(&f->last_date, SUBJECT_MAX);
	buf_init(&f->content, SUBJECT_MAX);
	buf_init(&f->text, SUBJECT_MAX);
	for (size_t i = 0; i < 3; i++)
		buf_init(&f->pieces[i], SUBJECT_MAX);
	own(&f->prefregex_given, SLICE_EMPTY);
	own(&f->zone, SLICE_EMPTY);
	own(&f->encoding_name, SLICE("auto"));
	r = encoding_new(&f->utf8, SLICE("utf-8"), &d);
	if (r == 0 && encoding_new(&f->encoding, SLICE("auto"), &d) < 0)
		/* A locale with an encoding that iconv does not know. */
		r = encoding_new(&f->encoding, SLICE("utf-8"), &d);
	if (r == 0)
		r = date_detector_new(&f->dates, SLICE_EMPTY, (struct place){0}, &d);
	/* The default templates are ours. */
	if (r < 0) {
		filter_free(f);
		abort();
	}
	return f;
}

static void
regexes_clear(struct regexes *r)
{
	for (size_t i = 0; i < r->count; i++)
		pattern_free(r->v[i]);
	r->count = 0;
}

void
filter_free(struct filter *f)
{
	if (f == NULL)
		return;
	filter_clear_regexes(f);
	mem_free(f->fail.v);
	mem_free(f->ignore.v);
	pattern_free(f->prefregex);
	mem_free((char *)(uintptr_t)f->prefregex_given.p);
	matcher_free(f->matcher);
	date_detector_free(f->dates);
	mem_free((char *)(uintptr_t)f->zone.p);
	encoding_free(f->encoding);
	encoding_free(f->utf8);
	mem_free((char *)(uintptr_t)f->encoding_name.p);
	multiline_free(f->buffer);
	mem_free(f->taken);
	session_table_done(&f->sessions);
	buf_done(&f->last_date);
	buf_done(&f->subject);
	buf_done(&f->content);
	buf_done(&f->text);
	for (size_t i = 0; i < 3; i++)
		buf_done(&f->pieces[i]);
	mem_free(f);
}

static struct regexes *
regexes_of(struct filter *f, enum filter_regexes which)
{
	return which == FILTER_FAIL ? &f->fail : &f->ignore;
}

static unsigned
pattern_flags(const struct filter *f, bool multiline)
{
	return (multiline && f->buffer != NULL ? PATTERN_MULTILINE : 0) |
	       (f->dns == FILTER_DNS_NO ? PATTERN_NO_NAMES : 0);
}

static bool
prefregex_has_id(const struct filter *f)
{
	return f->prefregex != NULL && f->prefregex->has_id;
}

int
filter_add_regex(struct filter *f, enum filter_regexes which, struct slice regex, struct place at,
    struct diag *d)
{
	struct regexes *list = regexes_of(f, which);
	struct pattern *p;
	int r;

	r = pattern_new(&p, regex, pattern_flags(f, which == FILTER_FAIL), at, d);
	if (r < 0)
		return r;
	if (which == FILTER_FAIL && !prefregex_has_id(f)) {
		r = pattern_require_id(p, at, d);
		if (r < 0) {
			pattern_free(p);
			return r;
		}
	}
	if (list->count == list->cap) {
		list->cap = list->cap > 0 ? list->cap * 2 : 8;
		list->v = mem_grow(list->v, list->cap, sizeof(*list->v));
	}
	list->v[list->count++] = p;
	return 0;
}

int
filter_del_regex(struct filter *f, enum filter_regexes which, size_t index)
{
	struct regexes *list = regexes_of(f, which);

	if (index >= list->count)
		return -ENOENT;
	pattern_free(list->v[index]);
	list->count--;
	memmove(list->v + index, list->v + index + 1, (list->count - index) * sizeof(*list->v));
	return 0;
}

void
filter_clear_regexes(struct filter *f)
{
	regexes_clear(&f->fail);
	regexes_clear(&f->ignore);
}

int
filter_set_prefregex(struct filter *f, struct slice regex, struct place at, struct diag *d)
{
	struct pattern *p = NULL;
	int r = 0;

	if (regex.n > 0)
		r = pattern_new(&p, regex, pattern_flags(f, false), at, d);
	if (r < 0)
		return r;
	pattern_free(f->prefregex);
	f->prefregex = p;
	own(&f->prefregex_given, regex);
	return 0;
}

int
filter_set_datepattern(struct filter *f, struct slice pattern, struct place at, struct diag *d)
{
	struct date_detector *dates;
	int r;

	r = date_detector_new(&dates, pattern, at, d);
	if (r == 0)
		r = date_detector_set_zone(dates, f->zone, d);
	else
		return r;
	if (r < 0) {
		date_detector_free(dates);
		return r;
	}
	date_detector_free(f->dates);
	f->dates = dates;
	return 0;
}

int
filter_set_zone(struct filter *f, struct slice zone, struct diag *d)
{
	int r = date_detector_set_zone(f->dates, zone, d);

	if (r == 0)
		own(&f->zone, zone);
	return r;
}

int
filter_set_maxlines(struct filter *f, size_t maxlines)
{
	if (maxlines == 0 || maxlines > MULTILINE_MAX)
		return -EINVAL;
	if (maxlines == filter_maxlines(f))
		return 0;
	multiline_free(f->buffer);
	mem_free(f->taken);
	f->buffer = maxlines > 1 ? multiline_new(maxlines) : NULL;
	f->taken = maxlines > 1 ? mem_array(maxlines, sizeof(*f->taken)) : NULL;
	return 0;
}

void
filter_set_dns(struct filter *f, enum filter_dns dns)
{
	f->dns = dns;
}

int
filter_set_encoding(struct filter *f, struct slice name, struct diag *d)
{
	struct encoding *e;
	int r = encoding_new(&e, name, d);

	if (r < 0)
		return r;
	encoding_free(f->encoding);
	f->encoding = e;
	own(&f->encoding_name, name);
	return 0;
}

void
filter_set_findtime(struct filter *f, struct span findtime)
{
	f->findtime = findtime;
}

void
filter_set_check_all(struct filter *f, bool check_all)
{
	f->check_all = check_all;
}

void
filter_set_first_only(struct filter *f, bool first_only)
{
	f->first_only = first_only;
}

/* ---- getters ---- */

static const struct pattern *
regex_at(const struct filter *f, enum filter_regexes which, size_t index)
{
	const struct regexes *list = which == FILTER_FAIL ? &f->fail : &f->ignore;

	return index < list->count ? list->v[index] : NULL;
}

size_t
filter_regex_count(const struct filter *f, enum filter_regexes which)
{
	return which == FILTER_FAIL ? f->fail.count : f->ignore.count;
}

struct slice
filter_regex(const struct filter *f, enum filter_regexes which, size_t index)
{
	const struct pattern *p = regex_at(f, which, index);

	return p != NULL ? p->text : SLICE_EMPTY;
}

uint64_t
filter_regex_hits(const struct filter *f, enum filter_regexes which, size_t index)
{
	const struct pattern *p = regex_at(f, which, index);

	return p != NULL ? p->hits : 0;
}

struct slice
filter_prefregex(const struct filter *f)
{
	return f->prefregex_given;
}

struct slice
filter_prefregex_expanded(const struct filter *f)
{
	return f->prefregex != NULL ? f->prefregex->text : SLICE_EMPTY;
}

size_t
filter_maxlines(const struct filter *f)
{
	return f->buffer != NULL ? multiline_max(f->buffer) : 1;
}

enum filter_dns
filter_dns(const struct filter *f)
{
	return f->dns;
}

struct slice
filter_zone(const struct filter *f)
{
	return f->zone;
}

struct slice
filter_encoding(const struct filter *f)
{
	return f->encoding_name;
}

struct date_detector *
filter_dates(struct filter *f)
{
	return f->dates;
}

static void
note(struct filter *f, enum filter_note what, struct slice line, int64_t amount)
{
	if (f->sink->note != NULL)
		f->sink->note(f->sink, what, line, amount);
}

/* ---- attributes of a match ---- */

static struct door_attr *
attr_find(struct door_attr *v, size_t count, struct slice name)
{
	for (size_t i = 0; i < count; i++) {
		if (slice_eq(v[i].name, name))
			return &v[i];
	}
	return NULL;
}

/* The value of an attribute; empty if it is absent or unknown. */
static struct slice
attr_value(const struct door_attr *v, size_t count, struct slice name)
{
	for (size_t i = 0; i < count; i++) {
		if (slice_eq(v[i].name, name))
			return v[i].absent ? SLICE_EMPTY : v[i].value;
	}
	return SLICE_EMPTY;
}

static void
attrs_add(struct attrs *a, const struct door_attr *attr)
{
	if (a->count < DOOR_ATTRS_MAX)
		a->v[a->count++] = *attr;
}

static void
attrs_set(struct attrs *a, struct slice name, struct slice value)
{
	struct door_attr *old = attr_find(a->v, a->count, name);

	if (old != NULL)
		*old = (struct door_attr){name, value, false};
	else
		attrs_add(a, &(struct door_attr){name, value, false});
}

/* The groups of the last match of p in subject; content only if asked for, as it is no data. */
static void
attrs_of_match(struct attrs *a, const struct matcher *m, const struct pattern *p,
    struct slice subject, bool content)
{
	a->count = 0;
	for (size_t i = 0; i < p->group_count; i++) {
		const struct pattern_group *g = &p->groups[i];
		struct door_attr attr = {.name = g->name, .value = SLICE_EMPTY, .absent = true};
		size_t start, end;

		if (g->role == ROLE_CONTENT && !content)
			continue;
		if (matcher_group(m, g->number, &start, &end)) {
			attr.value = slice_of(subject.p + start, end - start);
			attr.absent = false;
		}
		attrs_add(a, &attr);
	}
}

/* NAME of alt_NAME, alt_NAME_2, tuple_NAME…; "id" is the failure's, fid. */
static struct slice
target_name(struct slice group, size_t prefix)
{
	struct slice name = slice_from(group, prefix);
	size_t n = name.n;

	while (n > 0 && char_digit(name.p[n - 1]))
		n--;
	if (n < name.n && n > 1 && name.p[n - 1] == '_')
		name = slice_upto(name, n - 1);
	return slice_eq(name, SLICE("id")) ? SLICE("fid") : name;
}

/*
 * The attribute with the least name of this kind that is greater than after: walks them in
 * sorted order, of which there are few.
 */
static const struct door_attr *
next_by_name(
    const struct attrs *a, size_t count, struct slice prefix, const struct door_attr *after)
{
	const struct door_attr *best = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct door_attr *c = &a->v[i];

		if (!slice_starts(c->name, prefix) ||
		    (after != NULL && slice_cmp(c->name, after->name) <= 0))
			continue;
		if (best == NULL || slice_cmp(c->name, best->name) < 0)
			best = c;
	}
	return best;
}

/* alt_ groups: the first that has a value stands in for one that has none. */
static void
apply_alternatives(struct attrs *a)
{
	const struct slice prefix = SLICE("alt_");
	size_t count = a->count;

	for (const struct door_attr *c = NULL; (c = next_by_name(a, count, prefix, c)) != NULL;) {
		struct slice name = target_name(c->name, prefix.n);

		if (c->value.n > 0 && attr_value(a->v, a->count, name).n == 0)
			attrs_set(a, name, c->value);
	}
}

/* One member of a tuple, as Python would print it. */
static void
add_member(struct buf *out, const struct door_attr *attr)
{
	char quote;

	if (attr == NULL || attr->absent) {
		buf_add_cstr(out, "None");
		return;
	}
	quote =
	    slice_find_char(attr->value, '\'', 0) >= 0 && slice_find_char(attr->value, '"', 0) < 0
		? '"'
		: '\'';
	buf_add_char(out, quote);
	for (size_t i = 0; i < attr->value.n; i++) {
		char c = attr->value.p[i];

		if (c == quote || c == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, c);
	}
	buf_add_char(out, quote);
}

/* tuple_ groups of one name: its value and theirs, in order, become its value. */
static const struct door_attr *
add_tuple(struct filter *f, struct attrs *a, size_t count, const struct door_attr *first)
{
	const struct slice prefix = SLICE("tuple_");
	struct slice name = target_name(first->name, prefix.n);
	const struct door_attr *c = first, *last = first;
	size_t start = f->text.n;

	buf_add_char(&f->text, '(');
	add_member(&f->text, attr_find(a->v, a->count, name));
	for (; c != NULL && slice_eq(target_name(c->name, prefix.n), name);
	     c = next_by_name(a, count, prefix, c)) {
		buf_add_cstr(&f->text, ", ");
		add_member(&f->text, c);
		last = c;
	}
	buf_add_char(&f->text, ')');
	attrs_set(a, name, slice_from(buf_slice(&f->text), start));
	return last;
}

static void
apply_tuples(struct filter *f, struct attrs *a)
{
	size_t count = a->count, room = 0;

	/* Values point into the text, so it must not move: all are known to fit from here on. */
	for (size_t i = 0; i < count; i++)
		room += 2 * a->v[i].value.n + 8;
	buf_clear(&f->text);
	if (buf_room(&f->text, room * 2 + 64) == NULL)
		return;
	for (const struct door_attr *c = NULL;
	     (c = next_by_name(a, count, SLICE("tuple_"), c)) != NULL;)
		c = add_tuple(f, a, count, c);
}

/*
 * The prefregex's attributes, overlaid with what p found; where it has none but content, or there is
 * no prefregex, p's alone, and then those that took no part as well.
 */
static void
merge_attrs(struct filter *f, const struct pattern *p, struct slice subject)
{
	struct attrs found;

	if (f->prefregex == NULL || f->prefix.count == 0) {
		attrs_of_match(&f->attrs, f->matcher, p, subject, false);
		if (p->has_alternatives) {
			apply_alternatives(&f->attrs);
			apply_tuples(f, &f->attrs);
		}
		return;
	}
	attrs_of_match(&found, f->matcher, p, subject, false);
	if (p->has_alternatives) {
		apply_alternatives(&found);
		apply_tuples(f, &found);
	}
	f->attrs.count = f->prefix.count;
	memcpy(f->attrs.v, f->prefix.v, f->prefix.count * sizeof(f->prefix.v[0]));
	for (size_t i = 0; i < found.count; i++) {
		if (!found.v[i].absent)
			attrs_set(&f->attrs, found.v[i].name, found.v[i].value);
	}
}

/* ---- who failed ---- */

struct identity {
	enum door_id kind;
	struct slice id, host;
	struct addr addr;
	char id_text[ADDR_TEXT_MAX], host_text[ADDR_TEXT_MAX];
};

static void
identity_text(struct identity *who, struct slice text)
{
	who->kind = DOOR_TEXT;
	who->id = text;
}

static bool
identity_addr(struct identity *who, struct slice text)
{
	if (addr_parse(text, &who->addr) < 0)
		return false;
	who->kind = DOOR_ADDR;
	who->id = addr_text(&who->addr, who->id_text);
	return true;
}

/* An address that a regex took for one, and its prefix length if there is one. */
static void
identity_ip(struct filter *f, struct identity *who, struct slice ip, struct slice cidr)
{
	char text[ADDR_TEXT_MAX + 8];
	struct slice net = slice_of(text, 0);

	if (f->dns == FILTER_DNS_RAW) {
		identity_text(who, ip);
		return;
	}
	if (cidr.n > 0 && cidr.n < 8 && ip.n < ADDR_TEXT_MAX) {
		net.n = (size_t)snprintf(
		    text, sizeof(text), "%.*s/%.*s", SLICE_ARG(ip), SLICE_ARG(cidr));
		if (identity_addr(who, net))
			return;
	}
	if (!identity_addr(who, ip))
		identity_text(who, ip);
}

/* The address or name that was seen, canonical where it is an address. */
static struct slice
seen_host(struct identity *who, struct slice ip, struct slice dns)
{
	struct addr a;

	if (ip.n > 0 && addr_parse(ip, &a) == 0)
		return addr_text(&a, who->host_text);
	return ip.n > 0 ? ip : dns;
}

static bool
identity_dns(struct filter *f, struct identity *who, struct slice name)
{
	if (f->dns == FILTER_DNS_RAW) {
		identity_text(who, name);
	} else if (!identity_addr(who, name)) {
		if (f->dns == FILTER_DNS_NO)
			return false;
		who->kind = DOOR_NAME;
		who->id = name;
	}
	return true;
}

/* False if nobody is named; *known is set if somebody was, even a name not to be looked up. */
static bool
identify(
    struct filter *f, const struct door_attr *v, size_t count, struct identity *who, bool *known)
{
	struct slice fid = attr_value(v, count, SLICE("fid"));
	struct slice ip = attr_value(v, count, SLICE("ip4"));
	struct slice dns = attr_value(v, count, SLICE("dns"));

	if (ip.n == 0)
		ip = attr_value(v, count, SLICE("ip6"));
	*known = fid.n > 0 || ip.n > 0 || dns.n > 0;
	who->host = SLICE_EMPTY;
	if (fid.n > 0) {
		if (f->dns == FILTER_DNS_RAW || !identity_addr(who, fid))
			identity_text(who, fid);
		who->host = seen_host(who, ip, dns);
		if (slice_eq(who->host, who->id))
			who->host = SLICE_EMPTY;
		return true;
	}
	if (ip.n > 0) {
		identity_ip(f, who, ip, attr_value(v, count, SLICE("cidr")));
		return true;
	}
	return dns.n > 0 && identity_dns(f, who, dns);
}

/* ---- handing over ---- */

static struct instant
failure_time(const struct filter *f, const struct item *item)
{
	struct instant when = item->moment.when;

	if (!item->moment.known)
		return (struct instant){FILTER_NO_DATE};
	return !f->check_all && instant_before(item->now, when) ? item->now : when;
}

static void
hand_over(struct filter *f, const struct item *item, unsigned regex, const struct identity *who,
    const struct door_line *lines, size_t line_count, const struct door_attr *attrs,
    size_t attr_count, const struct session *s, bool nofail)
{
	struct door_failure failure = {
	    .kind = who->kind,
	    .id = who->id,
	    .addr = who->addr,
	    .host = who->host,
	    .when = failure_time(f, item),
	    .regex = regex,
	    .lines = lines,
	    .line_count = line_count,
	    .attrs = attrs,
	    .attr_count = attr_count,
	};

	if (s != NULL) {
		failure.users = s->users;
		failure.user_count = s->user_count;
	}
	if (!nofail)
		f->sink->failure(f->sink, &failure);
	else if (f->sink->nofail != NULL)
		f->sink->nofail(f->sink, &failure);
}

static enum filter_result
report_plain(struct filter *f, const struct item *item, unsigned regex,
    const struct door_line *lines, size_t line_count)
{
	bool nofail = f->check_all && attr_value(f->attrs.v, f->attrs.count, SLICE("nofail")).n > 0;
	struct identity who;
	bool known;

	if (!identify(f, f->attrs.v, f->attrs.count, &who, &known))
		return nofail ? FILTER_IGNORED : FILTER_MISSED;
	hand_over(
	    f, item, regex, &who, lines, line_count, f->attrs.v, f->attrs.count, NULL, nofail);
	return nofail ? FILTER_IGNORED : FILTER_FAILED;
}

/* ---- sessions ---- */

/* Names that steer a session and are none of its data. */
static bool
steering(struct slice name)
{
	return slice_eq(name, SLICE("nofail")) || slice_eq(name, SLICE("mlfgained")) ||
	       slice_eq(name, SLICE("mlfforget"));
}

static bool
has_attr(const struct filter *f, struct slice name)
{
	return attr_value(f->attrs.v, f->attrs.count, name).n > 0;
}

/* The session of id with this line's data in it, cached unless it ends here. */
static struct session *
session_enter(struct filter *f, struct slice id, bool gained, bool forget, struct instant now)
{
	struct session *s = session_get(&f->sessions, id, now);
	struct slice user = attr_value(f->attrs.v, f->attrs.count, SLICE("user"));

	if (s == NULL) {
		s = session_new(&f->sessions, id, !forget, now);
	} else {
		if (gained)
			s->pending = false;
		/* These were reported with the last failure. */
		if (!s->nofail && !s->pending)
			session_lines_clear(&s->matches);
		if (forget)
			session_take(&f->sessions, s);
		else
			s->set = now;
	}
	if (user.n > 0)
		session_add_user(s, user);
	for (size_t i = 0; i < f->attrs.count; i++) {
		if (!steering(f->attrs.v[i].name))
			session_set(s, &f->attrs.v[i]);
	}
	return s;
}

static void
session_take_lines(struct session *s, const struct door_line *lines, size_t count, bool keep)
{
	struct session_lines together = {0};

	if (s->nofail) {
		for (size_t i = 0; keep && i < count; i++)
			session_lines_add(&s->before, &lines[i]);
		return;
	}
	session_lines_move(&together, &s->before);
	session_lines_move(&together, &s->matches);
	for (size_t i = 0; keep && i < count; i++)
		session_lines_add(&together, &lines[i]);
	mem_free(s->matches.v);
	s->matches = together;
}

static enum filter_result
session_report(struct filter *f, const struct item *item, unsigned regex, struct session *s)
{
	struct identity who;
	bool known, named;

	named = identify(f, s->attrs, s->attr_count, &who, &known);
	if (!s->nofail)
		s->pending = !known;
	if (!named)
		return s->nofail ? FILTER_IGNORED : FILTER_MISSED;
	hand_over(f, item, regex, &who, s->matches.v, s->matches.count, s->attrs, s->attr_count, s,
	    s->nofail);
	return s->nofail ? FILTER_IGNORED : FILTER_FAILED;
}

/*
 * A match that belongs to a session. Source: observed; the steps are those of fail2ban, since
 * which lines are kept for the next failure depends on their order.
 */
static enum filter_result
report_session(struct filter *f, const struct item *item, unsigned regex, struct slice id,
    const struct door_line *lines, size_t line_count)
{
	bool gained = has_attr(f, SLICE("mlfgained"));
	bool nofail = gained || has_attr(f, SLICE("nofail"));
	bool forget = has_attr(f, SLICE("mlfforget"));
	struct session *s = session_enter(f, id, gained, forget, item->now);
	enum filter_result r;

	/* Somebody who tries a second user is not forgiven for what he gained. */
	if (s->pending || s->user_count > 1)
		nofail = gained = false;
	s->nofail = nofail;
	session_take_lines(s, lines, line_count, nofail ? !forget : true);
	r = session_report(f, item, regex, s);
	if (!s->cached)
		session_free(s);
	return r;
}

/* ---- regexes on a line ---- */

/* The piece of the buffer that is searched, and where it starts in the joined lines. */
struct subject {
	struct slice text;
	size_t base;
	bool ascii;
};

static int
search(
    struct filter *f, struct item *item, struct pattern *p, const struct subject *s, size_t index)
{
	int r = pattern_search(p, f->matcher, s->text, s->ascii);

	if (r < 0) {
		item->limit = true;
		note(f, FILTER_NOTE_LIMIT, item->text, (int64_t)index);
		return 0;
	}
	return r;
}

static bool
ignored(struct filter *f, struct item *item, const struct subject *s)
{
	for (size_t i = 0; i < f->ignore.count && !item->limit; i++) {
		if (search(f, item, f->ignore.v[i], s, i) > 0) {
			f->ignore.v[i]->hits++;
			return true;
		}
	}
	return false;
}

/* With few of them beside many failregexes it is cheaper to ask before. */
static bool
ignore_first(const struct filter *f)
{
	return f->ignore.count > 0 && f->ignore.count + 2 < f->fail.count;
}

static size_t
content_group(const struct pattern *p)
{
	for (size_t i = 0; i < p->group_count; i++) {
		if (p->groups[i].role == ROLE_CONTENT)
			return p->groups[i].number;
	}
	return 0;
}

/*
 * Searches with the prefregex; false if it does not match. The others then look at its content with
 * a newline behind it, which mostly is there already.
 */
static bool
apply_prefregex(struct filter *f, struct item *item, struct subject *s)
{
	size_t content, start, end;

	if (f->prefregex == NULL)
		return true;
	if (search(f, item, f->prefregex, s, f->fail.count) <= 0)
		return false;
	f->prefregex->hits++;
	if (f->sink->prefix != NULL) {
		attrs_of_match(&f->prefix, f->matcher, f->prefregex, s->text, true);
		f->sink->prefix(f->sink, f->prefix.v, f->prefix.count);
	}
	attrs_of_match(&f->prefix, f->matcher, f->prefregex, s->text, false);
	content = content_group(f->prefregex);
	if (content == 0 || !matcher_group(f->matcher, (unsigned)content, &start, &end) ||
	    start == end)
		return true;
	s->base += start;
	if (end + 1 == s->text.n && s->text.p[end] == '\n') {
		s->text = slice_from(s->text, start);
		return true;
	}
	buf_clear(&f->content);
	buf_add(&f->content, slice_of(s->text.p + start, end - start));
	buf_add_char(&f->content, '\n');
	s->text = buf_slice(&f->content);
	return true;
}

/* What a match of p covers, and what its <SKIPLINES> passed over. */
static size_t
take_lines(struct filter *f, const struct item *item, const struct pattern *p, size_t base,
    const struct door_line **lines)
{
	struct multiline_range match, skipped[16];
	size_t count = 0;

	if (f->buffer == NULL) {
		*lines = &item->line;
		return 1;
	}
	(void)matcher_group(f->matcher, 0, &match.start, &match.end);
	for (size_t i = 0; i < p->group_count && count < 16; i++) {
		struct multiline_range r;

		if (p->groups[i].role == ROLE_SKIPLINES &&
		    matcher_group(f->matcher, p->groups[i].number, &r.start, &r.end))
			skipped[count++] = (struct multiline_range){base + r.start, base + r.end};
	}
	match.start += base;
	match.end += base;
	*lines = f->taken;
	return multiline_take(f->buffer, match, skipped, count, f->taken);
}

/* Where an ignoreregex looks after a match: of several lines, only at those that matched. */
static struct subject
matched_subject(
    struct filter *f, const struct subject *s, const struct door_line *lines, size_t line_count)
{
	if (f->buffer == NULL)
		return *s;
	buf_clear(&f->content);
	for (size_t i = 0; i < line_count; i++) {
		buf_add(&f->content, lines[i].before);
		buf_add(&f->content, lines[i].after);
		buf_add_char(&f->content, '\n');
	}
	return (struct subject){buf_slice(&f->content), 0, s->ascii};
}

static enum filter_result
report(struct filter *f, const struct item *item, unsigned regex, const struct door_line *lines,
    size_t line_count)
{
	struct slice mlfid = attr_value(f->attrs.v, f->attrs.count, SLICE("mlfid"));

	if (!item->moment.known && !f->check_all) {
		note(f, FILTER_NOTE_NO_DATE, item->text, 0);
		return FILTER_MISSED;
	}
	if (mlfid.n > 0)
		return report_session(f, item, regex, mlfid, lines, line_count);
	return report_plain(f, item, regex, lines, line_count);
}

/* A failregex has matched. *stop is set if no other is to be tried. */
static enum filter_result
take_match(struct filter *f, struct item *item, unsigned regex, const struct subject *s, bool *stop)
{
	struct pattern *p = f->fail.v[regex];
	const struct door_line *lines;
	size_t line_count;

	/* First, since another search overwrites where the groups are. */
	merge_attrs(f, p, s->text);
	line_count = take_lines(f, item, p, s->base, &lines);
	*stop = !f->check_all || f->first_only;
	if (!ignore_first(f)) {
		struct subject matched = matched_subject(f, s, lines, line_count);

		if (ignored(f, item, &matched)) {
			*stop = true;
			return FILTER_IGNORED;
		}
	}
	if (item->limit)
		return FILTER_MISSED;
	p->hits++;
	return report(f, item, regex, lines, line_count);
}

static void
join_lines(struct filter *f, struct subject *s)
{
	buf_clear(&f->subject);
	multiline_join(f->buffer, &f->subject);
	s->text = buf_slice(&f->subject);
	s->base = 0;
}

static enum filter_result
better(enum filter_result a, enum filter_result b)
{
	if (a == FILTER_FAILED || b == FILTER_FAILED)
		return FILTER_FAILED;
	return b != FILTER_MISSED ? b : a;
}

static enum filter_result
try_failregexes(struct filter *f, struct item *item, struct subject *s)
{
	enum filter_result all = FILTER_MISSED;
	bool stop = false;

	for (size_t i = 0; i < f->fail.count && !item->limit && !stop; i++) {
		if (search(f, item, f->fail.v[i], s, i) <= 0)
			continue;
		all = better(all, take_match(f, item, (unsigned)i, s, &stop));
		if (f->buffer == NULL || stop)
			continue;
		join_lines(f, s);
		stop = !apply_prefregex(f, item, s);
	}
	return all;
}

/* The text that regexes see: the line without its date, or the last lines so. */
static struct subject
make_subject(struct filter *f, struct item *item)
{
	struct subject s = {.ascii = item->ascii};

	if (f->buffer != NULL) {
		multiline_add(f->buffer, &item->line);
		join_lines(f, &s);
		s.ascii = false;
		return s;
	}
	buf_clear(&f->subject);
	buf_add(&f->subject, item->line.before);
	buf_add(&f->subject, item->line.after);
	buf_add_char(&f->subject, '\n');
	s.text = buf_slice(&f->subject);
	return s;
}

static enum filter_result
match_item(struct filter *f, struct item *item)
{
	struct subject s = make_subject(f, item);

	if (ignore_first(f) && ignored(f, item, &s))
		return FILTER_IGNORED;
	if (item->limit || !apply_prefregex(f, item, &s))
		return FILTER_MISSED;
	return try_failregexes(f, item, &s);
}

/* ---- the date ---- */

/* The line is dated as the one before, if that is not long ago; its text then stands for a date. */
static bool
date_from_last(struct filter *f, struct item *item)
{
	if (!f->last.known || !instant_before(instant_sub(item->now, ODD_DATE), f->last.when))
		return false;
	item->line = (struct door_line){SLICE_EMPTY, buf_slice(&f->last_date), item->text};
	item->moment = f->last;
	return true;
}

/* Cuts the line around its date, and finds out which moment that is. */
static void
date_item(struct filter *f, struct item *item)
{
	struct date_match m;
	bool found = date_find(f->dates, item->text, item->now, &m);

	item->line = (struct door_line){SLICE_EMPTY, SLICE_EMPTY, item->text};
	if (found) {
		item->line.before = slice_upto(item->text, m.start);
		item->line.date = slice_of(item->text.p + m.start, m.end - m.start);
		item->line.after = slice_from(item->text, m.end);
	}
	if (found && !m.empty && m.valid) {
		item->moment = (struct moment){m.when, true};
		f->last = item->moment;
		buf_clear(&f->last_date);
		buf_add(&f->last_date, item->line.date);
	} else if (!date_from_last(f, item) &&
		   ((found && m.empty) || (item->live && !f->check_all))) {
		item->moment = (struct moment){item->now, true};
	}
}

/* False if the line is of too long ago. A live line with an odd date happens now. */
static bool
check_date(struct filter *f, struct item *item)
{
	struct span age = instant_since(item->now, item->moment.when);

	if (!item->moment.known || f->check_all)
		return true;
	if (item->live) {
		if (age.us > ODD_DATE.us || age.us < -ODD_DATE.us) {
			note(f, FILTER_NOTE_ODD_DATE, item->text, age.us / US_PER_S);
			item->moment.when = item->now;
		}
		return true;
	}
	if (age.us <= f->findtime.us)
		return true;
	note(f, FILTER_NOTE_OLD, item->text, age.us / US_PER_S);
	return false;
}

enum filter_result
filter_line(struct filter *f, struct slice line, struct instant now, bool live)
{
	struct item item = {.now = now, .live = live};
	struct decoded decoded;

	while (line.n > 0 && (line.p[line.n - 1] == '\r' || line.p[line.n - 1] == '\n'))
		line.n--;
	encoding_decode(f->encoding, line, &decoded);
	if (decoded.broken)
		note(f, FILTER_NOTE_DECODE, line, 0);
	item.text = decoded.text;
	item.ascii = decoded.ascii;
	date_item(f, &item);
	if (!check_date(f, &item))
		return FILTER_SKIPPED;
	return match_item(f, &item);
}

/* A piece as valid UTF-8, in a buffer of its own if it had to be repaired. */
static struct slice
repair(struct filter *f, struct slice piece, size_t index, struct item *item)
{
	struct decoded decoded;

	encoding_decode(f->utf8, piece, &decoded);
	item->ascii &= decoded.ascii;
	if (!decoded.broken)
		return piece;
	buf_clear(&f->pieces[index]);
	buf_add(&f->pieces[index], decoded.text);
	return buf_slice(&f->pieces[index]);
}

enum filter_result
filter_dated_line(struct filter *f, struct slice before, struct slice date, struct slice after,
    struct instant when, struct instant now)
{
	struct item item = {.now = now, .live = true, .ascii = true, .moment = {when, true}};

	item.line.before = repair(f, before, 0, &item);
	item.line.date = repair(f, date, 1, &item);
	item.line.after = repair(f, after, 2, &item);
	item.text = item.line.after;
	return match_item(f, &item);
}
