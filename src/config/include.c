#include "config/include.h"

#include "config/include_path.h"
#include "compat/pyrepr.h"
#include "config/folder.h"
#include "config/ini.h"
#include "config/interpolate.h"
#include "config/suggest.h"
#include "config/text.h"
#include "config/yaml.h"
#include "util/mem.h"

#include <errno.h>

/* The files of which each is included by the one before it. */
struct chain {
	const struct chain *outer;
	const char *file;
	const char *part; /* of the file, where it has several; or NULL */
	unsigned depth;
	struct place at; /* where the one before names it */
};

#define FILES_MAX (INCLUDE_MAX_FILES * 64) /* in one load, each as often as it counts */
#define NAMED_MAX_BYTES ((size_t)3 * 1024) /* a message holds a little more */

static struct slice
path_dir(struct slice path)
{
	size_t n = path.n;

	while (n > 0 && path.p[n - 1] != '/')
		n--;
	return n > 0 ? slice_upto(path, n - 1) : SLICE(".");
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
		const char *path = include_path_join(l, dir, name);
		struct path forms[NAMED_MAX + 1];

		if (name.n == 0 || chain_has(chain, path))
			continue;
		include_path_forms(l, path, forms);
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
	struct path *paths = NULL;
	size_t count = 0;
	int r = 0;

	out->defaults.name = SLICE("DEFAULT");
	if (memchr(name.p, '\0', name.n) == NULL)
		r = include_path_find(l, name, &paths, &count);
	if (r == 0 && count == 0) {
		(void)load_error(l, "configreader", (struct place){0},
		    "Found no accessible config files for %s under %.*s", load_repr(l, name),
		    SLICE_ARG(l->dir));
		r = -ENOENT;
	} else if (r == 0) {
		r = include_paths(l, name, paths, out);
	}
	mem_free(paths);
	return r;
}
