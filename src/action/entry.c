#include "action/entry.h"

#include "action/nftmod.h"
#include "config/duration.h"
#include "util/mem.h"

#include <assert.h>
#include <errno.h>

#define PROPERTY_MAX 4096
#define PROPERTY_BYTES_MAX ((size_t)1024 * 1024)
#define TIMEOUT_DEFAULT_S 60
#define TIMEOUT_MAX_S (366.0 * 86400)

static const struct slice family_names[FAMILY_COUNT] = {
    [FAMILY_PLAIN] = {"", 0},
    [FAMILY_INET4] = {"inet4", 5},
    [FAMILY_INET6] = {"inet6", 5},
    [FAMILY_OTHER] = {"None", 4},
};

struct slice
family_text(enum family f)
{
	return family_names[f];
}

static struct list everywhere = {&everywhere, &everywhere};

struct entry *
entry_new(struct slice name)
{
	struct entry *e = MEM_NEW(struct entry);

	list_init(&e->link);
	list_init(&e->lane);
	list_init(&e->jobs);
	list_append(&everywhere, &e->everywhere);
	e->refs = 1;
	e->revision = 1;
	e->name = slice_of(mem_copy(name.p, name.n), name.n);
	return e;
}

static void
entry_changed(struct entry *e)
{
	if (++e->revision == 0)
		e->revision = 1;
}

struct entry *
entry_ref(struct entry *e)
{
	e->refs++;
	return e;
}

void
entry_clear(struct entry *e)
{
	for (size_t i = 0; i < e->count; i++) {
		mem_free((char *)e->props[i].name.p);
		mem_free((char *)e->props[i].value.p);
	}
	mem_free(e->props);
	e->props = NULL;
	e->count = 0;
	e->smtp = false;
	entry_changed(e);
}

void
entry_unref(struct entry *e)
{
	if (e == NULL)
		return;
	assert(e->refs > 0);
	if (--e->refs > 0)
		return;
	entry_stopped(e);
	entry_clear(e);
	list_remove(&e->everywhere);
	nftmod_free(e->nft);
	mem_free(e->direct);
	mem_free((char *)e->name.p);
	mem_free(e);
}

static struct property *
entry_find(const struct entry *e, struct slice name)
{
	for (size_t i = 0; i < e->count; i++)
		if (slice_eq(e->props[i].name, name))
			return &e->props[i];
	return NULL;
}

int
entry_set(struct entry *e, struct slice name, struct slice value, struct diag *d)
{
	struct property *p = entry_find(e, name);
	char *copy;

	if (name.n > PROPERTY_BYTES_MAX || value.n > PROPERTY_BYTES_MAX)
		return diag_fail(d, -E2BIG, (struct place){0},
		    "a property of an action is longer than %zu bytes", PROPERTY_BYTES_MAX);
	if (p == NULL && e->count >= PROPERTY_MAX)
		return diag_fail(d, -E2BIG, (struct place){0},
		    "an action has more than %d properties", PROPERTY_MAX);
	copy = mem_copy(value.p, value.n);
	if (p == NULL) {
		e->props = mem_grow(e->props, e->count + 1, sizeof(e->props[0]));
		p = &e->props[e->count++];
		p->name = slice_of(mem_copy(name.p, name.n), name.n);
	} else {
		mem_free((char *)p->value.p);
	}
	p->value = slice_of(copy, value.n);
	entry_changed(e);
	return 0;
}

bool
entry_get(const struct entry *e, struct slice name, struct slice *value)
{
	const struct property *p = entry_find(e, name);

	if (p == NULL)
		return false;
	*value = p->value;
	return true;
}

/* True if have is "name?family=FAMILY". */
static bool
conditional_name(struct slice have, struct slice name, struct slice family)
{
	const struct slice mark = SLICE("?family=");

	return have.n == name.n + mark.n + family.n && slice_starts(have, name) &&
	    slice_starts(slice_from(have, name.n), mark) && slice_ends(have, family);
}

bool
entry_get_for(const struct entry *e, struct slice name, enum family family, struct slice *value)
{
	if (family != FAMILY_PLAIN)
		for (size_t i = 0; i < e->count; i++)
			if (conditional_name(e->props[i].name, name, family_text(family))) {
				*value = e->props[i].value;
				return true;
			}
	return entry_get(e, name, value);
}

bool
entry_has(const struct entry *e, struct slice name)
{
	for (size_t i = 0; i < e->count; i++) {
		struct slice have = e->props[i].name;
		ptrdiff_t mark = slice_find_char(have, '?', 0);

		if (slice_eq(mark < 0 ? have : slice_upto(have, (size_t)mark), name) &&
		    slice_trim(e->props[i].value).n > 0)
			return true;
	}
	return false;
}

bool
entry_flag(const struct entry *e, struct slice name, bool fallback)
{
	struct slice value;

	if (!entry_get(e, name, &value))
		return fallback;
	return duration_truth(value);
}

bool
entry_conditional(const struct entry *e)
{
	for (size_t i = 0; i < e->count; i++)
		if (slice_find_char(e->props[i].name, '?', 0) >= 0)
			return true;
	return false;
}

bool
entry_on_demand(const struct entry *e)
{
	return entry_flag(e, SLICE("actionstart_on_demand"), entry_conditional(e));
}

void
entry_mark(struct entry *e, enum family family, unsigned bits)
{
	size_t i = 0;

	e->state[family] |= bits;
	while (i < e->ordered && e->order[i] != family)
		i++;
	if (i == e->ordered)
		e->order[e->ordered++] = family;
}

void
entry_stopped(struct entry *e)
{
	memset(e->state, 0, sizeof(e->state));
	e->ordered = 0;
	for (enum family f = 0; f < FAMILY_COUNT; f++)
		entry_move(e, f, SLICE_EMPTY);
}

void
entry_move(struct entry *e, enum family family, struct slice place)
{
	mem_free(e->place[family]);
	e->place[family] = place.n > 0 ? mem_copy(place.p, place.n) : NULL;
}

bool
entry_shares(const struct entry *e, enum family family)
{
	const char *place = e->place[family];

	LIST_EACH(link, &everywhere) {
		const struct entry *o = LIST_ITEM(link, struct entry, everywhere);

		for (enum family f = 0; place != NULL && f < FAMILY_COUNT; f++)
			if (o->place[f] != NULL && o->place[f] != place && strcmp(o->place[f], place) == 0)
				return true;
	}
	return false;
}

bool
entry_shares_any(const struct entry *e)
{
	for (enum family f = 0; f < FAMILY_COUNT; f++)
		if (entry_shares(e, f))
			return true;
	return false;
}

bool
entry_another(const struct entry *e, bool (*is)(struct entry *o, const void *arg), const void *arg)
{
	LIST_EACH(link, &everywhere) {
		struct entry *o = LIST_ITEM(link, struct entry, everywhere);

		if (o != e && is(o, arg))
			return true;
	}
	return false;
}

struct span
entry_timeout(const struct entry *e)
{
	struct slice value;
	double seconds;

	if (!entry_get(e, SLICE("timeout"), &value) || duration_seconds(value, &seconds, NULL) < 0 ||
	    !(seconds > 0))
		return SPAN_S(TIMEOUT_DEFAULT_S);
	return (struct span){(int64_t)((seconds < TIMEOUT_MAX_S ? seconds : TIMEOUT_MAX_S) *
	    (double)US_PER_S)};
}
