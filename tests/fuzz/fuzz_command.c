/*
 * Whatever a client sends: if it is a pickle of data, its command is answered exactly once, the
 * answer can be written and read again, and nothing is left behind. The monitor has one jail, which
 * is never started, and its database in memory; commands that would write elsewhere are left out,
 * and no name is looked up, no process started and no kernel asked.
 */
#include "compat/pickle.h"
#include "control/command.h"
#include "control/storing.h"
#include "control/watch.h"
#include "util/log.h"

#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <libmnl/libmnl.h>

#define TURNS_MAX 1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* These stand in for the libraries' own. */

int
uv_getaddrinfo(uv_loop_t *loop, uv_getaddrinfo_t *req, uv_getaddrinfo_cb done, const char *node,
    const char *service, const struct addrinfo *hints)
{
	(void)loop, (void)req, (void)done, (void)node, (void)service, (void)hints;
	return UV_EAI_FAIL;
}

int
uv_spawn(uv_loop_t *loop, uv_process_t *process, const uv_process_options_t *options)
{
	int (*spawn)(uv_loop_t * l, uv_process_t * p, const uv_process_options_t *o);
	uv_process_options_t nowhere = *options;

	/* The handle must be made, so that it can be closed. */
	nowhere.cwd = "/nonexistent";
	*(void **)&spawn = dlsym(RTLD_NEXT, "uv_spawn");
	return spawn(loop, process, &nowhere);
}

struct mnl_socket *
mnl_socket_open2(int bus, int flags)
{
	(void)bus, (void)flags;
	errno = EPERM;
	return NULL;
}

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

/* These start something, wait, or write to files. */
static bool
left_out(const struct value *v)
{
	static const char *const words[] = {
	    "start", "reload", "sleep", "logtarget", "syslogsocket", "dbfile"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (value_is_text(v, slice_cstr(words[i])))
			return true;
	for (size_t i = 0; i < value_count(v); i++)
		if (left_out(value_at(v, i)))
			return true;
	return false;
}

static void
run(struct monitor *m, const char *text)
{
	struct slice rest = slice_cstr(text), word;
	struct request rq = {.monitor = m, .quiet = true};
	struct value *words, *reply;
	struct arena a;

	arena_init(&a);
	words = value_list(&a);
	while (slice_next(&rest, '|', &word))
		(void)value_add(&a, words, value_text(&a, word));
	rq.arena = &a;
	rq.words = words;
	reply = command_run(&rq);
	assert(reply != NULL && reply->kind != VALUE_ERROR);
	arena_done(&a);
}

static void
finished(struct monitor *m)
{
	*(bool *)m->owner = true;
	if (m->stop_request != NULL)
		command_answer(m->stop_request, value_nil(&m->stop_request->arena));
}

static struct monitor *
start(uv_loop_t *loop, bool *ended)
{
	struct monitor *m = monitor_new(loop);

	m->finished = finished;
	m->owner = ended;
	storing_set(m, SLICE(":memory:"));
	assert(m->store != NULL);
	run(m, "add|j|polling");
	run(m, "set|j|addfailregex|^x <HOST>");
	run(m, "set|j|addaction|a");
	run(m, "set|j|action|a|actionban|echo <ip>");
	return m;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conn_request rq = {0};
	struct monitor *m;
	bool ended = false;
	struct diag d;
	uv_loop_t loop;
	int r;

	diag_init(&d);
	arena_init(&rq.arena);
	if (pickle_decode(&rq.arena, slice_of((const char *)data, size), PICKLE_REQUEST,
		&rq.command, &d) < 0 ||
	    left_out(rq.command)) {
		arena_done(&rq.arena);
		return 0;
	}
	log_set_level(LEVEL_INFO);
	(void)log_set_target(SLICE("/dev/null"), &d);
	r = uv_loop_init(&loop);
	assert(r == 0);
	m = start(&loop, &ended);
	answers = 0;
	command_serve(m, &rq);
	watch_end_all(m);
	for (int i = 0; i < TURNS_MAX && answers == 0; i++)
		(void)uv_run(&loop, UV_RUN_NOWAIT);
	assert(answers == 1);
	monitor_stop(m);
	while (!ended)
		(void)uv_run(&loop, UV_RUN_ONCE);
	assert(answers == 1);
	monitor_free(m);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	r = uv_loop_close(&loop);
	assert(r == 0);
	arena_done(&rq.arena);
	return 0;
}
