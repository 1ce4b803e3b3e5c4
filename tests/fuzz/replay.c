/*
 * Replays a corpus through a fuzz target without libFuzzer: every file named, and every file in
 * every folder named, goes once through LLVMFuzzerTestOneInput().
 */
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned replayed;

static void
replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data;
	size_t n;

	if (f == NULL) {
		perror(path);
		exit(1);
	}
	/* Exactly as long as the file, so that a read past its end is seen. */
	(void)fseek(f, 0, SEEK_END);
	n = (size_t)ftell(f);
	(void)fseek(f, 0, SEEK_SET);
	data = malloc(n > 0 ? n : 1);
	if (data == NULL || fread(data, 1, n, f) != n) {
		perror(path);
		exit(1);
	}
	(void)fclose(f);
	(void)LLVMFuzzerTestOneInput(data, n);
	free(data);
	replayed++;
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		DIR *d = opendir(argv[i]);
		struct dirent *e;
		char path[PATH_MAX];

		if (d == NULL) {
			replay_file(argv[i]);
			continue;
		}
		while ((e = readdir(d)) != NULL) {
			if (e->d_name[0] == '.')
				continue;
			(void)snprintf(path, sizeof(path), "%s/%s", argv[i], e->d_name);
			replay_file(path);
		}
		(void)closedir(d);
	}
	printf("%u inputs replayed\n", replayed);
	return replayed > 0 ? 0 : 1;
}
