#include "client/cliopt.h"

const struct cliopt cliopts[] = {
    {'c', "conf", NULL, "DIR", "folder of the configuration (/etc/fail2ban)"},
    {'s', "socket", NULL, "FILE", "control socket; wins over fail2ban.conf, as do the next four"},
    {'p', "pidfile", NULL, "FILE", "file that holds the server's process id"},
    {CLIOPT_LOGLEVEL, "loglevel", NULL, "LEVEL",
	"CRITICAL, ERROR, WARNING, NOTICE, INFO, DEBUG or a number"},
    {CLIOPT_LOGTARGET, "logtarget", NULL, "TARGET",
	"a file, STDOUT, STDERR, SYSOUT, SYSLOG or SYSTEMD-JOURNAL"},
    {CLIOPT_SYSLOGSOCKET, "syslogsocket", NULL, "FILE", "where syslog listens, or auto"},
    {CLIOPT_PNAME, "pname", NULL, "NAME", "name under which ps shows the server (fail2ban-server)"},
    {'d', NULL, NULL, NULL, "print the commands that the configuration amounts to"},
    {CLIOPT_DUMP_PRETTY, "dp", "dump-pretty", NULL, "the same, long ones over several lines"},
    {'t', "test", NULL, NULL, "say whether the configuration is right; with start, try it first"},
    {'i', NULL, NULL, NULL, "read commands from the terminal"},
    {CLIOPT_JSON, "json", NULL, NULL, "print replies as JSON, for other programs to read"},
    {CLIOPT_YAML, "yaml", NULL, NULL, "print replies as YAML"},
    {'v', NULL, NULL, NULL, "say more; may be repeated"},
    {'q', NULL, NULL, NULL, "say less"},
    {'x', NULL, NULL, NULL, "take the place of a socket that a dead server left behind"},
    {'b', NULL, NULL, NULL, "start in the background, as without -f"},
    {'f', NULL, NULL, NULL, "start in the foreground"},
    {CLIOPT_ASYNC, "async", NULL, NULL,
	"the server waits for its commands on the socket; used by start"},
    {CLIOPT_TIMEOUT, "timeout", NULL, "TIME",
	"how long to wait for the server to answer after a start (30)"},
    {CLIOPT_STR2SEC, "str2sec", NULL, "TIME", "print a time such as 1d12h in seconds"},
    {'h', "help", NULL, NULL, "this text"},
    {'V', NULL, NULL, NULL, "the version of the fail2ban that this replaces, alone"},
    {CLIOPT_VERSION, "version", NULL, NULL, "the same with the name"},
    {CLIOPT_MAN, "print-man", NULL, "PAGE", NULL},
    {CLIOPT_COMPLETION, "print-completion", NULL, "SHELL", NULL},
    {CLIOPT_COMPLETE, "print-words", NULL, "WORD", NULL},
};

const size_t cliopt_count = sizeof(cliopts) / sizeof(cliopts[0]);

void
cliopt_format(struct buf *out, const struct cliopt *o)
{
	size_t start = out->n;

	if (o->code < CLIOPT_LOGLEVEL)
		buf_printf(out, "-%c", o->code);
	if (o->name != NULL)
		buf_printf(out, "%s--%s", out->n > start ? ", " : "", o->name);
	if (o->alias != NULL)
		buf_printf(out, ", --%s", o->alias);
	if (o->value != NULL)
		buf_printf(out, " %s", o->value);
}
