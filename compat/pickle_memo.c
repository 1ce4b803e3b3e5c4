#include "compat/pickle_read.h"

#include "util/mem.h"

#include <errno.h>

/* Opcodes that move what was read: the stack's own, and those of the memo. */

#define MEMO_AHEAD_MAX 256

static int
read_pop(struct pickle_reader *p, unsigned of)
{
	if (p->n == 0)
		return pickle_bad(p, "unpickling stack underflow");
	p->n--;
	return 0;
}

static int
read_pop_mark(struct pickle_reader *p, unsigned of)
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
read_dup(struct pickle_reader *p, unsigned of)
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
read_memoize(struct pickle_reader *p, unsigned of)
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

/* An index of so many bytes; of none, it is a line. */
static int
take_index(struct pickle_reader *p, unsigned bytes, uint64_t *index)
{
	struct slice line;
	int r;

	if (bytes > 0)
		return pickle_take_number(p, bytes, index);
	r = pickle_take_line(p, &line);
	if (r == 0 && slice_u64(slice_trim(line), UINT32_MAX, index) < 0)
		r = pickle_bad(p, "invalid memo index");
	return r;
}

static int
read_put(struct pickle_reader *p, unsigned bytes)
{
	uint64_t index;
	int r = take_index(p, bytes, &index);

	return r == 0 ? memo_put(p, index) : r;
}

static int
read_get(struct pickle_reader *p, unsigned bytes)
{
	uint64_t index;
	int r = take_index(p, bytes, &index);

	return r == 0 ? memo_get(p, index) : r;
}

const struct pickle_opcode pickle_memos[] = {
    {'0', read_pop},
    {'1', read_pop_mark},
    {'2', read_dup},
    {'p', read_put, 0},
    {'q', read_put, 1},
    {'r', read_put, 4},
    {'g', read_get, 0},
    {'h', read_get, 1},
    {'j', read_get, 4},
    {0x94, read_memoize},
    {0, NULL},
};
