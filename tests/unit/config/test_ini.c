/* One file's text to sections and options, with the place of every line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "config/ini.h"

struct fixture {
	struct diag_sink sink;
	struct arena arena;
	struct load load;
	struct diag first;
	unsigned messages;
};

static void
take(struct diag_sink *sink, enum diag_level level, const char *module, const struct diag *d)
{
	struct fixture *f = (struct fixture *)sink;

	(void)level;
	(void)module;
	if (f->messages++ == 0)
		f->first = *d;
}

static int
parse(struct fixture *f, const char *text, struct sections *out)
{
	*f = (struct fixture){.sink = {take}};
	f->load = (struct load){.arena = &f->arena, .sink = &f->sink, .header = "[Definition]"};
	return ini_parse(&f->load, slice_cstr(text), "f.conf", out);
}

static void
values_are_read_as_written(void **state)
{
	static const struct {
		const char *text, *name, *value;
	} rows[] = {
	    {"[s]\na = b\n", "a", "b"},
	    {"[s]\na: b=c\n", "a", "b=c"},
	    {"[s]\nA B = b\n", "a b", "b"},
	    {"[s]\na = b ; no\n", "a", "b"},
	    {"[s]\na = b;c # d\n", "a", "b;c # d"},
	    {"[s]\na = 1\n  2\n# no\n\n  3\n\n\nb = 4\n", "a", "1\n2\n\n3"},
	    {"[s]\r\na =\r\n\tb\r\n", "a", "\nb"},
	    {"[s]\na = b\xc2\xa0\n", "a", "b"},
	    {"[x]\n[s]\n  a = 1\n    b = 2\n", "a", "1\nb = 2"},
	    {"[s]\na =\n", "a", ""},
	    {"[s]\na = b", "a", "b"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;
		struct sections out;
		const struct option *o;

		assert_int_equal(parse(&f, rows[i].text, &out), 0);
		o = section_get(sections_find(&out, SLICE("s")), slice_cstr(rows[i].name));
		assert_non_null(o);
		assert_true(slice_eq(o->value.text, slice_cstr(rows[i].value)));
		arena_done(&f.arena);
	}
}

static void
mistakes_name_line_and_remedy(void **state)
{
	static const struct {
		const char *text;
		unsigned line, messages;
		const char *words;
	} rows[] = {
	    {"# c\nfailregex = x\nb = c\n[s]\n", 2, 1, "write [Definition] above this line"},
	    {"\xef\xbb\xbf[s]\n", 1, 1, "byte order mark"},
	    {"[s\na = 1\n", 1, 1, "ends with ']'"},
	    {"[s]\na = 1\nrubbish\n", 3, 1, "neither 'name = value' nor"},
	    {"[s]\na = 1\nA = 2\n", 3, 1, "it was set in line 2"},
	    {"[s]\n[t]\n[s]\n", 3, 1, "it began in line 1"},
	    {"[s]\na = 1\na = 2\nx\n[s]\n", 3, 3, "already exists"},
	    {"[s]\nb = \xfc\n", 2, 1, "'utf-8' codec can't decode byte 0xfc in position 8"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;
		struct sections out;

		assert_true(parse(&f, rows[i].text, &out) < 0);
		assert_int_equal(f.messages, rows[i].messages);
		assert_int_equal(f.first.at.line, rows[i].line);
		assert_non_null(strstr(f.first.text, rows[i].words));
		arena_done(&f.arena);
	}
}

static void
every_line_of_a_value_has_its_place(void **state)
{
	struct fixture f;
	struct sections out;
	const struct option *o;
	struct place at;

	(void)state;
	assert_int_equal(parse(&f, "[s]\na = one\n# c\n    two\n\n\tthree\n", &out), 0);
	o = section_get(sections_find(&out, SLICE("s")), SLICE("a"));
	at = traced_place(&o->value, 0, 3);
	assert_int_equal(at.line, 2);
	assert_int_equal(at.column, 5);
	at = traced_place(&o->value, 4, 3);
	assert_int_equal(at.line, 4);
	assert_int_equal(at.column, 5);
	at = traced_place(&o->value, 9, 5);
	assert_int_equal(at.line, 6);
	assert_int_equal(at.column, 2);
	arena_done(&f.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_are_read_as_written),
	    cmocka_unit_test(mistakes_name_line_and_remedy),
	    cmocka_unit_test(every_line_of_a_value_has_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
