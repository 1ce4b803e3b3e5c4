/* Regular expressions that a short line keeps busy, and such that look so and are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "scan/runaway.h"

static bool
runs_away(const char *regex, struct buf *line)
{
	struct matcher *m = matcher_new();
	struct pattern *p;
	struct diag d;
	bool found;

	diag_init(&d);
	if (pattern_new(&p, slice_cstr(regex), 0, (struct place){0}, &d) < 0)
		fail_msg("%s: %s", regex, d.text);
	buf_init(line, 4096);
	found = runaway_find(p, m, line);
	pattern_free(p);
	matcher_free(m);
	return found;
}

static void
what_runs_away_is_found(void **state)
{
	static const struct {
		const char *regex, *line;
	} rows[] = {
	    {"^(a+)+$", "aaaaaaaaaaaa"},
	    {"^(?:a*)*b <HOST>$", "aaaaaaaaaaaa"},
	    {"^user (?:\\w+\\s?)*: <HOST>$", "user aaaaaaaaaaaa"},
	    {"^(?:\\w|\\d)+x <HOST>$", "000000000000"},
	    {"^x(?:.+,)*y <HOST>$", "x,,,,,,,,,,,,"},
	    {"^(?:a?a?)*b <HOST>$", "aaaaaaaaaaaa"},
	    {"^ *\\s*\\s+\\s*x <HOST>$", "            "},
	    {"^[^x]*.*\\s*.* <HOST>$", "            "},
	    {"^a{2,}(?:b|b+){3,}c <HOST>$", "aabbbbbbbbbbbb"},
	    {"^x(?:: (?:\\w+\\([^\\):]*\\) \\w+|[^\\(]+))* \\(y\\) <HOST>$",
		"x: a: a: a: a: a: a: a: a: a: a: a: a"},
	    {"^smtp: (?:[^\\[]+ )*\\[?<HOST>\\]? failure$", "smtp:             "},
	    {"^(?P<q>\"[^\"]*\"|.)*end <HOST>$", "\"\"\"\"\"\"\"\"\"\"\"\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf line;

		if (!runs_away(rows[i].regex, &line))
			fail_msg("%s: nothing found", rows[i].regex);
		assert_string_equal(buf_cstr(&line), rows[i].line);
		buf_done(&line);
	}
}

static void
what_does_not_is_left_alone(void **state)
{
	static const char *const rows[] = {
	    "^a+b+c+ <HOST>$",
	    "^(?:[^,]+,)*x <HOST>$",
	    "^(?:\\w+\\s)*x <HOST>$",
	    "PORT DENIED: .* SRC=<HOST>",
	    "^.* from <HOST> .*$",
	    "^(?:a|b)*c <HOST>$",
	    "^(?>a+)+b <HOST>$",
	    "^\\[client <HOST>\\] .*(?:foo|bar).*$",
	    "(?x) ^ ( a+ )+ $ <HOST>", /* is not read */
	    "^[]a-]*[^]b]*\\x41*(?#a++)(?=(b+)+c)\\\\(?i:x){,2}{ <HOST>$",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf line;

		if (runs_away(rows[i], &line))
			fail_msg("%s: %s", rows[i], buf_cstr(&line));
		buf_done(&line);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_runs_away_is_found),
	    cmocka_unit_test(what_does_not_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
