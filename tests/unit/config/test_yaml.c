/* One YAML file's text to sections and options, with the place of every item. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "config/yaml.h"
#include "config/yamltree.h"

#include <errno.h>

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
parse(struct fixture *f, struct slice text, struct sections *out)
{
	*f = (struct fixture){.sink = {take}};
	f->load = (struct load){.arena = &f->arena, .sink = &f->sink, .header = "[Definition]"};
	return yaml_parse(&f->load, text, "f.yaml", out);
}

static void
values_become_those_of_ini(void **state)
{
	static const struct {
		const char *text, *section, *name, *value;
	} rows[] = {
	    {"s:\n  a: b\n", "s", "a", "b"},
	    {"s:\n  A B: b\n", "s", "a b", "b"},
	    {"s: {a: b}\n", "s", "a", "b"},
	    {"\xef\xbb\xbfr:\r\ns:\r\n  a: b\r\n", "s", "a", "b"},
	    {"--- # c\ns:\n  a: b # c\n...\n", "s", "a", "b"},
	    /* scalars are their text */
	    {"s:\n  a: no\n", "s", "a", "no"},
	    {"s:\n  a: 010\n", "s", "a", "010"},
	    {"s:\n  a: ~\n", "s", "a", "~"},
	    {"s:\n  a:\n", "s", "a", ""},
	    {"s:\n  a: []\n", "s", "a", ""},
	    {"s:\n  a: '%(x)s'\n", "s", "a", "%(x)s"},
	    {"s:\n  a: \"\\\\d\\t\"\n", "s", "a", "\\d\t"},
	    {"DEFAULT:\n  a: ::1\n", "DEFAULT", "a", "::1"},
	    /* several lines */
	    {"s:\n  a: |\n    x\n      y\n\n    z\n\n", "s", "a", "x\n  y\n\nz"},
	    {"s:\n  a: >\n    x\n    y\n", "s", "a", "x y"},
	    {"s:\n  failregex:\n  - '^a'\n  - ^b\n", "s", "failregex", "^a\n^b"},
	    {"s:\n  failregex: [^a, '', ^b]\n", "s", "failregex", "^a\n^b"},
	    {"s:\n  port: [ssh, 2222]\n", "s", "port", "ssh,2222"},
	    {"s:\n  bantime.multipliers: [1, 2]\n", "s", "bantime.multipliers", "1 2"},
	    /* parts */
	    {"s:\n  bantime: {time: 1h, increment: true}\n", "s", "bantime", "1h"},
	    {"s:\n  bantime: {time: 1h, increment: true}\n", "s", "bantime.increment", "true"},
	    /* filters and actions */
	    {"s:\n  filter: f\n", "s", "filter", "f"},
	    {"s:\n  filter: {name: f, mode: x}\n", "s", "filter", "f[mode=\"x\"]"},
	    {"s:\n  filter: {mode: x, name: f}\n", "s", "filter", "f[mode=\"x\"]"},
	    {"s:\n  filter: {name: f}\n", "s", "filter", "f"},
	    {"s:\n  filter: {f: {mode: x, a: 'y, \"z\"'}}\n", "s", "filter",
		"f[mode=\"x\", a='y, \"z\"']"},
	    {"s:\n  filter: {f: {a: \"it's \\\"z\\\"\"}}\n", "s", "filter", "f[a=it's \"z\"]"},
	    {"s:\n  action:\n  - a\n  - b: {name: B, port: [1, 2]}\n  - {name: c, 'x?family=inet6': "
	     "1}\n",
		"s", "action", "a\nb[name=\"B\", port=\"1,2\"]\nc[x?family=inet6=\"1\"]"},
	    {"s:\n  action: {a: , b: {}}\n", "s", "action", "a\nb"},
	    {"s:\n  action_x: {a: {b: c}}\n", "s", "action_x", "a[b=\"c\"]"},
	    /* conditions */
	    {"s?family=inet6:\n  a: b\n", "s?family=inet6", "a", "b"},
	    {"s:\n  ?family=inet6:\n    a: b\n", "s?family=inet6", "a", "b"},
	    {"s:\n  a?family=inet6: b\n", "s?family=inet6", "a", "b"},
	    {"s:\n  a: {'?family=inet6': b}\n", "s?family=inet6", "a", "b"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;
		struct sections out;
		const struct option *o;

		if (parse(&f, slice_cstr(rows[i].text), &out) != 0)
			fail_msg("%s: %s", rows[i].text, f.first.text);
		assert_non_null(sections_find(&out, slice_cstr(rows[i].section)));
		o = section_get(
		    sections_find(&out, slice_cstr(rows[i].section)), slice_cstr(rows[i].name));
		assert_non_null(o);
		if (!slice_eq(o->value.text, slice_cstr(rows[i].value)))
			fail_msg("%s: %.*s", rows[i].text, SLICE_ARG(o->value.text));
		arena_done(&f.arena);
	}
}

static void
a_part_is_read_alone(void **state)
{
	static const struct {
		const char *text, *part;
		int r;
		const char *section, *name, *value; /* section NULL: there is none */
	} rows[] = {
	    {"server: {a: b}\njails: {s: {a: c}}\n", YAML_SERVER, 0, "Definition", "a", "b"},
	    {"server: {a: b}\njails: {s: {a: c}}\n", YAML_JAILS, 0, "s", "a", "c"},
	    {"jails: {DEFAULT: {a: c}}\n", YAML_JAILS, 0, "DEFAULT", "a", "c"},
	    {"server: {a: b}\njails:\n", YAML_JAILS, 0, NULL},
	    {"server: {a: b}\n", YAML_JAILS, 0, NULL},
	    {"", YAML_JAILS, 0, NULL},
	    /* without options the server still has its section */
	    {"jails: {s: {a: c}}\n", YAML_SERVER, 0, "Definition", "a", NULL},
	    {"server:\n", YAML_SERVER, 0, "Definition", "a", NULL},
	    {"", YAML_SERVER, 0, "Definition", "a", NULL},
	    /* what is wrong with the file is told with the first part */
	    {"jail: {s: {a: c}}\n", YAML_SERVER, -EINVAL, "Definition", "a", NULL},
	    {"jail: {s: {a: c}}\n", YAML_JAILS, 0, NULL},
	    {"server: []\n[a]: b\n", YAML_SERVER, -EINVAL, "Definition", "a", NULL},
	    {"- server\n", YAML_SERVER, -EINVAL, "Definition", "a", NULL},
	    {"jails: {s: 1}\n", YAML_JAILS, -EINVAL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f = {.sink = {take}};
		const struct option *o;
		const struct section *s;
		struct sections out;

		f.load = (struct load){.arena = &f.arena, .sink = &f.sink};
		assert_int_equal(yaml_parse_part(&f.load, slice_cstr(rows[i].text), "f2b.yaml",
				     rows[i].part, &out),
		    rows[i].r);
		assert_int_equal(f.messages > 0, rows[i].r < 0);
		s = rows[i].section != NULL ? sections_find(&out, slice_cstr(rows[i].section)) : NULL;
		assert_int_equal(s != NULL, rows[i].section != NULL);
		o = s != NULL ? section_get(s, slice_cstr(rows[i].name)) : NULL;
		assert_int_equal(o != NULL, rows[i].value != NULL);
		if (o != NULL)
			assert_true(slice_eq(o->value.text, slice_cstr(rows[i].value)));
		if (rows[i].section == NULL)
			assert_int_equal(out.count, 0);
		arena_done(&f.arena);
	}
}

static void
a_file_may_be_empty(void **state)
{
	static const char *const texts[] = {"", "# no more\n", "---\n", "s:\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct fixture f;
		struct sections out;

		assert_int_equal(parse(&f, slice_cstr(texts[i]), &out), 0);
		assert_int_equal(out.count, i == 3);
		arena_done(&f.arena);
	}
}

static void
every_item_has_its_place(void **state)
{
	static const char text[] = "s:\n"
				   "  failregex:\n"
				   "    - '^\xc3\xa4'\n"
				   "    -   \"^\\\\d\"\n"
				   "    - |\n"
				   "      ^two\n"
				   "        ^three\n"
				   "  \xc3\xa4: x\n"
				   "  filter: {name: f, mode: y}\n";
	static const struct {
		const char *option, *piece;
		unsigned line, column;
	} rows[] = {
	    {"failregex", "^\xc3\xa4", 3, 8},
	    {"failregex", "^\\d", 4, 0},
	    {"failregex", "^two", 6, 7},
	    {"failregex", "^three", 7, 9},
	    {"\xc3\xa4", "x", 8, 7},
	    {"filter", "f", 9, 18},
	    {"filter", "mode", 9, 21},
	    {"filter", "y", 9, 27},
	};
	struct fixture f;
	struct sections out;

	(void)state;
	assert_int_equal(parse(&f, slice_cstr(text), &out), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct option *o =
		    section_get(sections_find(&out, SLICE("s")), slice_cstr(rows[i].option));
		ptrdiff_t at = slice_find(o->value.text, slice_cstr(rows[i].piece), 0);
		struct place place;

		assert_true(at >= 0);
		place = traced_place(&o->value, (size_t)at, strlen(rows[i].piece));
		assert_int_equal(place.line, rows[i].line);
		assert_int_equal(place.column, rows[i].column);
	}
	arena_done(&f.arena);
}

static void
mistakes_name_place_and_remedy(void **state)
{
	static const struct {
		const char *text;
		unsigned line, column, messages;
		const char *words;
	} rows[] = {
	    {"s:\n\ta: b\n", 2, 1, 1, "tabs cannot indent YAML"},
	    {"s:\n  a: b\n\tc: d\n", 3, 1, 1, "tabs cannot indent YAML"},
	    {"s:\n  a: %(x)s\n", 2, 6, 1, "begins with '%' in quotes"},
	    {"s:\n  a: x: y\n", 2, 7, 1, "holds ': ' in single quotes"},
	    {"s:\n  a: \"\\d\"\n", 2, 7, 1, "or use single quotes"},
	    {"s:\n  a: 'x\n", 3, 1, 1, "it began in line 2); close the quotes"},
	    {"s:\n  a: [::1]\n", 2, 7, 1, "an address that begins with ':', in quotes"},
	    {"s:\n  a: *b\n", 2, 6, 1, "aliases (*b) are not used here"},
	    {"s:\n  a: &b c\n", 2, 6, 1, "anchors (&b) are not used here"},
	    {"s:\n  a: !b c\n", 2, 6, 1, "tags (!b) are not used here"},
	    {"s:\n  <<: {a: b}\n", 2, 8, 1, "'<<' holds text or a list"},
	    {"a: b\nc: d\n", 1, 1, 2, "write 'Definition:' above it"},
	    {"- a\n", 1, 1, 1, "the file begins with a list"},
	    {"a\n", 1, 1, 1, "the file begins with 'a'"},
	    {"s:\n  a: 1\n  A: 2\nt:\n  b: 1\n  b: 2\n", 3, 3, 2, "it was set in line 2"},
	    {"s:\n  a: 1\ns:\n  b: 2\n", 3, 1, 1, "it began in line 1"},
	    {"DEFAULT:\n  a: 1\nDEFAULT:\n  b: 2\n", 3, 1, 1, "it began in line 1"},
	    {"s:\n  a: {b: c}\n", 2, 7, 1, "found a map with 'b'"},
	    {"s:\n  a: [{b: c}]\n", 2, 7, 1, "this is a map"},
	    {"s:\n  maxretry: [1, 2]\n", 2, 13, 1, "'maxretry' holds one value"},
	    {"s:\n  bantime: {incremnt: 1}\n", 2, 13, 1, "did you mean 'increment'?"},
	    {"s:\n  bantime: {x: 1}\n", 2, 13, 1, "'time' is the option itself"},
	    {"s:\n  action: {a: b}\n", 2, 12, 1, "the name of an action"},
	    {"s:\n  filter: {name: f, 'a b': c}\n", 2, 21, 1, "not an option of a filter"},
	    {"s:\n  filter: {f: {a: \"'\\\"]\"}}\n", 2, 19, 1, "both kinds of quotes"},
	    {"s:\n  [a]: b\n", 2, 3, 1, "expected the name of an option, found a list"},
	    {"[a]: b\n", 1, 1, 1, "expected the name of a section"},
	    {"s:\n  ?a=b:\n    ?c=d: {e: f}\n", 3, 5, 1, "cannot stand in another"},
	    {"s:\n  ?a=b:\n    x?c=d: e\n", 3, 5, 1, "cannot stand in another"},
	    {"s:\n  ?a=b:\n    x: {'?c=d': e}\n", 3, 9, 1, "cannot stand in another"},
	    {"a:\n---\nb:\n", 2, 1, 1, "a second document begins"},
	    {"s:\n  a: \xff\n", 2, 6, 1, "byte 0xff is not UTF-8"},
	    {"s:\n  a: \x01\n", 2, 6, 1, "control character U+0001"},
	    {"s:\n  a: \xef\xbf\xbe\n", 2, 6, 1, "in double quotes write it as \\ufffe"},
	    {"s: [[[[[[[[x]]]]]]]]\n", 1, 11, 1, "more than 8 deep"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;
		struct sections out;

		assert_true(parse(&f, slice_cstr(rows[i].text), &out) < 0);
		if (f.first.at.line != rows[i].line || f.first.at.column != rows[i].column ||
		    f.messages != rows[i].messages || strstr(f.first.text, rows[i].words) == NULL)
			fail_msg("%s: %u:%u: %u: %s", rows[i].text, f.first.at.line,
			    f.first.at.column, f.messages, f.first.text);
		arena_done(&f.arena);
	}
}

/* Nine lists of nine aliases each would be a billion words. */
static void
a_small_file_stays_small(void **state)
{
	struct fixture f;
	struct sections out;
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 20);
	buf_add_cstr(&text, "s:\n  a0: &a0 lol\n");
	for (int i = 1; i < 9; i++)
		buf_printf(&text, "  a%d: &a%d [*a%d, *a%d]\n", i, i, i - 1, i - 1);
	assert_int_equal(parse(&f, buf_slice(&text), &out), -EINVAL);
	assert_non_null(strstr(f.first.text, "anchors"));
	arena_done(&f.arena);
	buf_clear(&text);
	buf_add_cstr(&text, "s:\n  a: [");
	for (int i = 0; i < YAMLTREE_MAX_NODES; i++)
		buf_add_cstr(&text, "a,");
	buf_add_cstr(&text, "]\n");
	assert_int_equal(parse(&f, buf_slice(&text), &out), -EINVAL);
	assert_non_null(strstr(f.first.text, "values in one file"));
	arena_done(&f.arena);
	buf_done(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_become_those_of_ini),
	    cmocka_unit_test(a_part_is_read_alone),
	    cmocka_unit_test(a_file_may_be_empty),
	    cmocka_unit_test(every_item_has_its_place),
	    cmocka_unit_test(mistakes_name_place_and_remedy),
	    cmocka_unit_test(a_small_file_stays_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
