#include "compat/pickle_read.h"

#include "util/mem.h"

#include <errno.h>

int
pickle_bad(struct pickle_reader *p, const char *text)
{
	(void)diag_fail(p->d, -EBADMSG, PICKLE_NOWHERE, "%s", text);
	return -EBADMSG;
}

int
pickle_too_much(struct pickle_reader *p, const char *what)
{
	(void)diag_fail(p->d, -E2BIG, PICKLE_NOWHERE, "pickle with too %s", what);
	return -E2BIG;
}

int
pickle_take(struct pickle_reader *p, uint64_t n, struct slice *out)
{
	if (n > p->in.n - p->at)
		return pickle_bad(p, "pickle data was truncated");
	*out = slice_of(p->in.p + p->at, (size_t)n);
	p->at += out->n;
	return 0;
}

int
pickle_take_number(struct pickle_reader *p, size_t bytes, uint64_t *out)
{
	struct slice s;
	int r = pickle_take(p, bytes, &s);

	if (r < 0)
		return r;
	*out = 0;
	for (size_t i = bytes; i-- > 0;)
		*out = *out << 8 | (unsigned char)s.p[i];
	return 0;
}

int
pickle_take_line(struct pickle_reader *p, struct slice *out)
{
	ptrdiff_t end = slice_find_char(p->in, '\n', p->at);

	if (end < 0)
		return pickle_bad(p, "pickle data was truncated");
	*out = slice_of(p->in.p + p->at, (size_t)end - p->at);
	p->at = (size_t)end + 1;
	return 0;
}

int
pickle_take_sized(struct pickle_reader *p, size_t size_bytes, struct slice *out)
{
	uint64_t n;
	int r = pickle_take_number(p, size_bytes, &n);

	return r == 0 ? pickle_take(p, n, out) : r;
}

int
pickle_charge(struct pickle_reader *p, size_t items, size_t bytes)
{
	if (items > p->items_left)
		return pickle_too_much(p, "many items");
	if (bytes > p->bytes_left)
		return pickle_too_much(p, "much text");
	p->items_left -= items;
	p->bytes_left -= bytes;
	return 0;
}

int
pickle_push_slot(struct pickle_reader *p, struct pickle_slot slot)
{
	int r = pickle_charge(p, 1, 0);

	if (r < 0)
		return r;
	p->stack = mem_room(p->stack, p->n, &p->cap, sizeof(*p->stack), 32);
	p->stack[p->n++] = slot;
	p->pushed++;
	return 0;
}

int
pickle_push(struct pickle_reader *p, struct value *v)
{
	return pickle_push_slot(p, (struct pickle_slot){.kind = SLOT_VALUE, .v = v});
}

int
pickle_pop(struct pickle_reader *p, struct value **out)
{
	if (p->n == 0 || p->stack[p->n - 1].kind != SLOT_VALUE)
		return pickle_bad(p, "unpickling stack underflow");
	*out = p->stack[--p->n].v;
	return 0;
}

int
pickle_top(struct pickle_reader *p, enum value_kind kind, struct value **out)
{
	if (p->n == 0 || p->stack[p->n - 1].kind != SLOT_VALUE ||
	    p->stack[p->n - 1].v->kind != kind)
		return pickle_bad(p, "unpickling stack underflow");
	*out = p->stack[p->n - 1].v;
	return 0;
}

int
pickle_find_mark(struct pickle_reader *p, size_t *out)
{
	size_t i = p->n;

	while (i > 0 && p->stack[i - 1].kind == SLOT_VALUE)
		i--;
	if (i == 0 || p->stack[i - 1].kind != SLOT_MARK)
		return pickle_bad(p, "could not find MARK");
	*out = i;
	return 0;
}

static void
add_opcodes(struct pickle_reader *p, const struct pickle_opcode *rows)
{
	for (; rows->read != NULL; rows++)
		p->opcodes[rows->code] = rows;
}

static int
read_opcode(struct pickle_reader *p)
{
	const struct pickle_opcode *op;
	unsigned char code;

	if (p->at == p->in.n)
		return pickle_bad(p, p->at == 0 ? "Ran out of input" : "pickle data was truncated");
	code = (unsigned char)p->in.p[p->at++];
	op = p->opcodes[code];
	if (op != NULL)
		return op->read(p, op->of);
	if (code > ' ' && code < 0x7f)
		return diag_fail(p->d, -EBADMSG, PICKLE_NOWHERE, "invalid load key, '%c'.", code);
	return diag_fail(p->d, -EBADMSG, PICKLE_NOWHERE, "invalid load key, '\\x%02x'.", code);
}

static bool
too_deep(const struct value *v, unsigned depth)
{
	if (depth > PICKLE_MAX_DEPTH)
		return true;
	if (v->kind == VALUE_ERROR)
		return too_deep(v->error.args, depth + 1);
	if (v->kind < VALUE_LIST)
		return false;
	for (size_t i = 0; i < v->seq.count; i++) {
		if (too_deep(v->seq.items[i], depth + 1))
			return true;
	}
	return false;
}

static int
decode(struct pickle_reader *p, struct value **out)
{
	struct value *v;
	int r = 0;

	while (r == 0 && !p->stopped)
		r = read_opcode(p);
	if (r == 0)
		r = pickle_pop(p, &v);
	if (r == 0 && too_deep(v, 0))
		r = pickle_too_much(p, "deep nesting");
	if (r == 0)
		*out = v;
	return r;
}

static size_t
items_allowed(struct slice in)
{
	size_t by_size = PICKLE_SMALL_ITEMS + in.n * PICKLE_ITEMS_PER_BYTE;

	if (in.n >= PICKLE_MAX_ITEMS || by_size > PICKLE_MAX_ITEMS)
		return PICKLE_MAX_ITEMS;
	return by_size;
}

ptrdiff_t
pickle_decode(
    struct arena *a, struct slice in, enum pickle_side side, struct value **out, struct diag *d)
{
	struct pickle_reader p = {
	    .a = a,
	    .in = in,
	    .side = side,
	    .items_left = items_allowed(in),
	    .bytes_left = PICKLE_MAX_TEXT,
	    .d = d,
	};
	int r;

	add_opcodes(&p, pickle_numbers);
	add_opcodes(&p, pickle_texts);
	add_opcodes(&p, pickle_containers);
	add_opcodes(&p, pickle_memos);
	add_opcodes(&p, pickle_classes);
	r = decode(&p, out);
	mem_free(p.stack);
	mem_free(p.memo);
	return r < 0 ? r : (ptrdiff_t)p.at;
}
