#include "scan/filter_state.h"

void
filter_note(struct filter *f, enum filter_note what, struct slice line, int64_t amount)
{
	if (f->sink->note != NULL)
		f->sink->note(f->sink, what, line, amount);
}

/* ---- regexes on a line ---- */

/* The piece of the buffer that is searched, and where it starts in the joined lines. */
struct subject {
	struct slice text;
	size_t base;
	bool ascii;
};

static struct memo_key
key_of(const struct item *item, const struct shared *asked, const struct subject *s)
{
	struct memo_key key = item_key(item, asked);

	key.base = (uint32_t)s->base;
	key.n = (uint32_t)s->text.n;
	return key;
}

/* pattern_search(), unless another filter has asked the same regex about the same. */
static int
ask(struct filter *f, const struct item *item, struct pattern *p, const struct subject *s)
{
	const struct memo_key key = key_of(item, &p->code->shared, s);
	const uint32_t *known;
	uint32_t *kept;
	uint64_t answer;
	int r;

	if (item->recalls && memo_recall(f->block.memo, &key, &answer, &known)) {
		if (answer != 0)
			matcher_restore(f->matcher, p->code->all_groups, known);
		return (int)answer;
	}
	r = pattern_search(p, f->matcher, s->text, s->ascii);
	if (!item->recalls || r < 0)
		return r;
	kept = memo_keep(f->block.memo, &key, (uint64_t)r, r > 0 ? matcher_numbers(p->code->all_groups) : 0);
	if (kept != NULL && r > 0)
		matcher_save(f->matcher, p->code->all_groups, kept);
	return r;
}

/* note and index say which regex p is, where it takes too long. */
static int
search(struct filter *f, struct item *item, struct pattern *p, const struct subject *s,
    enum filter_note note, size_t index)
{
	int r = ask(f, item, p, s);

	if (r >= 0)
		return r;
	item->limit = true;
	f->passed_over++;
	if (p->given_up++ == 0)
		filter_note(f, note, item->text, (int64_t)index);
	return 0;
}

static bool
ignored(struct filter *f, struct item *item, const struct subject *s)
{
	for (size_t i = 0; i < f->ignore.count && !item->limit; i++) {
		if (search(f, item, f->ignore.v[i], s, FILTER_NOTE_LIMIT_IGNORE, i) > 0) {
			f->ignore.v[i]->hits++;
			return true;
		}
	}
	return false;
}

static size_t
content_group(const struct pattern *p)
{
	for (size_t i = 0; i < p->code->group_count; i++) {
		if (p->code->groups[i].role == ROLE_CONTENT)
			return p->code->groups[i].number;
	}
	return 0;
}

/* What the prefregex has just found; with its content, or without. */
static void
prefix_attrs(struct filter *f, struct slice subject, bool content)
{
	attrs_of_match(&f->prefix, f->matcher, f->prefregex, subject, content);
	if (f->prefregex->code->has_alternatives)
		attrs_resolve(&f->prefix, &f->prefix_text);
}

/* Searches with the prefregex, if there is one; false if it does not match. */
static bool
prefregex_matches(struct filter *f, struct item *item, const struct subject *s)
{
	size_t count = 0;

	if (f->prefregex == NULL)
		return true;
	if (search(f, item, f->prefregex, s, FILTER_NOTE_LIMIT_PREFIX, 0) <= 0)
		return false;
	f->prefregex->hits++;
	if (f->sink->prefix == NULL)
		return true;
	if (f->sink->prefix_attrs) {
		prefix_attrs(f, s->text, true);
		count = f->prefix.count;
	}
	f->sink->prefix(f->sink, f->prefix.v, count);
	return true;
}

/*
 * What the prefregex has found. The others then look at its content with a newline behind it, which mostly is
 * there already.
 */
static void
take_prefix(struct filter *f, struct subject *s)
{
	size_t content, start, end;

	if (f->prefregex == NULL)
		return;
	prefix_attrs(f, s->text, false);
	content = content_group(f->prefregex);
	if (content == 0 || !matcher_group(f->matcher, (unsigned)content, &start, &end) ||
	    start == end)
		return;
	s->base += start;
	if (end + 1 == s->text.n && s->text.p[end] == '\n') {
		s->text = slice_from(s->text, start);
		return;
	}
	buf_clear(&f->content);
	buf_add(&f->content, slice_of(s->text.p + start, end - start));
	buf_add_char(&f->content, '\n');
	s->text = buf_slice(&f->content);
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
	for (size_t i = 0; i < p->code->group_count && count < 16; i++) {
		struct multiline_range r;

		if (p->code->groups[i].role == ROLE_SKIPLINES &&
		    matcher_group(f->matcher, p->code->groups[i].number, &r.start, &r.end))
			skipped[count++] = (struct multiline_range){base + r.start, base + r.end};
	}
	match.start += base;
	match.end += base;
	return multiline_take(f->buffer, match, skipped, count, lines);
}

/* Where an ignoreregex looks after a match: of several lines, only at those that matched. */
static struct subject
matched_subject(
    struct filter *f, const struct subject *s, const struct door_line *lines, size_t line_count)
{
	if (f->buffer == NULL)
		return *s;
	buf_clear(&f->matched);
	for (size_t i = 0; i < line_count; i++) {
		buf_add(&f->matched, lines[i].before);
		buf_add(&f->matched, lines[i].after);
		buf_add_char(&f->matched, '\n');
	}
	return (struct subject){buf_slice(&f->matched), 0, s->ascii};
}

/*
 * The prefregex's attributes, overlaid with what p found; where it has none but content, or there
 * is no prefregex, p's alone, and then those that took no part as well.
 */
static void
merge_attrs(struct filter *f, const struct pattern *p, struct slice subject)
{
	bool alone = f->prefregex == NULL || f->prefix.count == 0;
	struct attrs found, *a = alone ? &f->attrs : &found;

	attrs_of_match(a, f->matcher, p, subject, false);
	if (p->code->has_alternatives)
		attrs_resolve(a, &f->text);
	if (!alone)
		attrs_overlay(&f->attrs, &f->prefix, &found);
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
	if (!filter_ignores_first(f)) {
		struct subject matched = matched_subject(f, s, lines, line_count);

		if (ignored(f, item, &matched)) {
			*stop = true;
			return FILTER_IGNORED;
		}
	}
	if (item->limit)
		return FILTER_MISSED;
	p->hits++;
	return filter_report(f, item, regex, lines, line_count);
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

/* Which failregexes can match, by the literals that are there. */
static uint64_t
candidates(struct filter *f, const struct item *item, const struct subject *s)
{
	const struct prefilter *pf;
	struct memo_key key;
	const uint32_t *none;
	uint64_t can;

	/* What matches in several lines changes as lines are taken out. */
	if (f->buffer != NULL || f->without_prefilter)
		return UINT64_MAX;
	/* The only one is known to be. */
	if (item->in_block && f->fail.count == 1)
		return 1;
	pf = filter_fail_prefilter(f);
	key = key_of(item, prefilter_shared(pf), s);
	if (item->recalls && memo_recall(f->block.memo, &key, &can, &none))
		return can;
	can = prefilter_scan(pf, s->text);
	if (item->recalls)
		(void)memo_keep(f->block.memo, &key, can, 0);
	return can;
}

/*
 * Looks for the byte of the literal at rarest: memmem() goes byte by byte where what it looks for is
 * short, and memchr() takes many at a time.
 */
static bool
holds(struct slice text, struct slice literal, size_t rarest)
{
	const char *end, *at;

	if (text.n < literal.n)
		return false;
	at = text.p + rarest;
	end = text.p + text.n - (literal.n - rarest - 1);
	while ((at = memchr(at, literal.p[rarest], (size_t)(end - at))) != NULL) {
		if (memcmp(at - rarest, literal.p, literal.n) == 0)
			return true;
		at++;
	}
	return false;
}

/*
 * A regex that often is tried in vain is asked for its other literals before; else it is the longer
 * way.
 */
static bool
in_vain(struct pattern *p, struct slice text)
{
	enum { SEARCHES_MIN = 64 };
	const struct literals *also;

	if (++p->searches < SEARCHES_MIN || p->searches < p->hits + p->hits / 4)
		return false;
	also = pattern_also(p->code);
	if (also->count == 0 || also->count > PATTERN_ALSO_MAX)
		return false;
	for (size_t i = 0; i < also->count; i++)
		if (holds(text, also->v[i], p->code->also_rarest[i]))
			return false;
	return true;
}

static enum filter_result
try_failregex(struct filter *f, struct item *item, unsigned i, struct subject *s, bool *stop)
{
	enum filter_result result;

	if (f->buffer == NULL && !f->without_prefilter && in_vain(f->fail.v[i], s->text))
		return FILTER_MISSED;
	if (search(f, item, f->fail.v[i], s, FILTER_NOTE_LIMIT, i) <= 0)
		return FILTER_MISSED;
	result = take_match(f, item, i, s, stop);
	if (f->buffer == NULL || *stop)
		return result;
	join_lines(f, s);
	*stop = !prefregex_matches(f, item, s);
	if (!*stop)
		take_prefix(f, s);
	return result;
}

static enum filter_result
try_failregexes(struct filter *f, struct item *item, struct subject *s)
{
	enum filter_result all = FILTER_MISSED;
	uint64_t can = candidates(f, item, s);
	bool stop = false;
	size_t i = 0;

	for (; can != 0 && !item->limit && !stop; can &= can - 1) {
		i = (size_t)__builtin_ctzll(can);
		if (i >= f->fail.count)
			return all;
		all = better(all, try_failregex(f, item, (unsigned)i, s, &stop));
	}
	for (i = PREFILTER_REGEXES; i < f->fail.count && !item->limit && !stop; i++)
		all = better(all, try_failregex(f, item, (unsigned)i, s, &stop));
	return all;
}

/* True if the line without its date, and a newline, lie in one piece in the block. */
static bool
lies_in_block(const struct filter *f, const struct item *item)
{
	const struct door_line *l = &item->line;
	const struct block *b = &f->block;

	return item->in_block && l->before.n == 0 && l->after.p + l->after.n == b->p &&
	       b->p < b->end && *b->p == '\n';
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
	if (lies_in_block(f, item)) {
		s.text = slice_of(item->line.after.p, item->line.after.n + 1);
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

	matcher_begin(f->matcher);
	if (filter_ignores_first(f) && ignored(f, item, &s))
		return FILTER_IGNORED;
	if (item->limit || !prefregex_matches(f, item, &s) || item->no_fail)
		return FILTER_MISSED;
	take_prefix(f, &s);
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
	bool found = date_find(filter_dates(f), item->text, item->ascii, item->now, &m);

	item->line = (struct door_line){SLICE_EMPTY, SLICE_EMPTY, item->text};
	if (found) {
		item->line.before = slice_upto(item->text, m.start);
		item->line.date = slice_of(item->text.p + m.start, m.end - m.start);
		item->line.after = slice_from(item->text, m.end);
	}
	if (found && !m.empty && m.valid) {
		item->moment = (struct moment){m.when, true};
		f->last = (struct moment){m.when, true};
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
		if (filter_is_odd(item->moment.when, item->now)) {
			if (!filter_told_odd(f, item->now))
				filter_note(f, FILTER_NOTE_ODD_DATE, item->text, age.us / US_PER_S);
			f->odd_day = instant_day(item->now);
			/* Those behind it that have no date are of the same moment. */
			item->moment.when = f->last.when = item->now;
		}
		return true;
	}
	if (age.us <= f->findtime.us)
		return true;
	filter_note(f, FILTER_NOTE_OLD, item->text, age.us / US_PER_S);
	return false;
}

/* True if no regex has to be asked about the line. A literal may come about by cutting its date. */
static bool
passed_over(struct filter *f, struct item *item)
{
	const struct door_line *l = &item->line;

	if (item->no_fail && prefilter_joins(f->prefilter, l->before, l->after))
		item->no_fail = false;
	if (item->no_prefix && prefilter_joins(f->prefilter_prefix, l->before, l->after))
		item->no_prefix = false;
	/* Somebody may want to know what the prefregex matches. */
	return item->no_prefix || (item->no_fail && (f->prefregex == NULL || f->sink->prefix == NULL));
}

static struct slice
without_newline(struct slice line)
{
	while (line.n > 0 && (line.p[line.n - 1] == '\r' || line.p[line.n - 1] == '\n'))
		line.n--;
	return line;
}

/* A hostile line takes megabytes in each jail that reads it: what it took is given back, beyond so much. */
#define KEPT_BYTES ((size_t)128 * 1024)

static enum filter_result
done_with(struct filter *f, struct slice line, enum filter_result result)
{
	struct buf *const scratch[] = {&f->subject, &f->content, &f->matched, &f->text, &f->prefix_text};

	if (line.n <= KEPT_BYTES)
		return result;
	matcher_trim(f->matcher);
	for (size_t i = 0; i < sizeof(scratch) / sizeof(scratch[0]); i++)
		buf_trim(scratch[i], KEPT_BYTES);
	encoding_trim(f->encoding, KEPT_BYTES);
	encoding_trim(f->utf8, KEPT_BYTES);
	return result;
}

static enum filter_result
look_at(struct filter *f, struct slice line, struct instant now, bool live)
{
	struct item item = {.now = now, .live = live};

	if (newline_wide(filter_newline(f))) {
		filter_decode(f, &item, line);
		item.text = without_newline(item.text);
	} else {
		filter_decode(f, &item, without_newline(line));
	}
	date_item(f, &item);
	if (!check_date(f, &item))
		return FILTER_SKIPPED;
	if (passed_over(f, &item))
		return FILTER_MISSED;
	/* Others may have known when it was. */
	if (item.recalls && item.moment.known && filter_found(f, &item))
		return FILTER_FAILED;
	return match_item(f, &item);
}

enum filter_result
filter_line(struct filter *f, struct slice line, struct instant now, bool live)
{
	return done_with(f, line, look_at(f, line, now, live));
}

bool
filter_last_date(const struct filter *f, struct instant *when)
{
	*when = f->last.when;
	return f->last.known;
}

enum filter_result
filter_dated_line(struct filter *f, struct slice date, struct slice text, struct instant when,
    struct instant now)
{
	struct item item = {.now = now, .live = true, .moment = {when, true}};
	struct decoded decoded;

	encoding_decode(f->utf8, text, &decoded);
	item.ascii = decoded.ascii;
	item.text = decoded.text;
	item.line = (struct door_line){SLICE_EMPTY, date, item.text};
	return done_with(f, text, match_item(f, &item));
}
