/* Files in a folder of their own, written, rotated and truncated under the source's eyes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "source/file.h"
#include "source/stream.h"
#include "util/mem.h"
#include "tests/unit/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct world {
	struct source_sink sink;	/* first, for the callbacks */
	uv_loop_t loop;
	uv_timer_t guard;
	bool expired;
	uint64_t deadline; /* of uv_now() */
	struct file_watcher *watcher;
	struct file *file;
	char folder[64];
	struct buf got;	/* lines, each with a newline; those cut have a '!' before it */
	struct buf notes;
	size_t lines, live, again, blocks;
	volatile size_t *seen;	/* lines, for another process; or NULL */
	uint64_t offset;
	size_t close_at, pause_at;	/* the line at which the sink does so; 0 never */
};

static void
on_line(struct source_sink *sink, const struct source_line *line)
{
	struct world *w = (struct world *)sink;

	buf_add(&w->got, line->text);
	buf_add_cstr(&w->got, line->cut ? "!\n" : "\n");
	w->lines++;
	if (w->seen != NULL)
		*w->seen = w->lines;
	w->live += line->live;
	w->again += line->again;
	w->offset = line->offset;
	if (w->lines == w->close_at) {
		file_close(w->file);
		w->file = NULL;
	}
	if (w->lines == w->pause_at)
		file_pause(w->file, true);
}

static void
on_note(struct source_sink *sink, int level, const char *module, const char *text)
{
	struct world *w = (struct world *)sink;

	buf_printf(&w->notes, "%d %s %s\n", level, module, text);
}

static void
on_pause(struct source_sink *sink)
{
	((struct world *)sink)->blocks++;
}

static void
on_guard(uv_timer_t *t)
{
	struct world *w = t->data;

	w->expired = uv_now(&w->loop) >= w->deadline;
}

/* It comes often: a turn of libuv may wait for something else when what we wait for has happened in it. */
static void
guard_start(struct world *w, uint64_t ms)
{
	w->expired = false;
	uv_update_time(&w->loop);
	w->deadline = uv_now(&w->loop) + ms;
	(void)uv_timer_start(&w->guard, on_guard, 20, 20);
}

/* Turns the loop until so many lines have come. */
static void
run_until(struct world *w, size_t lines)
{
	guard_start(w, 100000);
	while (!w->expired && w->lines < lines)
		(void)uv_run(&w->loop, UV_RUN_ONCE);
	assert_int_equal(w->lines, lines);
}

static void
settle(struct world *w)
{
	guard_start(w, 60);
	while (!w->expired)
		(void)uv_run(&w->loop, UV_RUN_ONCE);
}

static const char *
path_of(struct world *w, const char *name)
{
	static char paths[8][PATH_MAX];
	static unsigned turn;
	char *path = paths[turn++ % 8];

	(void)snprintf(path, PATH_MAX, "%s/%s", w->folder, name);
	return path;
}

static void
append(struct world *w, const char *name, const char *text, size_t n)
{
	int fd = open(path_of(w, name), O_WRONLY | O_CREAT | O_APPEND, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), n);
	(void)close(fd);
}

static void
say(struct world *w, const char *name, const char *text)
{
	append(w, name, text, strlen(text));
}

static void
move(struct world *w, const char *from, const char *to)
{
	assert_int_equal(rename(path_of(w, from), path_of(w, to)), 0);
}

static void
open_at(struct world *w, const char *name, enum file_start start,
    const struct file_position *stored, bool polling)
{
	struct diag d;

	diag_init(&d);
	assert_int_equal(file_open(&w->file, w->watcher, slice_cstr(path_of(w, name)), start,
	                     stored, polling, &w->sink, &d),
	    0);
}

static void
expect(struct world *w, const char *text)
{
	assert_string_equal(buf_cstr(&w->got), text);
}

static int
setup(void **state)
{
	struct world *w = MEM_NEW(struct world);

	w->sink = (struct source_sink){.line = on_line, .note = on_note, .pause = on_pause};
	assert_int_equal(uv_loop_init(&w->loop), 0);
	(void)uv_timer_init(&w->loop, &w->guard);
	w->guard.data = w;
	(void)snprintf(w->folder, sizeof(w->folder), "/tmp/f2b-file-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	buf_init(&w->got, 64 * 1024 * 1024);
	buf_init(&w->notes, 1024 * 1024);
	w->watcher = file_watcher_new(&w->loop);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	file_close(w->file);
	file_watcher_free(w->watcher);
	uv_close((uv_handle_t *)&w->guard, NULL);
	(void)uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&w->loop), 0);
	(void)scratch_remove(w->folder);
	buf_done(&w->got);
	buf_done(&w->notes);
	mem_free(w);
	return 0;
}

static void
what_was_there_is_not_live_and_what_comes_is(void **state)
{
	struct world *w = *state;

	say(w, "log", "a\nb\r\n");
	open_at(w, "log", FILE_HEAD, NULL, false);
	assert_int_equal(w->lines, 0);
	run_until(w, 2);
	assert_int_equal(w->live, 0);
	assert_int_equal(w->offset, 5);
	say(w, "log", "c\n");
	run_until(w, 3);
	assert_int_equal(w->live, 1);
	expect(w, "a\nb\nc\n");
}

static void
partial_line_waits_for_its_newline(void **state)
{
	struct world *w = *state;
	struct file_position at;

	say(w, "log", "one\ntw");
	open_at(w, "log", FILE_HEAD, NULL, false);
	run_until(w, 1);
	settle(w);
	file_get_position(w->file, &at);
	assert_int_equal(at.offset, 4);
	say(w, "log", "o");
	settle(w);
	assert_int_equal(w->lines, 1);
	say(w, "log", "\n\nthree\n");
	run_until(w, 4);
	expect(w, "one\ntwo\n\nthree\n");
}

static void
nul_in_line_is_delivered(void **state)
{
	struct world *w = *state;

	append(w, "log", "\0a\0b\n\0\n", 7);
	open_at(w, "log", FILE_HEAD, NULL, false);
	run_until(w, 2);
	assert_memory_equal(w->got.p, "\0a\0b\n\0\n", 7);
}

static void
long_line_is_cut_and_its_rest_skipped(void **state)
{
	struct world *w = *state;
	char piece[1000];
	size_t n = 0;

	memset(piece, 'x', sizeof(piece));
	say(w, "log", "before\n");
	open_at(w, "log", FILE_HEAD, NULL, false);
	run_until(w, 1);
	for (int i = 0; i < 3000; i++) {
		append(w, "log", piece, sizeof(piece));
		if (i % 100 == 0)
			settle(w);
		n += sizeof(piece);
	}
	settle(w);
	assert_int_equal(w->lines, 1);
	say(w, "log", "\nafter\n");
	run_until(w, 3);
	assert_int_equal(w->got.n, 7 + SOURCE_LINE_MAX + 2 + 6);
	assert_memory_equal(w->got.p + 7 + SOURCE_LINE_MAX, "!\nafter\n", 8);
	assert_int_equal(w->offset, 7 + n + 7);
	say(w, "log", "more\n");
	run_until(w, 4);
}

static void
lines_longer_than_a_block_are_whole(void **state)
{
	static const size_t lengths[] = {STREAM_BLOCK - 1, STREAM_BLOCK, STREAM_BLOCK + 1, 3 * STREAM_BLOCK,
	    SOURCE_LINE_MAX - 1, SOURCE_LINE_MAX, SOURCE_LINE_MAX + 1};
	char *line = malloc(SOURCE_LINE_MAX + 3);
	struct world *w = *state;
	size_t lines = 0;

	assert_non_null(line);
	say(w, "log", "");
	open_at(w, "log", FILE_HEAD, NULL, false);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		size_t n = lengths[i] < SOURCE_LINE_MAX ? lengths[i] : SOURCE_LINE_MAX;

		memset(line, 'x', lengths[i]);
		line[0] = 'a';
		line[lengths[i] - 1] = 'z';
		line[lengths[i]] = '\n';
		buf_clear(&w->got);
		append(w, "log", line, lengths[i] + 1);
		say(w, "log", "next\n");
		run_until(w, lines += 2);
		assert_memory_equal(w->got.p, line, n);
		assert_string_equal(buf_cstr(&w->got) + n, lengths[i] > n ? "!\nnext\n" : "\nnext\n");
	}
	free(line);
}

static void
line_of_the_greatest_length_is_whole(void **state)
{
	struct world *w = *state;
	char *text = mem_alloc(SOURCE_LINE_MAX + 2);

	memset(text, 'y', SOURCE_LINE_MAX + 1);
	text[SOURCE_LINE_MAX] = '\n';
	append(w, "log", text, SOURCE_LINE_MAX);
	open_at(w, "log", FILE_HEAD, NULL, false);
	settle(w);
	say(w, "log", "\n");
	run_until(w, 1);
	assert_int_equal(w->got.n, SOURCE_LINE_MAX + 1);
	mem_free(text);
}

/* As of UTF-16: U+010A and U+0A00 have a byte that in ASCII is a newline. */
static void
newline_of_two_bytes_is_told_from_halves_of_others(void **state)
{
	static const struct {
		bool big;
		struct slice text, got, rest;
	} rows[] = {
	    {false, SLICE("a\0\r\0\n\0\x0a\x01\0\x0a" "b\0\n\0"), SLICE("a\0\n\x0a\x01\0\x0a" "b\0\n"),
		SLICE("\n\0y\0\n\0")},
	    {true, SLICE("\0a\0\r\0\n\x01\x0a\x0a\0\0b\0\n"), SLICE("\0a\n\x01\x0a\x0a\0\0b\n"),
		SLICE("\0\n\0y\0\n")},
	};
	static char x[SOURCE_LINE_MAX + 20];
	struct world *w = *state;

	memset(x, 'x', sizeof(x));
	for (size_t i = 0; i < 2; i++) {
		const char *name = i == 0 ? "log" : "log2";

		w->lines = 0;
		buf_clear(&w->got);
		append(w, name, rows[i].text.p, rows[i].text.n - 1);
		open_at(w, name, FILE_HEAD, NULL, false);
		file_set_newline(w->file, (struct newline){2, rows[i].big});
		run_until(w, 1);
		settle(w);
		append(w, name, rows[i].text.p + rows[i].text.n - 1, 1);
		run_until(w, 2);
		assert_int_equal(w->got.n, rows[i].got.n);
		assert_memory_equal(w->got.p, rows[i].got.p, rows[i].got.n);
		/* One that is too long, and one behind it. */
		append(w, name, x, sizeof(x));
		settle(w);
		append(w, name, rows[i].rest.p, rows[i].rest.n);
		run_until(w, 4);
		assert_int_equal(w->got.n, rows[i].got.n + SOURCE_LINE_MAX + 2 + 3);
		file_close(w->file);
		w->file = NULL;
	}
}

static void
rename_rotation_loses_and_repeats_nothing(void **state)
{
	struct world *w = *state;
	struct file_stats stats;

	say(w, "log", "1\n");
	open_at(w, "log", FILE_HEAD, NULL, false);
	run_until(w, 1);
	say(w, "log", "2\n");
	move(w, "log", "log.1");
	say(w, "log.1", "3\n");
	say(w, "log", "5\n");
	say(w, "log.1", "4\n");
	run_until(w, 5);
	expect(w, "1\n2\n3\n4\n5\n");
	say(w, "log.1", "late\n");
	run_until(w, 6);
	say(w, "log", "6\n");
	run_until(w, 7);
	settle(w);
	expect(w, "1\n2\n3\n4\n5\nlate\n6\n");
	file_get_stats(w->file, &stats);
	assert_int_equal(stats.rotations, 1);
	assert_int_equal(stats.lines, 7);
	assert_int_equal(stats.lag_bytes, 0);
	assert_non_null(strstr(buf_cstr(&w->notes), "18 filter Log rotation detected for "));
}

static void
rotation_that_is_undone_repeats_nothing(void **state)
{
	struct world *w = *state;

	say(w, "log", "1\n");
	open_at(w, "log", FILE_HEAD, NULL, false);
	run_until(w, 1);
	move(w, "log", "log.1");
	say(w, "log", "2\n");
	run_until(w, 2);
	move(w, "log.1", "log");
	settle(w);
	say(w, "log", "3\n");
	run_until(w, 3);
	settle(w);
	expect(w, "1\n2\n3\n");
}

static void
truncated_file_is_read_from_its_start(void **state)
{
	struct world *w = *state;

	say(w, "log", "1 long line\n2\n");
	open_at(w, "log", FILE_HEAD, NULL, false);
	run_until(w, 2);
	assert_int_equal(truncate(path_of(w, "log"), 0), 0);
	settle(w);
	say(w, "log", "3\n");
	run_until(w, 3);
	/* Grown beyond the old size before we look. */
	assert_int_equal(truncate(path_of(w, "log"), 0), 0);
	say(w, "log", "4 ..........................................................\n5\n6\n");
	run_until(w, 6);
	settle(w);
	assert_int_equal(w->lines, 6);
	assert_non_null(strstr(buf_cstr(&w->got), "\n2\n3\n4 ."));
}

static void
writer_that_does_not_append_leaves_a_hole_that_is_skipped(void **state)
{
	struct world *w = *state;
	int fd = open(path_of(w, "log"), O_WRONLY | O_CREAT, 0600);
	char *text = mem_alloc(100001);

	memset(text, 'z', 100000);
	for (size_t i = 9; i < 100000; i += 10)
		text[i] = '\n';
	assert_int_equal(write(fd, text, 100000), 100000);
	open_at(w, "log", FILE_HEAD, NULL, false);
	run_until(w, 10000);
	buf_clear(&w->got);
	/* Once noticed only after the writer went on, once before. */
	assert_int_equal(truncate(path_of(w, "log"), 0), 0);
	assert_int_equal(write(fd, "on\n", 3), 3);
	run_until(w, 10001);
	assert_int_equal(truncate(path_of(w, "log"), 0), 0);
	settle(w);
	assert_int_equal(write(fd, "and on\n", 7), 7);
	run_until(w, 10002);
	settle(w);
	expect(w, "on\nand on\n");
	(void)close(fd);
	mem_free(text);
}

static unsigned long long
bytes_read(void)
{
	FILE *f = fopen("/proc/self/io", "r");
	unsigned long long n = 0;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "rchar: %llu", &n), 1);
	(void)fclose(f);
	return n;
}

/* As where a writer that does not append left a hole. */
static void
long_first_line_is_not_read_again_with_each_that_comes(void **state)
{
	struct world *w = *state;
	unsigned long long before;

	say(w, "log", "");
	assert_int_equal(truncate(path_of(w, "log"), 4 << 20), 0);
	say(w, "log", "1\n");
	open_at(w, "log", FILE_HEAD, NULL, false);
	run_until(w, 1);
	say(w, "log", "2\n");
	run_until(w, 2);
	before = bytes_read();
	for (size_t i = 3; i < 23; i++) {
		say(w, "log", "x\n");
		run_until(w, i);
	}
	assert_in_range(bytes_read() - before, 40, 100000);
}

static void
deleted_file_is_followed_when_it_comes_again(void **state)
{
	struct world *w = *state;

	say(w, "log", "1\n");
	open_at(w, "log", FILE_HEAD, NULL, false);
	run_until(w, 1);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(unlink(path_of(w, "log")), 0);
		if (i % 2)
			settle(w);
		say(w, "log", "x\n");
		run_until(w, 2 + (size_t)i);
	}
	settle(w);
	assert_int_equal(w->lines, 21);
}

static void
symlink_is_followed_and_its_change_seen(void **state)
{
	struct world *w = *state;

	assert_int_equal(mkdir(path_of(w, "real"), 0700), 0);
	say(w, "real/a", "1\n");
	say(w, "real/b", "3\n");
	assert_int_equal(symlink("real/a", path_of(w, "log")), 0);
	open_at(w, "log", FILE_HEAD, NULL, false);
	run_until(w, 1);
	move(w, "real/a", "real/a.1");
	say(w, "real/a", "2\n");
	run_until(w, 2);
	assert_int_equal(symlink("real/b", path_of(w, "new")), 0);
	move(w, "new", "log");
	run_until(w, 3);
	say(w, "real/b", "4\n");
	run_until(w, 4);
	expect(w, "1\n2\n3\n4\n");
}

static void
folder_that_moves_is_left_for_the_one_in_its_place(void **state)
{
	struct world *w = *state;

	assert_int_equal(mkdir(path_of(w, "d"), 0700), 0);
	say(w, "d/log", "1\n");
	open_at(w, "d/log", FILE_HEAD, NULL, false);
	run_until(w, 1);
	move(w, "d", "e");
	settle(w);
	say(w, "e/log", "2\n");
	run_until(w, 2);
	assert_int_equal(mkdir(path_of(w, "d"), 0700), 0);
	say(w, "d/log", "3\n");
	run_until(w, 3);
	move(w, "d/log", "d/log.1");
	say(w, "d/log", "4\n");
	run_until(w, 4);
	expect(w, "1\n2\n3\n4\n");
}

/* Writes so many lines, each into a file that is rotated away at once, but for the last. */
static void
rotate_unseen(struct world *w, int count)
{
	char text[16], rotated[24];

	for (int i = 2; i < 2 + count; i++) {
		(void)snprintf(text, sizeof(text), "%d\n", i);
		(void)snprintf(rotated, sizeof(rotated), "d/log.%d", i);
		say(w, "d/log", text);
		if (i < 1 + count)
			move(w, "d/log", rotated);
		(void)usleep(12000);
	}
}

static void
polling_reads_what_was_rotated_twice_between_two_looks(void **state)
{
	struct world *w = *state;

	assert_int_equal(mkdir(path_of(w, "d"), 0700), 0);
	say(w, "d/log.0", "of before\n");
	say(w, "d/log", "1\n");
	(void)usleep(30000);
	open_at(w, "d/log", FILE_HEAD, NULL, true);
	run_until(w, 1);
	move(w, "d/log", "d/log.1");
	rotate_unseen(w, 4);
	run_until(w, 5);
	settle(w);
	expect(w, "1\n2\n3\n4\n5\n");
}

static void
rotations_in_a_folder_made_anew_are_followed(void **state)
{
	struct world *w = *state;

	assert_int_equal(mkdir(path_of(w, "d"), 0700), 0);
	say(w, "d/log", "1\n");
	open_at(w, "d/log", FILE_HEAD, NULL, false);
	run_until(w, 1);
	move(w, "d", "old");
	settle(w);
	assert_int_equal(mkdir(path_of(w, "d"), 0700), 0);
	rotate_unseen(w, 3);
	run_until(w, 4);
	settle(w);
	expect(w, "1\n2\n3\n4\n");
}

static void
polling_sees_the_same(void **state)
{
	struct world *w = *state;

	say(w, "log", "1\n");
	open_at(w, "log", FILE_HEAD, NULL, true);
	run_until(w, 1);
	say(w, "log", "2\n");
	run_until(w, 2);
	move(w, "log", "log.1");
	say(w, "log.1", "3\n");
	say(w, "log", "4\n");
	run_until(w, 4);
	assert_int_equal(truncate(path_of(w, "log"), 0), 0);
	say(w, "log", "5 and more\n");
	run_until(w, 5);
	expect(w, "1\n2\n3\n4\n5 and more\n");
}

static void
stored_position_counts_for_the_same_first_line_only(void **state)
{
	struct world *w = *state;
	struct file_position at;

	say(w, "log", "x\nsecond\n");
	open_at(w, "log", FILE_HEAD, NULL, false);
	run_until(w, 2);
	file_get_position(w->file, &at);
	assert_string_equal(at.first_line_hash, "6fcf9dfbd479ed82697fee719b9f8c610a11ff2a");
	assert_int_equal(at.offset, 9);
	file_close(w->file);
	say(w, "log", "third\n");
	open_at(w, "log", FILE_HEAD, &at, false);
	run_until(w, 3);
	expect(w, "x\nsecond\nthird\n");
	file_close(w->file);
	assert_int_equal(unlink(path_of(w, "log")), 0);
	say(w, "log", "y\nsecond\n");
	open_at(w, "log", FILE_HEAD, &at, false);
	run_until(w, 5);
	file_close(w->file);
	at.offset = 1 << 30;
	open_at(w, "log", FILE_HEAD, &at, false);
	run_until(w, 7);
}

static void
tail_takes_only_what_comes(void **state)
{
	struct world *w = *state;

	say(w, "log", "1\n2\nhalf");
	open_at(w, "log", FILE_TAIL, NULL, false);
	settle(w);
	say(w, "log", " a line\n3\n");
	run_until(w, 2);
	expect(w, "half a line\n3\n");
	assert_int_equal(w->live, 2);
}

static void
paused_file_delivers_later_through_a_rotation(void **state)
{
	struct world *w = *state;

	say(w, "log", "1\n2\n3\n");
	w->pause_at = 2;
	open_at(w, "log", FILE_HEAD, NULL, false);
	run_until(w, 2);
	settle(w);
	move(w, "log", "log.1");
	say(w, "log.1", "4\n");
	say(w, "log", "5\n");
	settle(w);
	assert_int_equal(w->lines, 2);
	file_pause(w->file, false);
	run_until(w, 5);
	expect(w, "1\n2\n3\n4\n5\n");
}

static void
sink_may_close_its_file(void **state)
{
	struct world *w = *state;

	say(w, "log", "1\n2\n3\n");
	w->close_at = 2;
	open_at(w, "log", FILE_HEAD, NULL, false);
	run_until(w, 2);
	settle(w);
	expect(w, "1\n2\n");
}

static void
only_regular_files_are_opened(void **state)
{
	struct world *w = *state;
	struct diag d;
	struct file *f;

	assert_int_equal(mkfifo(path_of(w, "fifo"), 0600), 0);
	diag_init(&d);
	assert_int_equal(file_open(&f, w->watcher, slice_cstr(path_of(w, "fifo")), FILE_HEAD, NULL,
	                     false, &w->sink, &d),
	    -EINVAL);
	assert_non_null(strstr(d.text, "FIFO"));
	assert_int_equal(file_open(&f, w->watcher, slice_cstr(w->folder), FILE_HEAD, NULL, false,
	                     &w->sink, &d),
	    -EINVAL);
	assert_int_equal(file_open(&f, w->watcher, slice_cstr(path_of(w, "none")), FILE_HEAD, NULL,
	                     false, &w->sink, &d),
	    -ENOENT);
	assert_int_equal(
	    file_open(&f, w->watcher, SLICE("/a\0b"), FILE_HEAD, NULL, false, &w->sink, &d),
	    -EINVAL);
}

static void
without_inotify_files_are_polled_and_say_so(void **state)
{
	struct world *w = *state;
	struct file_watcher *inotify = w->watcher;
	struct rlimit old, none;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	w->watcher = file_watcher_new(&w->loop);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	say(w, "log", "1\n");
	open_at(w, "log", FILE_HEAD, NULL, false);
	assert_non_null(strstr(buf_cstr(&w->notes), "cannot be watched by inotify"));
	run_until(w, 1);
	say(w, "log", "2\n");
	run_until(w, 2);
	move(w, "log", "log.1");
	say(w, "log", "3\n");
	run_until(w, 3);
	file_close(w->file);
	w->file = NULL;
	file_watcher_free(w->watcher);
	w->watcher = inotify;
}

/* /proc/self/mem is a regular file whose first bytes no process has. */
static void
a_file_that_cannot_be_read_is_told_of_once_and_tried_again(void **state)
{
	struct world *w = *state;
	struct file_stats stats = {0};

	assert_int_equal(symlink("/proc/self/mem", path_of(w, "log")), 0);
	open_at(w, "log", FILE_HEAD, NULL, false);
	guard_start(w, 8000);
	while (!w->expired && stats.errors < 2) {
		(void)uv_run(&w->loop, UV_RUN_ONCE);
		file_get_stats(w->file, &stats);
	}
	assert_true(stats.errors >= 2);
	assert_non_null(strstr(buf_cstr(&w->notes), "log cannot be read: Input/output error; trying again"));
	assert_int_equal(slice_count(buf_slice(&w->notes), '\n'), 1);
	assert_int_equal(unlink(path_of(w, "log")), 0);
	say(w, "log", "1\n");
	run_until(w, 1);
}

#define FILES 300

static void
many_files_are_followed_at_once(void **state)
{
	struct world *w = *state;
	struct file *files[FILES + 1];
	char name[32];
	struct diag d;

	for (int i = 0; i <= FILES; i++) {
		/* The last has a path that another has already. */
		(void)snprintf(name, sizeof(name), "log%d", i % FILES);
		if (i < FILES)
			say(w, name, "first\n");
		assert_int_equal(file_open(&files[i], w->watcher, slice_cstr(path_of(w, name)),
		                     FILE_TAIL, NULL, false, &w->sink, &d),
		    0);
	}
	settle(w);
	for (int round = 0; round < 5; round++) {
		for (int i = 0; i < FILES; i++) {
			(void)snprintf(name, sizeof(name), "log%d", i);
			say(w, name, "line\n");
		}
		run_until(w, (size_t)(round + 1) * (FILES + 1));
	}
	settle(w);
	assert_int_equal(w->lines, 5 * (FILES + 1));
	for (int i = 0; i <= FILES; i++)
		file_close(files[i]);
}

static void
large_file_is_read_in_blocks(void **state)
{
	struct world *w = *state;
	struct buf text;

	buf_init(&text, 16 * 1024 * 1024);
	for (int i = 0; i < 200000; i++)
		buf_printf(&text, "line number %d of a long log file\n", i);
	append(w, "log", text.p, text.n);
	open_at(w, "log", FILE_HEAD, NULL, false);
	run_until(w, 200000);
	assert_true(w->blocks > 10);
	assert_int_equal(w->got.n, text.n);
	assert_memory_equal(w->got.p, text.p, text.n);
	buf_done(&text);
}

/* Random writing, rotating and truncating; each line is numbered and must come once, in order. */
static void
random_rotations_deliver_each_line_once(void **state)
{
	struct world *w = *state;
	struct buf want;
	char name[32], line[64];
	unsigned seed = 11, rotation = 0;
	size_t n = 0;

	buf_init(&want, 1024 * 1024);
	say(w, "log", "0\n");
	buf_add_cstr(&want, "0\n");
	open_at(w, "log", FILE_HEAD, NULL, false);
	run_until(w, 1);
	for (int round = 0; round < 400; round++) {
		for (int i = rand_r(&seed) % 4; i >= 0; i--) {
			(void)snprintf(line, sizeof(line), "%zu %x\n", ++n, rand_r(&seed));
			say(w, "log", line);
			buf_add_cstr(&want, line);
		}
		switch (rand_r(&seed) % 6) {
		case 0:
			(void)snprintf(name, sizeof(name), "log.%u", rotation++);
			move(w, "log", name);
			(void)snprintf(line, sizeof(line), "%zu late\n", ++n);
			say(w, name, line);
			buf_add_cstr(&want, line);
			break;
		case 1:
			run_until(w, n + 1);
			assert_int_equal(truncate(path_of(w, "log"), 0), 0);
			break;
		case 2:
			run_until(w, n + 1);
			assert_int_equal(unlink(path_of(w, "log")), 0);
			break;
		default:
			continue;
		}
		(void)snprintf(line, sizeof(line), "%zu first\n", ++n);
		say(w, "log", line);
		buf_add_cstr(&want, line);
		run_until(w, n + 1);
	}
	run_until(w, n + 1);
	settle(w);
	assert_string_equal(buf_cstr(&w->got), buf_cstr(&want));
	buf_done(&want);
}

#define WRITTEN 60000

/*
 * A daemon that is slow to notice each rotation, and writes lines in pieces. What exists between two
 * looks only nobody can follow, so a file is rotated only after *seen says that it was.
 */
static void
write_and_rotate(struct world *w, volatile size_t *seen)
{
	unsigned seed = 5, rotation = 0;
	int fd = open(path_of(w, "log"), O_WRONLY | O_APPEND);
	char line[64], name[32];
	bool moved = false;
	size_t n, cut;

	for (int i = 1; i < WRITTEN; i++) {
		n = (size_t)snprintf(line, sizeof(line), "%d\n", i);
		cut = (size_t)rand_r(&seed) % n;
		if (write(fd, line, cut) < 0 || write(fd, line + cut, n - cut) < 0)
			_exit(1);
		if (i % 2000 == 0) {
			while (*seen < (size_t)i - 1800)
				(void)usleep(100);
			(void)snprintf(name, sizeof(name), "log.%u", rotation++);
			(void)rename(path_of(w, "log"), path_of(w, name));
			moved = true;
		}
		if (moved && i % 2000 == 100) {
			(void)close(fd);
			fd = open(path_of(w, "log"), O_WRONLY | O_APPEND | O_CREAT, 0600);
			moved = false;
		}
	}
	_exit(0);
}

static void
lines_of_a_busy_writer_come_once_and_in_order(void **state)
{
	struct world *w = *state;
	struct file_stats stats;
	struct buf want;
	pid_t pid;

	w->seen = mmap(
	    NULL, sizeof(*w->seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(w->seen != MAP_FAILED);
	say(w, "log", "0\n");
	open_at(w, "log", FILE_HEAD, NULL, false);
	pid = fork();
	if (pid == 0)
		write_and_rotate(w, w->seen);
	run_until(w, WRITTEN);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	settle(w);
	buf_init(&want, 1024 * 1024);
	for (int i = 0; i < WRITTEN; i++)
		buf_printf(&want, "%d\n", i);
	assert_int_equal(w->got.n, want.n);
	assert_memory_equal(w->got.p, want.p, want.n);
	file_get_stats(w->file, &stats);
	assert_true(stats.rotations > 20);
	(void)munmap((void *)w->seen, sizeof(*w->seen));
	buf_done(&want);
}

/* Two rotations before we look: the log between was never seen under its name. */
static void
log_that_comes_and_goes_between_two_looks_is_read(void **state)
{
	struct world *w = *state;

	say(w, "log", "a\n");
	open_at(w, "log", FILE_HEAD, NULL, false);
	run_until(w, 1);
	move(w, "log", "log.1");
	say(w, "log", "b\n");
	move(w, "log.1", "log.2");
	move(w, "log", "log.1");
	say(w, "log", "c\n");
	move(w, "log", "log.last");
	run_until(w, 3);
	say(w, "log.last", "d\n");
	run_until(w, 4);
	say(w, "log", "e\n");
	run_until(w, 5);
	expect(w, "a\nb\nc\nd\ne\n");
	settle(w);
}

/* Nor was its name in use when we looked. */
static void
polled_log_that_comes_and_goes_between_two_looks_is_read(void **state)
{
	struct world *w = *state;

	say(w, "log", "a\n");
	open_at(w, "log", FILE_HEAD, NULL, true);
	run_until(w, 1);
	move(w, "log", "log.2");
	say(w, "log", "b\n");
	move(w, "log", "log.1");
	for (int i = 0; i < 10; i++)
		settle(w);
	say(w, "log", "c\n");
	run_until(w, 3);
	settle(w);
	expect(w, "a\nb\nc\n");
}

/* Reads log to its end; the position is where a former run ended. */
static void
former_run(struct world *w, const char *text, size_t lines, struct file_position *at)
{
	say(w, "log", text);
	open_at(w, "log", FILE_HEAD, NULL, false);
	run_until(w, lines);
	settle(w);
	file_get_position(w->file, at);
	file_close(w->file);
	w->file = NULL;
	w->lines = 0;
	buf_clear(&w->got);
}

/* Of a run that is over, and the log rotated twice since. */
static void
rotated_since(struct world *w, struct file_position *at)
{
	former_run(w, "a\nb\n", 2, at);
	say(w, "log", "c\n");
	move(w, "log", "log.2");
	say(w, "log.1", "d\n");
	say(w, "log", "e\n");
}

static void
what_was_rotated_away_meanwhile_is_read_first(void **state)
{
	struct world *w = *state;
	struct file_position at;

	rotated_since(w, &at);
	say(w, "log.gz", "no log\n");
	say(w, "log.err", "another log\n");
	say(w, "logs", "another log\n");
	open_at(w, "log", FILE_HEAD, &at, false);
	run_until(w, 3);
	expect(w, "c\nd\ne\n");
	assert_int_equal(w->live, 0);
	say(w, "log", "f\n");
	run_until(w, 4);
	assert_int_equal(w->live, 1);
	assert_int_equal(w->again, 0);
}

static void
rotated_log_of_two_names_is_read_once(void **state)
{
	struct world *w = *state;
	struct file_position at;

	rotated_since(w, &at);
	assert_int_equal(link(path_of(w, "log.1"), path_of(w, "log-20261127")), 0);
	open_at(w, "log", FILE_HEAD, &at, false);
	run_until(w, 3);
	settle(w);
	expect(w, "c\nd\ne\n");
}

static void
what_is_truncated_before_it_was_looked_at_again_is_read_from_its_start(void **state)
{
	struct world *w = *state;
	struct file_position at;

	former_run(w, "1 long line\n2\n", 2, &at);
	open_at(w, "log", FILE_HEAD, &at, false);
	assert_int_equal(truncate(path_of(w, "log"), 0), 0);
	say(w, "log", "3 .......................\n4\n");
	run_until(w, 2);
	settle(w);
	expect(w, "3 .......................\n4\n");
}

static void
rotated_files_of_others_are_not_read(void **state)
{
	struct world *w = *state;
	struct file_position at;

	former_run(w, "a\nb\n", 2, &at);
	assert_int_equal(unlink(path_of(w, "log")), 0);
	say(w, "log.1", "x\n");
	say(w, "log", "c\n");
	open_at(w, "log", FILE_HEAD, &at, false);
	run_until(w, 1);
	settle(w);
	expect(w, "c\n");
}

static void
after_a_crash_what_was_read_comes_again(void **state)
{
	struct world *w = *state;
	struct file_position at, now;

	former_run(w, "a\nb\n", 2, &at);
	move(w, "log", "log.1");
	former_run(w, "c\n", 1, &at);
	say(w, "log", "d\n");
	open_at(w, "log", FILE_AGAIN, &at, false);
	/* Until all has come again, the former run's end is where to go on. */
	file_get_position(w->file, &now);
	assert_int_equal(now.offset, at.offset);
	assert_string_equal(now.first_line_hash, at.first_line_hash);
	run_until(w, 4);
	expect(w, "a\nb\nc\nd\n");
	assert_int_equal(w->again, 3);
	settle(w);
	file_get_position(w->file, &now);
	assert_int_equal(now.offset, 4);
	assert_string_equal(now.first_line_hash, at.first_line_hash);
}

static void
after_a_crash_what_stands_where_old_lines_were_is_new(void **state)
{
	struct world *w = *state;
	struct file_position at;

	former_run(w, "a\nb\nc\n", 3, &at);
	open_at(w, "log", FILE_AGAIN, &at, false);
	run_until(w, 3);
	assert_int_equal(truncate(path_of(w, "log"), 0), 0);
	settle(w);
	say(w, "log", "d\ne\n");
	run_until(w, 5);
	expect(w, "a\nb\nc\nd\ne\n");
	assert_int_equal(w->again, 3);
	settle(w);
	file_get_position(w->file, &at);
	assert_int_equal(at.offset, 4);
}

/* As a full disk leaves it; what was read since must not come again after the next crash. */
static void
after_a_crash_a_rotated_log_may_end_within_a_line(void **state)
{
	struct world *w = *state;
	struct file_position at;

	say(w, "log.1", "a\nhalf");
	former_run(w, "b\n", 1, &at);
	open_at(w, "log", FILE_AGAIN, &at, false);
	run_until(w, 2);
	say(w, "log", "c\n");
	run_until(w, 3);
	settle(w);
	file_get_position(w->file, &at);
	assert_int_equal(at.offset, 4);
}

/* Only so much comes again, and it begins with a line. */
static void
after_a_crash_not_everything_comes_again(void **state)
{
	struct world *w = *state;
	struct file_position at;
	struct buf big;
	size_t n = 0;

	buf_init(&big, 32 * 1024 * 1024);
	for (; big.n < 20 * 1024 * 1024; n++)
		buf_printf(&big, "line %07zu, %01000d\n", n, 0);
	former_run(w, buf_cstr(&big), n, &at);
	assert_int_equal(at.offset, big.n);
	open_at(w, "log", FILE_AGAIN, &at, false);
	run_until(w, 16 * 1024 * 1024 / (big.n / n));
	settle(w);
	assert_true(w->got.n <= 16 * 1024 * 1024 && w->got.n > 16 * 1024 * 1024 - 1100);
	assert_memory_equal(w->got.p, "line ", 5);
	assert_int_equal(w->again, w->lines);
	buf_done(&big);
}

/* A log that has no line yet is no place to go on at. */
static void
position_stays_in_the_old_log_until_the_new_one_has_a_line(void **state)
{
	struct world *w = *state;
	struct file_position before, at;

	say(w, "log", "a\n");
	open_at(w, "log", FILE_HEAD, NULL, false);
	run_until(w, 1);
	file_get_position(w->file, &before);
	move(w, "log", "log.1");
	say(w, "log", "");
	settle(w);
	file_get_position(w->file, &at);
	assert_int_equal(at.offset, 2);
	assert_string_equal(at.first_line_hash, before.first_line_hash);
	say(w, "log", "bc\n");
	run_until(w, 2);
	settle(w);
	file_get_position(w->file, &at);
	assert_int_equal(at.offset, 3);
	assert_string_not_equal(at.first_line_hash, before.first_line_hash);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_was_there_is_not_live_and_what_comes_is),
	    TEST(partial_line_waits_for_its_newline),
	    TEST(nul_in_line_is_delivered),
	    TEST(long_line_is_cut_and_its_rest_skipped),
	    TEST(lines_longer_than_a_block_are_whole),
	    TEST(line_of_the_greatest_length_is_whole),
	    TEST(newline_of_two_bytes_is_told_from_halves_of_others),
	    TEST(rename_rotation_loses_and_repeats_nothing),
	    TEST(rotation_that_is_undone_repeats_nothing),
	    TEST(truncated_file_is_read_from_its_start),
	    TEST(writer_that_does_not_append_leaves_a_hole_that_is_skipped),
	    TEST(long_first_line_is_not_read_again_with_each_that_comes),
	    TEST(deleted_file_is_followed_when_it_comes_again),
	    TEST(symlink_is_followed_and_its_change_seen),
	    TEST(folder_that_moves_is_left_for_the_one_in_its_place),
	    TEST(a_file_that_cannot_be_read_is_told_of_once_and_tried_again),
	    TEST(polling_sees_the_same),
	    TEST(polling_reads_what_was_rotated_twice_between_two_looks),
	    TEST(rotations_in_a_folder_made_anew_are_followed),
	    TEST(stored_position_counts_for_the_same_first_line_only),
	    TEST(tail_takes_only_what_comes),
	    TEST(paused_file_delivers_later_through_a_rotation),
	    TEST(sink_may_close_its_file),
	    TEST(only_regular_files_are_opened),
	    TEST(without_inotify_files_are_polled_and_say_so),
	    TEST(many_files_are_followed_at_once),
	    TEST(large_file_is_read_in_blocks),
	    TEST(random_rotations_deliver_each_line_once),
	    TEST(lines_of_a_busy_writer_come_once_and_in_order),
	    TEST(log_that_comes_and_goes_between_two_looks_is_read),
	    TEST(polled_log_that_comes_and_goes_between_two_looks_is_read),
	    TEST(what_was_rotated_away_meanwhile_is_read_first),
	    TEST(rotated_log_of_two_names_is_read_once),
	    TEST(what_is_truncated_before_it_was_looked_at_again_is_read_from_its_start),
	    TEST(rotated_files_of_others_are_not_read),
	    TEST(after_a_crash_what_was_read_comes_again),
	    TEST(after_a_crash_what_stands_where_old_lines_were_is_new),
	    TEST(after_a_crash_a_rotated_log_may_end_within_a_line),
	    TEST(after_a_crash_not_everything_comes_again),
	    TEST(position_stays_in_the_old_log_until_the_new_one_has_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
