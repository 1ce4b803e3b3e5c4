#include "action/exec.h"

#include "compat/pyrepr.h"
#include "util/escape.h"
#include "util/list.h"
#include "util/log.h"
#include "util/mem.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#define KILL_DELAY_MS 200

/* A command that takes so long is none that the others have to wait for. */
#define TURN SPAN_S(1)
#define LOG_MAX ((size_t)1024 * 1024)

/* How many commands may have left somebody behind that holds their output. */
#define LINGERING_MAX 128

struct output {
	uv_pipe_t pipe;
	const char *name;
	struct buf text;
	bool open;
	bool cut;	/* there was more of it than is kept */
	bool data;	/* for whoever asked, not for the log */
};

struct exec {
	struct list link;	/* among those that wait for their turn, then among the lingering */
	uv_process_t process;
	uv_timer_t timer;
	int pid;		/* and number of its session */
	struct output out[2];
	unsigned handles;	/* not closed yet */
	char *script;
	struct slice *values;
	size_t count;
	int input; /* of the child, or -1 for none; open until it is started */
	struct span timeout;
	bool timed_out;
	bool unwanted; /* nobody cares for the answer any more */
	void (*done)(void *arg, bool ok);
	void (*answered)(void *arg, int status);	/* a question: instead of done */
	void *arg;
};

/* Whose turn it is, and who comes next. */
static struct exec *turn;
static struct list waiting = {&waiting, &waiting};

static struct list lingering = {&lingering, &lingering};
static size_t lingering_count;

void
exec_format(struct buf *out, struct slice script, const struct slice *values, size_t count)
{
	if (count == 0) {
		escape_format(out, script);
		return;
	}
	buf_add_char(out, '[');
	pyrepr_text(out, script);
	for (size_t i = 0; i < count; i++) {
		buf_add_cstr(out, ", ");
		pyrepr_text(out, values[i]);
	}
	buf_add_char(out, ']');
}

/* Any number does that two commands at a time do not share. */
static uintptr_t
exec_number(const struct exec *x)
{
	return (uintptr_t)x & UINT64_C(0xffffffffffff);
}

/* A script of several lines is shown as such: only each line is made safe. */
static void
exec_log_command(const struct exec *x, int level)
{
	struct slice rest = slice_cstr(x->script), line;
	struct buf text;

	if (!log_enabled(level))
		return;
	buf_init(&text, LOG_MAX);
	if (x->count > 0) {
		exec_format(&text, rest, x->values, x->count);
	} else {
		while (slice_next(&rest, '\n', &line)) {
			if (text.n > 0)
				buf_add_char(&text, '\n');
			escape_format(&text, line);
		}
	}
	log_write(level, "utils", "%zx -- exec: %s", exec_number(x), buf_cstr(&text));
	buf_done(&text);
}

static void
exec_log_output(const struct exec *x, int level, const struct output *o)
{
	struct slice rest = buf_slice(&o->text), line;
	struct buf text;

	if (o->data || !log_enabled(level))
		return;
	buf_init(&text, LOG_MAX);
	while (rest.n > 0 && slice_next(&rest, '\n', &line)) {
		buf_clear(&text);
		pyrepr_text(&text, line);
		log_write(level, "utils", "%zx -- %s: %s", exec_number(x), o->name, buf_cstr(&text));
	}
	buf_done(&text);
}

static void
exec_log_hint(const struct exec *x)
{
	struct buf text;

	buf_init(&text, LOG_MAX);
	if (x->count > 0)
		exec_format(&text, slice_cstr(x->script), x->values, x->count);
	else
		pyrepr_text(&text, slice_cstr(x->script));
	log_write(LEVEL_INFO, "utils",
	    "HINT on 127: \"Command not found\".  Make sure that all commands in %s are in the PATH "
	    "of fail2ban-server process (grep -a PATH= /proc/`pidof -x fail2ban-server`/environ). "
	    "To see what they print, start \"fail2ban-server -f\" in one terminal and run "
	    "\"fail2ban-client reload\" in another.",
	    buf_cstr(&text));
	buf_done(&text);
}

static const char *
signal_name(int number, char out[32])
{
	const char *name = sigabbrev_np(number);

	(void)snprintf(out, 32, name != NULL ? "SIG%s" : "signal %.0s%d", name != NULL ? name : "",
	    number);
	return out;
}

static void
exec_log_end(const struct exec *x, int64_t status, int signal)
{
	bool expected = status == 0 || (status == 1 && x->answered != NULL);
	int level = expected && signal == 0 && !x->timed_out ? LEVEL_DEBUG : LEVEL_ERROR;
	char name[32];

	if (x->unwanted)
		return;
	exec_log_command(x, level == LEVEL_DEBUG ? LEVEL_HEAVY : level);
	if (x->timed_out)
		log_write(level, "utils", "%zx -- timed out after %g seconds.", exec_number(x),
		    (double)x->timeout.us / (double)US_PER_S);
	for (size_t i = 0; i < 2; i++)
		exec_log_output(x, level, &x->out[i]);
	if (signal != 0)
		log_write(level, "utils", "%zx -- killed with %s (return code: %d)", exec_number(x),
		    signal_name(signal, name), -signal);
	else if (status > 128)
		log_write(level, "utils", "%zx -- killed with %s (return code: %lld)", exec_number(x),
		    signal_name((int)status - 128, name), (long long)status);
	else if (status != 0)
		log_write(level, "utils", "%zx -- returned %lld", exec_number(x), (long long)status);
	else if (!x->timed_out)
		log_write(level, "utils", "%zx -- returned successfully 0", exec_number(x));
	if (status == 127 && signal == 0)
		exec_log_hint(x);
}

static void
exec_free(struct exec *x)
{
	for (size_t i = 0; i < 2; i++)
		buf_done(&x->out[i].text);
	for (size_t i = 0; i < x->count; i++)
		mem_free((char *)x->values[i].p);
	mem_free(x->values);
	mem_free(x->script);
	mem_free(x);
}

static void
exec_closed(uv_handle_t *h)
{
	struct exec *x = h->data;

	if (--x->handles > 0)
		return;
	if (!list_empty(&x->link)) {
		list_remove(&x->link);
		lingering_count--;
	}
	exec_free(x);
}

static void
exec_close(uv_handle_t *h)
{
	if (!uv_is_closing(h))
		uv_close(h, exec_closed);
}

static void
output_room(uv_handle_t *h, size_t suggested, uv_buf_t *buf)
{
	static char block[16384];	/* read at once by output_read(), before the next call */

	(void)h;
	(void)suggested;
	*buf = uv_buf_init(block, sizeof(block));
}

static void
output_keep(struct output *o, const char *p, size_t n)
{
	size_t room = o->text.max_bytes - o->text.n;

	o->cut |= n > room;
	buf_add(&o->text, slice_upto(slice_of(p, n), room));
}

static void
output_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
	struct exec *x = s->data;
	struct output *o = s == (uv_stream_t *)&x->out[0].pipe ? &x->out[0] : &x->out[1];

	if (n < 0)
		exec_close((uv_handle_t *)s);
	else if (o->open)
		output_keep(o, buf->base, (size_t)n);
}

/*
 * The child's end may be seen before the last of its output: that is fetched here. The count is
 * bounded, as somebody left behind may write without end.
 */
static void
output_drain(struct output *o)
{
	char block[4096];
	uv_os_fd_t fd;
	ssize_t n;

	o->open = false;
	if (uv_is_closing((uv_handle_t *)&o->pipe) ||
	    uv_fileno((uv_handle_t *)&o->pipe, &fd) < 0)
		return;
	for (size_t got = 0; got < o->text.max_bytes; got += (size_t)n) {
		n = read(fd, block, sizeof(block));
		if (n <= 0)
			return;
		output_keep(o, block, (size_t)n);
	}
}

static void
exec_linger(struct exec *x)
{
	list_append(&lingering, &x->link);
	if (++lingering_count > LINGERING_MAX) {
		struct exec *oldest = LIST_ITEM(lingering.next, struct exec, link);

		for (size_t i = 0; i < 2; i++)
			exec_close((uv_handle_t *)&oldest->out[i].pipe);
	}
	for (size_t i = 0; i < 2; i++)
		uv_unref((uv_handle_t *)&x->out[i].pipe);
}

static int exec_run(struct exec *x, uv_loop_t *loop);

static int
turn_take(struct exec *x)
{
	int r;

	turn = x;
	r = exec_run(x, x->timer.loop);
	if (r < 0)
		turn = NULL;
	return r;
}

bool
exec_idle(void)
{
	return turn == NULL;
}

/* It ends, or takes too long: the next one's turn. */
static void
turn_pass(const struct exec *x)
{
	if (turn != x)
		return;
	turn = NULL;
	while (turn == NULL && !list_empty(&waiting)) {
		struct exec *next = LIST_ITEM(waiting.next, struct exec, link);
		void (*done)(void *arg, bool ok) = next->done;
		void *arg = next->arg;

		list_remove(&next->link);
		if (turn_take(next) < 0)
			done(arg, false);
	}
}

static void
exec_exited(uv_process_t *p, int64_t status, int signal)
{
	struct exec *x = p->data;
	void (*done)(void *arg, bool ok) = x->done;
	void (*answered)(void *arg, int status) = x->answered;
	void *arg = x->arg;
	bool ended;

	for (size_t i = 0; i < 2; i++)
		output_drain(&x->out[i]);
	ended = signal == 0 && !x->timed_out;
	exec_log_end(x, status, signal);
	exec_close((uv_handle_t *)&x->process);
	/* Out of time: the rest of the session has until the timer, too. */
	if (!x->timed_out)
		exec_close((uv_handle_t *)&x->timer);
	exec_linger(x);
	turn_pass(x);
	if (answered != NULL)
		answered(arg, ended ? (int)status : -1);
	else
		done(arg, ended && status == 0);
}

static void
exec_expired(uv_timer_t *t)
{
	struct exec *x = t->data;

	(void)kill(-x->pid, x->timed_out ? SIGKILL : SIGTERM);
	if (x->timed_out) {
		exec_close((uv_handle_t *)t);
		return;
	}
	x->timed_out = true;
	(void)uv_timer_start(t, exec_expired, KILL_DELAY_MS, 0);
}

static void
exec_takes_long(uv_timer_t *t)
{
	struct exec *x = t->data;

	(void)uv_timer_start(t, exec_expired, (uint64_t)((x->timeout.us - TURN.us) / US_PER_MS), 0);
	turn_pass(x);
}

static void
exec_prepare(struct exec *x, uv_loop_t *loop)
{
	static const char *const names[2] = {"stdout", "stderr"};

	list_init(&x->link);
	for (size_t i = 0; i < 2; i++) {
		(void)uv_pipe_init(loop, &x->out[i].pipe, 0);
		x->out[i].pipe.data = x;
		x->out[i].name = names[i];
		x->out[i].open = true;
		buf_init(&x->out[i].text, EXEC_OUTPUT_MAX);
	}
	(void)uv_timer_init(loop, &x->timer);
	x->timer.data = x;
	x->process.data = x;
	x->handles = 3;
}

/*
 * What the child writes to. libuv's own kind is a pair of sockets, which nobody can open by the name
 * /dev/stdout or /dev/stderr.
 */
static int
output_open(struct output *o, uv_stdio_container_t *child)
{
	uv_file ends[2];
	int r = uv_pipe(ends, UV_NONBLOCK_PIPE, 0);

	if (r < 0)
		return r;
	r = uv_pipe_open(&o->pipe, ends[0]);
	if (r < 0)
		(void)close(ends[0]);
	*child = (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = ends[1]};
	return r;
}

static int
exec_spawn(struct exec *x, uv_loop_t *loop)
{
	char *args[4 + EXEC_VALUES_MAX] = {(char *)"/bin/sh", (char *)"-c", x->script};
	uv_stdio_container_t stdio[3] = {{.flags = UV_IGNORE}, {.data.fd = -1}, {.data.fd = -1}};
	uv_process_options_t options = {
	    .exit_cb = exec_exited,
	    .file = args[0],
	    .args = args,
	    .flags = UV_PROCESS_DETACHED,
	    .stdio_count = 3,
	    .stdio = stdio,
	};
	int r;

	for (size_t i = 0; i < x->count; i++)
		args[3 + i] = (char *)x->values[i].p;
	if (x->input >= 0)
		stdio[0] = (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = x->input};
	r = output_open(&x->out[0], &stdio[1]);
	if (r == 0)
		r = output_open(&x->out[1], &stdio[2]);
	if (r == 0) {
		r = uv_spawn(loop, &x->process, &options);
		x->handles++;	/* the process handle is there even if there is no process */
	}
	for (size_t i = 0; i < 3; i++)
		if (stdio[i].flags == UV_INHERIT_FD && stdio[i].data.fd >= 0)
			(void)close(stdio[i].data.fd);
	return r;
}

static struct exec *
exec_new(uv_loop_t *loop, struct slice script, const struct slice *values, size_t count,
    struct span timeout, void *arg)
{
	struct exec *x = MEM_NEW(struct exec);

	assert(count <= EXEC_VALUES_MAX);
	x->script = mem_copy(script.p, script.n);
	x->values = mem_array(count, sizeof(x->values[0]));
	x->count = count;
	for (size_t i = 0; i < count; i++)
		x->values[i] = slice_of(mem_copy(values[i].p, values[i].n), values[i].n);
	x->timeout = timeout;
	x->arg = arg;
	x->input = -1;
	exec_prepare(x, loop);
	return x;
}

static int
exec_run(struct exec *x, uv_loop_t *loop)
{
	int r = exec_spawn(x, loop);

	if (r < 0) {
		exec_log_command(x, LEVEL_ERROR);
		log_write(LEVEL_ERROR, "utils", "%zx -- failed with %s", exec_number(x), uv_strerror(r));
		/* Not there where there was no pipe for it. */
		if (x->process.loop != NULL)
			exec_close((uv_handle_t *)&x->process);
		exec_close((uv_handle_t *)&x->timer);
		for (size_t i = 0; i < 2; i++)
			exec_close((uv_handle_t *)&x->out[i].pipe);
		return r;
	}
	x->pid = x->process.pid;
	for (size_t i = 0; i < 2; i++)
		(void)uv_read_start((uv_stream_t *)&x->out[i].pipe, output_room, output_read);
	if (x->timeout.us > TURN.us)
		(void)uv_timer_start(&x->timer, exec_takes_long, (uint64_t)(TURN.us / US_PER_MS), 0);
	else
		(void)uv_timer_start(&x->timer, exec_expired, (uint64_t)(x->timeout.us / US_PER_MS), 0);
	return 0;
}

int
exec_start(uv_loop_t *loop, struct slice script, const struct slice *values, size_t count,
    struct span timeout, void (*done)(void *arg, bool ok), void *arg)
{
	struct exec *x = exec_new(loop, script, values, count, timeout, arg);

	x->done = done;
	if (turn == NULL)
		return turn_take(x);
	list_append(&waiting, &x->link);
	return 0;
}

/* A file without a name, at its start: it takes all at once, however slow its reader is. */
static int
input_new(struct slice input)
{
	int fd = memfd_create("input", MFD_CLOEXEC);
	ssize_t n = 0;

	for (size_t at = 0; fd >= 0 && n >= 0 && at < input.n; at += (size_t)n)
		n = write(fd, input.p + at, input.n - at);
	if (fd >= 0 && (n < 0 || lseek(fd, 0, SEEK_SET) < 0)) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

int
exec_feed(uv_loop_t *loop, struct slice script, const struct slice *values, size_t count,
    struct slice input, struct span timeout, void (*done)(void *arg, bool ok), void *arg)
{
	int fd = input_new(input);
	struct exec *x;

	if (fd < 0) {
		log_write(
		    LEVEL_ERROR, "utils", "no room for the input of a command; it is not run");
		return -ENOMEM;
	}
	x = exec_new(loop, script, values, count, timeout, arg);
	x->input = fd;
	x->done = done;
	return exec_run(x, loop);
}

int
exec_ask(uv_loop_t *loop, struct slice script, const struct slice *values, size_t count,
    struct span timeout, void (*answered)(void *arg, int status), void *arg, struct exec **out)
{
	struct exec *x = exec_new(loop, script, values, count, timeout, arg);
	int r;

	x->answered = answered;
	r = exec_run(x, loop);
	if (r == 0 && out != NULL)
		*out = x;
	return r;
}

int
exec_read(uv_loop_t *loop, struct slice script, size_t max, struct span timeout,
    void (*answered)(void *arg, int status), void *arg, struct exec **out)
{
	struct exec *x = exec_new(loop, script, NULL, 0, timeout, arg);
	int r;

	x->answered = answered;
	x->out[0].data = true;
	buf_init(&x->out[0].text, max);
	r = exec_run(x, loop);
	if (r == 0)
		*out = x;
	return r;
}

bool
exec_output(const struct exec *x, struct slice *out)
{
	*out = buf_slice(&x->out[0].text);
	return !x->out[0].cut;
}

void
exec_end(struct exec *x)
{
	x->unwanted = true;
	if (!x->timed_out)
		exec_expired(&x->timer);
}

void
exec_abandon(uv_loop_t *loop)
{
	LIST_EACH(link, &lingering) {
		struct exec *x = LIST_ITEM(link, struct exec, link);

		for (size_t i = 0; i < 2; i++)
			if (x->process.loop == loop)
				exec_close((uv_handle_t *)&x->out[i].pipe);
	}
}
