#include "control/method.h"

#include "control/settle.h"
#include "control/verdict.h"

#include <jansson.h>

#define JSON_MAX ((size_t)1024 * 1024)

enum method_kind {
	METHOD_EVENT,	/* of the action as a whole; answers True */
	METHOD_TICKET,	/* needs "aInfo"; answers None */
	METHOD_EPOCH,	/* rules made before now may be missing; answers None */
	METHOD_INTERNAL,	/* of how fail2ban is made; there is nothing to call here */
};

static const struct method {
	const char *name;
	enum method_kind kind;
	enum action_call call;
} methods[] = {
    {"ban", METHOD_TICKET, ACTION_BAN},
    {"clearAllParams", METHOD_INTERNAL, 0},
    {"consistencyCheck", METHOD_INTERNAL, 0},
    {"escapeTag", METHOD_INTERNAL, 0},
    {"executeCmd", METHOD_INTERNAL, 0},
    {"flush", METHOD_EVENT, ACTION_FLUSH},
    {"invalidateBanEpoch", METHOD_EPOCH, 0},
    {"prolong", METHOD_TICKET, ACTION_PROLONG},
    {"reban", METHOD_TICKET, ACTION_REBAN},
    {"reload", METHOD_EVENT, ACTION_RELOAD},
    {"replaceDynamicTags", METHOD_INTERNAL, 0},
    {"replaceTag", METHOD_INTERNAL, 0},
    {"start", METHOD_EVENT, ACTION_START},
    {"stop", METHOD_EVENT, ACTION_STOP},
    {"unban", METHOD_TICKET, ACTION_UNBAN},
};

#define METHOD_COUNT (sizeof(methods) / sizeof(methods[0]))

struct value *
method_list(struct arena *a)
{
	struct value *out = value_list(a);

	for (size_t i = 0; i < METHOD_COUNT; i++)
		(void)value_add(a, out, value_cstr(a, methods[i].name));
	return out;
}

struct value *
method_list_program(struct arena *a)
{
	static const char *const names[] = {"ban", "reban", "start", "stop", "unban"};
	struct value *out = value_list(a);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)value_add(a, out, value_cstr(a, names[i]));
	return out;
}

static const struct method *
method_find(struct slice name)
{
	for (size_t i = 0; i < METHOD_COUNT; i++)
		if (slice_eq(name, slice_cstr(methods[i].name)))
			return &methods[i];
	return NULL;
}

bool
method_known(struct slice name)
{
	return method_find(name) != NULL;
}

static struct slice
text_of(const json_t *v)
{
	return slice_of(json_string_value(v), json_string_length(v));
}

/* What "aInfo" says of somebody; NULL if it names nobody. */
static struct ticket *
ticket_of(const json_t *info)
{
	const json_t *ip = json_object_get(info, "ip"), *v;
	struct ticket *t;
	const char *key;

	if (!json_is_string(ip))
		return NULL;
	t = verdict_ticket(text_of(ip), time_now());
	t->failures = 1;
	json_object_foreach ((json_t *)info, key, v)
		if (json_is_string(v) && v != ip)
			ticket_set_attr(t, slice_cstr(key), text_of(v));
	return t;
}

static struct value *
call_with_ticket(
    struct request *rq, struct slice action, const struct method *m, const struct value *json)
{
	json_t *args = NULL;
	struct ticket *t;

	if (json != NULL) {
		if (json->kind != VALUE_TEXT || json->text.n > JSON_MAX)
			return value_error(rq->arena, ERROR_TYPE, "the arguments are a text of JSON");
		args = json_loadb(json->text.p, json->text.n, 0, NULL);
		if (args == NULL)
			return value_error(rq->arena, ERROR_VALUE, "the arguments are no JSON");
	}
	t = ticket_of(json_object_get(args, "aInfo"));
	json_decref(args);
	if (t == NULL)
		return value_error(rq->arena, ERROR_TYPE,
		    "CommandAction.%s() missing 1 required positional argument: 'aInfo'", m->name);
	(void)action_call(rq->guard->actions, action, m->call, t);
	ticket_unref(t);
	return settle(rq, rq->guard, value_nil(rq->arena));
}

struct value *
method_call(struct request *rq, struct slice action, struct slice name, const struct value *json)
{
	const struct method *m = method_find(name);

	switch (m->kind) {
	case METHOD_TICKET:
		return call_with_ticket(rq, action, m, json);
	case METHOD_EPOCH:
		action_damaged(rq->guard->actions, action, ++rq->guard->epoch);
		return value_nil(rq->arena);
	case METHOD_EVENT:
		(void)action_call(rq->guard->actions, action, m->call, NULL);
		return settle(rq, rq->guard, value_bool(rq->arena, true));
	case METHOD_INTERNAL:
		break;
	}
	return value_error(
	    rq->arena, ERROR_NOT_IMPLEMENTED, "there is nothing here that '%s' could do", m->name);
}
