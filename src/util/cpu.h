#ifndef F2B_UTIL_CPU_H
#define F2B_UTIL_CPU_H

#include <stdbool.h>

/*
 * What the processor can do. The C library has found that out already; to ask the processor once
 * more, as compilers do, costs a tenth of a millisecond at every start in a virtual machine, where
 * the question goes to its host.
 */
#if defined(__x86_64__) && defined(__has_include)
#if __has_include(<sys/platform/x86.h>)
#include <sys/platform/x86.h>
#endif
#endif

/* For code with the target "avx2,popcnt": every processor that has the one has the other. */
static inline bool
cpu_has_avx2(void)
{
#if defined(CPU_FEATURE_ACTIVE)
	return CPU_FEATURE_ACTIVE(AVX2) && CPU_FEATURE_ACTIVE(POPCNT);
#elif defined(__x86_64__)
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt");
#else
	return false;
#endif
}

#endif
