#include "regex/report.h"

#include "compat/pyrepr.h"
#include "regex/entries.h"
#include "regex/show.h"
#include "util/mem.h"

/* So many lines are printed without being asked for, unless -L says otherwise. */
#define PRINT_MAX 20

struct kept_line {
	char *p;
	size_t n;
	size_t regex;
};

/* Lines of one class. Only those that may be printed are kept. */
struct line_list {
	uint64_t count;
	bool wanted; /* at all */
	bool all;    /* however many */
	struct kept_line *v;
	size_t kept, cap;
};

/* One of the last lines, while several may make up a match. */
struct recent {
	char *p;
	size_t n;
	bool missed;
};

struct hits {
	uint64_t count;
	struct buf list; /* with -v */
};

struct report {
	const struct options *o;
	const struct subject *s;
	struct line_list lines[3]; /* by enum report_class */
	uint64_t line_count;
	uint64_t print_max;
	struct hits *hits; /* by failregex */
	struct hits prefix;
	struct recent *recent; /* a ring of recent_max; NULL while lines match one by one */
	size_t recent_max, recent_at;
	struct {
		uint64_t number; /* of the line; 0 if there is none */
		struct span cost;
	} slowest;
};

struct report *
report_new(const struct options *o, const struct subject *s)
{
	struct report *r = MEM_NEW(struct report);

	r->o = o;
	r->s = s;
	r->print_max = o->maxlines > 0 ? (uint64_t)o->maxlines : PRINT_MAX;
	r->lines[REPORT_MATCHED] = (struct line_list){.wanted = o->print_all_matched, .all = true};
	r->lines[REPORT_IGNORED] = (struct line_list){
	    .wanted = !o->print_no_ignored, .all = o->print_all_ignored || o->json};
	r->lines[REPORT_MISSED] = (struct line_list){
	    .wanted = !o->print_no_missed, .all = o->print_all_missed || o->json};
	r->hits = mem_array(s->fail.count + 1, sizeof(r->hits[0]));
	for (size_t i = 0; i < s->fail.count; i++)
		buf_init(&r->hits[i].list, SHOW_MAX_BYTES);
	buf_init(&r->prefix.list, SHOW_MAX_BYTES);
	r->recent_max = filter_lines_most(s->filter);
	if (r->recent_max > 1)
		r->recent = mem_array(r->recent_max, sizeof(r->recent[0]));
	return r;
}

void
report_free(struct report *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < 3; i++) {
		for (size_t k = 0; k < r->lines[i].kept; k++)
			mem_free(r->lines[i].v[k].p);
		mem_free(r->lines[i].v);
	}
	for (size_t i = 0; i < r->s->fail.count; i++)
		buf_done(&r->hits[i].list);
	mem_free(r->hits);
	buf_done(&r->prefix.list);
	for (size_t i = 0; r->recent != NULL && i < r->recent_max; i++)
		mem_free(r->recent[i].p);
	mem_free(r->recent);
	mem_free(r);
}

void
report_hit(struct report *r, const struct hit *hit, bool many)
{
	struct hits *hits = &r->hits[hit->failure->regex];

	hits->count++;
	if (r->o->verbose == 0)
		return;
	buf_add_cstr(&hits->list, "|      ");
	buf_add(&hits->list, hit->id);
	buf_add_cstr(&hits->list, "  ");
	show_date(&hits->list, hit->when);
	buf_add_cstr(&hits->list, many ? " (multiple regex matched)\n" : "\n");
}

void
report_prefix(struct report *r, const struct door_attr *attrs, size_t attr_count)
{
	struct arena a = {0};
	struct value *map;

	r->prefix.count++;
	if (r->o->verbose == 0 || r->prefix.count > r->print_max)
		return;
	map = value_map(&a);
	for (size_t i = 0; i < attr_count; i++)
		value_put(&a, map, value_text_lent(&a, attrs[i].name),
		    attrs[i].absent ? value_nil(&a) : value_text_lent(&a, attrs[i].value));
	buf_add_cstr(&r->prefix.list, "|      ");
	pyrepr_format(&r->prefix.list, map);
	buf_add_char(&r->prefix.list, '\n');
	arena_done(&a);
}

static bool
list_full(const struct report *r, const struct line_list *list)
{
	return !list->wanted || (!list->all && list->kept >= r->print_max);
}

static void
list_add(struct report *r, struct line_list *list, struct slice line, size_t regex)
{
	list->count++;
	if (list_full(r, list))
		return;
	list->v = mem_room(list->v, list->kept, &list->cap, sizeof(list->v[0]), 32);
	list->v[list->kept++] = (struct kept_line){mem_copy(line.p, line.n), line.n, regex};
}

static void
list_remove(struct line_list *list, struct slice line)
{
	list->count--;
	for (size_t i = 0; i < list->kept; i++) {
		if (!slice_eq(slice_of(list->v[i].p, list->v[i].n), line))
			continue;
		mem_free(list->v[i].p);
		list->kept--;
		memmove(&list->v[i], &list->v[i + 1], (list->kept - i) * sizeof(list->v[0]));
		return;
	}
}

static void
remember(struct report *r, struct slice line, bool missed)
{
	struct recent *slot;

	if (r->recent == NULL)
		return;
	slot = &r->recent[r->recent_at];
	r->recent_at = (r->recent_at + 1) % r->recent_max;
	mem_free(slot->p);
	*slot = (struct recent){mem_copy(line.p, line.n), line.n, missed};
}

void
report_line(struct report *r, enum report_class class, struct slice line, size_t regex)
{
	r->line_count++;
	list_add(r, &r->lines[class], line, regex);
	remember(r, line, class == REPORT_MISSED);
}

bool
report_counts_missed(const struct report *r)
{
	return r->recent == NULL && list_full(r, &r->lines[REPORT_MISSED]);
}

void
report_missed(struct report *r, size_t count)
{
	r->line_count += count;
	r->lines[REPORT_MISSED].count += count;
}

void
report_cost(struct report *r, struct span cost)
{
	if (r->slowest.number > 0 && cost.us <= r->slowest.cost.us)
		return;
	r->slowest.number = r->line_count + 1;
	r->slowest.cost = cost;
}

void
report_found_late(struct report *r, const struct door_line *line, size_t regex)
{
	struct buf text;

	buf_init(&text, SHOW_MAX_BYTES);
	show_line(&text, line);
	for (size_t i = 0; r->recent != NULL && i < r->recent_max; i++) {
		struct recent *slot = &r->recent[(r->recent_at + i) % r->recent_max];

		if (slot->p == NULL || !slot->missed ||
		    !slice_eq(slice_of(slot->p, slot->n), buf_slice(&text)))
			continue;
		slot->missed = false;
		list_remove(&r->lines[REPORT_MISSED], buf_slice(&text));
		list_add(r, &r->lines[REPORT_MATCHED], buf_slice(&text), regex);
		break;
	}
	buf_done(&text);
}

static void
show_prefix(const struct report *r)
{
	struct slice regex = filter_prefregex_expanded(r->s->filter);

	if (regex.n == 0)
		return;
	show("\nPrefregex: %llu total\n|  ", (unsigned long long)r->prefix.count);
	show_raw(regex);
	show("\n");
	show_raw(buf_slice(&r->prefix.list));
	if (r->o->verbose > 0 && r->prefix.count > r->print_max)
		show("|      ...\n");
	show("`-\n");
}

static uint64_t
regex_hits(const struct report *r, enum filter_regexes which, size_t i)
{
	return which == FILTER_FAIL ? r->hits[i].count : filter_regex_hits(r->s->filter, which, i);
}

static void
show_regexes(const struct report *r, enum filter_regexes which, const char *title)
{
	const struct subject_regexes *given = which == FILTER_FAIL ? &r->s->fail : &r->s->ignore;
	uint64_t total = 0;
	bool any = false;

	for (size_t i = 0; i < given->count; i++) {
		total += regex_hits(r, which, i);
		any |= r->o->verbose > 0 || regex_hits(r, which, i) > 0;
	}
	show("\n%s: %llu total\n", title, (unsigned long long)total);
	if (any)
		show("|-  #) [# of hits] regular expression\n");
	for (size_t i = 0; i < given->count; i++) {
		if (r->o->verbose == 0 && regex_hits(r, which, i) == 0)
			continue;
		show("|  %2zu) [%llu] ", i + 1, (unsigned long long)regex_hits(r, which, i));
		show_raw(given->v[i]);
		show("\n");
		if (which == FILTER_FAIL)
			show_raw(buf_slice(&r->hits[i].list));
	}
	if (any)
		show("`-\n");
}

static void
show_dates(const struct report *r)
{
	const struct date_detector *dates = filter_dates(r->s->filter);
	size_t count = date_template_count(dates), shown = 0;

	/* The journal tells the time of its entries. */
	if (entries_named(r->o->log) && !r->s->dates)
		return;
	/* The default templates are there from the first line on. */
	if (r->line_count == 0 && !r->s->dates)
		count = 0;
	show("\nDate template hits:\n");
	for (size_t i = 0; i < count; i++) {
		struct date_template_info t;

		date_template_info(dates, i, &t);
		if (r->o->verbose == 0 && t.hits == 0)
			continue;
		if (shown++ == 0)
			show("|- [# of hits] date format\n");
		show("|  [%llu] ", (unsigned long long)t.hits);
		show_raw(t.name);
		show("\n");
		if (!r->o->verbose_date)
			continue;
		show("|      # weight: %.3f (%.3f), pattern: ", t.score, t.weight);
		show_raw(t.pattern);
		show("\n|      # regex:   ");
		show_raw(t.regex);
		show("\n");
	}
	if (shown > 0)
		show("`-\n");
}

/* Adds s as a form's value in an address. */
static void
add_quoted(struct buf *out, struct slice s)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (char_word(s.p[i]) || c == '-' || c == '.' || c == '~')
			buf_add_char(out, s.p[i]);
		else if (c == ' ')
			buf_add_char(out, '+');
		else
			buf_printf(out, "%%%c%c", digits[c >> 4], digits[c & 15]);
	}
}

static void
show_debuggex(const struct report *r, struct slice line, enum filter_regexes which, size_t regex)
{
	const struct subject_regexes *given = which == FILTER_FAIL ? &r->s->fail : &r->s->ignore;
	struct buf b;

	buf_init(&b, SHOW_MAX_BYTES);
	buf_add_cstr(&b, "|  ");
	buf_add(&b, line);
	buf_add_cstr(&b, " | ");
	buf_add(&b, given->v[regex]);
	buf_add_cstr(&b, " |  https://www.debuggex.com/?re=");
	add_quoted(&b, filter_regex(r->s->filter, which, regex));
	buf_add_cstr(&b, "&str=");
	add_quoted(&b, line);
	buf_add_cstr(&b, "&flavor=python");
	if (filter_maxlines(r->s->filter) > 1)
		buf_add_cstr(&b, "&flags=m");
	buf_add_char(&b, '\n');
	show_raw(buf_slice(&b));
	buf_done(&b);
}

/* One line of a list; with -D as often as there are regexes that could be meant. */
static void
show_kept(const struct report *r, enum report_class class, const struct kept_line *k)
{
	enum filter_regexes which = class == REPORT_IGNORED ? FILTER_IGNORE : FILTER_FAIL;
	struct slice line = slice_rtrim(slice_of(k->p, k->n));
	size_t count = which == FILTER_FAIL ? r->s->fail.count : r->s->ignore.count;

	if (r->o->debuggex && class == REPORT_MATCHED && k->regex < count) {
		show_debuggex(r, line, which, k->regex);
		return;
	}
	for (size_t i = 0; r->o->debuggex && i < count; i++)
		show_debuggex(r, slice_of(k->p, k->n), which, i);
	if (r->o->debuggex)
		return;
	show("|  ");
	show_raw(line);
	show("\n");
}

static void
show_lines(const struct report *r, enum report_class class, const char *title, const char *option)
{
	const struct line_list *list = &r->lines[class];

	if (!list->wanted || list->count == 0)
		return;
	if (!list->all && list->count >= r->print_max) {
		show("%s line(s): too many to print.  Use --print-all-%s to print all %llu lines\n",
		    title, option, (unsigned long long)list->count);
		return;
	}
	show("|- %s line(s):\n", title);
	for (size_t i = 0; i < list->kept; i++)
		show_kept(r, class, &list->v[i]);
	show("`-\n");
}

/* Which regexes took too long; nothing where none did, and fail2ban has no such line. */
static void
show_passed_over(const struct report *r)
{
	const struct filter *f = r->s->filter;
	static const struct {
		enum filter_regexes which;
		const char *name;
	} kinds[] = {{FILTER_FAIL, "failregex"}, {FILTER_IGNORE, "ignoreregex"}};

	if (filter_passed_over(f) == 0)
		return;
	show("Passed over: %llu line(s), on which a regex took too long:",
	    (unsigned long long)filter_passed_over(f));
	if (filter_prefregex_given_up(f) > 0)
		show(" prefregex");
	for (size_t k = 0; k < 2; k++) {
		for (size_t i = 0; i < filter_regex_count(f, kinds[k].which); i++) {
			if (filter_regex_given_up(f, kinds[k].which, i) > 0)
				show(" %s %zu", kinds[k].name, i + 1);
		}
	}
	show("\n");
}

void
report_show(const struct report *r, struct span took)
{
	show("\n\nResults\n=======\n");
	show_prefix(r);
	show_regexes(r, FILTER_FAIL, "Failregex");
	show_regexes(r, FILTER_IGNORE, "Ignoreregex");
	show_dates(r);
	show("\nLines: %llu lines, %llu ignored, %llu matched, %llu missed\n"
	     "[processed in %.2f sec]\n",
	    (unsigned long long)r->line_count, (unsigned long long)r->lines[REPORT_IGNORED].count,
	    (unsigned long long)r->lines[REPORT_MATCHED].count,
	    (unsigned long long)r->lines[REPORT_MISSED].count, (double)took.us / (double)US_PER_S);
	show_passed_over(r);
	show("\n");
	show_lines(r, REPORT_MATCHED, "Matched", "matched");
	show_lines(r, REPORT_IGNORED, "Ignored", "ignored");
	show_lines(r, REPORT_MISSED, "Missed", "missed");
}

/* Only where there is something to tell. */
static void
put_given_up(struct arena *a, struct value *map, uint64_t count)
{
	if (count > 0)
		value_put_cstr(a, map, "took_too_long", value_int(a, (int64_t)count));
}

static struct value *
slowest_value(const struct report *r, struct arena *a)
{
	struct value *map = value_map(a);

	value_put_cstr(a, map, "line", value_int(a, (int64_t)r->slowest.number));
	value_put_cstr(
	    a, map, "seconds", value_float(a, (double)r->slowest.cost.us / (double)US_PER_S));
	return map;
}

static struct value *
regexes_value(const struct report *r, struct arena *a, enum filter_regexes which)
{
	const struct subject_regexes *given = which == FILTER_FAIL ? &r->s->fail : &r->s->ignore;
	struct value *list = value_list(a);

	for (size_t i = 0; i < given->count; i++) {
		struct value *map = value_map(a);

		value_put_cstr(a, map, "regex", value_text_lent(a, given->v[i]));
		value_put_cstr(a, map, "hits", value_int(a, (int64_t)regex_hits(r, which, i)));
		put_given_up(a, map, filter_regex_given_up(r->s->filter, which, i));
		value_add(a, list, map);
	}
	return list;
}

static struct value *
dates_value(const struct report *r, struct arena *a)
{
	const struct date_detector *dates = filter_dates(r->s->filter);
	struct value *list = value_list(a);

	for (size_t i = 0; i < date_template_count(dates); i++) {
		struct date_template_info t;
		struct value *map;

		date_template_info(dates, i, &t);
		if (t.hits == 0)
			continue;
		map = value_map(a);
		value_put_cstr(a, map, "name", value_text_lent(a, t.name));
		value_put_cstr(a, map, "pattern", value_text_lent(a, t.pattern));
		value_put_cstr(a, map, "hits", value_int(a, (int64_t)t.hits));
		value_add(a, list, map);
	}
	return list;
}

static void
put_lines(const struct line_list *list, struct arena *a, struct value *map, const char *name)
{
	struct value *lines = value_list(a);

	if (!list->wanted)
		return;
	for (size_t i = 0; i < list->kept; i++)
		value_add(a, lines, value_text_lent(a, slice_of(list->v[i].p, list->v[i].n)));
	value_put_cstr(a, map, name, lines);
}

struct value *
report_value(const struct report *r, struct arena *a)
{
	static const char *const counts[] = {"matched", "ignored", "missed"};
	static const char *const texts[] = {"matched_lines", "ignored_lines", "missed_lines"};
	struct value *map = value_map(a), *lines = value_map(a), *prefix = value_map(a);

	value_put_cstr(a, lines, "total", value_int(a, (int64_t)r->line_count));
	for (size_t i = 0; i < 3; i++)
		value_put(
		    a, lines, value_cstr(a, counts[i]), value_int(a, (int64_t)r->lines[i].count));
	value_put_cstr(
	    a, lines, "passed_over", value_int(a, (int64_t)filter_passed_over(r->s->filter)));
	value_put_cstr(a, map, "lines", lines);
	value_put_cstr(a, map, "slowest", slowest_value(r, a));
	if (filter_prefregex(r->s->filter).n > 0) {
		value_put_cstr(
		    a, prefix, "regex", value_text_lent(a, filter_prefregex(r->s->filter)));
		value_put_cstr(a, prefix, "hits", value_int(a, (int64_t)r->prefix.count));
		put_given_up(a, prefix, filter_prefregex_given_up(r->s->filter));
		value_put_cstr(a, map, "prefregex", prefix);
	}
	value_put_cstr(a, map, "failregex", regexes_value(r, a, FILTER_FAIL));
	value_put_cstr(a, map, "ignoreregex", regexes_value(r, a, FILTER_IGNORE));
	value_put_cstr(a, map, "dates", dates_value(r, a));
	for (size_t i = 0; i < 3; i++)
		put_lines(&r->lines[i], a, map, texts[i]);
	return map;
}
