#include "config/logpath.h"

#include "config/backend.h"
#include "config/compile.h"
#include "config/duration.h"
#include "config/text.h"

#include <errno.h>
#include <glob.h>
#include <sys/stat.h>

#define LOGPATH_MAX_FILES 65536

/*
 * "path", "path head" or "path tail": what stands behind the last blank, whatever it is, as with
 * fail2ban.
 */
static void
logpath_split(struct slice line, struct slice *path, struct slice *where)
{
	size_t n = line.n;

	while (n > 0 && line.p[n - 1] != ' ')
		n--;
	*path = n > 0 ? slice_upto(line, n - 1) : line;
	*where = n > 0 ? slice_from(line, n) : SLICE("head");
}

static void
logpath_add(
    struct load *l, const char *path, struct slice where, struct place at, struct value *files)
{
	struct value *file;
	struct stat st;

	if (stat(path, &st) < 0 && lstat(path, &st) == 0) {
		load_note(l, DIAG_WARNING, "jailreader", at,
		    "File %s is a dangling link, thus cannot be monitored", path);
		return;
	}
	if (l->lint && S_ISDIR(st.st_mode))
		load_note(l, DIAG_WARNING, "jailreader", at,
		    "%s is a folder, and nothing is read from it; name its files, as in %s/*.log",
		    path, path);
	file = value_list(l->arena);
	value_add(l->arena, file, compile_text(l, arena_copy(l->arena, slice_cstr(path)), at));
	value_add(l->arena, file, value_text_lent(l->arena, where));
	value_add(l->arena, files, file);
}

/* Files may come to match it later. */
static void
logpath_pattern(struct load *l, const struct jail_config *j, struct slice pattern)
{
	struct value *c;

	if (!slice_is_glob(pattern))
		return;
	c = value_add(l->arena, value_list(l->arena), value_cstr(l->arena, "set"));
	value_add(l->arena, c, value_text_lent(l->arena, j->name));
	value_add(l->arena, c, value_cstr(l->arena, "addlogglob"));
	value_add(l->arena, c, value_text_lent(l->arena, pattern));
	value_add(l->arena, l->extras, c);
}

static void
logpath_line(struct load *l, struct jail_config *j, const struct traced *logpath, struct slice line,
    struct value *files)
{
	struct place at = traced_place(logpath, (size_t)(line.p - logpath->text.p), line.n);
	struct slice path, where;
	const char *pattern;
	glob_t g = {0};

	logpath_split(line, &path, &where);
	/* The server would refuse it; the list of commands is fail2ban's. */
	if (l->thorough && !slice_eq_nocase(where, SLICE("head")) &&
	    !slice_eq_nocase(where, SLICE("tail")))
		jail_problem(l, j,
		    traced_place(logpath, (size_t)(where.p - logpath->text.p), where.n),
		    arena_printf(l->arena, "'%s' behind the log path is neither head nor tail",
			load_quote(l, where)),
		    "a path has no blanks, and each stands on a line of its own");
	logpath_pattern(l, j, path);
	pattern = arena_copy(l->arena, path).p;
	if (memchr(path.p, '\0', path.n) == NULL)
		(void)glob(pattern, GLOB_NOESCAPE, NULL, &g); /* or nothing is found */
	if (g.gl_pathc == 0)
		load_note(l, DIAG_NOTICE, "jailreader", at, "No file(s) found for glob %s",
		    load_quote(l, path));
	for (size_t i = 0; i < g.gl_pathc && value_count(files) < LOGPATH_MAX_FILES; i++)
		logpath_add(l, g.gl_pathv[i], where, at, files);
	globfree(&g);
}

static bool
jail_truth(struct load *l, struct jail_config *j, const char *name)
{
	struct traced t;

	return jail_option(l, j, name, &t) && duration_truth(t.text);
}

/* Where the filter knows which entries of the journal are its own, they are another way. */
static const char *
journal_remedy(const struct jail_config *j)
{
	const struct traced *match = jail_filter_option(j, SLICE("journalmatch"));

	return match != NULL && text_trim(match->text).n > 0
		   ? "set backend = systemd to read the journal instead, "
		   : "";
}

static bool
option_holds(const struct jail_config *j, struct slice name, struct slice text)
{
	const struct traced *t = jail_filter_option(j, name);

	return t != NULL && slice_find(t->text, text, 0) >= 0;
}

/* What a firewall logs comes from the kernel, which can be asked itself. */
static const char *
kernel_remedy(const struct jail_config *j)
{
	return option_holds(j, SLICE("journalmatch"), SLICE("_TRANSPORT=kernel")) ||
			       option_holds(j, SLICE("failregex"), SLICE("SRC="))
		   ? "set backend = kmsg to read the kernel's log without a file, or backend = "
		     "nflog[group=5] to have packets from a rule with NFLOG or \"log group 5\", "
		   : "";
}

/* What is wrong with the path itself, as can be seen. */
static const char *
path_remedy(struct slice path)
{
	path = text_trim(path);
	if (path.n == 0)
		return "";
	if (path.p[0] == '"' || path.p[0] == '\'')
		return "leave out the quotes, ";
	if (slice_find_char(path, ',', 0) >= 0)
		return "write each path on a line of its own, ";
	return path.p[0] != '/' ? "begin the path with '/', " : "";
}

/* No log at all. */
static int
logpath_none(struct load *l, const struct config_request *req, struct jail_config *j,
    const struct traced *logpath)
{
	const char *name = load_quote(l, j->name);
	struct place at = logpath->mark_count > 0 ? traced_at(logpath) : j->scope.section->at;
	const struct option *match = section_get(&j->options, SLICE("journalmatch"));

	if (slice_starts(j->backend.text, SLICE("auto")) && match != NULL &&
	    jail_truth(l, j, "systemd_if_nologs")) {
		load_note(l, DIAG_WARNING, "jailreader", at,
		    "Have not found any log file for '%s' jail. Jail will monitor systemd journal.",
		    name);
		j->backend.text = SLICE("systemd");
		return 1;
	}
	if (jail_truth(l, j, "skip_if_nologs")) {
		load_note(l, DIAG_WARNING, "jailreader", at,
		    "Have not found any log file for '%s' jail.", name);
		load_note(l, DIAG_WARNING, "jailreader", at,
		    "Jail '%s' skipped, because of missing log files.", name);
		return 0;
	}
	if (req->without_logs) {
		load_note(l, DIAG_WARNING, "jailreader", at,
		    "Have not found any log file for '%s' jail.", name);
		return 1;
	}
	return load_fatal(l, at,
	    "Have not found any log file for '%s' jail. logpath is '%s'; %screate the file, "
	    "correct the path, %s%sor set skip_if_nologs = true",
	    name, load_quote(l, logpath->text), path_remedy(logpath->text), journal_remedy(j),
	    kernel_remedy(j));
}

int
logpath_find(
    struct load *l, const struct config_request *req, struct jail_config *j, struct value *files)
{
	struct traced logpath;
	struct slice rest, line;
	int r;

	/* fail2ban looks at the first letters only. */
	if (slice_starts(j->backend.text, SLICE("systemd")) ||
	    backend_is(j->backend.text, BACKEND_FEED))
		return 1;
	r = scope_value(l, &j->scope, SLICE("logpath"), &logpath);
	/* As with fail2ban, a jail without the option is started all the same. */
	if (r == -ENOENT)
		load_note(l, DIAG_WARNING, "jailreader", j->scope.section->at,
		    "Jail '%s' has no logpath and watches nothing", load_quote(l, j->name));
	if (r < 0)
		return r == -ENOENT ? 1 : r;
	for (rest = logpath.text; slice_next(&rest, '\n', &line);) {
		line = text_trim(line);
		if (line.n > 0)
			logpath_line(l, j, &logpath, line, files);
	}
	return value_count(files) > 0 ? 1 : logpath_none(l, req, j, &logpath);
}
