#include "client/check.h"
#include "client/client.h"
#include "client/convert.h"
#include "client/origins.h"
#include "client/simulate.h"

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

int
main(int argc, char **argv)
{
	const char *program = program_name(argc > 0 ? argv[0] : "f2b-client");
	struct cmdline c;
	struct diag d;
	int status;

	diag_init(&d);
	if (cmdline_parse(&c, argc, argv, &d) < 0)
		return cmdline_refuse(program, &d);
	if (cmdline_run_common(&c, program, &status))
		return status;
	if (c.word_count == 0 && !c.interactive && !is_server(program)) {
		cmdline_usage(program);
		return CMDLINE_FAILED;
	}
	if (c.word_count > 0 && strcmp(c.words[0], "convert") == 0)
		return convert_run(&c);
	if (c.word_count > 0 && strcmp(c.words[0], "check") == 0)
		return check_run(&c);
	if (c.word_count > 0 && strcmp(c.words[0], "explain") == 0)
		return origins_run(&c);
	if (c.word_count > 0 && strcmp(c.words[0], "simulate") == 0)
		return simulate_run(&c);
	return client_run(&c, argv);
}
