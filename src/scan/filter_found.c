#include "scan/filter_state.h"

#include "util/mem.h"

/*
 * Jails that search for the same in the same log find the same, and only count it each for itself: the
 * first of them keeps what a line said, and the others have no need to search it.
 */

/* What filters search for: two with the same serial make the same failure of a line. */
struct filter_kind {
	struct shared shared;
	uint64_t key[];
};

static void
kind_free(struct shared *shared)
{
	mem_free(LIST_ITEM(shared, struct filter_kind, shared));
}

static struct shared_set kinds = {.free = kind_free};

static void
add_serials(uint64_t *key, size_t *n, const struct regexes *r)
{
	key[(*n)++] = r->count;
	for (size_t i = 0; i < r->count; i++)
		key[(*n)++] = r->v[i]->code->shared.serial;
}

static struct filter_kind *
make_kind(const struct filter *f)
{
	size_t n = 0, max = f->fail.count + f->ignore.count + 4;
	struct filter_kind *kind = mem_alloc(sizeof(*kind) + max * sizeof(kind->key[0]));
	struct shared *known;
	struct slice key;

	kind->key[n++] = f->dns;
	kind->key[n++] = f->prefregex != NULL ? f->prefregex->code->shared.serial : 0;
	add_serials(kind->key, &n, &f->fail);
	add_serials(kind->key, &n, &f->ignore);
	key = slice_of((const char *)kind->key, n * sizeof(kind->key[0]));
	known = shared_use(&kinds, key);
	if (known == NULL) {
		shared_enter(&kinds, &kind->shared, key);
		return kind;
	}
	mem_free(kind);
	return LIST_ITEM(known, struct filter_kind, shared);
}

/* What is found in a line may have to do with others only through sessions, and where lines are joined. */
static const struct filter_kind *
kind_of(struct filter *f)
{
	if (f->buffer != NULL || f->check_all || f->sink->prefix != NULL)
		return NULL;
	if (f->kind == NULL)
		f->kind = make_kind(f);
	return f->kind;
}

void
filter_forget_kind(struct filter *f)
{
	if (f->kind != NULL)
		shared_drop(&f->kind->shared);
	f->kind = NULL;
}

struct found {
	unsigned regex;
	struct identity who;
	size_t attr_count;
	struct door_attr attrs[];
};

bool
filter_found(struct filter *f, const struct item *item)
{
	const struct filter_kind *kind = kind_of(f);
	const uint32_t *none;
	const struct found *found;
	struct memo_key key;
	uint64_t answer;

	if (kind == NULL)
		return false;
	key = item_key(item, &kind->shared);
	if (!memo_recall(f->block.memo, &key, &answer, &none))
		return false;
	found = (const struct found *)(uintptr_t)answer;
	if (f->prefregex != NULL)
		f->prefregex->hits++;
	f->fail.v[found->regex]->hits++;
	filter_hand_over(f, item, found->regex, &found->who, &item->line, 1, found->attrs,
	    found->attr_count, NULL, f->sink->failure);
	return true;
}

/* What was copied to search it is gone with the line. */
static bool
lasts(const struct filter_memo *m, struct slice s)
{
	return s.n == 0 || ((uintptr_t)s.p >= (uintptr_t)m->block.p &&
			       (uintptr_t)s.p < (uintptr_t)m->block.p + m->block.n);
}

void
filter_keep_found(
    struct filter *f, const struct item *item, unsigned regex, const struct identity *who)
{
	const struct filter_kind *kind = kind_of(f);
	struct filter_memo *m = f->block.memo;
	struct memo_key key;
	struct found *found;

	if (kind == NULL)
		return;
	for (size_t i = 0; i < f->attrs.count; i++)
		if (!lasts(m, f->attrs.v[i].value))
			return;
	found = arena_alloc(&m->found, sizeof(*found) + f->attrs.count * sizeof(found->attrs[0]));
	found->regex = regex;
	identity_copy(&found->who, who);
	found->attr_count = f->attrs.count;
	memcpy(found->attrs, f->attrs.v, f->attrs.count * sizeof(found->attrs[0]));
	key = item_key(item, &kind->shared);
	(void)memo_keep(m, &key, (uintptr_t)found, 0);
}
