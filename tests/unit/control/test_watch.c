/* Watchers on a real socket, with events made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "compat/pickle.h"
#include "compat/frame.h"
#include "control/watch.h"
#include "util/log.h"

static uv_loop_t loop;
static struct listener *listener;
static struct monitor monitor;
static char folder[] = "/tmp/f2b-watch-XXXXXX", path[64];
static char name[] = "web";
static struct guard guard = {.monitor = &monitor, .name = name};

static void
request(struct conn_sink *sink, struct conn_request *conn)
{
	(void)sink;
	command_serve(&monitor, conn);
}

static struct conn_sink sink = {request};

static int
set_up(void **state)
{
	struct listener_options o = {.path = path, .group = LOCAL_NO_GROUP};
	struct diag d;

	(void)state;
	log_set_level(LEVEL_CRITICAL + 1);
	monitor = (struct monitor){.loop = &loop};
	list_init(&monitor.guards);
	list_init(&monitor.watchers);
	assert_int_equal(uv_loop_init(&loop), 0);
	(void)snprintf(path, sizeof(path), "%s/s", folder);
	assert_int_equal(listener_new(&listener, &loop, &o, &sink, &d), 0);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	watch_end_all(&monitor);
	assert_true(list_empty(&monitor.watchers));
	listener_free(listener);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	return 0;
}

static void
turn(void)
{
	for (int i = 0; i < 20; i++)
		(void)uv_run(&loop, UV_RUN_NOWAIT);
}

/* Connects and sends the words, apart by "|". */
static int
dial(const char *words)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct slice rest = slice_cstr(words), word;
	struct value *list;
	struct arena a;
	struct buf out;

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	arena_init(&a);
	buf_init(&out, 65536);
	list = value_list(&a);
	while (slice_next(&rest, '|', &word))
		(void)value_add(&a, list, value_text(&a, word));
	pickle_encode(&out, list);
	buf_add(&out, FRAME_END);
	assert_int_equal(write(fd, out.p, out.n), out.n);
	buf_done(&out);
	arena_done(&a);
	turn();
	return fd;
}

/* What has come: how often each event, and how many were lost. */
struct heard {
	unsigned events[WATCH_EVENTS], watching, stopping, errors;
	uint64_t lost;
	bool eof;
};

static void
hear_one(struct heard *h, const struct value *reply)
{
	static const char *const names[] = {
	    "found", "attempt", "ban", "restore", "unban", "repeal"};
	const struct value *event = value_get(value_at(reply, 1), SLICE("event"));

	h->errors += value_at(reply, 0)->number != 0;
	h->watching += event != NULL && value_is_text(event, SLICE("watching"));
	h->stopping += event != NULL && value_is_text(event, SLICE("stopping"));
	if (event != NULL && value_is_text(event, SLICE("lost")))
		h->lost += (uint64_t)value_get(value_at(reply, 1), SLICE("count"))->number;
	for (size_t i = 0; event != NULL && i < WATCH_EVENTS; i++)
		h->events[i] += value_is_text(event, slice_cstr(names[i]));
}

static void
hear(int fd, struct heard *h)
{
	struct slice rest;
	ptrdiff_t end;
	struct buf in;
	ssize_t n = 1;

	*h = (struct heard){0};
	buf_init(&in, (size_t)64 << 20);
	while (n > 0) {
		n = read(fd, buf_room(&in, 65536), 65536);
		h->eof |= n == 0;
		if (n > 0)
			buf_wrote(&in, (size_t)n);
		turn();
	}
	rest = buf_slice(&in);
	while ((end = slice_find(rest, FRAME_END, 0)) >= 0) {
		struct value *reply;
		struct arena a;
		struct diag d;

		arena_init(&a);
		assert_true(
		    pickle_decode(&a, slice_upto(rest, (size_t)end), PICKLE_REPLY, &reply, &d) > 0);
		hear_one(h, reply);
		arena_done(&a);
		rest = slice_from(rest, (size_t)end + FRAME_END.n);
	}
	buf_done(&in);
}

static void
tell(enum watch_event event, unsigned times)
{
	struct ticket *t = ticket_new(SLICE("<F2B_END_COMMAND>"), SLICE("x"), (struct instant){1});

	for (unsigned i = 0; i < times; i++)
		if (event == WATCH_FOUND || event == WATCH_ATTEMPT)
			watch_failed(&guard, event, ticket_id(t), t->when);
		else
			watch_tell(&guard, event, t);
	ticket_unref(t);
}

static void
who_asked_is_told(void **state)
{
	int all = dial("watch"), some = dial("watch|--events=unban,repeal|ssh|web"),
	    others = dial("watch|ssh");
	struct heard h;

	(void)state;
	tell(WATCH_FOUND, 2);
	tell(WATCH_UNBAN, 3);
	hear(all, &h);
	assert_int_equal(h.watching, 1);
	assert_int_equal(h.events[WATCH_FOUND], 2);
	assert_int_equal(h.events[WATCH_UNBAN], 3);
	assert_int_equal(h.lost, 0);
	hear(some, &h);
	assert_int_equal(h.events[WATCH_FOUND], 0);
	assert_int_equal(h.events[WATCH_UNBAN], 3);
	hear(others, &h);
	assert_int_equal(h.watching, 1);
	assert_int_equal(h.events[WATCH_UNBAN], 0);
	watch_end_all(&monitor);
	hear(all, &h);
	assert_int_equal(h.stopping, 1);
	close(all);
	close(some);
	close(others);
}

static void
slow_ones_lose_events_and_know_how_many(void **state)
{
	int slow = dial("watch"), quick = dial("watch|--events=unban");
	struct heard h;

	(void)state;
	tell(WATCH_FOUND, 50000);
	tell(WATCH_UNBAN, 1);
	hear(quick, &h);
	assert_int_equal(h.events[WATCH_UNBAN], 1);
	hear(slow, &h);
	assert_in_range(h.events[WATCH_FOUND], 1000, 40000);
	assert_int_equal(h.lost, 0);
	unsigned before = h.events[WATCH_FOUND] + h.events[WATCH_UNBAN];
	tell(WATCH_REPEAL, 1);
	hear(slow, &h);
	assert_int_equal(h.events[WATCH_REPEAL], 1);
	assert_int_equal(before + h.lost, 50001);
	close(slow);
	close(quick);
}

static void
who_leaves_is_forgotten(void **state)
{
	struct heard h;
	int fd;

	(void)state;
	for (int i = 0; i < 3 * WATCHERS_MAX; i++) {
		fd = dial("watch");
		if (i % 2 == 0)
			tell(WATCH_FOUND, 10);
		close(fd);
		turn();
	}
	assert_true(list_empty(&monitor.watchers));
	fd = dial("watch");
	/* Whoever only ends what it sends has left too. */
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	turn();
	hear(fd, &h);
	assert_true(h.eof);
	assert_true(list_empty(&monitor.watchers));
	close(fd);
}

/* A group that may look on cannot keep root from it. */
static void
readers_leave_room(void **state)
{
	char control[sizeof(path)];
	struct listener_options o = {.path = path, .group = 4321};
	struct listener *readers;
	int fds[WATCHERS_READERS_MAX], fd;
	struct heard h;
	struct diag d;

	(void)state;
	if (geteuid() != 0)
		skip();
	memcpy(control, path, sizeof(path));
	(void)snprintf(path, sizeof(path), "%s/r", folder);
	assert_int_equal(listener_new(&readers, &loop, &o, &sink, &d), 0);
	for (int i = 0; i < WATCHERS_READERS_MAX; i++)
		fds[i] = dial("watch");
	fd = dial("watch");
	hear(fd, &h);
	assert_int_equal(h.errors, 1);
	close(fd);
	memcpy(path, control, sizeof(path));
	fd = dial("watch");
	hear(fd, &h);
	assert_int_equal(h.watching, 1);
	close(fd);
	for (int i = 0; i < WATCHERS_READERS_MAX; i++)
		close(fds[i]);
	turn();
	listener_free(readers);
}

static void
there_is_a_limit(void **state)
{
	int fds[WATCHERS_MAX], fd;
	struct heard h;

	(void)state;
	for (int i = 0; i < WATCHERS_MAX; i++)
		fds[i] = dial("watch");
	fd = dial("watch");
	hear(fd, &h);
	assert_int_equal(h.errors, 1);
	close(fd);
	fd = dial("watch|--events=nonsense");
	hear(fd, &h);
	assert_int_equal(h.errors, 1);
	close(fd);
	for (int i = 0; i < WATCHERS_MAX; i++)
		close(fds[i]);
	turn();
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    CASE(who_asked_is_told),
	    CASE(slow_ones_lose_events_and_know_how_many),
	    CASE(who_leaves_is_forgotten),
	    CASE(there_is_a_limit),
	    CASE(readers_leave_room),
	};
	int failed;

	(void)signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(folder) == NULL)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)rmdir(folder);
	return failed;
}
