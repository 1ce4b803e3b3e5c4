#include "source/journal_state.h"
#include "source/journal_text.h"

#include <errno.h>
#include <stdio.h>

/* Entries looked at in one turn of the loop, so that other sources get theirs. */
#define PORTION 500

/*
 * journald tells of new entries up to a quarter of a second late, but they can be read at once:
 * while entries come, look again soon.
 */
#define LOOK_AGAIN_MS 25
#define LOOK_AGAIN_FOR SPAN_S(1)

/* From an error to the next attempt. */
#define REOPEN_MS 1000

static bool
takes_part(const struct journal *j)
{
	return j->running && !j->paused && !j->closed;
}

/* One match of one user. Alternatives are alternatives of the whole. */
int
journal_add_match(sd_journal *journal, struct slice match, struct diag *d)
{
	struct slice rest = match, word;
	int r;

	while (slice_next_word(&rest, &word)) {
		if (slice_eq(word, SLICE("+")))
			r = journal_lib()->add_disjunction(journal);
		else
			r = journal_lib()->add_match(journal, word.p, word.n);
		if (r < 0)
			return diag_fail(d, r, (struct place){0},
			    "journalmatch: '%.*s' is no match; write FIELD=value, as in "
			    "_SYSTEMD_UNIT=ssh.service",
			    SLICE_ARG(word));
	}
	return journal_lib()->add_disjunction(journal) < 0 ? -EINVAL : 0;
}

/* Jails often ask for the same. */
static bool
asked_before(const struct reader *r, const struct journal *until, struct slice match)
{
	LIST_EACH (link, &r->users) {
		const struct journal *j = LIST_ITEM(link, struct journal, link);

		if (j == until)
			return false;
		for (size_t i = 0; takes_part(j) && i < j->match_count; i++)
			if (slice_eq(j->matches[i], match))
				return true;
	}
	return false;
}

/* The journal is asked for what any user wants; if one wants all, for all. */
static int
ask(struct reader *r)
{
	bool all = false;
	int error = 0;

	journal_lib()->flush_matches(r->journal);
	journal_terms_clear(&r->terms);
	LIST_EACH (link, &r->users) {
		struct journal *j = LIST_ITEM(link, struct journal, link);

		all |= takes_part(j) && journal_match_any(&j->match);
		if (takes_part(j))
			journal_terms_add(&r->terms, &j->match);
	}
	LIST_EACH (link, &r->users) {
		struct journal *j = LIST_ITEM(link, struct journal, link);

		/* They were found to be good when he came. */
		for (size_t i = 0; error >= 0 && !all && takes_part(j) && i < j->match_count; i++)
			if (!asked_before(r, j, j->matches[i]))
				error = journal_add_match(r->journal, j->matches[i], NULL);
	}
	return error;
}

void
journal_fall_behind(struct journal *j)
{
	if (!j->behind)
		j->place = j->reader->place;
	j->behind = true;
	j->skip = j->done_at_place;
}

/* Goes back to where the last of those is who take part. */
static int
seek(struct reader *r)
{
	struct instant from = {INT64_MAX};

	LIST_EACH (link, &r->users) {
		struct journal *j = LIST_ITEM(link, struct journal, link);

		journal_fall_behind(j);
		if (takes_part(j) && instant_before(j->place, from))
			from = j->place;
	}
	if (from.us == INT64_MAX)
		return 0;
	r->place = from;
	return journal_lib()->seek_realtime_usec(r->journal, from.us > 0 ? (uint64_t)from.us : 0);
}

/* Whether an entry of this time is news for him, who may be behind. */
static bool
is_news(struct journal *j, struct instant when)
{
	if (!j->behind)
		return true;
	if (instant_before(when, j->place))
		return false;
	if (when.us == j->place.us) {
		if (j->skip == 0)
			return true;
		j->skip--;
		return false;
	}
	j->behind = false;
	j->done_at_place = 0;
	return true;
}

static bool
may_be_news(const struct reader *r, struct instant when)
{
	LIST_EACH (link, &r->users) {
		const struct journal *j = LIST_ITEM(link, struct journal, link);

		if (takes_part(j) && !(j->behind && instant_before(when, j->place)))
			return true;
	}
	return false;
}

static int
look_at_fields(struct reader *r)
{
	const void *data;
	size_t n;
	int more;

	journal_terms_entry(&r->terms);
	journal_lib()->restart_data(r->journal);
	while ((more = journal_lib()->enumerate_available_data(r->journal, &data, &n)) > 0)
		journal_terms_field(&r->terms, slice_of(data, n));
	return more;
}

static void
deliver(struct reader *r, struct journal *j, struct instant when, struct journal_entry *e)
{
	if (e->text.n == 0) {
		e->when = journal_text_time(r->journal);
		buf_clear(&r->text);
		buf_clear(&r->date);
		r->damaged = journal_text_message(&r->text, r->journal) < 0;
		time_format_iso(&r->date, e->when);
		buf_add_char(&r->date, ' ');
		e->cut = r->text.n > SOURCE_LINE_MAX;
		e->text = slice_upto(buf_slice(&r->text), SOURCE_LINE_MAX);
		e->date = buf_slice(&r->date);
	}
	e->live = j->live;
	j->position = when;
	j->done_at_place++;
	j->sink->entry(j->sink, e);
	if (r->damaged)
		j->sink->lost(j->sink);
}

/* Hands the present entry to all who want it. */
static void
hand_round(struct reader *r)
{
	bool alone = r->users.next == r->users.prev;
	struct journal_entry e = {0};
	struct instant when = r->place;
	bool unknown; /* whose it is */
	uint64_t us;

	if (journal_lib()->get_realtime_usec(r->journal, &us) >= 0)
		when.us = (int64_t)us;
	unknown = !alone && may_be_news(r, when) && look_at_fields(r) < 0;
	r->busy = true;
	LIST_EACH (link, &r->users) {
		struct journal *j = LIST_ITEM(link, struct journal, link);

		if (!takes_part(j))
			continue;
		if (!j->behind && when.us != r->place.us)
			j->done_at_place = 0;
		if ((alone || journal_match_wants(&j->match, &r->terms)) && is_news(j, when))
			deliver(r, j, when, &e);
		else if (unknown)
			j->sink->lost(j->sink);
	}
	r->busy = false;
	r->place = when;
	r->last_entry = time_mono();
}

/* Nobody is behind at the end; what was before anybody's place does not come again. */
static void
fall_in(struct reader *r)
{
	LIST_EACH (link, &r->users) {
		const struct journal *j = LIST_ITEM(link, struct journal, link);

		if (takes_part(j) && j->behind && instant_before(r->place, j->place))
			r->place = j->place;
	}
	LIST_EACH (link, &r->users) {
		struct journal *j = LIST_ITEM(link, struct journal, link);

		if (!takes_part(j))
			continue;
		if (j->behind && j->place.us != r->place.us)
			j->done_at_place = 0;
		j->behind = false;
	}
}

static void
tell_live(struct reader *r)
{
	fall_in(r);
	r->busy = true;
	LIST_EACH (link, &r->users) {
		struct journal *j = LIST_ITEM(link, struct journal, link);

		if (!takes_part(j) || j->live)
			continue;
		j->live = true;
		if (j->sink->live != NULL)
			j->sink->live(j->sink);
	}
	r->busy = false;
}

/* Those who left while they were served. */
static void
sweep(struct reader *r)
{
	LIST_EACH (link, &r->users) {
		struct journal *j = LIST_ITEM(link, struct journal, link);

		if (j->closed)
			journal_user_free(j);
	}
}

static bool
anybody_takes_part(const struct reader *r)
{
	LIST_EACH (link, &r->users)
		if (takes_part(LIST_ITEM(link, struct journal, link)))
			return true;
	return false;
}

static void reader_read(struct reader *r);

static void
look_again(uv_timer_t *timer)
{
	reader_read(timer->data);
}

void
journal_look_in(struct reader *r, uint64_t ms)
{
	(void)uv_timer_start(&r->again, look_again, ms, 0);
}

void
journal_failed(struct reader *r, const char *why)
{
	r->failed = true;
	(void)uv_poll_stop(&r->changes);
	LIST_EACH (link, &r->users) {
		struct journal *j = LIST_ITEM(link, struct journal, link);

		if (takes_part(j))
			j->sink->failed(j->sink, why);
	}
	journal_look_in(r, REOPEN_MS);
}

static void
call_failed(struct reader *r, const char *call, int error)
{
	char why[200];

	(void)snprintf(why, sizeof(why), "sd_journal_%s: %s", call, strerror(-error));
	journal_failed(r, why);
}

static int
read_portion(struct reader *r)
{
	int n = 0, more = 1;

	while (!r->changed && n < PORTION && (more = journal_lib()->next(r->journal)) > 0) {
		hand_round(r);
		n++;
	}
	return more;
}

/* False if the journal could not be asked, which the users were told. */
static bool
ask_anew(struct reader *r)
{
	int error = ask(r);

	if (error < 0) {
		call_failed(r, "add_match", error);
		return false;
	}
	error = seek(r);
	if (error < 0) {
		call_failed(r, "seek_realtime_usec", error);
		return false;
	}
	r->changed = false;
	return true;
}

/* Reads a portion, and arranges for the next look. */
static void
reader_read(struct reader *r)
{
	int more;

	if (!anybody_takes_part(r))
		return;
	if (r->failed) {
		journal_reopen(r);
		return;
	}
	if (r->changed && !ask_anew(r))
		return;
	more = read_portion(r);
	if (more == 0 && !r->changed)
		tell_live(r);
	/* Once the last has gone, the reader is gone, too. */
	if (more < 0)
		call_failed(r, "next", more);
	else if (more > 0 || r->changed)
		journal_look_in(r, 0);
	else if (mono_since(time_mono(), r->last_entry).us < LOOK_AGAIN_FOR.us)
		journal_look_in(r, LOOK_AGAIN_MS);
	sweep(r);
}

/* Files come and go, by rotation and vacuum: libsystemd sees to that when it is told to look. */
void
journal_files_changed(uv_poll_t *handle, int status, int events)
{
	struct reader *r = handle->data;
	int error = status < 0 ? status : journal_lib()->process(r->journal);

	if (error < 0)
		call_failed(r, "process", error);
	else
		reader_read(r);
}
