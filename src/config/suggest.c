#include "config/suggest.h"

#include "config/include.h"

#include <dirent.h>

#define NAME_MAX_BYTES 64

unsigned
suggest_distance(struct slice a, struct slice b, unsigned limit)
{
	unsigned row[NAME_MAX_BYTES + 1];

	if (a.n > NAME_MAX_BYTES || b.n > NAME_MAX_BYTES)
		return limit + 1;
	for (unsigned j = 0; j <= b.n; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a.n; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= b.n; j++) {
			unsigned change = diagonal + (a.p[i - 1] != b.p[j - 1]);
			unsigned least = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;

			diagonal = row[j];
			row[j] = change < least ? change : least;
		}
	}
	return row[b.n] <= limit ? row[b.n] : limit + 1;
}

bool
suggest_file(const char *folder, struct slice name, struct buf *out)
{
	unsigned best = name.n < 6 ? 2 : 3;
	DIR *d = opendir(folder);
	struct dirent *e;
	bool found = false;

	if (d == NULL)
		return false;
	while ((e = readdir(d)) != NULL) {
		struct slice file = slice_cstr(e->d_name), stem;
		unsigned distance;

		if (!include_is_config(file))
			continue;
		stem = include_stem(file);
		distance = suggest_distance(stem, name, best);
		if (stem.n == 0 || distance > best ||
		    (found && distance == best && slice_cmp(stem, buf_slice(out)) >= 0))
			continue;
		best = distance;
		found = true;
		buf_clear(out);
		buf_add(out, stem);
	}
	(void)closedir(d); /* was only read */
	return found;
}
