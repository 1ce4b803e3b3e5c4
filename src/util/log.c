#include "util/log.h"

#include "util/escape.h"
#include "util/logformat.h"
#include "util/mem.h"
#include "util/time.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
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

/* Names of options that are not known; what is more is not told. */
#define UNKNOWN_MAX 400

/* The last part of a name; a longer one is cut. */
#define MODULE_MAX 55

enum target_kind { TARGET_STREAM, TARGET_FILE, TARGET_SYSLOG, TARGET_JOURNAL };

struct target {
	enum target_kind kind;
	char *given;	/* as it was asked for, with its options */
	char *name;	/* without; of a file, its path */
	int fd;
	int facility;
	struct logformat *format; /* instead of date, name and level; or NULL */
	bool stamp;	/* date and time at the front */
	bool pad;	/* name and level in columns */
	bool stuck;	/* who reads from the socket was waited for in vain */
	bool torn;	/* the last line that was written has no end */
};

static struct target current = {
    .kind = TARGET_STREAM, .fd = STDERR_FILENO, .facility = LOG_DAEMON, .stamp = true, .pad = true};
static int current_level = LEVEL_INFO;
static char *syslog_socket;
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

static const struct {
	const char *name;
	int number;
} facilities[] = {
    {"AUTH", LOG_AUTH}, {"AUTHPRIV", LOG_AUTHPRIV}, {"CRON", LOG_CRON}, {"DAEMON", LOG_DAEMON},
    {"FTP", LOG_FTP}, {"KERN", LOG_KERN}, {"LPR", LOG_LPR}, {"MAIL", LOG_MAIL},
    {"NEWS", LOG_NEWS}, {"SYSLOG", LOG_SYSLOG}, {"USER", LOG_USER}, {"UUCP", LOG_UUCP},
    {"LOCAL0", LOG_LOCAL0}, {"LOCAL1", LOG_LOCAL1}, {"LOCAL2", LOG_LOCAL2},
    {"LOCAL3", LOG_LOCAL3}, {"LOCAL4", LOG_LOCAL4}, {"LOCAL5", LOG_LOCAL5},
    {"LOCAL6", LOG_LOCAL6}, {"LOCAL7", LOG_LOCAL7},
};

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

static bool
option_on(struct slice v)
{
	return slice_eq_nocase(v, SLICE("on")) || slice_eq_nocase(v, SLICE("true")) ||
	    slice_eq_nocase(v, SLICE("yes")) || slice_eq(v, SLICE("1"));
}

static int
option_facility(struct target *t, struct slice value, struct diag *d)
{
	for (size_t i = 0; i < sizeof(facilities) / sizeof(facilities[0]); i++)
		if (slice_eq_nocase(value, slice_cstr(facilities[i].name))) {
			t->facility = facilities[i].number;
			return 0;
		}
	return diag_fail(d, -EINVAL, (struct place){0},
	    "logtarget: '%.*s' is no syslog facility; use one such as DAEMON or AUTHPRIV",
	    SLICE_ARG(value));
}

static int
option_padding(struct target *t, struct slice value, struct diag *d)
{
	(void)d;
	t->pad = option_on(value);
	return 0;
}

static int
option_datetime(struct target *t, struct slice value, struct diag *d)
{
	(void)d;
	t->stamp = option_on(value);
	return 0;
}

/* All of the line: the others count for nothing then. An empty one is none. */
static int
option_format(struct target *t, struct slice value, struct diag *d)
{
	logformat_free(t->format);
	t->format = NULL;
	if (began.us == 0)
		began = time_now();
	return value.n > 0 ? logformat_parse(&t->format, value, d) : 0;
}

static const struct {
	const char *name;
	int (*set)(struct target *t, struct slice value, struct diag *d);
} options[] = {
    {"format", option_format},
    {"padding", option_padding},
    {"datetime", option_datetime},
    {"facility", option_facility},
};

/* Without its quotes; false if they are not closed. */
static bool
unquote(struct slice *value)
{
	char quote = value->n > 0 ? value->p[0] : '\0';

	if (quote != '"' && quote != '\'')
		return true;
	if (value->n < 2 || value->p[value->n - 1] != quote)
		return false;
	*value = slice_of(value->p + 1, value->n - 2);
	return true;
}

/* NAME=VALUE. The name of one that is not known is added to unknown: fail2ban passes over it. */
static int
target_option(struct target *t, struct slice option, struct buf *unknown, struct diag *d)
{
	ptrdiff_t eq = slice_find_char(option, '=', 0);
	struct slice name = slice_trim(eq < 0 ? option : slice_upto(option, (size_t)eq));
	struct slice value = eq < 0 ? SLICE_EMPTY : slice_trim(slice_from(option, (size_t)eq + 1));

	if (eq < 0 && name.n == 0)
		return 0;
	if (eq < 0 || !unquote(&value))
		return diag_fail(d, -EINVAL, (struct place){0},
		    "logtarget: an option in the brackets is not NAME=VALUE, or a quote is not closed");
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (slice_eq(name, slice_cstr(options[i].name)))
			return options[i].set(t, value, d);
	buf_add_cstr(unknown, unknown->n > 0 ? ", " : "");
	escape_format(unknown, name);
	return 0;
}

static int
target_open_file(struct target *t, struct diag *d)
{
	/* Opening a FIFO that nobody reads would wait; writing to one that is read may. */
	t->fd = open(t->name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
	if (t->fd < 0)
		return diag_fail(d, -errno, (struct place){0}, "Unable to log to '%s': %s", t->name,
		    strerror(errno));
	(void)fcntl(t->fd, F_SETFL, O_APPEND);
	return 0;
}

static int
target_open_syslog(struct target *t, struct diag *d)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	const char *path = "/dev/log";
	struct stat st;

	if (t->kind == TARGET_JOURNAL)
		path = "/run/systemd/journal/socket";
	else if (syslog_socket != NULL && strcmp(syslog_socket, "auto") != 0)
		path = syslog_socket;
	if (strlen(path) >= sizeof(a.sun_path) || stat(path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return diag_fail(d, -ENOENT, (struct place){0},
		    "Syslog socket file: %s does not exists or is not a socket", path);
	memcpy(a.sun_path, path, strlen(path) + 1);
	t->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (t->fd < 0 || connect(t->fd, (const struct sockaddr *)&a, sizeof(a)) < 0) {
		int error = errno;

		if (t->fd >= 0)
			(void)close(t->fd);
		t->fd = -1;
		return diag_fail(d, -error, (struct place){0}, "Unable to log to '%s': %s", path,
		    strerror(error));
	}
	return 0;
}

/*
 * The daemon behind the socket may be down only now, as in the middle of a restart: then what is logged
 * is lost, and told of, until it is back.
 */
static int
target_await_syslog(struct target *t, struct diag *d)
{
	int r = target_open_syslog(t, d);

	if (r != -ECONNREFUSED)
		return r;
	diag_remedy(d, "it is tried again with each line");
	return 0;
}

static void
target_close(struct target *t)
{
	if (t->kind != TARGET_STREAM && t->fd >= 0)
		(void)close(t->fd);
	mem_free(t->given);
	mem_free(t->name);
	logformat_free(t->format);
}

/* The next of what commas separate outside of quotes, as a format may have some. */
static bool
next_option(struct slice *rest, struct slice *option)
{
	char quote = '\0';
	size_t n = 0;

	if (rest->n == 0)
		return false;
	for (; n < rest->n && (quote != '\0' || rest->p[n] != ','); n++) {
		char c = rest->p[n];

		if (quote == '\0' && (c == '"' || c == '\''))
			quote = c;
		else if (c == quote)
			quote = '\0';
	}
	*option = slice_upto(*rest, n);
	*rest = slice_from(*rest, n + 1);
	return true;
}

/* What stands in the brackets. */
static int
target_options(struct target *t, struct slice rest, struct diag *d)
{
	struct buf unknown;
	struct slice option;
	int r = 0;

	buf_init(&unknown, UNKNOWN_MAX);
	while (r == 0 && next_option(&rest, &option))
		r = target_option(t, option, &unknown, d);
	if (r == 0 && unknown.n > 0)
		r = diag_fail(d, 0, (struct place){0},
		    "logtarget: unknown option in the brackets: %s; known are format, padding, "
		    "datetime, facility",
		    buf_cstr(&unknown));
	buf_done(&unknown);
	return r;
}

/* What target asks for; to be closed. */
static int
target_parse(struct slice target, struct target *t, struct diag *d)
{
	ptrdiff_t bracket = slice_find_char(target, '[', 0);
	struct slice name = slice_trim(bracket < 0 ? target : slice_upto(target, (size_t)bracket));
	struct slice rest = bracket < 0 ? SLICE_EMPTY : slice_from(target, (size_t)bracket + 1);

	*t = (struct target){.fd = -1, .facility = LOG_DAEMON, .stamp = true, .pad = true};
	if (slice_find_char(target, '\0', 0) >= 0)
		return diag_fail(d, -EINVAL, (struct place){0}, "logtarget: a NUL is in the name");
	t->given = mem_copy(target.p, target.n);
	t->name = mem_copy(name.p, name.n);
	if (slice_eq_nocase(name, SLICE("STDOUT")) || slice_eq_nocase(name, SLICE("SYSOUT")) ||
	    slice_eq_nocase(name, SLICE("STDERR"))) {
		t->kind = TARGET_STREAM;
		t->fd = slice_eq_nocase(name, SLICE("STDERR")) ? STDERR_FILENO : STDOUT_FILENO;
		t->stamp = !slice_eq_nocase(name, SLICE("SYSOUT"));
	} else if (slice_eq_nocase(name, SLICE("SYSLOG"))) {
		t->kind = TARGET_SYSLOG;
		t->stamp = t->pad = false;
	} else if (slice_eq_nocase(name, SLICE("SYSTEMD-JOURNAL"))) {
		t->kind = TARGET_JOURNAL;
		t->stamp = t->pad = false;
	} else {
		t->kind = TARGET_FILE;
	}
	if (rest.n > 0 && rest.p[rest.n - 1] == ']')
		rest.n--;
	return target_options(t, rest, d);
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
	struct target t;
	int r = target_parse(target, &t, d);

	if (r == 0 && t.kind == TARGET_FILE)
		r = target_open_file(&t, d);
	else if (r == 0 && t.kind != TARGET_STREAM)
		r = target_await_syslog(&t, d);
	if (r < 0) {
		t.kind = TARGET_STREAM;	/* nothing to close */
		target_close(&t);
		return r;
	}
	held_send();
	target_close(&current);
	current = t;
	heads_forget();
	return 0;
}

/* The folder that the file is in, or would be. */
static int
target_check_file(const struct target *t, struct diag *d)
{
	const char *slash = strrchr(t->name, '/');
	char *dir = mem_copy(t->name, slash == NULL ? 0 : (size_t)(slash - t->name) + 1);
	struct stat st;
	int r = 0;

	if (stat(slash != NULL ? dir : ".", &st) < 0)
		r = diag_fail(d, -errno, (struct place){0}, "Unable to log to '%s': %s: %s",
		    t->name, dir, strerror(errno));
	else if (stat(t->name, &st) == 0 && S_ISDIR(st.st_mode))
		r = diag_fail(d, -EISDIR, (struct place){0}, "Unable to log to '%s': %s", t->name,
		    strerror(EISDIR));
	mem_free(dir);
	return r;
}

int
log_check_target(struct slice target, struct diag *d)
{
	struct target t;
	int r = target_parse(target, &t, d);

	if (r == 0 && t.kind == TARGET_FILE)
		r = target_check_file(&t, d);
	t.kind = TARGET_STREAM; /* nothing to close */
	target_close(&t);
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
	struct target again = current;
	int r;

	if (current.kind != TARGET_FILE)
		return 0;
	r = target_open_file(&again, NULL);
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
	char *before = syslog_socket;
	struct target again = current;
	int r;

	syslog_socket = mem_copy(path.p, path.n);
	if (current.kind == TARGET_SYSLOG) {
		r = target_await_syslog(&again, d);
		if (r < 0) {
			mem_free(syslog_socket);
			syslog_socket = before;
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
	return syslog_socket != NULL ? slice_cstr(syslog_socket) : SLICE("auto");
}

static int
log_priority(int level)
{
	for (size_t i = 0; i < LEVEL_COUNT; i++)
		if (level >= levels[i].level)
			return levels[i].priority;
	return LOG_DEBUG;
}

static bool
target_is_socket(void)
{
	return current.kind == TARGET_SYSLOG || current.kind == TARGET_JOURNAL;
}

/* Who read from the socket has ended; another may have taken its place. If not, *error is why. */
static bool
log_reconnect(int *error)
{
	struct target again = current;
	int r;

	if (!target_is_socket() || *error == EAGAIN || *error == EMSGSIZE)
		return false;
	r = target_open_syslog(&again, NULL);
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

	if (!target_is_socket() || error != EAGAIN || current.stuck)
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
	if (current.kind == TARGET_SYSLOG)
		buf_printf(out, "<%d>", current.facility | log_priority(level));
	else if (current.kind == TARGET_JOURNAL)
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
	if (current.kind == TARGET_JOURNAL)
		fill_length(l);
	if (current.kind != TARGET_SYSLOG)
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
			current.torn = !target_is_socket() && rest->p[n - 1] != '\n';
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
	lost.lines += target_is_socket() ? 1 : slice_count(rest, '\n');
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
	if (!held.on || target_is_socket() || text.n > sizeof(held.lines)) {
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
log_vwrite(int level, const char *module, const char *format, va_list args)
{
	struct buf *out = log_begin(level, module);

	if (out == NULL)
		return;
	buf_vprintf(out, format, args);
	log_end();
}

void
log_write(int level, const char *module, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_vwrite(level, module, format, args);
	va_end(args);
}
