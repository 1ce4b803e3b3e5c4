#include "compat/pickle_read.h"

#include "compat/pyerror.h"
#include "util/escape.h"

#include <errno.h>

/* Opcodes of the few classes that replies hold, and those that are refused. */

static int
pop_text(struct pickle_reader *p, struct slice *out)
{
	struct value *v;
	int r = pickle_pop(p, &v);

	if (r == 0 && v->kind != VALUE_TEXT)
		r = pickle_bad(p, "text expected");
	if (r == 0)
		*out = v->text;
	return r;
}

static int
refuse_class(struct pickle_reader *p, struct slice module, struct slice name)
{
	char shown[2][121];

	return diag_fail(p->d, -EPERM, PICKLE_NOWHERE, "'%s.%s' is not data; only data is accepted",
	    escape_text(slice_upto(module, 30), shown[0], sizeof(shown[0])),
	    escape_text(slice_upto(name, 30), shown[1], sizeof(shown[1])));
}

static int
push_class(struct pickle_reader *p, struct slice module, struct slice name)
{
	bool builtin =
	    slice_eq(module, SLICE("builtins")) || slice_eq(module, SLICE("__builtin__"));
	struct pickle_slot slot = {.kind = SLOT_UNSET};

	if (builtin && (slice_eq(name, SLICE("str")) || slice_eq(name, SLICE("unicode"))))
		slot.kind = SLOT_STR;
	else if (builtin && slice_eq(name, SLICE("set")))
		slot.kind = SLOT_SET;
	else if (p->side == PICKLE_REPLY && pyerror_kind(module, name, &slot.error))
		slot.kind = SLOT_ERROR;
	else
		return refuse_class(p, module, name);
	return pickle_push_slot(p, slot);
}

static int
read_global(struct pickle_reader *p, unsigned of)
{
	struct slice module, name;
	int r = pickle_take_line(p, &module);

	if (r == 0)
		r = pickle_take_line(p, &name);
	return r == 0 ? push_class(p, module, name) : r;
}

static int
read_stack_global(struct pickle_reader *p, unsigned of)
{
	struct slice module, name;
	int r = pop_text(p, &name);

	if (r == 0)
		r = pop_text(p, &module);
	return r == 0 ? push_class(p, module, name) : r;
}

static int
call_error(struct pickle_reader *p, enum value_error kind, struct value *args)
{
	struct value *v = ARENA_NEW(p->a, struct value);

	v->kind = VALUE_ERROR;
	v->error.kind = kind;
	v->error.args = args;
	return pickle_push(p, v);
}

static int
call_set(struct pickle_reader *p, const struct value *items)
{
	struct value *set = value_set(p->a);

	for (size_t i = 0; i < items->seq.count; i++)
		value_add(p->a, set, items->seq.items[i]);
	return pickle_push(p, set);
}

static int
read_reduce(struct pickle_reader *p, unsigned of)
{
	struct value *args, *arg;
	struct pickle_slot class;
	int r = pickle_pop(p, &args);

	if (r < 0)
		return r;
	if (p->n == 0 || args->kind != VALUE_TUPLE)
		return pickle_bad(p, "unpickling stack underflow");
	class = p->stack[--p->n];
	arg = value_at(args, 0);
	if (class.kind == SLOT_ERROR)
		return call_error(p, class.error, args);
	if (class.kind == SLOT_STR && arg != NULL && arg->kind == VALUE_TEXT)
		return pickle_push(p, arg);
	if (class.kind == SLOT_SET && arg != NULL && arg->kind >= VALUE_LIST &&
	    arg->kind <= VALUE_SET)
		return call_set(p, arg);
	return pickle_bad(p, "a call of something that cannot be called");
}

/* Attributes of an exception say nothing that its arguments do not. */
static int
read_build(struct pickle_reader *p, unsigned of)
{
	struct value *state, *v;
	int r = pickle_pop(p, &state);

	return r == 0 ? pickle_top(p, VALUE_ERROR, &v) : r;
}

static int
refuse_object(struct pickle_reader *p, unsigned of)
{
	return diag_fail(
	    p->d, -EPERM, PICKLE_NOWHERE, "an object of a class; only data is accepted");
}

const struct pickle_opcode pickle_classes[] = {
    {'c', read_global},
    {0x93, read_stack_global},
    {'R', read_reduce},
    {'b', read_build},
    {'i', refuse_object},
    {'o', refuse_object},
    {'P', refuse_object},
    {'Q', refuse_object},
    {0x81, refuse_object},
    {0x92, refuse_object},
    {0x82, refuse_object},
    {0x83, refuse_object},
    {0x84, refuse_object},
    {0, NULL},
};
