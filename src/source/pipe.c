#include "source/feed_kind.h"
#include "source/joiner.h"
#include "util/escape.h"
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>
#include <signal.h>

/*
 * The lines that a command prints: "docker logs -f web", "ssh gate tail -F /var/log/auth.log". The
 * command runs in a session of its own, which ends with the feed. When it ends by itself it is
 * started again, after a delay that grows as long as it does not last.
 */

#define BLOCK_BYTES ((size_t)64 * 1024)
#define DELAY_FIRST_MS 1000
#define DELAY_MAX_MS 60000
#define LASTED SPAN_S(60)
#define TERM_MS 1000 /* from SIGTERM to SIGKILL */
#define SAID_MAX 300 /* of what it printed on standard error, for the log */

struct pipe_feed {
	struct feed feed;
	char *command;
	uv_process_t process;
	int pid; /* and number of its session */
	uv_pipe_t out, err;
	uv_timer_t timer; /* until SIGKILL, then until the next start */
	unsigned living;  /* of process, out and err: the command is over when all are */
	bool running;	  /* the child itself */
	bool closing;
	struct mono started;
	unsigned delay_ms;
	int64_t status;
	int signal;
	char *block;
	struct joiner lines;
	struct buf said;
};

static void pipe_start(struct pipe_feed *p);

static int
pipe_make(struct feed **out, const struct feed_option *options, size_t count, struct diag *d)
{
	struct slice command = feed_option_get(options, count, "command");
	struct pipe_feed *p;
	int r;

	if (command.n == 0 || slice_find_char(command, '\0', 0) >= 0) {
		r = diag_fail(
		    d, -EINVAL, (struct place){0}, "backend pipe: its command is missing");
		diag_remedy(d, "write pipe[command=\"docker logs -f web\"]");
		return r;
	}
	p = MEM_NEW(struct pipe_feed);
	p->command = mem_copy(command.p, command.n);
	joiner_init(&p->lines);
	buf_init(&p->said, SAID_MAX);
	*out = &p->feed;
	return 0;
}

static void
pipe_free(struct feed *f)
{
	struct pipe_feed *p = (struct pipe_feed *)f;

	mem_free(p->command);
	mem_free(p->block);
	joiner_done(&p->lines);
	buf_done(&p->said);
	mem_free(p);
}

static void
timer_closed(uv_handle_t *handle)
{
	pipe_free(handle->data);
}

static void
start_due(uv_timer_t *timer)
{
	struct pipe_feed *p = timer->data;

	p->feed.stats.restarts++;
	pipe_start(p);
}

/* What the command said on standard error, for the log, with words around it. */
static void
said_format(struct buf *out, const struct pipe_feed *p)
{
	if (p->said.n == 0)
		return;
	buf_add_cstr(out, "; it said: ");
	escape_format(out, slice_trim(buf_slice(&p->said)));
}

static void
tell_end(struct pipe_feed *p)
{
	struct buf text;

	buf_init(&text, 4096);
	if (p->signal != 0)
		buf_printf(&text, "ended by signal %d", p->signal);
	else
		buf_printf(&text, "ended with status %lld", (long long)p->status);
	said_format(&text, p);
	feed_note(&p->feed, LEVEL_WARNING, "pipe: '%s' %s; starting it again in %u s", p->command,
	    buf_cstr(&text), p->delay_ms / 1000);
	buf_done(&text);
}

static void
pipe_retry(struct pipe_feed *p)
{
	bool lasted = mono_since(time_mono(), p->started).us >= LASTED.us;

	p->delay_ms = lasted || p->delay_ms == 0       ? DELAY_FIRST_MS
		      : p->delay_ms < DELAY_MAX_MS / 2 ? p->delay_ms * 2
						       : DELAY_MAX_MS;
	tell_end(p);
	(void)uv_timer_start(&p->timer, start_due, p->delay_ms, 0);
}

/* One of its three handles is closed. */
static void
part_closed(uv_handle_t *handle)
{
	struct pipe_feed *p = handle->data;

	if (--p->living > 0)
		return;
	(void)uv_timer_stop(&p->timer);
	if (p->closing)
		uv_close((uv_handle_t *)&p->timer, timer_closed);
	else
		pipe_retry(p);
}

static void
part_close(uv_handle_t *handle)
{
	if (!uv_is_closing(handle))
		uv_close(handle, part_closed);
}

static void
outputs_close(struct pipe_feed *p)
{
	part_close((uv_handle_t *)&p->out);
	part_close((uv_handle_t *)&p->err);
}

/* The session had its time to end. */
static void
kill_due(uv_timer_t *timer)
{
	struct pipe_feed *p = timer->data;

	(void)kill(-p->pid, SIGKILL); /* nobody left is no error */
	if (!p->running)
		outputs_close(p);
}

/*
 * What the command printed last may still come. But whom it left behind may hold its output for
 * ever, and must not keep it from being started again.
 */
static void
command_ended(uv_process_t *process, int64_t status, int signal)
{
	struct pipe_feed *p = process->data;

	p->running = false;
	p->status = status;
	p->signal = signal;
	(void)kill(-p->pid, SIGTERM); /* nobody left is no error */
	part_close((uv_handle_t *)process);
	if (p->closing)
		outputs_close(p);
	else
		(void)uv_timer_start(&p->timer, kill_due, TERM_MS, 0);
}

static void
give_block(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
	struct pipe_feed *p = handle->data;

	*out = uv_buf_init(p->block, BLOCK_BYTES);
}

static void
take_line(void *arg, struct slice text, bool cut)
{
	struct pipe_feed *p = arg;

	p->feed.stats.long_lines += cut;
	if (!cut)
		feed_deliver(&p->feed, text, (struct instant){0});
}

static void
output_came(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct pipe_feed *p = stream->data;

	if (n > 0)
		joiner_take(&p->lines, slice_of(b->base, (size_t)n), take_line, p);
	else if (n < 0)
		part_close((uv_handle_t *)stream);
}

static void
error_came(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct pipe_feed *p = stream->data;

	if (n > 0)
		buf_add(&p->said, slice_upto(slice_of(b->base, (size_t)n), SAID_MAX - p->said.n));
	else if (n < 0)
		part_close((uv_handle_t *)stream);
}

static void
pipe_start(struct pipe_feed *p)
{
	char shell[] = "/bin/sh", option[] = "-c", *args[] = {shell, option, p->command, NULL};
	uv_stdio_container_t stdio[3] = {
	    {.flags = UV_IGNORE},
	    {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&p->out},
	    {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&p->err},
	};
	uv_process_options_t options = {
	    .exit_cb = command_ended,
	    .file = args[0],
	    .args = args,
	    .flags = UV_PROCESS_DETACHED,
	    .stdio_count = 3,
	    .stdio = stdio,
	};
	int r;

	p->started = time_mono();
	joiner_done(&p->lines);
	joiner_init(&p->lines);
	buf_clear(&p->said);
	(void)uv_pipe_init(p->feed.loop, &p->out, 0);
	(void)uv_pipe_init(p->feed.loop, &p->err, 0);
	p->out.data = p->err.data = p->process.data = p;
	r = uv_spawn(p->feed.loop, &p->process, &options);
	p->living = 3;
	p->running = r == 0;
	if (r < 0) {
		p->status = r;
		buf_printf(&p->said, "it could not be started: %s", uv_strerror(r));
		part_close((uv_handle_t *)&p->process);
		outputs_close(p);
		return;
	}
	p->pid = p->process.pid;
	(void)uv_read_start((uv_stream_t *)&p->out, give_block, output_came);
	(void)uv_read_start((uv_stream_t *)&p->err, give_block, error_came);
}

/* A command that cannot be started is as one that ends: the feed is there, and tries again. */
static int
pipe_open(struct feed *f, const struct feed_request *request, struct diag *d)
{
	struct pipe_feed *p = (struct pipe_feed *)f;

	p->block = mem_alloc(BLOCK_BYTES);
	(void)uv_timer_init(f->loop, &p->timer);
	p->timer.data = p;
	pipe_start(p);
	return 0;
}

static void
pipe_close(struct feed *f)
{
	struct pipe_feed *p = (struct pipe_feed *)f;

	p->closing = true;
	if (p->living == 0) {
		uv_close((uv_handle_t *)&p->timer, timer_closed);
		return;
	}
	(void)uv_read_stop((uv_stream_t *)&p->out);
	(void)uv_read_stop((uv_stream_t *)&p->err);
	if (!p->running) {
		outputs_close(p);
		return;
	}
	(void)kill(-p->pid, SIGTERM);
	(void)uv_timer_start(&p->timer, kill_due, TERM_MS, 0);
}

const struct feed_kind pipe_kind = {
    .name = "pipe",
    .options = "command",
    .shared = true,
    .make = pipe_make,
    .free = pipe_free,
    .open = pipe_open,
    .close = pipe_close,
};
