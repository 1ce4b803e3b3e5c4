#include "util/shared.h"

#include <assert.h>

static unsigned holders;
static struct list idle = {&idle, &idle};

struct shared *
shared_use(struct shared_set *set, struct slice key)
{
	struct shared *s = table_get(&set->things, key);

	if (s == NULL)
		return NULL;
	list_remove(&s->idle);
	s->users++;
	return s;
}

void
shared_share(struct shared *s)
{
	assert(s->users > 0);
	s->users++;
}

void
shared_enter(struct shared_set *set, struct shared *s, struct slice key)
{
	static uint64_t last_serial;
	struct shared *before;

	*s = (struct shared){.key = key, .set = set, .serial = ++last_serial, .users = 1};
	list_init(&s->idle);
	before = table_put(&set->things, key, s);
	assert(before == NULL);
	(void)before;
}

static void
leave(struct shared *s)
{
	struct shared_set *set = s->set;

	list_remove(&s->idle);
	(void)table_take(&set->things, s->key);
	if (set->things.n == 0)
		table_done(&set->things);
	set->free(s);
}

void
shared_drop(struct shared *s)
{
	if (s == NULL)
		return;
	assert(s->users > 0);
	if (--s->users > 0)
		return;
	if (holders > 0)
		list_append(&idle, &s->idle);
	else
		leave(s);
}

void
shared_hold(void)
{
	holders++;
}

void
shared_release(void)
{
	assert(holders > 0);
	if (--holders > 0)
		return;
	/* One that goes may be the last user of others, which then go at once. */
	while (!list_empty(&idle))
		leave(LIST_ITEM(idle.next, struct shared, idle));
}
