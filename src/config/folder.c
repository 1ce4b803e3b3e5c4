#include "config/folder.h"

#include "util/mem.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

struct folder {
	struct entry {
		struct slice name;
		bool file; /* certainly, and not a link */
	} * v;		   /* by name; NULL: not listed */
	size_t count;
};

static int
entry_order(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return slice_cmp(x->name, y->name);
}

/* Lists d; false if it has too many entries. The list is the caller's to free. */
static bool
folder_read(struct arena *a, DIR *d, struct folder *out)
{
	struct dirent *e;
	size_t cap = 0;

	while ((e = readdir(d)) != NULL) {
		if (out->count == FOLDER_MAX_ENTRIES)
			return false;
		out->v = mem_room(out->v, out->count, &cap, sizeof(*out->v), 64);
		out->v[out->count++] = (struct entry){
		    .name = arena_copy(a, slice_cstr(e->d_name)), .file = e->d_type == DT_REG};
	}
	return true;
}

static struct folder *
folder_list(struct arena *a, const char *dir)
{
	struct folder *out = ARENA_NEW(a, struct folder), list = {0};
	DIR *d = opendir(dir);

	if (d == NULL)
		return out;
	if (folder_read(a, d, &list) && list.count > 0) {
		out->v = arena_array(a, list.count, sizeof(*out->v));
		memcpy(out->v, list.v, list.count * sizeof(*out->v));
		out->count = list.count;
		qsort(out->v, out->count, sizeof(*out->v), entry_order);
	}
	mem_free(list.v);
	(void)closedir(d); /* was only read */
	return out;
}

static const struct folder *
folder_get(struct load *l, struct slice dir)
{
	struct folder *f = table_get(&l->cache->folders, dir);

	if (f == NULL) {
		dir = arena_copy(l->arena, dir);
		f = folder_list(l->arena, dir.n > 0 ? dir.p : ".");
		(void)table_put(&l->cache->folders, dir, f); /* there was none */
	}
	return f;
}

bool
folder_has(struct load *l, const char *path)
{
	struct slice name = slice_cstr(path);
	const struct entry *hit;
	const struct folder *f;
	struct entry wanted;
	struct stat st;
	size_t dir = name.n;

	while (dir > 0 && path[dir - 1] != '/')
		dir--;
	f = l->cache != NULL ? folder_get(l, slice_upto(name, dir)) : NULL;
	if (f == NULL || f->v == NULL || dir == name.n)
		return stat(path, &st) == 0;
	wanted.name = slice_from(name, dir);
	hit = bsearch(&wanted, f->v, f->count, sizeof(*f->v), entry_order);
	return hit != NULL && (hit->file || stat(path, &st) == 0);
}
