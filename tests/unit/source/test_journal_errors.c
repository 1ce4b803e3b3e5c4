/*
 * A journal made up of entries in memory, whose calls fail when told to: what libsystemd does for a
 * damaged or vanished file can not be had from a real one at will.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/eventfd.h>
#include <cmocka.h>

#include "source/journal.h"
#include "source/journal_lib.h"

struct entry {
	uint64_t us;
	const char *message; /* "MESSAGE=..." */
};

struct sd_journal {
	int fd;
	int at; /* -1: before the first */
	bool enumerated;
};

static struct {
	struct entry entries[8];
	int count;
	int opens, closes;
	/* What the next call answers, once; 0: works. */
	int open_error, next_error, seek_error, match_error, process_error, data_error, field_error;
} fake;

static int
once(int *error)
{
	int r = *error;

	*error = 0;
	return r;
}

static int
fake_open(sd_journal **out, int flags)
{
	sd_journal *j;
	int r = once(&fake.open_error);

	if (r < 0)
		return r;
	j = malloc(sizeof(*j));
	assert_non_null(j);
	*j = (sd_journal){eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC), -1, false};
	fake.opens++;
	*out = j;
	return 0;
}

static int
fake_has_persistent_files(sd_journal *j)
{
	return fake.count > 0;
}

static int
fake_has_runtime_files(sd_journal *j)
{
	return 0;
}

static void
fake_close(sd_journal *j)
{
	(void)close(j->fd);
	free(j);
	fake.closes++;
}

static int
fake_get_fd(sd_journal *j)
{
	return j->fd;
}

static int
fake_process(sd_journal *j)
{
	uint64_t n;

	(void)!read(j->fd, &n, sizeof(n));
	return once(&fake.process_error);
}

static int
fake_add_match(sd_journal *j, const void *data, size_t n)
{
	return once(&fake.match_error);
}

static int
fake_add_disjunction(sd_journal *j)
{
	return 0;
}

static void
fake_flush_matches(sd_journal *j)
{
}

static int
fake_seek_realtime_usec(sd_journal *j, uint64_t us)
{
	for (j->at = -1; j->at + 1 < fake.count && fake.entries[j->at + 1].us < us;)
		j->at++;
	return once(&fake.seek_error);
}

static int
fake_next(sd_journal *j)
{
	int r = once(&fake.next_error);

	if (r < 0)
		return r;
	if (j->at + 1 >= fake.count)
		return 0;
	j->at++;
	return 1;
}

static int
fake_get_data(sd_journal *j, const char *name, const void **data, size_t *n)
{
	const char *text = strcmp(name, "MESSAGE") == 0 ? fake.entries[j->at].message
			   : strcmp(name, "SYSLOG_IDENTIFIER") == 0 ? "SYSLOG_IDENTIFIER=sshd" : NULL;

	if (text == NULL)
		return -ENOENT;
	if (strcmp(name, "MESSAGE") == 0 && fake.data_error < 0)
		return once(&fake.data_error);
	*data = text;
	*n = strlen(text);
	return 0;
}

static int
fake_get_realtime_usec(sd_journal *j, uint64_t *us)
{
	*us = fake.entries[j->at].us;
	return 0;
}

static int
fake_get_monotonic_usec(sd_journal *j, uint64_t *us, sd_id128_t *boot)
{
	return -ENOENT;
}

static void
fake_restart_data(sd_journal *j)
{
	j->enumerated = false;
}

static int
fake_enumerate_available_data(sd_journal *j, const void **data, size_t *n)
{
	int r = once(&fake.field_error);

	if (r < 0 || j->enumerated)
		return r;
	j->enumerated = true;
	*data = "_COMM=sshd";
	*n = 10;
	return 1;
}

static int
fake_set_data_threshold(sd_journal *j, size_t n)
{
	return 0;
}

/* In place of the one that loads libsystemd. */
const struct journal_lib *
journal_lib(void)
{
	static const struct journal_lib lib = {
	    .open = fake_open,
	    .has_persistent_files = fake_has_persistent_files,
	    .has_runtime_files = fake_has_runtime_files,
	    .close = fake_close,
	    .get_fd = fake_get_fd,
	    .process = fake_process,
	    .add_match = fake_add_match,
	    .add_disjunction = fake_add_disjunction,
	    .flush_matches = fake_flush_matches,
	    .seek_realtime_usec = fake_seek_realtime_usec,
	    .next = fake_next,
	    .get_data = fake_get_data,
	    .get_realtime_usec = fake_get_realtime_usec,
	    .get_monotonic_usec = fake_get_monotonic_usec,
	    .restart_data = fake_restart_data,
	    .enumerate_available_data = fake_enumerate_available_data,
	    .set_data_threshold = fake_set_data_threshold,
	};

	return &lib;
}

static void
put(uint64_t us, const char *message)
{
	fake.entries[fake.count++] = (struct entry){us, message};
}

struct seen {
	struct journal_sink sink;
	char text[256]; /* the first bytes of each line, one behind the other */
	size_t longest;
	int entries, cut, lost, live, failures;
	char why[256];
};

static void
take_entry(struct journal_sink *sink, const struct journal_entry *e)
{
	struct seen *s = (struct seen *)sink;
	size_t n = strlen(s->text);

	(void)snprintf(s->text + n, sizeof(s->text) - n, "%.*s;", e->text.n < 12 ? (int)e->text.n : 12, e->text.p);
	s->longest = e->text.n > s->longest ? e->text.n : s->longest;
	s->entries++;
	s->cut += e->cut;
}

static void
take_loss(struct journal_sink *sink)
{
	((struct seen *)sink)->lost++;
}

static void
take_live(struct journal_sink *sink)
{
	((struct seen *)sink)->live++;
}

static void
take_failure(struct journal_sink *sink, const char *why)
{
	struct seen *s = (struct seen *)sink;

	s->failures++;
	(void)snprintf(s->why, sizeof(s->why), "%s", why);
}

struct run {
	uv_loop_t loop;
	struct journal_set *set;
	struct journal *journal;
	struct seen seen;
};

static struct journal *
join(struct run *r, struct seen *seen)
{
	struct slice match = SLICE("_COMM=sshd");
	struct journal_options options = {.flags = -1};
	struct journal *j;
	struct diag d;

	*seen = (struct seen){.sink = {take_entry, take_loss, take_live, take_failure}};
	diag_init(&d);
	assert_int_equal(journal_open(&j, r->set, &options, &match, 1, (struct instant){10}, &seen->sink, &d), 0);
	journal_start(j);
	return j;
}

static int
run_new(void **state)
{
	struct run *r = calloc(1, sizeof(*r));

	memset(&fake, 0, sizeof(fake));
	(void)uv_loop_init(&r->loop);
	r->set = journal_set_new(&r->loop);
	put(10, "MESSAGE=a");
	put(10, "MESSAGE=b");
	put(20, "MESSAGE=c");
	r->journal = join(r, &r->seen);
	*state = r;
	return 0;
}

static int
run_free(void **state)
{
	struct run *r = *state;

	journal_close(r->journal);
	journal_set_free(r->set);
	(void)uv_run(&r->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&r->loop), 0);
	assert_int_equal(fake.opens, fake.closes);
	free(r);
	return 0;
}

/* Turns the loop until *count is wanted. */
static void
turn_until(struct run *r, const int *count, int wanted)
{
	for (int i = 0; i < 1000 && *count != wanted; i++) {
		(void)uv_run(&r->loop, UV_RUN_NOWAIT);
		(void)usleep(10000);
	}
	assert_int_equal(*count, wanted);
}

/* What was read stays read, what follows is read once: also of entries of the same microsecond. */
static void
goes_on(struct run *r, const char *call)
{
	turn_until(r, &r->seen.failures, 1);
	assert_non_null(strstr(r->seen.why, call));
	put(20, "MESSAGE=d");
	put(30, "MESSAGE=e");
	turn_until(r, &r->seen.entries, 5);
	assert_string_equal(r->seen.text, "sshd: a;sshd: b;sshd: c;sshd: d;sshd: e;");
	assert_int_equal(r->seen.failures, 1);
	assert_int_equal(fake.opens, 2);
	assert_int_equal(fake.closes, 1);
}

static void
a_failed_next_is_told_and_the_journal_opened_again(void **state)
{
	struct run *r = *state;

	turn_until(r, &r->seen.live, 1);
	assert_int_equal(r->seen.entries, 3);
	fake.next_error = -EBADMSG;
	goes_on(r, "sd_journal_next: Bad message");
	assert_int_equal(r->seen.live, 1);
}

static void
a_failed_notification_is_told_and_the_journal_opened_again(void **state)
{
	struct run *r = *state;

	fake.process_error = -EIO;
	goes_on(r, "sd_journal_process: Input/output error");
}

static void
a_failed_seek_is_told_and_the_journal_opened_again(void **state)
{
	struct run *r = *state;

	fake.seek_error = -ESTALE;
	goes_on(r, "sd_journal_seek_realtime_usec: ");
}

static void
a_match_that_is_refused_later_is_told_and_the_journal_opened_again(void **state)
{
	struct run *r = *state;

	fake.match_error = -ENOMEM;
	goes_on(r, "sd_journal_add_match: Cannot allocate memory");
}

static void
a_journal_that_does_not_open_again_is_tried_until_it_does(void **state)
{
	struct run *r = *state;

	turn_until(r, &r->seen.live, 1);
	fake.next_error = -EBADMSG;
	fake.open_error = -ENOENT;
	turn_until(r, &r->seen.failures, 2);
	assert_non_null(strstr(r->seen.why, "No such file"));
	put(30, "MESSAGE=d");
	turn_until(r, &r->seen.entries, 4);
	assert_string_equal(r->seen.text, "sshd: a;sshd: b;sshd: c;sshd: d;");
}

static void
a_journal_whose_files_went_away_is_tried_until_they_come(void **state)
{
	struct run *r = *state;

	turn_until(r, &r->seen.live, 1);
	fake.next_error = -EBADMSG;
	fake.count = 0;
	turn_until(r, &r->seen.failures, 2);
	assert_non_null(strstr(r->seen.why, "no journal on this machine"));
	put(30, "MESSAGE=d");
	turn_until(r, &r->seen.entries, 4);
	assert_string_equal(r->seen.text, "sshd: a;sshd: b;sshd: c;sshd: d;");
}

static void
all_who_read_a_journal_go_on(void **state)
{
	struct run *r = *state;
	struct seen other;
	struct journal *j = join(r, &other);

	turn_until(r, &r->seen.live, 1);
	turn_until(r, &other.live, 1);
	fake.next_error = -EBADMSG;
	turn_until(r, &r->seen.failures, 1);
	assert_int_equal(other.failures, 1);
	put(30, "MESSAGE=d");
	turn_until(r, &r->seen.entries, 4);
	assert_string_equal(other.text, "sshd: a;sshd: b;sshd: c;sshd: d;");
	assert_string_equal(r->seen.text, other.text);
	fake.field_error = -EBADMSG;
	put(40, "MESSAGE=whose");
	put(50, "MESSAGE=f");
	turn_until(r, &r->seen.entries, 5);
	assert_string_equal(r->seen.text, "sshd: a;sshd: b;sshd: c;sshd: d;sshd: f;");
	assert_int_equal(r->seen.lost, 1);
	assert_int_equal(other.lost, 1);
	journal_close(j);
}

static void
a_closed_journal_is_not_opened_again(void **state)
{
	struct run *r = *state;

	turn_until(r, &r->seen.live, 1);
	fake.next_error = -EBADMSG;
	turn_until(r, &r->seen.failures, 1);
	journal_close(r->journal);
	r->journal = NULL;
	(void)uv_run(&r->loop, UV_RUN_DEFAULT);
	assert_int_equal(fake.opens, 1);
}

static void
an_entry_of_which_a_field_cannot_be_read_is_counted(void **state)
{
	struct run *r = *state;

	fake.data_error = -EPROTONOSUPPORT;
	turn_until(r, &r->seen.live, 1);
	assert_int_equal(r->seen.lost, 1);
	assert_string_equal(r->seen.text, "sshd: ;sshd: b;sshd: c;");
	assert_int_equal(r->seen.failures, 0);
}

/* "sshd: " is before it. */
#define FITS (SOURCE_LINE_MAX - 6)

static void
a_message_is_cut_at_the_maximum_and_counted(void **state)
{
	static const size_t lengths[] = {FITS, FITS + 1, 10 * SOURCE_LINE_MAX};
	struct run *r = *state;
	char *text;

	turn_until(r, &r->seen.live, 1);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		text = malloc(lengths[i] + 9);
		assert_non_null(text);
		memcpy(text, "MESSAGE=", 8);
		memset(text + 8, 'x', lengths[i]);
		text[lengths[i] + 8] = '\0';
		put(30 + i, text);
		turn_until(r, &r->seen.entries, (int)(4 + i));
		assert_int_equal(r->seen.longest, SOURCE_LINE_MAX);
		assert_int_equal(r->seen.cut, i);
		free(text);
	}
	/* Each newline becomes two characters. */
	text = malloc(FITS + 9);
	assert_non_null(text);
	memcpy(text, "MESSAGE=", 8);
	memset(text + 8, '\n', FITS);
	text[FITS + 8] = '\0';
	put(40, text);
	turn_until(r, &r->seen.entries, 7);
	assert_int_equal(r->seen.cut, 3);
	free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, run_new, run_free)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_failed_next_is_told_and_the_journal_opened_again),
	    TEST(a_failed_notification_is_told_and_the_journal_opened_again),
	    TEST(a_failed_seek_is_told_and_the_journal_opened_again),
	    TEST(a_match_that_is_refused_later_is_told_and_the_journal_opened_again),
	    TEST(a_journal_that_does_not_open_again_is_tried_until_it_does),
	    TEST(a_journal_whose_files_went_away_is_tried_until_they_come),
	    TEST(all_who_read_a_journal_go_on),
	    TEST(a_closed_journal_is_not_opened_again),
	    TEST(an_entry_of_which_a_field_cannot_be_read_is_counted),
	    TEST(a_message_is_cut_at_the_maximum_and_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
