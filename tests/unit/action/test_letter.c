/* Mails: whatever is in the parts, no header of somebody else's and no line that is too long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "action/letter.h"

#define LETTER_MAX ((size_t)1024 * 1024)

static struct letter
sample(void)
{
	return (struct letter){SLICE("Fail2Ban"), SLICE("fail2ban"), SLICE("root, a@example.org"),
	    SLICE("[Fail2Ban] web: banned 192.0.2.1 from host"), SLICE("Hi,\n\n.\n"),
	    INSTANT_S(1000000000)};
}

static void
letter_is_as_fail2ban_writes_it(void **state)
{
	struct letter l = sample();
	struct buf out;

	(void)state;
	buf_init(&out, LETTER_MAX);
	letter_format(&out, &l);
	assert_string_equal(buf_cstr(&out),
	    "Content-Type: text/plain; charset=\"utf-8\"\r\n"
	    "Content-Transfer-Encoding: 7bit\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Subject: [Fail2Ban] web: banned 192.0.2.1 from host\r\n"
	    "From: Fail2Ban <fail2ban>\r\n"
	    "To: root,\r\n a@example.org\r\n"
	    "Date: Sun, 09 Sep 2001 01:46:40 -0000\r\n"
	    "\r\n"
	    "Hi,\r\n\r\n.\r\n");
	buf_done(&out);
}

/* Otherwise a comma would make two senders of it, and what is in brackets a remark. */
static void
name_of_the_sender_is_quoted_where_it_must_be(void **state)
{
	static const struct {
		const char *name, *header;
	} rows[] = {
	    {"Fail2Ban web-1", "From: Fail2Ban web-1 <fail2ban>\r\n"},
	    {"Ban, Fail2", "From: \"Ban, Fail2\" <fail2ban>\r\n"},
	    {"Fail2Ban (web)", "From: \"Fail2Ban (web)\" <fail2ban>\r\n"},
	    {"mx.example.org", "From: \"mx.example.org\" <fail2ban>\r\n"},
	    {"the \"\\\" host", "From: \"the \\\"\\\\\\\" host\" <fail2ban>\r\n"},
	    {"B\xc3\xa4n, F", "From: =?utf-8?b?QsOkbiwgRg==?= <fail2ban>\r\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct letter l = sample();
		struct buf out;

		l.from_name = slice_cstr(rows[i].name);
		buf_init(&out, LETTER_MAX);
		letter_format(&out, &l);
		assert_non_null(strstr(buf_cstr(&out), rows[i].header));
		buf_done(&out);
	}
}

static void
recipients_may_have_names(void **state)
{
	struct letter l = sample();
	struct buf out;

	(void)state;
	l.to = SLICE("Admin <a@example.org>, \"J. Doe\" <b@example.org>, <c@example.org>, <>, x <>");
	buf_init(&out, LETTER_MAX);
	letter_format(&out, &l);
	assert_non_null(strstr(buf_cstr(&out),
	    "To: Admin <a@example.org>,\r\n \"J. Doe\" <b@example.org>,\r\n <c@example.org>,\r\n <>,\r\n x <>\r\n"));
	buf_done(&out);
}

static void
other_characters_are_encoded(void **state)
{
	struct letter l = sample();
	struct buf out;

	(void)state;
	l.subject = SLICE("\xc3\xa9");
	l.body = SLICE("\xc3\xa9\n");
	buf_init(&out, LETTER_MAX);
	letter_format(&out, &l);
	assert_true(slice_find(buf_slice(&out), SLICE("Subject: =?utf-8?b?w6k=?=\r\n"), 0) >= 0);
	assert_true(slice_find(buf_slice(&out), SLICE("Encoding: base64\r\n"), 0) >= 0);
	assert_true(slice_ends(buf_slice(&out), SLICE("\r\n\r\nw6kK\r\n")));
	buf_done(&out);
}

/* Every line is short ASCII, and the headers are ours in their order. */
static void
check_lines(struct slice text)
{
	static const char *const headers[] = {"Content-Type: ", "Content-Transfer-Encoding: ",
	    "MIME-Version: ", "Subject: ", "From: ", "To: ", "Date: "};
	size_t seen = 0;
	struct slice line;

	while (text.n > 0 && slice_next(&text, '\n', &line)) {
		assert_true(slice_ends(line, SLICE("\r")));
		line = slice_upto(line, line.n - 1);
		assert_true(line.n <= 998);
		for (size_t i = 0; i < line.n; i++)
			assert_true(line.p[i] >= ' ' && line.p[i] <= '~');
		if (line.n == 0)
			break;
		if (line.p[0] == ' ')
			continue;
		assert_true(seen < sizeof(headers) / sizeof(headers[0]));
		assert_true(slice_starts(line, slice_cstr(headers[seen++])));
	}
	assert_int_equal(seen, sizeof(headers) / sizeof(headers[0]));
}

static void
hostile_parts_add_no_header(void **state)
{
	static const char byte[] = "\r\nBcc: x\0\xff\x80\x1b=?utf-8?q?x?=\xf0\x9f\x98\x80,<>@";
	char text[5000];
	struct slice hostile = {text, sizeof(text)};
	struct buf out;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = byte[i % (sizeof(byte) - 1)];
	for (size_t n = 0; n < 200; n++) {
		struct slice part = slice_upto(slice_from(hostile, n % 40), n < 100 ? n : 4000);
		struct letter l = {part, part, part, part, part, INSTANT_S(0)};

		buf_init(&out, LETTER_MAX);
		letter_format(&out, &l);
		check_lines(buf_slice(&out));
		buf_done(&out);
	}
}

static void
recipients_are_addresses_alone(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, LETTER_MAX);
	letter_recipients(&out, SLICE("root, The Admins <a@example.org>,<b@example.org> "));
	assert_string_equal(buf_cstr(&out), "root,a@example.org,b@example.org");
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(recipients_are_addresses_alone),
	    cmocka_unit_test(letter_is_as_fail2ban_writes_it),
	    cmocka_unit_test(name_of_the_sender_is_quoted_where_it_must_be),
	    cmocka_unit_test(recipients_may_have_names),
	    cmocka_unit_test(other_characters_are_encoded),
	    cmocka_unit_test(hostile_parts_add_no_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
