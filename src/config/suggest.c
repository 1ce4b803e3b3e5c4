#include "config/suggest.h"

#include "config/include.h"

#include <dirent.h>

#define NAME_MAX_BYTES 64
#define BEGIN_MIN_BYTES 4 /* of a name, to offer a longer one */

/* Reuses of three rows in turn: this one, the one above, and the one above that. */
unsigned
suggest_distance(struct slice a, struct slice b, unsigned limit)
{
	unsigned rows[3][NAME_MAX_BYTES + 1];
	unsigned *row = rows[0], *above = rows[1], *twice = rows[2];

	if (a.n > NAME_MAX_BYTES || b.n > NAME_MAX_BYTES)
		return limit + 1;
	for (unsigned j = 0; j <= b.n; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a.n; i++) {
		unsigned *reused = twice;
		char x = char_lower(a.p[i - 1]);

		twice = above;
		above = row;
		row = reused;
		row[0] = i;
		for (unsigned j = 1; j <= b.n; j++) {
			char y = char_lower(b.p[j - 1]);
			unsigned change = above[j - 1] + (x != y);
			unsigned least = above[j] < row[j - 1] ? above[j] + 1 : row[j - 1] + 1;

			if (i > 1 && j > 1 && x == char_lower(b.p[j - 2]) &&
			    y == char_lower(a.p[i - 2]) && twice[j - 2] + 1 < least)
				least = twice[j - 2] + 1;
			row[j] = change < least ? change : least;
		}
	}
	return row[b.n] <= limit ? row[b.n] : limit + 1;
}

struct suggestion
suggest_begin(struct slice wanted)
{
	unsigned most = wanted.n < 3 ? 0 : wanted.n < 6 ? 1 : wanted.n < 11 ? 2 : 3;

	return (struct suggestion){.wanted = wanted, .distance = most + 1};
}

void
suggest_offer(struct suggestion *s, struct slice name)
{
	unsigned distance;

	if (name.n == 0)
		return;
	if (slice_eq(name, s->wanted)) {
		s->known = true;
		return;
	}
	if (s->wanted.n >= BEGIN_MIN_BYTES && slice_starts(name, s->wanted) &&
	    (s->longer.p == NULL || name.n < s->longer.n ||
		(name.n == s->longer.n && slice_cmp(name, s->longer) < 0)))
		s->longer = name;
	distance = suggest_distance(name, s->wanted, s->distance);
	/* Of two that are as near, always the same one, whatever the order of a folder is. */
	if (distance > s->distance || (distance == s->distance && s->name.p == NULL) ||
	    (distance == s->distance && slice_cmp(name, s->name) >= 0))
		return;
	s->distance = distance;
	s->name = name;
}

void
suggest_offer_words(struct suggestion *s, const char *const *words)
{
	for (; *words != NULL; words++)
		suggest_offer(s, slice_cstr(*words));
}

void
suggest_offer_files(struct suggestion *s, struct arena *a, const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL)
		if (include_is_config(slice_cstr(e->d_name)))
			suggest_offer(s, include_stem(arena_copy(a, slice_cstr(e->d_name))));
	(void)closedir(d); /* was only read */
}

const char *
suggest_text(struct load *l, const struct suggestion *s)
{
	if (s->known || s->name.p == NULL)
		return "";
	return arena_printf(l->arena, "; did you mean '%s'?", load_quote(l, s->name)).p;
}
