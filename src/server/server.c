#include "server/server.h"

#include "compat/version.h"
#include "control/command.h"
#include "control/sleeper.h"
#include "control/watch.h"
#include "server/daemon.h"
#include "server/service.h"
#include "util/folder.h"
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define EXIT_BAD 255

struct server {
	uv_loop_t loop;
	uv_signal_t terminate, interrupt, flush;
	uv_timer_t ending, watchdog;
	struct monitor *monitor;
	struct listener *listener, *readers;
	struct conn_sink sink;
	char *pidfile; /* a copy */
	int pid_fd;	/* holds its lock; negative: we have none */
	int status;
};

static void
serve(struct conn_sink *sink, struct conn_request *rq)
{
	struct server *s = LIST_ITEM(sink, struct server, sink);

	command_serve(s->monitor, rq);
}

static void
signalled(uv_signal_t *handle, int number)
{
	struct server *s = handle->data;

	if (number == SIGUSR1) {
		/* On an error the log goes on where it was; there is nobody to tell. */
		(void)monitor_reopen_log();
		return;
	}
	log_write(LEVEL_DEBUG, "server", "Caught signal %d. Exiting", number);
	monitor_stop(s->monitor);
}

static void
signal_start(struct server *s, uv_signal_t *handle, int number)
{
	(void)uv_signal_init(&s->loop, handle);
	handle->data = s;
	(void)uv_signal_start(handle, signalled, number);
}

static void
release_pidfile(struct server *s)
{
	if (s->pid_fd < 0)
		return;
	if (unlink(s->pidfile) < 0)
		log_write(LEVEL_ERROR, "server", "Unable to remove PID file: %s", strerror(errno));
	(void)close(s->pid_fd);
	s->pid_fd = -1;
}

/*
 * Lets go of everything, and the loop ends by itself. The socket goes last: whoever waits for that
 * starts the next server at once, and it must find the database and the pid file free. And whoever is
 * answered finds nothing left of us.
 */
static void
end(uv_timer_t *timer)
{
	struct server *s = timer->data;
	struct monitor *m = s->monitor;
	struct conn_request *asked = m->stop_request;

	sleeper_end_all(m);
	watch_end_all(m);
	monitor_free(m);
	s->monitor = NULL;
	release_pidfile(s);
	listener_hide(s->listener);
	listener_hide(s->readers);
	if (asked != NULL)
		command_answer(asked, value_nil(&asked->arena));
	listener_free(s->listener);
	listener_free(s->readers);
	service_watchdog_stop(&s->watchdog);
	uv_close((uv_handle_t *)&s->terminate, NULL);
	uv_close((uv_handle_t *)&s->interrupt, NULL);
	uv_close((uv_handle_t *)&s->flush, NULL);
	uv_close((uv_handle_t *)timer, NULL);
}

/* The last jail is gone. Whoever stopped it may still be using the monitor. */
static void
finished(struct monitor *m)
{
	struct server *s = m->owner;

	service_stopping();
	(void)uv_timer_init(&s->loop, &s->ending);
	s->ending.data = s;
	(void)uv_timer_start(&s->ending, end, 0, 0);
}

static bool
socket_answers(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	bool yes;
	int fd;

	if (strlen(path) >= sizeof(a.sun_path))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	memcpy(a.sun_path, path, strlen(path) + 1);
	/* EAGAIN: so many wait to be let in that we would have to. */
	yes = connect(fd, (const struct sockaddr *)&a, sizeof(a)) == 0 || errno == EAGAIN;
	(void)close(fd);
	return yes;
}

/*
 * Whether a server answers, and not only the child of one that was killed: until a child runs its
 * program it has all that its parent had, the socket too.
 */
static bool
socket_is_served(const char *path)
{
	for (int i = 0; i < 10; i++) {
		if (!socket_answers(path))
			return false;
		(void)poll(NULL, 0, 50);
	}
	return true;
}

/* The log may be a file, and whoever started us looks at the terminal. */
static void
tell_starter(const struct server_options *o, const char *what)
{
	if (o->daemon || !slice_eq_nocase(log_target(), SLICE("STDERR")))
		daemon_tell(what);
}

static void
tell_of_socket(const struct server_options *o, const char *what)
{
	char text[2600];

	(void)snprintf(text, sizeof(text), "%s: %s", o->socket, what);
	tell_starter(o, text);
}

static int
claim_socket(const struct server_options *o)
{
	struct stat st;

	if (service_socket("fail2ban") != -ENOENT)
		return 0;
	folder_make(o->socket);
	if (lstat(o->socket, &st) < 0)
		return 0;
	log_write(LEVEL_ERROR, "server", "Fail2ban seems to be already running");
	if (!o->force) {
		log_write(LEVEL_ERROR, "server", "Could not start server: Server already running");
		tell_of_socket(o,
		    "is there already; stop the server that made it, or start with -x if there is none "
		    "any more");
		return -EADDRINUSE;
	}
	if (socket_is_served(o->socket)) {
		log_write(LEVEL_ERROR, "server",
		    "Could not start server: another server answers on %s; stop it first", o->socket);
		tell_of_socket(o, "another server answers here; stop it first");
		return -EADDRINUSE;
	}
	log_write(LEVEL_WARNING, "server", "Forcing execution of the server");
	return unlink(o->socket) < 0 ? -errno : 0;
}

/* A socket of the service manager, or one of our own. */
static int
open_listener(struct server *s, const char *name, const char *path, gid_t group,
    struct listener **out, struct diag *d)
{
	struct listener_options lo = {.path = path, .group = group};

	lo.fd = service_socket(name);
	lo.inherited = lo.fd >= 0;
	if (lo.fd < 0 && lo.fd != -ENOENT)
		return diag_fail(d, lo.fd, (struct place){.file = path},
		    "the service manager handed over something that is no listening Unix socket");
	return listener_new(out, &s->loop, &lo, &s->sink, d);
}

/* What a dead server left at the path of the socket for readers. It is this server's to remove. */
static void
remove_left_socket(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		(void)unlink(path); /* if that fails, so does the bind, which says why */
}

/* Who only looks on must not keep the server from its work: without this socket it goes on. */
static void
open_readers(struct server *s, const struct server_options *o)
{
	char text[2600];
	struct diag d;
	gid_t group;

	if (o->readsocket[0] == '\0')
		return;
	diag_init(&d);
	if (local_group(o->readgroup, &group) < 0) {
		log_write(LEVEL_ERROR, "server",
		    "readgroup: there is no group '%s'; going on without %s", o->readgroup,
		    o->readsocket);
		return;
	}
	if (service_socket("fail2ban-read") == -ENOENT)
		remove_left_socket(o->readsocket);
	if (open_listener(s, "fail2ban-read", o->readsocket, group, &s->readers, &d) < 0)
		log_write(LEVEL_ERROR, "server", "readsocket: %s; going on without it",
		    diag_format(&d, text, sizeof(text)));
}

static int
server_open(struct server *s, const struct server_options *o)
{
	char text[2600];
	struct diag d;
	int r;

	diag_init(&d);
	s->monitor = monitor_new(&s->loop);
	s->monitor->owner = s;
	s->monitor->finished = finished;
	s->sink.request = serve;
	r = open_listener(s, "fail2ban", o->socket, LOCAL_NO_GROUP, &s->listener, &d);
	if (r < 0) {
		monitor_free(s->monitor);
		(void)diag_format(&d, text, sizeof(text));
		log_write(LEVEL_ERROR, "server", "Could not start server: %s", text);
		tell_starter(o, text);
	}
	return r;
}

static void
run_commands(struct server *s, const struct value *commands)
{
	struct arena a;

	arena_init(&a);
	/* command_stream() has logged what failed. */
	if (command_stream(s->monitor, &a, commands, false) != NULL) {
		s->status = EXIT_BAD;
		monitor_stop(s->monitor);
	}
	arena_done(&a);
}

static void
announce(const struct server_options *o)
{
	log_write(LEVEL_INFO, "server", "--------------------------------------------------");
	log_write(LEVEL_INFO, "server", "Starting Fail2ban v" COMPAT_VERSION);
	if (o->daemon)
		log_write(LEVEL_INFO, "server", "Daemon started");
	log_write(LEVEL_INFO, "observer", "Observer start...");
}

int
server_run(const struct server_options *o, void (*ready)(void *arg), void *arg)
{
	struct server *s = MEM_NEW(struct server);
	int status;
	char text[2600];
	struct diag d;

	announce(o);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)uv_loop_init(&s->loop);
	diag_init(&d);
	s->status = claim_socket(o) < 0 ? EXIT_BAD : 0;
	/* Only now, for the file may be that of the server that is running. */
	s->pidfile = mem_copy(o->pidfile, strlen(o->pidfile));
	s->pid_fd = -1;
	if (s->status == 0 && o->pidfile[0] != '\0') {
		s->pid_fd = pidfile_write(o->pidfile, &d);
		if (s->pid_fd < 0)
			log_write(LEVEL_ERROR, "server", "%s", diag_format(&d, text, sizeof(text)));
	}
	if (s->status == 0 && server_open(s, o) < 0)
		s->status = EXIT_BAD;
	if (s->status == 0) {
		signal_start(s, &s->terminate, SIGTERM);
		signal_start(s, &s->interrupt, SIGINT);
		signal_start(s, &s->flush, SIGUSR1);
		open_readers(s, o);
		service_watchdog_start(&s->loop, &s->watchdog);
		if (o->commands != NULL)
			run_commands(s, o->commands);
		if (s->status == 0) {
			ready(arg);
			service_ready();
		}
	}
	(void)uv_run(&s->loop, UV_RUN_DEFAULT);
	if (uv_loop_close(&s->loop) != 0)
		log_write(LEVEL_ERROR, "server", "handles left open at the end");
	release_pidfile(s);	/* where it did not come to a monitor */
	log_write(LEVEL_INFO, "server", "Exiting Fail2ban");
	status = s->status;
	mem_free(s->pidfile);
	mem_free(s);
	return status;
}
