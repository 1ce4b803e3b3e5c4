/*
 * Lines of a log through a running jail, from the filter to the action. The input is lines: those that
 * start with ':' are commands to the server, with '|' between words (":set|j|maxretry|1"), "+60" lets a
 * minute pass, and the others are what its log says. Claims: a command is answered at once or later, not
 * twice; the jail ends in good order; and no character that means something to a shell gets from the log
 * into a script.
 */
#include "monitor_alone.h"

#include "control/verdict.h"
#include "filter_input.h"

#include <time.h>

static time_t passed;

static int
moved_clock(clockid_t id, struct timespec *out)
{
	int r = clock_gettime(id, out);

	out->tv_sec += passed;
	return r;
}

#define clock_gettime moved_clock
#include "util/time.c"
#undef clock_gettime

#define LINES_MAX 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned answers;

/* Which characters the configuration has: what monitor_alone.h says, and commands. */
static bool configured[256];

static void
check_script(char **args)
{
	static const char special[] = ";&|()`\\\"'*?[]#~!%\x01\x1b";

	for (const char *p = args[2]; *p != '\0'; p++)
		assert(strchr(special, *p) == NULL || configured[(unsigned char)*p]);
}

/* In place of control/conn: one client, who is always there. */
void
conn_answer(struct conn_request *rq, const struct value *value)
{
	(void)rq, (void)value;
	answers++;
}

bool
conn_push(struct conn_request *rq, const struct value *value)
{
	(void)rq, (void)value;
	return true;
}

static void
take_command(struct monitor *m, struct slice text, struct conn_request *rq)
{
	static const struct slice more_left_out[] = {{"stop", 4}, {"addlogpath", 10}, {"watch", 5}};
	struct slice rest = text, word;

	for (size_t i = 0; i < text.n; i++)
		configured[(unsigned char)text.p[i]] = true;
	rq->command = words_of(&rq->arena, text);
	if (left_out(rq->command))
		return;
	while (slice_next(&rest, '|', &word))
		for (size_t i = 0; i < sizeof(more_left_out) / sizeof(more_left_out[0]); i++)
			if (slice_eq(word, more_left_out[i]))
				return;
	command_serve(m, rq);
	for (int i = 0; i < 10; i++)
		(void)uv_run(m->loop, UV_RUN_NOWAIT);
}

static void
take_line(struct monitor *m, struct slice line)
{
	struct guard *g = monitor_guard(m, SLICE("j"));

	if (g != NULL && g->state == GUARD_RUNNING)
		(void)filter_line(g->filter, line, time_now(), true);
}

static void
pass_time(struct monitor *m, struct slice seconds)
{
	struct guard *g = monitor_guard(m, SLICE("j"));
	uint64_t n;

	if (slice_u64(seconds, 10000000, &n) < 0)
		return;
	passed += (time_t)n;
	if (g != NULL && g->state == GUARD_RUNNING)
		verdict_expire(g, time_now());
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_of((const char *)data, size), line;
	struct conn_request requests[LINES_MAX] = {0};
	unsigned count = 0;
	struct monitor *m;
	uv_loop_t loop;
	bool ended;

	if (size > 8000)
		return 0;
	keep_default_dates();
	passed = 0;
	memset(configured, 0, sizeof(configured));
	on_spawn = check_script;
	m = start(&loop, &ended);
	run(m, "set|j|maxretry|1");
	run(m, "start|j");
	answers = 0;
	while (count < LINES_MAX && slice_next(&rest, '\n', &line)) {
		if (slice_starts(line, SLICE(":")))
			take_command(m, slice_from(line, 1), &requests[count]);
		else if (slice_starts(line, SLICE("+")))
			pass_time(m, slice_from(line, 1));
		else
			take_line(m, line);
		count++;
	}
	stop(m, &ended);
	assert(answers <= count);
	for (unsigned i = 0; i < count; i++)
		arena_done(&requests[i].arena);
	return 0;
}
