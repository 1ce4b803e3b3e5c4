#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "source/kmsg_record.h"

static const struct {
	const char *bytes;
	int result;
	unsigned facility;
	uint64_t number;
	int64_t us;
	const char *text;
} rows[] = {
    {"5,1234,987654321,-;PORT DENIED: IN=eth0 \n SUBSYSTEM=net\n", 0, 0, 1234, 987654321,
        "PORT DENIED: IN=eth0 "},
    {"12,7,1,-,caller=T1;systemd[1]: hello\n", 0, 1, 7, 1, "systemd[1]: hello"},
    {"5,1,2,-;a\\x5cb\\x09c\\xc3\\xa9\\xzz\\x", 0, 0, 1, 2, "a\\b\tc\xc3\xa9\\xzz\\x"},
    {"5,1,2,-;one\\x0atwo", 0, 0, 1, 2, "one two"},
    {"5,1,2;no flags", 0, 0, 1, 2, "no flags"},
    {"5,1,2,-;", 0, 0, 1, 2, ""},
    {"5,1,2,- no text", -EBADMSG, 0, 0, 0, ""},
    {"5,1;x", -EBADMSG, 0, 0, 0, ""},
    {"x,1,2,-;x", -EBADMSG, 0, 0, 0, ""},
    {"5,99999999999999999999,2,-;x", -EBADMSG, 0, 0, 0, ""},
    {"", -EBADMSG, 0, 0, 0, ""},
};

static void
records_are_taken_apart(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kmsg_record r;
		struct buf out;

		assert_int_equal(kmsg_record_parse(slice_cstr(rows[i].bytes), &r), rows[i].result);
		if (rows[i].result < 0)
			continue;
		assert_int_equal(r.facility, rows[i].facility);
		assert_int_equal(r.number, rows[i].number);
		assert_int_equal(r.since_boot.us, rows[i].us);
		buf_init(&out, 1000);
		kmsg_text_format(&out, r.text);
		assert_string_equal(buf_cstr(&out), rows[i].text);
		buf_done(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(records_are_taken_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
