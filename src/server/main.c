/*
 * f2b-server: in the foreground (-f) it reads the configuration and runs; with --async it runs as
 * a daemon and is sent its configuration. Everything else (start in the background, commands) is
 * the client's work, which this hands over to.
 */
#include "control/skip.h"
#include "manage/common.h"
#include "server/daemon.h"
#include "server/server.h"
#include "util/beside.h"
#include "util/log.h"
#include "util/shared.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static int
run_client(char **argv)
{
	int r = beside_become("f2b-manage", argv);

	(void)fprintf(stderr, "f2b-server: cannot run f2b-manage, which belongs beside it: %s\n",
	    strerror(-r));
	return CMDLINE_FAILED;
}

/* Commands that set the log come with the others; until then it is what the options say. */
static int
start_log(const struct config *config, bool daemon)
{
	struct slice target = config->logtarget;
	char text[sizeof(struct diag)];
	struct diag d;
	int number = log_level_parse(config->loglevel), r = 0;

	diag_init(&d);
	if (number >= 0)
		log_set_level(number);
	/* First, as the target may be SYSLOG; while it is not, nothing is opened. */
	if (config->syslogsocket.n > 0)
		(void)log_set_syslog_socket(config->syslogsocket, &d);
	if (target.n > 0)
		r = log_set_target(target, &d);
	if (!d.set)
		return 0;
	(void)diag_format(&d, text, sizeof(text));
	log_write(r < 0 ? LEVEL_ERROR : LEVEL_WARNING, "server", "%s", text);
	if (daemon)
		daemon_tell(text);
	return r < 0 ? -EINVAL : 0;
}

/* What was made to try the configuration is kept for as long as that is. */
static void
let_go(struct config **config)
{
	if (*config == NULL)
		return;
	config_free(*config);
	*config = NULL;
	shared_release();
}

/* Now the configuration is in the jails. */
static void
say_ready(void *arg)
{
	let_go(arg);
	(void)puts("Server ready");
	(void)fflush(stdout);
}

static int
load(const struct cmdline *c, struct config **out)
{
	struct config_request req = {0};

	cmdline_config_request(c, &req);
	req.strict = true;
	if (config_load(out, &req, cmdline_sink()) < 0)
		return -EINVAL;
	/* Jails that are wrong have been told of; those that are right start. */
	shared_hold();
	if (skip_wrong_jails(*out, NULL, cmdline_sink()) == 0)
		return 0;
	let_go(out);
	return -EINVAL;
}

static void
take_paths(struct server_options *o, const struct config *config)
{
	o->socket = config->socket.p;
	o->pidfile = config->pidfile.p;
	o->readsocket = config->readsocket.n > 0 ? config->readsocket.p : "";
	o->readgroup = config->readgroup.n > 0 ? config->readgroup.p : "";
}

static int
run_foreground(const struct cmdline *c)
{
	struct server_options o = {.force = c->force};
	struct config *config;
	int status;

	if (load(c, &config) < 0)
		return CMDLINE_FAILED;
	take_paths(&o, config);
	for (size_t i = 0; i < value_count(config->extras); i++)
		value_add(&config->arena, config->commands, value_at(config->extras, i));
	o.commands = config->commands;
	log_forked();
	log_set_level(LEVEL_INFO);
	status = start_log(config, false) < 0
		     ? CMDLINE_FAILED
		     : server_run(&o, say_ready, &config);
	let_go(&config);
	return status;
}

static void
tell_parent(void *arg)
{
	daemon_ready();
}

static int
run_async(const struct cmdline *c)
{
	struct server_options o = {.force = c->force, .daemon = true};
	struct config *config;
	struct diag d;
	int status;

	if (cmdline_load_base(c, &config) < 0)
		return CMDLINE_FAILED;
	take_paths(&o, config);
	diag_init(&d);
	if (daemon_detach(&d) < 0) {
		(void)fprintf(stderr, "f2b-server: %s\n", d.text);
		return CMDLINE_FAILED;
	}
	log_forked();
	log_set_level(LEVEL_INFO);
	status = start_log(config, true) < 0
		     ? CMDLINE_FAILED
		     : server_run(&o, tell_parent, NULL);
	config_free(config);
	return status;
}

int
main(int argc, char **argv)
{
	struct cmdline c;
	struct diag d;
	int status;

	daemon_open_standard();
	(void)umask(077);
	diag_init(&d);
	if (cmdline_parse(&c, argc, argv, &d) < 0)
		return common_refuse(argv, "fail2ban-server", &d);
	if (common_run(&c, "fail2ban-server", &status))
		return status;
	if (c.word_count > 0 && strcmp(c.words[0], "start") != 0)
		return run_client(argv);
	daemon_set_name(c.pname);
	daemon_set_locale();
	daemon_raise_files();
	if (c.foreground)
		return run_foreground(&c);
	if (c.async)
		return run_async(&c);
	return run_client(argv);
}
