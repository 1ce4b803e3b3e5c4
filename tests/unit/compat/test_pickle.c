/*
 * Frames recorded from fail2ban, and random values through both directions. With the argument
 * "recode" the program is a filter for tests/differential/pickle_python.sh instead: pickles come in
 * with their length in front, and go out decoded and encoded again, with their repr() behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <errno.h>

#include "compat/pickle.h"
#include "compat/pyrepr.h"

static struct arena arena;
static unsigned seed;

#define B(literal) SLICE(literal)

static struct value *
decode(struct slice in, enum pickle_side side)
{
	struct value *v = NULL;
	struct diag d;
	ptrdiff_t r = pickle_decode(&arena, in, side, &v, &d);

	if (r < 0)
		print_error("%s, in %.*s\n", d.text, SLICE_ARG(in));
	assert_int_equal(r, in.n);
	return v;
}

static void
recorded_frames_decode(void **state)
{
	static const struct {
		struct slice in;
		const char *want;	/* as repr() */
	} rows[] = {
	    {B("\x80\x05\x95\x0b\0\0\0\0\0\0\0]\x94\x8c\x04ping\x94\x61."), "['ping']"},
	    {B("\x80\x05\x95\x0c\0\0\0\0\0\0\0K\0\x8c\x04pong\x94\x86\x94."), "(0, 'pong')"},
	    {B("(lp0\nVping\np1\na."), "['ping']"},
	    {B("(lp0\nS'ping'\np1\naI12\naL5L\naF1.5\naI01\nag1\na."),
		"['ping', 12, 5, 1.5, True, 'ping']"},
	    {B("(U\x04pingU\x03" "100l."), "['ping', '100']"},
	    {B("\x80\x05\x95" "7\0\0\0\0\0\0\0K\0]\x94(\x8c\x0eNumber of jail\x94K\x02\x86\x94\x8c\tJail "
	       "list\x94\x8c\x08j2, test\x94\x86\x94" "e\x86\x94."),
		"(0, [('Number of jail', 2), ('Jail list', 'j2, test')])"},
	    {B("\x80\x05K\x01\x8c\x13" "fail2ban.exceptions\x94\x8c\x14UnknownJailException\x94\x93"
	       "\x94\x8c\x06nojail\x94\x85\x94R\x94\x86\x94."),
		"(1, UnknownJailException('nojail'))"},
	    {B("\x80\x05K\x01\x8c\x08" "builtins\x94\x8c\tException\x94\x93\x94\x8c\x0fInvalid "
	       "command\x94\x85\x94R\x94\x86\x94."),
		"(1, Exception('Invalid command'))"},
	    {B("\x80\x05]\x94(\x8c\x08" "builtins\x94\x8c\x03str\x94\x93\x94\x8c\x07" "1.2.3.4\x94\x85"
	       "\x94R\x94h\x03\x8c\x02::\x85R\x65."),
		"['1.2.3.4', '::']"},
	    {B("\x80\x05}\x94(\x8c\x02j2\x94]\x94(\x8c\x07polling\x94K\0K\0\x86\x94K\0K\0\x86\x94"
	       "eu."),
		"{'j2': ['polling', (0, 0), (0, 0)]}"},
	    {B("\x80\x02(\x8a\x01\xff\x8a\x08\0\0\0\0\0\0\0\x80J\xfe\xff\xff\xffM\xff\xff\x89N"
	       "G\x40\x09\x21\xfb\x54\x44\x2d\x18t."),
		"(-1, -9223372036854775808, -2, 65535, False, None, 3.141592653589793)"},
	    {B("c__builtin__\nset\n((lVa\nat\x52."), "{'a'}"},
	    {B("\x80\x05\x8f(K\x01K\x02\x90."), "{1, 2}"},
	    {B("X\x03\0\0\0\xed\xb3\xbf."), "'\\udcff'"},
	    {B("V\\u00e9\xe9\\x\\U0001f600\n."), "'\xc3\xa9\xc3\xa9\\\\x\xf0\x9f\x98\x80'"},
	    {B("S'\\x41\\101\\n\\q\\\\'\n."), "'AA\\n\\\\q\\\\'"},
	};
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&out);
		pyrepr_format(&out, decode(rows[i].in, PICKLE_REPLY));
		assert_string_equal(buf_cstr(&out), rows[i].want);
	}
	buf_done(&out);
}

/* A long text makes room for a large number in the memo, but it is one value only. */
static void
the_memo_does_not_run_ahead_of_what_it_holds(void **state)
{
	char in[5 + 0x180 + 6] = "T\x80\x01\0\0";
	struct value *v;
	struct diag d;

	(void)state;
	memcpy(in + 5 + 0x180, "r\x01\x01\0\0.", 6);
	assert_int_equal(pickle_decode(&arena, slice_of(in, sizeof(in)), PICKLE_REQUEST, &v, &d),
	    sizeof(in));
	in[5 + 0x180 + 1]++;
	assert_int_equal(
	    pickle_decode(&arena, slice_of(in, sizeof(in)), PICKLE_REQUEST, &v, &d), -E2BIG);
	assert_string_equal(d.text, "pickle with too large a memo");
}

static void
what_is_no_data_is_refused(void **state)
{
	static const struct {
		struct slice in;
		int error;
		const char *says;
	} rows[] = {
	    {B(""), -EBADMSG, "Ran out of input"},
	    {B("\x80\x05\x95\x0b\0\0\0\0\0\0\0]\x94"), -EBADMSG, "pickle data was truncated"},
	    {B("\x80\x05]"), -EBADMSG, "pickle data was truncated"},
	    {B("X\xff\xff\xff\xff"), -EBADMSG, "pickle data was truncated"},
	    {B("\x80\x06N."), -EBADMSG, "unsupported pickle protocol: 6"},
	    {B("junk"), -EBADMSG, "pickle data was truncated"},
	    {B("~"), -EBADMSG, "invalid load key, '~'."},
	    {B("\x01"), -EBADMSG, "invalid load key, '\\x01'."},
	    {B("."), -EBADMSG, "unpickling stack underflow"},
	    {B("K\x01t."), -EBADMSG, "could not find MARK"},
	    {B("(K\x01u."), -EBADMSG, NULL},
	    {B("}(K\x01u."), -EBADMSG, NULL},
	    {B("}(]K\x01u."), -EBADMSG, "unhashable type"},
	    {B("h\x05."), -EBADMSG, "Memo value not found at index 5"},
	    {B("Nr\xff\xff\xff\x7f."), -E2BIG, "pickle with too large a memo"},
	    {B("\x8a\x09\0\0\0\0\0\0\0\x80\0."), -E2BIG, "pickle with too large a number"},
	    {B("I99999999999999999999\n."), -E2BIG, "pickle with too large a number"},
	    {B("cos\nsystem\n(Vtrue\ntR."), -EPERM, "'os.system' is not data; only data is accepted"},
	    {B("cbuiltins\nException\n(Vx\ntR."), -EPERM, NULL},
	    {B("\x8c\x02os\x8c\x06system\x93."), -EPERM, NULL},
	    {B("(ios\nsystem\n."), -EPERM, NULL},
	    {B("Vx\nR."), -EBADMSG, NULL},
	};
	struct value *v;
	struct diag d;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(pickle_decode(&arena, rows[i].in, PICKLE_REQUEST, &v, &d), rows[i].error);
		if (rows[i].says != NULL)
			assert_string_equal(d.text, rows[i].says);
	}
}

/* Some hundred bytes that would be thousands of items; and as many items that were all sent. */
static void
small_pickle_has_few_items(void **state)
{
	struct arena a;
	struct value *v;
	struct buf in;

	(void)state;
	arena_init(&a);
	buf_init(&in, 1 << 20);
	buf_add(&in, B("]q\0"));
	for (char i = 1; i < 15; i++)
		buf_add(&in, slice_of((const char[]){']', 'q', i, '(', 'h', i - 1, 'h', i - 1, 'e'}, 9));
	buf_add_char(&in, '.');
	assert_int_equal(pickle_decode(&a, buf_slice(&in), PICKLE_REQUEST, &v, NULL), -E2BIG);
	buf_clear(&in);
	buf_add_cstr(&in, "](");
	for (int i = 0; i < 40000; i++)
		buf_add_char(&in, 'N');
	buf_add_cstr(&in, "e.");
	assert_int_equal(pickle_decode(&a, buf_slice(&in), PICKLE_REQUEST, &v, NULL), in.n);
	buf_done(&in);
	arena_done(&a);
}

/* Each key is compared with all others: a third of a second, if a request could have as many. */
static void
request_with_thousands_of_keys_is_refused(void **state)
{
	enum { KEYS = 7600, BYTES = 64 * 1024 };
	struct arena a;
	struct value *v;
	struct buf in;

	(void)state;
	arena_init(&a);
	buf_init(&in, 2 * BYTES);
	buf_add(&in, B("}("));
	for (unsigned i = 0; i < KEYS; i++)
		buf_add(&in, slice_of((const char[]){'M', (char)i, (char)(i >> 8), 'N'}, 4));
	buf_add_cstr(&in, "u.");
	while (in.n < BYTES)
		buf_add_char(&in, ' ');
	assert_int_equal(pickle_decode(&a, buf_slice(&in), PICKLE_REQUEST, &v, NULL), -E2BIG);
	assert_int_equal(pickle_decode(&a, buf_slice(&in), PICKLE_REPLY, &v, NULL), 4 * KEYS + 4);
	assert_int_equal(value_count(v), KEYS);
	buf_done(&in);
	arena_done(&a);
}

/* Each round doubles what the memo holds: 2^40 items if nobody counted. */
static void
memo_cannot_multiply_without_end(void **state)
{
	struct value *v;
	struct buf in;

	(void)state;
	buf_init(&in, 10000);
	buf_add(&in, B("]q\0"));
	for (int i = 0; i < 40; i++)
		buf_add(&in, B("0](h\0h\0eq\0"));
	buf_add_char(&in, '.');
	assert_int_equal(pickle_decode(&arena, buf_slice(&in), PICKLE_REQUEST, &v, NULL), -E2BIG);
	buf_done(&in);
}

static void
deep_nesting_is_refused(void **state)
{
	struct value *v;
	struct buf in;

	(void)state;
	buf_init(&in, 4000000);
	buf_add_char(&in, ')');
	for (int i = 0; i < 1000000; i++)
		buf_add_char(&in, (char)0x85);
	buf_add_char(&in, '.');
	assert_int_equal(pickle_decode(&arena, buf_slice(&in), PICKLE_REQUEST, &v, NULL), -E2BIG);
	buf_done(&in);
}

static unsigned
roll(unsigned sides)
{
	return (unsigned)rand_r(&seed) % sides;
}

static struct value *
random_text(void)
{
	static const char *const pieces[] = {"a", "'", "\"", "\\", "\n", "\xc3\xa9", "\xff", "\xed\xb2\x80",
	    "\xf0\x9f\x98\x80", "<F2B_END_COMMAND>", "<", "\\u0041", " ", "192.0.2.1"};
	struct value *v;
	struct buf b;

	buf_init(&b, 1000);
	for (unsigned n = roll(8); n > 0; n--)
		buf_add_cstr(&b, pieces[roll(sizeof(pieces) / sizeof(pieces[0]))]);
	if (roll(4) == 0)
		buf_add_char(&b, '\0');
	v = value_text(&arena, buf_slice(&b));
	buf_done(&b);
	return v;
}

static int64_t
random_number(void)
{
	uint64_t n = (uint64_t)roll(1 << 16) << 48 | (uint64_t)roll(1 << 16) << 32 | roll(1 << 16) << 16 |
	    roll(1 << 16);

	return (int64_t)n >> roll(64);
}

static struct value *
random_value(unsigned depth)
{
	struct arena *a = &arena;
	struct value *v;

	switch (roll(depth > 0 ? 10 : 5)) {
	case 0:
		return value_nil(a);
	case 1:
		return value_bool(a, roll(2) == 1);
	case 2:
		return value_int(a, random_number());
	case 3:
		return value_float(a, (double)random_number() / (1 + roll(1000)));
	case 4:
		return random_text();
	case 5:
		v = value_error(a, (enum value_error)roll(ERROR_REGEX + 1), "%s", "x");
		value_add(a, v->error.args, random_value(0));
		return v;
	case 6:
		v = value_map(a);
		for (unsigned n = roll(6); n > 0; n--)
			value_put(a, v, random_text(), random_value(depth - 1));
		return v;
	case 7:
		v = value_tuple(a);
		break;
	case 8:
		v = value_list(a);
		break;
	default:
		v = value_set(a);
		for (unsigned n = roll(4); n > 0; n--)
			value_add(a, v, random_text());
		return v;
	}
	for (unsigned n = roll(6); n > 0; n--)
		value_add(a, v, random_value(depth - 1));
	return v;
}

static void
decode_undoes_encode(void **state)
{
	struct buf out;

	(void)state;
	print_message("seed %u\n", seed);
	buf_init(&out, 1 << 20);
	for (int i = 0; i < 20000; i++) {
		struct value *v = random_value(4);

		buf_clear(&out);
		pickle_encode(&out, v);
		assert_false(buf_refused(&out));
		assert_true(slice_find(buf_slice(&out), SLICE("<F2B_"), 0) < 0);
		assert_true(value_eq(v, decode(buf_slice(&out), PICKLE_REPLY)));
		arena_clear(&arena);
	}
	buf_done(&out);
}

static void
encoder_refuses_what_is_too_large(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 20);
	pickle_encode(&out, value_cstr(&arena, "more than twenty bytes of text"));
	assert_true(buf_refused(&out));
	buf_clear(&out);
	pickle_encode(&out, value_add(&arena, value_set(&arena), value_cstr(&arena, "twenty bytes and more")));
	assert_true(buf_refused(&out));
	buf_done(&out);
}

static int
forget(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

static void
put_sized(const struct buf *b)
{
	uint32_t n = (uint32_t)b->n;

	(void)fwrite(&n, sizeof(n), 1, stdout);
	(void)fwrite(buf_cstr(b), 1, b->n, stdout);
}

static int
recode(void)
{
	static char in[1 << 20];
	struct buf out;
	uint32_t n;

	buf_init(&out, 1 << 22);
	while (fread(&n, sizeof(n), 1, stdin) == 1 && n <= sizeof(in) && fread(in, 1, n, stdin) == n) {
		struct value *v;
		struct diag d = {.set = false};

		if (pickle_decode(&arena, slice_of(in, n), PICKLE_REPLY, &v, &d) < 0)
			v = value_printf(&arena, "refused: %s", d.text);
		buf_clear(&out);
		pickle_encode(&out, v);
		put_sized(&out);
		buf_clear(&out);
		pyrepr_format(&out, v);
		put_sized(&out);
		arena_clear(&arena);
	}
	buf_done(&out);
	arena_done(&arena);
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(recorded_frames_decode, forget),
	    cmocka_unit_test_teardown(what_is_no_data_is_refused, forget),
	    cmocka_unit_test_teardown(the_memo_does_not_run_ahead_of_what_it_holds, forget),
	    cmocka_unit_test(small_pickle_has_few_items),
	    cmocka_unit_test(request_with_thousands_of_keys_is_refused),
	    cmocka_unit_test_teardown(memo_cannot_multiply_without_end, forget),
	    cmocka_unit_test_teardown(deep_nesting_is_refused, forget),
	    cmocka_unit_test_teardown(decode_undoes_encode, forget),
	    cmocka_unit_test_teardown(encoder_refuses_what_is_too_large, forget),
	};

	if (argc > 1 && slice_eq(slice_cstr(argv[1]), SLICE("recode")))
		return recode();
	seed = argc > 1 ? (unsigned)atol(argv[1]) : 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
