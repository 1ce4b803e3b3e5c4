#include "source/feed_kind.h"
#include "source/syslog_text.h"
#include "util/addr.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/sockbuf.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/*
 * Messages of the syslog protocol, from containers and appliances: datagrams over UDP or a Unix
 * socket, and streams over TCP.
 *
 * Whoever can send can make others be banned, so it is this machine alone unless an address says
 * otherwise.
 */

#define DEFAULT_LISTEN SLICE("udp:127.0.0.1:514")
#define STREAMS_MAX 64 /* senders over TCP at a time */
#define MESSAGE_MAX ((size_t)64 * 1024)
#define STREAM_BYTES (2 * MESSAGE_MAX)
#define SOCKET_BYTES (8 * 1024 * 1024) /* in which datagrams wait for us */

/* A sender that is gone without a word, by a crash or a cut line, is to give its place back. */
#define ASK_AFTER_S 60

/* Datagrams taken in one turn of the loop, so that other jails get theirs. */
#define PORTION 500

enum transport { TRANSPORT_UDP, TRANSPORT_TCP, TRANSPORT_UNIX };

struct syslog_feed {
	struct feed feed;
	enum transport transport;
	char *listen; /* as it was written, for messages */
	struct sockaddr_storage address;
	char *path;	     /* of a Unix socket */
	uv_handle_t *handle; /* outlives the feed until libuv has closed it */
	int fd;		     /* of datagrams */
	uint32_t dropped;    /* those that the kernel had no room for */
	char *block;
	struct buf text;
	struct list senders;
	size_t sender_count;
};

/* Somebody who sends over TCP. */
struct sender {
	struct list link;
	struct syslog_feed *feed; /* NULL once the feed is closed */
	uv_tcp_t tcp;
	struct buf in;
};

static int
wrong_listen(struct slice listen, struct diag *d)
{
	int r = diag_fail(d, -EINVAL, (struct place){0},
	    "backend syslog: listen = '%.*s' is no place to listen at", SLICE_ARG(listen));

	diag_remedy(d, "write udp:127.0.0.1:514, tcp:[::1]:514 (in quotes) or unix:/run/f2b/log");
	return r;
}

/* "ADDRESS:PORT" */
static int
parse_address(struct syslog_feed *f, struct slice text)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&f->address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&f->address;
	size_t colon = text.n;
	struct addr addr;
	uint64_t port;

	while (colon > 0 && text.p[colon - 1] != ':')
		colon--;
	if (colon == 0 || slice_u64(slice_from(text, colon), UINT16_MAX, &port) < 0 || port == 0 ||
	    addr_parse(slice_upto(text, colon - 1), &addr) < 0 || addr_network(&addr))
		return -EINVAL;
	if (addr.family == ADDR_INET4) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		memcpy(&v4->sin_addr, addr.b, 4);
	} else {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		memcpy(&v6->sin6_addr, addr.b, 16);
	}
	return 0;
}

static int
parse_listen(struct syslog_feed *f, struct slice listen)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&f->address;
	struct slice rest = listen, transport;

	if (!slice_next(&rest, ':', &transport))
		return -EINVAL;
	if (slice_eq(transport, SLICE("unix"))) {
		if (rest.n == 0 || rest.p[0] != '/' || rest.n >= sizeof(un->sun_path))
			return -EINVAL;
		f->transport = TRANSPORT_UNIX;
		f->path = mem_copy(rest.p, rest.n);
		un->sun_family = AF_UNIX;
		memcpy(un->sun_path, rest.p, rest.n);
		return 0;
	}
	f->transport = slice_eq(transport, SLICE("tcp")) ? TRANSPORT_TCP : TRANSPORT_UDP;
	if (f->transport == TRANSPORT_UDP && !slice_eq(transport, SLICE("udp")))
		return -EINVAL;
	return parse_address(f, rest);
}

static void
syslog_free(struct feed *feed)
{
	struct syslog_feed *f = (struct syslog_feed *)feed;

	if (f->fd >= 0)
		(void)close(f->fd); /* was only read */
	mem_free(f->listen);
	mem_free(f->path);
	mem_free(f->block);
	buf_done(&f->text);
	mem_free(f);
}

static int
syslog_make(struct feed **out, const struct feed_option *options, size_t count, struct diag *d)
{
	struct slice listen = feed_option_get(options, count, "listen");
	struct syslog_feed *f = MEM_NEW(struct syslog_feed);

	if (listen.n == 0)
		listen = DEFAULT_LISTEN;
	f->fd = -1;
	f->listen = mem_copy(listen.p, listen.n);
	buf_init(&f->text, 2 * MESSAGE_MAX);
	list_init(&f->senders);
	if (parse_listen(f, listen) < 0) {
		syslog_free(&f->feed);
		return wrong_listen(listen, d);
	}
	*out = &f->feed;
	return 0;
}

static void
take_message(struct syslog_feed *f, struct slice message)
{
	buf_clear(&f->text);
	if (syslog_text_format(&f->text, message) < 0)
		f->feed.stats.refused++;
	else
		feed_deliver(&f->feed, buf_slice(&f->text), (struct instant){0});
}

/* Datagrams. */

/*
 * The kernel drops only what comes while the socket is full: once that was read empty, this is all. Before
 * Linux 4.12 it does not tell, and losses are not counted.
 */
static void
count_dropped(struct syslog_feed *f)
{
	uint32_t info[SK_MEMINFO_VARS] = {0}, dropped;
	socklen_t n = sizeof(info);

	if (getsockopt(f->fd, SOL_SOCKET, SO_MEMINFO, info, &n) < 0)
		return;
	dropped = info[SK_MEMINFO_DROPS] - f->dropped;
	f->dropped = info[SK_MEMINFO_DROPS];
	feed_lost(&f->feed, dropped);
}

static void
syslog_tell_lost(struct feed *feed, uint64_t count)
{
	feed_note(feed, LEVEL_WARNING,
	    "syslog: %s: more came at once than there was room for, %llu messages were lost; send less, or "
	    "over TCP",
	    ((struct syslog_feed *)feed)->listen, (unsigned long long)count);
}

static void
datagram_came(uv_poll_t *poll, int status, int events)
{
	struct syslog_feed *f = poll->data;
	ssize_t n;

	/* libuv stops at an error of the socket, which the first call takes away. */
	if (status < 0)
		(void)uv_poll_start(poll, UV_READABLE, datagram_came);
	for (int i = 0; i < PORTION; i++) {
		/* As long as it was sent, however much of it there was room for. */
		n = recv(f->fd, f->block, MESSAGE_MAX, MSG_TRUNC);
		if (n < 0)
			break;
		if ((size_t)n > MESSAGE_MAX)
			f->feed.stats.long_lines++;
		else
			take_message(f, slice_of(f->block, (size_t)n));
	}
	count_dropped(f);
}

static socklen_t
address_bytes(const struct syslog_feed *f)
{
	return f->address.ss_family == AF_INET	  ? sizeof(struct sockaddr_in)
	       : f->address.ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
						  : sizeof(struct sockaddr_un);
}

/* A socket that nobody reads from any more is left from a crash. */
static void
remove_stale(const struct syslog_feed *f)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct stat st;

	if (fd >= 0 && stat(f->path, &st) == 0 && S_ISSOCK(st.st_mode) &&
	    connect(fd, (const struct sockaddr *)&f->address, address_bytes(f)) < 0 &&
	    errno == ECONNREFUSED)
		(void)unlink(f->path);
	if (fd >= 0)
		(void)close(fd);
}

static int
datagrams_open(struct syslog_feed *f)
{
	uv_poll_t *poll;
	mode_t mask;
	int r;

	f->fd = socket(f->address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (f->fd < 0)
		return -errno;
	sockbuf_receive(f->fd, SOCKET_BYTES);
	if (f->path != NULL)
		remove_stale(f);
	mask = umask(0177); /* root alone; an administrator who wants more says so with chmod */
	r = bind(f->fd, (const struct sockaddr *)&f->address, address_bytes(f)) < 0 ? -errno : 0;
	(void)umask(mask);
	if (r < 0)
		return r;
	poll = MEM_NEW(uv_poll_t);
	r = uv_poll_init(f->feed.loop, poll, f->fd);
	if (r < 0) {
		mem_free(poll);
		return r;
	}
	f->block = mem_alloc(MESSAGE_MAX);
	f->handle = (uv_handle_t *)poll;
	poll->data = f;
	(void)uv_poll_start(poll, UV_READABLE, datagram_came); /* cannot fail on a fresh handle */
	return 0;
}

/* Streams. */

static void
sender_closed(uv_handle_t *handle)
{
	struct sender *s = handle->data;

	buf_done(&s->in);
	mem_free(s);
}

static void
sender_close(struct sender *s)
{
	if (s->feed != NULL)
		s->feed->sender_count--;
	s->feed = NULL;
	list_remove(&s->link);
	uv_close((uv_handle_t *)&s->tcp, sender_closed);
}

static void
give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
	struct sender *s = handle->data;
	size_t room = STREAM_BYTES - s->in.n;

	*out = uv_buf_init(buf_room(&s->in, room), (unsigned)room);
}

static void
stream_came(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct sender *s = stream->data;
	struct slice rest, message;
	ptrdiff_t taken = 0;

	if (n < 0) {
		sender_close(s);
		return;
	}
	buf_wrote(&s->in, (size_t)n);
	rest = buf_slice(&s->in);
	while ((taken = syslog_text_next(rest, MESSAGE_MAX, &message)) > 0) {
		rest = slice_from(rest, (size_t)taken);
		if (message.n > 0)
			take_message(s->feed, message);
	}
	if (taken < 0) {
		s->feed->feed.stats.refused++;
		sender_close(s);
		return;
	}
	buf_consume(&s->in, s->in.n - rest.n);
}

static void
sender_came(uv_stream_t *server, int status)
{
	struct syslog_feed *f = server->data;
	struct sender *s = MEM_NEW(struct sender);

	buf_init(&s->in, STREAM_BYTES);
	list_init(&s->link);
	(void)uv_tcp_init(f->feed.loop, &s->tcp);
	s->tcp.data = s;
	if (uv_accept(server, (uv_stream_t *)&s->tcp) < 0 || f->sender_count == STREAMS_MAX) {
		f->feed.stats.refused++;
		sender_close(s);
		return;
	}
	s->feed = f;
	f->sender_count++;
	list_append(&f->senders, &s->link);
	(void)uv_tcp_keepalive(&s->tcp, 1, ASK_AFTER_S); /* or it keeps its place */
	(void)uv_read_start((uv_stream_t *)&s->tcp, give_room, stream_came);
}

static void
handle_free(uv_handle_t *handle)
{
	mem_free(handle);
}

static int
streams_open(struct syslog_feed *f)
{
	uv_tcp_t *server = MEM_NEW(uv_tcp_t);
	int r;

	(void)uv_tcp_init(f->feed.loop, server);
	server->data = f;
	r = uv_tcp_bind(server, (const struct sockaddr *)&f->address, 0);
	if (r == 0)
		r = uv_listen((uv_stream_t *)server, STREAMS_MAX, sender_came);
	if (r < 0)
		uv_close((uv_handle_t *)server, handle_free);
	else
		f->handle = (uv_handle_t *)server;
	return r;
}

static int
syslog_open(struct feed *feed, const struct feed_request *request, struct diag *d)
{
	struct syslog_feed *f = (struct syslog_feed *)feed;
	int r = f->transport == TRANSPORT_TCP ? streams_open(f) : datagrams_open(f);

	return r < 0 ? diag_fail(d, r, (struct place){0}, "backend syslog: listen = '%s': %s",
			   f->listen, strerror(-r))
		     : 0;
}

static void
syslog_close(struct feed *feed)
{
	struct syslog_feed *f = (struct syslog_feed *)feed;

	LIST_EACH(link, &f->senders)
	sender_close(LIST_ITEM(link, struct sender, link));
	uv_close(f->handle, handle_free);
	if (f->path != NULL)
		(void)unlink(f->path);
	syslog_free(feed);
}

const struct feed_kind syslog_kind = {
    .name = "syslog",
    .options = "listen",
    .shared = true,
    .make = syslog_make,
    .free = syslog_free,
    .open = syslog_open,
    .close = syslog_close,
    .tell_lost = syslog_tell_lost,
};
