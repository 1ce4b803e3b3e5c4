#include "scan/filter_state.h"

#include "util/mem.h"

static struct instant
failure_time(const struct filter *f, const struct item *item)
{
	struct instant when = item->moment.when;

	if (!item->moment.known)
		return (struct instant){FILTER_NO_DATE};
	return !f->check_all && instant_before(item->now, when) ? item->now : when;
}

void
filter_hand_over(struct filter *f, const struct item *item, unsigned regex,
    const struct identity *who, const struct door_line *lines, size_t line_count,
    const struct door_attr *attrs, size_t attr_count, const struct session *s, filter_taker *take)
{
	struct door_failure failure = {
	    .kind = who->kind,
	    .id = who->id,
	    .addr = who->addr,
	    .host = who->host,
	    .when = failure_time(f, item),
	    .regex = regex,
	    .lines = lines,
	    .line_count = line_count,
	    .attrs = attrs,
	    .attr_count = attr_count,
	};

	if (s != NULL) {
		failure.users = s->users;
		failure.user_count = s->user_count;
		failure.users_at = s->users_at;
	}
	if (take != NULL)
		take(f->sink, &failure);
}

static enum filter_result
report_plain(struct filter *f, const struct item *item, unsigned regex,
    const struct door_line *lines, size_t line_count)
{
	bool nofail =
	    f->check_all && attrs_value(f->attrs.v, f->attrs.count, SLICE("nofail")).n > 0;
	struct identity who;
	bool known;

	if (!identity_find(&who, f->attrs.v, f->attrs.count, f->dns, &known))
		return nofail ? FILTER_IGNORED : FILTER_MISSED;
	if (item->recalls)
		filter_keep_found(f, item, regex, &who);
	filter_hand_over(f, item, regex, &who, lines, line_count, f->attrs.v, f->attrs.count, NULL,
	    nofail ? f->sink->nofail : f->sink->failure);
	return nofail ? FILTER_IGNORED : FILTER_FAILED;
}

/* ---- sessions ---- */

/* Names that steer a session and are none of its data. */
static bool
steering(struct slice name)
{
	return slice_eq(name, SLICE("nofail")) || slice_eq(name, SLICE("mlfgained")) ||
	       slice_eq(name, SLICE("mlfforget"));
}

static bool
has_attr(const struct filter *f, struct slice name)
{
	return attrs_value(f->attrs.v, f->attrs.count, name).n > 0;
}

/* The session of id with this line's data in it, cached unless it ends here. */
static struct session *
session_enter(struct filter *f, struct slice id, bool gained, bool forget, struct instant now)
{
	struct session *s = session_get(&f->sessions, id, now);
	struct slice user = attrs_value(f->attrs.v, f->attrs.count, SLICE("user"));
	bool alone = s == NULL && forget; /* nothing was, and nothing will be known of others */
	bool first_user, fresh;

	if (s == NULL) {
		s = session_new(&f->sessions, id, !forget, now);
	} else {
		if (gained)
			s->pending = false;
		/* These were reported with the last failure. */
		if (!s->nofail && !s->pending)
			session_lines_clear(&s->matches);
		if (forget)
			session_take(&f->sessions, s);
		else
			s->set = now;
	}
	first_user = user.n > 0 && s->user_count == 0;
	fresh = s->attr_count == 0;
	s->users_at = first_user ? s->attr_count : s->users_at;
	if (user.n > 0 && !alone)
		session_add_user(s, user);
	for (size_t i = 0; i < f->attrs.count; i++) {
		if (!steering(f->attrs.v[i].name))
			session_set(s, &f->attrs.v[i]);
	}
	if (first_user && fresh)
		s->users_at = s->attr_count;
	return s;
}

static void
session_take_lines(struct session *s, const struct door_line *lines, size_t count, bool keep)
{
	struct session_lines together = {0};

	if (s->nofail) {
		for (size_t i = 0; keep && i < count; i++)
			session_lines_add(&s->before, &lines[i]);
		return;
	}
	session_lines_move(&together, &s->before);
	session_lines_move(&together, &s->matches);
	for (size_t i = 0; keep && i < count; i++)
		session_lines_add(&together, &lines[i]);
	mem_free(s->matches.v);
	s->matches = together;
}

static enum filter_result
session_report(struct filter *f, const struct item *item, unsigned regex, struct session *s)
{
	filter_taker *take = s->nofail ? f->sink->nofail : f->sink->failure;
	struct identity who;
	bool known, named;

	named = identity_find(&who, s->attrs, s->attr_count, f->dns, &known);
	if (!s->nofail)
		s->pending = !known;
	if (!named) {
		/* A failure of nobody yet is shown by f2b-regex; a jail waits for who it was. */
		take = f->check_all && s->pending && !s->nofail ? f->sink->unknown : NULL;
		who = (struct identity){.kind = DOOR_TEXT};
	}
	filter_hand_over(
	    f, item, regex, &who, s->matches.v, s->matches.count, s->attrs, s->attr_count, s, take);
	return s->nofail ? FILTER_IGNORED : named ? FILTER_FAILED : FILTER_MISSED;
}

/*
 * A match that belongs to a session. Source: observed; the steps are those of fail2ban, since
 * which lines are kept for the next failure depends on their order.
 */
static enum filter_result
report_session(struct filter *f, const struct item *item, unsigned regex, struct slice id,
    const struct door_line *lines, size_t line_count)
{
	bool gained = has_attr(f, SLICE("mlfgained"));
	bool nofail = gained || has_attr(f, SLICE("nofail"));
	bool forget = has_attr(f, SLICE("mlfforget"));
	struct session *s = session_enter(f, id, gained, forget, item->now);
	enum filter_result r;

	/* Somebody who tries a second user is not forgiven for what he gained. */
	if (s->pending || s->user_count > 1)
		nofail = gained = false;
	s->nofail = nofail;
	session_take_lines(s, lines, line_count, nofail ? !forget : true);
	r = session_report(f, item, regex, s);
	if (!s->cached)
		session_free(&f->sessions, s);
	return r;
}

enum filter_result
filter_report(struct filter *f, const struct item *item, unsigned regex,
    const struct door_line *lines, size_t line_count)
{
	struct slice mlfid = attrs_value(f->attrs.v, f->attrs.count, SLICE("mlfid"));

	/* Of so many no jail keeps more than the last. */
	if (line_count > DOOR_LINES_MAX) {
		lines += line_count - DOOR_LINES_MAX;
		line_count = DOOR_LINES_MAX;
	}
	if (!item->moment.known && !f->check_all) {
		filter_note(f, FILTER_NOTE_NO_DATE, item->text, 0);
		return FILTER_MISSED;
	}
	if (mlfid.n > 0)
		return report_session(f, item, regex, mlfid, lines, line_count);
	return report_plain(f, item, regex, lines, line_count);
}
