#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "client/watch.h"
#include "tests/unit/json.h"

static void
events_are_lines(void **state)
{
	static const struct {
		const char *json, *line;
	} rows[] = {
	    {"{\"event\": \"ban\", \"time\": 86400.5, \"jail\": \"sshd\", \"id\": \"192.0.2.1\","
	     " \"when\": 1.0, \"failures\": 3, \"bantime\": 600}",
		"1970-01-02 00:00:00 [sshd] ban 192.0.2.1 for 10m"},
	    {"{\"event\": \"restore\", \"time\": 86400, \"jail\": \"a\", \"id\": \"x\", "
	     "\"bantime\": -1}",
		"1970-01-02 00:00:00 [a] restore x for ever"},
	    {"{\"event\": \"unban\", \"time\": 86400, \"jail\": \"a\", \"id\": "
	     "\"b\\u001b[2Jc\\n\"}",
		"1970-01-02 00:00:00 [a] unban b\\x1b[2Jc\\x0a"},
	    {"{\"event\": \"lost\", \"time\": 86400, \"count\": 17}",
		"1970-01-02 00:00:00 lost 17 events"},
	    {"{\"event\": \"stopping\", \"time\": 86400}", "1970-01-02 00:00:00 stopping"},
	    /* What a broken server might send. */
	    {"{\"event\": 3, \"time\": 1e300, \"id\": []}", "  "},
	    {"{}", " "},
	    {"[]", " "},
	};

	(void)state;
	(void)setenv("TZ", "UTC", 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena a;
		struct buf line;

		arena_init(&a);
		buf_init(&line, 65536);
		watch_format(&line, json_read(&a, slice_cstr(rows[i].json)));
		assert_string_equal(buf_cstr(&line), rows[i].line);
		buf_done(&line);
		arena_done(&a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(events_are_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
