#include "control/settle.h"

#include "util/mem.h"

struct settling {
	struct conn_request *conn;
	struct value *reply;
	size_t left;
};

static void
settled_one(void *arg)
{
	struct settling *s = arg;

	if (--s->left > 0)
		return;
	command_answer(s->conn, s->reply);
	mem_free(s);
}

struct value *
settle(struct request *rq, const struct guard *only, struct value *reply)
{
	struct settling *s;
	size_t pending = 0;

	LIST_EACH(link, &rq->monitor->guards) {
		const struct guard *g = LIST_ITEM(link, struct guard, link);

		if (only == NULL || g == only)
			pending += action_pending(g->actions);
	}
	if (pending == 0 || rq->conn == NULL)
		return reply;
	s = MEM_NEW(struct settling);
	*s = (struct settling){.conn = rq->conn, .reply = reply, .left = 1};
	LIST_EACH(link, &rq->monitor->guards) {
		struct guard *g = LIST_ITEM(link, struct guard, link);

		if (only != NULL && g != only)
			continue;
		s->left++;
		action_wait(g->actions, settled_one, s);
	}
	settled_one(s);
	return NULL;
}
