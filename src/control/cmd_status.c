/* Questions about how jails are doing. */
#include "control/command.h"
#include "control/status.h"
#include "control/verify.h"
#include "control/watch.h"
#include "util/log.h"

/* All jails in the order of their names, which is how fail2ban lists them. */
static int
compare_names(const void *a, const void *b)
{
	const struct guard *x = *(struct guard *const *)a, *y = *(struct guard *const *)b;

	return slice_cmp(slice_cstr(x->name), slice_cstr(y->name));
}

static struct guard **
guards_by_name(struct request *rq, size_t *count)
{
	struct monitor *m = rq->monitor;
	struct guard **v = arena_array(rq->arena, m->by_name.n + 1, sizeof(struct guard *));
	size_t n = 0;

	LIST_EACH(link, &m->guards)
		if (n < m->by_name.n)
			v[n++] = LIST_ITEM(link, struct guard, link);
	qsort(v, n, sizeof(struct guard *), compare_names);
	*count = n;
	return v;
}

static struct value *
server_status(struct request *rq)
{
	const struct store *s = rq->monitor->store;
	uint64_t lost = s != NULL ? store_lost(s) : 0;
	struct arena *a = rq->arena;
	struct value *out = value_list(a);
	struct guard **v;
	struct buf names;
	size_t n;

	v = guards_by_name(rq, &n);
	buf_init(&names, (size_t)16 * 1024 * 1024);
	for (size_t i = 0; i < n; i++) {
		buf_add_cstr(&names, i > 0 ? ", " : "");
		buf_add_cstr(&names, v[i]->name);
	}
	status_count(a, out, "Number of jail", n);
	status_add(a, out, "Jail list", value_text(a, buf_slice(&names)));
	buf_done(&names);
	/* fail2ban knows no such thing; it is told where it is one. */
	if (lost > 0)
		status_count(a, out, "Changes not stored", lost);
	return out;
}

static struct value *
statuses(struct request *rq, enum status_flavor flavor)
{
	struct arena *a = rq->arena;
	struct value *map = value_map(a);
	struct guard **v;
	size_t n;

	v = guards_by_name(rq, &n);
	for (size_t i = 0; i < n; i++)
		(void)value_put_cstr(a, map, v[i]->name, status_of(a, v[i], flavor));
	return map;
}

static struct value *
run_repair(struct request *rq)
{
	struct value *error;
	struct guard *g = request_guard(rq, true, &error);

	return g != NULL ? repair_jail(rq, g) : error;
}

static struct value *
run_status(struct request *rq)
{
	bool reader = rq->conn != NULL && rq->conn->reader;
	enum status_flavor flavor = STATUS_BASIC;
	struct slice name, word;
	struct value *error, *out;
	struct guard *g;

	if (request_argc(rq) == 0)
		return server_status(rq);
	if (request_argc(rq) > 2)
		return value_error(rq->arena, ERROR_FAILED, "Invalid command (no status)");
	if (!request_text(rq, 0, &name, &error))
		return error;
	if (request_argc(rq) == 2) {
		if (!request_text(rq, 1, &word, &error))
			return error;
		/* It runs programs, as root. */
		if (slice_eq(word, SLICE("--verify")) && reader)
			return value_error(rq->arena, ERROR_PERMISSION,
			    "'status JAIL --verify' is not for readers; ask on the control socket");
		if (slice_eq(word, SLICE("--verify"))) {
			g = request_guard(rq, false, &error);
			return g != NULL ? verify_jail(rq, g) : error;
		}
		/* Readers cannot fill the log. */
		flavor = status_flavor(word, reader ? LEVEL_DEBUG : LEVEL_WARNING);
	}
	if (slice_eq(name, SLICE("--all"))) {
		if (flavor == STATUS_STATS)
			return statuses(rq, flavor);
		out = server_status(rq);
		return value_add(rq->arena, out, statuses(rq, flavor));
	}
	g = request_guard(rq, false, &error);
	return g != NULL ? status_of(rq->arena, g, flavor) : error;
}

static struct value *
run_stats(struct request *rq)
{
	return statuses(rq, STATUS_STATS);
}

const struct command commands_status[] = {
    {"status", "[--all|<JAIL>] [<FLAVOR>]",
	"returns how the server, or a jail, is doing; the flavor is basic, short, stats, cymru, "
	"actions or sources",
	run_status, true},
    {"status", "<JAIL> --verify",
	"returns also how the jail's bans, the database and the kernel compare", run_status, true},
    {"repair", "<JAIL>",
	"makes the kernel hold exactly the jail's bans, adds to the database those it lacks, and "
	"returns how they compare",
	run_repair},
    {"watch", "[--events=<EVENTS>] [--count=<N>] [<JAIL>...]",
	"tells what happens, in these jails or all: found, attempt, ban, restore, unban, repeal",
	watch_run, true},
    {"stats", "", "returns the counters of all jails as a table", run_stats, true},
    {"statistic", "", NULL, run_stats, true},
    {"statistics", "", NULL, run_stats, true},
    {NULL},
};
