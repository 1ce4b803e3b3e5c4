#include "action/action_list.h"

#include "action/chain.h"
#include "action/direct.h"
#include "action/nftmod.h"
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>

void
action_restored(struct action_list *l)
{
	LIST_EACH(link, &l->entries) {
		struct entry *e = LIST_ITEM(link, struct entry, link);

		if (e->wanted && nftmod_named(e))
			queue_add(l->queue, EVENT_RESTORED, e, NULL);
	}
}

void
action_repair(struct action_list *l)
{
	LIST_EACH(link, &l->entries) {
		struct entry *e = LIST_ITEM(link, struct entry, link);

		if (e->wanted)
			queue_add(l->queue, EVENT_REPAIR, e, NULL);
	}
}

void
action_look(struct action_list *l)
{
	LIST_EACH(link, &l->entries) {
		struct entry *e = LIST_ITEM(link, struct entry, link);

		if (e->wanted && !nftmod_named(e) && chain_comparable(e))
			queue_add(l->queue, EVENT_LOOK, e, NULL);
	}
}

int
action_verify(struct action_list *l, size_t index, struct action_state *out, struct diag *d)
{
	struct entry *e = action_list_at(l, index);
	struct runner r;
	int error = 0;
	bool module;

	if (e == NULL)
		return -ENOENT;
	module = nftmod_named(e);
	if (!module && chain_comparable(e)) {
		*out = e->seen;
		return 0;
	}
	*out = (struct action_state){.known = module || direct_comparable(e), .rules = true};
	runner_init(&r, l->loop, l->jail, NULL);
	diag_init(&r.diag);
	if (out->known)
		error = module ? nftmod_compare(&r, e, out) : direct_compare(&r, e, false, out);
	if (error < 0)
		*d = r.diag;
	runner_done(&r);
	return error;
}

static void
put_back(uv_timer_t *timer)
{
	struct action_list *l = timer->data;

	LIST_EACH(link, &l->entries) {
		struct entry *e = LIST_ITEM(link, struct entry, link);

		if (nftmod_concerned(e, SLICE_EMPTY, SLICE_EMPTY))
			queue_add(l->queue, EVENT_LOST, e, NULL);
	}
}

static void
entry_lost(struct action_list *l, struct entry *e)
{
	enum contest_verdict v = contest_loss(&l->contest, nftwatch_transaction(), time_mono());

	e->contested = l->contest.on;
	if (v == CONTEST_AT_ONCE)
		queue_add(l->queue, EVENT_LOST, e, NULL);
	else if (!uv_is_active((uv_handle_t *)l->calm))
		(void)uv_timer_start(l->calm, put_back, CONTEST_WAIT_MS, 0);
	if (v == CONTEST_BEGINS)
		log_write(LEVEL_WARNING, "actions",
		    "[%.*s] another program takes bans out of nf_tables again and again; from now on they "
		    "are put back once a second; 'nft monitor' shows what it does",
		    SLICE_ARG(l->jail->name));
}

static void
list_lost(struct nftwatch *w, struct slice table, struct slice set)
{
	struct action_list *l = LIST_ITEM(w, struct action_list, watch);

	LIST_EACH(link, &l->entries) {
		struct entry *e = LIST_ITEM(link, struct entry, link);

		if (nftmod_concerned(e, table, set))
			entry_lost(l, e);
	}
}

/* Without hearing of it, its next ban puts it back. */
void
action_list_watch(struct action_list *l)
{
	int r;

	if (l->watch.lost != NULL)
		return;
	l->watch.lost = list_lost;
	l->calm = MEM_NEW(uv_timer_t);
	l->calm->data = l;
	(void)uv_timer_init(l->loop, l->calm);
	r = nftwatch_add(&l->watch, l->loop);
	if (r < 0)
		log_write(LEVEL_WARNING, "actions",
		    "[%.*s] cannot hear of changes of nf_tables: %s; what somebody takes out of it "
		    "comes back with the next ban only",
		    SLICE_ARG(l->jail->name), strerror(-r));
}
