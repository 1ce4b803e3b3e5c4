/* A whole folder to commands, and the places that its values carry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "compat/pyrepr.h"
#include "config/config.h"

static const char *const names[] = {"fail2ban.conf", "jail.conf", "jail.local", "filter.d/f.conf",
    "filter.d/g.conf", "action.d/a.conf"};
static char root[] = "/tmp/f2b-test-config-XXXXXX";

struct messages {
	struct diag_sink sink;
	struct buf text;
};

static void
take(struct diag_sink *sink, enum diag_level level, const char *module, const struct diag *d)
{
	struct messages *m = (struct messages *)sink;
	char line[sizeof(d->text) + 256];

	(void)level;
	(void)module;
	buf_printf(&m->text, "%s\n",
	    diag_format(d, line, sizeof(line)) + strlen(root) * (d->at.file != NULL));
}

static void
put(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* The usual files, of which a test replaces some. */
static void
put_usual(void)
{
	put("fail2ban.conf", "[Definition]\n");
	put("jail.conf",
	    "[DEFAULT]\nmaxretry = 5\nbackend = polling\nlogpath = /dev/null\n[j]\nfilter = f\n");
	put("jail.local", "[j]\nenabled = true\naction = a[name=j]\n");
	put("filter.d/f.conf", "[Definition]\nfailregex = ^a <HOST>\n            ^b <HOST>\n");
	put("filter.d/g.conf", "[Definition]\nfailregex = ^g <HOST>\n");
	put("action.d/a.conf", "[Definition]\nactionban = ban <x> <ip>\n[Init]\nx = 1\n");
}

static int
load(struct config **c, struct messages *m, bool strict)
{
	struct config_request req = {.dir = root, .without_logs = !strict, .strict = strict};

	*m = (struct messages){.sink = {take}};
	buf_init(&m->text, 65536);
	return config_load(c, &req, &m->sink);
}

static void
commands_come_in_order(void **state)
{
	struct messages m;
	struct config *c;
	struct buf out;

	(void)state;
	put_usual();
	assert_int_equal(load(&c, &m, false), 0);
	buf_init(&out, 65536);
	for (size_t i = 6; i < value_count(c->commands); i++) {
		pyrepr_format(&out, value_at(c->commands, i));
		buf_add_char(&out, '\n');
	}
	assert_string_equal(buf_cstr(&out),
	    "['add', 'j', 'polling']\n"
	    "['multi-set', 'j', 'addfailregex', ['^a <HOST>', '^b <HOST>']]\n"
	    "['set', 'j', 'maxretry', 5]\n"
	    "['set', 'j', 'addlogpath', '/dev/null', 'head']\n"
	    "['set', 'j', 'addaction', 'a']\n"
	    "['multi-set', 'j', 'action', 'a', [['actionban', 'ban 1 <ip>'], ['name', 'j'], "
	    "['actname', 'a'], ['x', '1']]]\n"
	    "['start', 'j']\n");
	assert_int_equal(c->jail_count, 1);
	buf_done(&out);
	buf_done(&m.text);
	config_free(c);
}

static void
each_regex_knows_its_line(void **state)
{
	const struct value *list;
	struct messages m;
	struct config *c;

	(void)state;
	put_usual();
	put("filter.d/f.conf",
	    "[Definition]\npre = pre\nmore = ^m <HOST>\n       ^n <HOST>\n"
	    "failregex = ^%(pre)s <HOST>\n            %(more)s\n            <more>\n");
	assert_int_equal(load(&c, &m, false), 0);
	list = value_at(value_at(c->commands, 7), 3);
	assert_int_equal(value_count(list), 5);
	assert_int_equal(value_at(list, 0)->at->line, 5);
	assert_int_equal(value_at(list, 1)->at->line, 3);
	assert_int_equal(value_at(list, 2)->at->line, 4);
	assert_int_equal(value_at(list, 3)->at->line, 3);
	assert_int_equal(value_at(list, 4)->at->line, 4);
	buf_done(&m.text);
	config_free(c);
}

static void
mistakes_are_named_with_file_and_line(void **state)
{
	static const struct {
		const char *file, *text;
		const char *words;
	} rows[] = {
	    {"filter.d/f.conf", "\nfailregex = x\n", "/filter.d/f.conf:2:1: "},
	    {"filter.d/f.conf", "[definition]\nfailregex = x\n",
		"/filter.d/f.conf:1:1: No section: 'Definition' in 'filter.d/f'"},
	    {"jail.local", "enabled = true\n", "/jail.local:1:1: "},
	    {"jail.local", "[j]\nenabled = 1\nfilter = ff\n",
		"/jail.local:3:10: Unable to read the filter 'ff'; there is no "},
	    {"jail.local", "[j]\nenabled = 1\naction = b[x=1]\n",
		"/jail.local:3:10: Unable to read action 'b'; there is no "},
	    {"jail.local", "[j]\nenabled = 1\nlogpath = /nowhere/log\n",
		"/jail.local:3:11: Failed during configuration: Have not found any log file"},
	    {"jail.local", "[j]\nenabled = 1\nmaxretry = three\n",
		"/jail.local:3:12: maxretry: 'three' is not a whole number"},
	    {"jail.local", "[j]\nenabled = 1\nignoreip = %(x)s\n",
		"/jail.local:3:12: Failed during "},
	    {"jail.local", "[j]\nenabled = 1\naction = %(x)s\n",
		"/jail.local:3:10: Failed during "},
	    {"filter.d/f.conf", "[Definition]\nfailregex = 50% <HOST>\n",
		"/filter.d/f.conf:2:15: Failed during "},
	    {"action.d/a.conf", "[Definition]\nactionban = <a>\na = <b>\nb = <a>\n",
		"leads back to itself"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct messages m;
		struct config *c = NULL;
		const char *said;

		put_usual();
		put(rows[i].file, rows[i].text);
		assert_true(load(&c, &m, true) < 0);
		assert_null(c);
		said = strstr(buf_cstr(&m.text), rows[i].words);
		if (said == NULL || strstr(said + 1, rows[i].words) != NULL)
			fail_msg("row %zu: %s", i, buf_cstr(&m.text));
		buf_done(&m.text);
	}
}

/* All commands, one a line. */
static void
dump(const struct config *c, struct buf *out)
{
	buf_clear(out);
	for (size_t i = 0; i < value_count(c->commands); i++) {
		pyrepr_format(out, value_at(c->commands, i));
		buf_add_char(out, '\n');
	}
}

/* Each observed with fail2ban. */
static void
odd_files_mean_what_they_mean_to_fail2ban(void **state)
{
	static const struct {
		const char *file, *text;
		const char *command; /* NULL: the load fails */
	} rows[] = {
	    /* What references see depends on how a tag is written. */
	    {"filter.d/f.conf",
		"[Definition]\nx = d\nq = (%(x)s)\nfailregex = <q> <Q> <x> <X>\n[Init]\nx = i\n",
		"'addfailregex', '(i) (d) i d']"},
	    {"filter.d/f.conf",
		"[DEFAULT]\nq = (%(x)s)\n[Definition]\nx = d\nfailregex = <q> <Q>\n[Init]\nx = i\n",
		"'addfailregex', '(d) (d)']"},
	    {"filter.d/f.conf",
		"[Definition]\nx = d\nfailregex = <known/x> <known/X>\n[Init]\nx = i\n",
		"'addfailregex', 'i d']"},
	    {"filter.d/f.conf", "[Definition]\nfailregex = <x>\n[Init]\nx = <X>\n",
		"'addfailregex', '<X>']"},
	    {"jail.local",
		"[j]\nenabled = 1\nfilter = f[x=1,,]\nusedns = %(known/x)s\n",
		"'usedns', '1']"},
	    {"filter.d/f.conf",
		"[INCLUDES]\nbefore = g.conf\n[DEFAULT]\nx = %(__name__)s\n"
		"[Definition]\nx = 1\nfailregex = <known/x>\n",
		"'addfailregex', 'KNOWN/Definition']"},
	    /* [Init] is seen where the tag was not met before, as not in "y", which has conditions. */
	    {"filter.d/f.conf",
		"[Definition]\ny = <X>\ny?family=inet6 = 6\nfailregex = a<y>\n[Init]\nx = 1\n",
		"'addfailregex', 'a1']"},
	    {"filter.d/f.conf",
		"[Definition]\ny = <X>\nfailregex = a<y>\n[Init]\nx = 1\n",
		"'addfailregex', 'a<X>']"},
	    /* What the jail gives is seen, whether the file has it or not. */
	    {"filter.d/f.conf", "[Definition]\nfailregex = %(logtype)s\n",
		"'addfailregex', 'file']"},
	    {"filter.d/f.conf", "[Definition]\nfailregex = %(x)s\n[Init]\nx = 1\n", NULL},
	    {"action.d/a.conf",
		"[Definition]\nq = (%(name)s)\nactionban = %(name)s <q> <Q> <NAME>\n",
		"['actionban', 'j (j) (j) j']"},
	    {"jail.local", "[j]\nenabled = 1\naction = a[x=<Y>, y=\"%%(z)s\", z=3]\n",
		"['actionban', 'ban 3 <ip>']"},
	    {"jail.local", "[j]\nenabled = 1\naction = a[x=<Y>, y=\"%%z\"]\n", NULL},
	    /* References see what it gives in any case, and of several that are then alike the last. */
	    {"jail.local", "[j]\nenabled = 1\naction = a[ActionBan=\"<X>\", X=2]\n",
		"[['actionban', '2'], ['ActionBan', '<X>'], ['X', '2']"},
	    {"jail.local", "[j]\nenabled = 1\naction = a[NoRestored=1]\n",
		"['norestored', True], ['NoRestored', '1']"},
	    {"jail.local", "[j]\nenabled = 1\nfilter = f[FailRegex=a, failREGEX=b]\n",
		"'addfailregex', 'b']"},
	    /* An action sees the jail's options too, before those of its own file. */
	    {"action.d/a.conf",
		"[Definition]\nmaxretry = 7\nactionban = %(maxretry)s <MaxRetry> <q> <filter> <enabled>\n"
		"q = <BACKEND>%(logpath)s\n",
		"['actionban', '5 5 polling/dev/null f True']"},
	    {"action.d/a.conf", "[Definition]\nactionban = %(usedns)s\n", NULL},
	    /* What is fixed. */
	    {"jail.local",
		"[DEFAULT]\nfail2ban_version = 0\n[j]\nenabled = 1\n"
		"__name__ = k\nbantime = %(fail2ban_version)s %(__name__)s\n",
		"'bantime', '1.1.1 j']"},
	    /* By way of another section. */
	    {"jail.local",
		"[k]\nx = %(known/failregex)s\n"
		"[j]\nenabled = 1\nusedns = %(default/maxretry)s%(k/x)s\n",
		"'usedns', '5^a <HOST>\\n^b <HOST>']"},
	    {"jail.local", "[j]\nenabled = 1\nmaxretry = -00000000000000000000000000_5\n",
		"'maxretry', -5]"},
	    /* Also where [Init] has the value, the reference counts. */
	    {"action.d/a.conf", "[Definition]\nactionban = %(z)s\n[Init]\nactionban = x\n", NULL},
	    {"filter.d/f.conf", "[Definition]\nfailregex = %(z)s\n[Init]\nfailregex = x\n", NULL},
	    /* What leads back to itself, in what is used and in what is not. */
	    {"filter.d/f.conf", "[Definition]\nfailregex = x\nq = <q>\n", NULL},
	    {"filter.d/f.conf", "[Definition]\nfailregex = x\n[Init]\nx = <known/x>\n", NULL},
	    {"action.d/a.conf", "[Definition]\nactionban = x\n[Init]\nx = <known/x>\n", NULL},
	    {"action.d/a.conf", "[Definition]\nactionban = <actionban>\n", NULL},
	    /* Without a log, nobody looks. */
	    {"jail.local",
		"[j]\nenabled = 1\nskip_if_nologs = 1\nlogpath = /nowhere/log\naction = a[x=<x>]\n",
		"['config-error', \"Jail 'j' skipped, because of missing log files.\"]"},
	    {"jail.local", "[j]\nenabled = 1\naction = a[x=<x>]\n", NULL},
	    /* No [Definition]: all that it might have. */
	    {"action.d/a.conf", "[Init]\nx = 1\nactionstop = stop <x> <actionban>\n",
		"[['actionstart', None], ['actionstart_on_demand', None], "
		"['actionstop', 'stop 1 <actionban>'], ['actionflush', None], "
		"['actionreload', None], ['actioncheck', None], ['actionrepair', None], "
		"['actionrepair_on_unban', None], ['actionban', None], "
		"['actionprolong', None], ['actionreban', None], ['actionunban', None], "
		"['norestored', None], ['name', 'j'], ['actname', 'a'], ['x', '1']]"},
	};
	struct buf out;

	(void)state;
	buf_init(&out, 65536);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct messages m;
		struct config *c = NULL;
		int r;

		put_usual();
		put(rows[i].file, rows[i].text);
		r = load(&c, &m, false);
		if (r == 0)
			dump(c, &out);
		if ((r == 0) != (rows[i].command != NULL) ||
		    (r == 0 && strstr(buf_cstr(&out), rows[i].command) == NULL))
			fail_msg("row %zu: %s%s", i, buf_cstr(&out), buf_cstr(&m.text));
		buf_done(&m.text);
		config_free(c);
	}
	buf_done(&out);
}

/* As with banaction = nft, to which jail.conf gives chain="<known/chain>". */
static void
a_module_is_given_what_it_was_before(void **state)
{
	struct messages m;
	struct config *c = NULL;
	struct buf out;

	(void)state;
	buf_init(&out, 65536);
	put_usual();
	put("action.d/m.conf", "[Definition]\n[Init]\nmodule = nft\nchain = usual\n");
	put("jail.local",
	    "[j]\nenabled = 1\naction = m[chain=\"<known/chain>\", set=\"<name>-<ip>\"]\n");
	assert_int_equal(load(&c, &m, false), 0);
	dump(c, &out);
	assert_non_null(strstr(buf_cstr(&out), "['chain', 'usual'], ['set', 'j-<ip>']"));
	buf_done(&m.text);
	buf_done(&out);
	config_free(c);
}

static void
a_jail_without_a_log_is_no_mistake(void **state)
{
	struct messages m;
	struct config *c;

	(void)state;
	put_usual();
	put("jail.local", "[j]\nenabled = 1\nskip_if_nologs = 1\nlogpath = /nowhere/log\n"
			  "[k]\nenabled = 1\nfilter = nowhere\n");
	assert_int_equal(load(&c, &m, false), 0);
	assert_int_equal(c->jail_count, 0);
	assert_int_equal(c->logless_count, 1);
	assert_int_equal(value_count(c->skipped), 1);
	buf_done(&m.text);
	config_free(c);
}

static int
make_root(void **state)
{
	char path[256];

	(void)state;
	if (mkdtemp(root) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/filter.d", root);
	if (mkdir(path, 0700) < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/action.d", root);
	return mkdir(path, 0700);
}

static int
remove_root(void **state)
{
	char path[256];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", root, names[i]);
		(void)unlink(path);
	}
	(void)snprintf(path, sizeof(path), "%s/filter.d", root);
	(void)rmdir(path);
	(void)snprintf(path, sizeof(path), "%s/action.d", root);
	(void)rmdir(path);
	return rmdir(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(commands_come_in_order),
	    cmocka_unit_test(each_regex_knows_its_line),
	    cmocka_unit_test(mistakes_are_named_with_file_and_line),
	    cmocka_unit_test(odd_files_mean_what_they_mean_to_fail2ban),
	    cmocka_unit_test(a_module_is_given_what_it_was_before),
	    cmocka_unit_test(a_jail_without_a_log_is_no_mistake),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
