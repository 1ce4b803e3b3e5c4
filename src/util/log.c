#include "util/log.h"

#include "util/logformat.h"
#include "util/logtarget.h"
#include "util/mem.h"
#include "util/time.h"

#include <errno.h>
#include <poll.h>
#include <syslog.h>
#include <unistd.h>

/* What a socket for datagrams takes at once; longer messages are cut. */
#define LOG_LINE_MAX ((size_t)128 * 1024)

/* Beyond this, not even the beginning of a message is logged. */
#define LOG_TEXT_MAX ((size_t)16 * 1024 * 1024)

/* A buffer that grew beyond this for one message is given back. */
#define LOG_KEEP_BYTES ((size_t)128 * 1024)

/* So long a burst waits for who reads from a socket, which takes few messages at once. */
#define SOCKET_WAIT_MS 100

/* How many messages wait, and about how many bytes; and how many bytes of lines. */
#define HELD_MAX 1024
#define HELD_TEXT_MAX ((size_t)256 * 1024)
#define HELD_BYTES ((size_t)128 * 1024)

/* A line that the log itself has to say. */
#define OWN_MAX 2048

/* The last part of a name; a longer one is cut. */
#define MODULE_MAX 55

static struct logtarget current = {
    .kind = LOGTARGET_STREAM, .fd = STDERR_FILENO, .facility = LOG_DAEMON, .stamp = true, .pad = true};
static int current_level = LEVEL_INFO;
static struct instant began; /* 0: no format was ever set */

static const struct {
	int level;
	const char *name, *given;
	int priority;
} levels[] = {
    {LEVEL_CRITICAL, "CRITICAL", "CRITICAL", LOG_CRIT},
    {LEVEL_ERROR, "ERROR", "ERROR", LOG_ERR},
    {LEVEL_WARNING, "WARNING", "WARNING", LOG_WARNING},
    {LEVEL_NOTICE, "NOTICE", "NOTICE", LOG_NOTICE},
    {LEVEL_INFO, "INFO", "INFO", LOG_INFO},
    {LEVEL_MSG, "MSG", "MSG", LOG_INFO},
    {LEVEL_DEBUG, "DEBUG", "DEBUG", LOG_DEBUG},
    {LEVEL_TRACE, "TRACE", "TRACEDEBUG", LOG_DEBUG},
    {LEVEL_HEAVY, "HEAVY", "HEAVYDEBUG", LOG_DEBUG},
};

#define LEVEL_COUNT (sizeof(levels) / sizeof(levels[0]))

int
log_level_parse(struct slice name)
{
	uint64_t number;

	name = slice_trim(name);
	for (size_t i = 0; i < LEVEL_COUNT; i++)
		if (slice_eq_nocase(name, slice_cstr(levels[i].given)) ||
		    slice_eq_nocase(name, slice_cstr(levels[i].name)))
			return levels[i].level;
	if (slice_u64(name, 1000, &number) == 0)
		return (int)number;
	return -EINVAL;
}

void
log_set_level(int level)
{
	current_level = level;
}

int
log_level(void)
{
	return current_level;
}

bool
log_enabled(int level)
{
	return level >= current_level;
}

/* What waits for log_release(). */
static struct {
	bool on;
	struct instant when; /* 0: nothing was said yet */
	size_t count; /* messages, to come behind the lines */
	struct {
		int level;
		char module[MODULE_MAX];
		size_t end; /* of its text, in texts */
	} v[HELD_MAX];
	struct buf texts; /* one behind the other */
	char lines[HELD_BYTES]; /* ready to be written together */
	size_t n;
} held = {.texts = {.max_bytes = LOG_TEXT_MAX + HELD_TEXT_MAX}};

/*
 * What stands before a message, without its date: of the last few kinds of messages, as those of a
 * moment are of one or two.
 */
#define HEADS 4
#define HEAD_MAX 512
#define LEVEL_NAME_MAX 24

static struct head {
	int level;
	char module[MODULE_MAX];
	char name[MODULE_MAX + 16]; /* with what all have before it */
	char level_name[LEVEL_NAME_MAX];
	bool made;
	char room[HEAD_MAX];
	struct buf text; /* in room */
	size_t message;	 /* where the line begins, behind the journal's fields: and so the date */
} heads[HEADS];

/* One that is being written, with what stands before it. */
struct line {
	struct buf text;
	struct buf laid;	 /* what became of it by a format */
	const struct head *head; /* until it is finished */
	size_t message; /* where the line begins, behind the journal's fields */
	bool waits;	/* it is built in held.texts instead */
};

static struct line line = {.text = {.max_bytes = LOG_TEXT_MAX}, .laid = {.max_bytes = LOG_TEXT_MAX}};

/*
 * What could not be written since something last could. Another target is told of it too: it is then
 * the only one that can say so.
 */
static struct {
	size_t lines;
	int error;
} lost;

static void held_send(void);

static void
heads_forget(void)
{
	for (size_t i = 0; i < HEADS; i++)
		heads[i].made = false;
}

int
log_set_target(struct slice target, struct diag *d)
{
	struct logtarget t;
	int r = logtarget_parse(target, &t, d);

	if (r == 0)
		r = logtarget_open(&t, d);
	if (r < 0) {
		logtarget_close(&t);
		return r;
	}
	if (t.format != NULL && began.us == 0)
		began = time_now();
	held_send();
	logtarget_close(&current);
	current = t;
	heads_forget();
	return 0;
}

int
log_check_target(struct slice target, struct diag *d)
{
	struct logtarget t;
	int r = logtarget_parse(target, &t, d);

	if (r == 0)
		r = logtarget_check(&t, d);
	logtarget_close(&t);
	return r;
}

struct slice
log_target(void)
{
	return current.name != NULL ? slice_cstr(current.name) : SLICE("STDERR");
}

bool
log_target_is(struct slice target)
{
	return slice_eq(target, slice_cstr(current.given != NULL ? current.given : "STDERR"));
}

void
log_forked(void)
{
	heads_forget();
}

int
log_reopen(void)
{
	struct logtarget again = current;
	int r;

	if (current.kind != LOGTARGET_FILE)
		return 0;
	r = logtarget_open(&again, NULL);
	if (r < 0)
		return r;
	held_send();
	(void)close(current.fd);
	current = again;
	return 1;
}

int
log_set_syslog_socket(struct slice path, struct diag *d)
{
	char *before = logtarget_swap_syslog_socket(mem_copy(path.p, path.n));
	struct logtarget again = current;
	int r;

	if (current.kind == LOGTARGET_SYSLOG) {
		r = logtarget_open(&again, d);
		if (r < 0) {
			mem_free(logtarget_swap_syslog_socket(before));
			return r;
		}
		if (current.fd >= 0)
			(void)close(current.fd);
		current = again;
	}
	mem_free(before);
	return 0;
}

struct slice
log_syslog_socket(void)
{
	return slice_cstr(logtarget_syslog_socket());
}

static int
log_priority(int level)
{
	for (size_t i = 0; i < LEVEL_COUNT; i++)
		if (level >= levels[i].level)
			return levels[i].priority;
	return LOG_DEBUG;
}

/* Who read from the socket has ended; another may have taken its place. If not, *error is why. */
static bool
log_reconnect(int *error)
{
	struct logtarget again = current;
	int r;

	if (!logtarget_is_socket(&current) || *error == EAGAIN || *error == EMSGSIZE)
		return false;
	r = logtarget_reconnect(&again);
	if (r < 0) {
		*error = -r;
		return false;
	}
	if (current.fd >= 0)
		(void)close(current.fd);
	current = again;
	return true;
}

/* Whether there is room in the socket again. Who does not read at all is waited for once. */
static bool
log_wait(int error)
{
	struct pollfd p = {.fd = current.fd, .events = POLLOUT};
	int r;

	if (!logtarget_is_socket(&current) || error != EAGAIN || current.stuck)
		return false;
	r = poll(&p, 1, SOCKET_WAIT_MS);
	current.stuck = r == 0;
	return r > 0;
}

/*
 * The journal's fields; that of the message has its length before it, in eight bytes to be filled in,
 * for it may have several lines, and look like fields. Source: systemd's native journal protocol.
 */
static void
head_add_fields(struct buf *out, int level, const char *name)
{
	buf_printf(out, "PRIORITY=%d\nLOGGER=%s\nSYSLOG_IDENTIFIER=%s\nMESSAGE\n",
	    log_priority(level), name, name);
	buf_add(out, SLICE("\0\0\0\0\0\0\0\0"));
}

/* Who speaks, and how loud. */
static void
head_add_name(struct buf *out, const struct head *h)
{
	buf_printf(out, current.pad ? "%-24s[%d]: %-7s " : "%s[%d]: %s ", h->name, (int)getpid(),
	    h->level_name);
}

static void
name_level(char out[LEVEL_NAME_MAX], int level)
{
	(void)snprintf(out, LEVEL_NAME_MAX, "#%02d-Lev.", level);
	for (size_t i = 0; i < LEVEL_COUNT; i++)
		if (levels[i].level == level)
			(void)snprintf(out, LEVEL_NAME_MAX, "%s", levels[i].name);
}

static void
copy_module(char out[MODULE_MAX], const char *module)
{
	size_t n = strlen(module);

	n = n < MODULE_MAX ? n : MODULE_MAX - 1;
	memcpy(out, module, n);
	out[n] = '\0';
}

static void
head_make(struct head *h, int level, const char *module)
{
	struct buf *out = &h->text;

	buf_fixed(out, h->room, sizeof(h->room));
	h->made = true;
	h->level = level;
	copy_module(h->module, module);
	(void)snprintf(h->name, sizeof(h->name), "fail2ban%s%.*s", module[0] != '\0' ? "." : "",
	    MODULE_MAX - 1, module);
	name_level(h->level_name, level);
	if (current.kind == LOGTARGET_SYSLOG)
		buf_printf(out, "<%d>", current.facility | log_priority(level));
	else if (current.kind == LOGTARGET_JOURNAL)
		head_add_fields(out, level, h->name);
	h->message = out->n;
	if (current.format == NULL)
		head_add_name(out, h);
}

static const struct head *
head_of(int level, const char *module)
{
	static size_t oldest;
	struct head *h;

	for (size_t i = 0; i < HEADS; i++)
		if (heads[i].made && heads[i].level == level && strcmp(heads[i].module, module) == 0)
			return &heads[i];
	h = &heads[oldest++ % HEADS];
	head_make(h, level, module);
	return h;
}

/* Messages that are held together are of one moment, that of the first. */
static struct instant
stamp(void)
{
	if (!held.on)
		return time_now();
	if (held.when.us == 0)
		held.when = time_now();
	return held.when;
}

static void
add_stamp(struct buf *out)
{
	struct instant when = stamp();
	unsigned ms = (unsigned)(when.us / US_PER_MS % 1000);
	const char text[] = {',', (char)('0' + ms / 100), (char)('0' + ms / 10 % 10),
	    (char)('0' + ms % 10), ' '};

	time_format(out, when);
	buf_add(out, slice_of(text, sizeof(text)));
}

/* A message that is too long is cut; a newline may still follow. */
static void
cut_line(struct buf *text)
{
	static const struct slice more = {" (cut)", 6};
	size_t max_bytes = text->max_bytes < LOG_LINE_MAX ? text->max_bytes : LOG_LINE_MAX;

	if (text->n < max_bytes)
		return;
	buf_cut(text, max_bytes - 1 - more.n);
	buf_add(text, more);
}

static void
fill_length(struct line *l)
{
	uint64_t n = l->text.n - l->message;

	for (size_t i = 0; i < 8; i++)
		l->text.p[l->message - 8 + i] = (char)(unsigned char)(n >> (8 * i));
}

static void
buf_give_back(struct buf *b)
{
	size_t max_bytes = b->max_bytes;

	if (b->cap > LOG_KEEP_BYTES) {
		buf_done(b);
		buf_init(b, max_bytes);
	}
}

static struct buf *
line_begin(struct line *l, int level, const char *module)
{
	const struct head *h = head_of(level, module);
	struct slice text = buf_slice(&h->text);

	buf_clear(&l->text);
	l->head = h;
	l->message = h->message;
	buf_add(&l->text, slice_upto(text, h->message));
	if (current.stamp && current.format == NULL)
		add_stamp(&l->text);
	buf_add(&l->text, slice_from(text, h->message));
	return &l->text;
}

/* What is behind the head so far is the message alone. */
static void
lay_out(struct line *l)
{
	struct slice message = slice_from(buf_slice(&l->text), l->message);
	struct logformat_record r = {
	    .when = stamp(),
	    .since = began,
	    .level = l->head->level,
	    .level_name = slice_cstr(l->head->level_name),
	    .name = slice_cstr(l->head->name),
	    .message = slice_upto(message, LOG_LINE_MAX),
	};

	buf_clear(&l->laid);
	logformat_add(current.format, &r, &l->laid);
	buf_cut(&l->text, l->message);
	buf_add(&l->text, buf_slice(&l->laid));
}

static void
line_finish(struct line *l)
{
	if (current.format != NULL)
		lay_out(l);
	cut_line(&l->text);
	if (current.kind == LOGTARGET_JOURNAL)
		fill_length(l);
	if (current.kind != LOGTARGET_SYSLOG)
		buf_add_char(&l->text, '\n');
}

/*
 * Writes what can be written of rest, which is then what is left, and returns the error that kept
 * it, or 0. A target that took some of it may still take more, or say why not.
 */
static int
push(struct slice *rest)
{
	bool anew = false;
	int error;
	ssize_t n;

	while (rest->n > 0) {
		n = write(current.fd, rest->p, rest->n);
		error = n == 0 ? EIO : errno;
		if (n > 0) {
			current.stuck = false;
			current.torn = !logtarget_is_socket(&current) && rest->p[n - 1] != '\n';
			*rest = slice_from(*rest, (size_t)n);
		} else if (error != EINTR && !log_wait(error)) {
			if (anew || !log_reconnect(&error))
				return error;
			anew = true;
		}
	}
	return 0;
}

/* The log cannot say what it lacks as long as it cannot be written; standard error may be read. */
static void
lose(struct slice rest, int error)
{
	if (lost.lines == 0 && current.fd != STDERR_FILENO)
		(void)dprintf(STDERR_FILENO,
		    "f2b: cannot log to '%.*s': %s; until that is over, what is logged is lost\n",
		    SLICE_ARG(log_target()), strerror(error));
	lost.lines += logtarget_is_socket(&current) ? 1 : slice_count(rest, '\n');
	lost.error = error;
}

/* A short line of the log's own, between those of others, and without memory. */
static int
push_own(int level, const char *message)
{
	char text[OWN_MAX], laid[OWN_MAX];
	struct slice rest;
	struct line own;

	buf_fixed(&own.text, text, sizeof(text));
	buf_fixed(&own.laid, laid, sizeof(laid));
	buf_add_cstr(line_begin(&own, level, ""), message);
	line_finish(&own);
	rest = buf_slice(&own.text);
	return push(&rest);
}

/* Ends the line that is half there, for the next is none of it, and tells of those that are not. */
static int
recover(void)
{
	struct slice newline = SLICE("\n");
	char message[160];
	int r = 0;

	if (current.torn)
		r = push(&newline);
	if (r != 0 || lost.lines == 0)
		return r;
	(void)snprintf(message, sizeof(message), "%zu line%s lost: %s", lost.lines,
	    lost.lines == 1 ? " was" : "s were", strerror(lost.error));
	r = push_own(LEVEL_WARNING, message);
	if (r == 0)
		lost.lines = 0;
	return r;
}

static void
log_send(struct slice text)
{
	int error = recover();

	if (error == 0)
		error = push(&text);
	if (error != 0)
		lose(text, error);
}

static void
held_send(void)
{
	if (held.n > 0)
		log_send(slice_of(held.lines, held.n));
	held.n = 0;
}

/* A socket takes one message at a time, and a line that is too long for the others goes at once. */
static void
log_emit(struct slice text)
{
	if (!held.on || held.n + text.n > sizeof(held.lines))
		held_send();
	if (!held.on || logtarget_is_socket(&current) || text.n > sizeof(held.lines)) {
		log_send(text);
		return;
	}
	memcpy(held.lines + held.n, text.p, text.n);
	held.n += text.n;
}

static void
line_end(void)
{
	line_finish(&line);
	log_emit(buf_slice(&line.text));
	buf_give_back(&line.text);
	buf_give_back(&line.laid);
}

static void
held_write(void)
{
	size_t from = 0;

	for (size_t i = 0; i < held.count; i++) {
		struct slice text = slice_upto(buf_slice(&held.texts), held.v[i].end);

		buf_add(line_begin(&line, held.v[i].level, held.v[i].module), slice_from(text, from));
		line_end();
		from = held.v[i].end;
	}
	held.count = 0;
	buf_clear(&held.texts);
	buf_give_back(&held.texts);
}

static struct buf *
held_begin(int level, const char *module)
{
	if (held.count == HELD_MAX || held.texts.n > HELD_TEXT_MAX)
		held_write();
	held.v[held.count].level = level;
	copy_module(held.v[held.count].module, module);
	return &held.texts;
}

static void
held_end(void)
{
	held.v[held.count++].end = held.texts.n;
}

void
log_last_words(const char *message)
{
	if (current.fd == STDERR_FILENO)
		return;
	if (held.n > 0)
		held_send();
	(void)recover();
	(void)push_own(LEVEL_CRITICAL, message);
}

void
log_hold(void)
{
	held.on = true;
	held.when.us = 0;
}

void
log_release(void)
{
	held_write();
	held.on = false;
}

void
log_flush(void)
{
	if (!held.on)
		held_send();
}

/* What is said of lines while they are read; it never waits. */
static bool
says_of_lines(const char *module)
{
	static const char *const names[] = {"filter", "datedetector", "ipdns"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(module, names[i]) == 0)
			return true;
	return false;
}

struct buf *
log_begin(int level, const char *module)
{
	if (!log_enabled(level))
		return NULL;
	line.waits = held.on && !says_of_lines(module);
	return line.waits ? held_begin(level, module) : line_begin(&line, level, module);
}

void
log_end(void)
{
	if (line.waits)
		held_end();
	else
		line_end();
}

void
log_write(int level, const char *module, const char *format, ...)
{
	struct buf *out = log_begin(level, module);
	va_list args;

	if (out == NULL)
		return;
	va_start(args, format);
	buf_vprintf(out, format, args);
	va_end(args);
	log_end();
}
