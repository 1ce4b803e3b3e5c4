#include "manage/start.h"

#include "client/link.h"
#include "compat/pyrepr.h"
#include "control/skip.h"
#include "util/beside.h"
#include "util/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define SERVER "f2b-server"
#define PING_LIMIT SPAN_S(5)
#define FIRST_WAIT_MS 6
#define LONGEST_WAIT_MS 500
#define SERVER_ARGS_MAX 40

static int
fail(const char *text)
{
	log_write(LEVEL_ERROR, "", "%s", text);
	return CMDLINE_FAILED;
}

/* ---- the configuration ---- */

/*
 * Loads all, or one jail where jail.p is not NULL, and tries its commands. Mistakes have been
 * printed when this returns NULL. A running server is not disturbed for the sake of
 * a configuration with mistakes; where none runs, the jails that are right protect better than
 * nothing. So jails that are wrong are only told of at a start, where skippable is NULL, and at a
 * reload those in that list, as they do not run anyway.
 */
static struct config *
load_checked(const struct client *cl, struct slice jail, const struct value *skippable)
{
	struct config_request request;
	struct config *config;

	cmdline_config_request(cl->cmdline, &request);
	request.jail = jail;
	request.strict = true;
	request.all_or_nothing = cl->cmdline->test;
	if (config_load(&config, &request, cmdline_sink()) < 0)
		return NULL;
	if (cl->cmdline->test)
		skippable = value_list(&config->arena);
	if (skip_wrong_jails(config, skippable, cmdline_sink()) == 0)
		return config;
	if (skippable != NULL && !cl->cmdline->test)
		(void)fail("Nothing is changed; the server goes on with the configuration it has");
	config_free(config);
	return NULL;
}

/* The jails that the server goes without since its start. */
static const struct value *
skipped_before(const struct client *cl, struct arena *a)
{
	struct value *question = value_list(a), *reply, *names = NULL;
	struct link *l;

	value_add(a, question, value_cstr(a, "get"));
	value_add(a, question, value_cstr(a, "skippedjails"));
	if (link_open(&l, cl->socket, NULL) < 0)
		return value_list(a);
	if (link_ask(l, a, question, &reply, NULL) == 0)
		names = value_at(reply, 1);
	link_close(l);
	/* fail2ban's server has no such list, and answers with an error. */
	return names != NULL && names->kind == VALUE_LIST ? names : value_list(a);
}

static int
refuse_configuration(const struct client *cl)
{
	return cl->cmdline->test ? fail("ERROR: test configuration failed") : CMDLINE_FAILED;
}

/* ---- the server's process ---- */

struct server_args {
	char *v[SERVER_ARGS_MAX];
	size_t n;
	struct arena arena;
};

static void
add_arg(struct server_args *args, struct slice text)
{
	if (args->n + 1 < SERVER_ARGS_MAX)
		args->v[args->n++] = (char *)arena_copy(&args->arena, text).p;
}

static void
add_option(struct server_args *args, const char *name, struct slice value)
{
	add_arg(args, slice_cstr(name));
	add_arg(args, value);
}

static struct slice
base_name(struct slice path)
{
	while (slice_find_char(path, '/', 0) >= 0)
		path = slice_from(path, (size_t)slice_find_char(path, '/', 0) + 1);
	return path;
}

static void
build_args(struct server_args *args, const struct client *cl, const struct config *config)
{
	const struct cmdline *c = cl->cmdline;

	arena_init(&args->arena);
	args->n = 0;
	add_arg(args, beside_path(&args->arena, SERVER));
	add_arg(args, SLICE("--async"));
	add_arg(args, SLICE("-b"));
	add_option(args, "-c", slice_cstr(c->config_dir));
	add_option(args, "-s", config->socket);
	add_option(args, "-p", config->pidfile);
	if (c->force)
		add_arg(args, SLICE("-x"));
	for (int i = 1; i < c->verbose && i < 4; i++)
		add_arg(args, SLICE("-v"));
	add_option(args, "--pname", slice_cstr(c->pname));
	add_option(args, "--loglevel", config->loglevel);
	add_option(args, "--logtarget", config->logtarget);
	add_option(args, "--syslogsocket", config->syslogsocket);
	args->v[args->n] = NULL;
}

static int
spawn_server(const struct client *cl, const struct config *config, pid_t *pid)
{
	struct server_args args;
	const char *path;
	int r;

	build_args(&args, cl, config);
	path = args.v[0];
	/* Who manages fail2ban looks for a process of that name. */
	if (slice_starts(base_name(slice_cstr(cl->argv[0])), SLICE("fail2ban")))
		args.v[0] = (char *)arena_printf(&args.arena, "%.*sfail2ban-server",
		    (int)(base_name(slice_cstr(path)).p - path), path).p;
	r = posix_spawn(pid, path, NULL, NULL, args.v, environ);
	if (r != 0)
		log_write(LEVEL_ERROR, "", "Could not start %s: %s", path, strerror(r));
	arena_done(&args.arena);
	return r == 0 ? 0 : -r;
}

/* A server in the foreground does all by itself: it becomes this process. */
static int
become_server(const struct client *cl)
{
	int r;

	(void)fflush(stdout);
	r = beside_become(SERVER, cl->argv);
	log_write(LEVEL_ERROR, "", "Could not start " SERVER ": %s", strerror(-r));
	return CMDLINE_FAILED;
}

/* Waits for done(), looking again at growing intervals; false when the time is up. */
static bool
wait_until(const struct client *cl, bool (*done)(const struct client *cl, void *arg), void *arg)
{
	struct mono begin = time_mono();
	double limit_us = cl->cmdline->timeout_s * (double)US_PER_S;
	int ms = FIRST_WAIT_MS;

	while (!done(cl, arg)) {
		if ((double)mono_since(time_mono(), begin).us > limit_us)
			return false;
		(void)poll(NULL, 0, ms); /* a signal may cut it short */
		ms = ms * 2 < LONGEST_WAIT_MS ? ms * 2 : LONGEST_WAIT_MS;
	}
	return true;
}

/* The process that was spawned ends as soon as the daemon is on its way. */
struct birth {
	pid_t pid;
	bool ended;
	int status;
};

static bool
server_born(const struct client *cl, void *arg)
{
	struct birth *b = arg;

	if (!b->ended && waitpid(b->pid, &b->status, WNOHANG) == b->pid)
		b->ended = true;
	if (b->ended && b->status != 0)
		return true;
	return link_ping(cl->socket, PING_LIMIT);
}

/* The process that the pid file names, if there is one; else 0. */
static pid_t
server_pid(const struct config *config)
{
	char text[32];
	int fd = open(config->pidfile.p, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text)) : -1;
	uint64_t pid;

	if (fd >= 0)
		(void)close(fd);
	if (n <= 0 || slice_u64(slice_trim(slice_of(text, (size_t)n)), INT32_MAX, &pid) < 0 ||
	    pid == 0 || kill((pid_t)pid, 0) < 0)
		return 0;
	return (pid_t)pid;
}

/* Its socket is gone, or its process: a socket that a service manager handed over stays. */
static bool
server_gone(const struct client *cl, void *arg)
{
	const pid_t *pid = arg;
	struct stat st;

	if (*pid > 0 && kill(*pid, 0) < 0 && errno == ESRCH)
		return true;
	return stat(cl->socket.p, &st) < 0 && !link_ping(cl->socket, PING_LIMIT);
}

static bool
server_answers(const struct client *cl, void *arg)
{
	return link_ping(cl->socket, PING_LIMIT);
}

/* ---- start ---- */

/* What speaks against a start: a server, or what one left behind. */
static int
check_free(const struct client *cl)
{
	struct stat st;

	if (link_ping(cl->socket, PING_LIMIT))
		return fail("Server already running");
	if (!cl->cmdline->force && stat(cl->socket.p, &st) == 0)
		return fail("Fail2ban seems to be in unexpected state (not running but the socket exists)");
	return 0;
}

/* Asks whether the server is ready, and prints the answer. */
static int
show_ready(const struct client *cl)
{
	struct arena a;
	struct value *question;
	int status;

	arena_init(&a);
	question = value_add(&a, value_list(&a), value_cstr(&a, "server-status"));
	status = client_ask(cl, question, question, false);
	arena_done(&a);
	return status;
}

static int
send_stream(const struct client *cl, const struct config *config)
{
	struct value *stream;
	struct arena a;
	int status, shown;

	arena_init(&a);
	stream = value_add(&a, value_list(&a), value_cstr(&a, "server-stream"));
	value_add(&a, stream, config->commands);
	status = client_ask(cl, stream, stream, true);
	if (status == 0)
		client_offer(cl, config->extras);
	shown = show_ready(cl);
	arena_done(&a);
	return status != 0 ? status : shown;
}

static int
launch(const struct client *cl, const struct config *config)
{
	struct birth birth = {.ended = false};
	int status;

	if (spawn_server(cl, config, &birth.pid) < 0)
		return CMDLINE_FAILED;
	if (!wait_until(cl, server_born, &birth))
		return fail("Could not find server; it was started but does not answer in time");
	if (birth.ended && birth.status != 0)
		return fail("Could not start server");
	status = send_stream(cl, config);
	/* As of fail2ban, whose server would have refused a command; ours runs without these jails. */
	return status == 0 && config->refused_count > 0 ? CMDLINE_FAILED : status;
}

/* True if a service manager listens, which starts the server for whoever connects. */
static bool
is_started_by_others(const struct client *cl)
{
	struct link *l;

	if (link_open(&l, cl->socket, NULL) < 0)
		return false;
	link_close(l);
	return true;
}

static int
wait_for_others(const struct client *cl)
{
	if (!wait_until(cl, server_answers, NULL))
		return fail("The service manager that listens on the socket starts no server");
	return show_ready(cl);
}

int
start_server(const struct client *cl)
{
	struct config *config;
	int status = check_free(cl);

	if (status != 0)
		return status;
	if (cl->cmdline->foreground)
		return become_server(cl);
	config = load_checked(cl, (struct slice){.p = NULL}, NULL);
	if (config == NULL)
		return refuse_configuration(cl);
	status = launch(cl, config);
	config_free(config);
	return status;
}

/*
 * The configuration is checked before the old server goes, so that a mistake in it does not leave
 * the machine without one. Where none runs, this is a start.
 */
int
start_again(const struct client *cl, bool keep)
{
	bool runs = link_ping(cl->socket, PING_LIMIT);
	struct config *config;
	struct value *stop;
	struct arena a;
	pid_t pid;
	int status;

	arena_init(&a);
	config = load_checked(cl, (struct slice){.p = NULL}, runs ? skipped_before(cl, &a) : NULL);
	if (config == NULL) {
		status = refuse_configuration(cl);
		goto out;
	}
	pid = server_pid(config);
	stop = value_add(&a, value_list(&a), value_cstr(&a, "stop"));
	if (keep)
		(void)value_add(&a, stop, value_cstr(&a, "--keep"));
	(void)client_ask(cl, stop, stop, false);	/* without a server there is nothing to stop */
	if (!wait_until(cl, server_gone, &pid))
		status = fail("Could not stop server");
	else if (is_started_by_others(cl))
		status = wait_for_others(cl);
	else if (cl->cmdline->foreground)
		status = become_server(cl);
	else
		status = launch(cl, config);
	config_free(config);
out:
	arena_done(&a);
	return status;
}

/* ---- reload ---- */

struct reload {
	struct arena arena;
	struct value *options;
	struct slice jail;	/* .p NULL: all */
};

static bool
reload_option(const struct value *word)
{
	return value_is_text(word, SLICE("--restart")) || value_is_text(word, SLICE("--unban")) ||
	    value_is_text(word, SLICE("--if-exists"));
}

static int
refuse_words(struct reload *rl, const struct value *words, size_t from)
{
	struct value *rest = value_list(&rl->arena);
	struct buf text;

	for (size_t i = from; i < value_count(words); i++)
		value_add(&rl->arena, rest, value_at(words, i));
	buf_init(&text, (size_t)1 << 20);
	pyrepr_format(&text, rest);
	log_write(LEVEL_ERROR, "", "Unexpected argument(s) for reload: %s", buf_cstr(&text));
	buf_done(&text);
	return CMDLINE_FAILED;
}

/* Options come first, then at most one jail. */
static int
read_words(struct reload *rl, const struct value *words)
{
	size_t at = 1, count = value_count(words);

	if (value_is_text(value_at(words, 0), SLICE("restart")))
		value_add(&rl->arena, rl->options, value_cstr(&rl->arena, "--restart"));
	while (at < count && reload_option(value_at(words, at)))
		value_add(&rl->arena, rl->options, value_at(words, at++));
	if (count - at > 1)
		return refuse_words(rl, words, at);
	if (at < count && !value_is_text(value_at(words, at), SLICE("--all")))
		rl->jail = value_at(words, at)->text;
	return 0;
}

static int
send_reload(const struct client *cl, struct reload *rl, const struct config *config)
{
	struct arena *a = &rl->arena;
	struct value *command = value_add(a, value_list(a), value_cstr(a, "reload"));
	int status;

	value_add(a, command,
	    rl->jail.p != NULL ? value_text(a, rl->jail) : value_cstr(a, "--all"));
	value_add(a, command, rl->options);
	value_add(a, command, config->commands);
	status = client_ask(cl, command, command, false);
	if (status == 0)
		client_offer(cl, config->extras);
	return status;
}

int
start_reload(const struct client *cl, const struct value *words)
{
	struct reload rl = {.jail.p = NULL};
	struct config *config;
	int status;

	arena_init(&rl.arena);
	rl.options = value_list(&rl.arena);
	status = read_words(&rl, words);
	if (status != 0)
		goto out;
	if (!link_ping(cl->socket, (struct span){0})) {
		status = fail("Could not find server");
		goto out;
	}
	config = load_checked(cl, rl.jail,
	    rl.jail.p == NULL ? skipped_before(cl, &rl.arena) : value_list(&rl.arena));
	status = config != NULL ? send_reload(cl, &rl, config) : refuse_configuration(cl);
	config_free(config);
out:
	arena_done(&rl.arena);
	return status;
}
