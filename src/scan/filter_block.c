#include "scan/filter_state.h"

#include "util/escape.h"

/* ---- what can be told by literals ---- */

bool
filter_ignores_first(const struct filter *f)
{
	return f->ignore.count > 0 && f->ignore.count + 2 < f->fail.count;
}

static const struct prefilter *
prefilter_of(const struct prefilter **pf, struct pattern *const *patterns, size_t count)
{
	if (*pf == NULL)
		*pf = prefilter_get(patterns, count);
	return *pf;
}

const struct prefilter *
filter_fail_prefilter(struct filter *f)
{
	return prefilter_of(&f->prefilter, f->fail.v, f->fail.count);
}

static const struct prefilter *
prefix_prefilter(struct filter *f)
{
	return prefilter_of(&f->prefilter_prefix, &f->prefregex, f->prefregex != NULL ? 1 : 0);
}

/* True if what a line has of literals tells whether it matters. */
static bool
by_literals(const struct filter *f)
{
	/* What an ignoreregex matches is counted where all is, even if no failregex does. */
	return f->buffer == NULL && !f->without_prefilter && encoding_keeps_ascii(f->encoding) &&
	       !(f->check_all && filter_ignores_first(f));
}

/* In the first line from p on in which a failregex can match; the end of the block if none can. */
static const char *
next_fail(struct filter *f, const char *p)
{
	struct block *b = &f->block;

	return memo_look_ahead(b->memo, &b->fail, filter_fail_prefilter(f), p, b->end);
}

static const char *
next_prefix(struct filter *f, const char *p)
{
	struct block *b = &f->block;

	return memo_look_ahead(b->memo, &b->prefix, prefix_prefilter(f), p, b->end);
}

/* ---- a block ---- */

bool
filter_begin_block(struct filter *f, struct slice block, struct filter_memo *memo)
{
	struct block *b = &f->block;

	*b = (struct block){.p = block.p, .end = block.p};
	if (!by_literals(f))
		return false;
	b->end += block.n;
	if (memo == NULL) {
		if (f->own_memo == NULL)
			f->own_memo = filter_memo_new();
		memo = f->own_memo;
		filter_memo_clear(memo);
	}
	memo->readers++;
	if (!memo->known) {
		memo->block = block;
		memo->ascii = utf8_ascii(block) == block.n;
		memo->known = true;
	}
	b->memo = memo;
	return memo->ascii;
}

void
filter_end_block(struct filter *f)
{
	f->block = (struct block){0};
}

static bool
in_block(const struct block *b, struct slice line)
{
	return (uintptr_t)line.p >= (uintptr_t)b->p && (uintptr_t)line.p < (uintptr_t)b->end;
}

void
filter_decode(struct filter *f, struct item *item, struct slice line)
{
	struct decoded decoded;
	const char *end = line.p + line.n;
	struct block *b = &f->block;

	item->in_block = in_block(b, line);
	if (item->in_block) {
		b->p = end;
		item->no_fail = next_fail(f, line.p) >= end;
		item->no_prefix = f->prefregex != NULL && next_prefix(f, line.p) >= end;
		item->recalls = b->memo->ascii && memo_keeps(b->memo);
	}
	if (item->in_block && b->memo->ascii) {
		item->text = line;
		item->ascii = true;
		return;
	}
	encoding_decode(f->encoding, line, &decoded);
	if (decoded.broken)
		filter_note(f, FILTER_NOTE_DECODE, line, 0);
	item->text = decoded.text;
	item->ascii = decoded.ascii;
}

/* ---- many lines at a time ---- */

/* With fewer bytes before the next line that matters, it is as quick to take them line by line. */
#define SKIP_BYTES_MIN 512

/* Somewhere in the first line that a regex has to be asked about; the end of rest if there is none. */
static const char *
next_wanted(struct filter *f, struct slice rest)
{
	const char *next = rest.p, *end = rest.p + rest.n;

	/* Somebody may want to know what the prefregex matches. */
	if (f->prefregex == NULL || f->sink->prefix == NULL)
		next = next_fail(f, rest.p);
	if (f->prefregex != NULL) {
		const char *prefix = next_prefix(f, rest.p);

		next = prefix > next ? prefix : next;
	}
	return next < end ? next : end;
}

/* The lines at the start of rest that end before next. */
static struct slice
lines_before(struct slice rest, const char *next)
{
	const char *newline = memrchr(rest.p, '\n', (size_t)(next - rest.p));

	return slice_upto(rest, newline != NULL ? (size_t)(newline + 1 - rest.p) : 0);
}

/* Leaves of m the time in which every line is one to look at, as far as that goes. False if none is. */
static bool
good_dates(const struct filter *f, struct date_minute *m, struct instant now, bool live)
{
	/* A literal may come about where a date is cut out. */
	if (m->start > 0)
		return false;
	if (f->check_all || (live && filter_told_odd(f, now)))
		return true;
	if (live)
		return date_minute_within(m, instant_sub(now, ODD_DATE), instant_add(now, ODD_DATE));
	return date_minute_within(m, instant_sub(now, f->findtime), m->last);
}

/* As if each line had been given to filter_line(). */
static void
pass(struct filter *f, struct slice lines, size_t count, const struct date_minute *m,
    struct instant now, bool live)
{
	struct slice last;

	date_pass(filter_dates(f), lines, count, now, &last, &f->last.when);
	if (live && !f->check_all && filter_is_odd(f->last.when, now))
		f->last.when = now;
	f->block.p = lines.p + lines.n;
	f->last.known = true;
	buf_clear(&f->last_date);
	buf_add(&f->last_date, slice_of(last.p + m->start, m->end - m->start));
}

/* The first of lines that begin as the last did, and how many they are. */
static struct slice
run_of(struct filter *f, const struct date_minute *m, struct slice lines, size_t *count)
{
	struct filter_memo *memo = f->block.memo;
	struct slice run;

	if (!memo_keeps(memo))
		return date_run(filter_dates(f), m, &memo->run, lines, count);
	run = date_run(filter_dates(f), m, &memo->run, lines, NULL);
	*count = memo_count_lines(memo, run);
	return run;
}

size_t
filter_skip(struct filter *f, struct slice rest, struct instant now, bool live, size_t *lines)
{
	const struct block *b = &f->block;
	struct date_minute m;
	struct slice skipped;
	const char *next;
	size_t count;

	if (!in_block(b, rest) || !b->memo->ascii)
		return 0;
	next = next_wanted(f, rest);
	if (next - rest.p < SKIP_BYTES_MIN || !date_minute(filter_dates(f), now, &m) ||
	    !good_dates(f, &m, now, live))
		return 0;
	skipped = run_of(f, &m, lines_before(rest, next), &count);
	if (skipped.n > 0) {
		pass(f, skipped, count, &m, now, live);
		*lines = count;
	}
	return skipped.n;
}
