#include "action/nftmod.h"

#include "action/nftcompare.h"
#include "action/nftrule.h"
#include "action/queue.h"
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>

/* One set and what looks it up. */
struct target {
	struct nft_plan plan;
	unsigned revision;	/* of the properties that the plan was made from; 0: none yet */
	bool built;
	bool adopting;		/* was there before us, and is yet to be compared */
	bool overlaps;		/* some ban is not in it, as it overlaps with another */
};

#define FAMILIES 2

struct nftmod {
	struct target targets[FAMILIES][2];	/* the second one is for networks */
};

bool
nftmod_named(const struct entry *e)
{
	return entry_has(e, SLICE("module"));
}

void
nftmod_free(struct nftmod *m)
{
	mem_free(m);
}

static struct target *
target_of(const struct entry *e, enum family family, bool networks)
{
	return e->nft != NULL ? &e->nft->targets[family - FAMILY_INET4][networks] : NULL;
}

static struct target *
target_of_ticket(const struct entry *e, const struct ticket *t)
{
	return t->addr.family == ADDR_NONE ?
	    NULL :
	    target_of(e, info_family(t), addr_network(&t->addr));
}

const struct nft_set_name *
nftmod_set(const struct entry *e, const struct ticket *ticket)
{
	const struct target *t = target_of_ticket(e, ticket);

	return t != NULL && t->built && !t->overlaps && t->revision == e->revision ? &t->plan.set :
										     NULL;
}

bool
nftmod_adopting(const struct entry *e, const struct ticket *ticket)
{
	const struct target *t = target_of_ticket(e, ticket);

	return t != NULL && t->adopting && ticket->restored;
}

/* For entry_another(): whether it has bans in that set. */
static bool
keeps_in(struct entry *e, const void *set)
{
	for (enum family f = FAMILY_INET4; f <= FAMILY_INET6; f++)
		for (unsigned networks = 0; networks < 2; networks++) {
			const struct target *t = target_of(e, f, networks);

			if (t != NULL && t->built && nft_set_name_eq(&t->plan.set, set))
				return true;
		}
	return false;
}

static bool
target_shared(const struct entry *e, const struct target *t)
{
	return t != NULL && t->built && entry_another(e, keeps_in, &t->plan.set);
}

bool
nftmod_shares(const struct entry *e)
{
	for (enum family f = FAMILY_INET4; f <= FAMILY_INET6; f++)
		if (target_shared(e, target_of(e, f, false)) || target_shared(e, target_of(e, f, true)))
			return true;
	return false;
}

/* Makes the plan of a set, unless it is there. */
static int
target_get(struct runner *r, enum family family, bool networks, struct target **out)
{
	struct entry *e = r->entry;
	struct slice module;
	struct target *t;
	int error;

	if (!entry_get(e, SLICE("module"), &module) || !slice_eq(slice_trim(module), SLICE("nft")))
		return diag_fail(&r->diag, -EINVAL, (struct place){0},
		    "module: there is none of this name; write nft");
	if (family != FAMILY_INET4 && family != FAMILY_INET6)
		return diag_fail(&r->diag, -EINVAL, (struct place){0},
		    "only addresses can be banned with nftables");
	if (e->nft == NULL)
		e->nft = MEM_NEW(struct nftmod);
	t = target_of(e, family, networks);
	if (t->revision != e->revision) {
		struct nft_plan plan;

		error = nftplan_make(&plan, e, family, networks, &r->diag);
		if (error < 0)
			return error;
		t->plan = plan;
		t->revision = e->revision;
	}
	*out = t;
	return 0;
}

/* The kernel's refusal, in words. */
static int
refused(struct runner *r, const char *doing, const struct target *t, int error)
{
	return diag_fail(&r->diag, error, (struct place){0},
	    "nftables: %s, set '%s' of table '%s': %s", doing, t->plan.set.set, t->plan.set.table,
	    nft_reason(r->nft, error));
}

static int
kernel_open(struct runner *r)
{
	int error = r->nft == NULL ? nft_share(&r->nft) : 0;

	if (error < 0)
		return diag_fail(&r->diag, error, (struct place){0},
		    "nftables: the kernel cannot be reached: %s", strerror(-error));
	return 0;
}

static int
rules_refused(struct runner *r, const struct target *t, int error)
{
	const char *chain = t->plan.chains[0].name;

	if (error == -EEXIST || error == -EOPNOTSUPP || error == -EBUSY)
		return diag_fail(&r->diag, error, (struct place){0},
		    "nftables: cannot make the rules of set '%s': chain '%s' of table '%s' is there with "
		    "another hook, type or priority, or the kernel does not do this at its hook; give the "
		    "action a chain of its own, as in chain=%s-2",
		    t->plan.set.set, chain, t->plan.set.table, chain);
	return refused(r, "cannot make the rules", t, error);
}

static int
build(struct runner *r, enum family family, struct target *t)
{
	int error = nftrule_build(r->nft, &t->plan);

	if (error < 0)
		return rules_refused(r, t, error);
	t->built = true;
	entry_mark(r->entry, family, ENTRY_STARTED);
	return 0;
}

/* Single elements. */

/* -ENOENT if the address or its set is not there. */
static int
element(struct runner *r, const struct target *t, bool add)
{
	uint64_t timeout_ms = nftcompare_timeout_ms(r->jail, r->ticket, time_now());
	struct nft_set_kind kind;
	const struct nft_change change = {
	    .set = &t->plan.set, .kind = &kind, .addr = r->ticket->addr, .add = add};
	struct nft_change changes[3] = {change, change, change};
	int error = nft_set_kind(r->nft, &t->plan.set, &kind);
	size_t failed;

	if (error < 0)
		return error;
	if (!nft_set_takes_addr(&kind, &change.addr))
		return -EINVAL;
	if (!add)
		return nft_elements(r->nft, changes, 1, &failed);
	/* What is there already keeps its end, as most kernels have it: it goes first. */
	changes[1].add = false;
	if ((kind.flags & NFT_SET_TIMEOUT) != 0)
		changes[2].timeout_ms = timeout_ms;
	return nft_elements(r->nft, changes, 3, &failed);
}

/* The set is gone, and with it all bans before this one. */
static int
ban_again(struct runner *r, struct target *t)
{
	int error;

	log_write(LEVEL_ERROR, "CommandAction",
	    "Invariant check failed. Trying to restore a sane environment");
	log_write(LEVEL_INFO, "actions", "[%.*s] set %s of table %s: %s", SLICE_ARG(r->jail->name),
	    t->plan.set.set, t->plan.set.table, nft_reason(r->nft, -ENOENT));
	r->entry->state[r->family] = 0;
	r->entry->epoch = r->jail->repaired(r->jail);
	error = build(r, r->family, t);
	return error < 0 ? error : element(r, t, true);
}

static int
ban(struct runner *r)
{
	struct target *t;
	int error;

	if (r->event == EVENT_BAN && r->ticket->restored &&
	    entry_flag(r->entry, SLICE("norestored"), false))
		return 0;
	error = target_get(r, r->family, addr_network(&r->ticket->addr), &t);
	if (error == 0 && !t->built)
		error = build(r, r->family, t);
	if (error < 0)
		return error;
	error = element(r, t, true);
	if (error == -ENOENT)
		error = ban_again(r, t);
	t->overlaps = t->overlaps || error == -EEXIST;
	if (error < 0)
		return r->diag.set ? error : refused(r, "cannot ban", t, error);
	entry_mark(r->entry, r->family, ENTRY_ITEMS);
	return 0;
}

static int
prolong(struct runner *r)
{
	if ((r->entry->state[r->family] & ENTRY_ITEMS) == 0)
		return 0;
	return ban(r);
}

/* Sets and bans compared. */

static int
compare(struct nftcompare *c, const struct runner *r, const struct entry *e, const struct target *t,
    bool extra)
{
	*c = (struct nftcompare){.jail = r->jail,
	    .set = &t->plan.set,
	    .addr = t->plan.addr,
	    .kinds = t->plan.networks ? NFTCOMPARE_NETWORKS : NFTCOMPARE_ADDRESSES,
	    .timed = true,
	    .extra = extra,
	    .shared = target_shared(e, t)};
	c->busy = queue_busy(e, &c->busy_count);
	return nftcompare_make(c, r->nft);
}

/* Makes the set what it should be, and all around it. *state is what was found. */
static int
mend(struct runner *r, enum family family, struct target *t, bool extra,
    struct action_state *state)
{
	struct nftcompare c;
	int error = build(r, family, t);

	if (error < 0)
		return error;
	error = compare(&c, r, r->entry, t, extra);
	if (error == 0)
		error = nftcompare_send(&c, r->nft);
	t->overlaps = c.overlaps > 0;
	*state = c.state;
	if (error == 0 && c.state.wanted > 0)
		entry_mark(r->entry, family, ENTRY_ITEMS);
	nftcompare_done(&c);
	return error < 0 ? refused(r, "cannot put back the bans", t, error) : 0;
}

static int
unban(struct runner *r)
{
	struct action_state state;
	struct target *t;
	int error;

	if ((r->entry->state[r->family] & ENTRY_ITEMS) == 0)
		return 0;
	error = target_get(r, r->family, addr_network(&r->ticket->addr), &t);
	if (error < 0)
		return error;
	error = element(r, t, false);
	/* What was within it, and so could not be banned beside it, is free to be banned now. */
	if (error == 0 && t->overlaps)
		return mend(r, r->family, t, false, &state);
	return error == 0 || error == -ENOENT ? 0 : refused(r, "cannot unban", t, error);
}

/* Events of the action as a whole. */

typedef int each_target(struct runner *r, enum family f, struct target *t);

/* Does it for each set that was made; the last error counts. */
static int
each_built(struct runner *r, each_target *what)
{
	int worst = 0;

	for (enum family f = FAMILY_INET4; f <= FAMILY_INET6; f++)
		for (unsigned networks = 0; networks < 2; networks++) {
			struct target *t = target_of(r->entry, f, networks);
			int error;

			if (t == NULL || !t->built)
				continue;
			error = what(r, f, t);
			worst = error < 0 ? error : worst;
		}
	return worst;
}

/* Takes over what an earlier run of ours, or fail2ban, has left. */
static int
adopt(struct runner *r, enum family f, struct target *t)
{
	struct nft_set_kind kind;
	int error;

	if (nft_set_kind(r->nft, &t->plan.set, &kind) < 0)
		return 0;
	error = nftrule_replace(r->nft, &t->plan, NULL);
	if (error < 0)
		return refused(r, "cannot take over", t, error);
	t->built = t->adopting = true;
	entry_mark(r->entry, f, ENTRY_STARTED | ENTRY_ITEMS);
	return 0;
}

/* A mistake in the properties is told at the start, though nothing is made yet. */
static int
start(struct runner *r)
{
	bool now = !entry_flag(r->entry, SLICE("actionstart_on_demand"), true);
	int worst = -EINVAL;

	for (enum family f = FAMILY_INET4; f <= FAMILY_INET6; f++)
		for (unsigned networks = 0; networks < 2; networks++) {
			struct target *t;
			int error = target_get(r, f, networks, &t);

			if (error == 0)
				error = adopt(r, f, t);
			if (error == 0 && now && !networks)
				error = build(r, f, t);
			if (error == 0)
				worst = 0;
		}
	/* A table of one family has no place for the other. */
	if (worst == 0)
		diag_init(&r->diag);
	return worst;
}

static int
restored(struct runner *r, enum family f, struct target *t)
{
	struct action_state state;
	int error;

	if (!t->adopting)
		return 0;
	t->adopting = false;
	error = mend(r, f, t, true, &state);
	if (error == 0)
		log_write(LEVEL_INFO, "actions",
		    "[%.*s] took over set %s: %zu bans were there, %zu were added, %zu removed",
		    SLICE_ARG(r->jail->name), t->plan.set.set, state.there, state.missing,
		    state.extra);
	return error;
}

static int
repair(struct runner *r, enum family f, struct target *t)
{
	struct mono begin = time_mono();
	struct action_state state;
	int error = mend(r, f, t, false, &state);

	if (error == 0 && state.missing > 0)
		log_write(r->entry->contested ? LEVEL_INFO : LEVEL_WARNING, "actions",
		    "[%.*s] somebody took %zu of %zu bans out of set %s of table %s; "
		    "put back within %.1f ms",
		    SLICE_ARG(r->jail->name), state.missing, state.wanted, t->plan.set.set,
		    t->plan.set.table, (double)mono_since(time_mono(), begin).us / 1000.0);
	return error;
}

static int
mend_all(struct runner *r, enum family f, struct target *t)
{
	struct action_state state;

	return mend(r, f, t, true, &state);
}

/*
 * Properties that were set anew may ask for other rules, or for other names, and nobody else would ever
 * take away what was made by the old ones, unless others have bans there: ours end with their time then.
 * Where the kernel refuses, these stay in force.
 */
static int
reload(struct runner *r, enum family f, struct target *t)
{
	const struct nft_plan old = t->plan;
	bool shared = target_shared(r->entry, t);
	struct action_state state;
	int error = target_get(r, f, old.networks, &t);
	bool renamed = memcmp(&old.set, &t->plan.set, sizeof(old.set)) != 0;

	if (error < 0 || memcmp(&old, &t->plan, sizeof(old)) == 0)
		return error;
	error = renamed ? mend(r, f, t, false, &state) : nftrule_replace(r->nft, &t->plan, &old);
	if (error < 0) {
		error = renamed ? error : rules_refused(r, t, error);
		t->plan = old;
		return error;
	}
	error = renamed && !shared ? nftrule_remove(r->nft, &old) : 0;
	return error < 0 ? refused(r, "cannot take away what was there before", t, error) : 0;
}

static int
flush(struct runner *r, enum family f, struct target *t)
{
	int error;

	if ((r->entry->state[f] & ENTRY_ITEMS) == 0)
		return 0;
	error = nftrule_flush(r->nft, &t->plan);
	t->overlaps = t->overlaps && error < 0;
	return error < 0 && error != -ENOENT ? refused(r, "cannot empty", t, error) : 0;
}

static int
flush_all(struct runner *r)
{
	int error = each_built(r, flush);

	if (error == 0)
		for (enum family f = FAMILY_INET4; f <= FAMILY_INET6; f++)
			r->entry->state[f] &= ~ENTRY_ITEMS;
	return error;
}

static int
stop(struct runner *r, enum family f, struct target *t)
{
	int error = target_shared(r->entry, t) ? 0 : nftrule_remove(r->nft, &t->plan);

	(void)f;
	t->built = t->adopting = t->overlaps = false;
	return error < 0 ? refused(r, "cannot take away the rules", t, error) : 0;
}

static int
stop_all(struct runner *r)
{
	int error = each_built(r, stop);

	entry_stopped(r->entry);
	return error;
}

int
nftmod_event(struct runner *r)
{
	int error = kernel_open(r);

	if (error < 0)
		return error;
	switch (r->event) {
	case EVENT_START:
		return start(r);
	case EVENT_BAN:
	case EVENT_REBAN:
		return ban(r);
	case EVENT_UNBAN:
		return unban(r);
	case EVENT_PROLONG:
		return prolong(r);
	case EVENT_RESTORED:
		return each_built(r, restored);
	case EVENT_LOST:
		return each_built(r, repair);
	case EVENT_REPAIR:
		return each_built(r, mend_all);
	case EVENT_FLUSH:
	case EVENT_LAST_FLUSH:
		return flush_all(r);
	case EVENT_STOP:
		return stop_all(r);
	case EVENT_RELOAD:
		return each_built(r, reload);
	case EVENT_CHECK:
	case EVENT_LOOK:
		break;
	}
	return 0;
}

bool
nftmod_concerned(const struct entry *e, struct slice table, struct slice set)
{
	for (enum family f = FAMILY_INET4; f <= FAMILY_INET6; f++)
		for (unsigned networks = 0; networks < 2; networks++) {
			const struct target *t = target_of(e, f, networks);

			if (t != NULL && t->built &&
			    (table.n == 0 || slice_eq(table, slice_cstr(t->plan.set.table))) &&
			    (set.n == 0 || slice_eq(set, slice_cstr(t->plan.set.set))))
				return true;
		}
	return false;
}

static int
compare_target(struct runner *r, const struct entry *e, const struct target *t,
    struct action_state *out)
{
	struct nftcompare c;
	int error = compare(&c, r, e, t, true);

	if (error == 0) {
		nftcompare_sum(out, &c.state);
		out->rules = out->rules && nftrule_complete(r->nft, &t->plan);
	}
	nftcompare_done(&c);
	return error < 0 ? refused(r, "cannot look", t, error) : 0;
}

int
nftmod_compare(struct runner *r, const struct entry *e, struct action_state *out)
{
	int error = kernel_open(r);

	for (enum family f = FAMILY_INET4; f <= FAMILY_INET6 && error == 0; f++)
		for (unsigned networks = 0; networks < 2 && error == 0; networks++) {
			const struct target *t = target_of(e, f, networks);

			if (t != NULL && t->built)
				error = compare_target(r, e, t, out);
		}
	return error;
}
