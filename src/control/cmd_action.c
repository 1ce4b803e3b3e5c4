/* The actions of a jail and their properties. */
#include "config/duration.h"
#include "control/command.h"
#include "control/method.h"

#include <errno.h>

static struct value *
no_such_action(struct request *rq, struct slice name)
{
	return value_error(rq->arena, ERROR_KEY, "Invalid Action name: %.*s", SLICE_ARG(name));
}

/*
 * Properties that every action has without being given them, as far as they can be asked for; the
 * first two are fail2ban's own and are only listed.
 */
static const char *const builtin[] = {"ESCAPE_CRE", "ESCAPE_VN_CRE", "actionban", "actioncheck",
    "actionflush", "actionreban", "actionreload", "actionrepair", "actionstart", "actionstop",
    "actionunban", "banEpoch", "timeout", NULL};

#define DEFAULT_TIMEOUT_S 60

static struct value *
set_addaction(struct request *rq)
{
	struct slice name, path = SLICE_EMPTY, options = SLICE_EMPTY;
	struct value *error;
	struct diag d;
	int r;

	if (!request_text(rq, 0, &name, &error))
		return error;
	if (request_argc(rq) > 1 && !request_text(rq, 1, &path, &error))
		return error;
	if (request_argc(rq) > 2 && !request_text(rq, 2, &options, &error))
		return error;
	diag_init(&d);
	r = action_add(rq->guard->actions, name, &d);
	if (r == -EEXIST)
		return value_error(
		    rq->arena, ERROR_VALUE, "Action %.*s already exists", SLICE_ARG(name));
	if (r == 0 && path.n > 0)
		r = action_set_program(rq->guard->actions, name, path, options, &d);
	if (r < 0)
		return request_failed(rq, ERROR_VALUE, &d);
	return value_text(rq->arena, name);
}

static struct value *
set_delaction(struct request *rq)
{
	struct slice name;
	struct value *error;

	if (!request_text(rq, 0, &name, &error))
		return error;
	if (action_remove(rq->guard->actions, name) < 0)
		return no_such_action(rq, name);
	return value_nil(rq->arena);
}

/* The time that a command has is a number of seconds, however it was written. */
static struct value *
property_value(struct request *rq, struct slice property, struct slice text)
{
	struct pyexpr_number seconds;

	if (slice_eq(property, SLICE("timeout")) && duration_parse(text, &seconds, NULL) == 0)
		return value_number(rq->arena, &seconds);
	return value_text(rq->arena, text);
}

/* A property as it is stored: text; truths in Python's words, as fail2ban shows them. */
static struct value *
set_property(
    struct request *rq, struct slice action, struct slice property, const struct value *value)
{
	struct value *error;
	struct slice text = SLICE_EMPTY;
	struct pyexpr_number seconds;
	struct diag d;

	if (value->kind != VALUE_NIL && !request_value_text(rq, value, &text, &error))
		return error;
	if (slice_eq(property, SLICE("timeout"))) {
		error = request_duration(rq, text, &seconds);
		if (error != NULL)
			return error;
	}
	if (action_set(rq->guard->actions, action, property, text, &d) < 0)
		return request_failed(rq, ERROR_VALUE, &d);
	return property_value(rq, property, text);
}

/* [[NAME, VALUE], …] */
static struct value *
set_properties(struct request *rq, struct slice action, const struct value *pairs)
{
	for (size_t i = 0; i < value_count(pairs); i++) {
		const struct value *pair = value_at(pairs, i);
		const struct value *name = value_at(pair, 0), *value = value_at(pair, 1);
		struct value *reply;

		if (name == NULL || value == NULL || name->kind != VALUE_TEXT)
			return value_error(rq->arena, ERROR_VALUE,
			    "a pair of a property and its value was expected");
		reply = set_property(rq, action, name->text, value);
		if (reply->kind == VALUE_ERROR)
			return reply;
	}
	return value_bool(rq->arena, true);
}

static struct value *
set_action(struct request *rq)
{
	const struct value *second = request_arg(rq, 1), *value = request_arg(rq, 2);
	struct slice action, property;
	struct value *error;

	if (!request_text(rq, 0, &action, &error))
		return error;
	if (!action_has(rq->guard->actions, action))
		return no_such_action(rq, action);
	if (second != NULL && (second->kind == VALUE_LIST || second->kind == VALUE_TUPLE))
		return set_properties(rq, action, second);
	if (!request_text(rq, 1, &property, &error))
		return error;
	if (method_known(property))
		return method_call(rq, action, property, value);
	if (value == NULL)
		return request_missing(rq);
	return set_property(rq, action, property, value);
}

static struct value *
get_actions(struct request *rq)
{
	struct value *out = value_list(rq->arena);

	for (size_t i = 0; i < action_count(rq->guard->actions); i++)
		(void)value_add(
		    rq->arena, out, value_text(rq->arena, action_name(rq->guard->actions, i)));
	return out;
}

/* Truths and numbers of smtp.py are such, and what was not given is nothing. */
static struct value *
program_property(struct request *rq, struct slice action, struct slice property)
{
	struct slice text;
	int64_t number;

	if (!action_get(rq->guard->actions, action, property, &text))
		return value_error(rq->arena, ERROR_ATTRIBUTE,
		    "'SMTPAction' object has no attribute '%.*s'", SLICE_ARG(property));
	if (text.n == 0)
		return value_nil(rq->arena);
	if (slice_eq(text, SLICE("True")) || slice_eq(text, SLICE("False")))
		return value_bool(rq->arena, slice_eq(text, SLICE("True")));
	if (slice_eq(property, SLICE("norestored")) && slice_i64(text, 0, 1, &number) == 0)
		return value_int(rq->arena, number);
	return property_value(rq, property, text);
}

static struct value *
get_action(struct request *rq)
{
	struct slice action, property, value;
	struct value *error;

	if (!request_text(rq, 0, &action, &error) || !request_text(rq, 1, &property, &error))
		return error;
	if (!action_has(rq->guard->actions, action))
		return no_such_action(rq, action);
	if (action_program(rq->guard->actions, action))
		return program_property(rq, action, property);
	if (action_get(rq->guard->actions, action, property, &value))
		return property_value(rq, property, value);
	if (slice_eq(property, SLICE("timeout")))
		return value_int(rq->arena, DEFAULT_TIMEOUT_S);
	if (slice_starts(property, SLICE("action")) && slice_listed(property, builtin))
		return value_text(rq->arena, SLICE_EMPTY);
	return value_error(rq->arena, ERROR_ATTRIBUTE,
	    "'CommandAction' object has no attribute '%.*s'", SLICE_ARG(property));
}

static int
compare_texts(const void *a, const void *b)
{
	return slice_cmp((*(struct value *const *)a)->text, (*(struct value *const *)b)->text);
}

static struct value *
get_actionproperties(struct request *rq)
{
	struct action_list *actions = rq->guard->actions;
	struct value *out = value_list(rq->arena), *error;
	struct slice action;
	bool program;

	if (!request_text(rq, 0, &action, &error))
		return error;
	if (!action_has(rq->guard->actions, action))
		return no_such_action(rq, action);
	program = action_program(actions, action);
	for (size_t i = 0; builtin[i] != NULL && !program; i++)
		(void)value_add(rq->arena, out, value_cstr(rq->arena, builtin[i]));
	for (size_t i = 0; i < action_property_count(actions, action); i++)
		if (program || !slice_listed(action_property(actions, action, i), builtin))
			(void)value_add(rq->arena, out,
			    value_text(rq->arena, action_property(actions, action, i)));
	if (out->seq.count > 0)
		qsort(out->seq.items, out->seq.count, sizeof(struct value *), compare_texts);
	return out;
}

static struct value *
get_actionmethods(struct request *rq)
{
	struct slice action;
	struct value *error;

	if (!request_text(rq, 0, &action, &error))
		return error;
	if (!action_has(rq->guard->actions, action))
		return no_such_action(rq, action);
	return action_program(rq->guard->actions, action) ? method_list_program(rq->arena)
							  : method_list(rq->arena);
}

const struct command commands_set_action[] = {
    {"addaction", "<ACTION>", "adds an action", set_addaction},
    {"delaction", "<ACTION>", "removes an action, without undoing what it did", set_delaction},
    {"action", "<ACTION> <PROPERTY>|<METHOD> <VALUE>",
        "sets a property of an action, or calls a method of it with arguments in JSON", set_action},
    {NULL},
};

const struct command commands_get_action[] = {
    {"actions", "", "returns the names of the actions", get_actions, true},
    {"action", "<ACTION> <PROPERTY>", "returns a property of an action", get_action},
    {"actionproperties", "<ACTION>", "returns the names of an action's properties",
	get_actionproperties},
    {"actionmethods", "<ACTION>", "returns the names of an action's methods", get_actionmethods},
    {NULL},
};
