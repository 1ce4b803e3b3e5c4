#include "manage/common.h"

#include "client/cliopt.h"
#include "compat/pyrepr.h"
#include "config/duration.h"
#include "config/text.h"
#include "control/check.h"
#include "manage/complete.h"
#include "manage/dump.h"
#include "manage/help.h"
#include "manage/pages.h"
#include "util/log.h"

#include <errno.h>

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
common_usage(const char *program)
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
common_refuse(char **argv, const char *program, const struct diag *d)
{
	/* A shell asks about a line that is not complete, and would offer the usage as words. */
	if (argv[1] != NULL && slice_starts(slice_cstr(argv[1]), SLICE("--print-words")))
		return CMDLINE_FAILED;
	if (d->text[0] != '\0')
		printf("ERROR: %s\n", d->text);
	else
		common_usage(program);
	(void)fputs("Init of command line failed\n", stderr);
	return CMDLINE_FAILED;
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
	if (*good && value_count(config->skipped) > 0 &&
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
	(void)cmdline_load(c, cmdline_sink(), &base);
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
		r = pages_print(slice_cstr(c->man));
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
common_run(const struct cmdline *c, const char *program, int *status)
{
	cmdline_set_level(c);
	*status = 0;
	if (c->man != NULL || c->completion != NULL || c->complete != NULL)
		*status = print_made(c);
	else if (c->help)
		common_usage(program);
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
