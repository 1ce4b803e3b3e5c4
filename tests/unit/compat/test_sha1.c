/* SHA-1 against the examples of FIPS 180 and the padding's edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "compat/sha1.h"

static const struct {
	const char *text;
	size_t times;
	const char *hex;
} rows[] = {
    {"", 1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
    {"abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
        "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
    {"a", 1000000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"},
    {"x\n", 1, "6fcf9dfbd479ed82697fee719b9f8c610a11ff2a"},
};

static void
digests_are_those_of_the_standard(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char hex[SHA1_HEX_SIZE];
		struct sha1 s;

		sha1_init(&s);
		for (size_t n = 0; n < rows[i].times; n++)
			sha1_add(&s, slice_cstr(rows[i].text));
		sha1_finish(&s, hex);
		assert_string_equal(hex, rows[i].hex);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(digests_are_those_of_the_standard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
