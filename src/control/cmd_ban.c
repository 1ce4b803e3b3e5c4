/* Bans by hand, and questions about who is banned. */
#include "control/command.h"
#include "control/settle.h"
#include "control/status.h"
#include "control/storing.h"
#include "control/unban.h"
#include "control/verdict.h"
#include "util/log.h"
#include "util/mem.h"

#include <math.h>

/* Ids are kept in canonical form; who asks may spell an address otherwise. */
static struct slice
canonical(struct request *rq, struct slice id)
{
	char text[ADDR_TEXT_MAX];
	struct addr a;

	return addr_parse(id, &a) == 0 ? arena_copy(rq->arena, addr_text(&a, text)) : id;
}

/* How many of the arguments were not banned yet; up to the first that is no text. */
static int64_t
ban_arguments(struct request *rq, struct value **error)
{
	struct slice id;
	int64_t count = 0;

	for (size_t i = 0; i < request_argc(rq); i++) {
		struct ticket *t;

		if (!request_text(rq, i, &id, error))
			break;
		t = verdict_ticket(id, time_now());
		count += verdict_ban(rq->guard, t);
		ticket_unref(t);
	}
	return count;
}

static struct value *
set_banip(struct request *rq)
{
	struct value *error = NULL;
	int64_t count;

	if (request_argc(rq) == 0)
		return value_int(rq->arena, 0);
	log_hold();
	count = ban_arguments(rq, &error);
	log_release();
	return error != NULL ? error : settle(rq, rq->guard, value_int(rq->arena, count));
}

static struct value *
set_unbanip(struct request *rq)
{
	bool report = value_is_text(request_arg(rq, 0), SLICE("--report-absent"));

	if (request_argc(rq) == 0)
		return request_missing(rq);
	return unban_run(rq, report, report);
}

/* An attempt that is asked about: answered at once, or later through its connection. */
struct attempt_reply {
	struct conn_request *conn;
	bool later;
	bool told, counted;
};

static void
attempt_told(void *arg, bool counted)
{
	struct attempt_reply *reply = arg;

	reply->told = true;
	reply->counted = counted;
	if (!reply->later)
		return;
	if (reply->conn != NULL)
		command_answer(reply->conn, value_int(&reply->conn->arena, counted));
	mem_free(reply);
}

static struct value *
set_attempt(struct request *rq)
{
	struct attempt_reply *reply;
	size_t n = request_argc(rq);
	struct slice *matches = arena_array(rq->arena, n + 1, sizeof(*matches));
	struct slice id;
	struct value *error;

	if (n == 0)
		return value_error(rq->arena, ERROR_TYPE,
		    "Filter.addAttempt() missing 1 required positional argument: 'ip'");
	if (!request_text(rq, 0, &id, &error))
		return error;
	for (size_t i = 1; i < n; i++)
		if (!request_text(rq, i, &matches[i - 1], &error))
			return error;
	reply = MEM_NEW(struct attempt_reply);
	reply->conn = rq->conn;
	verdict_attempt(rq->guard, id, matches, n - 1, attempt_told, reply);
	if (!reply->told) {
		reply->later = true;
		return rq->conn != NULL ? NULL : value_nil(rq->arena);
	}
	n = reply->counted;
	mem_free(reply);
	return value_int(rq->arena, (int64_t)n);
}

static struct value *
run_unban(struct request *rq)
{
	size_t count = 0;

	if (request_argc(rq) == 0)
		return value_error(rq->arena, ERROR_FAILED, "Invalid command");
	/* Beside anything else it is a word like others, which must not lift what was not named. */
	if (request_argc(rq) > 1 || !value_is_text(request_arg(rq, 0), SLICE("--all")))
		return unban_run(rq, 0, false);
	LIST_EACH(link, &rq->monitor->guards)
		count += verdict_unban_all(LIST_ITEM(link, struct guard, link), true);
	storing_now(rq->monitor);
	return settle(rq, NULL, value_int(rq->arena, (int64_t)count));
}

/* ADDRESS, blank, TAB, start + seconds = end. */
static struct value *
ban_with_time(struct arena *a, const struct guard *g, const struct ticket *t)
{
	struct instant end = ban_end(g->bans, t);
	struct value *line;
	struct buf text;

	buf_init(&text, ticket_id(t).n + 128);
	buf_add(&text, ticket_id(t));
	buf_add_cstr(&text, " \t");
	time_format(&text, t->when);
	/* A formula may have given a number that no integer holds. */
	buf_printf(&text, " + %.0f = ", trunc(ban_bantime(g->bans, t)));
	if (end.us == BAN_NEVER.us)
		buf_add_cstr(&text, "9999-12-31 23:59:59");
	else
		time_format(&text, end);
	line = value_text(a, buf_slice(&text));
	buf_done(&text);
	return line;
}

static struct value *
get_banip(struct request *rq)
{
	struct value *out;
	struct ticket **all;
	size_t n;

	if (!value_is_text(request_arg(rq, 0), SLICE("--with-time")))
		return status_banned(rq->arena, rq->guard, BAN_BY_END);
	out = value_list(rq->arena);
	all = ban_list(rq->guard->bans, BAN_BY_END, &n);
	for (size_t i = 0; i < n; i++)
		(void)value_add(rq->arena, out, ban_with_time(rq->arena, rq->guard, all[i]));
	mem_free(all);
	return out;
}

static struct value *
get_banned(struct request *rq)
{
	struct value *out = value_list(rq->arena), *error;
	struct slice id;

	if (request_argc(rq) == 0)
		return status_banned(rq->arena, rq->guard, BAN_BY_ENTRY);
	for (size_t i = 0; i < request_argc(rq); i++) {
		if (!request_text(rq, i, &id, &error))
			return error;
		(void)value_add(rq->arena, out,
		    value_int(rq->arena, ban_get(rq->guard->bans, canonical(rq, id)) != NULL));
	}
	return request_argc(rq) == 1 ? value_at(out, 0) : out;
}

static struct value *
jails_banning(struct request *rq, struct slice id)
{
	struct value *out = value_list(rq->arena);

	LIST_EACH(link, &rq->monitor->guards) {
		const struct guard *g = LIST_ITEM(link, struct guard, link);

		if (ban_get(g->bans, id) != NULL)
			(void)value_add(rq->arena, out, value_cstr(rq->arena, g->name));
	}
	return out;
}

static struct value *
run_banned(struct request *rq)
{
	struct arena *a = rq->arena;
	struct value *out = value_list(a), *error;
	struct slice id;

	for (size_t i = 0; i < request_argc(rq); i++) {
		if (!request_text(rq, i, &id, &error))
			return error;
		(void)value_add(a, out, jails_banning(rq, canonical(rq, id)));
	}
	if (request_argc(rq) > 0)
		return out;
	LIST_EACH(link, &rq->monitor->guards) {
		const struct guard *g = LIST_ITEM(link, struct guard, link);

		(void)value_add(a, out,
		    value_put_cstr(a, value_map(a), g->name, status_banned(a, g, BAN_BY_ENTRY)));
	}
	return out;
}

const struct command commands_ban[] = {
    {"banned", "[<IP>...]", "returns who is banned in each jail, or the jails that ban each IP",
	run_banned, true},
    {"unban", "--all|<IP>...", "lifts bans in all jails and forgets them", run_unban},
    {NULL},
};

const struct command commands_set_ban[] = {
    {"banip", "<IP>...", "bans at once", set_banip},
    {"unbanip", "[--report-absent] <IP>...", "lifts bans and forgets them", set_unbanip},
    {"attempt", "<IP> [<MATCH>...]", "counts a failure, or one for each match", set_attempt},
    {NULL},
};

const struct command commands_get_ban[] = {
    {"banip", "[<SEPARATOR>|--with-time]", "returns who is banned, the ban that ends next first",
	get_banip, true},
    {"banned", "[<IP>...]", "returns who is banned, or whether each IP is", get_banned, true},
    {NULL},
};
