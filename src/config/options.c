#include "config/options.h"

#include <assert.h>

#define ROW(where, name, kind, use, command, initial, help)                                        \
	{OPTION_##where, name, sizeof(name) - 1, OPTION_##kind, USE_##use, command, initial, help}

const struct option_row option_rows[] = {
    ROW(THREAD, "stacksize", INT, SET, "thread", NULL,
	"Size of a thread's stack in KiB. Accepted and without effect."),

    /* The server's: the order is that of the commands. */
    ROW(SERVER, "syslogsocket", TEXT, SET, NULL, "auto", "Socket of syslog, or auto."),
    ROW(SERVER, "loglevel", TEXT, SET, NULL, "INFO",
	"CRITICAL, ERROR, WARNING, NOTICE, INFO or DEBUG."),
    ROW(SERVER, "logtarget", TEXT, SET, NULL, "/var/log/fail2ban.log",
	"A file, STDOUT, STDERR, SYSLOG, SYSOUT or SYSTEMD-JOURNAL; options may follow, as in "
	"[format=\"%(message)s\", padding=off, datetime=off, facility=AUTH]."),
    ROW(SERVER, "allowipv6", TEXT, SET, NULL, "auto",
	"Whether the server may use IPv6: auto, yes or no."),
    ROW(SERVER, "fastpath", BOOL, SET, NULL, "",
	"Whether bans whose command has a known form are made without a shell; on unless it is set "
	"to off."),
    ROW(SERVER, "dbfile", TEXT, SET, NULL, "/var/lib/fail2ban/fail2ban.sqlite3",
	"The database of bans; None for no database, :memory: for one that is forgotten at a "
	"stop."),
    ROW(SERVER, "dbmaxmatches", INT, SET, NULL, NULL,
	"How many matched lines the database keeps of one ban."),
    ROW(SERVER, "dbpurgeage", TEXT, SET, NULL, "1d",
	"How long the database keeps a ban after its end."),
    ROW(SERVER, "socket", TEXT, READER, NULL, "/var/run/fail2ban/fail2ban.sock",
	"The control socket."),
    ROW(SERVER, "pidfile", TEXT, READER, NULL, "/var/run/fail2ban/fail2ban.pid",
	"The file that holds the server's process id."),

    ROW(SERVER, "readsocket", TEXT, READER, NULL, "",
	"A second socket, on which readgroup may ask but change nothing; empty for none."),
    ROW(SERVER, "readgroup", TEXT, READER, NULL, "",
	"The group, by name or number, whose members may ask on readsocket."),

    /* A jail's own. */
    ROW(JAIL, "enabled", BOOL, READER, NULL, "false", "Whether the jail is started."),
    ROW(JAIL, "backend", TEXT, READER, NULL, "auto",
	"Where lines come from: auto, pyinotify, polling, systemd, kmsg, nflog[group=N], "
	"pipe[command=\"...\"] or syslog[listen=...]."),
    ROW(JAIL, "filter", TEXT, READER, NULL, "",
	"The filter, a file of filter.d without its ending, with options in brackets."),
    ROW(JAIL, "maxretry", INT, SET, NULL, NULL, "How many failures within findtime lead to a ban."),
    ROW(JAIL, "maxmatches", INT, SET, NULL, NULL,
	"How many matched lines are kept for the actions' <matches>."),
    ROW(JAIL, "findtime", TEXT, SET, NULL, NULL, "The time within which failures count."),
    ROW(JAIL, "bantime", TEXT, SET, NULL, NULL, "How long a ban lasts; -1 is for ever."),
    ROW(JAIL, "bantime.increment", BOOL, SET, NULL, NULL,
	"Whether the bans of an address that was banned before last longer."),
    ROW(JAIL, "bantime.factor", TEXT, SET, NULL, NULL, "Number by which the formula multiplies."),
    ROW(JAIL, "bantime.formula", TEXT, SET, NULL, NULL,
	"How long the next ban lasts, from ban.Time, ban.Count and banFactor."),
    ROW(JAIL, "bantime.multipliers", TEXT, SET, NULL, NULL,
	"Numbers, one for each earlier ban, used in place of the formula."),
    ROW(JAIL, "bantime.maxtime", TEXT, SET, NULL, NULL,
	"The longest time to which a ban can grow."),
    ROW(JAIL, "bantime.rndtime", TEXT, SET, NULL, NULL,
	"Up to this much is added to a ban at random."),
    ROW(JAIL, "bantime.overalljails", BOOL, SET, NULL, NULL,
	"Whether bans in other jails count as earlier bans."),
    ROW(JAIL, "maxfailures", INT, SET, NULL, NULL,
	"How many addresses have their failures counted at a time, 1000000 if it is not set; "
	"beyond that, the one that has been quiet for longest is forgotten."),
    ROW(JAIL, "banprefix", TEXT, SET, NULL, NULL,
	"Networks that count and are banned in place of single addresses: inet6/64, inet4/24, or "
	"both."),
    ROW(JAIL, "ignorecommand", TEXT, SET, NULL, NULL,
	"A command that exits with 0 for an address to be left alone."),
    ROW(JAIL, "ignoreself", BOOL, SET, NULL, NULL,
	"Whether the machine's own addresses are left alone."),
    ROW(JAIL, "ignoreip", TEXT, WORDS, "addignoreip", NULL,
	"Addresses, networks and host names to be left alone."),
    ROW(JAIL, "ignorecache", TEXT, SET, NULL, NULL,
	"How long the answer of ignorecommand is remembered."),
    ROW(JAIL, "logtimezone", TEXT, SET, NULL, NULL,
	"Zone of dates in the log that name none, as UTC+02:00."),
    ROW(JAIL, "logencoding", TEXT, SET, NULL, NULL, "Encoding of the log, or auto."),
    ROW(JAIL, "logpath", TEXT, READER, NULL, "",
	"The log files, one pattern a line, each optionally followed by head or tail."),
    ROW(JAIL, "skip_if_nologs", BOOL, READER, NULL, "false",
	"Whether a jail without a log file is left out instead of stopping the start."),
    ROW(JAIL, "systemd_if_nologs", BOOL, READER, NULL, "true",
	"Whether a jail without a log file may read the journal instead."),
    ROW(JAIL, "action", TEXT, READER, NULL, "",
	"The actions, files of action.d without their ending, with options in brackets."),

    /* A filter's; a jail may set them too, and wins. */
    ROW(FILTER, "usedns", TEXT, SET, NULL, NULL,
	"What to do with host names in the log: yes, warn, no or raw."),
    ROW(FILTER, "prefregex", TEXT, SET, NULL, NULL,
	"What every line must match first; its <F-CONTENT> is what failregex sees."),
    ROW(FILTER, "ignoreregex", TEXT, LINES, "addignoreregex", NULL,
	"Failures in lines that match one of these do not count."),
    ROW(FILTER, "failregex", TEXT, LINES, "addfailregex", NULL,
	"Lines that match one of these are failures of the <HOST> in them."),
    ROW(FILTER, "maxlines", INT, SET, NULL, NULL, "How many lines a regular expression may span."),
    ROW(FILTER, "datepattern", TEXT, SET, NULL, NULL, "Form of the dates in the log."),
    ROW(FILTER, "journalmatch", TEXT, SHELL, "addjournalmatch", NULL,
	"Which entries of the journal are read."),

    /* An action's. */
    ROW(ACTION, "actionstart", TEXT, PROPERTY, NULL, NULL,
	"Command run when the jail starts, or before its first ban with actionstart_on_demand."),
    ROW(ACTION, "actionstart_on_demand", BOOL, PROPERTY, NULL, NULL,
	"Whether actionstart waits for the first ban."),
    ROW(ACTION, "actionstop", TEXT, PROPERTY, NULL, NULL, "Command run when the jail stops."),
    ROW(ACTION, "actionflush", TEXT, PROPERTY, NULL, NULL, "Command that lifts all bans at once."),
    ROW(ACTION, "actionreload", TEXT, PROPERTY, NULL, NULL,
	"Command run when the configuration is read again."),
    ROW(ACTION, "actioncheck", TEXT, PROPERTY, NULL, NULL,
	"Command that checks, after another has failed, whether the rules are still there."),
    ROW(ACTION, "actionrepair", TEXT, PROPERTY, NULL, NULL,
	"Command run when actioncheck failed, in place of actionstop and actionstart."),
    ROW(ACTION, "actionrepair_on_unban", BOOL, PROPERTY, NULL, NULL,
	"Whether a failed unban is repaired, too."),
    ROW(ACTION, "actionban", TEXT, PROPERTY, NULL, NULL, "Command run for a ban."),
    ROW(ACTION, "actionprolong", TEXT, PROPERTY, NULL, NULL, "Command run when a ban grew longer."),
    ROW(ACTION, "actionreban", TEXT, PROPERTY, NULL, NULL,
	"Command run for a ban after a repair, in place of actionban."),
    ROW(ACTION, "actionunban", TEXT, PROPERTY, NULL, NULL, "Command run at the end of a ban."),
    ROW(ACTION, "norestored", BOOL, PROPERTY, NULL, NULL,
	"Whether the action is skipped for bans restored after a restart."),
};

const size_t option_row_count = sizeof(option_rows) / sizeof(option_rows[0]);

/* The rows of one kind stand together: from first to before end. */
static struct {
	const struct option_row *first, *end;
} kinds[OPTION_ACTION + 1];

static void
kinds_find(void)
{
	for (size_t i = option_row_count; i-- > 0;) {
		const struct option_row *row = &option_rows[i];

		if (kinds[row->where].first == NULL)
			kinds[row->where].end = row + 1;
		assert(kinds[row->where].first == NULL || kinds[row->where].first == row + 1);
		kinds[row->where].first = row;
	}
}

const struct option_row *
option_row(enum option_where where, struct slice name)
{
	if (kinds[where].first == NULL)
		kinds_find();
	for (const struct option_row *row = kinds[where].first; row < kinds[where].end; row++)
		if (slice_eq(slice_of(row->name, row->name_n), name))
			return row;
	return NULL;
}
