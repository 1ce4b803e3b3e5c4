#include "client/overview.h"

#include "util/lapse.h"
#include "util/log.h"

#include <errno.h>
#include <stdio.h>

#define OUTPUT_MAX ((size_t)256 * 1024 * 1024)

static const struct grid_column jail_columns[] = {
    {"Jail", false},
    {"Backend", false},
    {"Failing", true},
    {"Failed", true},
    {"Fails/min", true},
    {"Banned", true},
    {"Bans", true},
    {"Bans/min", true},
    {"Lines/s", true},
    {"Lag", true},
};

static const struct grid_column ban_columns[] = {
    {"Id", false},
    {"Since", false},
    {"Until", false},
    {"Left", true},
};

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* How much more it is than before, a minute. A server that was started anew counts from 0. */
static void
add_rate(struct grid *g, int64_t now, const int64_t *before, double minutes)
{
	double more = before != NULL && now >= *before ? (double)(now - *before) / minutes : 0;

	if (before == NULL)
		grid_number(g, -1, "-");
	else
		grid_number(g, more, "%.0f", more);
}

static void
add_known(struct grid *g, double x, const char *unit)
{
	if (x < 0)
		grid_number(g, -1, "-");
	else
		grid_number(g, x, "%.1f%s", x, unit);
}

void
overview_jails(
    struct grid *g, const struct jails *now, const struct jails *before, double minutes_ago)
{
	grid_init(g, jail_columns, COUNT(jail_columns));
	for (size_t i = 0; i < now->count; i++) {
		const struct jails_row *r = &now->v[i];
		const struct jails_row *b =
		    before != NULL && minutes_ago > 0 ? jails_find(before, r->name) : NULL;

		grid_row(g);
		grid_text(g, r->name);
		grid_text(g, r->backend);
		grid_number(g, (double)r->failing, "%lld", (long long)r->failing);
		grid_number(g, (double)r->failed, "%lld", (long long)r->failed);
		add_rate(g, r->failed, b != NULL ? &b->failed : NULL, minutes_ago);
		grid_number(g, (double)r->banned, "%lld", (long long)r->banned);
		grid_number(g, (double)r->bans, "%lld", (long long)r->bans);
		add_rate(g, r->bans, b != NULL ? &b->bans : NULL, minutes_ago);
		add_known(g, r->lines_s, "");
		add_known(g, r->lag_s, "s");
	}
}

int
overview_sort(struct grid *g, struct slice title, struct diag *d)
{
	int column = grid_column(g, title);
	struct buf known;

	if (column >= 0) {
		grid_sort(g, (size_t)column);
		return 0;
	}
	buf_init(&known, 1000);
	for (size_t i = 0; i < g->column_count; i++)
		buf_printf(&known, "%s%s", i > 0 ? ", " : "", g->columns[i].title);
	(void)diag_fail(d, -EINVAL, (struct place){0}, "--sort= wants one of the columns: %s",
	    buf_cstr(&known));
	buf_done(&known);
	return -EINVAL;
}

/* The time of day at the end of s, "YYYY-MM-DD HH:MM:SS"; false if there is none. */
static bool
take_date(struct slice *s, struct slice *date)
{
	static const size_t length = 19;

	if (s->n < length)
		return false;
	*date = slice_from(*s, s->n - length);
	*s = slice_upto(*s, s->n - length);
	return true;
}

/* Read from its end, for an id may hold anything. */
bool
overview_parse_ban(struct slice line, struct overview_ban *out)
{
	struct overview_ban b;
	size_t at;

	if (!take_date(&line, &b.until) || !slice_ends(line, SLICE(" = ")))
		return false;
	line = slice_upto(line, line.n - 3);
	for (at = line.n; at > 0 && line.p[at - 1] != ' '; at--)
		continue;
	if (slice_i64(slice_from(line, at), -1, INT64_MAX, &b.seconds) < 0)
		return false;
	line = slice_upto(line, at);
	if (!slice_ends(line, SLICE(" + ")))
		return false;
	line = slice_upto(line, line.n - 3);
	if (!take_date(&line, &b.since) || !slice_ends(line, SLICE(" \t")))
		return false;
	b.id = slice_upto(line, line.n - 2);
	*out = b;
	return true;
}

/* The number in n digits at the front of s, and one character behind it, which are dropped. */
static int
take_number(struct slice *s, size_t n)
{
	uint64_t x = 0;

	(void)slice_u64(slice_upto(*s, n), 9999, &x); /* no date gives 0, a time long past */
	*s = slice_from(*s, n + 1);
	return (int)x;
}

/* What is left of a ban; the server's clock is ours. */
static void
add_left(struct grid *g, const struct overview_ban *b, struct instant now)
{
	struct slice until = b->until;
	struct civil c = {0};
	struct buf left;
	double s;

	if (b->seconds < 0) {
		grid_number(g, 1e18, "for ever");
		return;
	}
	c.year = take_number(&until, 4);
	c.month = take_number(&until, 2);
	c.day = take_number(&until, 2);
	c.hour = take_number(&until, 2);
	c.minute = take_number(&until, 2);
	c.second = take_number(&until, 2);
	s = (double)instant_since(civil_from_local(&c), now).us / (double)US_PER_S;
	buf_init(&left, 100);
	lapse_format(&left, s > 0 ? s : 0);
	grid_number(g, s, "%s", buf_cstr(&left));
	buf_done(&left);
}

static void
bans_grid(struct grid *g, const struct value *lines)
{
	struct instant now = time_now();

	grid_init(g, ban_columns, COUNT(ban_columns));
	for (size_t i = 0; i < value_count(lines); i++) {
		const struct value *line = value_at(lines, i);
		struct overview_ban b;

		if (line->kind != VALUE_TEXT || !overview_parse_ban(line->text, &b))
			continue;
		grid_row(g);
		grid_text(g, b.id);
		grid_text(g, b.since);
		grid_text(g, b.seconds < 0 ? SLICE("-") : b.until);
		add_left(g, &b, now);
	}
}

struct request {
	struct slice sort;	  /* .n is 0: as the server lists them */
	const struct value *jail; /* NULL: all */
};

static struct request
parse_words(const struct value *words)
{
	static const struct slice sort = {"--sort=", 7};
	struct request rq = {0};

	for (size_t i = 1; i < value_count(words); i++) {
		const struct value *w = value_at(words, i);

		if (slice_starts(w->text, sort))
			rq.sort = slice_from(w->text, sort.n);
		else if (!value_is_text(w, SLICE("--table")))
			rq.jail = w;
	}
	return rq;
}

bool
overview_wanted(const struct value *words)
{
	if (!value_is_text(value_at(words, 0), SLICE("status")))
		return false;
	for (size_t i = 1; i < value_count(words); i++)
		if (value_is_text(value_at(words, i), SLICE("--table")))
			return true;
	return false;
}

static int
print_grid(struct grid *g, struct slice sort)
{
	struct buf out;
	struct diag d;
	int status = 0;

	diag_init(&d);
	if (sort.n > 0 && overview_sort(g, sort, &d) < 0) {
		log_write(LEVEL_ERROR, "", "%s", d.text);
		status = CMDLINE_FAILED;
	} else {
		buf_init(&out, OUTPUT_MAX);
		grid_format(&out, g, SIZE_MAX);
		(void)fwrite(buf_cstr(&out), 1, out.n, stdout);
		buf_done(&out);
	}
	grid_done(g);
	return status;
}

/* Fills g; a negative errno, with *reply where the server's answer says what is wrong. */
static int
load(struct link *l, struct arena *a, const struct request *rq, struct grid *g,
    const struct value **reply, struct diag *d)
{
	struct value *command, *answer;
	struct jails jails;
	int r;

	if (rq->jail == NULL) {
		r = jails_load(l, a, &jails, reply, d);
		if (r == 0)
			overview_jails(g, &jails, NULL, 0);
		return r;
	}
	command = value_add(a, value_list(a), value_cstr(a, "get"));
	(void)value_add(a, command, value_copy(a, rq->jail));
	(void)value_add(a, command, value_cstr(a, "banip"));
	(void)value_add(a, command, value_cstr(a, "--with-time"));
	r = link_ask(l, a, command, &answer, d);
	if (r < 0)
		return r;
	*reply = answer;
	if (value_at(answer, 1) == NULL || value_at(answer, 1)->kind != VALUE_LIST)
		return -EPROTO;
	bans_grid(g, value_at(answer, 1));
	return 0;
}

int
overview_print(const struct client *cl, const struct value *words)
{
	struct request rq = parse_words(words);
	const struct value *reply = NULL;
	int r, status = CMDLINE_FAILED;
	struct link *l = NULL;
	struct grid g;
	struct arena a;
	struct diag d;

	arena_init(&a);
	diag_init(&d);
	r = client_open(cl, &l, &d);
	if (r < 0) {
		client_unreachable(words, r, &d);
	} else {
		r = load(l, &a, &rq, &g, &reply, &d);
		if (r == 0)
			status = print_grid(&g, rq.sort);
		else if (reply != NULL)
			status = client_take(cl, reply, words);
		else
			log_write(LEVEL_ERROR, "", "%s", d.text);
	}
	link_close(l);
	arena_done(&a);
	return status;
}
