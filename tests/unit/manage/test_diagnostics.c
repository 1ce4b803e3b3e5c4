/*
 * Every diagnostic of a configuration: files that are wrong, and all that "check" says of them. A
 * new one is one row of diagnostics_rows.h and one of docs/diagnostics.md; each must fit the other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "manage/check.h"
#include "config/include.h"
#include "control/check.h"
#include "tests/unit/scratch.h"
#include "value/value_json.h"

#define FILES_MAX 4
#define LINES_MAX 4

enum make { MAKE_NOTHING, MAKE_DIR, MAKE_FIFO, MAKE_LOOP };

/* Who says it: "check"; "check" of a folder below; a load of all jails, or of one, as at a reload; a
 * client's command to the server. The word is the folder, the jail or the command. */
enum said { SAID_BY_CHECK, SAID_OF_FOLDER, SAID_BY_LOAD, SAID_OF_JAIL, SAID_OF_COMMAND };

/* What stands there in place of the usual files; a text that is NULL: no such file. */
struct row {
	struct {
		const char *name, *text;
	} files[FILES_MAX];
	const char *expected[LINES_MAX]; /* all lines with a place; @ROOT@ is the folder */
	struct {
		enum make what;
		const char *name;
	} make;
	enum said said;
	const char *word;
	bool last; /* of many lines only the last is expected */
};

static const struct row rows[] = {
#include "diagnostics_rows.h"
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static const struct row usual = {{
    {"fail2ban.conf", "[Definition]\nloglevel = INFO\ndbpurgeage = 1d\n"},
    {"jail.conf", "[DEFAULT]\nbackend = polling\nlogpath = /dev/null\n[j]\nenabled = true\n"
		  "filter = f\naction = a\n"},
    {"filter.d/f.conf", "[Definition]\nfailregex = ^a <HOST>$\n"},
    {"action.d/a.conf", "[Definition]\nactionban = echo <ip>\n"},
}};

/* As long as the one that the rows were written with: messages count bytes. */
static char root[] = "/tmp/f2b-test-diag-XXXXXX";

/* Copies text with "from" replaced by "to". */
static void
add_replaced(struct buf *out, const char *text, const char *from, const char *to)
{
	struct slice rest = slice_cstr(text);
	ptrdiff_t at;

	while ((at = slice_find(rest, slice_cstr(from), 0)) >= 0) {
		buf_add(out, slice_upto(rest, (size_t)at));
		buf_add_cstr(out, to);
		rest = slice_from(rest, (size_t)at + strlen(from));
	}
	buf_add(out, rest);
}

/* "@3*o#=1 @" stands for "o0=1 o1=1 o2=1 ". Adds the first of them that is in rest. */
static void
add_repeated(struct buf *out, struct slice *rest)
{
	ptrdiff_t star = slice_find_char(*rest, '*', 0), end = slice_find_char(*rest, '@', 1);
	struct slice body = slice_of(rest->p + star + 1, (size_t)(end - star) - 1);
	uint64_t count = 0;
	char number[24];

	assert_true(star > 0 && end > star);
	assert_int_equal(slice_u64(slice_of(rest->p + 1, (size_t)star - 1), UINT32_MAX, &count), 0);
	for (uint64_t i = 0; i < count; i++) {
		(void)snprintf(number, sizeof(number), "%llu", (unsigned long long)i);
		for (size_t k = 0; k < body.n; k++)
			if (body.p[k] == '#')
				buf_add_cstr(out, number);
			else
				buf_add_char(out, body.p[k]);
	}
	*rest = slice_from(*rest, (size_t)end + 1);
}

static void
add_text(struct buf *out, const char *text)
{
	struct slice rest = slice_cstr(text);
	ptrdiff_t at;

	while ((at = slice_find_char(rest, '@', 0)) >= 0) {
		buf_add(out, slice_upto(rest, (size_t)at));
		rest = slice_from(rest, (size_t)at);
		if (rest.n > 1 && char_digit(rest.p[1])) {
			add_repeated(out, &rest);
		} else if (slice_starts(rest, SLICE("@ROOT@"))) {
			buf_add_cstr(out, root);
			rest = slice_from(rest, 6);
		} else {
			buf_add_char(out, '@');
			rest = slice_from(rest, 1);
		}
	}
	buf_add(out, rest);
}

static void
put(const char *name, const char *text)
{
	FILE *f = fopen(scratch_path(root, name), "w");
	struct buf b;

	assert_non_null(f);
	buf_init(&b, (size_t)16 * 1024 * 1024);
	add_text(&b, text);
	assert_false(buf_refused(&b));
	assert_int_equal(fwrite(buf_cstr(&b), 1, b.n, f), b.n);
	assert_int_equal(fclose(f), 0);
	buf_done(&b);
}

static void
put_files(const struct row *row)
{
	for (size_t i = 0; i < FILES_MAX && row->files[i].name != NULL; i++) {
		if (row->files[i].text != NULL)
			put(row->files[i].name, row->files[i].text);
		else
			(void)unlink(scratch_path(root, row->files[i].name));
	}
}

static void
make(const struct row *row)
{
	const char *name = row->make.name;

	if (row->make.what == MAKE_NOTHING)
		return;
	(void)unlink(scratch_path(root, name));
	if (row->make.what == MAKE_DIR)
		assert_int_equal(mkdir(scratch_path(root, name), 0700), 0);
	else if (row->make.what == MAKE_FIFO)
		assert_int_equal(mkfifo(scratch_path(root, name), 0600), 0);
	else
		assert_int_equal(symlink(strrchr(scratch_path(root, name), '/') + 1, scratch_path(root, name)), 0);
}

static void
clear(void)
{
	assert_int_equal(scratch_clear(root), 0);
}

static void
prepare(const struct row *row)
{
	static const char *const folders[] = {"filter.d", "action.d", "jail.d"};

	for (size_t i = 0; i < 3; i++)
		assert_int_equal(mkdir(scratch_path(root, folders[i]), 0700), 0);
	put_files(&usual);
	put_files(row);
	make(row);
}

/* Takes also what only sums up other messages, and is left out of a list of all. */
struct take_all {
	struct diag_sink sink;
	struct findings *all;
};

static void
take_any(struct diag_sink *sink, enum diag_level level, const char *module, const struct diag *d)
{
	struct findings *all = ((struct take_all *)sink)->all;

	(void)module;
	all->sink.take(&all->sink, level, "", d);
}

static void
load(struct diag_sink *sink, struct slice jail)
{
	struct config_request req = {.dir = root, .jail = jail};
	struct config *config;

	if (config_load(&config, &req, sink) == 0)
		config_free(config);
}

/* The words are separated by blanks. */
static void
try_command(struct diag_sink *sink, const char *words)
{
	struct arena a = {0};
	struct value *command = value_list(&a);
	struct slice rest = slice_cstr(words), word;

	while (slice_next(&rest, ' ', &word))
		value_add(&a, command, value_text(&a, word));
	assert_int_equal(command_check(value_add(&a, value_list(&a), command), sink), 1);
	arena_done(&a);
}

static void
say(const struct row *row, struct findings *all)
{
	struct take_all any = {{take_any}, all};
	struct config_request req = {.dir = root};

	if (row->said == SAID_OF_FOLDER)
		req.dir = scratch_path(root, row->word);
	if (row->said == SAID_BY_LOAD)
		load(&any.sink, (struct slice){0});
	else if (row->said == SAID_OF_JAIL)
		load(&any.sink, slice_cstr(row->word));
	else if (row->said == SAID_OF_COMMAND)
		try_command(&any.sink, row->word);
	else
		check_find(all, &req);
}

/* What is printed, with files named as in the rows. */
static void
find(const struct row *row, struct findings *all, struct buf *out)
{
	struct buf text, slash;
	char with_slash[sizeof(root) + 1];

	(void)snprintf(with_slash, sizeof(with_slash), "%s/", root);
	findings_init(all);
	say(row, all);
	buf_init(&text, (size_t)1024 * 1024);
	buf_init(&slash, (size_t)1024 * 1024);
	findings_text(all, &text);
	add_replaced(&slash, buf_cstr(&text), with_slash, "");
	add_replaced(out, buf_cstr(&slash), root, "@ROOT@");
	buf_done(&text);
	buf_done(&slash);
}

/* The next line that is about a finding, not about how it came there; false at the end. */
static bool
next_line(struct slice *rest, struct slice *line)
{
	while (slice_next(rest, '\n', line) && rest->n > 0)
		if (!slice_starts(*line, SLICE("  ")))
			return true;
	return false;
}

/* The lines of the output that are about findings. Returns how many; all may be more than max. */
static size_t
finding_lines(const struct row *row, struct slice rest, struct slice *lines, size_t max)
{
	struct slice line;
	size_t n = 0;

	/* The last line, which counts, is not among them. */
	while (next_line(&rest, &line) && rest.n > 0) {
		if (row->last)
			n = 0;
		if (n < max)
			lines[n] = line;
		n++;
	}
	return n;
}

static void
check_row(size_t i)
{
	const struct row *row = &rows[i];
	struct slice lines[LINES_MAX];
	struct findings all;
	struct buf out;
	size_t n;

	prepare(row);
	buf_init(&out, (size_t)1024 * 1024);
	find(row, &all, &out);
	n = finding_lines(row, buf_slice(&out), lines, LINES_MAX);
	for (size_t k = 0; k < LINES_MAX; k++) {
		const char *wanted = row->expected[k];

		if ((wanted != NULL) != (k < n) ||
		    (wanted != NULL && !slice_eq(lines[k], slice_cstr(wanted))))
			fail_msg("row %zu says:\n%s\nexpected:\n%s", i, buf_cstr(&out),
			    wanted != NULL ? wanted : "no more");
	}
	assert_true(n <= LINES_MAX);
	buf_done(&out);
	findings_done(&all);
	clear();
}

static void
each_is_said_with_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROW_COUNT; i++)
		check_row(i);
}

/* ---- the page of diagnostics ---- */

#define ANY SLICE("…")

/* Whether text begins as pattern does, in which … stands for anything. */
static bool
fits(struct slice pattern, struct slice text)
{
	ptrdiff_t any = slice_find(pattern, ANY, 0);
	struct slice begin = any < 0 ? pattern : slice_upto(pattern, (size_t)any);

	if (!slice_starts(text, begin))
		return false;
	if (any < 0)
		return true;
	pattern = slice_from(pattern, (size_t)any + ANY.n);
	for (size_t i = begin.n; i <= text.n; i++)
		if (fits(pattern, slice_from(text, i)))
			return true;
	return false;
}

/* The text of the next table row of the page that begins with one in backticks. */
static bool
next_text(struct slice *rest, struct slice *text)
{
	struct slice line;

	while (slice_next(rest, '\n', &line)) {
		ptrdiff_t end = slice_find(line, SLICE("` |"), 0);

		if (slice_starts(line, SLICE("| `")) && end > 3) {
			*text = slice_of(line.p + 3, (size_t)end - 3);
			return true;
		}
	}
	return false;
}

/* A line without its place and level. */
static struct slice
message_of(const char *expected)
{
	struct slice s = slice_cstr(expected);
	ptrdiff_t at = slice_find(s, SLICE("error: "), 0);

	if (at >= 0)
		return slice_from(s, (size_t)at + 7);
	at = slice_find(s, SLICE("warning: "), 0);
	assert_true(at >= 0);
	return slice_from(s, (size_t)at + 9);
}

static struct slice
read_page(struct arena *a)
{
	struct load l = {.arena = a};
	struct slice page;

	assert_int_equal(include_bytes(&l, F2B_SOURCE_DIR "/docs/diagnostics.md", &page), 0);
	return page;
}

static void
each_stands_on_the_page(void **state)
{
	struct arena a = {0};
	struct slice page = read_page(&a);

	(void)state;
	for (size_t i = 0; i < ROW_COUNT; i++)
		for (size_t n = 0; n < LINES_MAX && rows[i].expected[n] != NULL; n++) {
			struct slice rest = page, text;
			bool found = false;

			while (!found && next_text(&rest, &text))
				found = fits(text, message_of(rows[i].expected[n]));
			if (!found)
				fail_msg("docs/diagnostics.md lacks: %s", rows[i].expected[n]);
		}
	arena_done(&a);
}

static bool
text_is_tested(struct slice text)
{
	for (size_t i = 0; i < ROW_COUNT; i++)
		for (size_t n = 0; n < LINES_MAX && rows[i].expected[n] != NULL; n++)
			if (fits(text, message_of(rows[i].expected[n])))
				return true;
	return false;
}

static void
the_page_says_nothing_else(void **state)
{
	struct arena a = {0};
	struct slice rest = read_page(&a), text;
	size_t n = 0;

	(void)state;
	for (; next_text(&rest, &text); n++)
		if (!text_is_tested(text))
			fail_msg("no row has: %.*s", SLICE_ARG(text));
	assert_true(n > 50);
	arena_done(&a);
}

/* ---- how a finding came where it counts ---- */

static const struct row chained = {{
    {"jail.local", "[INCLUDES]\nbefore = more.conf\n[j]\nmaxretry = %(some)s\n"},
    {"more.conf", "[DEFAULT]\nsome = three\n"},
}};

static void
the_way_is_shown(void **state)
{
	struct findings all;
	struct buf out;

	(void)state;
	prepare(&chained);
	buf_init(&out, 65536);
	find(&chained, &all, &out);
	assert_string_equal(buf_cstr(&out),
	    "more.conf:2:8: error: maxretry: 'three' is not a whole number; write one, as in "
	    "maxretry = 5\n"
	    "    some = three\n"
	    "           ^\n"
	    "  used in jail.local:4:12\n"
	    "    maxretry = %(some)s\n"
	    "               ^\n"
	    "  included from jail.local:2:10\n"
	    "1 error, 0 warnings\n");
	buf_done(&out);
	findings_done(&all);
	clear();
}

static void
programs_get_the_same(void **state)
{
	struct findings all;
	struct buf out, json, shown;

	(void)state;
	prepare(&chained);
	buf_init(&out, 65536);
	buf_init(&json, 65536);
	buf_init(&shown, 65536);
	find(&chained, &all, &out);
	assert_int_equal(value_json_format(&json, findings_value(&all), 0), 0);
	add_replaced(&shown, buf_cstr(&json), root, "@ROOT@");
	assert_string_equal(buf_cstr(&shown),
	    "{\"version\": 1, \"errors\": 1, \"warnings\": 0, \"findings\": [{\"level\": "
	    "\"error\", "
	    "\"file\": \"@ROOT@/more.conf\", \"line\": 2, \"column\": 8, \"source\": \"some = "
	    "three\", \"value\": \"three\", \"text\": \"maxretry: 'three' is not a whole number; write one, as in "
	    "maxretry "
	    "= 5\", \"remedy\": null, \"used_in\": [{\"file\": \"@ROOT@/jail.local\", \"line\": 4, "
	    "\"column\": 12, \"source\": \"maxretry = %(some)s\"}], \"included_from\": [{\"file\": "
	    "\"@ROOT@/jail.local\", \"line\": 2, \"column\": 10, \"source\": null}]}]}");
	buf_done(&out);
	buf_done(&json);
	buf_done(&shown);
	findings_done(&all);
	clear();
}

static int
setup(void **state)
{
	(void)state;
	return mkdtemp(root) == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	clear();
	return rmdir(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_is_said_with_its_place),
	    cmocka_unit_test(each_stands_on_the_page),
	    cmocka_unit_test(the_page_says_nothing_else),
	    cmocka_unit_test(the_way_is_shown),
	    cmocka_unit_test(programs_get_the_same),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
