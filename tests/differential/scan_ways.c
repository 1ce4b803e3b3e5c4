/*
 * Every filter of a folder on the lines of a log, three times: as f2b reads logs, many lines at a time;
 * as a second jail does, which is told what the first found; and line by line without any shortcut. As a
 * jail does, live or not, and as f2b-regex does. Prints how many failures and how many lines passed over
 * there were; what differs, and exits with 1 if anything does.
 *
 * scan_ways CONFIG LOG, where CONFIG has filter.d
 */
#include "config/filterfile.h"
#include "scan/filter.h"
#include "util/mem.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define BLOCK_BYTES ((size_t)256 * 1024)

enum mode { OLD_LINES, LIVE_LINES, TOOL, MODES };

struct way {
	struct filter_sink sink;
	struct filter *filter;
	struct buf told;
	uint64_t failures, skipped;
};

static void
on_failure(struct filter_sink *sink, const struct door_failure *f)
{
	struct way *w = (struct way *)sink;

	w->failures++;
	buf_printf(&w->told, "%d %.*s %lld %u", (int)f->kind, SLICE_ARG(f->id),
	    (long long)f->when.us, f->regex);
	for (size_t i = 0; i < f->line_count; i++)
		buf_printf(&w->told, " | %.*s<%.*s>%.*s", SLICE_ARG(f->lines[i].before),
		    SLICE_ARG(f->lines[i].date), SLICE_ARG(f->lines[i].after));
	for (size_t i = 0; i < f->attr_count; i++)
		buf_printf(&w->told, " %.*s=%.*s", SLICE_ARG(f->attrs[i].name),
		    SLICE_ARG(f->attrs[i].absent ? SLICE_EMPTY : f->attrs[i].value));
	buf_add_char(&w->told, '\n');
}

static void
on_prefix(struct filter_sink *sink, const struct door_attr *attrs, size_t attr_count)
{
	struct way *w = (struct way *)sink;

	buf_printf(&w->told, "prefix %zu", attr_count);
	for (size_t i = 0; i < attr_count; i++)
		buf_printf(
		    &w->told, " %.*s", SLICE_ARG(attrs[i].absent ? SLICE_EMPTY : attrs[i].value));
	buf_add_char(&w->told, '\n');
}

static void
ignore_message(
    struct diag_sink *sink, enum diag_level level, const char *module, const struct diag *d)
{
	(void)sink;
	(void)level;
	(void)module;
	(void)d;
}

static void
add_regexes(struct filter *f, enum filter_regexes which, const struct filterfile_regexes *list)
{
	for (size_t i = 0; i < list->count; i++)
		(void)filter_add_regex(f, which, list->v[i].text, list->v[i].at, NULL);
}

/* False for a file that is no filter by itself. */
static bool
way_init(struct way *w, const char *config, struct slice name, bool shortcuts, enum mode mode)
{
	struct arena a = {0};
	struct diag_sink sink = {ignore_message};
	struct load load = {
	    .arena = &a, .sink = &sink, .dir = slice_cstr(config), .during = SLICE_EMPTY};
	struct section none = {0};
	struct filterfile file = {0};
	uint64_t maxlines;
	bool good;

	*w = (struct way){
	    .sink = {.failure = on_failure, .prefix = mode == TOOL ? on_prefix : NULL}};
	w->filter = filter_new(&w->sink);
	buf_init(&w->told, (size_t)1 << 30);
	filter_set_dns(w->filter, FILTER_DNS_RAW);
	filter_set_check_all(w->filter, mode == TOOL);
	filter_set_findtime(w->filter, SPAN_S(INT64_C(100) * 366 * 86400));
	good = filterfile_read(
		   &load, arena_printf(&a, "filter.d/%.*s", SLICE_ARG(name)), &none, &file) == 0 &&
	       file.fail.count > 0;
	if (good && slice_u64(file.maxlines.text, DOOR_LINES_MAX, &maxlines) == 0)
		(void)filter_set_maxlines(w->filter, (size_t)maxlines);
	if (good && file.prefregex.text.n > 0)
		(void)filter_set_prefregex(w->filter, file.prefregex.text, (struct place){0}, NULL);
	if (good && file.datepattern.text.n > 0)
		(void)filter_set_datepattern(
		    w->filter, file.datepattern.text, (struct place){0}, NULL);
	add_regexes(w->filter, FILTER_FAIL, &file.fail);
	add_regexes(w->filter, FILTER_IGNORE, &file.ignore);
	filter_set_prefilter(w->filter, shortcuts);
	arena_done(&a);
	return good;
}

static void
way_done(struct way *w)
{
	filter_free(w->filter);
	buf_done(&w->told);
}

/* As the server takes a block of a file. */
static void
take_block(struct way *w, struct slice block, struct filter_memo *memo, struct instant now, bool live)
{
	struct slice line;

	(void)filter_begin_block(w->filter, block, memo);
	for (;;) {
		size_t lines = 0, n = filter_skip(w->filter, block, now, live, &lines);

		w->skipped += lines;
		block = slice_from(block, n);
		if (!slice_next(&block, '\n', &line))
			break;
		(void)filter_line(w->filter, line, now, live);
	}
	filter_end_block(w->filter);
}

static void
take_lines(struct way *w, struct slice lines, struct instant now, bool live)
{
	struct slice line;

	while (slice_next(&lines, '\n', &line))
		(void)filter_line(w->filter, line, now, live);
}

/* The first bytes of log that are whole lines, and about a block. */
static struct slice
first_block(struct slice log)
{
	struct slice block = slice_upto(log, BLOCK_BYTES);

	while (block.n > 0 && block.n < log.n && block.p[block.n - 1] != '\n')
		block.n--;
	return block.n > 0 ? block : log;
}

static void
show_difference(const char *name, const char *how, struct slice a, struct slice b)
{
	struct slice one = SLICE_EMPTY, other = SLICE_EMPTY;

	while (slice_eq(one, other) && (a.n > 0 || b.n > 0)) {
		one = other = SLICE_EMPTY;
		(void)slice_next(&a, '\n', &one);
		(void)slice_next(&b, '\n', &other);
	}
	(void)printf("%s differs:\n %-8s %.*s\n singly   %.*s\n", name, how, SLICE_ARG(one),
	    SLICE_ARG(other));
}

static bool
tell_same(const char *name, const char *how, const struct way *w, const struct way *singly)
{
	struct slice a = buf_slice(&w->told), b = buf_slice(&singly->told);

	if (slice_eq(a, b))
		return true;
	show_difference(name, how, a, b);
	return false;
}

/* Returns whether all ways told the same. */
static bool
compare(const char *config, struct slice name, struct slice log, struct instant now, enum mode mode,
    uint64_t totals[2])
{
	bool live = mode == LIVE_LINES;
	struct way together, told, singly;
	struct filter_memo *memo;
	bool same;

	if (!way_init(&together, config, name, true, mode)) {
		way_done(&together);
		return true;
	}
	(void)way_init(&told, config, name, true, mode);
	(void)way_init(&singly, config, name, false, mode);
	memo = filter_memo_new();
	for (struct slice rest = log, block; rest.n > 0; rest = slice_from(rest, block.n)) {
		block = first_block(rest);
		filter_memo_clear(memo);
		take_block(&together, block, memo, now, live);
		take_block(&told, block, memo, now, live);
		take_lines(&singly, block, now, live);
	}
	same = tell_same(name.p, "together", &together, &singly);
	same = tell_same(name.p, "told", &told, &singly) && same;
	totals[0] += together.failures;
	totals[1] += together.skipped;
	filter_memo_free(memo);
	way_done(&together);
	way_done(&told);
	way_done(&singly);
	return same;
}

static struct slice
read_log(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *p = NULL;
	size_t n = 0, got = 1;

	while (f != NULL && got > 0) {
		p = mem_grow(p, n + BLOCK_BYTES, 1);
		got = fread(p + n, 1, BLOCK_BYTES, f);
		n += got;
	}
	if (f == NULL || ferror(f) != 0) {
		perror(path);
		exit(2);
	}
	(void)fclose(f);
	return slice_of(p, n);
}

/* When the log was written: then its lines are live, however long the filters before took. */
static struct instant
written(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? INSTANT_S(st.st_mtime) : time_now();
}

int
main(int argc, char **argv)
{
	static const char *const names[MODES] = {"old lines", "live lines", "as f2b-regex"};
	uint64_t totals[MODES][2] = {0};
	size_t filters = 0, bad = 0;
	struct instant now;
	struct slice log;
	char *pattern;
	glob_t found;

	if (argc != 3) {
		(void)fprintf(stderr, "usage: scan_ways CONFIG LOG\n");
		return 2;
	}
	log = read_log(argv[2]);
	now = written(argv[2]);
	if (asprintf(&pattern, "%s/filter.d/*.conf", argv[1]) < 0 ||
	    glob(pattern, 0, NULL, &found) != 0)
		return 2;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *name = strrchr(found.gl_pathv[i], '/') + 1;

		name[strlen(name) - strlen(".conf")] = '\0';
		for (int mode = 0; mode < MODES; mode++)
			bad += !compare(argv[1], slice_cstr(name), log, now, (enum mode)mode,
			    totals[mode]);
		filters++;
	}
	(void)printf("%zu filters, %zu times there are differences\n", filters, bad);
	for (int mode = 0; mode < MODES; mode++) {
		(void)printf("%s: %llu failures, %llu lines passed over\n", names[mode],
		    (unsigned long long)totals[mode][0], (unsigned long long)totals[mode][1]);
		bad += totals[mode][0] == 0 || totals[mode][1] == 0;
	}
	globfree(&found);
	free(pattern);
	mem_free((char *)(uintptr_t)log.p);
	return bad > 0;
}
