#include "client/jails.h"

#include <errno.h>

static int64_t
number_at(const struct value *pair, size_t index)
{
	const struct value *v = value_at(pair, index);

	return v != NULL && v->kind == VALUE_INT ? v->number : 0;
}

/* The number behind a label in a list of pairs; negative if it is not there. */
static double
labelled(const struct value *list, struct slice label)
{
	for (size_t i = 0; i < value_count(list); i++) {
		const struct value *pair = value_at(list, i), *v = value_at(pair, 1);

		if (v == NULL || !value_is_text(value_at(pair, 0), label))
			continue;
		return v->kind == VALUE_FLOAT ? v->real
		       : v->kind == VALUE_INT ? (double)v->number
					      : -1;
	}
	return -1;
}

/* A jail is as far behind as the source that is furthest behind. */
static void
add_sources(struct jails_row *row, const struct value *sources)
{
	for (size_t i = 0; i < value_count(sources); i++) {
		const struct value *part = value_at(value_at(sources, i), 1);
		double lines = labelled(part, SLICE("Lines per second"));
		double lag = labelled(part, SLICE("Lag seconds"));

		if (lines >= 0)
			row->lines_s = (row->lines_s > 0 ? row->lines_s : 0) + lines;
		row->lag_s = lag > row->lag_s ? lag : row->lag_s;
	}
}

static int
ask(struct link *l, struct arena *a, const char *first, const char *second, const char *third,
    struct value **reply, struct diag *d)
{
	struct value *command = value_add(a, value_list(a), value_cstr(a, first));

	if (second != NULL)
		(void)value_add(a, command, value_cstr(a, second));
	if (third != NULL)
		(void)value_add(a, command, value_cstr(a, third));
	return link_ask(l, a, command, reply, d);
}

static void
take_stats(struct arena *a, const struct value *stats, struct jails *out)
{
	out->count = value_count(stats);
	out->v = arena_array(a, out->count + 1, sizeof(*out->v));
	for (size_t i = 0; i < out->count; i++) {
		const struct value *name = stats->seq.items[2 * i],
				   *s = stats->seq.items[2 * i + 1];
		const struct value *backend = value_at(s, 0);

		out->v[i] = (struct jails_row){
		    .name = name->kind == VALUE_TEXT ? name->text : SLICE("?"),
		    .backend =
			backend != NULL && backend->kind == VALUE_TEXT ? backend->text : SLICE("?"),
		    .failing = number_at(value_at(s, 1), 0),
		    .failed = number_at(value_at(s, 1), 1),
		    .banned = number_at(value_at(s, 2), 0),
		    .bans = number_at(value_at(s, 2), 1),
		    .lines_s = -1,
		    .lag_s = -1,
		};
	}
}

int
jails_load(
    struct link *l, struct arena *a, struct jails *out, const struct value **reply, struct diag *d)
{
	const struct value *sources;
	struct value *answer;
	int r = ask(l, a, "stats", NULL, NULL, &answer, d);

	if (r < 0)
		return r;
	*reply = answer;
	if (value_at(answer, 1) == NULL || value_at(answer, 1)->kind != VALUE_MAP)
		return -EPROTO;
	take_stats(a, value_at(answer, 1), out);
	/* fail2ban's server knows no sources, and answers something else. */
	r = ask(l, a, "status", "--all", "sources", &answer, d);
	if (r < 0)
		return r;
	sources = value_at(value_at(answer, 1), 2);
	for (size_t i = 0; i < out->count && sources != NULL && sources->kind == VALUE_MAP; i++)
		add_sources(&out->v[i], value_get(sources, out->v[i].name));
	return 0;
}

const struct jails_row *
jails_find(const struct jails *j, struct slice name)
{
	for (size_t i = 0; i < j->count; i++)
		if (slice_eq(j->v[i].name, name))
			return &j->v[i];
	return NULL;
}
