#include "control/conn.h"

#include "compat/pickle.h"
#include "compat/frame.h"
#include "util/buf.h"
#include "util/list.h"
#include "util/mem.h"
#include "util/time.h"

#include <assert.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES 65536
#define REPLY_MAX ((size_t)512 * 1024 * 1024)

/*
 * A client is dropped when it asks for more while it left so many bytes of replies unread, or when
 * it has read nothing of what waits for it in so many rounds of the timer.
 */
#define UNREAD_MAX ((size_t)64 * 1024 * 1024)
#define UNREAD_ROUND_MS 10000
#define UNREAD_ROUNDS 6

/*
 * In a turn of the loop requests are handed on for so long, and of readers only while all of them
 * together have left no more than that unread: whatever they ask, and however many they are, logs
 * are read and bans made meanwhile, and their replies do not take all memory.
 */
#define TURN_TIME SPAN_MS(1)
#define READERS_UNREAD_MAX ((size_t)8 * 1024 * 1024)

/* Of these when the listener ends: a client must not keep the server from stopping. */
#define ENDING_ROUND_MS 500

struct listener {
	uv_loop_t *loop;
	uv_pipe_t pipe;
	uv_timer_t timer;	/* looks for clients that do not read */
	uv_idle_t turn;		/* active while requests wait for the loop's next turn */
	gid_t group;		/* LOCAL_NO_GROUP: the socket takes all commands */
	char *path;		/* NULL if somebody else made the socket, and removes it */
	dev_t dev;	/* of the socket that we made at path */
	ino_t ino;
	struct conn_sink *sink;
	struct list conns;	/* those first that have been silent for longest */
	size_t count;
	struct list ready;	/* conns that may have a request, in the order of their turns */
	size_t unread;		/* of all conns */
	unsigned handles;	/* own ones that are still to be closed */
	bool closing;
};

/*
 * One client. It lives as long as its handle is open or a request of it is not answered. Requests
 * are handed on one at a time, so that answers keep their order; what comes meanwhile waits.
 */
struct conn {
	struct list link;
	struct list ready;	/* alone where no request waits for its turn */
	struct listener *listener;	/* outlives all its conns */
	uv_pipe_t pipe;
	struct buf in;
	size_t used;		/* bytes of in that were handed on */
	size_t searched;	/* bytes of in before which no end of a frame begins */
	struct job *job;	/* the request that is being answered */
	size_t unread;		/* bytes of replies that the kernel has not taken */
	size_t unread_before;	/* as the timer saw it last */
	unsigned rounds;	/* for which it stayed so */
	bool eof;	/* the client sends no more */
	bool ended;	/* to be closed after its replies */
	bool closed;	/* uv_close() was called */
	bool gone;	/* the handle is closed */
	bool running;	/* within serve() */
};

struct job {
	struct conn_request rq;	/* first: a request is its job */
	struct conn *conn;
};

struct reply {
	uv_write_t write;
	struct conn *conn;
	struct buf text;
};

static void serve(struct conn *c);
static void serve_ready(uv_idle_t *turn);

/* ---- ending ---- */

static void listener_closed(uv_handle_t *handle);

/* The timer goes last, as it ends the clients that would stay. */
static void
listener_unref(struct listener *l)
{
	if (!l->closing || l->count > 0)
		return;
	if (!uv_is_closing((uv_handle_t *)&l->timer))
		uv_close((uv_handle_t *)&l->timer, listener_closed);
	if (l->handles == 0)
		mem_free(l);
}

static void
listener_closed(uv_handle_t *handle)
{
	struct listener *l = handle->data;

	l->handles--;
	listener_unref(l);
}

static void
conn_unref(struct conn *c)
{
	struct listener *l = c->listener;

	if (!c->gone || c->job != NULL)
		return;
	list_remove(&c->link);
	l->count--;
	buf_done(&c->in);
	mem_free(c);
	listener_unref(l);
}

static void
conn_closed(uv_handle_t *handle)
{
	struct conn *c = handle->data;

	c->gone = true;
	if (c->job != NULL && c->job->rq.gone != NULL)
		c->job->rq.gone(&c->job->rq);
	else
		conn_unref(c);
}

static void
conn_close(struct conn *c)
{
	if (c->closed)
		return;
	c->closed = true;
	list_remove(&c->ready);
	uv_close((uv_handle_t *)&c->pipe, conn_closed);
}

/* Closes as soon as nothing is left to be sent or answered. */
static void
conn_end(struct conn *c)
{
	c->ended = true;
	if (c->job == NULL && c->unread == 0 && !c->running)
		conn_close(c);
}

/* ---- turns ---- */

static void
make_ready(struct conn *c)
{
	struct listener *l = c->listener;

	if (l->closing) {
		serve(c);
		return;
	}
	list_remove(&c->ready);
	list_append(&l->ready, &c->ready);
	(void)uv_idle_start(&l->turn, serve_ready); /* cannot fail */
}

static bool
may_ask(const struct listener *l)
{
	return l->group == LOCAL_NO_GROUP || l->unread <= READERS_UNREAD_MAX;
}

static void
serve_ready(uv_idle_t *turn)
{
	struct listener *l = turn->data;
	struct mono began = time_mono();

	while (!list_empty(&l->ready) && may_ask(l) &&
	       mono_since(time_mono(), began).us < TURN_TIME.us) {
		struct conn *c = LIST_ITEM(l->ready.next, struct conn, ready);

		list_remove(&c->ready);
		serve(c);
	}
	/* Who waits since too much is unread goes on when some of it is read. */
	if (list_empty(&l->ready) || !may_ask(l))
		(void)uv_idle_stop(&l->turn);
}

/* The first request of a turn is handed on at once, others when the loop has been round. */
static void
take_turn(struct conn *c)
{
	struct listener *l = c->listener;

	if (!l->closing && (uv_is_active((uv_handle_t *)&l->turn) || !may_ask(l))) {
		make_ready(c);
		return;
	}
	if (!l->closing)
		(void)uv_idle_start(&l->turn, serve_ready);
	serve(c);
}

/* ---- replies ---- */

static void
count_unread(struct conn *c, size_t n)
{
	c->unread += n;
	c->listener->unread += n;
}

static void
count_read(struct conn *c, size_t n)
{
	struct listener *l = c->listener;

	c->unread -= n;
	l->unread -= n;
	if (!list_empty(&l->ready) && !l->closing)
		(void)uv_idle_start(&l->turn, serve_ready);
}

static void
reply_written(uv_write_t *write, int status)
{
	struct reply *reply = LIST_ITEM(write, struct reply, write);
	struct conn *c = reply->conn;

	count_read(c, reply->text.n);
	buf_done(&reply->text);
	mem_free(reply);
	if (status < 0)
		conn_close(c);
	else if (c->ended)
		conn_end(c);
}

/* Pickle and end go out in one write: there are readers that pad what comes in pieces. */
static void
conn_send(struct conn *c, const struct value *value)
{
	struct reply *reply;
	struct buf text;
	uv_buf_t piece;

	if (c->closed)
		return;
	if (c->unread > UNREAD_MAX) {
		conn_close(c);
		return;
	}
	buf_init(&text, REPLY_MAX);
	pickle_encode(&text, value);
	buf_add(&text, FRAME_END);
	if (buf_refused(&text)) {
		buf_done(&text);
		conn_close(c);
		return;
	}
	reply = MEM_NEW(struct reply);
	reply->conn = c;
	reply->text = text;
	piece = uv_buf_init(reply->text.p, (unsigned)reply->text.n);
	count_unread(c, text.n);
	if (uv_write(&reply->write, (uv_stream_t *)&c->pipe, &piece, 1, reply_written) < 0) {
		count_read(c, text.n);
		buf_done(&reply->text);
		mem_free(reply);
		conn_close(c);
	}
}

void
conn_answer(struct conn_request *rq, const struct value *value)
{
	struct job *job = (struct job *)rq;
	struct conn *c = job->conn;

	assert(c->job == job);
	conn_send(c, value);
	c->job = NULL;
	arena_done(&rq->arena);
	mem_free(job);
	if (c->gone)
		conn_unref(c);
	else if (!c->running)
		make_ready(c);
}

bool
conn_push(struct conn_request *rq, const struct value *value)
{
	struct conn *c = ((struct job *)rq)->conn;

	if (c->unread > CONN_UNREAD_MAX || !may_ask(c->listener))
		return false;
	conn_send(c, value);
	return true;
}

static void
answer_broken(struct conn *c, const struct diag *d)
{
	struct arena arena;

	arena_init(&arena);
	conn_send(c, value_printf(&arena, "ERROR: %s", d->text));
	arena_done(&arena);
}

/* ---- requests ---- */

static void
take_frame(struct conn *c, struct slice frame)
{
	struct job *job;
	struct diag d;

	if (slice_eq(frame, FRAME_CLOSE)) {
		c->ended = true;
		return;
	}
	diag_init(&d);
	job = MEM_NEW(struct job);
	arena_init(&job->rq.arena);
	job->conn = c;
	job->rq.reader = c->listener->group != LOCAL_NO_GROUP;
	if (pickle_decode(&job->rq.arena, frame, PICKLE_REQUEST, &job->rq.command, &d) < 0) {
		arena_done(&job->rq.arena);
		mem_free(job);
		answer_broken(c, &d);
		return;
	}
	c->job = job;
	c->listener->sink->request(c->listener->sink, &job->rq);
}

/* False if no whole frame is there. */
static bool
next_frame(struct conn *c)
{
	struct slice in = buf_slice(&c->in);
	ptrdiff_t end = slice_find(in, FRAME_END, c->searched);
	size_t start = c->used;

	if (end < 0) {
		if (in.n >= c->used + FRAME_END.n)
			c->searched = in.n - FRAME_END.n + 1;
		return false;
	}
	c->used = c->searched = (size_t)end + FRAME_END.n;
	take_frame(c, slice_of(in.p + start, (size_t)end - start));
	return true;
}

/* Moving the rest to the front waits until it is the smaller part, so that it costs little. */
static void
drop_used(struct conn *c)
{
	if (c->used < c->in.n - c->used)
		return;
	buf_consume(&c->in, c->used);
	c->searched -= c->used;
	c->used = 0;
}

/* Hands on a request that has come, if none waits for its answer. */
static void
serve(struct conn *c)
{
	bool more = false;

	c->running = true;
	if (c->job == NULL && !c->ended && !c->closed && !c->listener->closing)
		more = next_frame(c);
	c->running = false;
	drop_used(c);
	if (c->ended || c->listener->closing || (c->eof && c->job == NULL && !more))
		conn_end(c);
	else if (more && c->job == NULL)
		make_ready(c);
}

static void
conn_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
	struct conn *c = handle->data;
	size_t left = c->in.max_bytes - c->in.n, n = left < READ_BYTES ? left : READ_BYTES;

	*out = uv_buf_init(n > 0 ? buf_room(&c->in, n) : NULL, (unsigned)n);
}

/*
 * A client that stops sending may still read: what it asked in whole frames is answered. Input
 * beyond the limit (UV_ENOBUFS) closes the connection at once.
 */
static void
conn_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *unused)
{
	struct conn *c = stream->data;

	if (n > 0) {
		buf_wrote(&c->in, (size_t)n);
		list_remove(&c->link);
		list_append(&c->listener->conns, &c->link);
		if (c->job == NULL)
			take_turn(c);
	} else if (n == UV_EOF) {
		c->eof = true;
		(void)uv_read_stop(stream);	/* cannot fail */
		if (c->job != NULL && c->job->rq.gone != NULL)
			conn_close(c);
		else if (c->job == NULL)
			take_turn(c);
	} else if (n < 0) {
		conn_close(c);
	}
}

/* ---- clients ---- */

static bool
peer_allowed(const struct conn *c)
{
	uv_os_fd_t fd;

	return uv_fileno((const uv_handle_t *)&c->pipe, &fd) == 0 &&
	       local_peer_allowed(fd, c->listener->group);
}

/* The client that has said nothing for longest, and waits for nothing, goes. */
static void
drop_silent(struct listener *l)
{
	LIST_EACH(link, &l->conns) {
		struct conn *c = LIST_ITEM(link, struct conn, link);

		if (c->closed || c->job != NULL)
			continue;
		conn_close(c);
		return;
	}
}

static void
listener_connection(uv_stream_t *stream, int status)
{
	struct listener *l = stream->data;
	struct conn *c;

	if (status < 0 || l->closing)
		return;
	c = MEM_NEW(struct conn);
	c->listener = l;
	buf_init(&c->in, l->group == LOCAL_NO_GROUP ? CONN_REQUEST_MAX : CONN_READER_MAX);
	list_append(&l->conns, &c->link);
	list_init(&c->ready);
	l->count++;
	if (uv_pipe_init(l->loop, &c->pipe, 0) < 0) {
		c->gone = true;
		conn_unref(c);
		return;
	}
	c->pipe.data = c;
	if (uv_accept(stream, (uv_stream_t *)&c->pipe) < 0 || !peer_allowed(c) ||
	    uv_read_start((uv_stream_t *)&c->pipe, conn_alloc, conn_read) < 0)
		conn_close(c);
	else if (l->count > CONN_CLIENTS_MAX)
		drop_silent(l);
}

static bool
stuck(struct conn *c)
{
	size_t unread = uv_stream_get_write_queue_size((uv_stream_t *)&c->pipe);

	c->rounds = unread > 0 && unread == c->unread_before ? c->rounds + 1 : 0;
	c->unread_before = unread;
	return c->rounds >= UNREAD_ROUNDS;
}

static void
drop_stuck(uv_timer_t *timer)
{
	struct listener *l = timer->data;

	LIST_EACH(link, &l->conns) {
		struct conn *c = LIST_ITEM(link, struct conn, link);

		if (!c->closed && stuck(c))
			conn_close(c);
	}
}

/* ---- the socket ---- */

static void
remember_socket(struct listener *l)
{
	struct stat st;

	if (lstat(l->path, &st) == 0) {
		l->dev = st.st_dev;
		l->ino = st.st_ino;
	}
}

/* Another server may have taken the path over by force meanwhile; and may, as soon as it is free. */
static void
remove_socket(struct listener *l)
{
	struct stat st;

	if (l->path != NULL && lstat(l->path, &st) == 0 && st.st_dev == l->dev &&
	    st.st_ino == l->ino)
		(void)unlink(l->path);	/* nobody is left to be told */
	mem_free(l->path);
	l->path = NULL;
}

int
listener_new(struct listener **out, uv_loop_t *loop, const struct listener_options *o,
    struct conn_sink *sink, struct diag *d)
{
	struct listener *l;
	int r, fd = o->inherited ? o->fd : local_bind(o->path, o->group, d);

	if (fd < 0)
		return fd;
	l = MEM_NEW(struct listener);
	l->loop = loop;
	l->sink = sink;
	l->group = o->group;
	if (!o->inherited) {
		l->path = mem_copy(o->path, strlen(o->path));
		remember_socket(l);
	}
	list_init(&l->conns);
	list_init(&l->ready);
	(void)uv_timer_init(loop, &l->timer);	/* these three cannot fail */
	(void)uv_idle_init(loop, &l->turn);
	(void)uv_pipe_init(loop, &l->pipe, 0);
	l->timer.data = l->turn.data = l->pipe.data = l;
	l->handles = 3;
	r = uv_pipe_open(&l->pipe, fd);
	if (r < 0)
		(void)close(fd);
	if (r == 0)
		r = uv_listen((uv_stream_t *)&l->pipe, 128, listener_connection);
	if (r == 0)
		r = uv_timer_start(&l->timer, drop_stuck, UNREAD_ROUND_MS, UNREAD_ROUND_MS);
	if (r < 0) {
		listener_free(l);
		return diag_fail(
		    d, r, (struct place){.file = o->path}, "cannot listen: %s", uv_strerror(r));
	}
	uv_unref((uv_handle_t *)&l->timer);
	*out = l;
	return 0;
}

void
listener_hide(struct listener *l)
{
	if (l != NULL)
		remove_socket(l);
}

void
listener_free(struct listener *l)
{
	if (l == NULL || l->closing)
		return;
	l->closing = true;
	remove_socket(l);
	uv_close((uv_handle_t *)&l->pipe, listener_closed);
	uv_close((uv_handle_t *)&l->turn, listener_closed);
	LIST_EACH(link, &l->conns)
		conn_end(LIST_ITEM(link, struct conn, link));
	(void)uv_timer_start(&l->timer, drop_stuck, ENDING_ROUND_MS, ENDING_ROUND_MS);
	listener_unref(l);
}
