#ifndef F2B_TESTS_UNIT_FULL_DISK_H
#define F2B_TESTS_UNIT_FULL_DISK_H

#include <signal.h>
#include <sys/resource.h>

/* Limits the size of files: what is written behind that fails as on a full disk. RLIM_INFINITY: no more. */
static inline void
limit_files(rlim_t bytes)
{
	struct rlimit limit;

	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

#endif
