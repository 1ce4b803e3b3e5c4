#include "client/link.h"

#include "compat/pickle.h"
#include "compat/frame.h"
#include "util/buf.h"
#include "util/escape.h"
#include "util/mem.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define READ_BYTES 65536

struct link {
	int fd;
	struct span limit;	/* of one request; 0: none */
	struct mono begin;	/* of the request that is under way */
	const volatile sig_atomic_t *ended; /* or NULL */
	struct buf in;		/* a reply as far as it has come */
};

#define NOWHERE ((struct place){.file = NULL})

/* Why path cannot be connected to, in the words that tools know. */
static int
explain(struct slice path, int error, struct diag *d)
{
	struct buf shown;

	buf_init(&shown, 1000);
	escape_format(&shown, path);
	if (error == -ENOENT)
		(void)diag_fail(d, error, NOWHERE,
		    "Failed to access socket path: %s. Is fail2ban running?", buf_cstr(&shown));
	else if (error == -EACCES)
		(void)diag_fail(d, error, NOWHERE,
		    "Permission denied to socket: %s, (you must be root)", buf_cstr(&shown));
	else
		(void)diag_fail(d, error, NOWHERE, "[Errno %d] %s", -error, strerror(-error));
	buf_done(&shown);
	return error;
}

int
link_open(struct link **out, struct slice path, struct diag *d)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	struct link *l;
	int fd, r;

	if (path.n >= sizeof(at.sun_path))
		return diag_fail(d, -ENAMETOOLONG, NOWHERE, "AF_UNIX path too long");
	memcpy(at.sun_path, path.p, path.n);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return explain(path, -errno, d);
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0) {
		r = explain(path, -errno, d);
		(void)close(fd);
		return r;
	}
	l = MEM_NEW(struct link);
	l->fd = fd;
	buf_init(&l->in, LINK_REPLY_MAX);
	*out = l;
	return 0;
}

void
link_set_timeout(struct link *l, struct span limit)
{
	l->limit = limit;
}

void
link_heed(struct link *l, const volatile sig_atomic_t *ended)
{
	l->ended = ended;
}

/* Waits until the socket can be read, or written. */
static int
wait_for(struct link *l, short events, struct diag *d)
{
	struct pollfd p = {.fd = l->fd, .events = events};
	int r, wait_ms = -1;

	do {
		if (l->limit.us > 0) {
			int64_t left_ms =
			    (l->limit.us - mono_since(time_mono(), l->begin).us) / US_PER_MS;

			wait_ms = left_ms < 0 ? 0 : left_ms < INT_MAX ? (int)left_ms + 1 : INT_MAX;
		}
		r = poll(&p, 1, wait_ms);
	} while (r < 0 && errno == EINTR && (l->ended == NULL || *l->ended == 0));
	if (r < 0)
		return diag_fail(d, -errno, NOWHERE, "poll: %s", strerror(errno));
	return r == 0 ? diag_fail(d, -ETIMEDOUT, NOWHERE, "timed out") : 0;
}

static int
send_all(struct link *l, struct slice s, struct diag *d)
{
	while (s.n > 0) {
		ssize_t n;
		int r = wait_for(l, POLLOUT, d);

		if (r < 0)
			return r;
		n = send(l->fd, s.p, s.n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return diag_fail(d, -errno, NOWHERE, "[Errno %d] %s", errno, strerror(errno));
		if (n > 0)
			s = slice_from(s, (size_t)n);
	}
	return 0;
}

static int
receive_some(struct link *l, struct diag *d)
{
	char *room;
	ssize_t n;
	int r = wait_for(l, POLLIN, d);

	if (r < 0)
		return r;
	room = buf_room(&l->in, READ_BYTES);
	if (room == NULL)
		return diag_fail(d, -E2BIG, NOWHERE, "the server's reply is too large");
	n = recv(l->fd, room, READ_BYTES, MSG_DONTWAIT);
	if (n == 0)
		return diag_fail(d, -ECONNRESET, NOWHERE, "the server closed the connection");
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return diag_fail(d, -errno, NOWHERE, "[Errno %d] %s", errno, strerror(errno));
	if (n > 0)
		buf_wrote(&l->in, (size_t)n);
	return 0;
}

/* The end may arrive in two pieces. */
static ptrdiff_t
find_end(const struct link *l, size_t searched)
{
	size_t back = FRAME_END.n - 1;

	return slice_find(buf_slice(&l->in), FRAME_END, searched > back ? searched - back : 0);
}

int
link_send(struct link *l, const struct value *command, struct diag *d)
{
	struct buf out;
	int r;

	l->begin = time_mono();
	buf_init(&out, LINK_REPLY_MAX);
	pickle_encode(&out, command);
	buf_add(&out, FRAME_END);
	r = buf_refused(&out) ? diag_fail(d, -E2BIG, NOWHERE, "the command is too large") :
				send_all(l, buf_slice(&out), d);
	buf_done(&out);
	return r;
}

int
link_next(struct link *l, struct arena *a, struct value **reply, struct diag *d)
{
	ptrdiff_t end = find_end(l, 0), used;
	size_t searched;
	int r = 0;

	while (r == 0 && end < 0) {
		searched = l->in.n;
		r = receive_some(l, d);
		if (r == 0)
			end = find_end(l, searched);
	}
	if (r < 0)
		return r;
	used = pickle_decode(a, slice_upto(buf_slice(&l->in), (size_t)end), PICKLE_REPLY, reply, d);
	buf_consume(&l->in, (size_t)end + FRAME_END.n);
	return used < 0 ? -EBADMSG : 0;
}

int
link_ask(struct link *l, struct arena *a, const struct value *command, struct value **reply,
    struct diag *d)
{
	int r;

	buf_clear(&l->in);
	r = link_send(l, command, d);
	return r < 0 ? r : link_next(l, a, reply, d);
}

bool
link_pending(const struct link *l)
{
	return find_end(l, 0) >= 0;
}

int
link_fd(const struct link *l)
{
	return l->fd;
}

void
link_close(struct link *l)
{
	struct buf out;

	if (l == NULL)
		return;
	buf_init(&out, 100);
	buf_add(&out, FRAME_CLOSE);
	buf_add(&out, FRAME_END);
	/* A courtesy: a server that does not get it sees the connection end all the same. */
	(void)send(l->fd, out.p, out.n, MSG_NOSIGNAL | MSG_DONTWAIT);
	buf_done(&out);
	(void)close(l->fd);
	buf_done(&l->in);
	mem_free(l);
}

bool
link_ping(struct slice path, struct span limit)
{
	struct link *l;
	struct arena a;
	struct value *reply;
	struct diag d;
	bool alive;

	if (link_open(&l, path, &d) < 0)
		return false;
	link_set_timeout(l, limit);
	arena_init(&a);
	alive = link_ask(l, &a, value_add(&a, value_list(&a), value_cstr(&a, "ping")), &reply, &d) == 0 &&
	    value_is_text(value_at(reply, 1), SLICE("pong"));
	arena_done(&a);
	link_close(l);
	return alive;
}
