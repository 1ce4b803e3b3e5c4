/* Sections as text in either form, read again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "config/ini.h"
#include "config/rewrite.h"
#include "config/yaml.h"

static struct arena arena;
static struct load load = {.arena = &arena, .header = "[Definition]"};

static void
ini_becomes_yaml_and_ini(void **state)
{
	static const struct {
		const char *ini, *yaml, *again;
	} rows[] = {
	    {"[INCLUDES]\nbefore = a\n  b\n[DEFAULT]\nx = 1 ; c\n[s]\na: b\n",
		"INCLUDES:\n  before:\n  - a\n  - b\n\nDEFAULT:\n  x: 1\n\ns:\n  a: b\n",
		"[INCLUDES]\nbefore = a\n    b\n\n[DEFAULT]\nx = 1\n\n[s]\na = b\n"},
	    {"[s]\nfailregex = ^a\nignoreregex =\n", "s:\n  failregex:\n  - '^a'\n  ignoreregex:\n",
		"[s]\nfailregex = ^a\nignoreregex =\n"},
	    {"[s]\nfailregex =\n  ^a\n\n  ^b\n", "s:\n  failregex:\n  - '^a'\n  - '^b'\n",
		"[s]\nfailregex = ^a\n    ^b\n"},
	    {"[s]\na =\n  b\n\n  c\n", "s:\n  a: |2-\n\n    b\n\n    c\n",
		"[s]\na =\n    b\n\n    c\n"},
	    {"[s]\naction = %(a)s\n  b[x=\"1 2\", y=3]\n",
		"s:\n  action:\n  - '%(a)s'\n  - b[x=\"1 2\", y=3]\n",
		"[s]\naction = %(a)s\n    b[x=\"1 2\", y=3]\n"},
	    {"[s]\naction = a[x=1,\n  y=2]\n", "s:\n  action: |-\n    a[x=1,\n    y=2]\n",
		"[s]\naction = a[x=1,\n    y=2]\n"},
	    {"[s]\na = *b\nb = c: d #e\n", "s:\n  a: '*b'\n  b: 'c: d #e'\n",
		"[s]\na = *b\nb = c: d #e\n"},
	    {"[s?family=inet6]\na b = c\n", "s?family=inet6:\n  a b: c\n",
		"[s?family=inet6]\na b = c\n"},
	    {"", "", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct option *differs;
		struct sections first, second;
		struct buf yaml, ini;

		buf_init(&yaml, 4096);
		buf_init(&ini, 4096);
		assert_int_equal(ini_parse(&load, slice_cstr(rows[i].ini), "f", &first), 0);
		assert_int_equal(rewrite_yaml(&yaml, &first), 0);
		assert_string_equal(buf_cstr(&yaml), rows[i].yaml);
		assert_int_equal(yaml_parse(&load, buf_slice(&yaml), "f", &second), 0);
		assert_true(rewrite_same(&first, &second, &differs));
		assert_int_equal(rewrite_ini(&ini, &second), 0);
		assert_string_equal(buf_cstr(&ini), rows[i].again);
		buf_done(&yaml);
		buf_done(&ini);
		arena_clear(&arena);
	}
}

static void
what_ini_cannot_say_is_seen(void **state)
{
	static const char *const texts[] = {
	    "s:\n  a: 'b ; c'\n",
	    "s:\n  a: |\n    b\n    # c\n",
	    "s:\n  a: |\n    b\n      c\n",
	    "s:\n  a: ' b'\n",
	    "s:\n  a=b: c\n",
	    "s:\n  '#a': c\n",
	    "s:\n  '[a]': c\n",
	    "\"s\\n\": {a: b}\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const struct option *differs;
		struct sections first, second;
		struct buf ini;
		int r;

		buf_init(&ini, 4096);
		assert_int_equal(yaml_parse(&load, slice_cstr(texts[i]), "f", &first), 0);
		assert_int_equal(rewrite_ini(&ini, &first), 0);
		r = ini_parse(&load, buf_slice(&ini), "f", &second);
		if (r == 0 && rewrite_same(&first, &second, &differs))
			fail_msg("%s: %s", texts[i], buf_cstr(&ini));
		buf_done(&ini);
		arena_clear(&arena);
	}
}

static int
teardown(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ini_becomes_yaml_and_ini),
	    cmocka_unit_test(what_ini_cannot_say_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
