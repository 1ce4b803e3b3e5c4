#include "config/lint.h"

#include "config/duration.h"
#include "config/lintaction.h"
#include "config/linttags.h"
#include "config/text.h"

#include <unistd.h>

/* Failures that the database forgets before findtime is over are lost at a restart. */
static void
lint_findtime(struct load *l, struct jail_config *j, struct slice purge)
{
	double findtime, age;
	struct traced t;

	if (!jail_option(l, j, "findtime", &t) || duration_seconds(t.text, &findtime, NULL) < 0 ||
	    duration_seconds(purge, &age, NULL) < 0 || findtime <= age)
		return;
	load_note(l, DIAG_WARNING, "", traced_at(&t),
	    "findtime of jail '%s' is %s, but the database keeps only %s; set dbpurgeage in "
	    "fail2ban.local to at least that",
	    load_quote(l, j->name), load_quote(l, t.text), load_quote(l, purge));
}

/* More lines than this are hardly ever one match, and are searched with each line that comes. */
#define LINES_DOUBTED 1000

static void
lint_maxlines(struct load *l, struct jail_config *j)
{
	const struct traced *t = jail_filter_option(j, SLICE("maxlines"));
	uint64_t lines;

	if (t == NULL || slice_u64(text_trim(t->text), INT32_MAX, &lines) < 0 ||
	    lines <= LINES_DOUBTED)
		return;
	load_note(l, DIAG_WARNING, "", traced_at(t),
	    "maxlines = %s of jail '%s' has each line searched together with all those before it; "
	    "write how many lines one match spans, %d at most",
	    load_quote(l, t->text), load_quote(l, j->name), LINES_DOUBTED);
}

/* Jails that can find nobody. */
static void
lint_failregex(struct load *l, struct jail_config *j)
{
	const struct traced *regex = jail_filter_option(j, SLICE("failregex"));
	struct traced filter;

	if (!j->has_filter || (regex != NULL && text_trim(regex->text).n > 0) ||
	    !jail_option(l, j, "filter", &filter))
		return;
	load_note(l, DIAG_WARNING, "", traced_at(&filter),
	    "jail '%s' finds nobody: its filter has no failregex", load_quote(l, j->name));
}

/*
 * Without journalmatch each entry of the whole journal is a line of the log. What is shipped does
 * that on purpose.
 */
static void
lint_journal(struct load *l, struct jail_config *j)
{
	const struct traced *match = jail_filter_option(j, SLICE("journalmatch"));
	struct place at = traced_at(&j->backend);

	if (!slice_starts(j->backend.text, SLICE("systemd")) || at.file == NULL ||
	    !lint_own_file(l, &at) || (match != NULL && text_trim(match->text).n > 0))
		return;
	load_note(l, DIAG_WARNING, "", at,
	    "jail '%s' reads the whole journal; set journalmatch to the entries that it is about, "
	    "as in journalmatch = _SYSTEMD_UNIT=sshd.service",
	    load_quote(l, j->name));
}

/* A file that somebody names for a jail which reads the journal, since what is shipped says so. */
static void
lint_unread_log(struct load *l, struct jail_config *j)
{
	struct place backend = traced_at(&j->backend);
	struct slice rest, line;
	struct traced t;

	if (!slice_starts(j->backend.text, SLICE("systemd")) || backend.file == NULL ||
	    lint_own_file(l, &backend) || !jail_option(l, j, "logpath", &t))
		return;
	for (rest = t.text; slice_next(&rest, '\n', &line);) {
		struct place at = traced_place(&t, (size_t)(line.p - t.text.p), line.n);

		if (at.file == NULL || !lint_own_file(l, &at) ||
		    access(arena_copy(l->arena, line).p, F_OK) != 0)
			continue;
		load_note(l, DIAG_WARNING, "", at,
		    "nobody reads '%s', as jail '%s' has backend = systemd, and reads the journal; "
		    "set backend = auto in it to have the file read",
		    load_quote(l, line), load_quote(l, j->name));
		return;
	}
}

void
lint_jail(struct load *l, struct lint_jails *all, struct jail_config *j)
{
	lint_findtime(l, j, all->purge);
	lint_failregex(l, j);
	lint_maxlines(l, j);
	lint_journal(l, j);
	lint_unread_log(l, j);
	lint_jail_tags(l, j);
	if (j->has_filter)
		lint_definition(l, OPTION_FILTER, &j->filter);
	for (size_t i = 0; i < j->action_count; i++)
		lint_action(l, all, j, &j->actions[i]);
}

void
lint_jails_done(struct lint_jails *all)
{
	table_done(&all->grounds);
}
