#include "util/logtarget.h"

#include "util/escape.h"
#include "util/logformat.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

/* Names of options that are not known; what is more is not told. */
#define UNKNOWN_MAX 400

static char *syslog_socket;

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

static bool
option_on(struct slice v)
{
	return slice_eq_nocase(v, SLICE("on")) || slice_eq_nocase(v, SLICE("true")) ||
	    slice_eq_nocase(v, SLICE("yes")) || slice_eq(v, SLICE("1"));
}

static int
option_facility(struct logtarget *t, struct slice value, struct diag *d)
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
option_padding(struct logtarget *t, struct slice value, struct diag *d)
{
	t->pad = option_on(value);
	return 0;
}

static int
option_datetime(struct logtarget *t, struct slice value, struct diag *d)
{
	t->stamp = option_on(value);
	return 0;
}

/* All of the line: the others count for nothing then. An empty one is none. */
static int
option_format(struct logtarget *t, struct slice value, struct diag *d)
{
	logformat_free(t->format);
	t->format = NULL;
	return value.n > 0 ? logformat_parse(&t->format, value, d) : 0;
}

static const struct {
	const char *name;
	int (*set)(struct logtarget *t, struct slice value, struct diag *d);
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
take_option(struct logtarget *t, struct slice option, struct buf *unknown, struct diag *d)
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
take_options(struct logtarget *t, struct slice rest, struct diag *d)
{
	struct buf unknown;
	struct slice option;
	int r = 0;

	buf_init(&unknown, UNKNOWN_MAX);
	while (r == 0 && next_option(&rest, &option))
		r = take_option(t, option, &unknown, d);
	if (r == 0 && unknown.n > 0)
		r = diag_fail(d, 0, (struct place){0},
		    "logtarget: unknown option in the brackets: %s; known are format, padding, "
		    "datetime, facility",
		    buf_cstr(&unknown));
	buf_done(&unknown);
	return r;
}

int
logtarget_parse(struct slice target, struct logtarget *t, struct diag *d)
{
	ptrdiff_t bracket = slice_find_char(target, '[', 0);
	struct slice name = slice_trim(bracket < 0 ? target : slice_upto(target, (size_t)bracket));
	struct slice rest = bracket < 0 ? SLICE_EMPTY : slice_from(target, (size_t)bracket + 1);

	*t = (struct logtarget){.fd = -1, .facility = LOG_DAEMON, .stamp = true, .pad = true};
	if (slice_find_char(target, '\0', 0) >= 0)
		return diag_fail(d, -EINVAL, (struct place){0}, "logtarget: a NUL is in the name");
	t->given = mem_copy(target.p, target.n);
	t->name = mem_copy(name.p, name.n);
	if (slice_eq_nocase(name, SLICE("STDOUT")) || slice_eq_nocase(name, SLICE("SYSOUT")) ||
	    slice_eq_nocase(name, SLICE("STDERR"))) {
		t->kind = LOGTARGET_STREAM;
		t->fd = slice_eq_nocase(name, SLICE("STDERR")) ? STDERR_FILENO : STDOUT_FILENO;
		t->stamp = !slice_eq_nocase(name, SLICE("SYSOUT"));
	} else if (slice_eq_nocase(name, SLICE("SYSLOG"))) {
		t->kind = LOGTARGET_SYSLOG;
		t->stamp = t->pad = false;
	} else if (slice_eq_nocase(name, SLICE("SYSTEMD-JOURNAL"))) {
		t->kind = LOGTARGET_JOURNAL;
		t->stamp = t->pad = false;
	} else {
		t->kind = LOGTARGET_FILE;
	}
	if (rest.n > 0 && rest.p[rest.n - 1] == ']')
		rest.n--;
	return take_options(t, rest, d);
}

static int
open_file(struct logtarget *t, struct diag *d)
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
connect_syslog(struct logtarget *t, struct diag *d)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	const char *path = "/dev/log";
	struct stat st;

	if (t->kind == LOGTARGET_JOURNAL)
		path = "/run/systemd/journal/socket";
	else if (strcmp(logtarget_syslog_socket(), "auto") != 0)
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
 * is lost, and told of, until it is back. In a container there is no journal at all: fail2ban starts there.
 */
static int
await_syslog(struct logtarget *t, struct diag *d)
{
	int r = connect_syslog(t, d);

	if (r != -ECONNREFUSED && !(r == -ENOENT && t->kind == LOGTARGET_JOURNAL))
		return r;
	diag_remedy(d, "it is tried again with each line");
	return 0;
}

void
logtarget_close(struct logtarget *t)
{
	if (t->kind != LOGTARGET_STREAM && t->fd >= 0)
		(void)close(t->fd);
	mem_free(t->given);
	mem_free(t->name);
	logformat_free(t->format);
}

/* The folder that the file is in, or would be. */
static int
check_file(const struct logtarget *t, struct diag *d)
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
logtarget_check(const struct logtarget *t, struct diag *d)
{
	return t->kind == LOGTARGET_FILE ? check_file(t, d) : 0;
}

int
logtarget_open(struct logtarget *t, struct diag *d)
{
	switch (t->kind) {
	case LOGTARGET_STREAM:
		return 0;
	case LOGTARGET_FILE:
		return open_file(t, d);
	case LOGTARGET_SYSLOG:
	case LOGTARGET_JOURNAL:
		break;
	}
	return await_syslog(t, d);
}

int
logtarget_reconnect(struct logtarget *t)
{
	return connect_syslog(t, NULL);
}

char *
logtarget_swap_syslog_socket(char *path)
{
	char *before = syslog_socket;

	syslog_socket = path;
	return before;
}

const char *
logtarget_syslog_socket(void)
{
	return syslog_socket != NULL ? syslog_socket : "auto";
}
