/*
 * The kernel's log, in whose place is a socket, which can be in error as the device can: what the one
 * tells of by ECONNREFUSED, the other tells of by EPIPE.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

static int device_open(const char *path, int flags);
static ssize_t device_read(int fd, void *out, size_t n);

#define open device_open
#define read device_read
#include "source/kmsg.c"
#undef open
#undef read

struct seen {
	struct feed_sink sink;
	char text[1024], notes[1024];
};

static uv_loop_t loop;
static struct sockaddr_in own, kernel;
static int device, writer;
static bool stuck; /* no reading takes the error away */

static int
device_open(const char *path, int flags)
{
	return slice_eq(slice_cstr(path), SLICE(DEVICE)) ? device : open(path, flags);
}

static ssize_t
device_read(int fd, void *out, size_t n)
{
	ssize_t got = -1;

	if (fd != device)
		return read(fd, out, n);
	if (stuck)
		errno = EAGAIN;
	else
		got = recv(fd, out, n, MSG_DONTWAIT);
	if (got < 0 && errno == ECONNREFUSED)
		errno = EPIPE;
	return got;
}

static void
take_line(struct feed_sink *sink, const struct feed_line *line)
{
	struct seen *s = (struct seen *)sink;
	size_t n = strlen(s->text);

	(void)snprintf(s->text + n, sizeof(s->text) - n, "%.*s|", SLICE_ARG(line->text));
}

static void
take_note(struct feed_sink *sink, int level, const char *text)
{
	struct seen *s = (struct seen *)sink;
	size_t n = strlen(s->notes);

	(void)level;
	(void)snprintf(s->notes + n, sizeof(s->notes) - n, "%s|", text);
}

static void
make_socket(int *out, struct sockaddr_in *addr)
{
	socklen_t n = sizeof(*addr);

	*out = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(*out >= 0);
	assert_int_equal(bind(*out, (struct sockaddr *)addr, sizeof(*addr)), 0);
	assert_int_equal(getsockname(*out, (struct sockaddr *)addr, &n), 0);
}

static void
device_make(void)
{
	own = (struct sockaddr_in){.sin_family = AF_INET};
	own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	kernel = own;
	make_socket(&device, &own);
	make_socket(&writer, &kernel);
	assert_int_equal(connect(device, (struct sockaddr *)&kernel, sizeof(kernel)), 0);
}

static void
put(const char *record)
{
	assert_true(
	    sendto(writer, record, strlen(record), 0, (struct sockaddr *)&own, sizeof(own)) > 0);
}

/* Nobody is there for the moment to take what is sent. */
static void
device_overrun(void)
{
	(void)close(writer);
	assert_int_equal(send(device, "x", 1, 0), 1);
	make_socket(&writer, &kernel);
}

static struct feed_user *
join(struct feed_set *set, struct seen *s)
{
	struct feed_request request = {SLICE("kmsg"), SLICE("kmsg"), NULL, 0};
	struct feed_user *u;
	struct diag d;

	*s = (struct seen){.sink = {take_line, take_note}};
	diag_init(&d);
	if (feed_join(&u, set, &request, &s->sink, &d) < 0)
		fail_msg("%s", d.text);
	return u;
}

static void
run_a_while(void)
{
	for (unsigned i = 0; i < 20; i++)
		(void)uv_run(&loop, UV_RUN_NOWAIT);
}

static void
reading_goes_on_after_an_overrun(void **state)
{
	struct feed_set *set = feed_set_new(&loop);
	struct feed_stats stats;
	struct feed_user *u;
	struct seen s;

	(void)state;
	device_make();
	u = join(set, &s);
	put("12,1,0,-;one");
	run_a_while();
	for (unsigned i = 0; i < 2; i++) {
		device_overrun();
		put(i == 0 ? "12,4,0,-;four" : "12,9,0,-;nine");
		run_a_while();
		put(i == 0 ? "12,5,0,-;five" : "12,10,0,-;ten");
		run_a_while();
	}
	assert_string_equal(s.text, "one|four|five|nine|ten|");
	feed_get_stats(u, &stats);
	assert_int_equal(stats.lost, 2 + 3);
	/* Of both at once. */
	while (s.notes[0] == '\0')
		(void)uv_run(&loop, UV_RUN_ONCE);
	assert_non_null(strstr(s.notes, ", 5 lines were lost"));
	feed_leave(u);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	(void)close(writer);
	feed_set_free(set);
}

static void
an_error_that_stays_is_told_of_once(void **state)
{
	struct feed_set *set = feed_set_new(&loop);
	struct feed_user *u;
	struct seen s;

	(void)state;
	device_make();
	u = join(set, &s);
	stuck = true;
	device_overrun();
	run_a_while();
	stuck = false;
	assert_string_equal(
	    s.notes, "kmsg: /dev/kmsg: Input/output error; nothing more is read from it|");
	feed_leave(u);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	(void)close(writer);
	feed_set_free(set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reading_goes_on_after_an_overrun),
	    cmocka_unit_test(an_error_that_stays_is_told_of_once),
	};
	int r;

	(void)uv_loop_init(&loop);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	(void)uv_loop_close(&loop);
	return r;
}
