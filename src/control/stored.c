#include "control/stored.h"

#include "control/monitor.h"
#include "control/storing.h"
#include "util/mem.h"

struct reading {
	const struct guard *guard;
	struct table ids; /* of bans that are there */
	size_t extra;
};

static void
take(void *arg, struct ticket *t)
{
	struct reading *r = arg;
	struct ticket *banned = ban_get(r->guard->bans, ticket_id(t));

	if (banned == NULL)
		r->extra++;
	else
		(void)table_put(&r->ids, ticket_id(banned), banned);
}

/* Ended by table_done() of its ids, also where it fails. */
static int
read_bans(struct reading *r, const struct guard *g, struct diag *d)
{
	*r = (struct reading){.guard = g};
	diag_init(d);
	return store_each_ban(
	    g->monitor->store, slice_cstr(g->name), time_now(), (struct instant){0}, take, r, d);
}

int
stored_compare(struct guard *g, struct stored *out, struct diag *d)
{
	struct reading reading;
	int r = read_bans(&reading, g, d);

	if (r >= 0)
		*out = (struct stored){
		    reading.ids.n, ban_count(g->bans) - reading.ids.n, reading.extra};
	table_done(&reading.ids);
	return r;
}

int
stored_complete(struct guard *g, struct diag *d)
{
	struct reading reading;
	int r = read_bans(&reading, g, d);
	struct ticket **all;
	size_t n = 0;

	all = r >= 0 ? ban_list(g->bans, BAN_BY_ENTRY, &n) : NULL;
	for (size_t i = 0; i < n; i++)
		if (table_get(&reading.ids, ticket_id(all[i])) == NULL)
			store_add_ban(g->monitor->store, slice_cstr(g->name), all[i],
			    ban_bantime(g->bans, all[i]));
	mem_free(all);
	table_done(&reading.ids);
	storing_dirty(g->monitor);
	return r;
}
