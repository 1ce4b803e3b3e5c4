#include "config/include.h"

#include "compat/pyrepr.h"
#include "config/folder.h"
#include "config/ini.h"
#include "config/interpolate.h"
#include "config/suggest.h"
#include "config/text.h"
#include "config/yaml.h"
#include "util/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The files of which each is included by the one before it. */
struct chain {
	const struct chain *outer;
	const char *file;
	const char *part; /* of the file, where it has several; or NULL */
	unsigned depth;
	struct place at; /* where the one before names it */
};

static int
merge_option(struct load *l, struct section *to, const struct option *o)
{
	struct option old;

	/* Where one file is too large by itself, that was told. */
	if (section_put(l->arena, to, o, &old) < 0)
		return l->fatal ? -EINVAL
				: load_fatal(l, o->at, "section '%s' has more than %d options",
				      load_quote(l, to->name), SECTION_MAX_OPTIONS);
	if (old.name.p != NULL)
		load_overridden(l, to->name, &old, o);
	if (old.name.p == NULL || slice_eq(to->name, SLICE("DEFAULT")))
		return 0;
	/* Cannot be full: it has no options that the section has not. */
	return section_put(l->arena, to->known, &old, NULL);
}

/* Where the condition of "Init?family=inet6" begins; -1 if the name has none. */
static ptrdiff_t
condition_start(struct slice name)
{
	ptrdiff_t mark = slice_find_char(name, '?', 0);

	return mark > 0 && (size_t)mark + 1 < name.n &&
		       text_is_word(slice_upto(name, (size_t)mark))
		   ? mark
		   : -1;
}

static int
merge_section(struct load *l, struct sections *out, const struct section *from)
{
	ptrdiff_t mark = condition_start(from->name);
	struct slice name = mark < 0 ? from->name : slice_upto(from->name, (size_t)mark);
	struct slice condition = mark < 0 ? SLICE_EMPTY : slice_from(from->name, (size_t)mark);
	bool again = sections_find(out, name) != NULL;
	struct section *to = sections_add(l->arena, out, name, from->at);

	if (to == NULL)
		return l->fatal ? -EINVAL
				: load_fatal(l, from->at, "more than %d sections", SECTIONS_MAX);
	/* From the second file on there is something known, be it nothing: the section of that name. */
	if (again && to->known == NULL) {
		to->known = ARENA_NEW(l->arena, struct section);
		to->known->name = arena_join(l->arena, SLICE("KNOWN/"), to->name, SLICE_EMPTY);
	}
	section_reserve(l->arena, to, from->count);
	for (size_t i = 0; i < from->count; i++) {
		struct option o = from->options[i];

		if (mark >= 0)
			o.name = arena_join(l->arena, o.name, condition, SLICE_EMPTY);
		if (merge_option(l, to, &o) < 0)
			return -EINVAL;
	}
	return 0;
}

int
include_merge(struct load *l, struct sections *out, const struct sections *from)
{
	int r = 0;

	section_reserve(l->arena, &out->defaults, from->defaults.count);
	for (size_t i = 0; i < from->defaults.count; i++)
		if (merge_option(l, &out->defaults, &from->defaults.options[i]) < 0)
			r = -EINVAL;
	for (size_t i = 0; i < from->count; i++)
		if (merge_section(l, out, from->v[i]) < 0)
			r = -EINVAL;
	return r;
}

/* What is left to read of a file of so many bytes, as long as it fits; 0: only its end tells. */
static int
read_rest(int fd, size_t size, struct buf *b)
{
	while (size == 0 || b->n < size) {
		char *room = buf_room(b, 16384);
		ssize_t n;

		if (room == NULL)
			return -EFBIG;
		n = read(fd, room, 16384);
		if (n == 0)
			return 0;
		if (n > 0)
			buf_wrote(b, (size_t)n);
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
}

static bool
same_version(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* -EAGAIN if somebody wrote to the file meanwhile: half of one version fits half of another. */
static int
read_file(int fd, struct buf *b)
{
	struct stat before, after;
	int r;

	if (fstat(fd, &before) < 0)
		return -errno;
	if (S_ISDIR(before.st_mode))
		return -EISDIR;
	if (S_ISFIFO(before.st_mode))
		return -ESPIPE;
	/* One that grows meanwhile is not of this version any more, and is read again. */
	r = read_rest(fd, (size_t)before.st_size, b);
	if (r == 0 && fstat(fd, &after) < 0)
		return -errno;
	return r == 0 && !same_version(&before, &after) ? -EAGAIN : r;
}

int
include_bytes(struct load *l, const char *path, struct slice *out)
{
	struct buf b;
	int fd, r = -EAGAIN;

	buf_init(&b, INI_MAX_BYTES);
	for (unsigned tries = 0; r == -EAGAIN && tries < INCLUDE_TRIES; tries++) {
		buf_clear(&b);
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (fd < 0) {
			r = -errno;
			break;
		}
		r = read_file(fd, &b);
		(void)close(fd); /* was only read */
	}
	if (r == 0)
		*out = arena_copy(l->arena, buf_slice(&b));
	buf_done(&b);
	return r;
}

/* What name means in a file of the folder dir. */
static const char *
path_join(struct load *l, struct slice dir, struct slice name)
{
	if (name.n > 0 && name.p[0] == '/')
		return arena_copy(l->arena, name).p;
	return arena_join(l->arena, dir, SLICE("/"), name).p;
}

static struct slice
path_dir(struct slice path)
{
	size_t n = path.n;

	while (n > 0 && path.p[n - 1] != '/')
		n--;
	return n > 0 ? slice_upto(path, n - 1) : SLICE(".");
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

#define NAMED_MAX 4
#define FILES_MAX (INCLUDE_MAX_FILES * 64) /* in one load, each as often as it counts */
#define NAMED_MAX_BYTES ((size_t)3 * 1024) /* a message holds a little more */

/* What is read of a file: all of it, or one part. */
struct path {
	const char *path; /* NULL ends a list */
	const char *part; /* or NULL */
	struct slice key; /* what it is sorted by */
};

/*
 * What a path in an include stands for, in order: the file in both forms, and its local twin in
 * both.
 */
static void
path_forms(struct load *l, const char *path, struct path out[NAMED_MAX + 1])
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

/* What files say, in the order in which they are merged; a file may come more than once. */
struct files {
	struct file {
		const char *path;
		const struct sections *says;
	} * v;
	size_t count, cap;
};

static int include_files(struct load *l, const struct chain *outer, struct path *paths,
    struct place named, struct files *out);

static void
files_add(struct arena *a, struct files *f, const struct files *from)
{
	struct file *grown;
	size_t cap = f->cap > 0 ? f->cap : 8;

	while (cap < f->count + from->count)
		cap *= 2;
	if (cap > f->cap) {
		grown = arena_array(a, cap, sizeof(*grown));
		if (f->count > 0)
			memcpy(grown, f->v, f->count * sizeof(*grown));
		f->v = grown;
		f->cap = cap;
	}
	if (from->count > 0)
		memcpy(f->v + f->count, from->v, from->count * sizeof(*f->v));
	f->count += from->count;
}

/* Counts n files of this load; -EINVAL after it was reported that these are too many. */
static int
files_count(struct load *l, size_t n, struct place at)
{
	if (l->files_read > FILES_MAX)
		return -EINVAL; /* was told */
	l->files_read += n;
	return l->files_read > FILES_MAX ? load_fatal(l, at, "more than %d files", FILES_MAX) : 0;
}

static bool
any_exists(struct load *l, const struct path *forms)
{
	for (; forms->path != NULL; forms++)
		if (folder_has(l, forms->path))
			return true;
	return false;
}

/* fail2ban goes on without it and says nothing. */
static void
include_missing(struct load *l, struct place at, struct slice dir, struct slice name)
{
	struct suggestion near = suggest_begin(include_stem(name));

	suggest_offer_files(&near, l->arena, arena_copy(l->arena, dir).p);
	load_note(l, DIAG_WARNING, "", at, "the file '%s' to be included does not exist%s",
	    load_quote(l, name), suggest_text(l, &near));
}

/* Whether the file that names path was come to through path. */
static bool
chain_has(const struct chain *chain, const char *path)
{
	for (const struct chain *c = chain->outer; c != NULL; c = c->outer)
		if (strcmp(c->file, path) == 0)
			return true;
	return false;
}

/* Adds the files that option ("before" or "after") of the file's [INCLUDES] names. */
static int
include_list(struct load *l, const struct chain *chain, const struct sections *file,
    struct slice option, struct files *out)
{
	struct scope scope = {.tree = file, .section = sections_find(file, SLICE("INCLUDES"))};
	struct slice dir = path_dir(slice_cstr(chain->file)), rest, line;
	struct traced list;
	int r = 0;

	if (scope.section == NULL)
		return 0;
	r = scope_value(l, &scope, option, &list);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	for (rest = list.text; slice_next(&rest, '\n', &line);) {
		struct slice name = text_trim(line);
		struct place at = traced_place(&list, (size_t)(name.p - list.text.p), name.n);
		const char *path = path_join(l, dir, name);
		struct path forms[NAMED_MAX + 1];

		if (name.n == 0 || chain_has(chain, path))
			continue;
		path_forms(l, path, forms);
		if (l->lint && !any_exists(l, forms) && !include_is_local(name))
			include_missing(l, at, dir, name);
		if (include_files(l, chain, forms, at, out) < 0)
			r = -EINVAL;
	}
	return r;
}

static int
include_unreadable(struct load *l, struct place at, int error)
{
	return load_error(l, "configreader", at, "Could not read config files: %s: %s", at.file,
	    error == -EILSEQ   ? "it is not UTF-8"
	    : error == -EFBIG  ? "it is larger than 4 MiB"
	    : error == -ESPIPE ? "it is a pipe, not a file"
	    : error == -EAGAIN ? "it changes while it is read; try again"
			       : strerror(-error));
}

/*
 * What one file says, from this load's memory if it was read before; of a wrong one, what is right.
 * A part is read once only.
 */
static int
file_parse(struct load *l, const char *path, const char *part, struct sections **out)
{
	struct slice key = slice_cstr(path), text;
	int r;

	*out = l->cache != NULL ? table_get(&l->cache->files, key) : NULL;
	if (*out != NULL)
		return 0;
	*out = ARENA_NEW(l->arena, struct sections);
	r = include_bytes(l, path, &text);
	if (r == 0 && part != NULL)
		return yaml_parse_part(l, text, path, part, *out);
	if (r == 0 && include_is_yaml(key))
		r = yaml_parse(l, text, path, *out);
	else if (r == 0)
		r = ini_parse(l, text, path, *out);
	if (r == 0 && l->cache != NULL)
		(void)table_put(&l->cache->files, key, *out); /* there was none */
	return r;
}

/* Parses a file, all of whose places then know how it was come to. */
static int
included_parse(struct load *l, const struct chain *chain, struct sections **out)
{
	struct place *named = NULL;
	int r;

	if (chain->outer != NULL) {
		named = ARENA_NEW(l->arena, struct place);
		*named = chain->at;
	}
	l->included = named;
	r = file_parse(l, chain->file, chain->part, out);
	/* fail2ban goes on without an included folder, and one that is not UTF-8 and was reported. */
	if ((r == -EISDIR && chain->outer != NULL) ||
	    (r == -EILSEQ && chain->outer != NULL && !l->thorough))
		r = 0;
	else if (r < 0 && r != -EINVAL)
		r = include_unreadable(
		    l, (struct place){.file = chain->file, .included = named}, r);
	l->included = NULL;
	return r;
}

/* Adds a file between those that it includes. */
static int
include_file(struct load *l, const struct chain *outer, const struct path *path,
    struct place named, struct files *out)
{
	struct chain chain = {
	    outer, path->path, path->part, outer != NULL ? outer->depth + 1 : 0, named};
	struct place at = outer != NULL ? named : (struct place){.file = path->path};
	struct sections *says;
	struct file one = {.path = path->path};
	int failed = 0;

	if (chain.depth > INCLUDE_MAX_DEPTH)
		return l->fatal ? -EINVAL
				: load_fatal(l, at, "files include each other more than %d deep",
				      INCLUDE_MAX_DEPTH);
	if (files_count(l, 1, at) < 0)
		return -EINVAL;
	failed |= included_parse(l, &chain, &says);
	failed |= include_list(l, &chain, says, SLICE("before"), out);
	one.says = says;
	files_add(l->arena, out, &(struct files){&one, 1, 1});
	failed |= include_list(l, &chain, says, SLICE("after"), out);
	return failed != 0 ? -EINVAL : 0;
}

/* Leaves the first path and those of the others that exist, and returns them as one text. */
static struct slice
paths_existing(struct load *l, struct path *paths)
{
	struct slice key = arena_join(l->arena, slice_cstr(paths[0].path), SLICE("\n"),
	    slice_cstr(paths[0].part != NULL ? paths[0].part : ""));
	struct path *end = paths + 1;

	for (const struct path *p = end; p->path != NULL; p++)
		if (folder_has(l, p->path)) {
			key = arena_join(l->arena, key, SLICE("\n"), slice_cstr(p->path));
			*end++ = *p;
		}
	end->path = NULL;
	return key;
}

/*
 * Adds the files at these paths, those that exist, each between what it includes. What they stand
 * for is found out once in a load: where files include each other, it depends on the one that was
 * met first what is left out to end the loop. Source: observed.
 */
static int
include_files(struct load *l, const struct chain *outer, struct path *paths, struct place named,
    struct files *out)
{
	struct slice key = paths_existing(l, paths);
	struct files *kept = l->cache != NULL ? table_get(&l->cache->included, key) : NULL;
	int failed = 0;

	if (kept != NULL) {
		files_add(l->arena, out, kept);
		return files_count(l, kept->count, named);
	}
	kept = ARENA_NEW(l->arena, struct files);
	for (size_t i = 0; paths[i].path != NULL; i++)
		if (i > 0 || folder_has(l, paths[i].path))
			failed |= include_file(l, outer, &paths[i], named, kept);
	if (failed == 0 && l->cache != NULL)
		(void)table_put(&l->cache->included, key, kept); /* the last one counts */
	files_add(l->arena, out, kept);
	return failed;
}

/* Paths in a growing array. */
struct paths {
	struct path *v;
	size_t count, cap;
};

static void
paths_add(struct paths *p, struct path path)
{
	if (p->count == p->cap) {
		p->cap = p->cap > 0 ? 2 * p->cap : 8;
		p->v = mem_grow(p->v, p->cap, sizeof(*p->v));
	}
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

/* The files of that form in dir that are not hidden, in the order of what they are in ini. */
static void
paths_add_folder(struct load *l, struct paths *p, const char *dir, const struct form *form)
{
	DIR *d = folder_has(l, dir) ? opendir(dir) : NULL;
	struct dirent *e;
	size_t first = p->count;

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL && p->count < INCLUDE_MAX_FILES) {
		struct slice name = slice_cstr(e->d_name);
		const char *path;

		if (name.p[0] == '.')
			continue;
		path = path_join(l, slice_cstr(dir), name);
		if (form_has(form, name))
			paths_add(p,
			    (struct path){path, NULL,
				arena_join(
				    l->arena, include_stem(name), form->ini, SLICE_EMPTY)});
		else if (slice_ends(name, SLICE(".yml")) && !include_is_local(form->ini))
			load_note(l, DIAG_WARNING, "configreader", (struct place){path, 0, 0},
			    "is not read; files of this form end in '.yaml'");
	}
	(void)closedir(d); /* was only read */
	if (p->count > first)
		qsort(p->v + first, p->count - first, sizeof(*p->v), path_order);
}

/* The one file that has parts. Like jail.local it is the administrator's. */
static void
paths_add_single(struct load *l, struct paths *p, struct slice name)
{
	const char *part = slice_eq(name, SLICE("jail"))       ? YAML_JAILS
			   : slice_eq(name, SLICE("fail2ban")) ? YAML_SERVER
							       : NULL;
	const char *path = path_join(l, l->dir, SLICE(INCLUDE_SINGLE));

	if (part != NULL && folder_has(l, path))
		paths_add(p, (struct path){path, part, SLICE_EMPTY});
}

static void
paths_find(struct load *l, struct paths *p, struct slice name)
{
	static const struct form forms[] = {
	    {{".conf", 5}, {".yaml", 5}},
	    {{".local", 6}, {".local.yaml", 11}},
	};
	struct slice stem = slice_cstr(path_join(l, l->dir, name));
	const char *dir = arena_join(l->arena, stem, SLICE(".d"), SLICE_EMPTY).p;

	for (size_t i = 0; i < 2; i++) {
		const struct slice both[] = {forms[i].ini, forms[i].yaml};

		for (size_t k = 0; k < 2; k++) {
			const char *file = arena_join(l->arena, stem, both[k], SLICE_EMPTY).p;

			if (folder_has(l, file))
				paths_add(p, (struct path){file, NULL, SLICE_EMPTY});
		}
		if (i == 1)
			paths_add_single(l, p, name);
		paths_add_folder(l, p, dir, &forms[i]);
	}
}

struct slice
include_path(struct load *l, struct slice name)
{
	return arena_printf(l->arena, "%s.conf", path_join(l, l->dir, name));
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

/* Says which files are merged, in the words of fail2ban's -v. */
static void
files_tell(struct load *l, const struct files *f)
{
	struct buf named;
	bool all = true;

	buf_init(&named, NAMED_MAX_BYTES);
	for (size_t i = 0; i < f->count && all; i++) {
		size_t before = named.n;

		if (i > 0)
			buf_add_cstr(&named, ", ");
		pyrepr_text(&named, slice_cstr(f->v[i].path));
		all = !buf_refused(&named);
		if (!all)
			buf_cut(&named, before);
	}
	load_note(l, DIAG_INFO, "configparserinc", (struct place){0}, "  Loading files: [%s%s]",
	    buf_cstr(&named), all ? "" : ", ...");
	buf_done(&named);
}

/* The files of one definition, one after another. */
static int
include_paths(struct load *l, struct slice name, struct path *paths, struct sections *out)
{
	struct files files = {0};
	int r;

	if (l->verbose)
		load_note(l, DIAG_INFO, "configreader", (struct place){0},
		    "Loading configs for %s under %s ", load_quote(l, name), load_quote(l, l->dir));
	r = include_files(l, NULL, paths, (struct place){0}, &files);
	for (size_t i = 0; i < files.count; i++)
		if (include_merge(l, out, files.v[i].says) < 0)
			r = -EINVAL;
	if (l->verbose)
		files_tell(l, &files);
	return r;
}

int
include_read(struct load *l, struct slice name, struct sections *out)
{
	struct paths p = {0};
	int r;

	out->defaults.name = SLICE("DEFAULT");
	if (memchr(name.p, '\0', name.n) == NULL)
		paths_find(l, &p, name);
	if (p.count == 0) {
		(void)load_error(l, "configreader", (struct place){0},
		    "Found no accessible config files for %s under %.*s", load_repr(l, name),
		    SLICE_ARG(l->dir));
		r = -ENOENT;
	} else {
		paths_add(&p, (struct path){0}); /* the end */
		r = include_paths(l, name, p.v, out);
	}
	mem_free(p.v);
	return r;
}
