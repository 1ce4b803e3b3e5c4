/*
 * Whatever a client sends: if it is a pickle of data, its command is answered exactly once, the
 * answer can be written and read again, and nothing is left behind. The monitor has one jail, which
 * is never started, and its database in memory; commands that would write elsewhere are left out,
 * and no name is looked up, no process started and no kernel asked.
 */
#include "compat/pickle.h"

#include "monitor_alone.h"

#define TURNS_MAX 1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned answers;

static void
read_back(struct conn_request *rq, const struct value *value)
{
	struct value *twin;
	struct buf out;

	buf_init(&out, (size_t)1 << 28);
	pickle_encode(&out, value);
	assert(!buf_refused(&out));
	assert(pickle_decode(&rq->arena, buf_slice(&out), PICKLE_REPLY, &twin, NULL) ==
	       (ptrdiff_t)out.n);
	assert(value_eq(value, twin));
	buf_done(&out);
}

/* In place of control/conn: one client, who is always there. */
void
conn_answer(struct conn_request *rq, const struct value *value)
{
	answers++;
	read_back(rq, value);
}

bool
conn_push(struct conn_request *rq, const struct value *value)
{
	read_back(rq, value);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conn_request rq = {0};
	struct monitor *m;
	uv_loop_t loop;
	struct diag d;
	bool ended;

	diag_init(&d);
	arena_init(&rq.arena);
	if (pickle_decode(&rq.arena, slice_of((const char *)data, size), PICKLE_REQUEST,
		&rq.command, &d) < 0 ||
	    left_out(rq.command)) {
		arena_done(&rq.arena);
		return 0;
	}
	m = start(&loop, &ended);
	answers = 0;
	command_serve(m, &rq);
	watch_end_all(m);
	for (int i = 0; i < TURNS_MAX && answers == 0; i++)
		(void)uv_run(&loop, UV_RUN_NOWAIT);
	assert(answers == 1);
	stop(m, &ended);
	assert(answers == 1);
	arena_done(&rq.arena);
	return 0;
}
