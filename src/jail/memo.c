#include "jail/memo.h"

#include "util/list.h"
#include "util/mem.h"
#include "util/table.h"

struct memo_entry {
	struct list age;
	struct slice key;
	struct mono at;
	bool answer;
};

struct memo {
	struct table by_key;
	struct list age;	/* the oldest first */
	size_t max;
	struct span max_age;
};

struct memo *
memo_new(size_t max, struct span age)
{
	struct memo *m = MEM_NEW(struct memo);

	m->max = max < MEMO_MAX ? max : MEMO_MAX;
	m->max_age = age;
	list_init(&m->age);
	return m;
}

static void
entry_drop(struct memo *m, struct memo_entry *e)
{
	(void)table_take(&m->by_key, e->key);
	list_remove(&e->age);
	mem_free((char *)e->key.p);
	mem_free(e);
}

void
memo_free(struct memo *m)
{
	if (m == NULL)
		return;
	LIST_EACH(link, &m->age)
		entry_drop(m, LIST_ITEM(link, struct memo_entry, age));
	table_done(&m->by_key);
	mem_free(m);
}

bool
memo_get(const struct memo *m, struct slice key, struct mono now, bool *answer)
{
	const struct memo_entry *e = table_get(&m->by_key, key);

	if (e == NULL || mono_since(now, e->at).us >= m->max_age.us)
		return false;
	*answer = e->answer;
	return true;
}

void
memo_put(struct memo *m, struct slice key, bool answer, struct mono now)
{
	struct memo_entry *e = table_get(&m->by_key, key);

	if (e != NULL)
		entry_drop(m, e);
	if (m->max == 0)
		return;
	if (m->by_key.n >= m->max)
		entry_drop(m, LIST_ITEM(m->age.next, struct memo_entry, age));
	e = MEM_NEW(struct memo_entry);
	e->key = slice_of(mem_copy(key.p, key.n), key.n);
	e->answer = answer;
	e->at = now;
	(void)table_put(&m->by_key, e->key, e);
	list_append(&m->age, &e->age);
}
