#include "manage/convert.h"

#include "config/include.h"
#include "config/ini.h"
#include "config/rewrite.h"
#include "config/text.h"
#include "config/yaml.h"
#include "manage/schema.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_MAX_DEPTH 8

enum target { TO_OTHER, TO_YAML, TO_INI };

struct convert {
	const char *dir;
	const char *outdir; /* NULL: files to standard output */
	enum target to;
	bool schema;
	char **files;
	int file_count;
	struct stat out; /* of outdir, which may lie in dir and must not be walked */
	bool failed;
};

static int
usage(const char *found)
{
	printf("ERROR: convert: %s; expected [-c DIR] [--to yaml|ini] FILE... or --all OUTDIR\n",
	    found);
	return -EINVAL;
}

static int
take_target(struct convert *cv, const char *word)
{
	if (strcmp(word, "yaml") == 0)
		cv->to = TO_YAML;
	else if (strcmp(word, "ini") == 0)
		cv->to = TO_INI;
	else
		return usage("--to is neither yaml nor ini");
	return 0;
}

static int
take_words(struct convert *cv, char **words, int count)
{
	int i;

	for (i = 0; i < count && words[i][0] == '-' && words[i][1] != '\0'; i++) {
		bool more = i + 1 < count;

		if (strcmp(words[i], "--schema") == 0)
			cv->schema = true;
		else if (strcmp(words[i], "--") == 0) {
			i++;
			break;
		} else if (!more)
			return usage("an option is unknown, or its value is missing");
		else if (strcmp(words[i], "--to") == 0) {
			if (take_target(cv, words[++i]) < 0)
				return -EINVAL;
		} else if (strcmp(words[i], "--all") == 0)
			cv->outdir = words[++i];
		else if (strcmp(words[i], "-c") == 0)
			cv->dir = words[++i];
		else
			return usage("an option is unknown");
	}
	cv->files = words + i;
	cv->file_count = count - i;
	if (!cv->schema && (cv->outdir != NULL) == (cv->file_count > 0))
		return usage(cv->outdir != NULL ? "files beside --all" : "no file is named");
	return 0;
}

static bool
to_yaml(const struct convert *cv, const char *path)
{
	return cv->to == TO_OTHER ? !include_is_yaml(slice_cstr(path)) : cv->to == TO_YAML;
}

/* The name of a configuration file in the form wanted. */
static struct slice
new_name(struct arena *a, struct slice name, bool yaml)
{
	bool local = include_is_local(name);
	const char *ending = local ? (yaml ? ".local.yaml" : ".local") : (yaml ? ".yaml" : ".conf");

	return arena_printf(a, "%.*s%s", SLICE_ARG(include_stem(name)), ending);
}

/* Files that are named to be included get their new names too, where they lie beside this one. */
static void
rename_includes(struct load *l, struct sections *tree, bool yaml)
{
	struct section *s = sections_get(tree, SLICE("INCLUDES"));
	struct slice rest, line;
	struct buf text;

	for (size_t i = 0; s != NULL && i < s->count; i++) {
		buf_init(&text, TRACED_MAX_BYTES);
		for (rest = s->options[i].value.text; slice_next(&rest, '\n', &line);) {
			struct slice name = text_trim(line);

			if (text.n > 0)
				buf_add_char(&text, '\n');
			if (include_is_config(name) && !slice_starts(name, SLICE("/")))
				name = new_name(l->arena, name, yaml);
			buf_add(&text, name);
		}
		s->options[i].value.text = arena_copy(l->arena, buf_slice(&text));
		buf_done(&text);
	}
}

static int
parse(struct load *l, struct slice text, const char *path, bool yaml, struct sections *out)
{
	return yaml ? yaml_parse(l, text, path, out) : ini_parse(l, text, path, out);
}

/* What was written must say what was read. */
static int
check(struct load *l, const struct sections *tree, struct slice text, const char *path, bool yaml)
{
	struct load silent = {.arena = l->arena, .dir = l->dir, .header = l->header};
	const struct option *differs = NULL;
	struct sections again;
	int r = parse(&silent, text, path, yaml, &again);
	const char *form = yaml ? "YAML" : "an ini file";

	if (rewrite_same(tree, &again, &differs) && r == 0)
		return 0;
	if (differs != NULL)
		return load_fatal(l, differs->at, "'%s' cannot be said in %s: '%s'",
		    load_quote(l, differs->name), form, load_quote(l, differs->value.text));
	return load_fatal(l, (struct place){path, 0, 0}, "its sections cannot be said in %s", form);
}

static int
read_bytes(struct load *l, const char *path, struct slice *out)
{
	int r = include_bytes(l, path, out);

	return r < 0 ? load_fatal(l, (struct place){path, 0, 0}, "cannot be read: %s", strerror(-r))
		     : 0;
}

static int
convert_text(const struct convert *cv, struct load *l, const char *path, struct buf *out)
{
	bool yaml = to_yaml(cv, path), was_yaml = include_is_yaml(slice_cstr(path));
	struct sections tree;
	struct slice text;
	int r;

	if (include_is_single(slice_cstr(path)))
		return load_fatal(l, (struct place){path, 0, 0},
		    "has no other form; it is read beside files of either form");
	r = read_bytes(l, path, &text);
	if (r == 0)
		r = parse(l, text, path, was_yaml, &tree);
	if (r < 0)
		return r;
	rename_includes(l, &tree, yaml);
	r = yaml ? rewrite_yaml(out, &tree) : rewrite_ini(out, &tree);
	if (r < 0)
		return load_fatal(l, (struct place){path, 0, 0},
		    "would become larger than %zu bytes", INI_MAX_BYTES);
	return check(l, &tree, buf_slice(out), path, yaml);
}

/* Writes a new file. */
static int
write_file(struct load *l, const char *path, struct slice text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), r = 0;

	if (fd < 0)
		return load_fatal(l, (struct place){path, 0, 0}, "cannot be written: %s%s",
		    strerror(errno), errno == EEXIST ? "; two files became one name" : "");
	while (text.n > 0 && r == 0) {
		ssize_t n = write(fd, text.p, text.n);

		if (n >= 0)
			text = slice_from(text, (size_t)n);
		else if (errno != EINTR)
			r = -errno;
	}
	if (fchmod(fd, mode & 0777) < 0 && r == 0)
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	return r < 0 ? load_fatal(
			   l, (struct place){path, 0, 0}, "cannot be written: %s", strerror(-r))
		     : 0;
}

/* One file of the folder: converted, or copied where it is no configuration. */
static int
convert_entry(
    const struct convert *cv, const char *from, const char *todir, struct slice name, mode_t mode)
{
	struct arena a = {0};
	struct load l = {.arena = &a,
	    .sink = cmdline_sink(),
	    .dir = slice_cstr(cv->dir),
	    .header = "[Definition]"};
	struct slice text;
	struct buf out;
	int r;

	buf_init(&out, INI_MAX_BYTES);
	if (include_is_config(name) && !include_is_single(slice_cstr(from))) {
		name = new_name(&a, name, cv->to != TO_INI);
		r = convert_text(cv, &l, from, &out);
		text = buf_slice(&out);
	} else {
		r = read_bytes(&l, from, &text);
	}
	if (r == 0)
		r = write_file(
		    &l, arena_printf(&a, "%s/%.*s", todir, SLICE_ARG(name)).p, text, mode);
	buf_done(&out);
	arena_done(&a);
	return r;
}

static void
report(struct convert *cv, const char *path, int error)
{
	diag_send(cmdline_sink(), DIAG_ERROR, "", (struct place){path, 0, 0}, "%s%s",
	    strerror(error),
	    error == EEXIST ? "; name a folder for --all that is not there yet" : "");
	cv->failed = true;
}

/* A new folder, which is to be read by nobody who could not read the one of st. */
static int
make_folder(const char *path, const struct stat *st)
{
	return mkdir(path, (st->st_mode & 0777) | 0700);
}

static void
convert_folder(struct convert *cv, const char *from, const char *to, unsigned depth)
{
	struct dirent **entries;
	struct arena a = {0};
	int count = scandir(from, &entries, NULL, alphasort);

	if (count < 0) {
		report(cv, from, errno);
		return;
	}
	for (int i = 0; i < count; i++) {
		struct slice name = slice_cstr(entries[i]->d_name);
		const char *path = arena_printf(&a, "%s/%s", from, entries[i]->d_name).p;
		const char *target = arena_printf(&a, "%s/%s", to, entries[i]->d_name).p;
		struct stat st;

		if (name.p[0] == '.')
			continue;
		if (stat(path, &st) < 0)
			report(cv, path, errno);
		else if (S_ISREG(st.st_mode))
			cv->failed |= convert_entry(cv, path, to, name, st.st_mode) < 0;
		else if (S_ISDIR(st.st_mode) &&
			 (st.st_dev != cv->out.st_dev || st.st_ino != cv->out.st_ino)) {
			if (depth == FOLDER_MAX_DEPTH)
				report(cv, path, ELOOP);
			else if (make_folder(target, &st) < 0)
				report(cv, target, errno);
			else
				convert_folder(cv, path, target, depth + 1);
		}
	}
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	arena_done(&a);
}

static void
convert_all(struct convert *cv)
{
	struct stat st;

	if (cv->to == TO_OTHER)
		cv->to = TO_YAML;
	if (stat(cv->dir, &st) < 0)
		report(cv, cv->dir, errno);
	else if (make_folder(cv->outdir, &st) < 0 || stat(cv->outdir, &cv->out) < 0)
		report(cv, cv->outdir, errno);
	else
		convert_folder(cv, cv->dir, cv->outdir, 0);
}

static void
convert_files(struct convert *cv)
{
	struct arena a = {0};
	struct load l = {.arena = &a,
	    .sink = cmdline_sink(),
	    .dir = slice_cstr(cv->dir),
	    .header = "[Definition]"};
	struct buf out;

	for (int i = 0; i < cv->file_count; i++) {
		buf_init(&out, INI_MAX_BYTES);
		if (convert_text(cv, &l, cv->files[i], &out) < 0)
			cv->failed = true;
		else {
			if (cv->file_count > 1)
				printf("%s# %s\n", i > 0 ? "\n" : "", cv->files[i]);
			(void)fwrite(buf_cstr(&out), 1, out.n, stdout);
		}
		buf_done(&out);
	}
	arena_done(&a);
}

int
convert_run(const struct cmdline *c)
{
	struct convert cv = {.dir = c->config_dir};

	if (take_words(&cv, c->words + 1, c->word_count - 1) < 0)
		return CMDLINE_FAILED;
	if (cv.schema)
		schema_print();
	else if (cv.outdir != NULL)
		convert_all(&cv);
	else
		convert_files(&cv);
	return cv.failed ? CMDLINE_FAILED : 0;
}
