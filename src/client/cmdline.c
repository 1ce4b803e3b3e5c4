#include "client/cmdline.h"

#include "client/base_error.h"
#include "client/cliopt.h"
#include "config/duration.h"
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

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
		break;
	case 'b':
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
	/* As of fail2ban: a command is run, and no other one is asked for. */
	c.interactive = c.interactive && c.word_count == 0;
	*out = c;
	return 0;
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

	log_write(levels[level], module, "%s", diag_format(d, text, sizeof(text)));
}

struct diag_sink *
cmdline_sink(void)
{
	static struct diag_sink sink = {sink_take};

	return &sink;
}

int
cmdline_finish(int status)
{
	bool lost = fflush(stdout) != 0 || ferror(stdout);

	/* Who closed it beforehand wants nothing printed. */
	if (!lost || fcntl(STDOUT_FILENO, F_GETFD) < 0)
		return status;
	(void)fprintf(stderr, "ERROR: standard output could not be written to its end; "
			      "is there room where it goes?\n");
	return CMDLINE_FAILED;
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

int
cmdline_load(const struct cmdline *c, struct diag_sink *sink, struct config **out)
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
	r = cmdline_load(c, &sink.sink, out);
	if (r < 0)
		base_error_print(&sink.first);
	mem_free(sink.file);
	return r;
}

void
cmdline_set_level(const struct cmdline *c)
{
	static const int levels[] = {LEVEL_ERROR, LEVEL_WARNING, LEVEL_INFO, LEVEL_DEBUG, LEVEL_HEAVY};
	int last = (int)(sizeof(levels) / sizeof(levels[0])) - 1;

	log_set_level(levels[c->verbose < 0 ? 0 : c->verbose > last ? last : c->verbose]);
}
