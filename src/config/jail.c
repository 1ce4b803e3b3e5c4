#include "config/jail.h"

#include "compat/version.h"
#include "config/duration.h"
#include "config/include.h"
#include "config/optlist.h"
#include "config/program.h"
#include "config/suggest.h"
#include "config/text.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

#define JAIL_MAX_ACTIONS 256
#define JAIL_FEW_OPTIONS 12 /* as a jail usually has */

/* What is fixed for all values: whoever writes jail.conf may refer to these, but not change them. */
static void
set_default(struct load *l, struct sections *tree, const char *name, struct slice text)
{
	struct option o = {.name = slice_cstr(name), .value = {.text = text}};

	(void)section_put(l->arena, &tree->defaults, &o, NULL); /* where there is room */
}

int
jail_tree(struct load *l, struct sections *out)
{
	int r;

	*out = (struct sections){0};
	l->header = "the name of the jail in brackets, as [sshd], or [DEFAULT]";
	r = include_read(l, SLICE("jail"), out);
	/* Whatever [DEFAULT] says. */
	set_default(l, out, "fail2ban_version", SLICE(COMPAT_VERSION));
	set_default(l, out, "fail2ban_confpath", l->dir);
	return r;
}

bool
jail_option(struct load *l, struct jail_config *j, const char *name, struct traced *out)
{
	const struct option_row *row = option_row(OPTION_JAIL, slice_cstr(name));
	int r = scope_value(l, &j->scope, slice_cstr(name), out);

	if (r == 0)
		return true;
	if (r != -ENOENT || row == NULL || row->initial == NULL)
		return false;
	*out = (struct traced){.text = slice_cstr(row->initial)};
	return true;
}

const struct traced *
jail_filter_option(const struct jail_config *j, struct slice name)
{
	const struct option *o = section_get(&j->options, name);

	if (o == NULL && j->has_filter)
		o = section_get(&j->filter.given, name);
	if (o == NULL && j->has_filter)
		o = section_get(&j->filter.defined, name);
	return o != NULL ? &o->value : NULL;
}

/* The file that was to be dir/NAME.conf, with another ending or a folder higher; or NULL. */
static const char *
misplaced(struct load *l, const char *dir, struct slice name)
{
	static const char *const endings[] = {
	    ".conf.txt", ".txt", "", ".cfg", ".cnf", ".config", NULL};
	struct slice folder = slice_cstr(dir), path;
	struct stat st;

	if (slice_find_char(name, '/', 0) >= 0)
		return NULL;
	for (size_t i = 0; endings[i] != NULL; i++) {
		path = arena_printf(
		    l->arena, "%.*s/%.*s%s", SLICE_ARG(folder), SLICE_ARG(name), endings[i]);
		if (stat(path.p, &st) == 0 && S_ISREG(st.st_mode))
			return load_quote(l, path);
	}
	path = arena_printf(l->arena, "%.*s/%.*s.conf", SLICE_ARG(l->dir), SLICE_ARG(name));
	return stat(path.p, &st) == 0 && S_ISREG(st.st_mode) ? load_quote(l, path) : NULL;
}

/* What of it is likely the name: without path, ending, quotes, and what stands behind it. */
static struct slice
bare_name(struct slice name)
{
	size_t n = 0;

	for (ptrdiff_t at; (at = slice_find_char(name, '/', 0)) >= 0;)
		name = slice_from(name, (size_t)at + 1);
	while (name.n > 0 && memchr("\"'$%( \t", name.p[0], 7) != NULL)
		name = slice_from(name, 1);
	while (n < name.n && memchr("\"',;#() \t\n", name.p[n], 9) == NULL)
		n++;
	name = slice_upto(name, n);
	if (slice_ends(name, SLICE(".conf")))
		return slice_upto(name, name.n - 5);
	return slice_ends(name, SLICE(".local")) ? slice_upto(name, name.n - 6) : name;
}

/* The remedy for a filter or an action whose file does not exist. */
static const char *
missing_remedy(struct load *l, const struct jail_config *j, const char *folder, struct slice name)
{
	const char *dir = arena_printf(l->arena, "%.*s/%s", SLICE_ARG(l->dir), folder).p, *other;
	const char *path = load_quote(l, include_path(l, include_name(l, folder, name)));
	struct slice bare = bare_name(name);
	struct suggestion near = suggest_begin(name), same = suggest_begin(bare);

	suggest_offer_files(&near, l->arena, dir);
	if (near.known)
		return arena_printf(
		    l->arena, "%s cannot be opened; it may be a link that leads nowhere", path)
		    .p;
	suggest_offer_files(&same, l->arena, dir);
	if (same.known)
		near.name = bare;
	else if (near.name.p == NULL)
		near.name = near.longer;
	other = same.known ? NULL : misplaced(l, dir, name);
	if (other != NULL)
		return arena_printf(
		    l->arena, "there is no %s, but there is %s; rename that", path, other)
		    .p;
	if (!same.known && (section_get(j->scope.section, bare) != NULL ||
			       section_get(&j->scope.tree->defaults, bare) != NULL))
		return arena_printf(
		    l->arena, "there is no %s; did you mean '%%(%s)s'?", path, load_quote(l, bare))
		    .p;
	return arena_printf(l->arena, "there is no %s%s", path, suggest_text(l, &near)).p;
}

/* The remedy for a definition whose brackets are not right; what is wrong within them was told. */
static const char *
brackets_remedy(struct slice text)
{
	size_t close = text.n;

	while (close > 0 && text.p[close - 1] != ']')
		close--;
	if (slice_starts(text, SLICE("[")))
		return "before the bracket there is no name; is the option empty that it comes "
		       "from?";
	if (close == 0)
		return "close the bracket with ']', and put a value with a comma or a blank in "
		       "quotes, as in port=\"http,https\"";
	return close < text.n
		   ? "nothing may follow the ']'; another action stands on a line of its own"
		   : NULL;
}

void
jail_problem(struct load *l, struct jail_config *j, struct place at, struct slice problem,
    const char *remedy)
{
	(void)load_error(l, "jailreader", at, "%.*s%s%s", SLICE_ARG(problem),
	    remedy != NULL ? "; " : "", remedy != NULL ? remedy : "");
	if (j->problem.p == NULL)
		j->problem = problem;
}

static struct slice
quoted_problem(struct load *l, const char *format, const struct traced *text, const char *why)
{
	const char *repr = load_repr(l, text->text);

	return arena_printf(l->arena, "%s %s: %s", format, repr, why);
}

/* Whether text has a reference with a slash, but for those to [DEFAULT]. */
static bool
refers_elsewhere(struct slice text)
{
	ptrdiff_t open = 0, close;

	while ((open = slice_find(text, SLICE("%("), (size_t)open)) >= 0) {
		struct slice name = slice_from(text, (size_t)open + 2);

		close = slice_find_char(name, ')', 0);
		if (close < 0)
			return false;
		name = slice_upto(name, (size_t)close);
		if (slice_find_char(name, '/', 0) >= 0 && !slice_starts(name, SLICE("default/")))
			return true;
		open += close;
	}
	return false;
}

/* Whether one of the section's values may ask for its filter's, be it by way of another section. */
static bool
wants_known(const struct section *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (refers_elsewhere(s->options[i].value.text))
			return true;
	return false;
}

/* The same of [DEFAULT], which is one for all jails. */
static bool
defaults_want_known(struct load *l, const struct section *defaults)
{
	if (l->wanting.defaults != defaults) {
		l->wanting.defaults = defaults;
		l->wanting.known = wants_known(defaults);
	}
	return l->wanting.known;
}

static int
jail_read_filter(
    struct load *l, struct jail_config *j, const struct traced *text, struct section *s)
{
	struct definition_request req;
	struct option logtype;
	struct optlist list;
	struct slice file;
	struct diag d;
	int r;

	diag_init(&d);
	if (optlist_parse(l->arena, text, &list, &d) < 0) {
		jail_problem(l, j, d.at,
		    quoted_problem(l, "Invalid filter definition", text, d.text),
		    brackets_remedy(text_rtrim(text->text)));
		return 0;
	}
	logtype = definition_logtype(j->backend.text);
	file = include_name(l, "filter.d", list.name);
	req = (struct definition_request){OPTION_FILTER, file, &list.options, &logtype, NULL};
	r = definition_read(l, &req, &j->filter);
	if (r < 0 && l->fatal && r != -ENOENT)
		return -EINVAL;
	if (r < 0) {
		jail_problem(l, j, traced_place(text, 0, list.name.n),
		    arena_printf(l->arena, "Unable to read the filter %s", load_repr(l, list.name)),
		    r == -ENOENT ? missing_remedy(l, j, "filter.d", list.name) : NULL);
		return 0;
	}
	j->has_filter = true;
	r = definition_combine(l, &j->filter);
	if (r < 0)
		return r;
	if (wants_known(s) || defaults_want_known(l, &j->scope.tree->defaults)) {
		if (s->known == NULL) {
			s->known = ARENA_NEW(l->arena, struct section);
			s->known->name = s->name;
		}
		section_put_all(l->arena, s->known, &j->filter.combined);
	}
	return 0;
}

/* An option of the jail, its references replaced, to the ones that become commands. */
static int
jail_take(struct load *l, struct jail_config *j, const struct option_row *row)
{
	struct option o = {.name = slice_cstr(row->name)};
	int r = scope_value(l, &j->scope, o.name, &o.value);

	if (r == -ENOENT)
		return 0;
	return r < 0 ? r : section_put(l->arena, &j->options, &o, NULL);
}

static int
jail_read_options(struct load *l, struct jail_config *j)
{
	int failed = 0;

	section_reserve(l->arena, &j->options, JAIL_FEW_OPTIONS);
	OPTION_ROWS(row, OPTION_JAIL)
	if (row->use != USE_READER || strcmp(row->name, "logpath") == 0)
		failed |= jail_take(l, j, row);
	OPTION_ROWS(row, OPTION_FILTER)
	failed |= jail_take(l, j, row);
	return failed != 0 ? -EINVAL : 0;
}

/* One of the jail's options as actions see it: what is no text in the form of a value. */
static void
jail_show(struct load *l, struct jail_config *j, const struct option_row *row)
{
	struct option o = {.name = slice_cstr(row->name)};
	const struct option *own = section_get(&j->options, o.name);
	int64_t number;

	if (own != NULL)
		o.value = own->value;
	else if (row->use != USE_READER || strcmp(row->name, "logpath") == 0 ||
		 !jail_option(l, j, row->name, &o.value))
		return;
	if (row->kind == OPTION_BOOL)
		o.value.text = duration_truth(o.value.text) ? SLICE("True") : SLICE("False");
	else if (row->kind == OPTION_INT && text_int(o.value.text, &number) < 0)
		return;
	else if (row->kind == OPTION_INT)
		o.value.text = arena_printf(l->arena, "%" PRId64, number);
	(void)section_put(l->arena, &j->seen, &o, NULL); /* as many as rows */
}

static void
jail_show_options(struct load *l, struct jail_config *j)
{
	section_reserve(l->arena, &j->seen, 2 * JAIL_FEW_OPTIONS);
	OPTION_ROWS(row, OPTION_JAIL)
	jail_show(l, j, row);
	OPTION_ROWS(row, OPTION_FILTER)
	jail_show(l, j, row);
}

static struct slice
given_text(const struct section *given, struct slice name)
{
	const struct option *o = section_get(given, name);

	return o != NULL ? o->value.text : SLICE_EMPTY;
}

/*
 * The name under which the server knows an action: its own, or that of its file with what tells it
 * from another of the same file in this jail.
 */
static struct slice
action_name(
    struct load *l, const struct jail_config *j, struct slice file, const struct section *given)
{
	struct slice name = given_text(given, SLICE("name"));

	if (section_get(given, SLICE("actname")) != NULL)
		return given_text(given, SLICE("actname"));
	if (section_get(given, SLICE("name")) == NULL || slice_eq(name, j->name))
		return file;
	if (slice_starts(name, j->name))
		return arena_printf(
		    l->arena, "%.*s%.*s", SLICE_ARG(file), SLICE_ARG(slice_from(name, j->name.n)));
	return arena_printf(l->arena, "%.*s-%.*s", SLICE_ARG(file), SLICE_ARG(name));
}

static void
give(struct load *l, struct section *given, const char *name, struct slice text, struct place at)
{
	struct option o = {
	    .name = slice_cstr(name), .at = at, .value = traced_of(l->arena, text, at)};

	if (section_get(given, o.name) == NULL)
		(void)section_put(l->arena, given, &o, NULL); /* one more than by a person */
}

/* fail2ban's "x.py": the name of a program that the server has built in. */
static void
action_program(struct load *l, struct jail_action *act, struct optlist *list)
{
	struct slice stem = slice_upto(list->name, list->name.n - 3);

	act->program =
	    arena_printf(l->arena, "%.*s/action.d/%.*s", SLICE_ARG(l->dir), SLICE_ARG(list->name));
	act->name = section_get(&list->options, SLICE("actname")) != NULL
			? given_text(&list->options, SLICE("actname"))
			: stem;
	act->def = (struct definition){.given = list->options};
}

static int
jail_read_action(
    struct load *l, struct jail_config *j, const struct traced *text, struct jail_action *act)
{
	struct definition_request req;
	struct optlist list;
	struct slice file;
	struct diag d;
	int r;

	diag_init(&d);
	act->at = traced_at(text);
	act->text = text->text;
	if (optlist_parse(l->arena, text, &list, &d) < 0) {
		jail_problem(l, j, d.at,
		    quoted_problem(l, "Invalid action definition", text, d.text),
		    brackets_remedy(text_rtrim(text->text)));
		return 0;
	}
	if (slice_ends(list.name, SLICE(".py"))) {
		/* The list of commands is fail2ban's; who tries or starts it is told. */
		if (l->thorough && program_check(list.name, &d) < 0)
			jail_problem(l, j, traced_place(text, 0, list.name.n),
			    arena_printf(l->arena, "%s", d.text), NULL);
		action_program(l, act, &list);
		return 0;
	}
	act->name = action_name(l, j, list.name, &list.options);
	act->file = list.name;
	give(l, &list.options, "name", j->name, act->at);
	give(l, &list.options, "actname", act->name, act->at);
	file = include_name(l, "action.d", list.name);
	req = (struct definition_request){OPTION_ACTION, file, &list.options, NULL, &j->seen};
	l->action = act->text;
	r = definition_read(l, &req, &act->def);
	l->action = SLICE_EMPTY;
	if (r < 0 && l->fatal && r != -ENOENT)
		return -EINVAL;
	if (r < 0)
		jail_problem(l, j, traced_place(text, 0, list.name.n),
		    arena_printf(l->arena, "Unable to read action %s", load_repr(l, list.name)),
		    r == -ENOENT ? missing_remedy(l, j, "action.d", list.name) : NULL);
	return 0;
}

static struct jail_action *
jail_add_action(struct load *l, struct jail_config *j)
{
	j->actions = arena_room(l->arena, j->actions, j->action_count, &j->action_cap,
	    sizeof(*j->actions), 1);
	return &j->actions[j->action_count++];
}

static int
jail_read_actions(struct load *l, struct jail_config *j)
{
	struct traced all, one;
	size_t rest = 0;
	bool open = false; /* the definition before was cut within its brackets */
	int failed = 0;

	if (!jail_option(l, j, "action", &all))
		return -EINVAL;
	while ((l->thorough || j->problem.p == NULL) &&
	       optlist_next(l->arena, &all, &rest, &one)) {
		const struct jail_action *act;

		if (open) {
			open = slice_find_char(one.text, ']', 0) < 0;
			continue;
		}
		if (j->action_count == JAIL_MAX_ACTIONS)
			return load_fatal(l, traced_at(&one), "more than %d actions in jail '%s'",
			    JAIL_MAX_ACTIONS, load_quote(l, j->name));
		failed |= jail_read_action(l, j, &one, jail_add_action(l, j));
		/* What is wrong was cut at its first blank, and its rest is no action. */
		act = &j->actions[j->action_count - 1];
		open = act->file.p == NULL && act->program.p == NULL &&
		       slice_find_char(one.text, ']', 0) < 0;
	}
	if (j->action_count == 0)
		load_note(l, DIAG_WARNING, "jailreader", j->scope.section->at,
		    "No actions were defined for %s", load_quote(l, j->name));
	return failed != 0 ? -EINVAL : 0;
}

int
jail_replace(struct load *l, struct jail_config *j)
{
	int failed = 0;

	if (j->has_filter)
		failed |= definition_replace(l, OPTION_FILTER, &j->filter);
	for (size_t i = 0; i < j->action_count; i++) {
		struct jail_action *act = &j->actions[i];

		if (act->program.p != NULL)
			continue;
		l->action = act->text;
		failed |= definition_replace(l, OPTION_ACTION, &act->def);
	}
	l->action = SLICE_EMPTY;
	return failed;
}

int
jail_read(
    struct load *l, const struct sections *tree, struct section *section, struct jail_config *out)
{
	struct traced enabled, filter;
	int failed;

	*out = (struct jail_config){
	    .name = section->name, .scope = {.tree = tree, .section = section}};
	if (!jail_option(l, out, "enabled", &enabled) ||
	    !jail_option(l, out, "backend", &out->backend) ||
	    !jail_option(l, out, "filter", &filter))
		return -EINVAL;
	out->enabled = duration_truth(enabled.text);
	if (!out->enabled)
		return 0;
	failed = 0;
	if (filter.text.n > 0)
		failed = jail_read_filter(l, out, &filter, section);
	else
		load_note(l, DIAG_WARNING, "jailreader", section->at, "No filter set for jail %s",
		    load_quote(l, out->name));
	if (failed < 0 || out->problem.p != NULL)
		return failed;
	failed = jail_read_options(l, out);
	jail_show_options(l, out);
	failed |= jail_read_actions(l, out);
	return failed != 0 ? -EINVAL : 0;
}
