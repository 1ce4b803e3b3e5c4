/*
 * f2b-manage does the client's work that needs the whole of f2b: it starts the server, tries and
 * explains a configuration, edits a line. f2b-client and f2b-server become it where there is some;
 * it does all that f2b-client does.
 */
#include "manage/check.h"
#include "manage/common.h"
#include "manage/convert.h"
#include "manage/interactive.h"
#include "manage/manage.h"
#include "manage/origins.h"
#include "manage/simulate.h"

#include <stdio.h>

/* The name it was called by, without the folder. */
static const char *
program_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* The server hands over here what is not its own; without a command it is to be started. */
static bool
is_server(const char *program)
{
	return slice_ends(slice_cstr(program), SLICE("server"));
}

/* These need no server. */
static const struct {
	const char *name;
	int (*run)(const struct cmdline *c);
} tools[] = {
    {"check", check_run},
    {"convert", convert_run},
    {"explain", origins_run},
    {"simulate", simulate_run},
};

static int
interact(const struct client *cl, const struct value *words)
{
	return interactive_run(cl);
}

static int
run(int argc, char **argv)
{
	const char *program = program_name(argc > 0 ? argv[0] : "f2b-client");
	struct cmdline c;
	struct diag d;
	int status;

	diag_init(&d);
	if (cmdline_parse(&c, argc, argv, &d) < 0)
		return common_refuse(argv, program, &d);
	if (common_run(&c, program, &status))
		return status;
	if (c.word_count == 0 && !c.interactive && !is_server(program)) {
		common_usage(program);
		return CMDLINE_FAILED;
	}
	for (size_t i = 0; c.word_count > 0 && i < sizeof(tools) / sizeof(tools[0]); i++)
		if (strcmp(c.words[0], tools[i].name) == 0)
			return tools[i].run(&c);
	return client_run(&c, argv, c.interactive ? interact : manage_command);
}

int
main(int argc, char **argv)
{
	return cmdline_finish(run(argc, argv));
}
