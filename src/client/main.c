/*
 * f2b-client asks the server. That is most of what it is called for, by scripts and by monitoring,
 * many times a minute, and needs little: what needs the whole of f2b, as trying a configuration
 * does, is the work of f2b-manage, which this becomes.
 */
#include "client/client.h"
#include "util/beside.h"

#include <stdio.h>

static const char *const managed[] = {
    "check", "convert", "explain", "reload", "restart", "simulate", "start",
};

static bool
is_managed(const struct cmdline *c)
{
	for (size_t i = 0; i < sizeof(managed) / sizeof(managed[0]); i++)
		if (strcmp(c->words[0], managed[i]) == 0)
			return true;
	return false;
}

/* True of a command for the server, with nothing else to be done before or after. */
static bool
is_question(const struct cmdline *c)
{
	return c->word_count > 0 && !is_managed(c) && !c->interactive && !c->dump && !c->help &&
	    !c->version && !c->short_version && c->str2sec == NULL && c->man == NULL &&
	    c->completion == NULL && c->complete == NULL;
}

static int
run(int argc, char **argv)
{
	struct cmdline c;
	struct diag d;
	int r;

	diag_init(&d);
	if (cmdline_parse(&c, argc, argv, &d) == 0 && is_question(&c)) {
		cmdline_set_level(&c);
		return client_run(&c, argv, client_command);
	}
	r = beside_become("f2b-manage", argv);
	(void)fprintf(stderr, "f2b-client: cannot run f2b-manage, which belongs beside it: %s\n",
	    strerror(-r));
	return CMDLINE_FAILED;
}

int
main(int argc, char **argv)
{
	return cmdline_finish(run(argc, argv));
}
