#include "compat/pickle_read.h"

/* Opcodes of lists, tuples, sets and maps. */

static int
read_mark(struct pickle_reader *p, unsigned of)
{
	return pickle_push_slot(p, (struct pickle_slot){.kind = SLOT_MARK});
}

static struct value *
make(struct pickle_reader *p, enum value_kind kind)
{
	struct value *v = ARENA_NEW(p->a, struct value);

	v->kind = kind;
	return v;
}

static int
read_empty(struct pickle_reader *p, unsigned kind)
{
	return pickle_push(p, make(p, kind));
}

/*
 * A key is looked for among all that are there: a large map pays for the time this takes. Less in a
 * reply, whose sender is no stranger, and has thousands of jails perhaps.
 */
static int
put(struct pickle_reader *p, struct value *map, struct value *key, struct value *item)
{
	int r = pickle_charge(p, value_count(map) / (p->side == PICKLE_REQUEST ? 8 : 64), 0);

	if (r < 0)
		return r;
	if (key->kind > VALUE_TEXT)
		return pickle_bad(p, "unhashable type");
	value_put(p->a, map, key, item);
	return 0;
}

/* Moves the items from index on into v, which is a sequence or a map; cuts the stack to keep. */
static int
fill(struct pickle_reader *p, struct value *v, size_t from, size_t keep)
{
	int r = 0;

	if (v->kind == VALUE_MAP && (p->n - from) % 2 != 0)
		return pickle_bad(p, "odd number of items for SETITEMS");
	for (size_t i = from; i < p->n && r == 0; i++) {
		if (v->kind == VALUE_MAP) {
			r = put(p, v, p->stack[i].v, p->stack[i + 1].v);
			i++;
		} else {
			value_add(p->a, v, p->stack[i].v);
		}
	}
	p->n = keep;
	return r;
}

/* A new container of all items above the mark. */
static int
read_filled(struct pickle_reader *p, unsigned kind)
{
	struct value *v = make(p, kind);
	size_t from;
	int r = pickle_find_mark(p, &from);

	if (r == 0)
		r = fill(p, v, from, from - 1);
	return r == 0 ? pickle_push(p, v) : r;
}

/* The items above the mark go into the container below it. */
static int
read_items(struct pickle_reader *p, unsigned kind)
{
	size_t from;
	int r = pickle_find_mark(p, &from);

	if (r < 0)
		return r;
	if (from < 2 || p->stack[from - 2].kind != SLOT_VALUE || p->stack[from - 2].v->kind != kind)
		return pickle_bad(p, "items for something that takes none");
	return fill(p, p->stack[from - 2].v, from, from - 1);
}

static int
read_append(struct pickle_reader *p, unsigned of)
{
	struct value *item, *list;
	int r = pickle_pop(p, &item);

	if (r == 0)
		r = pickle_top(p, VALUE_LIST, &list);
	if (r == 0)
		value_add(p->a, list, item);
	return r;
}

static int
read_setitem(struct pickle_reader *p, unsigned of)
{
	struct value *key, *item, *map;
	int r = pickle_pop(p, &item);

	if (r == 0)
		r = pickle_pop(p, &key);
	if (r == 0)
		r = pickle_top(p, VALUE_MAP, &map);
	return r == 0 ? put(p, map, key, item) : r;
}

static int
read_short_tuple(struct pickle_reader *p, unsigned count)
{
	struct value *v = value_tuple(p->a);

	if (p->n < count)
		return pickle_bad(p, "unpickling stack underflow");
	for (size_t i = p->n - count; i < p->n; i++) {
		if (p->stack[i].kind != SLOT_VALUE)
			return pickle_bad(p, "unpickling stack underflow");
		value_add(p->a, v, p->stack[i].v);
	}
	p->n -= count;
	return pickle_push(p, v);
}

const struct pickle_opcode pickle_containers[] = {
    {'(', read_mark},
    {']', read_empty, VALUE_LIST},
    {')', read_empty, VALUE_TUPLE},
    {'}', read_empty, VALUE_MAP},
    {0x8f, read_empty, VALUE_SET},
    {'l', read_filled, VALUE_LIST},
    {'t', read_filled, VALUE_TUPLE},
    {'d', read_filled, VALUE_MAP},
    {'a', read_append},
    {'e', read_items, VALUE_LIST},
    {'s', read_setitem},
    {'u', read_items, VALUE_MAP},
    {0x90, read_items, VALUE_SET},
    {0x85, read_short_tuple, 1},
    {0x86, read_short_tuple, 2},
    {0x87, read_short_tuple, 3},
    {0, NULL},
};
