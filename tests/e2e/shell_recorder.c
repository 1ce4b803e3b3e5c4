/*
 * Stands in for /bin/sh in tests/e2e/hostile.sh: runs nothing, and appends how it was called to the
 * file that RECORD names, as one record: number of bytes that follow, of arguments, of variables
 * of the environment, then each with its length before it. All numbers have 32 bits.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static char *record;
static size_t used;

static void
add(const void *p, size_t n)
{
	record = realloc(record, used + n);
	if (record == NULL)
		_exit(99);
	memcpy(record + used, p, n);
	used += n;
}

static uint32_t
add_all(char **texts, size_t count_at)
{
	uint32_t count = 0;

	for (; texts[count] != NULL; count++) {
		uint32_t n = (uint32_t)strlen(texts[count]);

		add(&n, sizeof(n));
		add(texts[count], n);
	}
	memcpy(record + count_at, &count, sizeof(count));
	return count;
}

int
main(int argc, char **argv)
{
	const uint32_t head[3] = {0};
	const char *path = getenv("RECORD");
	uint32_t total;
	int fd;

	(void)argc;
	add(head, sizeof(head));
	add_all(argv, 4);
	add_all(environ, 8);
	total = (uint32_t)(used - 4);
	memcpy(record, &total, sizeof(total));
	fd = path != NULL ? open(path, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;
	if (fd < 0 || write(fd, record, used) != (ssize_t)used)
		_exit(98);
	return 0;
}
