#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "source/syslog_text.h"

/* message → the line, or NULL where it is refused */
static const struct {
	const char *message, *line;
} messages[] = {
    {"<38>Nov 22 10:00:00 gate sshd[12]: Failed password\n", "Nov 22 10:00:00 gate sshd[12]: Failed password"},
    {"<0>x", "x"},
    {"<191>x\r\n", "x"},
    {"<13>", ""},
    {"<34>1 2026-11-22T10:00:00.003Z gate su 77 ID47 - 'su root' failed",
        "2026-11-22T10:00:00.003Z gate su[77]: 'su root' failed"},
    {"<34>1 2026-11-22T10:00:00Z gate su - - [x@1 a=\"]\\\"b\"][y] \xef\xbb\xbf" "failed",
        "2026-11-22T10:00:00Z gate su: failed"},
    {"<34>1 - - - - - - text", "-: text"},
    {"<34>1 2026-11-22T10:00:00Z gate su 7 - [open", "1 2026-11-22T10:00:00Z gate su 7 - [open"},
    /* A sender cannot begin a line of its own. */
    {"<13>first\nNov 22 10:00:00 gate sshd[1]: second", "first\\nNov 22 10:00:00 gate sshd[1]: second"},
    {"no priority", NULL},
    {"<192>x", NULL},
    {"<>x", NULL},
    {"<1x>x", NULL},
    {"<0034>x", NULL},
    {"", NULL},
};

static void
messages_become_lines(void **state)
{
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		struct buf out;
		int r;

		buf_init(&out, 1000);
		r = syslog_text_format(&out, slice_cstr(messages[i].message));
		assert_int_equal(r, messages[i].line != NULL ? 0 : -EBADMSG);
		if (messages[i].line != NULL)
			assert_string_equal(buf_cstr(&out), messages[i].line);
		buf_done(&out);
	}
}

static const struct {
	const char *stream;
	ptrdiff_t taken;
	const char *message;
} streams[] = {
    {"<13>one\n<13>two\n", 8, "<13>one"},
    {"<13>half", 0, ""},
    {"7 <13>onetwo", 9, "<13>one"},
    {"7 <13>on", 0, ""},
    {"7", 0, ""},
    {"0 x", -EBADMSG, ""},
    {"99999999 x", -EBADMSG, ""},
    {"21 <13>", -EBADMSG, ""},
    {"12345678", -EBADMSG, ""},
    {"123456789012345678901", -EBADMSG, ""},
    {"<13>this is longer than max", -EBADMSG, ""},
    {"", 0, ""},
};

static void
streams_are_cut_into_messages(void **state)
{
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
		struct slice message = SLICE_EMPTY;

		assert_int_equal(
		    syslog_text_next(slice_cstr(streams[i].stream), 20, &message), streams[i].taken);
		if (streams[i].taken > 0)
			assert_true(slice_eq(message, slice_cstr(streams[i].message)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(messages_become_lines),
	    cmocka_unit_test(streams_are_cut_into_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
