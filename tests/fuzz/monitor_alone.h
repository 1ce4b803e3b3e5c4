#ifndef F2B_FUZZ_MONITOR_ALONE_H
#define F2B_FUZZ_MONITOR_ALONE_H

/*
 * A monitor with one jail, "j", whose database is in memory, for several targets: no name is looked up, no
 * process started and no kernel asked. For one source each, which defines conn_answer() and conn_push().
 */
#include "control/command.h"
#include "control/storing.h"
#include "control/watch.h"
#include "util/log.h"

#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <libmnl/libmnl.h>

/* These stand in for the libraries' own. */

int
uv_getaddrinfo(uv_loop_t *loop, uv_getaddrinfo_t *req, uv_getaddrinfo_cb done, const char *node,
    const char *service, const struct addrinfo *hints)
{
	(void)loop, (void)req, (void)done, (void)node, (void)service, (void)hints;
	return UV_EAI_FAIL;
}

/* Told of each command that would be run; may be NULL. */
static void (*on_spawn)(char **args);

int
uv_spawn(uv_loop_t *loop, uv_process_t *process, const uv_process_options_t *options)
{
	int (*spawn)(uv_loop_t * l, uv_process_t * p, const uv_process_options_t *o);
	uv_stdio_container_t none = {.flags = UV_INHERIT_FD, .data.fd = -1};
	uv_process_options_t nothing = *options;

	/* The handle must be made, so that it can be closed; with this there is no fork(), which takes long. */
	nothing.stdio = &none;
	nothing.stdio_count = 1;
	if (on_spawn != NULL)
		on_spawn(options->args);
	*(void **)&spawn = dlsym(RTLD_NEXT, "uv_spawn");
	return spawn(loop, process, &nothing);
}

struct mnl_socket *
mnl_socket_open2(int bus, int flags)
{
	(void)bus, (void)flags;
	errno = EPERM;
	return NULL;
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

static struct value *
words_of(struct arena *a, struct slice text)
{
	struct value *words = value_list(a);
	struct slice word;

	while (slice_next(&text, '|', &word))
		(void)value_add(a, words, value_text(a, word));
	return words;
}

static void
run(struct monitor *m, const char *text)
{
	struct request rq = {.monitor = m, .quiet = true};
	struct value *reply;
	struct arena a;

	arena_init(&a);
	rq.arena = &a;
	rq.words = words_of(&a, slice_cstr(text));
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
	struct monitor *m;
	struct diag d;
	int r;

	diag_init(&d);
	log_set_level(LEVEL_INFO);
	(void)log_set_target(SLICE("/dev/null"), &d);
	r = uv_loop_init(loop);
	assert(r == 0);
	m = monitor_new(loop);
	*ended = false;
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

static void
stop(struct monitor *m, const bool *ended)
{
	uv_loop_t *loop = m->loop;
	int r;

	monitor_stop(m);
	while (!*ended)
		(void)uv_run(loop, UV_RUN_ONCE);
	monitor_free(m);
	(void)uv_run(loop, UV_RUN_DEFAULT);
	r = uv_loop_close(loop);
	assert(r == 0);
}

#endif
