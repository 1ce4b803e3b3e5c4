#include "action/script.h"

#include "action/direct.h"
#include "action/exec.h"
#include "action/form.h"
#include "action/nftremoval.h"
#include "action/nftscript.h"
#include "config/programs.h"
#include "util/log.h"
#include "util/mem.h"

#include <assert.h>
#include <netdb.h>
#include <netinet/in.h>

/* Set for the whole process, before anything is run. */
static struct {
	bool (*told)(void *arg, const struct action_step *step);
	void *arg;
} simulation;

void
script_simulate(bool (*told)(void *arg, const struct action_step *step), void *arg)
{
	simulation.told = told;
	simulation.arg = arg;
}

bool
script_simulates(void)
{
	return simulation.told != NULL;
}

bool
script_told(const struct runner *r, struct action_step step, bool *ok)
{
	if (simulation.told == NULL)
		return false;
	step.jail = r->jail->name;
	step.action = r->entry->name;
	step.property = r->property;
	step.family = family_text(r->family);
	*ok = simulation.told(simulation.arg, &step);
	return true;
}

/* Who an action is started or stopped for: nobody, now. */
static struct ticket *
nobody(void)
{
	struct ticket *t = ticket_new(SLICE_EMPTY, SLICE_EMPTY, time_now());

	t->bancount = 0;
	return t;
}

static int
script_make(struct runner *r, struct slice text, struct tag_command *c)
{
	struct ticket *empty = r->tags == TAGS_NOBODY ? nobody() : NULL;
	struct info info;
	int error;

	info_init(&info, r->jail, r->tags == TAGS_TICKET ? r->ticket : empty, r->family);
	info.host = slice_cstr(r->host);
	error = tag_dynamic(c, text, &info.source, &r->diag);
	ticket_unref(empty);
	return error;
}

static bool
script_seen(const struct runner *r, struct slice script)
{
	for (size_t i = 0; i < r->seen_count; i++)
		if (slice_eq(r->seen[i], script))
			return true;
	return false;
}

/* What succeeded need not run for another family. */
static void
script_ran(void *arg, bool ok)
{
	struct runner *r = arg;

	if (r->script.n > 0 && ok) {
		assert(r->seen_count < FAMILY_COUNT);
		r->seen[r->seen_count++] = r->script;
	} else if (r->script.n > 0) {
		mem_free((char *)r->script.p);
	}
	r->script = SLICE_EMPTY;
	r->next(r, ok);
}

/*
 * What makes or removes tables and chains waits for its turn among the shells, where any other is waiting or at it.
 * A script that is named nft is there to do something else, or more.
 */
static bool
script_shellless(struct runner *r, struct slice script)
{
	if (slice_find(script, SLICE("nft"), 0) < 0 || programs_script(SLICE("nft")))
		return false;
	return form_run(&r->nft, script) ||
	       (exec_idle() && (nftscript_run(&r->nft, script) || nftremoval_run(&r->nft, script)));
}

static void
script_execute(struct runner *r, const struct tag_command *c)
{
	struct slice script = buf_slice(&c->script);
	bool ok;

	if (slice_trim(script).n == 0 || (r->once && script_seen(r, script))) {
		r->next(r, true);
		return;
	}
	if (r->once)
		r->script = slice_of(mem_copy(script.p, script.n), script.n);
	if (script_told(r,
		(struct action_step){.script = script, .values = c->values, .count = c->count},
		&ok)) {
		script_ran(r, ok);
	} else if (c->count == 0 && direct_enabled() && script_shellless(r, script)) {
		log_write(LEVEL_DEBUG, "utils", "done without a shell: %.*s", SLICE_ARG(script));
		script_ran(r, true);
	} else if (exec_start(r->loop, script, c->values, c->count, entry_timeout(r->entry),
		       script_ran, r) < 0) {
		script_ran(r, false);
	}
}

static void script_run_again(void *runner);

static void
script_looked_up(uv_getnameinfo_t *request, int status, const char *hostname, const char *service)
{
	struct runner *r = request->data;

	(void)service;
	r->looked_up = true;
	if (status == 0)
		(void)snprintf(r->host, sizeof(r->host), "%s", hostname);
	script_run_again(r);
}

/* True if the name of the ticket's address is wanted and on its way. */
static bool
script_look_up(struct runner *r, struct slice text)
{
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	const struct addr *a;

	if (r->looked_up || r->tags != TAGS_TICKET || !tag_used(text, SLICE("ip-host")))
		return false;
	a = &r->ticket->addr;
	if (a->family == ADDR_NONE || addr_network(a))
		return false;
	memcpy(&v4.sin_addr, a->b, 4);
	memcpy(&v6.sin6_addr, a->b, 16);
	r->lookup.data = r;
	return uv_getnameinfo(r->loop, &r->lookup, script_looked_up,
		   a->family == ADDR_INET4 ? (const struct sockaddr *)&v4
					   : (const struct sockaddr *)&v6,
		   NI_NAMEREQD) == 0;
}

/* The same for the full name of this machine. */
static bool
script_look_up_own(struct runner *r, struct slice text)
{
	return tag_used(text, SLICE("fq-hostname")) &&
	       hostname_look_up(r->loop, &r->own_name, script_run_again, r);
}

static void
script_run_dynamic(struct runner *r, struct slice text)
{
	struct tag_command c;

	if (slice_eq(r->property, SLICE("actionstop")))
		entry_move(r->entry, r->family, SLICE_EMPTY);
	tag_command_init(&c);
	if (script_make(r, text, &c) < 0)
		r->next(r, false);
	else
		script_execute(r, &c);
	tag_command_done(&c);
}

/*
 * Where the bans of the action that is about to start will be. Commands run in the order in which they
 * are asked for, so that the place counts from here on, until the stop is asked for.
 */
static void
script_settle(struct runner *r)
{
	struct slice value = SLICE_EMPTY;
	struct buf place;

	(void)entry_get_for(r->entry, SLICE("banplace"), r->family, &value);
	buf_init(&place, TAG_TEXT_MAX);
	if (tag_static(&place, r->entry, SLICE("banplace"), value, r->family, &r->diag) == 0)
		entry_move(r->entry, r->family, slice_trim(buf_slice(&place)));
	buf_done(&place);
}

static void
script_run_again(void *runner)
{
	struct runner *r = runner;
	struct slice value = SLICE_EMPTY;
	struct buf text;

	(void)entry_get_for(r->entry, r->property, r->family, &value);
	buf_init(&text, TAG_TEXT_MAX);
	if (tag_static(&text, r->entry, r->property, value, r->family, &r->diag) < 0)
		r->next(r, false);
	else if (!script_look_up(r, buf_slice(&text)) && !script_look_up_own(r, buf_slice(&text)))
		script_run_dynamic(r, buf_slice(&text));
	buf_done(&text);
}

void
script_run(struct runner *r, struct slice property, enum runner_tags tags, runner_step *next)
{
	r->property = property;
	r->tags = tags;
	r->next = next;
	if (slice_eq(property, SLICE("actionstart")))
		script_settle(r);
	script_run_again(r);
}

void
script_forget(struct runner *r)
{
	for (size_t i = 0; i < r->seen_count; i++)
		mem_free((char *)r->seen[i].p);
	r->seen_count = 0;
}
