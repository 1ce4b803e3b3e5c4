/* Data of a ban: what fail2ban writes, what we write, and what nobody should have written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "store/row.h"
#include "tests/unit/draw.h"

static const struct {
	const char *id, *json, *again;	/* again: NULL if as json */
} rows[] = {
    {"192.0.2.1", "{\"matches\": [], \"failures\": 0}", NULL},
    {"192.0.2.1", "{\"matches\": [\"a\", \"b\"], \"failures\": 3, \"user\": \"r\xc3\xb6t\"}", NULL},
    {"192.0.2.1", "{\"matches\": [[\"a \", \"date\", \" b\"], \"c\"], \"failures\": 2}",
        "{\"matches\": [\"a date b\", \"c\"], \"failures\": 2}"},
    {"x", "{\"failures\": 1, \"users\": [\"a\", \"b\"], \"port\": 22}",
        "{\"matches\": [], \"failures\": 1, \"users\": \"a, b\", \"port\": \"22\"}"},
    {"x", "{\"matches\": [1, null, {}, \"\\u0000\"], \"failures\": -5, \"z\": {\"q\": 1}}",
        "{\"matches\": [\"\\u0000\"], \"failures\": 0}"},
    {"x", "", "{\"matches\": [], \"failures\": 0}"},
    {"x", "[1, 2]", "{\"matches\": [], \"failures\": 0}"},
    {"x", "{\"matches\": \"text\", \"failures\": 1e99}", "{\"matches\": [], \"failures\": 0}"},
    {"x", "{\"matches\": [\"r\xf6t\"], \"failures\": 4, \"user\": \"\xe9\"}",
	"{\"matches\": [\"r\xef\xbf\xbdt\"], \"failures\": 4, \"user\": \"\xef\xbf\xbd\"}"},
    {"x", "{\"matches\": [\"\xff\"]", "{\"matches\": [], \"failures\": 0}"},
    {"x", "{\"failures\": 99999999999999999999999}", "{\"matches\": [], \"failures\": 0}"},
};

static void
data_is_read_and_written_as_fail2ban_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ticket *t = row_ticket(
		    slice_cstr(rows[i].id), INSTANT_S(1), slice_cstr(rows[i].json), 10);
		struct buf out;

		buf_init(&out, 10000);
		row_format(&out, t, 10);
		assert_string_equal(
		    buf_cstr(&out), rows[i].again != NULL ? rows[i].again : rows[i].json);
		buf_done(&out);
		ticket_unref(t);
	}
}

/* What json.dumps(text, ensure_ascii=False) of Python 3.11 writes of each. */
static void
texts_are_escaped_as_python_does(void **state)
{
	static const struct {
		const char *text, *json;
	} texts[] = {
	    {"plain /'~\x7f", "plain /'~\x7f"},
	    {"\"\\", "\\\"\\\\"},
	    {"\b\f\n\r\t", "\\b\\f\\n\\r\\t"},
	    {"\x01\x0b\x1b\x1f.", "\\u0001\\u000b\\u001b\\u001f."},
	    {"r\xc3\xb6t \xc2\x85\xe2\x80\xa8\xf0\x9f\x98\x80",
	        "r\xc3\xb6t \xc2\x85\xe2\x80\xa8\xf0\x9f\x98\x80"},
	    {"\xc3\xff\xed\xa0\x80z", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz"},
	};
	char wanted[200];
	struct buf out;

	(void)state;
	buf_init(&out, 10000);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct ticket *t = ticket_new(SLICE("1.2.3.4"), SLICE("1.2.3.4"), INSTANT_S(1));

		ticket_set_attr(t, SLICE("failures"), SLICE("no number"));
		ticket_set_attr(t, SLICE("user"), slice_cstr(texts[i].text));
		buf_clear(&out);
		row_format(&out, t, 0);
		(void)snprintf(wanted, sizeof(wanted), "{\"failures\": 0, \"user\": \"%s\"}",
		    texts[i].json);
		assert_string_equal(buf_cstr(&out), wanted);
		ticket_unref(t);
	}
	buf_done(&out);
}

static void
newest_matches_are_kept(void **state)
{
	struct ticket *t = ticket_new(SLICE("1.2.3.4"), SLICE("1.2.3.4"), INSTANT_S(1));
	struct buf out;

	(void)state;
	buf_init(&out, 10000);
	ticket_add_match(t, SLICE("old"), 5);
	ticket_add_match(t, SLICE("new\xff"), 5);
	row_format(&out, t, 1);
	assert_string_equal(
	    buf_cstr(&out), "{\"matches\": [\"new\xef\xbf\xbd\"], \"failures\": 0}");
	buf_clear(&out);
	row_format(&out, t, 0);
	assert_string_equal(buf_cstr(&out), "{\"failures\": 0}");
	buf_done(&out);
	ticket_unref(t);
}

static void
address_of_an_id_that_is_none_is_kept(void **state)
{
	struct ticket *t = ticket_new(SLICE("user/x"), SLICE("192.0.2.9"), INSTANT_S(1)), *u;
	struct buf out;

	(void)state;
	buf_init(&out, 10000);
	row_format(&out, t, 10);
	u = row_ticket(SLICE("2001:DB8::0:A/128"), INSTANT_S(1), SLICE("{}"), 10);
	assert_true(slice_eq(ticket_id(u), SLICE("2001:db8::a")));
	ticket_unref(u);
	u = row_ticket(SLICE("user/x"), INSTANT_S(1), buf_slice(&out), 10);
	assert_true(slice_eq(ticket_ip(u), SLICE("192.0.2.9")));
	assert_int_equal(u->addr.family, ADDR_INET4);
	buf_done(&out);
	ticket_unref(t);
	ticket_unref(u);
}

/* A blank at the end makes it none of the plain ones, and changes nothing else. */
static void
same_by_the_library(const char *json)
{
	struct buf blank, out[2];
	struct slice both[2];

	buf_init(&blank, 10000);
	buf_printf(&blank, "%s ", json);
	both[0] = slice_cstr(json);
	both[1] = buf_slice(&blank);
	for (size_t i = 0; i < 2; i++) {
		struct ticket *t = row_ticket(SLICE("192.0.2.1"), INSTANT_S(1), both[i], 10);

		buf_init(&out[i], 100000);
		row_format(&out[i], t, 40);
		ticket_unref(t);
	}
	assert_string_equal(buf_cstr(&out[0]), buf_cstr(&out[1]));
	buf_done(&out[0]);
	buf_done(&out[1]);
	buf_done(&blank);
}

/* Rows put together from what a plain one has, in any order or with one piece of something else. */
static void
plain_rows_are_read_as_others(void **state)
{
	static const char *const pieces[] = {"{", "\"matches\": [", "\"failures\": ", "\"text\"", "\"a\"", ", ", ": ",
	    "]", "}", "0", "7", "12", "03", "123456789", "4294967296", "\"user\": ", "\"ip\": \"192.0.2.7\"",
	    "\"\\\"\"", "\"\"", "\"r\xc3\xb6t\"", "\"\x01\"", "-1", "1.5", "null", " ", "[\"a\", \"b\", \"c\"]"};
	unsigned long count = draw_count(100000);
	struct buf row;

	(void)state;
	draw_begin();
	buf_init(&row, 10000);
	for (unsigned long i = 0; i < count; i++) {
		unsigned matches = draw(4) == 0 ? draw(40) : draw(4), attrs = draw(3) == 0 ? draw(12) : 0;
		unsigned odd = draw(2) == 0 ? draw(matches + attrs + 3) : 1000, at = 0;

		buf_clear(&row);
		buf_add_cstr(&row, draw(8) > 0 ? "{\"matches\": [" : "{\"x\": [");
		for (unsigned k = 0; k < matches; k++)
			buf_printf(&row, "%s%s", k > 0 ? ", " : "", at++ == odd ? pieces[draw(26)] : "\"line\"");
		buf_printf(&row, "], \"failures\": %s", at++ == odd ? pieces[draw(26)] : "12");
		for (unsigned k = 0; k < attrs; k++)
			buf_printf(&row, ", \"a%u\": %s", draw(20), at++ == odd ? pieces[draw(26)] : "\"v\"");
		buf_printf(&row, "}%s", at++ == odd ? pieces[draw(26)] : "");
		same_by_the_library(buf_cstr(&row));
		buf_clear(&row);
		for (unsigned k = draw(12); k > 0; k--)
			buf_add_cstr(&row, pieces[draw(26)]);
		same_by_the_library(buf_cstr(&row));
	}
	buf_done(&row);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(data_is_read_and_written_as_fail2ban_does),
	    cmocka_unit_test(texts_are_escaped_as_python_does),
	    cmocka_unit_test(newest_matches_are_kept),
	    cmocka_unit_test(address_of_an_id_that_is_none_is_kept),
	    cmocka_unit_test(plain_rows_are_read_as_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
