#include "control/status.h"

#include "control/guardjournal.h"
#include "control/guardlog.h"
#include "control/sources.h"
#include "util/escape.h"
#include "util/log.h"
#include "util/mem.h"

void
status_add(struct arena *a, struct value *list, const char *label, struct value *v)
{
	(void)value_add(a, list, value_pair(a, value_cstr(a, label), v));
}

void
status_count(struct arena *a, struct value *list, const char *label, uint64_t n)
{
	status_add(a, list, label, value_int(a, (int64_t)n));
}

static struct value *
counts(struct arena *a, uint64_t current, uint64_t total)
{
	return value_pair(a, value_int(a, (int64_t)current), value_int(a, (int64_t)total));
}

static struct value *
logs(struct arena *a, const struct guard *g)
{
	struct value *out = value_list(a);

	if (g->feed != NULL)
		return value_add(a, out, value_cstr(a, g->backend));
	for (const struct list *link = g->logs.next; link != &g->logs; link = link->next) {
		const struct guardlog *l = LIST_ITEM(link, struct guardlog, link);

		(void)value_add(a, out, value_text(a, file_path(l->file)));
	}
	return out;
}

/* A list of one text, "A=1 B=2 + C=3". */
static struct value *
matches(struct arena *a, const struct guard *g)
{
	struct value *out = value_list(a);
	struct buf text;

	buf_init(&text, 65536);
	for (size_t i = 0; i < guardjournal_count(g->journal); i++) {
		buf_add_cstr(&text, i > 0 ? " + " : "");
		buf_add(&text, guardjournal_match(g->journal, i));
	}
	(void)value_add(a, out, value_text(a, buf_slice(&text)));
	buf_done(&text);
	return out;
}

struct value *
status_banned(struct arena *a, const struct guard *g, enum ban_order order)
{
	struct value *out = value_list(a);
	struct ticket **all;
	size_t n;

	all = ban_list(g->bans, order, &n);
	for (size_t i = 0; i < n; i++)
		(void)value_add(a, out, value_text(a, ticket_id(all[i])));
	mem_free(all);
	return out;
}

/*
 * What a cap has cost: fail2ban's status has no such entry, so it is there only when there is something
 * to tell.
 */
static void
add_cost(struct arena *a, struct value *part, const char *label, uint64_t count)
{
	if (count > 0)
		status_count(a, part, label, count);
}

static struct value *
filter_part(struct arena *a, const struct guard *g)
{
	struct value *part = value_list(a);

	status_count(a, part, "Currently failed", failure_ids(g->failures));
	status_count(a, part, "Total failed", failure_total(g->failures));
	if (g->journal != NULL)
		status_add(a, part, "Journal matches", matches(a, g));
	else
		status_add(a, part, "File list", logs(a, g));
	add_cost(a, part, "Lines passed over", filter_passed_over(g->filter));
	add_cost(a, part, "Failures given up", failure_evicted(g->failures));
	add_cost(a, part, "Failures without lines", failure_given_up(g->failures));
	return part;
}

/*
 * What a lookup of the addresses' networks would fill in. It asks a name server once per address,
 * which nothing here waits for; each address is answered "error", as where no resolver is there.
 */
static void
add_networks(struct arena *a, struct value *part, size_t n)
{
	static const char *const labels[] = {"Banned ASN list", "Banned Country list", "Banned RIR list"};

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		struct value *list = value_list(a);

		if (n > 0)
			(void)value_add(a, list, value_cstr(a, "error"));
		status_add(a, part, labels[i], list);
	}
}

static struct value *
action_part(struct arena *a, const struct guard *g, enum status_flavor flavor)
{
	struct value *part = value_list(a);

	status_count(a, part, "Currently banned", ban_count(g->bans));
	status_count(a, part, "Total banned", ban_total(g->bans));
	if (flavor != STATUS_SHORT)
		status_add(a, part, "Banned IP list", status_banned(a, g, BAN_BY_ENTRY));
	if (flavor == STATUS_CYMRU)
		add_networks(a, part, ban_count(g->bans));
	add_cost(a, part, "Bans without lines", ban_without_matches(g->bans));
	return part;
}

/* Of each action, and of all. */
static struct value *
queues(struct arena *a, const struct guard *g)
{
	struct value *out = value_list(a), *part;

	for (size_t i = 0; i < action_count(g->actions); i++) {
		struct action_load load = action_load(g->actions, i);

		part = value_list(a);
		status_count(a, part, "Waiting", load.waiting);
		status_add(a, part, "Running", value_bool(a, load.running));
		(void)value_add(
		    a, out, value_pair(a, value_text(a, action_name(g->actions, i)), part));
	}
	part = value_list(a);
	status_count(a, part, "Waiting or running", action_pending(g->actions));
	status_count(a, part, "Refused", action_refused(g->actions));
	status_add(a, out, "All", part);
	return out;
}

struct value *
status_of(struct arena *a, const struct guard *g, enum status_flavor flavor)
{
	struct value *out = value_list(a);

	if (flavor == STATUS_STATS) {
		(void)value_add(a, out, value_cstr(a, guard_source(g)));
		(void)value_add(
		    a, out, counts(a, failure_ids(g->failures), failure_total(g->failures)));
		return value_add(a, out, counts(a, ban_count(g->bans), ban_total(g->bans)));
	}
	if (flavor == STATUS_ACTIONS)
		return queues(a, g);
	if (flavor == STATUS_SOURCES)
		return sources_of(a, g);
	status_add(a, out, "Filter", filter_part(a, g));
	status_add(a, out, "Actions", action_part(a, g, flavor));
	return out;
}

static void
log_unknown(struct slice name, int level)
{
	struct buf *line = log_begin(level, "jail");

	if (line == NULL)
		return;
	buf_add_cstr(line, "Unsupported extended jail status flavor '");
	escape_format(line, slice_upto(name, 200));
	buf_add_cstr(line, "'. Supported: ['short', 'basic', 'stats', 'cymru']");
	log_end();
}

enum status_flavor
status_flavor(struct slice name, int level)
{
	static const char *const names[] = {
	    [STATUS_BASIC] = "basic",
	    [STATUS_SHORT] = "short",
	    [STATUS_STATS] = "stats",
	    [STATUS_CYMRU] = "cymru",
	    [STATUS_ACTIONS] = "actions",
	    [STATUS_SOURCES] = "sources",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_eq(name, slice_cstr(names[i])))
			return (enum status_flavor)i;
	log_unknown(name, level);
	return STATUS_BASIC;
}
