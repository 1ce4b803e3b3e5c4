#ifndef F2B_SCAN_FILTER_STATE_H
#define F2B_SCAN_FILTER_STATE_H

#include "scan/attrs.h"
#include "scan/encoding.h"
#include "scan/filter.h"
#include "scan/filter_memo.h"
#include "scan/identity.h"
#include "scan/multiline.h"
#include "scan/pattern.h"
#include "scan/prefilter.h"
#include "scan/session.h"

/*
 * What the files that make up a filter share: filter.c sets it, filter_line.c runs lines through
 * it, filter_block.c spares most of them that, filter_report.c makes failures of what matched, and
 * filter_found.c tells filters that search for the same. Nobody else includes this.
 */

/* A date this far from now is taken for a wrong zone, and a known one for so long as still good. */
#define ODD_DATE SPAN_S(60)

struct regexes {
	struct pattern **v;
	size_t count, cap;
};

/* The moment of a line, as far as it is known. */
struct moment {
	struct instant when;
	bool known;
};

/* Lines that come one after the other from one piece of memory. */
struct block {
	const char *p, *end; /* what is left of it; none if they are equal */
	/* In the next line that the prefregex can match, or a failregex; or end. */
	struct memo_ahead prefix, fail;
	struct filter_memo *memo;
};

/* A line on its way through the regexes. */
struct item {
	struct door_line line;
	struct slice text; /* the whole of it, for notes */
	struct moment moment;
	struct instant now;
	bool live;
	bool ascii;
	bool in_block;
	bool recalls; /* what other filters found in it may be known, and is to be kept */
	bool no_prefix, no_fail; /* by its literals the prefregex cannot match it, or no failregex */
	bool limit;  /* a regex gave up */
};

struct filter {
	struct filter_sink *sink;
	struct regexes fail, ignore;
	const struct prefilter *prefilter, *prefilter_prefix; /* of fail, of prefregex; NULL until needed */
	struct filter_kind *kind; /* NULL until needed */
	bool without_prefilter;
	struct block block;
	struct filter_memo *own_memo; /* of a block of nobody else's; NULL until needed */
	struct pattern *prefregex;
	struct slice prefregex_given; /* owned */
	struct matcher *matcher;
	struct date_detector *dates; /* NULL: see filter_dates() */
	struct slice zone; /* owned */
	struct encoding *encoding, *utf8;
	struct slice encoding_name; /* owned */
	enum filter_dns dns;
	struct span findtime;
	bool check_all, first_only;
	uint64_t passed_over;
	struct multiline *buffer; /* NULL while maxlines is 1 */
	struct session_table sessions;
	struct moment last;   /* the last date found in a line */
	struct buf last_date; /* its text */
	int64_t odd_day;      /* when FILTER_NOTE_ODD_DATE was told last, an instant_day(); 0: never */
	/* Scratch, kept for its memory. */
	struct buf subject;
	struct buf content;
	struct buf matched; /* lines, for ignoreregexes */
	struct buf text, prefix_text; /* tuples; those of the prefregex */
	struct attrs prefix, attrs;
};

/* Whether a live line of then is taken as one of now. */
static inline bool
filter_is_odd(struct instant when, struct instant now)
{
	struct span age = instant_since(now, when);

	return age.us > ODD_DATE.us || age.us < -ODD_DATE.us;
}

/* Whether more such lines need not be told today. */
static inline bool
filter_told_odd(const struct filter *f, struct instant now)
{
	return f->odd_day == instant_day(now);
}

/* What is asked of a whole line; of a piece of it, base and n say which. */
static inline struct memo_key
item_key(const struct item *item, const struct shared *asked)
{
	return (struct memo_key){
	    .asked = asked->serial,
	    .line = item->text.p,
	    .before = (uint32_t)item->line.before.n,
	    .after = (uint32_t)item->line.after.n,
	};
}

/* With few ignoreregexes beside many failregexes it is cheaper to ask them before. */
bool filter_ignores_first(const struct filter *f);

const struct prefilter *filter_fail_prefilter(struct filter *f);

/* Takes the line's bytes for text, with what is known of them by their block. */
void filter_decode(struct filter *f, struct item *item, struct slice line);

void filter_note(struct filter *f, enum filter_note what, struct slice line, int64_t amount);

/*
 * Failregex number regex has matched lines, and f->attrs says what it found: makes a failure of it,
 * or remembers it for a later one, or tells that it is none.
 */
enum filter_result filter_report(struct filter *f, const struct item *item, unsigned regex,
    const struct door_line *lines, size_t line_count);

/* One of the sink's functions, or NULL. */
typedef void filter_taker(struct filter_sink *sink, const struct door_failure *failure);

void filter_hand_over(struct filter *f, const struct item *item, unsigned regex,
    const struct identity *who, const struct door_line *lines, size_t line_count,
    const struct door_attr *attrs, size_t attr_count, const struct session *s, filter_taker *take);

/*
 * A failure of no session was found in a line that recalls: filters that search for the same may hand it
 * over as well. filter_found() does so, and is false where none is known. Where what is searched for has
 * changed, or how, the filter is of another kind.
 */
void filter_keep_found(
    struct filter *f, const struct item *item, unsigned regex, const struct identity *who);
bool filter_found(struct filter *f, const struct item *item);
void filter_forget_kind(struct filter *f);

#endif
