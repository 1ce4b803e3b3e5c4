#include "config/include_path.h"

#include "config/folder.h"
#include "config/include.h"
#include "config/yaml.h"
#include "util/mem.h"

#include <dirent.h>
#include <errno.h>
#include <unistd.h>

const char *
include_path_join(struct load *l, struct slice dir, struct slice name)
{
	if (name.n > 0 && name.p[0] == '/')
		return arena_copy(l->arena, name).p;
	return arena_join(l->arena, dir, SLICE("/"), name).p;
}

static const char *const endings[] = {".local.yaml", ".yaml", ".conf", ".local"};

#define ENDING_COUNT (sizeof(endings) / sizeof(endings[0]))

bool
include_is_config(struct slice path)
{
	for (size_t i = 0; i < ENDING_COUNT; i++)
		if (slice_ends(path, slice_cstr(endings[i])))
			return true;
	return false;
}

bool
include_is_yaml(struct slice path)
{
	return slice_ends(path, SLICE(".yaml"));
}

bool
include_is_local(struct slice path)
{
	return slice_ends(path, SLICE(".local")) || slice_ends(path, SLICE(".local.yaml"));
}

bool
include_is_single(struct slice path)
{
	size_t end = path.n;

	if (!slice_ends(path, SLICE(INCLUDE_SINGLE)))
		return false;
	end -= strlen(INCLUDE_SINGLE);
	return end == 0 || (path.p[end - 1] == '/' && !slice_ends(slice_upto(path, end), SLICE(".d/")));
}

struct slice
include_stem(struct slice path)
{
	size_t n = path.n;

	for (size_t i = 0; i < ENDING_COUNT; i++)
		if (slice_ends(path, slice_cstr(endings[i])))
			return slice_upto(path, path.n - strlen(endings[i]));
	while (n > 0 && path.p[n - 1] != '.' && path.p[n - 1] != '/')
		n--;
	return n > 0 && path.p[n - 1] == '.' ? slice_upto(path, n - 1) : path;
}

void
include_path_forms(struct load *l, const char *path, struct path out[NAMED_MAX + 1])
{
	struct slice s = slice_cstr(path), stem = include_stem(s);
	size_t n = 0;

	memset(out, 0, (NAMED_MAX + 1) * sizeof(*out));
	if (slice_ends(s, SLICE(".conf")) ||
	    (slice_ends(s, SLICE(".yaml")) && !include_is_local(s))) {
		out[n++].path = arena_join(l->arena, stem, SLICE(".conf"), SLICE_EMPTY).p;
		out[n++].path = arena_join(l->arena, stem, SLICE(".yaml"), SLICE_EMPTY).p;
	} else if (!include_is_local(s))
		out[n++].path = path;
	out[n++].path = arena_join(l->arena, stem, SLICE(".local"), SLICE_EMPTY).p;
	out[n++].path = arena_join(l->arena, stem, SLICE(".local.yaml"), SLICE_EMPTY).p;
}

struct slice
include_path(struct load *l, struct slice name)
{
	return arena_printf(l->arena, "%s.conf", include_path_join(l, l->dir, name));
}

struct slice
include_name(struct load *l, const char *folder, struct slice name)
{
	char cwd[4096];

	if (slice_starts(name, SLICE("./")) && getcwd(cwd, sizeof(cwd)) != NULL)
		return arena_join(l->arena, slice_cstr(cwd), slice_from(name, 1), SLICE_EMPTY);
	if (slice_starts(name, SLICE("/")))
		return name;
	return arena_join(l->arena, slice_cstr(folder), SLICE("/"), name);
}

/* Paths in a growing array. */
struct paths {
	struct path *v;
	size_t count, cap;
};

static void
paths_add(struct paths *p, struct path path)
{
	p->v = mem_room(p->v, p->count, &p->cap, sizeof(*p->v), 8);
	p->v[p->count++] = path;
}

/* By name; of two forms of one name the ini file comes first. */
static int
path_order(const void *a, const void *b)
{
	const struct path *x = a, *y = b;
	int r = slice_cmp(x->key, y->key);

	return r != 0 ? r : strcmp(x->path, y->path);
}

/* Where a file of a kind stands in the order: ".conf" and ".yaml", ".local" and ".local.yaml". */
struct form {
	struct slice ini, yaml;
};

static bool
form_has(const struct form *f, struct slice name)
{
	return slice_ends(name, f->ini) ||
	       (slice_ends(name, f->yaml) && include_is_local(name) == include_is_local(f->ini));
}

/* Whether a file was likely meant to be read, but has an ending that is none of ours. */
static bool
misnamed(struct slice name)
{
	static const char *const others[] = {".txt", ".cfg", ".cnf", ".config", ".ini", NULL};

	for (size_t i = 0; others[i] != NULL; i++)
		if (slice_ends(name, slice_cstr(others[i])))
			return !slice_starts(name, SLICE("README"));
	return false;
}

/* The files of that form in dir that are not hidden, in the order of what they are in ini. */
static int
paths_add_folder(struct load *l, struct paths *p, const char *dir, const struct form *form)
{
	DIR *d = folder_has(l, dir) ? opendir(dir) : NULL;
	struct dirent *e;
	size_t first = p->count;
	int r = 0;

	if (d == NULL)
		return 0;
	while (r == 0 && (e = readdir(d)) != NULL) {
		struct slice name = slice_cstr(e->d_name);
		const char *path;

		if (name.p[0] == '.')
			continue;
		path = include_path_join(l, slice_cstr(dir), name);
		if (form_has(form, name) && p->count == INCLUDE_MAX_FILES)
			r = load_fatal(l, (struct place){.file = dir}, "more than %d files",
			    INCLUDE_MAX_FILES);
		else if (form_has(form, name))
			paths_add(p,
			    (struct path){path, NULL,
				arena_join(
				    l->arena, include_stem(name), form->ini, SLICE_EMPTY)});
		else if (slice_ends(name, SLICE(".yml")) && !include_is_local(form->ini))
			load_note(l, DIAG_WARNING, "configreader", (struct place){path, 0, 0},
			    "is not read; files of this form end in '.yaml'");
		else if (l->lint && misnamed(name))
			load_note(l, DIAG_WARNING, "configreader", (struct place){path, 0, 0},
			    "is not read; files of this folder end in '.conf' or '.local'");
	}
	(void)closedir(d); /* was only read */
	if (p->count > first)
		qsort(p->v + first, p->count - first, sizeof(*p->v), path_order);
	return r;
}

/* The one file that has parts. Like jail.local it is the administrator's. */
static void
paths_add_single(struct load *l, struct paths *p, struct slice name)
{
	const char *part = slice_eq(name, SLICE("jail"))       ? YAML_JAILS
			   : slice_eq(name, SLICE("fail2ban")) ? YAML_SERVER
							       : NULL;
	const char *path = include_path_join(l, l->dir, SLICE(INCLUDE_SINGLE));

	if (part != NULL && folder_has(l, path))
		paths_add(p, (struct path){path, part, SLICE_EMPTY});
}

int
include_path_find(struct load *l, struct slice name, struct path **out, size_t *count)
{
	static const struct form forms[] = {
	    {{".conf", 5}, {".yaml", 5}},
	    {{".local", 6}, {".local.yaml", 11}},
	};
	struct slice stem = slice_cstr(include_path_join(l, l->dir, name));
	const char *dir = arena_join(l->arena, stem, SLICE(".d"), SLICE_EMPTY).p;
	struct paths p = {0};
	int r = 0;

	for (size_t i = 0; i < 2; i++) {
		const struct slice both[] = {forms[i].ini, forms[i].yaml};

		for (size_t k = 0; k < 2; k++) {
			const char *file = arena_join(l->arena, stem, both[k], SLICE_EMPTY).p;

			if (folder_has(l, file))
				paths_add(&p, (struct path){file, NULL, SLICE_EMPTY});
		}
		if (i == 1)
			paths_add_single(l, &p, name);
		r |= paths_add_folder(l, &p, dir, &forms[i]);
	}
	*count = p.count;
	paths_add(&p, (struct path){0}); /* the end */
	*out = p.v;
	return r < 0 ? -EINVAL : 0;
}
