#include "regex/subject.h"

#include "compat/pyrepr.h"
#include "config/filterfile.h"
#include "config/include.h"
#include "config/optlist.h"
#include "regex/entries.h"
#include "regex/show.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* One run of subject_load(). */
struct loading {
	struct subject *s;
	const struct options *o;
	struct load load;
	struct diag_sink sink;
};

/*
 * Shows fail2ban's words where other programs read them, and on standard error what to do about it.
 */
static int
show_error(const struct diag *d)
{
	struct diag words = *d;
	char text[sizeof(words.text) + 300];

	words.remedy[0] = '\0';
	show("ERROR: ");
	show_raw(slice_cstr(diag_format(&words, text, sizeof(text))));
	show("\n");
	(void)fflush(stdout);
	if (d->remedy[0] != '\0')
		(void)fprintf(stderr, "%s\n", d->remedy);
	return -EINVAL;
}

/* Mistakes in files go to standard error, since other programs read the other. */
static void
take_message(
    struct diag_sink *sink, enum diag_level level, const char *module, const struct diag *d)
{
	char text[2300];

	if (level >= DIAG_WARNING)
		(void)fprintf(stderr, "%s: %s\n", level == DIAG_ERROR ? "ERROR" : "WARNING",
		    diag_format(d, text, sizeof(text)));
}

static void
show_use(const struct loading *l, const char *label, struct slice value)
{
	if (l->o->quiet)
		return;
	show("Use %16s : ", label);
	show_raw(value);
	show("\n");
}

static void
show_use_short(const struct loading *l, const char *label, struct slice value)
{
	struct buf b;

	buf_init(&b, SHOW_MAX_BYTES);
	show_short(&b, value);
	show_use(l, label, buf_slice(&b));
	buf_done(&b);
}

static int
set_maxlines(struct loading *l, struct slice text)
{
	uint64_t n;
	struct diag d;
	int r;

	diag_init(&d);
	r = slice_u64(slice_trim(text), INT32_MAX, &n);
	if (r == 0)
		r = filter_set_maxlines(l->s->filter, (size_t)n);
	if (r < 0) {
		diag_fail(&d, r, (struct place){0}, "maxlines must be a number from 1 to %d",
		    INT32_MAX);
		return show_error(&d);
	}
	show_use(l, "maxlines", text);
	return 0;
}

static int
set_datepattern(struct loading *l, struct slice pattern, struct place at)
{
	struct slice shown, name;
	char text[2300];
	struct buf b;
	struct diag d;
	int r;

	diag_init(&d);
	r = filter_set_datepattern(l->s->filter, pattern, at, &d);
	if (r == -EBADMSG) {
		/* Where other programs read, fail2ban says nothing of it. */
		(void)fprintf(stderr, "%s\n", diag_format(&d, text, sizeof(text)));
		return r;
	}
	if (r < 0)
		return show_error(&d);
	date_detector_describe(filter_dates(l->s->filter), &shown, &name);
	buf_init(&b, SHOW_MAX_BYTES);
	buf_add(&b, pattern);
	buf_add_cstr(&b, " : ");
	buf_add(&b, name);
	show_use(l, "datepattern", buf_slice(&b));
	buf_done(&b);
	l->s->dates = true;
	return 0;
}

static enum filter_dns
dns_of(struct slice text)
{
	if (slice_eq_nocase(text, SLICE("no")))
		return FILTER_DNS_NO;
	if (slice_eq_nocase(text, SLICE("raw")))
		return FILTER_DNS_RAW;
	return slice_eq_nocase(text, SLICE("yes")) ? FILTER_DNS_YES : FILTER_DNS_WARN;
}

/* What the command line says for any REGEX. */
static int
apply_options(struct loading *l)
{
	const struct options *o = l->o;
	struct filter *f = l->s->filter;
	struct diag d;
	int r = 0;

	diag_init(&d);
	if (o->usedns != NULL)
		filter_set_dns(f, dns_of(slice_cstr(o->usedns)));
	if (o->raw)
		filter_set_dns(f, FILTER_DNS_RAW);
	if (o->timezone != NULL)
		r = filter_set_zone(f, slice_cstr(o->timezone), &d);
	if (r == 0)
		r = filter_set_encoding(
		    f, slice_cstr(o->encoding != NULL ? o->encoding : "auto"), &d);
	if (r < 0)
		return show_error(&d);
	if (o->maxlines > 0) {
		char text[16];
		int n = snprintf(text, sizeof(text), "%d", o->maxlines);

		r = set_maxlines(l, slice_of(text, (size_t)n));
	}
	if (r == 0 && o->datepattern != NULL && o->datepattern[0] != '\0')
		r = set_datepattern(l, slice_cstr(o->datepattern), (struct place){0});
	return r;
}

static int
add_regex(struct loading *l, enum filter_regexes which, struct slice text, struct place at)
{
	struct subject_regexes *given = which == FILTER_FAIL ? &l->s->fail : &l->s->ignore;
	struct diag d;

	diag_init(&d);
	if (filter_add_regex(l->s->filter, which, text, at, &d) < 0)
		return show_error(&d);
	given->v = arena_room(
	    &l->s->arena, given->v, given->count, &given->cap, sizeof(given->v[0]), 16);
	given->v[given->count++] = arena_copy(&l->s->arena, text);
	return 0;
}

static int
add_regexes(struct loading *l, enum filter_regexes which, const struct filterfile_regexes *list)
{
	int r = 0;

	for (size_t i = 0; i < list->count && r == 0; i++)
		r = add_regex(l, which, list->v[i].text, list->v[i].at);
	return r;
}

/* What a filter file says, as far as the command line does not say otherwise. */
static int
apply_file(struct loading *l, const struct filterfile *file)
{
	const struct options *o = l->o;
	struct filter *f = l->s->filter;
	struct diag d;
	int r = 0;

	diag_init(&d);
	l->s->journalmatch = file->journalmatch.text;
	if (file->usedns.text.n > 0 && o->usedns == NULL && !o->raw)
		filter_set_dns(f, dns_of(file->usedns.text));
	if (file->zone.n > 0 && o->timezone == NULL && filter_set_zone(f, file->zone, &d) < 0)
		return show_error(&d);
	if (file->maxlines.text.n > 0 && o->maxlines < 0)
		r = set_maxlines(l, file->maxlines.text);
	if (r == 0 && file->prefregex.text.n > 0 &&
	    filter_set_prefregex(f, file->prefregex.text, traced_at(&file->prefregex), &d) < 0)
		return show_error(&d);
	if (r == 0)
		r = add_regexes(l, FILTER_FAIL, &file->fail);
	if (r == 0 && o->ignoreregex == NULL)
		r = add_regexes(l, FILTER_IGNORE, &file->ignore);
	if (r == 0 && file->datepattern.text.n > 0 && o->datepattern == NULL)
		r = set_datepattern(l, file->datepattern.text, traced_at(&file->datepattern));
	return r;
}

/* REGEX taken apart: a word that may name something, and options for it. */
struct naming {
	struct slice name; /* .n is 0 if it can only be a regex */
	struct section options;
};

static bool
name_char(char c)
{
	return char_word(c) || c == '/' || c == '-' || c == '.';
}

/* Returns 0, also for what is no name, or -EINVAL after a wrong list of options was shown. */
static int
take_name(struct loading *l, struct slice regex, struct naming *out)
{
	struct traced text = traced_of(&l->s->arena, regex, (struct place){0});
	struct optlist list;
	struct diag d;
	size_t n = 0;

	*out = (struct naming){0};
	while (n < regex.n && name_char(regex.p[n]))
		n++;
	if (n == 0 || (n < regex.n && (regex.p[n] != '[' || regex.p[regex.n - 1] != ']')))
		return 0;
	out->name = slice_upto(regex, n);
	if (n == regex.n)
		return 0;
	diag_init(&d);
	if (optlist_parse(&l->s->arena, &text, &list, &d) < 0) {
		show("ERROR: Wrong filter name or options: ");
		show_raw(slice_cstr(d.text));
		show("\n       while parsing: ");
		show_raw(regex);
		show("\n");
		return -EINVAL;
	}
	out->options = list.options;
	return 0;
}

static bool
file_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* Where a filter was found: below a configuration folder, or elsewhere. */
struct place_of_filter {
	struct slice stem; /* for filterfile_read() */
	struct slice dir;  /* configuration folder; empty if elsewhere */
	struct slice name; /* in its filter.d, or the path */
};

static struct slice
without_suffix(struct slice s)
{
	return include_is_config(s) ? include_stem(s) : s;
}

/* A path that is "DIR/filter.d/NAME". */
static bool
split_path(struct slice path, struct slice *dir, struct slice *name)
{
	struct slice base = path;

	while (base.n > 0 && base.p[base.n - 1] != '/')
		base.n--;
	if (!slice_ends(base, SLICE("/filter.d/")))
		return false;
	*dir = slice_upto(base, base.n - (sizeof("/filter.d/") - 1));
	*name = slice_from(path, base.n);
	return true;
}

/* The reader takes only what begins with a slash for a path of its own. */
static struct slice
real_path(struct arena *a, struct slice path)
{
	char *here;

	if (slice_starts(path, SLICE("/")))
		return path;
	here = getcwd(NULL, 0);
	if (here == NULL)
		return path;
	path = arena_printf(a, "%s/%.*s", here, SLICE_ARG(path));
	free(here);
	return path;
}

/* Where a name is looked for. DIR may be the folder of filters itself, and stands before "filter.d/NAME". */
static struct slice
filter_path(struct loading *l, struct slice name)
{
	struct slice dir = slice_cstr(l->o->config_dir);
	ptrdiff_t slash = slice_find_char(name, '/', 0);
	bool below = slice_starts(name, SLICE("filter.d/")) && slice_count(name, '/') == 1;

	if (slash >= 0 && !below)
		return name;
	if (below || slice_ends(dir, SLICE("/filter.d")))
		return arena_printf(&l->s->arena, "%.*s/%.*s", SLICE_ARG(dir), SLICE_ARG(name));
	return arena_printf(&l->s->arena, "%.*s/filter.d/%.*s", SLICE_ARG(dir), SLICE_ARG(name));
}

/* A path without suffix is that of a file with any. */
static bool
filter_exists(struct arena *a, struct slice path)
{
	static const char *const suffixes[] = {".conf", ".yaml", ".local", ".local.yaml"};

	if (include_is_config(path))
		return file_exists(arena_copy(a, path).p);
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (file_exists(arena_printf(a, "%.*s%s", SLICE_ARG(path), suffixes[i]).p))
			return true;
	return false;
}

static bool
find_filter(struct loading *l, struct slice name, struct place_of_filter *out)
{
	struct arena *a = &l->s->arena;
	struct slice path = filter_path(l, name), stem;

	if (!filter_exists(a, path) && include_is_config(name))
		path = name;	/* of a file that lies here */
	if (!filter_exists(a, path))
		return false;
	stem = without_suffix(path);
	*out = (struct place_of_filter){real_path(a, stem), slice_cstr(l->o->config_dir), name};
	if (split_path(stem, &out->dir, &out->name))
		out->stem = arena_printf(a, "filter.d/%.*s", SLICE_ARG(out->name));
	return true;
}

/* Shows options as Python prints a dictionary. */
static void
show_given(const struct loading *l, const char *label, const struct section *options)
{
	struct arena *a = &l->s->arena;
	struct value *map = value_map(a);
	struct buf b;

	if (options->count == 0)
		return;
	for (size_t i = 0; i < options->count; i++)
		value_put(a, map, value_text_lent(a, options->options[i].name),
		    value_text_lent(a, options->options[i].value.text));
	buf_init(&b, SHOW_MAX_BYTES);
	pyrepr_format(&b, map);
	show_use(l, label, buf_slice(&b));
	buf_done(&b);
}

static int
load_literal(struct loading *l, struct slice regex)
{
	show_use_short(l, "failregex line", regex);
	return add_regex(l, FILTER_FAIL, regex, (struct place){0});
}

/* The options given, and for the journal that its lines come without what syslog writes before. */
static const struct section *
filter_options(struct loading *l, const struct naming *naming)
{
	const struct option journal = {.name = SLICE("logtype"),
	    .value = traced_of(&l->s->arena, SLICE("journal"), (struct place){0})};
	struct section *options;

	if (!entries_named(l->o->log) ||
	    section_get(&naming->options, journal.name) != NULL)
		return &naming->options;
	options = ARENA_NEW(&l->s->arena, struct section);
	section_put_all(&l->s->arena, options, &naming->options);
	(void)section_put(&l->s->arena, options, &journal, NULL);
	return options;
}

static int
load_jail(struct loading *l, const struct sections *jails, const struct naming *naming)
{
	struct filterfile file;

	show_use(l, "jail", naming->name);
	show_given(l, "jail/flt options", &naming->options);
	if (filterfile_read_jail(
		&l->load, jails, naming->name, filter_options(l, naming), &file) < 0) {
		show("ERROR: Failed to get jail for '");
		show_raw(naming->name);
		show("'\n");
		return -EINVAL;
	}
	return apply_file(l, &file);
}

static int
load_file(struct loading *l, const struct naming *naming, const struct place_of_filter *found)
{
	struct filterfile file;
	struct slice shown = found->name;

	if (slice_starts(found->stem, SLICE("filter.d/")))
		shown = arena_printf(&l->s->arena, "%.*s, basedir: %.*s", SLICE_ARG(found->name),
		    SLICE_ARG(found->dir));
	show_use(l, "filter file", shown);
	show_given(l, "filter options", &naming->options);
	l->load.dir = found->dir;
	if (filterfile_read(&l->load, found->stem, filter_options(l, naming), &file) < 0) {
		show("ERROR: failed to load filter ");
		show_raw(naming->name);
		show("\n");
		return -EINVAL;
	}
	/* as fail2ban does with a file that says nothing */
	if (file.fail.count == 0 && file.prefregex.text.n == 0)
		return load_literal(l, naming->name);
	return apply_file(l, &file);
}

static int
load_regex(struct loading *l, struct slice regex)
{
	struct place_of_filter found;
	struct naming naming;
	struct sections jails;
	bool plain;
	int r;

	r = take_name(l, regex, &naming);
	if (r < 0)
		return r;
	plain = naming.name.n > 0 && slice_find_char(naming.name, '/', 0) < 0 &&
		without_suffix(naming.name).n == naming.name.n;
	if (plain && filterfile_is_jail(&l->load, naming.name, &jails))
		return load_jail(l, &jails, &naming);
	if (naming.name.n > 0 && find_filter(l, naming.name, &found))
		return load_file(l, &naming, &found);
	return load_literal(l, regex);
}

int
subject_load(struct subject *s, const struct options *o, struct filter_sink *sink)
{
	struct loading l = {.s = s, .o = o, .sink = {take_message}};
	int r;

	*s = (struct subject){.filter = filter_new(sink)};
	l.load = (struct load){
	    .arena = &s->arena,
	    .sink = &l.sink,
	    .dir = slice_cstr(o->config_dir),
	    .during = SLICE_EMPTY,
	};
	filter_set_check_all(s->filter, true);
	filter_set_first_only(s->filter, o->no_check_all || o->out != NULL);
	r = apply_options(&l);
	if (r == 0)
		r = load_regex(&l, slice_cstr(o->regex));
	if (r == 0 && o->ignoreregex != NULL) {
		show_use_short(&l, "ignoreregex line", slice_cstr(o->ignoreregex));
		r = add_regex(&l, FILTER_IGNORE, slice_cstr(o->ignoreregex), (struct place){0});
	}
	return r;
}

void
subject_done(struct subject *s)
{
	filter_free(s->filter);
	arena_done(&s->arena);
}
