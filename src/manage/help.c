#include "manage/help.h"

#include "control/command.h"
#include "util/buf.h"

#include <stdio.h>

#define COMMAND_WIDTH 41	/* longer ones have their help on the next line */
#define HELP_WIDTH 34

/* Those that the client carries out itself; the server's table has the rest. */
static const struct help_row own[] = {
    {"", "start", "", "starts the server and its jails"},
    {"", "restart", "[--keep]",
	"stops the server and starts it again; --keep leaves the bans of the module nft in the "
	"kernel meanwhile"},
    {"", "restart", "[--unban] [--if-exists] <JAIL>", "the same as reload --restart"},
    {"", "status", "--table [--sort=<COLUMN>] [<JAIL>]",
	"shows all jails, or the bans of one, as a table that can be sorted"},
    {"", "top", "[--once] [--interval=<SECONDS>] [--sort=<COLUMN>]",
	"shows on the whole screen how jails are doing, and the latest bans; q quits"},
    {"", "check", "[--strict] [--json|--yaml]",
	"lists all errors and warnings of the configuration, each with its place"},
    {"", "explain", "<JAIL> [<OPTION>|<ACTION>[/<OPTION>]] [--json|--yaml]",
	"shows which file and line each option of a jail and its actions comes from, and what it "
	"overrides"},
    {"", "simulate",
	"[--events <LIST>] [--failing <LIST>] [--json|--yaml] <JAIL> <ID> [<NAME>=<VALUE>]...",
	"prints the commands that the actions of a jail would run for a ban of ID, or for a list "
	"of start, ban, prolong, reban, unban, flush, reload and stop, as if the properties of "
	"--failing failed; runs nothing"},
    {"", "convert", "[--to yaml|ini] <FILE>...",
	"prints configuration files in the other form, YAML for ini and ini for YAML"},
    {"", "convert", "[--to yaml|ini] --all <FOLDER>",
	"writes the whole configuration in the other form into a new folder"},
};

/* The words of text that fit on a line; at least one. */
static struct slice
take_line(struct slice *text)
{
	struct slice line;
	size_t fits = 0;

	*text = slice_ltrim(*text);
	for (size_t i = 0; i <= text->n && (i <= HELP_WIDTH || fits == 0); i++) {
		if (i == text->n || text->p[i] == ' ')
			fits = i;
	}
	line = slice_upto(*text, fits);
	*text = slice_from(*text, fits);
	return line;
}

static void
print_row(const char *command, const char *help)
{
	struct slice rest = slice_cstr(help), line;
	bool fits = strlen(command) + 1 < COMMAND_WIDTH;

	printf("    %-*s", fits ? COMMAND_WIDTH : 0, command);
	if (!fits)
		printf("\n    %-*s", COMMAND_WIDTH, "");
	line = take_line(&rest);
	printf("%.*s\n", SLICE_ARG(line));
	while (rest.n > 0) {
		line = take_line(&rest);
		printf("    %-*s%.*s\n", COMMAND_WIDTH, "", SLICE_ARG(line));
	}
}

struct walk {
	void (*take)(void *arg, const struct help_row *row);
	void *arg;
};

static void
walk_command(void *arg, const char *scope, const struct command *c)
{
	const struct walk *w = arg;
	const struct help_row row = {scope, c->name, c->args, c->help};

	w->take(w->arg, &row);
}

void
help_each(void (*take)(void *arg, const struct help_row *row), void *arg)
{
	struct walk w = {take, arg};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		take(arg, &own[i]);
	command_each(walk_command, &w);
}

struct printing {
	void (*print)(const char *command, const char *help);
};

static void
print_command(void *arg, const struct help_row *row)
{
	const struct printing *p = arg;
	struct buf text;

	buf_init(&text, 1000);
	buf_printf(&text, "%s%s%s%s%s", row->scope, row->scope[0] != '\0' ? " " : "", row->name,
	    row->args[0] != '\0' ? " " : "", row->args);
	p->print(buf_cstr(&text), row->help);
	buf_done(&text);
}

void
help_print(void (*print)(const char *command, const char *help))
{
	struct printing p = {print};

	help_each(print_command, &p);
}

void
help_commands(void)
{
	printf("\nCommand:\n");
	help_print(print_row);
}
