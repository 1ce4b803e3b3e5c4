/* Words of a line as a shell splits it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "config/text.h"
#include "util/buf.h"

static void
shell_words_are_taken_one_by_one(void **state)
{
	static const struct {
		const char *line, *words; /* each with a '|' behind it; NULL: a mistake */
	} rows[] = {
	    {"", ""},
	    {" \t\r\n", ""},
	    {"a b\tc\rd\ne ", "a|b|c|d|e|"},
	    {"a\vb\fc\xc2\xa0" "d", "a\vb\fc\xc2\xa0" "d|"},
	    {"\v a", "\v|a|"},
	    {"'x y'z \"A=b c\"", "x yz|A=b c|"},
	    {"\"\\\"\\a\" '\\'", "\"\\a|\\|"},
	    {"a\\ b ''", "a b||"},
	    {"a#b", "a#b|"},
	    {"'open", NULL},
	    {"a \"open", NULL},
	    {"a\\", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice rest = slice_cstr(rows[i].line);
		char word[64];
		struct buf got;
		size_t n;
		int r;

		buf_init(&got, 256);
		while ((r = text_shell_word(&rest, word, &n)) > 0) {
			buf_add(&got, slice_of(word, n));
			buf_add_char(&got, '|');
		}
		assert_int_equal(r < 0, rows[i].words == NULL);
		if (r == 0)
			assert_string_equal(buf_cstr(&got), rows[i].words);
		buf_done(&got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(shell_words_are_taken_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
