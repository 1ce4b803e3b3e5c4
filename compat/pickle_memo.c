#include "compat/pickle_read.h"

#include "util/mem.h"

#include <errno.h>

/* Opcodes that move what was read: the stack's own, and those of the memo. */

#define MEMO_AHEAD_MAX 256

static int
read_pop(struct pickle_reader *p)
{
	if (p->n == 0)
		return pickle_bad(p, "unpickling stack underflow");
	p->n--;
	return 0;
}

static int
read_pop_mark(struct pickle_reader *p)
{
	size_t from;
	int r = pickle_find_mark(p, &from);

	if (r == 0)
		p->n = from - 1;
	return r;
}

static struct value *clone(struct pickle_reader *p, const struct value *v, unsigned depth, int *r);

static void
clone_items(
    struct pickle_reader *p, struct value *out, const struct value *v, unsigned depth, int *r)
{
	out->seq.count = out->seq.cap = 0;
	out->seq.items = NULL;
	for (size_t i = 0; i < v->seq.count && *r == 0; i++)
		value_add(p->a, out, clone(p, v->seq.items[i], depth + 1, r));
}

/* A copy with texts shared, paid for as if all had been sent once more. */
static struct value *
clone(struct pickle_reader *p, const struct value *v, unsigned depth, int *r)
{
	struct value *out = ARENA_NEW(p->a, struct value);

	*out = *v;
	if (depth > PICKLE_MAX_DEPTH)
		*r = pickle_too_much(p, "deep nesting");
	else
		*r = pickle_charge(p, 1, v->kind == VALUE_TEXT ? v->text.n : 0);
	if (*r < 0)
		return out;
	if (v->kind == VALUE_ERROR)
		out->error.args = clone(p, v->error.args, depth + 1, r);
	else if (v->kind >= VALUE_LIST)
		clone_items(p, out, v, depth, r);
	return out;
}

static int
push_clone(struct pickle_reader *p, struct pickle_slot slot)
{
	int r = 0;

	if (slot.kind == SLOT_VALUE)
		slot.v = clone(p, slot.v, 0, &r);
	return r == 0 ? pickle_push_slot(p, slot) : r;
}

static int
read_dup(struct pickle_reader *p)
{
	if (p->n == 0 || p->stack[p->n - 1].kind == SLOT_MARK)
		return pickle_bad(p, "unpickling stack underflow");
	return push_clone(p, p->stack[p->n - 1]);
}

/* Writers number the memo from 0 or 1 on, as they go: far beyond what was read is no honest pickle. */
static int
memo_put(struct pickle_reader *p, uint64_t index)
{
	if (index > p->pushed + MEMO_AHEAD_MAX)
		return pickle_too_much(p, "large a memo");
	if (p->n == 0 || p->stack[p->n - 1].kind == SLOT_MARK)
		return pickle_bad(p, "unpickling stack underflow");
	if (index >= p->memo_n) {
		size_t n = (size_t)index * 2 + 16;

		p->memo = mem_grow(p->memo, n, sizeof(*p->memo));
		memset(p->memo + p->memo_n, 0, (n - p->memo_n) * sizeof(*p->memo));
		p->memo_n = n;
	}
	p->memo_used += p->memo[index].kind == SLOT_UNSET;
	p->memo[index] = p->stack[p->n - 1];
	return 0;
}

static int
read_memoize(struct pickle_reader *p)
{
	return memo_put(p, p->memo_used);
}

static int
memo_get(struct pickle_reader *p, uint64_t index)
{
	if (index >= p->memo_n || p->memo[index].kind == SLOT_UNSET)
		return diag_fail(p->d, -EBADMSG, PICKLE_NOWHERE,
		    "Memo value not found at index %llu", (unsigned long long)index);
	return push_clone(p, p->memo[index]);
}

static int
memo_number(
    struct pickle_reader *p, size_t bytes, int (*use)(struct pickle_reader *p, uint64_t index))
{
	uint64_t index;
	int r = pickle_take_number(p, bytes, &index);

	return r == 0 ? use(p, index) : r;
}

static int
memo_line(struct pickle_reader *p, int (*use)(struct pickle_reader *p, uint64_t index))
{
	struct slice line;
	uint64_t index;
	int r = pickle_take_line(p, &line);

	if (r == 0 && slice_u64(slice_trim(line), UINT32_MAX, &index) < 0)
		r = pickle_bad(p, "invalid memo index");
	return r == 0 ? use(p, index) : r;
}

static int
read_put_line(struct pickle_reader *p)
{
	return memo_line(p, memo_put);
}

static int
read_get_line(struct pickle_reader *p)
{
	return memo_line(p, memo_get);
}

static int
read_put1(struct pickle_reader *p)
{
	return memo_number(p, 1, memo_put);
}

static int
read_put4(struct pickle_reader *p)
{
	return memo_number(p, 4, memo_put);
}

static int
read_get1(struct pickle_reader *p)
{
	return memo_number(p, 1, memo_get);
}

static int
read_get4(struct pickle_reader *p)
{
	return memo_number(p, 4, memo_get);
}

const struct pickle_opcode pickle_memos[] = {
    {'0', read_pop},
    {'1', read_pop_mark},
    {'2', read_dup},
    {'p', read_put_line},
    {'q', read_put1},
    {'r', read_put4},
    {'g', read_get_line},
    {'h', read_get1},
    {'j', read_get4},
    {0x94, read_memoize},
    {0, NULL},
};
