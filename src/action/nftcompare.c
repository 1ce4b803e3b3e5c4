#include "action/nftcompare.h"

#include "util/log.h"
#include "util/mem.h"

#include <errno.h>

/* A ban's end in the kernel comes after ours, which is what unbans as a rule. */
#define SLACK SPAN_S(2)

/* By how much an element's end may differ before it is set anew. */
#define DRIFT_MS 5000

uint64_t
nftcompare_timeout_ms(struct action_jail *jail, const struct ticket *t, struct instant now)
{
	double seconds = t->has_bantime ? t->bantime_s : jail->bantime(jail);
	struct span left;

	if (seconds < 0 || seconds > 9e9)
		return 0;
	left.us = (int64_t)(seconds * (double)US_PER_S) - instant_since(now, t->when).us;
	if (left.us < US_PER_S)
		left.us = US_PER_S;
	return (uint64_t)((left.us + SLACK.us) / US_PER_MS);
}

static void
put_change(struct nftcompare *c, const struct addr *a, bool add, uint64_t timeout_ms)
{
	c->changes = mem_room(c->changes, c->count, &c->cap, sizeof(*c->changes), 64);
	c->changes[c->count++] = (struct nft_change){.set = c->set,
	    .kind = &c->kind,
	    .addr = *a,
	    .add = add,
	    .timeout_ms = timeout_ms};
}

static bool
belongs(const struct nftcompare *c, const struct addr *a)
{
	return a->family == c->addr &&
	    (c->kinds == NFTCOMPARE_BOTH ||
		addr_network(a) == (c->kinds == NFTCOMPARE_NETWORKS));
}

static void
compare_ban(void *arg, const struct ticket *t)
{
	struct nftcompare *c = arg;
	const struct nft_element *e;
	uint64_t timeout_ms = 0, drift;

	if (!belongs(c, &t->addr) || addr_among(c->busy, c->busy_count, &t->addr))
		return;
	c->state.wanted++;
	if (c->timed && (c->kind.flags & NFT_SET_TIMEOUT) != 0)
		timeout_ms = nftcompare_timeout_ms(c->jail, t, c->now);
	e = nftset_find(&c->there, &t->addr);
	if (e == NULL) {
		c->state.missing++;
		put_change(c, &t->addr, true, timeout_ms);
		return;
	}
	c->state.there++;
	c->claimed[e - c->there.v] = true;
	drift = e->expires_ms > timeout_ms ? e->expires_ms - timeout_ms : timeout_ms - e->expires_ms;
	if (!c->timed || (c->kind.flags & NFT_SET_TIMEOUT) == 0 || drift < DRIFT_MS)
		return;
	/* What is there already keeps its end, as most kernels have it: it goes first. */
	put_change(c, &t->addr, false, 0);
	put_change(c, &t->addr, true, timeout_ms);
}

static void
compare_extra(struct nftcompare *c)
{
	for (size_t i = 0; i < c->there.count && !c->shared; i++)
		if (!c->claimed[i] && !addr_among(c->busy, c->busy_count, &c->there.v[i].addr)) {
			c->state.extra++;
			if (c->extra)
				put_change(c, &c->there.v[i].addr, false, 0);
		}
}

int
nftcompare_make(struct nftcompare *c, struct nft *n)
{
	int error = nft_set_kind(n, c->set, &c->kind);

	c->now = time_now();
	c->state.rules = error == 0;
	if (error == 0 && !nft_set_takes(&c->kind, c->addr))
		error = -EMEDIUMTYPE;
	if (error == 0)
		error = nftset_list(n, c->set, &c->kind, &c->there);
	if (error < 0 && error != -ENOENT)
		return error;
	c->claimed = mem_array(c->there.count, sizeof(*c->claimed));
	if (c->jail->each_ban != NULL)
		c->jail->each_ban(c->jail, compare_ban, c);
	compare_extra(c);
	return 0;
}

static int
send_at_once(struct nft *n, const struct nft_change *changes, size_t count, size_t *failed)
{
	int error = nft_elements(n, changes, count, failed);

	/* Lost answers tell nothing; doing it again does no harm but where something goes. */
	return error == -ENOBUFS ? nft_elements(n, changes, count, failed) : error;
}

/*
 * One that the set refuses must not cost all others theirs: a network that overlaps with another, or
 * an element that has ended meanwhile. It is found by halving, as not every kernel says which it is; and
 * as too many may fit when they are halved.
 */
static int
send_apart(struct nft *n, const struct nft_change *changes, size_t count, size_t *overlaps)
{
	while (count > 0) {
		size_t failed, some;
		int error = send_at_once(n, changes, count, &failed);

		if (error == 0 || (error != -EEXIST && error != -ENOENT && !nft_too_many(error)))
			return error;
		if (count == 1) {
			*overlaps += error == -EEXIST;
			return error == (changes->add ? -EEXIST : -ENOENT) ? 0 : error;
		}
		some = failed > 0 && failed < count ? failed : count / 2;
		error = send_apart(n, changes, some, overlaps);
		if (error < 0)
			return error;
		changes += some;
		count -= some;
	}
	return 0;
}

int
nftcompare_send(struct nftcompare *c, struct nft *n)
{
	int error = 0;

	c->overlaps = 0;
	for (size_t done = 0; done < c->count && error == 0;) {
		size_t some = c->count - done;

		some = some < NFT_CHANGES_MAX ? some : NFT_CHANGES_MAX;
		error = send_apart(n, c->changes + done, some, &c->overlaps);
		done += some;
	}
	if (c->overlaps > 0)
		log_write(LEVEL_INFO, "actions",
		    "[%.*s] set %s of table %s: %zu bans are not in it, as they overlap with others",
		    SLICE_ARG(c->jail->name), c->set->set, c->set->table, c->overlaps);
	return error;
}

void
nftcompare_done(struct nftcompare *c)
{
	nftset_free(&c->there);
	mem_free(c->claimed);
	mem_free(c->busy);
	mem_free(c->changes);
}

void
nftcompare_sum(struct action_state *sum, const struct action_state *s)
{
	sum->wanted += s->wanted;
	sum->there += s->there;
	sum->missing += s->missing;
	sum->extra += s->extra;
	sum->rules = sum->rules && s->rules;
}
