#ifndef F2B_SCAN_FILTER_H
#define F2B_SCAN_FILTER_H

#include "scan/date.h"
#include "scan/door.h"
#include "util/newline.h"

/*
 * A jail's filter: lines in, failures out. Knows regexes, dates, sessions and multi-line buffers;
 * does no I/O, looks up no name, logs nothing.
 */
struct filter;

/* How <HOST> and names are treated; the look-up itself is the monitor's. */
enum filter_dns { FILTER_DNS_YES, FILTER_DNS_WARN, FILTER_DNS_NO, FILTER_DNS_RAW };

enum filter_regexes { FILTER_FAIL, FILTER_IGNORE };

/* Things worth telling that are no failure. */
enum filter_note {
	FILTER_NOTE_NO_DATE,	/* a match without a date while reading old lines: dropped */
	FILTER_NOTE_ODD_DATE,	/* the first live line of a day dated over 60 s from now: taken as now */
	FILTER_NOTE_OLD,	/* first line passed over as older than findtime */
	FILTER_NOTE_DECODE,	/* a line is not valid in the log's encoding */
	/* A regex took more than a line may cost, for the first time: the line was passed over. */
	FILTER_NOTE_LIMIT,
	FILTER_NOTE_LIMIT_IGNORE, /* the same for an ignoreregex */
	FILTER_NOTE_LIMIT_PREFIX, /* and for the prefregex */
	FILTER_NOTES,
};

struct filter_sink {
	void (*failure)(struct filter_sink *sink, const struct door_failure *failure);
	/* line is the text, amount seconds of difference or the regex's index. May be NULL */
	void (*note)(
	    struct filter_sink *sink, enum filter_note note, struct slice line, int64_t amount);
	/*
	 * For f2b-regex; each may be NULL: the prefregex matched, and with prefix_attrs what it found; a
	 * match that is no failure; one of a session where nobody is named yet, with an empty id.
	 */
	void (*prefix)(struct filter_sink *sink, const struct door_attr *attrs, size_t attr_count);
	bool prefix_attrs;
	void (*nofail)(struct filter_sink *sink, const struct door_failure *match);
	void (*unknown)(struct filter_sink *sink, const struct door_failure *match);
};

struct filter *filter_new(struct filter_sink *sink);
void filter_free(struct filter *f);

/*
 * Settings. Each returns 0 or -EINVAL with d, in fail2ban's words where tools see them, with the
 * place given, and with f as it was. usedns and maxlines affect only regexes added later, as in
 * fail2ban.
 */
int filter_add_regex(struct filter *f, enum filter_regexes which, struct slice regex,
    struct place at, struct diag *d);
/* -ENOENT if there is no such index. */
int filter_del_regex(struct filter *f, enum filter_regexes which, size_t index);
void filter_clear_regexes(struct filter *f);
int filter_set_prefregex(struct filter *f, struct slice regex, struct place at, struct diag *d);
/* -EBADMSG if it is no regular expression. */
int filter_set_datepattern(struct filter *f, struct slice pattern, struct place at, struct diag *d);
int filter_set_zone(struct filter *f, struct slice zone, struct diag *d);
/* Any number but 0; memory is taken for lines that come, up to MULTILINE_BYTES_MAX. */
int filter_set_maxlines(struct filter *f, size_t maxlines);
void filter_set_dns(struct filter *f, enum filter_dns dns);
/* A name that iconv knows; "auto" is the locale's, which is UTF-8 where none is set. */
int filter_set_encoding(struct filter *f, struct slice name, struct diag *d);
/* Lines of old content dated before now - findtime are passed over. */
void filter_set_findtime(struct filter *f, struct span findtime);
/*
 * For f2b-regex: try every failregex on every line, report each hit, and do not use findtime. A
 * line without a date is then dated FILTER_NO_DATE, and one that is no failure for its <F-NOFAIL>
 * alone is not reported.
 */
void filter_set_check_all(struct filter *f, bool check_all);
/* With check_all: do all that, but try no more failregexes once one has matched. */
void filter_set_first_only(struct filter *f, bool first_only);

/*
 * Whether to look for literals before regexes, and at how lines begin before searching their dates. It
 * makes no difference but of time: for a few lines, it takes more to know them than they spare. Said
 * after the datepattern.
 */
void filter_set_prefilter(struct filter *f, bool on);

/* door_failure.when.us, only with check_all. */
#define FILTER_NO_DATE INT64_MIN

/* Getters. Text is lent until the setting changes. Regexes are in their expanded form. */
size_t filter_regex_count(const struct filter *f, enum filter_regexes which);
struct slice filter_regex(const struct filter *f, enum filter_regexes which, size_t index);
uint64_t filter_regex_hits(const struct filter *f, enum filter_regexes which, size_t index);
/* On how many lines it took too long. */
uint64_t filter_regex_given_up(const struct filter *f, enum filter_regexes which, size_t index);
uint64_t filter_prefregex_given_up(const struct filter *f);
/* How many lines were passed over since a regex took too long. */
uint64_t filter_passed_over(const struct filter *f);
struct slice filter_prefregex(const struct filter *f);	/* as given; empty if none */
struct slice filter_prefregex_expanded(const struct filter *f);
size_t filter_maxlines(const struct filter *f);
/* How many lines can be looked at together: maxlines, or fewer if memory allows no more. */
size_t filter_lines_most(const struct filter *f);
enum filter_dns filter_dns(const struct filter *f);
struct slice filter_zone(const struct filter *f);	/* empty if none */
struct slice filter_encoding(const struct filter *f);
struct newline filter_newline(const struct filter *f); /* of its encoding */
struct date_detector *filter_dates(struct filter *f);	/* never NULL */

enum filter_result {
	FILTER_MISSED,	/* no failregex matched */
	FILTER_FAILED,	/* at least one failure was handed to the sink */
	FILTER_IGNORED,	/* a failregex and an ignoreregex matched, or only a nofail one */
	FILTER_SKIPPED,	/* too old */
};

/* What filters that see the same block can tell each other. */
struct filter_memo;

struct filter_memo *filter_memo_new(void);
void filter_memo_free(struct filter_memo *m);
/* Another block comes. */
void filter_memo_clear(struct filter_memo *m);
/* Whether the first filter is at the block, and others will be, as they were at the last. */
bool filter_memo_first(const struct filter_memo *m);

/*
 * Says that the next lines come from block, one after the other: what can be told of all together
 * is found out at once. It changes nothing but the time they take. block must stay as it is until
 * its last line was taken, or filter_end_block(); so must memo, which may be NULL. Returns true if
 * the block is known to be plain ASCII, of which the text is what the bytes say.
 */
bool filter_begin_block(struct filter *f, struct slice block, struct filter_memo *memo);

/*
 * Takes lines at the start of rest, which is what is left of the block, if nothing has to be done
 * about them, and says how many they are. Returns their bytes, newlines included; 0 if the next line
 * must be given to filter_line().
 */
size_t filter_skip(
    struct filter *f, struct slice rest, struct instant now, bool live, size_t *lines);
void filter_end_block(struct filter *f);

/*
 * Takes one line, without its newline, as raw bytes.
 * live   false while old content is read at the start ("not in operation" in fail2ban's words)
 */
enum filter_result filter_line(
    struct filter *f, struct slice line, struct instant now, bool live);

/* The last date that was found in a line, however old. False if there was none yet. */
bool filter_last_date(const struct filter *f, struct instant *when);

/* The same for a line whose moment is known from elsewhere (journal, packets), and is written as date in ASCII. */
enum filter_result filter_dated_line(struct filter *f, struct slice date, struct slice text,
    struct instant when, struct instant now);

#endif
