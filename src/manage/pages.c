#include "manage/pages.h"

#include "client/cliopt.h"
#include "client/manual.h"
#include "compat/version.h"
#include "config/options.h"
#include "manage/help.h"

#include <errno.h>
#include <stdio.h>

static void
client_options(void)
{
	struct buf text;

	manual_section("OPTIONS");
	buf_init(&text, 1000);
	for (size_t i = 0; i < cliopt_count; i++) {
		if (cliopts[i].help == NULL)
			continue;
		buf_clear(&text);
		cliopt_format(&text, &cliopts[i]);
		manual_item(buf_cstr(&text), cliopts[i].help);
	}
	buf_done(&text);
}

static void
exit_and_files(void)
{
	manual_section("EXIT STATUS");
	manual_text("0 if all went well, 255 if anything did not.");
	manual_section("FILES");
	manual_item("/etc/fail2ban", "the configuration, see jail.conf(5)");
	manual_item("/var/run/fail2ban/fail2ban.sock", "the control socket");
	manual_item("/var/run/fail2ban/fail2ban.pid", "the server's process id");
	manual_item("/var/lib/fail2ban/fail2ban.sqlite3", "the database of bans");
	manual_item("/var/log/fail2ban.log", "the log");
	manual_section("SEE ALSO");
	manual_text("f2b-client(1), f2b-server(1), f2b-regex(1), jail.conf(5)");
}

static void
print_client(void)
{
	manual_begin(
	    "f2b-client", 1, "control the server that bans addresses which fail too often");
	manual_section("SYNOPSIS");
	manual_text("f2b-client [OPTIONS] <COMMAND>");
	manual_section("DESCRIPTION");
	manual_text(
	    "Starts, stops and asks the server, and tries its configuration. It speaks the "
	    "protocol of fail2ban " COMPAT_VERSION ", answers in the same words, and is also "
	    "installed as fail2ban-client.");
	manual_text("To start a server, and to try, explain or convert a configuration, it runs "
		    "f2b-manage, which must be in the same folder.");
	manual_text("In the commands below, [] encloses what may be left out, | stands between "
		    "alternatives, and <> encloses what is to be replaced.");
	client_options();
	manual_section("COMMANDS");
	help_print(manual_item);
	exit_and_files();
}

static void
print_server(void)
{
	manual_begin("f2b-server", 1, "ban addresses that fail too often");
	manual_section("SYNOPSIS");
	manual_text("f2b-server [OPTIONS]");
	manual_section("DESCRIPTION");
	manual_text("Reads logs, counts failures, and bans addresses at the firewall. It takes the "
		    "place of fail2ban-server " COMPAT_VERSION " and is also installed under that "
		    "name. Without -f it goes to the background once it is ready. A command other "
		    "than start is carried out as by f2b-client.");
	client_options();
	exit_and_files();
}

static const struct {
	enum option_where where;
	const char *title, *text;
} places[] = {
    {OPTION_SERVER, "OPTIONS OF FAIL2BAN.CONF", "In the section [Definition]."},
    {OPTION_THREAD, "THREAD OPTIONS OF FAIL2BAN.CONF", "In the section [Thread]."},
    {OPTION_JAIL, "OPTIONS OF JAILS",
	"In jail.conf, jail.local and jail.d, in the section of each jail, or in [DEFAULT] for "
	"all."},
    {OPTION_FILTER, "OPTIONS OF FILTERS",
	"In filter.d, in the section [Definition]. A jail may set them too, and wins."},
    {OPTION_ACTION, "OPTIONS OF ACTIONS", "In action.d, in the section [Definition]."},
};

static void
print_option(const struct option_row *row)
{
	struct buf text;

	buf_init(&text, 4000);
	buf_add_cstr(&text, row->help);
	if (row->initial != NULL && row->initial[0] != '\0')
		buf_printf(&text, " Default: %s.", row->initial);
	manual_item(row->name, buf_cstr(&text));
	buf_done(&text);
}

static void
print_options(void)
{
	manual_begin(
	    "jail.conf", 5, "configuration of the server that bans addresses which fail too often");
	manual_section("SYNOPSIS");
	manual_text(
	    "fail2ban.conf jail.conf filter.d/*.conf action.d/*.conf, each with its .local");
	manual_section("DESCRIPTION");
	manual_text("The configuration has the format of fail2ban's. A file NAME.conf is "
		    "read first, then NAME.d/*.conf, NAME.local and NAME.d/*.local; what "
		    "comes later wins. Each may be written in YAML too, as NAME.yaml. "
		    "f2b-client check lists all mistakes, each with its place.");
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		manual_section(places[i].title);
		manual_text(places[i].text);
		OPTION_ROWS(row, places[i].where)
		print_option(row);
	}
	manual_section("SEE ALSO");
	manual_text("f2b-client(1), f2b-server(1), f2b-regex(1)");
}

static const struct {
	const char *name;
	void (*print)(void);
} pages[] = {
    {"client", print_client},
    {"server", print_server},
    {"options", print_options},
};

int
pages_print(struct slice page)
{
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		if (slice_eq(slice_cstr(pages[i].name), page)) {
			pages[i].print();
			return 0;
		}
	}
	return -EINVAL;
}
