#include "regex/explain.h"

#include "regex/reach.h"
#include "regex/show.h"
#include "util/escape.h"
#include "util/mem.h"

/* Without being asked for all, so many regexes are shown that do not match. */
#define BEST_MAX 3

#define COLOUR_MATCHED "\033[32m"
#define COLOUR_NEXT "\033[31m"
#define COLOUR_OFF "\033[0m"

struct explaining {
	struct buf *out;
	const struct subject *s;
	struct instant now;
	bool colour, all, ascii;
	struct matcher *matcher;
	struct buf text; /* what the regexes see, with its newline */
};

static void
add_label(struct explaining *e, const char *label)
{
	buf_printf(e->out, "  %-12s ", label);
}

static void
add_text(struct explaining *e, struct slice s)
{
	escape_format(e->out, s);
}

static void
add_coloured(struct explaining *e, const char *colour, struct slice s)
{
	if (e->colour && s.n > 0)
		buf_add_cstr(e->out, colour);
	add_text(e, s);
	if (e->colour && s.n > 0)
		buf_add_cstr(e->out, COLOUR_OFF);
}

/* "3 days 4 h" would be for people; for findtime seconds are what is compared. */
static void
explain_age(struct explaining *e, struct instant when)
{
	int64_t age = instant_since(e->now, when).us / US_PER_S;

	add_label(e, "");
	if (age >= 0)
		buf_printf(e->out,
		    "that is %lld s ago; at its start a jail passes it over if findtime is less\n",
		    (long long)age);
	else
		buf_printf(e->out,
		    "that is %lld s ahead; a jail takes it for now, and warns from 60 s on\n",
		    (long long)-age);
}

static void
explain_date(struct explaining *e, struct slice line, struct door_line *cut)
{
	struct date_detector *dates = filter_dates(e->s->filter);
	struct date_template_info t;
	struct date_match m;

	*cut = (struct door_line){.after = line};
	add_label(e, "date");
	if (!date_find(dates, line, utf8_ascii(line) == line.n, e->now, &m)) {
		buf_add_cstr(e->out,
		    "none found; while old lines are read a match is then dropped, "
		    "else it counts as now\n");
		return;
	}
	cut->before = slice_upto(line, m.start);
	cut->date = slice_of(line.p + m.start, m.end - m.start);
	cut->after = slice_from(line, m.end);
	date_template_info(dates, m.template, &t);
	add_coloured(e, COLOUR_MATCHED, cut->date);
	if (m.empty)
		buf_add_cstr(e->out, "(nothing is cut out, the time is now)");
	else if (!m.valid)
		buf_add_cstr(e->out, " looks like a date, but there is no such day or time");
	buf_add_cstr(e->out, "\n");
	add_label(e, "by pattern");
	add_text(e, t.name);
	buf_add_char(e->out, '\n');
	if (m.empty || !m.valid)
		return;
	add_label(e, "meaning");
	show_date(e->out, m.when);
	buf_add_char(e->out, '\n');
	explain_age(e, m.when);
}

static void
explain_entry_date(
    struct explaining *e, struct slice date, struct slice text, struct door_line *cut)
{
	*cut = (struct door_line){.date = date, .after = text};
	add_label(e, "date");
	add_coloured(e, COLOUR_MATCHED, slice_trim(date));
	buf_add_cstr(e->out, ", which the journal tells; none is looked for in the text\n");
}

static unsigned
flags_of(const struct explaining *e, bool multiline)
{
	return (multiline && filter_maxlines(e->s->filter) > 1 ? PATTERN_MULTILINE : 0) |
	       (filter_dns(e->s->filter) == FILTER_DNS_NO ? PATTERN_NO_NAMES : 0);
}

/* How far a regex got, that is known not to match. */
static void
explain_reach(struct explaining *e, struct slice regex, const struct reach *r)
{
	struct slice text = slice_trim(buf_slice(&e->text)), all = buf_slice(&e->text);

	add_label(e, "");
	add_coloured(e, COLOUR_MATCHED, slice_upto(regex, r->regex_n));
	add_coloured(e, COLOUR_NEXT, slice_of(regex.p + r->regex_n, r->next_n));
	add_text(e, slice_from(regex, r->regex_n + r->next_n));
	buf_add_char(e->out, '\n');
	add_label(e, "");
	if (r->regex_n == 0) {
		buf_add_cstr(e->out, "nothing of it matches; it would begin with \"");
		add_text(e, slice_upto(regex, r->next_n));
		buf_add_cstr(e->out, "\"\n");
		return;
	}
	buf_add_cstr(e->out, "matches up to \"");
	add_text(e, slice_upto(regex, r->regex_n));
	buf_add_cstr(e->out, "\", which is \"");
	add_coloured(e, COLOUR_MATCHED, slice_of(all.p + r->start, r->end - r->start));
	buf_add_cstr(e->out, "\";\n");
	add_label(e, "");
	buf_add_cstr(e->out, "then it wants \"");
	add_text(e, slice_of(regex.p + r->regex_n, r->next_n));
	buf_add_cstr(e->out, "\", but there is ");
	if (r->end >= (size_t)(text.p - all.p) + text.n) {
		buf_add_cstr(e->out, "nothing more\n");
		return;
	}
	buf_add_char(e->out, '"');
	add_coloured(e, COLOUR_NEXT, slice_rtrim(slice_from(all, r->end)));
	buf_add_cstr(e->out, "\"\n");
}

/* The text becomes the prefregex's <F-CONTENT>. False if it does not match. */
static bool
explain_prefregex(struct explaining *e)
{
	struct slice regex = filter_prefregex(e->s->filter);
	struct arena scratch;
	struct pattern *p;
	struct reach r;
	size_t start, end;

	if (regex.n == 0)
		return true;
	reach_find(&r, e->matcher, regex, flags_of(e, false), buf_slice(&e->text), e->ascii);
	add_label(e, "prefregex");
	buf_add_cstr(
	    e->out, r.matched ? "matches\n" : "does not match, so no failregex is tried\n");
	if (!r.matched) {
		explain_reach(e, regex, &r);
		return false;
	}
	if (pattern_new(&p, regex, flags_of(e, false), (struct place){0}, NULL) < 0)
		return true;
	arena_init(&scratch);
	matcher_begin(e->matcher);
	(void)pattern_search(p, e->matcher, buf_slice(&e->text), e->ascii);
	for (size_t i = 0; i < p->code->group_count; i++) {
		if (p->code->groups[i].role != ROLE_CONTENT ||
		    !matcher_group(e->matcher, p->code->groups[i].number, &start, &end) || start == end)
			continue;
		struct slice content =
		    arena_copy(&scratch, slice_of(buf_slice(&e->text).p + start, end - start));

		buf_clear(&e->text);
		buf_add(&e->text, content);
		buf_add_char(&e->text, '\n');
		add_label(e, "its content");
		add_text(e, content);
		buf_add_char(e->out, '\n');
		break;
	}
	arena_done(&scratch);
	pattern_free(p);
	return true;
}

static void
explain_match(
    struct explaining *e, const char *what, size_t i, struct slice regex, const struct reach *r)
{
	add_label(e, what);
	buf_printf(e->out, "%zu matches \"", i + 1);
	add_coloured(e, COLOUR_MATCHED,
	    slice_rtrim(slice_of(buf_slice(&e->text).p + r->start, r->end - r->start)));
	buf_add_cstr(e->out, "\"\n");
	add_label(e, "");
	add_coloured(e, COLOUR_MATCHED, regex);
	buf_add_char(e->out, '\n');
}

/* The regex that got farthest and is not shown yet; count if there is none. */
static size_t
farthest(const struct reach *v, const bool *shown, size_t count)
{
	size_t best = count;

	for (size_t i = 0; i < count; i++) {
		if (!shown[i] && (best == count || v[i].end > v[best].end))
			best = i;
	}
	return best;
}

static void
explain_failregexes(struct explaining *e)
{
	const struct subject_regexes *list = &e->s->fail;
	struct reach *v = mem_array(list->count + 1, sizeof(v[0]));
	bool *shown = mem_array(list->count + 1, sizeof(shown[0]));
	size_t rest = e->all ? list->count : BEST_MAX, i;

	for (i = 0; i < list->count; i++) {
		reach_find(&v[i], e->matcher, list->v[i], flags_of(e, true), buf_slice(&e->text),
		    e->ascii);
		shown[i] = v[i].matched;
		if (v[i].matched) {
			explain_match(e, "failregex", i, list->v[i], &v[i]);
			rest = e->all ? rest : 0;
		}
	}
	for (; rest > 0 && (i = farthest(v, shown, list->count)) < list->count; rest--) {
		add_label(e, "failregex");
		buf_printf(e->out, "%zu does not match\n", i + 1);
		explain_reach(e, list->v[i], &v[i]);
		shown[i] = true;
	}
	mem_free(shown);
	mem_free(v);
}

static void
explain_ignoreregexes(struct explaining *e)
{
	const struct subject_regexes *list = &e->s->ignore;

	for (size_t i = 0; i < list->count; i++) {
		struct reach r;

		reach_find(
		    &r, e->matcher, list->v[i], flags_of(e, false), buf_slice(&e->text), e->ascii);
		if (r.matched)
			explain_match(e, "ignoreregex", i, list->v[i], &r);
	}
}

static void
explain_result(struct explaining *e, const struct explain_outcome *o)
{
	add_label(e, "result");
	if (o->limit)
		buf_add_cstr(e->out,
		    "no failure: a regex took more steps than a line may cost; it is passed over");
	else if (o->failures.n > 0)
		buf_printf(e->out, "failure of %.*s", SLICE_ARG(o->failures));
	else if (o->unknown)
		buf_add_cstr(e->out, "no failure yet: nobody is named; a later line of the same "
				     "session (<F-MLFID>) may do so");
	else if (o->nofail)
		buf_add_cstr(e->out, "no failure: the match is marked <F-NOFAIL> or <F-MLFGAINED>; "
				     "it counts with others of its session only");
	else if (o->result == FILTER_IGNORED)
		buf_add_cstr(e->out, "no failure: an ignoreregex matches");
	else
		buf_add_cstr(e->out, "no failure: no failregex matches, or none that names an "
				     "address that can be used");
	buf_add_cstr(e->out, "\n");
}

void
explain_line(struct buf *out, const struct subject *s, struct slice line, struct instant now,
    const struct explain_outcome *outcome, bool colour, bool all)
{
	struct explaining e = {.out = out, .s = s, .now = now, .colour = colour, .all = all};
	struct door_line cut;

	e.matcher = matcher_new();
	buf_init(&e.text, SHOW_MAX_BYTES);
	buf_add_cstr(out, "Line: ");
	add_text(&e, line);
	buf_add_char(out, '\n');
	if (outcome->date.n > 0)
		explain_entry_date(&e, outcome->date, line, &cut);
	else
		explain_date(&e, line, &cut);
	buf_add(&e.text, cut.before);
	buf_add(&e.text, cut.after);
	add_label(&e, "remaining");
	buf_add_char(out, '"');
	add_text(&e, buf_slice(&e.text));
	buf_add_cstr(out, "\"\n");
	buf_add_char(&e.text, '\n');
	if (explain_prefregex(&e)) {
		explain_failregexes(&e);
		explain_ignoreregexes(&e);
	}
	explain_result(&e, outcome);
	buf_add_char(out, '\n');
	buf_done(&e.text);
	matcher_free(e.matcher);
}
