#include "control/sleeper.h"

#include "control/command.h"
#include "util/mem.h"

struct sleeper {
	uv_timer_t timer;
	struct list link;	/* of monitor->sleepers */
	struct conn_request *conn;
};

static void
sleeper_closed(uv_handle_t *handle)
{
	mem_free(handle->data);
}

static void
sleeper_end(struct sleeper *s)
{
	list_remove(&s->link);
	command_answer(s->conn, value_nil(&s->conn->arena));
	uv_close((uv_handle_t *)&s->timer, sleeper_closed);
}

static void
sleep_over(uv_timer_t *timer)
{
	sleeper_end(timer->data);
}

void
sleeper_start(struct monitor *m, struct conn_request *conn, double seconds)
{
	struct sleeper *s = MEM_NEW(struct sleeper);

	s->conn = conn;
	list_append(&m->sleepers, &s->link);
	(void)uv_timer_init(m->loop, &s->timer);
	s->timer.data = s;
	(void)uv_timer_start(&s->timer, sleep_over, (uint64_t)(seconds * 1000), 0);
}

void
sleeper_end_all(struct monitor *m)
{
	LIST_EACH(link, &m->sleepers)
		sleeper_end(LIST_ITEM(link, struct sleeper, link));
}
