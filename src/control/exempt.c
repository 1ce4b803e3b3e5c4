#include "control/exempt.h"

#include "action/exec.h"
#include "action/info.h"
#include "control/monitor.h"
#include "jail/memo.h"
#include "util/escape.h"
#include "util/log.h"
#include "util/mem.h"

#define COMMAND_TIMEOUT SPAN_S(60)
#define KEY_MAX ((size_t)4096)

struct exempt {
	struct guard *guard;	/* NULL once it has gone */
	char *command;	/* empty: none; NULL: never set */
	char *key;	/* of the cache; NULL: there is no cache */
	size_t max_count;
	int64_t max_time_s;
	struct memo *memo;
	struct list waiting;	/* asks, for the command */
	size_t waiting_count;
	struct exec *running;	/* the command; NULL: it is not */
	size_t open;	/* asks that are not answered */
};

struct ask {
	struct list link;
	struct exempt *exempt;
	struct ticket *ticket;
	exempt_told *told;
	void *arg;
	struct buf key;	/* to remember the answer by */
	bool keyed;
};

struct exempt *
exempt_new(struct guard *g)
{
	struct exempt *x = MEM_NEW(struct exempt);

	x->guard = g;
	list_init(&x->waiting);
	return x;
}

static void
exempt_release(struct exempt *x)
{
	if (x->guard != NULL || x->open > 0)
		return;
	mem_free(x->command);
	mem_free(x->key);
	memo_free(x->memo);
	mem_free(x);
}

static void
ask_answer(struct ask *a, bool ignored)
{
	struct exempt *x = a->exempt;

	if (a->keyed && x->memo != NULL)
		memo_put(x->memo, buf_slice(&a->key), ignored, time_mono());
	a->told(x->guard, a->ticket, ignored, a->arg);
	ticket_unref(a->ticket);
	buf_done(&a->key);
	mem_free(a);
	x->open--;
}

static void
log_ignored(const struct guard *g, struct slice ip, const char *by, struct slice what)
{
	struct buf *line = guard_log(g, LEVEL_INFO, "filter", "Ignore", ip);

	if (line == NULL)
		return;
	buf_printf(line, " by %s", by);
	escape_format(line, what);
	log_end();
}

/* Of a line that comes again this was said before. */
static bool
listed(const struct guard *g, struct slice ip, const struct addr *addr, bool again)
{
	static const char *const reasons[] = {
	    [IGNORE_IP] = "ip",
	    [IGNORE_DNS] = "dns",
	    [IGNORE_FILE] = "file:",
	    [IGNORE_SELF] = "ignoreself rule",
	};
	struct slice file = SLICE_EMPTY;
	enum ignore_reason reason;

	if (addr->family == ADDR_NONE)
		return false;
	reason = ignore_check(g->ignore, addr, time_mono_tick(), &file);
	if (reason != IGNORE_NOT && !again)
		log_ignored(g, ip, reasons[reason], file);
	return reason != IGNORE_NOT;
}

/* The name among those to ignore that has never been looked up. */
static bool
unanswered(const struct guard *g, const struct addr *addr, struct slice *name)
{
	return addr->family != ADDR_NONE && ignore_unanswered(g->ignore, time_mono_tick(), name);
}

static bool
has_command(const struct exempt *x)
{
	return x->command != NULL && x->command[0] != '\0';
}

bool
exempt_known(struct exempt *x, const struct failure *f, bool *ignored)
{
	struct slice name;

	if (x->memo != NULL || has_command(x) || unanswered(x->guard, &f->addr, &name))
		return false;
	*ignored = listed(x->guard, f->ip, &f->addr, f->again);
	return true;
}

/* Answers a at once if the answer is remembered. */
static bool
ask_remembered(struct ask *a)
{
	bool ignored;

	if (!a->keyed || a->exempt->memo == NULL ||
	    !memo_get(a->exempt->memo, buf_slice(&a->key), time_mono(), &ignored))
		return false;
	a->keyed = false;
	ask_answer(a, ignored);
	return true;
}

static void command_answered(void *arg, int status);

/* Runs the command for a; false if that cannot be done, which has been logged. */
static bool
command_start(struct exempt *x, struct ask *a)
{
	struct tag_command c;
	struct info info;
	struct diag d;
	int r;

	diag_init(&d);
	tag_command_init(&c);
	info_init(&info, &x->guard->action_jail, a->ticket, info_family(a->ticket));
	r = tag_dynamic(&c, slice_cstr(x->command), &info.source, &d);
	if (r < 0)
		log_write(LEVEL_ERROR, "filter", "[%s] ignorecommand: %s; the failure counts",
		    x->guard->name, d.text);
	else
		r = exec_ask(x->guard->monitor->loop, buf_slice(&c.script), c.values, c.count,
		    COMMAND_TIMEOUT, command_answered, a, &x->running);
	tag_command_done(&c);
	return r >= 0;
}

static void
command_next(struct exempt *x)
{
	while (x->running == NULL && !list_empty(&x->waiting)) {
		struct ask *a = LIST_ITEM(x->waiting.next, struct ask, link);

		list_remove(&a->link);
		x->waiting_count--;
		/* Several of one burst need one answer. */
		if (ask_remembered(a))
			continue;
		if (x->guard == NULL || !has_command(x) || !command_start(x, a))
			ask_answer(a, false);
	}
}

static void
command_answered(void *arg, int status)
{
	struct ask *a = arg;
	struct exempt *x = a->exempt;

	x->running = NULL;
	if (status == 0 && x->guard != NULL && !a->ticket->again)
		log_ignored(x->guard, ticket_ip(a->ticket), "command", SLICE_EMPTY);
	ask_answer(a, status == 0);
	command_next(x);
	exempt_release(x);
}

static void ask_consider(struct ask *a);

/* One name to ignore has been answered for: think again. */
static void
name_answered(void *arg, struct slice name, const struct addr *addrs, size_t n, const char *error)
{
	struct ask *a = arg;
	struct exempt *x = a->exempt;

	if (x->guard != NULL) {
		guard_ignored_resolved(x->guard, name, addrs, n, error);
		ask_consider(a);
	} else {
		ask_answer(a, false);
	}
	exempt_release(x);
}

/*
 * As long as a name among those to ignore has never been looked up, nobody is judged: it may be
 * the administrator's own address.
 */
static void
ask_consider(struct ask *a)
{
	struct exempt *x = a->exempt;
	struct guard *g = x->guard;
	const struct ticket *t = a->ticket;
	struct slice name;

	if (unanswered(g, &t->addr, &name)) {
		resolver_lookup(g->monitor->resolver, name, name_answered, a);
	} else if (listed(g, ticket_ip(t), &t->addr, t->again)) {
		ask_answer(a, true);
	} else if (!has_command(x)) {
		ask_answer(a, false);
	} else {
		list_append(&x->waiting, &a->link);
		x->waiting_count++;
		command_next(x);
	}
}

/* What the cache's key is for a ticket. Its tags do not go to a shell: they stand as they are. */
static bool
ask_key(struct ask *a)
{
	struct exempt *x = a->exempt;
	struct slice rest = slice_cstr(x->key), tag;
	struct info info;
	ptrdiff_t open, close;

	info_init(&info, &x->guard->action_jail, a->ticket, info_family(a->ticket));
	while ((open = slice_find_char(rest, '<', 0)) >= 0 &&
	    (close = slice_find_char(rest, '>', (size_t)open)) >= 0) {
		buf_add(&a->key, slice_upto(rest, (size_t)open));
		tag = slice_upto(slice_from(rest, (size_t)open + 1), (size_t)(close - open - 1));
		if (!info.source.value(&info.source, tag, &a->key))
			buf_add(&a->key, slice_upto(slice_from(rest, (size_t)open), tag.n + 2));
		rest = slice_from(rest, (size_t)close + 1);
	}
	buf_add(&a->key, rest);
	return !buf_refused(&a->key);
}

void
exempt_ask(struct exempt *x, struct ticket *t, exempt_told *told, void *arg)
{
	struct ask *a = MEM_NEW(struct ask);

	a->exempt = x;
	a->ticket = ticket_ref(t);
	a->told = told;
	a->arg = arg;
	list_init(&a->link);
	buf_init(&a->key, KEY_MAX);
	x->open++;
	a->keyed = x->memo != NULL && ask_key(a);
	if (!ask_remembered(a))
		ask_consider(a);
}

bool
exempt_busy(const struct exempt *x)
{
	return x->waiting_count >= EXEMPT_WAITING_MAX;
}

void
exempt_free(struct exempt *x)
{
	if (x == NULL)
		return;
	x->guard = NULL;
	LIST_EACH(link, &x->waiting) {
		list_remove(link);
		ask_answer(LIST_ITEM(link, struct ask, link), false);
	}
	if (x->running != NULL)
		exec_end(x->running);
	exempt_release(x);
}

void
exempt_set_command(struct exempt *x, struct slice command)
{
	mem_replace(&x->command, command.p, command.n);
}

struct slice
exempt_command(const struct exempt *x)
{
	return x->command != NULL ? slice_cstr(x->command) : (struct slice){NULL, 0};
}

void
exempt_set_cache(struct exempt *x, const struct exempt_cache *c)
{
	memo_free(x->memo);
	mem_free(x->key);
	x->memo = NULL;
	x->key = NULL;
	if (c == NULL)
		return;
	x->key = mem_copy(c->key.p, c->key.n);
	x->max_count = c->max_count;
	x->max_time_s = c->max_time_s;
	x->memo = memo_new(c->max_count, SPAN_S(c->max_time_s));
}

bool
exempt_cache(const struct exempt *x, struct exempt_cache *c)
{
	if (x->key == NULL)
		return false;
	*c = (struct exempt_cache){slice_cstr(x->key), x->max_count, x->max_time_s};
	return true;
}
