/* The forms of -o, on one failure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <cmocka.h>

#include "regex/output.h"

static void
forms_print_one_failure(void **state)
{
	static const struct {
		const char *token, *printed;
	} rows[] = {
	    {"id", "192.0.2.1\n"},
	    {"fid", "192.0.2.1\n"},
	    {"ip", "192.0.2.1\n"},
	    {"msg", "a 10:00 b\nc 10:01 d\n"},
	    {"row", "['192.0.2.1',\t1795341600.5,\t{'user': \"o'x\", 'ip4': '192.0.2.1', 'dns': "
		    "None}],\n"},
	    {"user", "o'x\n"},
	    {"dns", "None\n"},
	    {"nothing", "None\n"},
	    {"matches", "[('a ', '10:00', ' b'), ('c ', '10:01', ' d')]\n"},
	    {"<ip>|<fid>|<F-USER>|<F-DNS>|<time>", "192.0.2.1|192.0.2.1|o'x||1795341600.5\n"},
	    {"<family> <ip-rev><sp><failures><restored><bancount>", "inet4 1.2.0.192. 000\n"},
	    {"<F-user><F-><F-NONE>", "<F-user><F->\n"},
	    {"<msg>;", "a 10:00 b;\nc 10:01 d;\n"},
	    {"<matches>", "a 10:00 b\nc 10:01 d\n"},
	    {"<unknown> < <br>", "<unknown> < \n\n"},
	};
	static const struct door_line lines[] = {
	    {{"a ", 2}, {"10:00", 5}, {" b", 2}},
	    {{"c ", 2}, {"10:01", 5}, {" d", 2}},
	};
	static const struct door_attr attrs[] = {
	    {{"user", 4}, {"o'x", 3}, false},
	    {{"ip4", 3}, {"192.0.2.1", 9}, false},
	    {{"dns", 3}, {"", 0}, true},
	};
	const struct door_failure failure = {.id = SLICE("192.0.2.1"),
	    .lines = lines,
	    .line_count = 2,
	    .attrs = attrs,
	    .attr_count = 3};
	const struct hit hit = {
	    .id = failure.id, .failure = &failure, .dated = true, .when = {1795341600500000}};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&out);
		output_hit(&out, rows[i].token, &hit);
		assert_string_equal(buf_cstr(&out), rows[i].printed);
	}
	buf_done(&out);
}

static void
network_is_reversed_as_fail2ban_does(void **state)
{
	const struct door_failure failure = {.id = SLICE("192.0.2.64/26")};
	const struct hit hit = {.id = failure.id, .failure = &failure};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	output_hit(&out, "<ip-rev>", &hit);
	assert_string_equal(buf_cstr(&out), "64/26.2.0.192.\n");
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(forms_print_one_failure),
	    cmocka_unit_test(network_is_reversed_as_fail2ban_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
