/*
 * Feeds on a real loop: commands that end, commands that leave somebody behind, senders of the syslog
 * protocol over each transport. What comes is collected as text.
 */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <netinet/in.h>
#include <cmocka.h>

#include "source/feed.h"
#include "source/joiner.h"
#include "util/mem.h"

struct seen {
	struct feed_sink sink;
	char text[8192], notes[2048];
};

static uv_loop_t loop;
static struct feed_set *set;
static bool late;

static void
take_line(struct feed_sink *sink, const struct feed_line *line)
{
	struct seen *s = (struct seen *)sink;
	size_t n = strlen(s->text);

	(void)snprintf(s->text + n, sizeof(s->text) - n, "%.*s|", SLICE_ARG(slice_upto(line->text, 100)));
}

static void
take_note(struct feed_sink *sink, int level, const char *text)
{
	struct seen *s = (struct seen *)sink;
	size_t n = strlen(s->notes);

	(void)snprintf(s->notes + n, sizeof(s->notes) - n, "%s|", text);
}

static void
too_late(uv_timer_t *timer)
{
	late = true;
}

/* Runs the loop until all of text was seen. */
static void
run_until(const struct seen *s, const char *text)
{
	uv_timer_t timer;

	late = false;
	(void)uv_timer_init(&loop, &timer);
	(void)uv_timer_start(&timer, too_late, 100000, 0);
	while (!late && strlen(s->text) < strlen(text))
		(void)uv_run(&loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&timer, NULL);
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	assert_string_equal(s->text, text);
}

static void
run_until_noted(const struct seen *s)
{
	uv_timer_t timer;

	late = false;
	(void)uv_timer_init(&loop, &timer);
	(void)uv_timer_start(&timer, too_late, 100000, 0);
	while (!late && s->notes[0] == '\0')
		(void)uv_run(&loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&timer, NULL);
	(void)uv_run(&loop, UV_RUN_NOWAIT);
}

static struct feed_user *
join(struct seen *s, const char *kind, const char *option, const char *value)
{
	struct feed_option o = {slice_cstr(option), slice_cstr(value)};
	struct feed_request request = {slice_cstr(kind), slice_cstr(value), &o, 1};
	struct feed_user *u;
	struct diag d;

	*s = (struct seen){.sink = {take_line, take_note}};
	diag_init(&d);
	if (feed_join(&u, set, &request, &s->sink, &d) < 0)
		fail_msg("%s", d.text);
	return u;
}

/* Everything is closed: no handle is left, so that the loop ends by itself. */
static void
leave(struct feed_user *u)
{
	feed_leave(u);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_alive(&loop), 0);
}

static void
lines_of_a_command_come_whole(void **state)
{
	struct feed_stats stats;
	struct seen s;
	struct feed_user *u = join(&s, "pipe", "command",
	    "printf 'one\\ntw'; sleep 0.1; printf 'o\\r\\n\\nthree\\nnever ends'; sleep 60");

	run_until(&s, "one|two||three|");
	feed_get_stats(u, &stats);
	assert_int_equal(stats.lines, 4);
	leave(u);
	assert_string_equal(s.text, "one|two||three|");
}

static void
a_command_that_ends_is_started_again(void **state)
{
	struct feed_stats stats;
	struct seen s;
	struct feed_user *u = join(&s, "pipe", "command", "echo line; echo why >&2; exit 3");

	run_until(&s, "line|line|");
	feed_get_stats(u, &stats);
	assert_int_equal(stats.restarts, 1);
	assert_non_null(strstr(s.notes, "ended with status 3; it said: why; starting it again in 1 s"));
	leave(u);
}

static void
who_holds_the_output_does_not_hold_up(void **state)
{
	struct seen s;
	/* The child of the command ignores SIGTERM and keeps its output open. */
	struct feed_user *u = join(
	    &s, "pipe", "command", "(trap '' TERM; sleep 50) & echo line; exit 0");

	run_until(&s, "line|line|");
	leave(u);
}

static void
a_feed_is_shared(void **state)
{
	struct seen a, b;
	struct feed_user *first = join(&a, "pipe", "command", "echo line; sleep 60");
	struct feed_user *second = join(&b, "pipe", "command", "echo line; sleep 60");

	run_until(&a, "line|");
	assert_string_equal(b.text, "line|");
	feed_leave(first);
	feed_pause(second, true);
	leave(second);
}

static void
long_lines_are_passed_over(void **state)
{
	struct feed_stats stats;
	struct seen s;
	struct feed_user *u = join(&s, "pipe", "command",
	    "head -c 3000000 /dev/zero | tr '\\0' x; echo; echo next; sleep 60");

	run_until(&s, "next|");
	feed_get_stats(u, &stats);
	assert_int_equal(stats.long_lines, 1);
	leave(u);
}

/* A port of the loopback address, this or that of IPv6, that nobody has. */
static in_port_t
free_port(int family, int type)
{
	struct sockaddr_storage at = {.ss_family = (sa_family_t)family};
	socklen_t n = sizeof(at);
	int fd = socket(family, type, 0);

	if (family == AF_INET)
		((struct sockaddr_in *)&at)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		((struct sockaddr_in6 *)&at)->sin6_addr = in6addr_loopback;
	assert_int_equal(bind(fd, (struct sockaddr *)&at, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
	(void)close(fd);
	return family == AF_INET ? ((struct sockaddr_in *)&at)->sin_port : ((struct sockaddr_in6 *)&at)->sin6_port;
}

static int
datagram(const struct sockaddr *to, socklen_t n, const char *text)
{
	int fd = socket(to->sa_family, SOCK_DGRAM, 0);
	ssize_t sent = sendto(fd, text, strlen(text), 0, to, n);

	(void)close(fd);
	return sent < 0 ? -1 : 0;
}

/* Where it listens is *to. */
static struct feed_user *
join_udp(struct seen *s, struct sockaddr_in *to)
{
	char where[40];

	*to = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = free_port(AF_INET, SOCK_DGRAM)};
	to->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	(void)snprintf(where, sizeof(where), "udp:127.0.0.1:%d", ntohs(to->sin_port));
	return join(s, "syslog", "listen", where);
}

static void
datagrams_are_taken(void **state)
{
	struct sockaddr_in to;
	struct feed_stats stats;
	struct feed_user *u;
	struct seen s;

	u = join_udp(&s, &to);
	assert_int_equal(datagram((struct sockaddr *)&to, sizeof(to), "no message"), 0);
	assert_int_equal(datagram((struct sockaddr *)&to, sizeof(to), "<38>Nov 22 10:00:00 a b: c\n"), 0);
	run_until(&s, "Nov 22 10:00:00 a b: c|");
	feed_get_stats(u, &stats);
	assert_int_equal(stats.refused, 1);
	leave(u);
}

/* The feed's own socket, which is in this process. */
static int
listener(in_port_t port)
{
	for (int fd = 0; fd < 256; fd++) {
		struct sockaddr_in own;
		socklen_t n = sizeof(own);

		if (getsockname(fd, (struct sockaddr *)&own, &n) == 0 && own.sin_family == AF_INET &&
		    own.sin_port == port)
			return fd;
	}
	return -1;
}

/* As the kernel's when somebody has it close the socket (ss -K); here nobody is where it sends to. */
static void
an_error_of_the_socket_ends_nothing(void **state)
{
	struct sockaddr_in to, nobody;
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	struct seen s;
	struct feed_user *u = join_udp(&s, &to);
	int fd = listener(to.sin_port);

	nobody = to;
	nobody.sin_port = free_port(AF_INET, SOCK_DGRAM);
	assert_int_equal(connect(fd, (struct sockaddr *)&nobody, sizeof(nobody)), 0);
	assert_int_equal(send(fd, "x", 1, 0), 1);
	assert_int_equal(connect(fd, &none, sizeof(none)), 0);
	for (int i = 0; i < 3; i++)
		(void)uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(datagram((struct sockaddr *)&to, sizeof(to), "<13>x"), 0);
	run_until(&s, "x|");
	leave(u);
}

/* So many as come in a moment in which nobody reads; and then more than there is room for. */
static void
what_comes_at_once_waits_or_is_counted(void **state)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in to;
	struct feed_stats stats;
	uint64_t sent = 0;
	struct feed_user *u;
	char told[80];
	struct seen s;

	u = join_udp(&s, &to);
	for (unsigned many = 3000; many <= 100000; many += 97000) {
		for (unsigned i = 0; i < many; i++)
			sent += sendto(fd, "<13>x", 5, 0, (struct sockaddr *)&to, sizeof(to)) == 5;
		for (unsigned turns = 0; turns < 5000; turns++) {
			(void)uv_run(&loop, UV_RUN_NOWAIT);
			feed_get_stats(u, &stats);
			if (stats.lines + stats.lost >= sent)
				break;
		}
		assert_int_equal(stats.lines + stats.lost, sent);
		if (many == 3000 && geteuid() == 0)
			assert_int_equal(stats.lost, 0);
	}
	assert_true(stats.lost > 0);
	run_until_noted(&s);
	(void)snprintf(told, sizeof(told), "room for, %" PRIu64 " messages were lost", stats.lost);
	if (geteuid() == 0 && strstr(s.notes, told) == NULL)
		fail_msg("no '%s' in '%s'", told, s.notes);
	(void)close(fd);
	leave(u);
}

static void
a_long_datagram_is_passed_over(struct seen *s, struct feed_user *u, const struct sockaddr_un *to)
{
	const size_t longest = (size_t)64 * 1024;
	struct feed_stats stats;
	char text[100001], want[120];

	memcpy(text, "<13>", 4);
	memset(text + 4, 'x', sizeof(text) - 5);
	text[sizeof(text) - 1] = '\0';
	s->text[0] = '\0';
	assert_int_equal(datagram((const struct sockaddr *)to, sizeof(*to), text), 0);
	text[longest + 1] = '\0';
	assert_int_equal(datagram((const struct sockaddr *)to, sizeof(*to), text), 0);
	text[longest] = '\0';
	assert_int_equal(datagram((const struct sockaddr *)to, sizeof(*to), text), 0);
	memset(want, 'x', 100);
	memcpy(want + 100, "|", 2);
	run_until(s, want);
	feed_get_stats(u, &stats);
	assert_int_equal(stats.long_lines, 2);
}

static void
a_socket_left_by_a_crash_is_replaced(void **state)
{
	char dir[] = "/tmp/f2b-feed-XXXXXX", spec[100];
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	struct seen s;
	struct feed_user *u;
	int fd;

	assert_non_null(mkdtemp(dir));
	(void)snprintf(to.sun_path, sizeof(to.sun_path), "%s/log", dir);
	(void)snprintf(spec, sizeof(spec), "unix:%s/log", dir);
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	(void)close(fd);
	u = join(&s, "syslog", "listen", spec);
	assert_int_equal(datagram((struct sockaddr *)&to, sizeof(to), "<13>hello"), 0);
	run_until(&s, "hello|");
	a_long_datagram_is_passed_over(&s, u, &to);
	leave(u);
	assert_int_equal(access(to.sun_path, F_OK), -1);
	(void)rmdir(dir);
}

/* Whether the other end, which is in this process too, asks if the client is still there. */
static bool
is_asked_after(int client)
{
	struct sockaddr_in6 own, peer;
	socklen_t n = sizeof(own);
	int on = 0;

	assert_int_equal(getsockname(client, (struct sockaddr *)&own, &n), 0);
	for (int fd = 0; fd < 256; fd++) {
		n = sizeof(peer);
		if (getpeername(fd, (struct sockaddr *)&peer, &n) < 0 || peer.sin6_family != AF_INET6 ||
		    peer.sin6_port != own.sin6_port)
			continue;
		n = sizeof(on);
		assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, &n), 0);
	}
	return on != 0;
}

static void
streams_are_taken(void **state)
{
	struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = free_port(AF_INET6, SOCK_STREAM)};
	struct feed_stats stats;
	struct feed_user *u;
	struct seen s;
	int good = socket(AF_INET6, SOCK_STREAM, 0), bad = socket(AF_INET6, SOCK_STREAM, 0);
	char where[40];

	(void)snprintf(where, sizeof(where), "tcp:[::1]:%d", ntohs(to.sin6_port));
	u = join(&s, "syslog", "listen", where);
	to.sin6_addr = in6addr_loopback;
	assert_int_equal(connect(good, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(connect(bad, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(write(bad, "99999999 ", 9), 9);
	assert_int_equal(write(good, "<13>one\n7 <13>two<13>thr", 24), 24);
	run_until(&s, "one|two|");
	assert_int_equal(write(good, "ee\n", 3), 3);
	run_until(&s, "one|two|three|");
	feed_get_stats(u, &stats);
	assert_int_equal(stats.refused, 1);
	assert_true(is_asked_after(good));
	leave(u);
	(void)close(good);
	(void)close(bad);
}

/* kind, option, value → what is said; NULL: it is good */
static const struct {
	const char *kind, *name, *value, *said;
} options[] = {
    {"NFLOG", "group", "5", NULL},
    {"nflog", "group", "65536", "backend nflog: group = '65536' is no number from 0 to 65535"},
    {"nflog", "grp", "5", "backend nflog: unknown option 'grp'"},
    {"nflog", "group", "", "backend nflog: its group is missing"},
    {"kmsg", "x", "1", "backend kmsg: unknown option 'x'"},
    {"pipe", "command", "", "backend pipe: its command is missing"},
    {"syslog", "listen", "udp:127.0.0.1:514", NULL},
    {"syslog", "listen", "", NULL},
    {"syslog", "listen", "514", "backend syslog: listen = '514' is no place to listen at"},
    {"syslog", "listen", "udp:127.0.0.1", "backend syslog: listen = 'udp:127.0.0.1' is no place to listen at"},
    {"syslog", "listen", "udp:10.0.0.0/8:514", "backend syslog: listen = 'udp:10.0.0.0/8:514' is no place to listen at"},
    {"syslog", "listen", "udp:localhost:514", "backend syslog: listen = 'udp:localhost:514' is no place to listen at"},
    {"syslog", "listen", "unix:log", "backend syslog: listen = 'unix:log' is no place to listen at"},
};

static void
wrong_options_are_refused(void **state)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		struct feed_option o = {slice_cstr(options[i].name), slice_cstr(options[i].value)};
		struct diag d;
		int r;

		diag_init(&d);
		r = feed_check(slice_cstr(options[i].kind), &o, 1, &d);
		assert_int_equal(r, options[i].said != NULL ? -EINVAL : 0);
		assert_string_equal(d.text, options[i].said != NULL ? options[i].said : "");
		assert_int_equal(d.remedy[0] != '\0', options[i].said != NULL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_of_a_command_come_whole),
	    cmocka_unit_test(a_command_that_ends_is_started_again),
	    cmocka_unit_test(who_holds_the_output_does_not_hold_up),
	    cmocka_unit_test(a_feed_is_shared),
	    cmocka_unit_test(long_lines_are_passed_over),
	    cmocka_unit_test(datagrams_are_taken),
	    cmocka_unit_test(an_error_of_the_socket_ends_nothing),
	    cmocka_unit_test(what_comes_at_once_waits_or_is_counted),
	    cmocka_unit_test(a_socket_left_by_a_crash_is_replaced),
	    cmocka_unit_test(streams_are_taken),
	    cmocka_unit_test(wrong_options_are_refused),
	};
	int r;

	(void)uv_loop_init(&loop);
	set = feed_set_new(&loop);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	feed_set_free(set);
	(void)uv_loop_close(&loop);
	return r;
}
