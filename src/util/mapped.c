#include "util/mapped.h"

#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Of an entry of /proc/PID/pagemap, see proc_pid_pagemap(5). */
#define PAGE_HERE (UINT64_C(1) << 63)
#define PAGE_SWAPPED (UINT64_C(1) << 62)
#define PAGE_OF_FILE (UINT64_C(1) << 61)

struct mapped {
	int pagemap;
	uintptr_t page_bytes;
};

/* Only a page of our own is ever swapped. */
static bool
is_ours(uint64_t page)
{
	return (page & PAGE_SWAPPED) != 0 || ((page & PAGE_HERE) != 0 && (page & PAGE_OF_FILE) == 0);
}

/* Whether all pages from first up to end are as they are in the file. */
static bool
is_untouched(const struct mapped *m, uintptr_t first, uintptr_t end)
{
	uint64_t pages[256];

	while (first < end) {
		size_t want = end - first < 256 ? end - first : 256;
		ssize_t n = pread(m->pagemap, pages, want * sizeof(pages[0]),
		    (off_t)(first * sizeof(pages[0])));

		if (n < (ssize_t)sizeof(pages[0]))
			return false;
		for (size_t i = 0; i < (size_t)n / sizeof(pages[0]); i++)
			if (is_ours(pages[i]))
				return false;
		first += (size_t)n / sizeof(pages[0]);
	}
	return true;
}

/* Called with no object half loaded: the linker holds its lock. */
static int
give_back_object(struct dl_phdr_info *object, size_t size, void *arg)
{
	const struct mapped *m = arg;

	for (size_t i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
		uintptr_t from = object->dlpi_addr + segment->p_vaddr;
		uintptr_t first = from / m->page_bytes;
		uintptr_t end = (from + segment->p_memsz + m->page_bytes - 1) / m->page_bytes;

		if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W) != 0)
			continue;
		/* Refused where memory is locked, which is as it should be. */
		if (is_untouched(m, first, end))
			(void)madvise((void *)(first * m->page_bytes), (end - first) * m->page_bytes,
			    MADV_DONTNEED);
	}
	return 0;
}

void
mapped_give_back(void)
{
	struct mapped m = {.page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE)};

	m.pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (m.pagemap < 0)
		return;
	(void)dl_iterate_phdr(give_back_object, &m);
	(void)close(m.pagemap);
}
