#include "client/cmdline.h"

#include "client/base_error.h"
#include "client/cliopt.h"
#include "client/complete.h"
#include "client/dump.h"
#include "client/help.h"
#include "client/manual.h"
#include "compat/pyrepr.h"
#include "config/duration.h"
#include "config/text.h"
#include "control/check.h"
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>
#include <getopt.h>
#include <sys/stat.h>

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
	case CLIOPT_VERSION:
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
	case CLIOPT_DUMP_PRETTY:
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
	case CLIOPT_LOGLEVEL:
		c->loglevel = slice_cstr(arg);
		break;
	case CLIOPT_LOGTARGET:
		c->logtarget = slice_cstr(arg);
		break;
	case CLIOPT_SYSLOGSOCKET:
		c->syslogsocket = slice_cstr(arg);
		break;
	case CLIOPT_ASYNC:
		c->async = true;
		break;
	case CLIOPT_PNAME:
		c->pname = arg;
		break;
	case CLIOPT_JSON:
		c->form = CMDLINE_JSON;
		break;
	case CLIOPT_YAML:
		c->form = CMDLINE_YAML;
		break;
	case CLIOPT_MAN:
		c->man = arg;
		break;
	case CLIOPT_COMPLETION:
		c->completion = arg;
		break;
	case CLIOPT_COMPLETE:
		c->complete = arg;
		break;
	case CLIOPT_TIMEOUT:
		return duration_seconds(slice_cstr(arg), &c->timeout_s, d);
	case CLIOPT_STR2SEC:
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

/* For getopt. */
struct tables {
	char letters[2 * CLIOPT_LOGLEVEL];
	struct option names[2 * CLIOPT_LOGLEVEL];
};

static void
make_tables(struct tables *t)
{
	size_t n = 0, letters = 0;

	*t = (struct tables){0};
	t->letters[letters++] = '+';
	for (size_t i = 0; i < cliopt_count; i++) {
		const struct cliopt *o = &cliopts[i];
		int argument = o->value != NULL ? required_argument : no_argument;

		if (o->code < CLIOPT_LOGLEVEL)
			t->letters[letters++] = (char)o->code;
		if (o->code < CLIOPT_LOGLEVEL && o->value != NULL)
			t->letters[letters++] = ':';
		if (o->name != NULL)
			t->names[n++] = (struct option){o->name, argument, NULL, o->code};
		if (o->alias != NULL)
			t->names[n++] = (struct option){o->alias, argument, NULL, o->code};
	}
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
	struct tables t;
	int code, r;

	make_tables(&t);
	opterr = 0;
	optind = 0;
	while ((code = getopt_long(argc, argv, t.letters, t.names, NULL)) != -1) {
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

static void
print_option(const struct cliopt *o)
{
	struct buf text;

	buf_init(&text, 1000);
	cliopt_format(&text, o);
	printf("    %-23s %s\n", buf_cstr(&text), o->help);
	buf_done(&text);
}

void
cmdline_usage(const char *program)
{
	bool client = slice_ends(slice_cstr(program), SLICE("client"));

	printf("Usage: %s [OPTIONS]%s\n\n%s\nOptions:\n", program, client ? " <COMMAND>" : "",
	    CMDLINE_BANNER);
	for (size_t i = 0; i < cliopt_count; i++)
		if (cliopts[i].help != NULL)
			print_option(&cliopts[i]);
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
	    .verbose = c->verbose > 1, /* the start value is 1 */
	};
}

/* Passes all on, and keeps the first message of a mistake that ends the load. */
struct base_sink {
	struct diag_sink sink;
	struct diag first;
	char *file; /* of it; or NULL */
};

static void
base_take(struct diag_sink *sink, enum diag_level level, const char *module, const struct diag *d)
{
	struct base_sink *b = (struct base_sink *)sink;

	sink_take(cmdline_sink(), level, module, d);
	if (level != DIAG_ERROR || module[0] != '\0' || b->first.set)
		return;
	b->first = *d;
	/* The configuration, which owns the name, does not outlive its mistake. */
	if (d->at.file != NULL)
		b->first.at.file = b->file = mem_copy(d->at.file, strlen(d->at.file));
}

static int
load_base(const struct cmdline *c, struct diag_sink *sink, struct config **out)
{
	struct config_request request;

	cmdline_config_request(c, &request);
	request.without_stream = true;
	return config_load(out, &request, sink);
}

int
cmdline_load_base(const struct cmdline *c, struct config **out)
{
	struct base_sink sink = {.sink = {base_take}};
	struct stat st;
	int r;

	if (stat(c->config_dir, &st) < 0) {
		r = -errno;
		printf("ERROR: Base configuration directory %s does not exist \n", c->config_dir);
		return r;
	}
	r = load_base(c, &sink.sink, out);
	if (r < 0)
		base_error_print(&sink.first);
	mem_free(sink.file);
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
	if (*good && config->error_count > 0 &&
	    (c->test || config->jail_count + config->logless_count == 0))
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

static void
print_word(struct complete_sink *sink, struct slice word, const char *help)
{
	(void)sink;
	printf("%.*s\t%s\n", SLICE_ARG(word), help);
}

/* For the shell's completion: what it says wrong would be taken for a word, so it says nothing. */
static void
print_words(const struct cmdline *c)
{
	struct complete_sink sink = {print_word};
	struct slice prefix = slice_cstr(c->complete);
	struct config *base = NULL;
	struct value *words;
	struct arena a;

	if (c->word_count == 0 && slice_starts(prefix, SLICE("-"))) {
		complete_options(prefix, &sink);
		return;
	}
	arena_init(&a);
	words = value_list(&a);
	for (int i = 0; i < c->word_count; i++)
		(void)value_add(&a, words, value_cstr(&a, c->words[i]));
	log_set_level(LEVEL_CRITICAL + 1);
	(void)load_base(c, cmdline_sink(), &base);
	complete_words(base != NULL ? base->socket : SLICE_EMPTY, words, prefix, &sink);
	config_free(base);
	arena_done(&a);
}

/* What builds and shells ask for. */
static int
print_made(const struct cmdline *c)
{
	int r = 0;

	if (c->man != NULL)
		r = manual_print(slice_cstr(c->man));
	else if (c->completion != NULL)
		r = complete_print_script(slice_cstr(c->completion));
	else
		print_words(c);
	if (r < 0)
		(void)fputs(
		    "f2b: pages are client, server and options; shells bash, zsh and fish\n",
		    stderr);
	return r < 0 ? CMDLINE_FAILED : 0;
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
	else if (c->man != NULL || c->completion != NULL || c->complete != NULL)
		*status = print_made(c);
	else if (c->dump || (c->test && c->word_count == 0))
		*status = dump_and_test(c);
	else
		return false;
	return true;
}
