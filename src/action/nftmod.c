#include "action/nftmod.h"

#include "action/nftrule.h"
#include "util/escape.h"
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>

/* Plans by family; made again when a property was set since. */
struct nftmod {
	struct nft_plan plans[FAMILY_COUNT];
	unsigned revisions[FAMILY_COUNT];	/* 0: none yet */
};

bool
nftmod_named(const struct entry *e)
{
	return entry_has(e, SLICE("module"));
}

static int
plan_get(struct runner *r, enum family family, const struct nft_plan **plan)
{
	struct entry *e = r->entry;
	struct slice module;
	int error;

	if (!entry_get(e, SLICE("module"), &module) ||
	    !slice_eq(slice_trim(module), SLICE("nft")))
		return diag_fail(&r->diag, -EINVAL, (struct place){0},
		    "module: there is none of this name; write nft");
	if (e->nft == NULL)
		e->nft = MEM_NEW(struct nftmod);
	if (e->nft->revisions[family] != e->revision) {
		e->nft->revisions[family] = 0;
		error = nftplan_make(&e->nft->plans[family], e, family, &r->diag);
		if (error < 0)
			return error;
		e->nft->revisions[family] = e->revision;
	}
	*plan = &e->nft->plans[family];
	return 0;
}

/* The kernel's refusal, in words. */
static int
refused(struct runner *r, const char *doing, const struct nft_plan *p, int error)
{
	return diag_fail(&r->diag, error, (struct place){0}, "nftables: %s, set '%s' of table '%s': %s",
	    doing, p->set.set, p->set.table, nft_reason(error));
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
build(struct runner *r, enum family family, const struct nft_plan *p)
{
	int error = nftrule_build(r->nft, p);

	if (error < 0)
		return refused(r, "cannot make the rules", p, error);
	r->entry->state[family] |= ENTRY_STARTED;
	return 0;
}

/* Adds or deletes the ticket's address; -ENOENT if it or its set is not there. */
static int
element(struct runner *r, const struct nft_plan *p, bool add)
{
	struct nft_set_kind kind;
	const struct nft_change change = {
	    .set = &p->set, .kind = &kind, .addr = r->ticket->addr, .add = add};
	int error = nft_set_kind(r->nft, &p->set, &kind);
	size_t failed;

	if (error < 0)
		return error;
	if (!nft_set_takes(&kind, p->addr) ||
	    ((kind.flags & NFT_SET_INTERVAL) == 0 && addr_network(&r->ticket->addr)))
		return -EINVAL;
	error = nft_elements(r->nft, &change, 1, &failed);
	/* Lost answers tell nothing; doing it again does no harm. */
	if (error == -ENOBUFS)
		error = nft_elements(r->nft, &change, 1, &failed);
	return error;
}

/* The set is gone, and with it all bans before this one. */
static int
ban_again(struct runner *r, const struct nft_plan *p)
{
	int error;

	log_write(LEVEL_ERROR, "CommandAction",
	    "Invariant check failed. Trying to restore a sane environment");
	r->entry->state[r->family] = 0;
	r->jail->repaired(r->jail);
	error = build(r, r->family, p);
	return error < 0 ? error : element(r, p, true);
}

static int
ban(struct runner *r)
{
	const struct nft_plan *p;
	int error;

	if (r->ticket->restored && entry_flag(r->entry, SLICE("norestored"), false))
		return 0;
	error = plan_get(r, r->family, &p);
	if (error == 0 && (r->entry->state[r->family] & ENTRY_STARTED) == 0)
		error = build(r, r->family, p);
	if (error < 0)
		return error;
	error = element(r, p, true);
	if (error == -ENOENT)
		error = ban_again(r, p);
	if (error < 0)
		return r->diag.set ? error : refused(r, "cannot ban", p, error);
	r->entry->state[r->family] |= ENTRY_ITEMS;
	return 0;
}

static int
unban(struct runner *r)
{
	const struct nft_plan *p;
	int error;

	if ((r->entry->state[r->family] & ENTRY_ITEMS) == 0)
		return 0;
	error = plan_get(r, r->family, &p);
	if (error < 0)
		return error;
	error = element(r, p, false);
	return error == 0 || error == -ENOENT ? 0 : refused(r, "cannot unban", p, error);
}

/* A mistake in the properties is told at the start, though nothing is made yet. */
static int
start(struct runner *r)
{
	bool now = !entry_flag(r->entry, SLICE("actionstart_on_demand"), true);
	int worst = -EINVAL;

	for (enum family f = FAMILY_INET4; f <= FAMILY_INET6; f++) {
		const struct nft_plan *p;
		int error = plan_get(r, f, &p);

		if (error == 0 && now)
			error = build(r, f, p);
		if (error == 0)
			worst = 0;
	}
	/* A table of one family has no place for the other. */
	if (worst == 0)
		diag_init(&r->diag);
	return worst;
}

static int
flush(struct runner *r, enum family f, const struct nft_plan *p)
{
	int error;

	if ((r->entry->state[f] & ENTRY_ITEMS) == 0)
		return 0;
	error = nftrule_flush(r->nft, p);
	if (error < 0 && error != -ENOENT)
		return refused(r, "cannot empty", p, error);
	r->entry->state[f] &= ~ENTRY_ITEMS;
	return 0;
}

static int
stop(struct runner *r, enum family f, const struct nft_plan *p)
{
	int error = nftrule_remove(r->nft, p);

	r->entry->state[f] = 0;
	return error < 0 ? refused(r, "cannot take away the rules", p, error) : 0;
}

/* Does it for each family that was started; the last error counts. */
static int
each_started(struct runner *r,
    int (*what)(struct runner *r, enum family f, const struct nft_plan *p))
{
	int worst = 0;

	for (enum family f = FAMILY_INET4; f <= FAMILY_INET6; f++) {
		const struct nft_plan *p;
		int error;

		if ((r->entry->state[f] & ENTRY_STARTED) == 0)
			continue;
		error = plan_get(r, f, &p);
		if (error == 0)
			error = what(r, f, p);
		worst = error < 0 ? error : worst;
	}
	return worst;
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
	case EVENT_FLUSH:
	case EVENT_LAST_FLUSH:
		return each_started(r, flush);
	case EVENT_STOP:
		return each_started(r, stop);
	case EVENT_PROLONG:
	case EVENT_RELOAD:
		break;
	}
	return 0;
}
