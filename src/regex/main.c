#include "client/cmdline.h"
#include "regex/blocks.h"
#include "regex/entries.h"
#include "regex/explain.h"
#include "regex/json.h"
#include "regex/options.h"
#include "regex/output.h"
#include "regex/progress.h"
#include "regex/report.h"
#include "regex/resolve.h"
#include "regex/show.h"
#include "regex/subject.h"
#include "scan/encoding.h"
#include "util/escape.h"
#include "util/list.h"
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Lines of a text given as LOG that are shown. */
#define SHOWN_LINES_MAX 5

#define FEW_BYTES 1000

/* A run over a log. */
struct run {
	struct filter_sink sink;
	const struct options *o;
	struct subject subject;
	struct report *report;
	struct json *json; /* or NULL */
	struct progress progress;
	struct encoding *encoding; /* for lines that are shown without the filter's help */
	struct newline newline; /* of LOG */
	struct entries_sink entries;
	struct instant now;
	bool journal; /* LOG is the journal */
	bool ascii;   /* the lines at hand are plain ASCII, and mean what they say */
	/* Of the line that is being read: */
	size_t hit_count;
	size_t first_regex;
	bool nofail, unknown, limit;
	struct buf ids; /* of failures, for --explain */
};

static struct run *
run_of(struct filter_sink *sink)
{
	return (struct run *)sink;
}

static void
take_hit(struct run *run, const struct hit *hit, bool nofail)
{
	struct buf b;

	report_hit(run->report, hit, run->hit_count > 1);
	if (run->hit_count++ == 0)
		run->first_regex = hit->failure->regex;
	if (run->json != NULL)
		json_hit(run->json, hit, nofail);
	if (!nofail && run->o->explain) {
		if (run->ids.n > 0)
			buf_add_cstr(&run->ids, ", ");
		escape_format(&run->ids, hit->id);
	}
	if (nofail || run->o->out == NULL || run->o->invert)
		return;
	buf_init(&b, SHOW_MAX_BYTES);
	output_hit(&b, run->o->out, hit);
	show_raw(buf_slice(&b));
	buf_done(&b);
}

/* A failure, once for each address if its name has several, and not at all if it has none. */
static void
take_failure(struct run *run, const struct door_failure *f, bool nofail)
{
	bool dated = f->when.us != FILTER_NO_DATE;
	struct hit hit = {
	    .id = f->id, .failure = f, .dated = dated, .when = dated ? f->when : run->now};
	const struct addr *addrs;
	char text[ADDR_TEXT_MAX];
	size_t count;

	if (f->kind != DOOR_NAME) {
		take_hit(run, &hit, nofail);
	} else {
		count = resolve_name(f->id, &addrs);
		for (size_t i = 0; i < count; i++) {
			hit.id = addr_text(&addrs[i], text);
			take_hit(run, &hit, nofail);
		}
	}
	for (size_t i = 0; run->hit_count > 0 && i + 1 < f->line_count; i++)
		report_found_late(run->report, &f->lines[i], f->regex);
}

static void
on_failure(struct filter_sink *sink, const struct door_failure *failure)
{
	take_failure(run_of(sink), failure, false);
}

static void
on_nofail(struct filter_sink *sink, const struct door_failure *match)
{
	run_of(sink)->nofail = true;
	take_failure(run_of(sink), match, true);
}

/* Counted as a match, but there is nobody to print. */
static void
on_unknown(struct filter_sink *sink, const struct door_failure *match)
{
	struct door_failure nobody = *match;

	nobody.id = SLICE("None");
	run_of(sink)->unknown = true;
	take_failure(run_of(sink), &nobody, true);
}

static void
on_prefix(struct filter_sink *sink, const struct door_attr *attrs, size_t attr_count)
{
	report_prefix(run_of(sink)->report, attrs, attr_count);
}

/* A line on its way through the filter. */
struct reading {
	struct slice date, text; /* date: of an entry of the journal; else empty */
	const struct instant *when; /* likewise; else NULL */
	struct span begin;
	uint64_t passed_over;
};

static void
explain(const struct run *run, const struct reading *l, enum filter_result result)
{
	struct explain_outcome outcome = {
	    .result = result,
	    .nofail = run->nofail,
	    .unknown = run->unknown,
	    .limit = run->limit,
	    .failures = buf_slice(&run->ids),
	    .date = l->date,
	};
	struct buf b;

	buf_init(&b, SHOW_MAX_BYTES);
	explain_line(&b, &run->subject, l->text, run->now, &outcome, isatty(STDOUT_FILENO) != 0,
	    run->o->verbose > 0);
	(void)fwrite(b.p, 1, b.n, stdout); /* escaped where it needs to be */
	buf_done(&b);
}

static enum report_class
class_of(const struct run *run, enum filter_result result)
{
	if (result == FILTER_IGNORED || run->nofail)
		return REPORT_IGNORED;
	return run->hit_count > 0 ? REPORT_MATCHED : REPORT_MISSED;
}

/* A line that nobody failed in, as if nobody had, at the last date that was seen: for -i. */
static void
show_inverted(const struct run *run, const struct reading *l, struct slice whole)
{
	const struct door_attr nobody = {.name = SLICE("fid"), .value = SLICE_EMPTY};
	const struct door_line line = {.after = whole};
	const struct door_failure failure = {.kind = DOOR_TEXT,
	    .id = SLICE_EMPTY,
	    .lines = &line,
	    .line_count = 1,
	    .attrs = &nobody,
	    .attr_count = 1};
	struct hit hit = {.id = SLICE_EMPTY, .failure = &failure};
	struct buf b;

	hit.dated = l->when != NULL || filter_last_date(run->subject.filter, &hit.when);
	if (!hit.dated)
		hit.when = run->now;
	else if (l->when != NULL)
		hit.when = *l->when;
	buf_init(&b, SHOW_MAX_BYTES);
	output_hit(&b, run->o->out, &hit);
	show_raw(buf_slice(&b));
	buf_done(&b);
}

static void
begin_line(struct run *run, struct reading *l)
{
	run->hit_count = 0;
	run->nofail = run->unknown = false;
	buf_clear(&run->ids);
	l->passed_over = filter_passed_over(run->subject.filter);
	if (run->json != NULL)
		l->begin = time_cpu();
}

/* whole is the line with its date. */
static void
end_line(struct run *run, const struct reading *l, struct slice whole, enum filter_result result)
{
	enum report_class class = class_of(run, result);

	if (run->json != NULL)
		report_cost(run->report, (struct span){time_cpu().us - l->begin.us});
	run->limit = filter_passed_over(run->subject.filter) > l->passed_over;
	report_line(run->report, class, whole, run->first_regex);
	if (run->o->explain)
		explain(run, l, result);
	if (run->o->out != NULL && run->o->invert && class != REPORT_MATCHED)
		show_inverted(run, l, whole);
}

static struct slice
decode(struct run *run, struct slice line)
{
	struct decoded decoded;

	encoding_decode(run->encoding, line, &decoded);
	return decoded.text;
}

/* True for one that fail2ban leaves out. */
static bool
no_line(struct run *run, struct slice line)
{
	struct slice text = newline_wide(run->newline) ? decode(run, line) : line;

	return text.n == 0 || text.p[0] == '#';
}

static struct slice
without_return(struct run *run, struct slice line)
{
	if (newline_wide(run->newline))
		return newline_trim(run->newline, line);
	return line.n > 0 && line.p[line.n - 1] == '\r' ? slice_upto(line, line.n - 1) : line;
}

static void
read_line(struct run *run, struct slice line)
{
	struct reading l = {0};
	enum filter_result result;

	line = without_return(run, line);
	if (no_line(run, line))
		return;
	begin_line(run, &l);
	result = filter_line(run->subject.filter, line, run->now, false);
	l.text = run->ascii ? line : decode(run, line);
	end_line(run, &l, l.text, result);
}

static void
read_entry(struct entries_sink *sink, const struct journal_entry *e)
{
	struct run *run = LIST_ITEM(sink, struct run, entries);
	struct reading l = {0};
	struct buf whole;
	enum filter_result result;

	l.date = e->date;
	l.when = &e->when;
	l.text = decode(run, e->text);
	begin_line(run, &l);
	result = filter_dated_line(run->subject.filter, l.date, l.text, e->when, time_now());
	buf_init(&whole, SHOW_MAX_BYTES);
	buf_add(&whole, l.date);
	buf_add(&whole, l.text);
	end_line(run, &l, buf_slice(&whole), result);
	buf_done(&whole);
}

/* True if each missed line is told of by itself. */
static bool
tells_missed(const struct run *run)
{
	const struct options *o = run->o;

	return o->explain || o->json || (o->out != NULL && o->invert) ||
	       !report_counts_missed(run->report);
}

/* Takes lines that only count off the beginning of lines, many at a time. */
static struct slice
skip_missed(struct run *run, struct slice lines)
{
	size_t count = 0, n;

	if (tells_missed(run))
		return lines;
	n = filter_skip(run->subject.filter, lines, run->now, false, &count);
	report_missed(run->report, count);
	return slice_from(lines, n);
}

static void
read_wide_lines(struct run *run, struct slice lines)
{
	size_t start, end;

	run->now = time_now();
	for (; newline_find(run->newline, lines, 0, &start, &end); lines = slice_from(lines, end))
		read_line(run, slice_upto(lines, start));
	if (lines.n > 0)
		read_line(run, lines);
}

/* Lines that lie one behind the other. */
static void
read_lines(struct run *run, struct slice lines)
{
	struct slice line;

	run->now = time_now();
	run->ascii = filter_begin_block(run->subject.filter, lines, NULL);
	while (lines = skip_missed(run, lines), slice_next(&lines, '\n', &line))
		read_line(run, line);
	filter_end_block(run->subject.filter);
	run->ascii = false;
}

static int
cannot_read(const char *path, int r)
{
	show("ERROR: ");
	show_raw(slice_cstr(path));
	show(": %s\n", strerror(-r));
	return r;
}

/* So little is searched sooner than prepared for. */
static void
prepare(struct run *run, uint64_t bytes)
{
	filter_set_prefilter(run->subject.filter, bytes > FEW_BYTES);
}

static int
read_file(struct run *run, const char *path)
{
	struct slice lines;
	struct blocks blocks;
	uint64_t done = 0;
	struct stat st = {0};
	int r = blocks_open(&blocks, path, run->newline);

	if (r < 0)
		return cannot_read(path, r);
	if (fstat(blocks.fd, &st) == 0 && S_ISREG(st.st_mode))
		prepare(run, (uint64_t)st.st_size);
	progress_init(&run->progress, (uint64_t)st.st_size, run->o->out == NULL && !run->o->explain);
	while ((r = blocks_next(&blocks, &lines)) > 0) {
		progress_step(&run->progress, done += lines.n);
		if (newline_wide(run->newline))
			read_wide_lines(run, lines);
		else
			read_lines(run, lines);
	}
	progress_clear(&run->progress);
	blocks_close(&blocks);
	return r < 0 ? cannot_read(path, r) : 0;
}

static void
read_text(struct run *run, struct slice text)
{
	prepare(run, text.n);
	if (filter_maxlines(run->subject.filter) <= 1 && slice_find_char(text, '\n', 0) < 0)
		read_line(run, text);
	else
		read_lines(run, text);
}

static void
show_text_line(struct slice line)
{
	struct buf b;

	buf_init(&b, SHOW_MAX_BYTES);
	show_short(&b, line);
	buf_add_char(&b, '\n');
	show_raw(buf_slice(&b));
	buf_done(&b);
}

static void
show_text(const struct run *run, struct slice text)
{
	size_t count = 1;
	struct slice line;

	if (filter_maxlines(run->subject.filter) <= 1 && slice_find_char(text, '\n', 0) < 0) {
		show("Use      single line : ");
		show_text_line(text);
		return;
	}
	/* what is behind the last newline is a line too, even if it is empty */
	for (size_t i = 0; i < text.n; i++)
		count += text.p[i] == '\n';
	show("Use      multi line : %zu line(s)\n", count);
	for (size_t i = 0; i < SHOWN_LINES_MAX && i < count; i++) {
		if (!slice_next(&text, '\n', &line))
			line = SLICE_EMPTY;
		show("|  %zu: ", i + 1);
		show_text_line(line);
	}
	if (count > SHOWN_LINES_MAX)
		show("| ...\n");
	show("`-\n");
}

static bool
is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

static void
show_log(const struct run *run)
{
	const char *log = run->o->log;

	if (run->journal) {
		show("Use         systemd journal\n");
	} else if (is_file(log)) {
		show("Use         log file : ");
		show_raw(slice_cstr(log));
		show("\n");
	} else {
		show_text(run, slice_cstr(log));
		return;
	}
	show("Use         encoding : %s\n", run->o->encoding != NULL ? run->o->encoding : "UTF-8");
}

static int
read_entries(struct run *run, struct slice match, struct diag *d)
{
	if (match.n > 0 && !run->o->quiet) {
		show("Use    journal match : ");
		show_raw(match);
		show("\n");
	}
	run->entries = (struct entries_sink){read_entry};
	return entries_read(slice_cstr(run->o->log), match, &run->entries, d);
}

static int
read_journal(struct run *run)
{
	struct slice given = run->o->journalmatch != NULL ? slice_cstr(run->o->journalmatch)
							  : run->subject.journalmatch;
	struct buf match;
	struct diag d;
	char text[2300];
	int r;

	diag_init(&d);
	buf_init(&match, SHOW_MAX_BYTES);
	r = entries_match(&match, given, &d);
	if (r == 0)
		r = read_entries(run, buf_slice(&match), &d);
	if (r < 0)
		show("ERROR: %s\n", diag_format(&d, text, sizeof(text)));
	buf_done(&match);
	return r;
}

static int
run_log(struct run *run)
{
	struct mono start = time_mono();
	int r = 0;

	run->now = time_now();
	if (!run->o->quiet)
		show_log(run);
	if (run->journal)
		r = read_journal(run);
	else if (is_file(run->o->log))
		r = read_file(run, run->o->log);
	else
		read_text(run, slice_cstr(run->o->log));
	if (r == 0 && run->json != NULL)
		json_show(run->json, run->report, mono_since(time_mono(), start));
	if (r == 0 && !run->o->quiet)
		report_show(run->report, mono_since(time_mono(), start));
	return r;
}

static int
run_all(struct run *run)
{
	const struct options *o = run->o;
	struct slice encoding = slice_cstr(o->encoding != NULL ? o->encoding : "auto");
	int r;

	if (!o->quiet)
		show("\nRunning tests\n=============\n\n");
	r = subject_load(&run->subject, o, &run->sink);
	if (r < 0)
		return r;
	if (!run->journal && !is_file(o->log)) {
		/* A text is the terminal's, whatever a log would be. */
		encoding = SLICE("auto");
		(void)filter_set_encoding(run->subject.filter, encoding, NULL); /* or it stays what was asked for */
	}
	run->newline = filter_newline(run->subject.filter);
	/* Entries of the journal are UTF-8, and shown repaired where they are not. */
	if (run->journal || encoding_new(&run->encoding, encoding, NULL) < 0)
		run->encoding = encoding_utf8();
	run->report = report_new(o, &run->subject);
	run->json = o->json ? json_new() : NULL;
	return run_log(run);
}

static bool
set_log_level(const struct options *o)
{
	int level = LEVEL_CRITICAL;

	if (o->log_level != NULL)
		level = log_level_parse(slice_cstr(o->log_level));
	if (level < 0) {
		show("ERROR: Invalid log level '%s'\n", o->log_level);
		return false;
	}
	log_set_level(level);
	return true;
}

int
main(int argc, char **argv)
{
	struct run run = {.sink = {.failure = on_failure,
			      .prefix = on_prefix,
			      .nofail = on_nofail,
			      .unknown = on_unknown}};
	struct options o;
	int r, status;

	mem_populate_heap();
	if (!options_parse(&o, argc, argv, &status))
		return cmdline_finish(status);
	if (!set_log_level(&o))
		return OPTIONS_FAILED;
	run.o = &o;
	run.sink.prefix_attrs = o.verbose > 0;
	run.journal = entries_named(o.log);
	buf_init(&run.ids, SHOW_MAX_BYTES);
	r = run_all(&run);
	status = r == -EBADMSG ? OPTIONS_NO_REGEX : r < 0 ? OPTIONS_FAILED : 0;
	report_free(run.report);
	json_free(run.json);
	buf_done(&run.ids);
	encoding_free(run.encoding);
	subject_done(&run.subject);
	return cmdline_finish(status);
}
