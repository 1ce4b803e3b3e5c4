#include "regex/options.h"

#include "client/manual.h"
#include "compat/version.h"
#include "util/buf.h"

#include <getopt.h>
#include <stdio.h>

enum option_kind { KIND_TEXT, KIND_INT, KIND_COUNT, KIND_FLAG };

static const struct option_row {
	char letter;	  /* 0: none */
	const char *name; /* NULL: none */
	const char *alias;
	enum option_kind kind;
	size_t offset;	   /* of what it sets in struct options */
	const char *value; /* in the help; NULL: takes none */
	const char *help;  /* NULL: for the build, not for people */
} rows[] = {
#define AT(member) offsetof(struct options, member)
    {0, "version", NULL, KIND_FLAG, AT(version), NULL, "print name and version"},
    {'h', "help", NULL, KIND_FLAG, AT(help), NULL, "print this text"},
    {'c', "config", NULL, KIND_TEXT, AT(config_dir), "DIR",
	"configuration folder, where filters and jails are looked for"},
    {'d', "datepattern", NULL, KIND_TEXT, AT(datepattern), "PATTERN",
	"form of the dates in the log, instead of the filter's"},
    {0, "timezone", "TZ", KIND_TEXT, AT(timezone), "ZONE", "zone of dates that name none"},
    {'e', "encoding", NULL, KIND_TEXT, AT(encoding), "NAME",
	"encoding of the log, that of the locale by default"},
    {'r', "raw", NULL, KIND_FLAG, AT(raw), NULL, "take host names as they are, look none up"},
    {0, "usedns", NULL, KIND_TEXT, AT(usedns), "HOW",
	"what becomes of host names: yes, warn, no or raw"},
    {'L', "maxlines", NULL, KIND_INT, AT(maxlines), "N", "lines that one match may span"},
    {'m', "journalmatch", NULL, KIND_TEXT, AT(journalmatch), "MATCH",
	"entries to read from the journal, as journalctl takes it"},
    {'l', "log-level", NULL, KIND_TEXT, AT(log_level), "LEVEL", "what to log to standard output"},
    {'V', NULL, NULL, KIND_FLAG, AT(short_version), NULL, "print the version alone"},
    {'v', "verbose", NULL, KIND_COUNT, AT(verbose), NULL,
	"say more: each hit, and the expressions without any"},
    {0, "verbosity", NULL, KIND_INT, AT(verbose), "N", "the same as so many -v"},
    {0, "verbose-date", "VD", KIND_FLAG, AT(verbose_date), NULL,
	"print the pattern and the regex of each date"},
    {'D', "debuggex", NULL, KIND_FLAG, AT(debuggex), NULL,
	"add links to debuggex.com to the lines"},
    {0, "no-check-all", NULL, KIND_FLAG, AT(no_check_all), NULL,
	"stop at the first failregex that matches a line"},
    {'o', "out", NULL, KIND_TEXT, AT(out), "TOKEN",
	"print only what failed: row, id, ip, msg, a group's name, or a text with <tags>"},
    {'i', "invert", NULL, KIND_FLAG, AT(invert), NULL, "with -o: print lines that did not match"},
    {0, "explain", NULL, KIND_FLAG, AT(explain), NULL,
	"show for each line step by step what became of it, and why; with -v for every regex"},
    {0, "json", NULL, KIND_FLAG, AT(json), NULL, "print the whole result as JSON"},
    {0, "print-no-missed", NULL, KIND_FLAG, AT(print_no_missed), NULL, "print no missed lines"},
    {0, "print-no-ignored", NULL, KIND_FLAG, AT(print_no_ignored), NULL, "print no ignored lines"},
    {0, "print-all-matched", NULL, KIND_FLAG, AT(print_all_matched), NULL,
	"print the lines that matched"},
    {0, "print-all-missed", NULL, KIND_FLAG, AT(print_all_missed), NULL,
	"print all missed lines, however many"},
    {0, "print-all-ignored", NULL, KIND_FLAG, AT(print_all_ignored), NULL,
	"print all ignored lines, however many"},
    {0, "print-man", NULL, KIND_FLAG, AT(man), NULL, NULL},
    {'t', "log-traceback", NULL, KIND_FLAG, AT(traceback), NULL,
	"accepted for compatibility; there are no tracebacks"},
    {0, "full-traceback", NULL, KIND_FLAG, AT(traceback), NULL, "the same"},
#undef AT
};
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

/* getopt's value of a long option: its row, beyond all letters. */
#define LONG_BASE 256

static const char program[] = "f2b-regex";

/* For getopt: letters, and long options with aliases. */
struct tables {
	char letters[2 * ROW_COUNT + 2]; /* ':' first, to be told of a missing argument */
	struct option names[2 * ROW_COUNT + 1];
};

static void
make_tables(struct tables *t)
{
	size_t n = 0, letters = 0;

	*t = (struct tables){0};
	t->letters[letters++] = ':';
	for (size_t i = 0; i < ROW_COUNT; i++) {
		const struct option_row *row = &rows[i];
		int argument = row->value != NULL ? required_argument : no_argument;
		int code = LONG_BASE + (int)i;

		if (row->letter != 0)
			t->letters[letters++] = row->letter;
		if (row->letter != 0 && row->value != NULL)
			t->letters[letters++] = ':';
		if (row->name != NULL)
			t->names[n++] = (struct option){row->name, argument, NULL, code};
		if (row->alias != NULL)
			t->names[n++] = (struct option){row->alias, argument, NULL, code};
	}
}

static const struct option_row *
row_of(int code)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		if (code == LONG_BASE + (int)i || (code < LONG_BASE && code == rows[i].letter))
			return &rows[i];
	}
	return NULL;
}

static void
format_option(struct buf *b, const struct option_row *row)
{
	const char *value = row->value != NULL ? row->value : "";

	if (row->letter != 0)
		buf_printf(b, "-%c%s%s", row->letter, row->value != NULL ? " " : "", value);
	if (row->name != NULL)
		buf_printf(b, "%s--%s%s%s", row->letter != 0 ? ", " : "", row->name,
		    row->value != NULL ? "=" : "", value);
	if (row->alias != NULL)
		buf_printf(b, ", --%s=%s", row->alias, value);
}

static void
print_options(void)
{
	struct buf b;

	buf_init(&b, 1000);
	for (size_t i = 0; i < ROW_COUNT; i++) {
		buf_clear(&b);
		format_option(&b, &rows[i]);
		if (rows[i].help != NULL)
			(void)printf("  %-30s %s\n", buf_cstr(&b), rows[i].help);
	}
	buf_done(&b);
}

static void
print_manual(void)
{
	struct buf b;

	manual_begin(program, 1, "try a filter on a log");
	manual_section("SYNOPSIS");
	manual_text("f2b-regex [OPTIONS] <LOG> <REGEX> [IGNOREREGEX]");
	manual_section("DESCRIPTION");
	manual_text("Tries a filter, or one regular expression, on a log, and tells what matched. "
		    "Nothing is banned. It takes the place of fail2ban-regex and is also installed "
		    "under that name.");
	manual_item("LOG", "a line of a log, the path of a log file, or systemd-journal");
	manual_item("REGEX",
	    "a failregex; the name of a jail or of a filter, with options if need be, as in "
	    "sshd[mode=aggressive]; or the path of a filter file");
	manual_item("IGNOREREGEX", "an ignoreregex, instead of the filter's");
	manual_section("OPTIONS");
	buf_init(&b, 1000);
	for (size_t i = 0; i < ROW_COUNT; i++) {
		buf_clear(&b);
		format_option(&b, &rows[i]);
		if (rows[i].help != NULL)
			manual_item(buf_cstr(&b), rows[i].help);
	}
	buf_done(&b);
	manual_section("SEE ALSO");
	manual_text("f2b-client(1), jail.conf(5)");
}

static void
print_help(void)
{
	(void)printf(
	    "Usage: %s [OPTIONS] <LOG> <REGEX> [IGNOREREGEX]\n\n"
	    "Tries a filter, or one regular expression, on a log, and tells what matched.\n\n"
	    "LOG:\n"
	    "  a line of a log, the path of a log file, or systemd-journal\n\n"
	    "REGEX:\n"
	    "  a failregex; the name of a jail or of a filter, with options if need be, as in\n"
	    "  sshd[mode=aggressive]; or the path of a filter file\n\n"
	    "IGNOREREGEX:\n"
	    "  an ignoreregex, instead of the filter's\n\n"
	    "Options:\n",
	    program);
	print_options();
}

static bool
refuse(int *status, const char *why)
{
	(void)fprintf(stderr, "Usage: %s [OPTIONS] <LOG> <REGEX> [IGNOREREGEX]\n\n%s: error: %s\n",
	    program, program, why);
	*status = OPTIONS_USAGE;
	return false;
}

static bool
fail(int *status, const char *what)
{
	print_help();
	(void)fflush(stdout);
	(void)fprintf(stderr, "\nERROR: %s.\n", what);
	*status = OPTIONS_FAILED;
	return false;
}

/* Sets what the row is for. False if arg is no number where one is wanted. */
static bool
set(struct options *o, const struct option_row *row, const char *arg)
{
	char *base = (char *)o + row->offset;
	int64_t n;

	switch (row->kind) {
	case KIND_TEXT:
		*(const char **)(void *)base = arg;
		return true;
	case KIND_INT:
		if (slice_i64(slice_cstr(arg), 0, 100000, &n) < 0)
			return false;
		*(int *)(void *)base = (int)n;
		return true;
	case KIND_COUNT:
		(*(int *)(void *)base)++;
		return true;
	case KIND_FLAG:
		*(bool *)base = true;
		return true;
	}
	return true;
}

/* Says why getopt was not content with the word it stopped at. */
static bool
refuse_word(char **argv, int code, int *status)
{
	bool letter = optopt > 0 && optopt < LONG_BASE;
	struct buf b;

	buf_init(&b, 1000);
	if (code != ':')
		buf_add_cstr(&b, "no such option: ");
	if (letter)
		buf_printf(&b, "-%c", optopt);
	else
		buf_add_cstr(&b, argv[optind - 1]);
	if (code == ':')
		buf_add_cstr(&b, " option requires 1 argument");
	(void)refuse(status, buf_cstr(&b));
	buf_done(&b);
	return false;
}

static bool
refuse_number(const struct option_row *row, const char *arg, int *status)
{
	struct buf b;

	buf_init(&b, 1000);
	buf_printf(&b, "option --%s: invalid integer value: '%s'", row->name, arg);
	(void)refuse(status, buf_cstr(&b));
	buf_done(&b);
	return false;
}

static bool
read_options(struct options *o, int argc, char **argv, int *status)
{
	struct tables t;
	int code;

	make_tables(&t);
	opterr = 0;
	while ((code = getopt_long(argc, argv, t.letters, t.names, NULL)) != -1) {
		const struct option_row *row = row_of(code);

		if (code == '?' || code == ':' || row == NULL)
			return refuse_word(argv, code, status);
		if (!set(o, row, optarg))
			return refuse_number(row, optarg, status);
	}
	return true;
}

static bool
read_words(struct options *o, int argc, char **argv, int *status)
{
	int count = argc - optind;

	if (count < 2 || count > 3)
		return fail(status, "provide both <LOG> and <REGEX>");
	o->log = argv[optind];
	o->regex = argv[optind + 1];
	o->ignoreregex = count > 2 ? argv[optind + 2] : NULL;
	return true;
}

bool
options_parse(struct options *o, int argc, char **argv, int *status)
{
	*o = (struct options){.config_dir = "/etc/fail2ban", .maxlines = -1};
	*status = 0;
	if (!read_options(o, argc, argv, status))
		return false;
	if (o->help)
		print_help();
	else if (o->version)
		(void)printf("%s %s\n", "fail2ban-regex", COMPAT_VERSION);
	else if (o->short_version)
		(void)printf("%s\n", COMPAT_VERSION);
	else if (o->man)
		print_manual();
	if (o->help || o->version || o->short_version || o->man)
		return false;
	if (o->print_no_missed && o->print_all_missed)
		return fail(
		    status, "--print-no-missed and --print-all-missed are mutually exclusive");
	if (o->print_no_ignored && o->print_all_ignored)
		return fail(
		    status, "--print-no-ignored and --print-all-ignored are mutually exclusive");
	if (o->out != NULL && o->out[0] == '\0')
		o->out = NULL;
	if (o->json + o->explain + (o->out != NULL) > 1)
		return fail(status, "--json, --explain and -o are mutually exclusive");
	o->quiet = o->json || o->explain || o->out != NULL;
	return read_words(o, argc, argv, status);
}
