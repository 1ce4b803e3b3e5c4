/* What becomes of the tags of a command; the expected texts were recorded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <errno.h>
#include <cmocka.h>

#include "action/info.h"

static double
bantime(struct action_jail *jail)
{
	(void)jail;
	return 600;
}

static bool
jail_tag(struct action_jail *jail, const struct ticket *t, struct slice tag, struct buf *out)
{
	(void)jail;
	(void)t;
	(void)tag;
	(void)out;
	return false;
}

static struct action_jail jail = {{"test", 4}, bantime, jail_tag, NULL};

static struct ticket *
sample(void)
{
	struct ticket *t = ticket_new(SLICE("1.2.3.4"), SLICE("1.2.3.4"), INSTANT_S(1000));

	t->failures = 4;
	ticket_set_attr(t, SLICE("user"), SLICE("a b"));
	ticket_set_attr(t, SLICE("fport"), SLICE("22"));
	ticket_set_attr(t, SLICE("x-y"), SLICE("q'$z"));
	ticket_add_match(t, SLICE("l1 [x]"), 10);
	ticket_add_match(t, SLICE("a DATE b"), 10);
	return t;
}

static void
check(const char *text, const struct ticket *t, const char *script, const char *const *values,
    size_t count)
{
	struct tag_command c;
	struct info info;

	tag_command_init(&c);
	info_init(&info, &jail, t, info_family(t));
	assert_int_equal(tag_dynamic(&c, slice_cstr(text), &info.source, NULL), 0);
	assert_string_equal(buf_cstr(&c.script), script);
	assert_int_equal(c.count, count);
	for (size_t i = 0; i < count; i++)
		assert_true(slice_eq(c.values[i], slice_cstr(values[i])));
	tag_command_done(&c);
}

static void
plain_values_are_put_in_place(void **state)
{
	struct ticket *t = sample();

	(void)state;
	check("<ip> <fid> <family> <ip-rev> <failures> <time> <bancount> <restored> "
	      "<F-USER>|<F-PORT>|<F-NONE>|<nosuch>|<bantime> <ip-host> <jail.name>",
	    t,
	    "1.2.3.4 1.2.3.4 inet4 4.3.2.1. 4 1000.0 0 0 a b|22||<nosuch>|600 None test", NULL, 0);
	t->restored = true;
	t->has_bantime = true;
	t->bantime_s = 1200.7;
	check("<time> <bantime> <restored>", t, "1000 1200 1", NULL, 0);
	t->bantime_s = BANTIME_PERMANENT;
	check("<bantime>", t, "-1", NULL, 0);
	ticket_unref(t);
}

static void
values_that_a_shell_could_read_become_arguments(void **state)
{
	static const char *const values[] = {"l1 [x]\na DATE b", "q'$z"};
	struct ticket *t = sample();

	(void)state;
	check("echo \"<matches>\" \"<F-X-Y>\"", t,
	    "f2bV_matches=$0 f2bV_F_x_y=$1 \necho \"$f2bV_matches\" \"$f2bV_F_x_y\"", values, 2);
	check("<F-X-Y><F-X-Y>z", t, "f2bV_F_x_y=$0 \n$f2bV_F_x_y${f2bV_F_x_y}z", values + 1, 1);
	ticket_unref(t);
}

static void
every_special_character_is_kept_out(void **state)
{
	const char special[] = "\\#&;`|*?~<>^()[]{}$'\"\n\r";

	(void)state;
	for (size_t i = 0; i < sizeof(special) - 1; i++) {
		const char value[4] = {'a', special[i], 'b', '\0'};
		const char *const values[] = {value};
		struct ticket *t = ticket_new(slice_cstr(value), slice_cstr(value), INSTANT_S(0));

		check("x <fid>", t, "f2bV_fid=$0 \nx $f2bV_fid", values, 1);
		ticket_unref(t);
	}
}

static void
a_value_is_not_read_again(void **state)
{
	static const char *const values[] = {"<ip>"};
	struct ticket *t = sample();

	(void)state;
	ticket_set_attr(t, SLICE("user"), SLICE("<ip>"));
	check("<F-USER>", t, "f2bV_F_user=$0 \n$f2bV_F_user", values, 1);
	ticket_unref(t);
}

/* The kernel takes 128 KiB for one argument: a long name must not keep its owner from being banned. */
static void
a_long_value_becomes_an_argument(void **state)
{
	static char name[60000];
	struct ticket *t = sample();
	struct tag_command c;
	struct info info;

	(void)state;
	memset(name, 'n', sizeof(name));
	ticket_set_attr(t, SLICE("user"), slice_of(name, sizeof(name)));
	tag_command_init(&c);
	info_init(&info, &jail, t, info_family(t));
	assert_int_equal(
	    tag_dynamic(&c, SLICE("x <F-USER> <F-USER> <F-USER>"), &info.source, NULL), 0);
	assert_string_equal(buf_cstr(&c.script),
	    "f2bV_F_user=$0 \nx $f2bV_F_user $f2bV_F_user $f2bV_F_user");
	assert_int_equal(c.count, 1);
	assert_int_equal(c.values[0].n, sizeof(name));
	tag_command_done(&c);
	ticket_unref(t);
}

static void
nul_is_dropped(void **state)
{
	struct ticket *t = ticket_new(SLICE("a\0b"), SLICE("a\0b"), INSTANT_S(0));

	(void)state;
	check("<fid>", t, "ab", NULL, 0);
	ticket_unref(t);
}

static void
check_static(struct entry *e, const char *text, enum family f, const char *expected)
{
	struct buf out;

	buf_init(&out, TAG_TEXT_MAX);
	assert_int_equal(tag_static(&out, e, SLICE("p"), slice_cstr(text), f, NULL), 0);
	assert_string_equal(buf_cstr(&out), expected);
	buf_done(&out);
}

static void
properties_are_read_again(void **state)
{
	static const char *const props[][2] = {{"x", "a<y>b<br>c<sp>d"}, {"y", "<z>"},
	    {"z", "Z'q"}, {"z?family=inet6", "six"}, {"type", "multi"}, {"rule-multi", "found"},
	    {"matches", "a'b\nc"}};
	struct entry *e = entry_new(SLICE("e"));

	(void)state;
	for (size_t i = 0; i < sizeof(props) / sizeof(props[0]); i++)
		assert_int_equal(
		    entry_set(e, slice_cstr(props[i][0]), slice_cstr(props[i][1]), NULL), 0);
	check_static(e, "<x>", FAMILY_INET4, "aZ'qb\nc d");
	check_static(e, "<x>", FAMILY_INET6, "asixb\nc d");
	check_static(e, "<rule-<type>> <ip> <no such> < <timeout>", FAMILY_PLAIN,
	    "found <ip> <no such> < 60");
	check_static(e, "<matches>", FAMILY_PLAIN, "a\\'b\\nc");
	entry_unref(e);
}

static void
endless_properties_are_refused(void **state)
{
	struct entry *e = entry_new(SLICE("e"));
	struct buf out;
	struct diag d;

	(void)state;
	diag_init(&d);
	buf_init(&out, TAG_TEXT_MAX);
	assert_int_equal(entry_set(e, SLICE("self"), SLICE("x<self>"), NULL), 0);
	assert_int_equal(
	    tag_static(&out, e, SLICE("actionban"), SLICE("<self>"), FAMILY_PLAIN, &d), -ELOOP);
	assert_string_equal(d.text,
	    "properties contain self referencing definitions and cannot be resolved, fail tag: "
	    "actionban, found: self in {'self': 26}, value: xxxxxxxxxxxxxxxxxxxxxxxxxx<self>");
	assert_int_equal(entry_set(e, SLICE("self"), SLICE("<self><self><self>"), NULL), 0);
	assert_int_equal(
	    tag_static(&out, e, SLICE("p"), SLICE("<self>"), FAMILY_PLAIN, &d), -E2BIG);
	assert_int_equal(out.n, 0);
	buf_done(&out);
	entry_unref(e);
}

static void
reverse_of_ipv6_is_by_nibbles(void **state)
{
	struct ticket *t = ticket_new(SLICE("2001:db8::1"), SLICE("2001:db8::1"), INSTANT_S(0));

	(void)state;
	check("<ip-rev> <family>", t,
	    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2. inet6", NULL, 0);
	ticket_unref(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(plain_values_are_put_in_place),
	    cmocka_unit_test(values_that_a_shell_could_read_become_arguments),
	    cmocka_unit_test(every_special_character_is_kept_out),
	    cmocka_unit_test(a_value_is_not_read_again),
	    cmocka_unit_test(a_long_value_becomes_an_argument),
	    cmocka_unit_test(nul_is_dropped),
	    cmocka_unit_test(properties_are_read_again),
	    cmocka_unit_test(endless_properties_are_refused),
	    cmocka_unit_test(reverse_of_ipv6_is_by_nibbles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
