#include "client/shape.h"

#include "client/named.h"
#include "client/overview.h"

static struct value *
put(struct arena *a, struct value *map, const char *key, const struct value *v)
{
	return value_put_cstr(a, map, key, v != NULL ? value_copy(a, v) : value_nil(a));
}

/* (current, total) under two labels. */
static struct value *
counters(struct arena *a, const struct value *pair, const char *now, const char *total)
{
	struct value *map = value_map(a);

	(void)put(a, map, now, value_at(pair, 0));
	return put(a, map, total, value_at(pair, 1));
}

/* [backend, (failing, failed), (banned, bans)], with the labels that "status" has for them. */
static struct value *
stats_row(struct arena *a, const struct value *v)
{
	struct value *map = value_map(a);

	if (value_count(v) != 3 || v->kind == VALUE_MAP)
		return named(a, v);
	(void)put(a, map, "Backend", value_at(v, 0));
	(void)value_put_cstr(
	    a, map, "Filter", counters(a, value_at(v, 1), "Currently failed", "Total failed"));
	return value_put_cstr(
	    a, map, "Actions", counters(a, value_at(v, 2), "Currently banned", "Total banned"));
}

/* Each item of a map through one. */
static struct value *
each(struct arena *a, const struct value *map,
    struct value *(*one)(struct arena *a, const struct value *v))
{
	struct value *out = value_map(a);

	if (map->kind != VALUE_MAP)
		return named(a, map);
	for (size_t i = 0; i < map->seq.count; i += 2)
		(void)value_put(
		    a, out, value_copy(a, map->seq.items[i]), one(a, map->seq.items[i + 1]));
	return out;
}

static struct value *
shape_stats(struct arena *a, const struct value *words, const struct value *reply)
{
	return each(a, reply, stats_row);
}

/* "a, b" as a list. */
static struct value *
jail_list(struct arena *a, const struct value *v)
{
	struct value *list = value_list(a);
	struct slice rest, name;

	if (v == NULL || v->kind != VALUE_TEXT)
		return list;
	rest = v->text;
	while (slice_next(&rest, ',', &name))
		if (slice_trim(name).n > 0)
			(void)value_add(a, list, value_text(a, slice_trim(name)));
	return list;
}

/* The server's status is two pairs or more, and with --all a map of the jails behind them. */
static struct value *
server_status(struct arena *a, const struct value *reply)
{
	struct value *map = value_map(a);

	(void)put(a, map, "Number of jail", value_at(value_at(reply, 0), 1));
	(void)value_put_cstr(a, map, "Jail list", jail_list(a, value_at(value_at(reply, 1), 1)));
	for (size_t i = 2; i < value_count(reply); i++) {
		const struct value *more = value_at(reply, i);

		if (more->kind == VALUE_MAP)
			(void)value_put_cstr(a, map, "Jails", each(a, more, named));
		else if (value_is_text(value_at(more, 0), SLICE("Changes not stored")))
			(void)put(a, map, "Changes not stored", value_at(more, 1));
	}
	return map;
}

static struct value *
shape_status(struct arena *a, const struct value *words, const struct value *reply)
{
	bool all = value_count(words) == 1 || value_is_text(value_at(words, 1), SLICE("--all"));
	const struct value *flavor = value_at(words, 2);

	if (flavor != NULL && value_is_text(flavor, SLICE("stats")))
		return all ? each(a, reply, stats_row) : stats_row(a, reply);
	return all && value_at(reply, 1) != NULL ? server_status(a, reply) : named(a, reply);
}

/* Without addresses a list of maps, one a jail, which become one; else a list for each address. */
static struct value *
shape_banned(struct arena *a, const struct value *words, const struct value *reply)
{
	struct value *map = value_map(a);

	if (reply->kind != VALUE_LIST)
		return named(a, reply);
	for (size_t i = 0; i < value_count(reply); i++) {
		const struct value *v = value_at(reply, i), *ip = value_at(words, i + 1);

		if (value_count(words) > 1 && ip != NULL)
			(void)value_put(a, map, value_copy(a, ip), value_copy(a, v));
		for (size_t k = 0; v->kind == VALUE_MAP && k < v->seq.count; k += 2)
			(void)value_put(a, map, value_copy(a, v->seq.items[k]),
			    value_copy(a, v->seq.items[k + 1]));
	}
	return map;
}

static struct value *
shape_version(struct arena *a, const struct value *words, const struct value *reply)
{
	struct value *map = value_map(a);

	(void)put(a, map, "version", reply);
	return value_put_cstr(a, map, "schema", value_int(a, SHAPE_VERSION));
}

static struct value *
ban_of(struct arena *a, const struct value *line)
{
	struct value *map = value_map(a);
	struct overview_ban ban;

	if (line->kind != VALUE_TEXT || !overview_parse_ban(line->text, &ban))
		return value_copy(a, line);
	(void)value_put_cstr(a, map, "id", value_text(a, ban.id));
	(void)value_put_cstr(a, map, "since", value_text(a, ban.since));
	(void)value_put_cstr(a, map, "bantime", value_int(a, ban.seconds));
	return value_put_cstr(
	    a, map, "until", ban.seconds < 0 ? value_nil(a) : value_text(a, ban.until));
}

static struct value *
shape_banip(struct arena *a, const struct value *words, const struct value *reply)
{
	const struct value *how = value_at(words, 3);
	struct value *list = value_list(a);

	if (how == NULL || !value_is_text(how, SLICE("--with-time")) || reply->kind != VALUE_LIST)
		return named(a, reply);
	for (size_t i = 0; i < value_count(reply); i++)
		(void)value_add(a, list, ban_of(a, value_at(reply, i)));
	return list;
}

/* Positions get these names. */
static struct value *
by_position(struct arena *a, const struct value *reply, const char *const *names, size_t count)
{
	struct value *map = value_map(a);

	if (value_count(reply) != count || reply->kind == VALUE_MAP)
		return named(a, reply);
	for (size_t i = 0; i < count; i++)
		(void)put(a, map, names[i], value_at(reply, i));
	return map;
}

static struct value *
shape_datepattern(struct arena *a, const struct value *words, const struct value *reply)
{
	static const char *const names[] = {"pattern", "name"};

	return by_position(a, reply, names, 2);
}

static struct value *
shape_ignorecache(struct arena *a, const struct value *words, const struct value *reply)
{
	static const char *const names[] = {"key", "max-count", "max-time"};

	return by_position(a, reply, names, 3);
}

static const struct {
	const char *scope, *name; /* scope "": the first word; else the third is the name */
	struct value *(*shape)(
	    struct arena *a, const struct value *words, const struct value *reply);
} rows[] = {
    {"", "status", shape_status},
    {"", "stats", shape_stats},
    {"", "statistic", shape_stats},
    {"", "statistics", shape_stats},
    {"", "banned", shape_banned},
    {"", "version", shape_version},
    {"get", "banip", shape_banip},
    {"get", "datepattern", shape_datepattern},
    {"set", "datepattern", shape_datepattern},
    {"get", "ignorecache", shape_ignorecache},
    {"set", "ignorecache", shape_ignorecache},
};

struct value *
shape_reply(struct arena *a, const struct value *words, const struct value *reply)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool server = rows[i].scope[0] == '\0';
		const struct value *name = value_at(words, server ? 0 : 2);

		if (name != NULL && value_is_text(name, slice_cstr(rows[i].name)) &&
		    (server || value_is_text(value_at(words, 0), slice_cstr(rows[i].scope))))
			return rows[i].shape(a, words, reply);
	}
	return named(a, reply);
}
