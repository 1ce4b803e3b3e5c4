#include "store/changevoid.h"

#include "store/changeindex.h"

/* Of one address and jail, so many bans wait where the database takes none: the newest. */
#define SAME_MAX 10

static bool
same_jail(const struct change *a, const struct change *b)
{
	return slice_eq(change_jail(a), change_jail(b));
}

/* Drops what is about the same thing and jail, of one or two kinds. */
static void
drop_same(struct changes *cs, const struct change *c, enum query kind, enum query other)
{
	struct change *first, *next;

	first = changeindex_first(&cs->index, change_text(c));
	for (struct change *at = first; at != NULL; at = next) {
		next = changeindex_next(first, at);
		if (!same_jail(at, c) || (at->query != kind && at->query != other))
			continue;
		if (at == first)
			first = next;
		changes_drop(cs, at);
	}
}

/* Each ban is a row, but somebody may be banned each second for days. */
static void
drop_oldest(struct changes *cs, const struct change *c)
{
	struct change *first = changeindex_first(&cs->index, change_text(c)), *oldest = NULL;
	size_t n = 0;

	for (struct change *at = first; at != NULL; at = changeindex_next(first, at)) {
		if (at->query != ADD_BAN || !same_jail(at, c))
			continue;
		if (n++ == 0)
			oldest = at;
	}
	if (n >= SAME_MAX)
		changes_drop(cs, oldest);
}

/* All bans of a jail are lifted: what was to be written of them is nothing. */
static void
drop_jail(struct changes *cs, const struct change *c)
{
	LIST_EACH(link, &cs->waiting) {
		struct change *at = LIST_ITEM(link, struct change, link);

		if ((at->query == ADD_BAN || at->query == DEL_BAN || at->query == DEL_BANS) && same_jail(at, c))
			changes_drop(cs, at);
	}
}

/* Whether the jail is enabled by one that waits. An earlier one stays: bans after it may need it. */
static bool
is_enabled(const struct changes *cs, const struct change *c)
{
	const struct change *first = changeindex_first(&cs->index, change_text(c));
	bool enabled = false;

	for (const struct change *at = first; at != NULL; at = changeindex_next(first, at)) {
		if (at->query == ADD_JAIL && same_jail(at, c))
			enabled = true;
		else if (at->query == DISABLE_ALL)
			enabled = false;
	}
	return enabled;
}

bool
changevoid(struct changes *cs, const struct change *c)
{
	switch (c->query) {
	case ADD_BAN:
		drop_oldest(cs, c);
		return true;
	case DEL_BAN:
		drop_same(cs, c, ADD_BAN, DEL_BAN);
		return true;
	case DEL_BANS:
		drop_jail(cs, c);
		return true;
	case SET_POSITION:
		drop_same(cs, c, SET_POSITION, SET_POSITION);
		return true;
	case DISABLE_JAIL:
		drop_same(cs, c, DISABLE_JAIL, DISABLE_JAIL);
		return true;
	case ADD_JAIL:
		drop_same(cs, c, DISABLE_JAIL, DISABLE_JAIL);
		return !is_enabled(cs, c);
	default:
		return true;
	}
}

bool
changevoid_ban(struct changes *cs, const struct change *c)
{
	struct change *first = changeindex_first(&cs->index, change_text(c)), *newest = NULL;

	for (struct change *at = first; at != NULL; at = changeindex_next(first, at))
		if (same_jail(at, c))
			newest = at;
	if (newest == NULL || newest->query != ADD_BAN)
		return false;
	changes_drop(cs, newest);
	return true;
}
