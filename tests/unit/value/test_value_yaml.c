/* Values to YAML, and what a reader makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <yaml.h>

#include "value/value_yaml.h"

static struct arena arena;

static const char *
yaml(const struct value *v)
{
	static char text[4096];
	struct buf out;

	buf_init(&out, sizeof(text) - 1);
	assert_int_equal(value_yaml_format(&out, v), 0);
	memcpy(text, buf_cstr(&out), out.n + 1);
	buf_done(&out);
	return text;
}

static void
kinds_have_their_yaml(void **state)
{
	struct arena *a = &arena;
	struct value *map = value_map(a), *list = value_list(a);

	(void)state;
	value_add(a, list, value_int(a, -1));
	value_add(a, list, value_cstr(a, "-1"));
	value_add(a, list, value_cstr(a, "No"));
	value_add(a, list, value_bool(a, true));
	value_add(a, list, value_float(a, 0.1));
	value_add(a, list, value_float(a, -INFINITY));
	value_add(a, list, value_nil(a));
	value_add(a, list, value_cstr(a, ""));
	value_add(a, list, value_text(a, SLICE("\xff: x")));
	value_add(a, list, value_text(a, SLICE("a\x1b")));
	value_put(a, map, value_cstr(a, "list"), list);
	value_put(a, map, value_int(a, 3), value_cstr(a, "one\ntwo"));
	value_put(a, map, value_cstr(a, "none"), value_map(a));
	assert_string_equal(yaml(map),
	    "list:\n- -1\n- '-1'\n- 'No'\n- true\n- 0.1\n- -.inf\n- null\n- ''\n"
	    "- '\xef\xbf\xbd: x'\n- \"a\\e\"\n3: |-\n  one\n  two\nnone: {}\n");
	assert_string_equal(yaml(value_cstr(a, "\xc3\xa4\n\xe2\x80\xaez")), "\"\\xE4\\n\\u202Ez\"\n");
	assert_string_equal(
	    yaml(value_error(a, ERROR_NO_FILE, "x")), "error: no-file\nargs:\n- x\n");
	arena_done(a);
}

static void
what_does_not_fit_is_refused(void **state)
{
	struct value *v = value_nil(&arena);
	struct buf out;

	(void)state;
	buf_init(&out, 10);
	assert_int_equal(
	    value_yaml_format(&out, value_cstr(&arena, "more than ten bytes")), -ENOSPC);
	buf_done(&out);
	for (int i = 0; i <= VALUE_YAML_MAX_DEPTH; i++)
		v = value_add(&arena, value_list(&arena), v);
	buf_init(&out, 1 << 20);
	assert_int_equal(value_yaml_format(&out, v), -E2BIG);
	buf_done(&out);
	arena_done(&arena);
}

static struct value *
any(unsigned *seed, int depth)
{
	static const char *const texts[] = {"", "a", "true", "-1", "\xc3\xa4\n\"", "\n x\n\n",
	    "# no", "\x01\x7f", "a: b", "192.0.2.1", "2001:db8::1", "~", "- x", " a\n b", "%(x)s",
	    "\xc2\x85", "1:30", "tab\there", "*a", "\xf0\x9f\x98\x80"};
	struct arena *a = &arena;
	struct value *v;

	switch (rand_r(seed) % (depth > 0 ? 7 : 5)) {
	case 0:
		return value_nil(a);
	case 1:
		return value_bool(a, rand_r(seed) % 2);
	case 2:
		return value_int(a, (int64_t)rand_r(seed) - RAND_MAX / 2);
	case 3:
	case 4:
		return value_cstr(a, texts[rand_r(seed) % 20]);
	case 5:
		v = value_list(a);
		for (int n = rand_r(seed) % 4; n > 0; n--)
			value_add(a, v, any(seed, depth - 1));
		return v;
	default:
		v = value_map(a);
		for (int n = rand_r(seed) % 4; n > 0; n--)
			value_put(
			    a, v, value_cstr(a, texts[rand_r(seed) % 20]), any(seed, depth - 1));
		return v;
	}
}

/* What stands in quotes, or begins like a word, is text; the rest is what its maker meant. */
static struct value *
read_scalar(const yaml_node_t *n)
{
	struct slice s = slice_of((const char *)n->data.scalar.value, n->data.scalar.length);
	int64_t number;

	if (n->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return value_text(&arena, s);
	if (slice_eq(s, SLICE("null")))
		return value_nil(&arena);
	if (slice_eq(s, SLICE("true")) || slice_eq(s, SLICE("false")))
		return value_bool(&arena, s.n == 4);
	if (slice_i64(s, INT64_MIN, INT64_MAX, &number) == 0)
		return value_int(&arena, number);
	return value_text(&arena, s);
}

static struct value *
read_node(yaml_document_t *doc, int id)
{
	yaml_node_t *n = yaml_document_get_node(doc, id);
	struct value *v;

	if (n->type == YAML_SCALAR_NODE)
		return read_scalar(n);
	if (n->type == YAML_SEQUENCE_NODE) {
		v = value_list(&arena);
		for (int *i = n->data.sequence.items.start; i < n->data.sequence.items.top; i++)
			value_add(&arena, v, read_node(doc, *i));
		return v;
	}
	v = value_map(&arena);
	for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++)
		value_put(&arena, v, read_node(doc, p->key), read_node(doc, p->value));
	return v;
}

static void
a_value_comes_back(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		unsigned seed = i;
		const struct value *v = any(&seed, 4);
		yaml_document_t doc;
		yaml_parser_t p;
		struct buf out;

		buf_init(&out, 1 << 20);
		assert_int_equal(value_yaml_format(&out, v), 0);
		assert_true(yaml_parser_initialize(&p));
		yaml_parser_set_input_string(&p, (const unsigned char *)buf_cstr(&out), out.n);
		if (!yaml_parser_load(&p, &doc))
			fail_msg("seed %u: %s: %s", i, p.problem, buf_cstr(&out));
		if (!value_eq(v, read_node(&doc, 1)))
			fail_msg("seed %u: %s", i, buf_cstr(&out));
		yaml_document_delete(&doc);
		yaml_parser_delete(&p);
		buf_done(&out);
		arena_clear(&arena);
	}
	arena_done(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(kinds_have_their_yaml),
	    cmocka_unit_test(what_does_not_fit_is_refused),
	    cmocka_unit_test(a_value_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
