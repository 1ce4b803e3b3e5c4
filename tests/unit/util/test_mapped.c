/* Pages of program and libraries that are let go, and come back as they were. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/mapped.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BYTES 65536

/* Constants on pages of their own, in a segment that nothing writes to. */
static const unsigned char bytes[BYTES] __attribute__((aligned(BYTES))) = {1, 2, 3};
/* Read anew each time. */
static const volatile unsigned char *const constant = bytes;

/* kB of pages of files that this process has. */
static long
resident_kb(void)
{
	char line[200];
	long kb = -1;
	FILE *f = fopen("/proc/self/status", "re");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "RssFile: %ld kB", &kb) == 1)
			break;
	(void)fclose(f);
	assert_true(kb >= 0);
	return kb;
}

static long
sum(void)
{
	long n = 0;

	for (size_t i = 0; i < BYTES; i++)
		n += constant[i] * (long)(i + 1);
	return n;
}

static void
pages_of_files_go_and_come_back(void **state)
{
	long before, after;

	(void)state;
	assert_int_equal(sum(), 1 + 2 * 2 + 3 * 3);
	before = resident_kb();
	mapped_give_back();
	after = resident_kb();
	if (after >= before)
		fail_msg("%ld kB of files before, %ld after", before, after);
	assert_int_equal(sum(), 1 + 2 * 2 + 3 * 3);
	assert_true(resident_kb() > after);
}

static void
set_byte(size_t at, unsigned char to)
{
	void *page = (void *)(uintptr_t)constant;

	assert_int_equal(mprotect(page, BYTES, PROT_READ | PROT_WRITE), 0);
	((volatile unsigned char *)page)[at] = to;
	assert_int_equal(mprotect(page, BYTES, PROT_READ), 0);
}

/* A debugger writes its breakpoints so. */
static void
what_was_written_to_stays(void **state)
{
	(void)state;
	set_byte(BYTES - 1, 7);
	mapped_give_back();
	assert_int_equal(constant[BYTES - 1], 7);
	assert_int_equal(sum(), 1 + 2 * 2 + 3 * 3 + 7 * (long)BYTES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pages_of_files_go_and_come_back),
	    cmocka_unit_test(what_was_written_to_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
