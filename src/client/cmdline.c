#include "client/cmdline.h"

#include "client/dump.h"
#include "client/help.h"
#include "compat/pyrepr.h"
#include "config/duration.h"
#include "config/text.h"
#include "control/check.h"
#include "util/log.h"

#include <errno.h>
#include <getopt.h>
#include <sys/stat.h>

enum option_code {
	OPTION_LOGLEVEL = 256,
	OPTION_LOGTARGET,
	OPTION_SYSLOGSOCKET,
	OPTION_ASYNC,
	OPTION_PNAME,
	OPTION_TIMEOUT,
	OPTION_STR2SEC,
	OPTION_VERSION,
	OPTION_DUMP_PRETTY,
	OPTION_JSON,
	OPTION_YAML,
};

static const struct option long_options[] = {
    {"loglevel", required_argument, NULL, OPTION_LOGLEVEL},
    {"logtarget", required_argument, NULL, OPTION_LOGTARGET},
    {"syslogsocket", required_argument, NULL, OPTION_SYSLOGSOCKET},
    {"test", no_argument, NULL, 't'},
    {"async", no_argument, NULL, OPTION_ASYNC},
    {"conf", required_argument, NULL, 'c'},
    {"pidfile", required_argument, NULL, 'p'},
    {"pname", required_argument, NULL, OPTION_PNAME},
    {"socket", required_argument, NULL, 's'},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"str2sec", required_argument, NULL, OPTION_STR2SEC},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"dp", no_argument, NULL, OPTION_DUMP_PRETTY},
    {"dump-pretty", no_argument, NULL, OPTION_DUMP_PRETTY},
    {"json", no_argument, NULL, OPTION_JSON},
    {"yaml", no_argument, NULL, OPTION_YAML},
    {NULL, 0, NULL, 0},
};

/* The lines of the usage, in its order. */
static const char *const option_help[] = {
    "-c, --conf DIR          folder of the configuration (/etc/fail2ban)",
    "-s, --socket FILE       control socket; wins over fail2ban.conf, as do the next four",
    "-p, --pidfile FILE      file that holds the server's process id",
    "--loglevel LEVEL        CRITICAL, ERROR, WARNING, NOTICE, INFO, DEBUG or a number",
    "--logtarget TARGET      a file, STDOUT, STDERR, SYSOUT, SYSLOG or SYSTEMD-JOURNAL",
    "--syslogsocket FILE     where syslog listens, or auto",
    "--pname NAME            name under which ps shows the server (fail2ban-server)",
    "-d                      print the commands that the configuration amounts to",
    "--dp, --dump-pretty     the same, long ones spread over several lines",
    "-t, --test              say whether the configuration is right; with start, try it first",
    "-i                      read commands from the terminal",
    "--json, --yaml          print replies for other programs to read",
    "-v, -q                  say more, say less; may be repeated",
    "-x                      take the place of a socket that a dead server left behind",
    "-b, -f                  start in the background (as without either) or the foreground",
    "--async                 the server waits for its commands on the socket; used by start",
    "--timeout TIME          how long to wait for the server to answer after a start (30)",
    "--str2sec TIME          print a time such as 1d12h in seconds",
    "-h, --help              this text",
    "-V, --version           the version, short or long, of the fail2ban that this replaces",
};

static int
take_option(struct cmdline *c, int code, char *arg, struct diag *d)
{
	switch (code) {
	case 'h':
		c->help = true;
		break;
	case 'V':
		c->short_version = true;
		break;
	case OPTION_VERSION:
		c->version = true;
		break;
	case 'c':
		c->config_dir = arg;
		break;
	case 's':
		c->socket = slice_cstr(arg);
		break;
	case 'p':
		c->pidfile = slice_cstr(arg);
		break;
	case 'x':
		c->force = true;
		break;
	case 'f':
		c->foreground = true;
		c->background = false;
		break;
	case 'b':
		c->background = true;
		c->foreground = false;
		break;
	case 'd':
		c->dump = true;
		break;
	case OPTION_DUMP_PRETTY:
		c->dump = c->dump_pretty = true;
		break;
	case 't':
		c->test = true;
		break;
	case 'v':
		c->verbose++;
		break;
	case 'i':
		c->interactive = true;
		break;
	case 'q':
		c->verbose--;
		break;
	case OPTION_LOGLEVEL:
		c->loglevel = slice_cstr(arg);
		break;
	case OPTION_LOGTARGET:
		c->logtarget = slice_cstr(arg);
		break;
	case OPTION_SYSLOGSOCKET:
		c->syslogsocket = slice_cstr(arg);
		break;
	case OPTION_ASYNC:
		c->async = true;
		break;
	case OPTION_PNAME:
		c->pname = arg;
		break;
	case OPTION_JSON:
		c->form = CMDLINE_JSON;
		break;
	case OPTION_YAML:
		c->form = CMDLINE_YAML;
		break;
	case OPTION_TIMEOUT:
		return duration_seconds(slice_cstr(arg), &c->timeout_s, d);
	case OPTION_STR2SEC:
		c->str2sec = arg;
		break;
	default:
		return diag_fail(d, -EINVAL, (struct place){.file = NULL}, "%s", "");
	}
	return 0;
}

/* Messages name files as folder/file. */
static void
cut_slashes(char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		path[--n] = '\0';
}

int
cmdline_parse(struct cmdline *out, int argc, char **argv, struct diag *d)
{
	struct cmdline c = {
	    .config_dir = "/etc/fail2ban",
	    .pname = "fail2ban-server",
	    .timeout_s = 30,
	    .verbose = 1,
	    .background = true,
	};
	int code, r;

	opterr = 0;
	optind = 0;
	while ((code = getopt_long(argc, argv, "+hc:s:p:xfbdtviqV", long_options, NULL)) != -1) {
		if (code == 'c')
			cut_slashes(optarg);
		r = take_option(&c, code, optarg, d);
		if (r < 0)
			return -EINVAL;
		if (c.help || c.version || c.short_version || c.str2sec != NULL)
			break;	/* what follows does not matter */
	}
	c.words = argv + optind;
	c.word_count = argc - optind;
	*out = c;
	return 0;
}

void
cmdline_usage(const char *program)
{
	bool client = slice_ends(slice_cstr(program), SLICE("client"));

	printf("Usage: %s [OPTIONS]%s\n\n%s\nOptions:\n", program, client ? " <COMMAND>" : "",
	    CMDLINE_BANNER);
	for (size_t i = 0; i < sizeof(option_help) / sizeof(option_help[0]); i++)
		printf("    %s\n", option_help[i]);
	if (client)
		help_commands();
}

int
cmdline_refuse(const char *program, const struct diag *d)
{
	if (d->text[0] != '\0')
		printf("ERROR: %s\n", d->text);
	else
		cmdline_usage(program);
	(void)fputs("Init of command line failed\n", stderr);
	return CMDLINE_FAILED;
}

static void
sink_take(struct diag_sink *sink, enum diag_level level, const char *module, const struct diag *d)
{
	static const int levels[] = {
	    [DIAG_INFO] = LEVEL_INFO,
	    [DIAG_NOTICE] = LEVEL_NOTICE,
	    [DIAG_WARNING] = LEVEL_WARNING,
	    [DIAG_ERROR] = LEVEL_ERROR,
	};
	char text[sizeof(d->text) + 1024];

	(void)sink;
	log_write(levels[level], module, "%s", diag_format(d, text, sizeof(text)));
}

struct diag_sink *
cmdline_sink(void)
{
	static struct diag_sink sink = {sink_take};

	return &sink;
}

void
cmdline_config_request(const struct cmdline *c, struct config_request *out)
{
	*out = (struct config_request){
	    .dir = c->config_dir,
	    .socket = c->socket,
	    .pidfile = c->pidfile,
	    .loglevel = c->loglevel,
	    .logtarget = c->logtarget,
	    .syslogsocket = c->syslogsocket,
	};
}

/* Passes all on, and keeps the first message of a mistake that ends the load. */
struct base_sink {
	struct diag_sink sink;
	struct diag first;
};

static void
base_take(struct diag_sink *sink, enum diag_level level, const char *module, const struct diag *d)
{
	struct base_sink *b = (struct base_sink *)sink;

	sink_take(cmdline_sink(), level, module, d);
	if (level == DIAG_ERROR && module[0] == '\0' && !b->first.set)
		b->first = *d;
}

int
cmdline_load_base(const struct cmdline *c, struct config **out)
{
	struct base_sink sink = {.sink = {base_take}};
	struct config_request request;
	struct stat st;
	int r;

	if (stat(c->config_dir, &st) < 0) {
		r = -errno;
		printf("ERROR: Base configuration directory %s does not exist \n", c->config_dir);
		return r;
	}
	cmdline_config_request(c, &request);
	request.without_stream = true;
	r = config_load(out, &request, &sink.sink);
	if (r < 0)
		printf("ERROR: %s\n",
		    sink.first.set ? sink.first.text : "Read fail2ban configuration failed.");
	return r;
}

static int
format_seconds(struct slice text, struct buf *out, struct diag *d)
{
	struct pyexpr_number number;
	int r = duration_parse(text, &number, d);

	if (r < 0)
		return r;
	if (number.is_float)
		pyrepr_float(out, number.f);
	else
		buf_printf(out, "%lld", (long long)number.i);
	return 0;
}

/* Bytes before the first comma that is not in parentheses. */
static size_t
time_length(struct slice text)
{
	size_t n = 0;
	int depth = 0;

	while (n < text.n && (text.p[n] != ',' || depth > 0)) {
		depth += (text.p[n] == '(') - (text.p[n] == ')');
		n++;
	}
	return n;
}

/*
 * "1,5h" is two times to fail2ban, "(1, 18000)", and printed so: whoever meant 1.5h sees what
 * became of it. A comma at the end begins no other.
 */
static int
format_times(struct slice text, struct buf *out, struct diag *d)
{
	size_t count = 0, n = time_length(text);
	bool last = n == text.n;
	int r;

	if (last)
		return format_seconds(text, out, d);
	buf_add_char(out, '(');
	do {
		n = time_length(text);
		last = n == text.n;
		if (count++ > 0)
			buf_add_cstr(out, ", ");
		r = format_seconds(slice_upto(text, n), out, d);
		text = slice_from(text, last ? n : n + 1);
	} while (r == 0 && !last && text_ltrim(text).n > 0);
	buf_add_cstr(out, count == 1 ? ",)" : ")");
	return r;
}

static int
print_seconds(const char *text)
{
	struct buf out;
	struct diag d;
	int r;

	diag_init(&d);
	buf_init(&out, 64 * 1024);
	r = format_times(slice_cstr(text), &out, &d);
	if (r == -EBADMSG)
		printf("ERROR: %s (<string>, line %d)\n", d.text, text[0] != '\0');
	else if (r < 0)
		printf("ERROR: %s\n", d.text);
	if (r < 0) {
		(void)fputs("Init of command line failed\n", stderr);
		buf_done(&out);
		return CMDLINE_FAILED;
	}
	printf("%s\n", buf_cstr(&out));
	buf_done(&out);
	return 0;
}

static void
set_level(int verbose)
{
	static const int levels[] = {LEVEL_ERROR, LEVEL_WARNING, LEVEL_INFO, LEVEL_DEBUG, LEVEL_HEAVY};
	int last = (int)(sizeof(levels) / sizeof(levels[0])) - 1;

	log_set_level(levels[verbose < 0 ? 0 : verbose > last ? last : verbose]);
}

/* The stream that a start would send, or NULL after saying why there is none. */
static struct config *
load_stream(const struct cmdline *c, bool *good)
{
	struct config_request request;
	struct config *config = NULL;

	cmdline_config_request(c, &request);
	request.all_or_nothing = c->test;
	request.without_logs = c->dump;
	*good = config_load(&config, &request, cmdline_sink()) == 0;
	if (*good && config->error_count > 0 && (c->test || config->jail_count == 0))
		*good = false;
	if (c->test && config != NULL && command_check(config->commands, cmdline_sink()) > 0)
		*good = false;
	return config;
}

static int
dump_and_test(const struct cmdline *c)
{
	struct config *base, *config;
	bool good;

	if (cmdline_load_base(c, &base) < 0) {
		if (!c->test)
			log_write(LEVEL_ERROR, "", "Init of command line failed");
		return CMDLINE_FAILED;
	}
	config_free(base);
	config = load_stream(c, &good);
	if (c->dump && config != NULL)
		dump_commands(config->commands, c->dump_pretty);
	if (c->dump && config == NULL)
		printf("ERROR: The configuration stream failed because of the invalid syntax.\n");
	config_free(config);
	if (c->test)
		printf(good ? "OK: configuration test is successful\n"
			    : "ERROR: test configuration failed\n");
	else if (!good)
		log_write(LEVEL_ERROR, "", "Init of command line failed");
	return good ? 0 : CMDLINE_FAILED;
}

bool
cmdline_run_common(const struct cmdline *c, const char *program, int *status)
{
	set_level(c->verbose);
	*status = 0;
	if (c->help)
		cmdline_usage(program);
	else if (c->short_version)
		printf("%s\n", COMPAT_VERSION);
	else if (c->version)
		printf("Fail2Ban v%s\n", COMPAT_VERSION);
	else if (c->str2sec != NULL)
		*status = print_seconds(c->str2sec);
	else if (c->dump || (c->test && c->word_count == 0))
		*status = dump_and_test(c);
	else
		return false;
	return true;
}
