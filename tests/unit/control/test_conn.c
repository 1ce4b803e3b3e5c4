/* A listener on a real socket, with clients in the same process and the loop turned by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compat/pickle.h"
#include "compat/pyrepr.h"
#include "control/conn.h"
#include "compat/frame.h"
#include "util/buf.h"
#include "util/time.h"

/*
 * Answers "later" when it is told to, "slow" after two milliseconds, "big" with a megabyte, and everything
 * else at once with the request itself.
 */
struct echo {
	struct conn_sink sink;
	struct conn_request *later;
	unsigned count;
	bool reader; /* the last one came by a socket for readers */
};

static uv_loop_t loop;
static struct listener *listener;
static struct echo echo;
static char folder[] = "/tmp/f2b-conn-XXXXXX";
static char path[64];

static void
echo_answer(struct conn_request *rq)
{
	conn_answer(rq, value_pair(&rq->arena, value_int(&rq->arena, 0), rq->command));
}

static void
answer_big(struct conn_request *rq)
{
	static char text[1 << 20];

	memset(text, 'x', sizeof(text));
	conn_answer(rq, value_text_lent(&rq->arena, slice_of(text, sizeof(text))));
}

static void
echo_request(struct conn_sink *sink, struct conn_request *rq)
{
	echo.count++;
	echo.reader = rq->reader;
	assert_ptr_equal(sink, &echo.sink);
	if (value_is_text(value_at(rq->command, 0), SLICE("slow")))
		for (struct mono begin = time_mono(); mono_since(time_mono(), begin).us < 2000;)
			;
	if (value_is_text(value_at(rq->command, 0), SLICE("later")))
		echo.later = rq;
	else if (value_is_text(value_at(rq->command, 0), SLICE("big")))
		answer_big(rq);
	else
		echo_answer(rq);
}

static int
listen_at(struct listener **out, const char *where)
{
	const struct listener_options o = {.path = where, .group = LOCAL_NO_GROUP};
	struct diag d;

	diag_init(&d);
	return listener_new(out, &loop, &o, &echo.sink, &d);
}

static int
set_up(void **state)
{
	(void)state;
	echo = (struct echo){.sink.request = echo_request};
	assert_int_equal(uv_loop_init(&loop), 0);
	(void)snprintf(path, sizeof(path), "%s/sock", folder);
	assert_int_equal(listen_at(&listener, path), 0);
	return 0;
}

static void
turn(void)
{
	for (int i = 0; i < 20; i++)
		(void)uv_run(&loop, UV_RUN_NOWAIT);
}

static int
tear_down(void **state)
{
	(void)state;
	listener_free(listener);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	assert_int_equal(access(path, F_OK), -1);
	return 0;
}

static int
dial_at(const char *where)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", where);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

static int
dial(void)
{
	return dial_at(path);
}

static void
send_bytes(int fd, struct slice s)
{
	assert_int_equal(write(fd, s.p, s.n), s.n);
	turn();
}

#define TURN_PING "(lVping\na."
#define END "<F2B_END_COMMAND>"

/* All replies that have come, each as repr(), separated by a space; "EOF" at the end of the stream. */
static void
expect(int fd, const char *want)
{
	static char in[1 << 20];
	struct arena arena;
	struct slice rest;
	struct buf shown;
	ssize_t n;

	turn();
	n = read(fd, in, sizeof(in));
	rest = slice_of(in, n > 0 ? (size_t)n : 0);
	arena_init(&arena);
	buf_init(&shown, 1 << 20);
	while (rest.n > 0) {
		struct value *v;
		ptrdiff_t used = pickle_decode(&arena, rest, PICKLE_REPLY, &v, NULL);

		assert_true(used > 0);
		if (shown.n > 0)
			buf_add_char(&shown, ' ');
		pyrepr_format(&shown, v);
		rest = slice_from(rest, (size_t)used);
		assert_true(slice_starts(rest, FRAME_END));
		rest = slice_from(rest, FRAME_END.n);
	}
	if (n > 0)
		n = read(fd, in, sizeof(in));
	if (n == 0)
		buf_add_cstr(&shown, shown.n > 0 ? " EOF" : "EOF");
	assert_string_equal(buf_cstr(&shown), want);
	buf_done(&shown);
	arena_done(&arena);
}

static void
requests_are_answered_in_order(void **state)
{
	int fd = dial();

	(void)state;
	send_bytes(fd, SLICE(TURN_PING END "(lVtwo\na." END "(lVthr"));
	expect(fd, "(0, ['ping']) (0, ['two'])");
	send_bytes(fd, SLICE("ee\na.<F2B_END_COM"));
	expect(fd, "");
	send_bytes(fd, SLICE("MAND>"));
	expect(fd, "(0, ['three'])");
	close(fd);
}

static void
byte_by_byte_is_one_request(void **state)
{
	struct slice s = SLICE(TURN_PING END);
	int fd = dial();

	(void)state;
	for (size_t i = 0; i < s.n; i++)
		send_bytes(fd, slice_of(s.p + i, 1));
	expect(fd, "(0, ['ping'])");
	close(fd);
}

static void
broken_frame_is_answered_and_connection_stays(void **state)
{
	int fd = dial();

	(void)state;
	send_bytes(fd, SLICE(END "\x80\x05]" END TURN_PING END));
	expect(fd, "'ERROR: Ran out of input' 'ERROR: pickle data was truncated' (0, ['ping'])");
	close(fd);
}

static void
late_answer_keeps_the_order(void **state)
{
	int fd = dial(), other = dial();

	(void)state;
	send_bytes(fd, SLICE("(lVlater\na." END TURN_PING END));
	expect(fd, "");
	send_bytes(other, SLICE(TURN_PING END));
	expect(other, "(0, ['ping'])");
	echo_answer(echo.later);
	expect(fd, "(0, ['later']) (0, ['ping'])");
	close(fd);
	close(other);
}

static void
many_requests_take_turns_with_the_loop(void **state)
{
	struct slice request = SLICE("(lVslow\na." END);
	int fds[4];

	(void)state;
	for (size_t i = 0; i < 4; i++)
		fds[i] = dial();
	turn();
	for (unsigned k = 0; k < 100; k++)
		assert_int_equal(write(fds[k / 25], request.p, request.n), request.n);
	for (unsigned i = 1; i <= 100; i++) {
		(void)uv_run(&loop, UV_RUN_NOWAIT);
		assert_true(echo.count <= 2 * i);
	}
	assert_int_equal(echo.count, 100);
	for (size_t i = 0; i < 4; i++)
		(void)close(fds[i]);
}

/* Reads what has come. */
static void
drain(int fd)
{
	static char text[1 << 16];

	while (read(fd, text, sizeof(text)) > 0)
		;
}

static void
readers_leave_only_so_much_unread(void **state)
{
	char at[80];
	const struct listener_options o = {.path = at, .group = getegid()};
	struct slice request = SLICE("(lVbig\na." END);
	struct listener *readers;
	struct diag d;
	int fds[3];

	(void)state;
	(void)snprintf(at, sizeof(at), "%s/read", folder);
	assert_int_equal(listener_new(&readers, &loop, &o, &echo.sink, &d), 0);
	for (size_t i = 0; i < 3; i++) {
		fds[i] = dial_at(at);
		for (unsigned k = 0; k < 8; k++)
			send_bytes(fds[i], request);
	}
	turn();
	assert_in_range(echo.count, 8, 10);
	/* The others go on when somebody reads, or has gone. */
	(void)close(fds[0]);
	for (unsigned i = 0; i < 1000 && echo.count < 20; i++) {
		(void)uv_run(&loop, UV_RUN_NOWAIT);
		drain(fds[1]);
		drain(fds[2]);
	}
	assert_true(echo.count >= 20);
	listener_free(readers);
	(void)close(fds[1]);
	(void)close(fds[2]);
	turn();
}

static void
answer_to_a_client_that_has_gone_is_dropped(void **state)
{
	int fd = dial();

	(void)state;
	send_bytes(fd, SLICE("(lVlater\na." END));
	close(fd);
	turn();
	echo_answer(echo.later);
	turn();
}

static void
client_that_stopped_sending_gets_its_answers(void **state)
{
	int fd = dial();

	(void)state;
	send_bytes(fd, SLICE("(lVlater\na." END TURN_PING END));
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	turn();
	echo_answer(echo.later);
	expect(fd, "(0, ['later']) (0, ['ping']) EOF");
	close(fd);
}

static void
close_frame_closes_after_the_replies(void **state)
{
	int fd = dial();

	(void)state;
	send_bytes(fd, SLICE(TURN_PING END "<F2B_CLOSE_COMMAND>" END TURN_PING END));
	expect(fd, "(0, ['ping']) EOF");
	assert_int_equal(echo.count, 1);
	close(fd);
}

static void
shutdown_waits_for_answers(void **state)
{
	int fd = dial(), idle = dial();

	send_bytes(fd, SLICE("(lVlater\na." END TURN_PING END));
	listener_free(listener);
	turn();
	assert_int_equal(access(path, F_OK), -1);
	expect(idle, "EOF");
	echo_answer(echo.later);
	expect(fd, "(0, ['later']) EOF");
	close(fd);
	close(idle);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	assert_int_equal(set_up(state), 0);
}

static void
one_write_carries_the_whole_reply(void **state)
{
	static char data[200000];
	struct arena arena;
	struct buf out;
	int fd = dial(), big = 1 << 20;

	(void)state;
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &big, sizeof(big)), 0);
	memset(data, 'x', sizeof(data));
	arena_init(&arena);
	buf_init(&out, 1 << 20);
	pickle_encode(&out, value_text_lent(&arena, slice_of(data, sizeof(data))));
	buf_add(&out, FRAME_END);
	send_bytes(fd, buf_slice(&out));
	assert_true(read(fd, data, sizeof(data)) > 100000);
	buf_done(&out);
	arena_done(&arena);
	close(fd);
}

static void
too_large_a_request_costs_the_connection(void **state)
{
	static char data[1 << 20];
	int fd = dial();
	ssize_t n = 0;

	(void)state;
	for (int i = 0; i < 4 * 80 && n >= 0; i++) {
		n = send(fd, data, sizeof(data), MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN)
			n = 0;
		turn();
	}
	assert_true(n < 0 && errno == EPIPE);
	close(fd);
}

static void
client_that_reads_nothing_is_dropped(void **state)
{
	struct slice request = SLICE("(lV0123456789012345678901234567890123456789\na." END);
	struct buf many;
	int fd = dial();
	ssize_t n = 0;

	(void)state;
	buf_init(&many, 1 << 20);
	while (many.n < 60000)
		buf_add(&many, request);
	for (int i = 0; i < 20000 && n >= 0; i++) {
		n = send(fd, many.p, many.n, MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN)
			n = 0;
		(void)uv_run(&loop, UV_RUN_NOWAIT);
	}
	assert_true(n < 0);
	buf_done(&many);
	close(fd);
}

/* Asks for more than the kernel keeps for a client that does not read. */
static void
ask_much(int fd)
{
	static char text[1 << 20];
	struct slice rest = slice_of(text, sizeof(text));

	memset(text, 'x', sizeof(text));
	memcpy(text, "(lV", 3);
	memcpy(text + sizeof(text) - 20, "\na." END, 20);
	while (rest.n > 0) {
		ssize_t n = send(fd, rest.p, rest.n, MSG_NOSIGNAL);

		if (n > 0)
			rest = slice_from(rest, (size_t)n);
		turn();
	}
}

static void
shutdown_does_not_wait_for_who_does_not_read(void **state)
{
	int fd = dial();

	(void)state;
	ask_much(fd);
	assert_int_equal(echo.count, 1);
	listener_free(listener);
	(void)alarm(100);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	(void)alarm(0);
	assert_int_equal(uv_loop_close(&loop), 0);
	assert_int_equal(set_up(state), 0);
	close(fd);
}

/*
 * Who connects to at as a user with a group and another one, and asks: "" expects to be cut off,
 * "echo" to be answered, "long" to be cut off for asking too much.
 */
static bool
stranger(gid_t group, gid_t other, const char *at, const char *how)
{
	static char big[CONN_READER_MAX + 100];
	int fd, status;
	pid_t child;

	assert_int_equal(chmod(folder, 0755), 0);
	child = fork();
	if (child == 0) {
		if (setgroups(1, &other) < 0 || setgid(group) < 0 || setuid(65534) < 0)
			_exit(2);
		fd = dial_at(at);
		(void)fcntl(fd, F_SETFL, 0);
		(void)signal(SIGPIPE, SIG_IGN);
		if (how[0] == 'e')
			(void)!write(fd, TURN_PING END, sizeof(TURN_PING END) - 1);
		else if (how[0] == 'l')
			(void)!write(fd, big, sizeof(big));
		_exit((read(fd, big, 1) == 1) == (how[0] == 'e') ? 0 : 1);
	}
	while (waitpid(child, &status, WNOHANG) == 0)
		turn();
	return status == 0;
}

static void
only_the_owner_may_connect(void **state)
{
	struct stat st;
	struct listener *other = NULL;
	int fd = dial();

	(void)state;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(listen_at(&other, path), -EADDRINUSE);
	close(fd);
	if (geteuid() != 0)
		return;
	/* The mode would stop a stranger; without it, credentials still do. */
	assert_int_equal(chmod(path, 0777), 0);
	assert_true(stranger(1234, 1234, path, ""));
}

static void
a_group_may_read(void **state)
{
	char at[80];
	const struct listener_options o = {.path = at, .group = 4321};
	struct listener *readers;
	struct stat st;
	struct diag d;

	(void)state;
	if (geteuid() != 0)
		skip();
	(void)snprintf(at, sizeof(at), "%s/read", folder);
	assert_int_equal(listener_new(&readers, &loop, &o, &echo.sink, &d), 0);
	assert_int_equal(stat(at, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	assert_int_equal(st.st_gid, 4321);
	assert_true(stranger(4321, 4321, at, "echo"));
	assert_true(stranger(1234, 4321, at, "echo"));
	assert_true(echo.reader);
	/* Strangers, let in by a mode that somebody widened, are still turned away. */
	assert_int_equal(chmod(at, 0666), 0);
	assert_true(stranger(1234, 1234, at, ""));
	/* What a reader asks is short. */
	echo.count = 0;
	assert_true(stranger(4321, 4321, at, "long"));
	assert_int_equal(echo.count, 0);
	listener_free(readers);
	turn();
	assert_int_equal(access(at, F_OK), -1);
}

static void
a_socket_that_was_handed_over_is_not_removed(void **state)
{
	struct listener_options o = {
	    .path = "elsewhere", .group = LOCAL_NO_GROUP, .inherited = true};
	struct listener *l;
	struct diag d;
	char at[80];
	int fd;

	(void)state;
	(void)snprintf(at, sizeof(at), "%s/given", folder);
	o.fd = local_bind(at, LOCAL_NO_GROUP, &d);
	assert_true(o.fd >= 0);
	assert_int_equal(listener_new(&l, &loop, &o, &echo.sink, &d), 0);
	fd = dial_at(at);
	send_bytes(fd, SLICE(TURN_PING END));
	expect(fd, "(0, ['ping'])");
	close(fd);
	turn();
	listener_free(l);
	turn();
	assert_int_equal(unlink(at), 0);
}

static void
who_was_silent_for_longest_makes_room(void **state)
{
	struct rlimit files = {0};
	int first, second, fds[CONN_CLIENTS_MAX - 2], last;

	(void)state;
	(void)getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &files);
	if (files.rlim_cur < 2 * CONN_CLIENTS_MAX + 100)
		skip();
	first = dial();
	turn();
	second = dial();
	turn();
	send_bytes(first, SLICE(TURN_PING END));
	expect(first, "(0, ['ping'])");
	for (size_t i = 0; i < CONN_CLIENTS_MAX - 2; i++) {
		fds[i] = dial();
		(void)uv_run(&loop, UV_RUN_NOWAIT);
	}
	expect(second, "");
	last = dial();
	send_bytes(last, SLICE(TURN_PING END));
	expect(last, "(0, ['ping'])");
	expect(second, "EOF");
	send_bytes(first, SLICE(TURN_PING END));
	expect(first, "(0, ['ping'])");
	for (size_t i = 0; i < CONN_CLIENTS_MAX - 2; i++)
		(void)close(fds[i]);
	(void)close(first);
	(void)close(second);
	(void)close(last);
}

static void
path_that_cannot_be_is_refused(void **state)
{
	char long_path[300];
	struct listener *l = NULL;

	(void)state;
	memset(long_path, 'a', sizeof(long_path));
	long_path[sizeof(long_path) - 1] = '\0';
	assert_int_equal(listen_at(&l, long_path), -ENAMETOOLONG);
	assert_int_equal(listen_at(&l, "/nonexistent/x/s"), -ENOENT);
	assert_null(l);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(a_group_may_read),
	    CASE(a_socket_that_was_handed_over_is_not_removed),
	    CASE(requests_are_answered_in_order),
	    CASE(byte_by_byte_is_one_request),
	    CASE(broken_frame_is_answered_and_connection_stays),
	    CASE(late_answer_keeps_the_order),
	    CASE(many_requests_take_turns_with_the_loop),
	    CASE(readers_leave_only_so_much_unread),
	    CASE(answer_to_a_client_that_has_gone_is_dropped),
	    CASE(client_that_stopped_sending_gets_its_answers),
	    CASE(close_frame_closes_after_the_replies),
	    CASE(shutdown_waits_for_answers),
	    CASE(one_write_carries_the_whole_reply),
	    CASE(too_large_a_request_costs_the_connection),
	    CASE(client_that_reads_nothing_is_dropped),
	    CASE(shutdown_does_not_wait_for_who_does_not_read),
	    CASE(only_the_owner_may_connect),
	    CASE(who_was_silent_for_longest_makes_room),
	    CASE(path_that_cannot_be_is_refused),
	};
	int r;

	(void)signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(folder) == NULL)
		return 1;
	r = cmocka_run_group_tests(tests, NULL, NULL);
	(void)rmdir(folder);
	return r;
}
