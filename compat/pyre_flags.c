#include "compat/pyre_flags.h"

#include "compat/pyre_emit.h"
#include "compat/pyre_group.h"

unsigned
pyre_flag_of(int32_t c)
{
	switch (c) {
	case 'i':
		return PYRE_FLAG_I;
	case 'm':
		return PYRE_FLAG_M;
	case 's':
		return PYRE_FLAG_S;
	case 'x':
		return PYRE_FLAG_X;
	case 'a':
		return PYRE_FLAG_A;
	case 'u':
		return PYRE_FLAG_U;
	case 'L':
		return PYRE_FLAG_L;
	default:
		return 0;
	}
}

/* What is said of c where a flag or else one of the characters in missing was due. */
static void
fail_flag(struct pyre_parser *p, int32_t c, size_t at, struct slice missing)
{
	if (c < 0)
		pyre_fail(p, p->at, missing);
	else if (pyre_letter(c) || (c >= 0x80 && pyre_starts_with_letter(slice_from(p->in, at))))
		PYRE_FAIL(p, at, "unknown flag");
	else
		pyre_fail(p, at, missing);
}

int32_t
pyre_read_flags_on(struct pyre_parser *p, int32_t c, unsigned *on)
{
	for (;;) {
		unsigned flag = pyre_flag_of(c);
		size_t at;

		if (flag == PYRE_FLAG_L) {
			PYRE_FAIL(
			    p, p->at, "bad inline flags: cannot use 'L' flag with a str pattern");
			return -1;
		}
		*on |= flag;
		if ((flag & PYRE_FLAGS_TYPE) && (*on & PYRE_FLAGS_TYPE) != flag) {
			PYRE_FAIL(
			    p, p->at, "bad inline flags: flags 'a', 'u' and 'L' are incompatible");
			return -1;
		}
		at = p->at;
		c = pyre_take(p);
		if (c == ')' || c == ':' || c == '-')
			return c;
		if (pyre_flag_of(c) == 0) {
			fail_flag(p, c, at, SLICE("missing -, : or )"));
			return -1;
		}
	}
}

void
pyre_read_flags_off(struct pyre_parser *p, unsigned *off)
{
	struct slice missing = SLICE("missing flag");

	for (;;) {
		size_t at = p->at;
		int32_t c = pyre_take(p);

		if (c == ':' && *off != 0)
			return;
		if (pyre_flag_of(c) == 0) {
			fail_flag(p, c, at, missing);
			return;
		}
		if (pyre_flag_of(c) & PYRE_FLAGS_TYPE) {
			PYRE_FAIL(
			    p, p->at, "bad inline flags: cannot turn off flags 'a', 'u' and 'L'");
			return;
		}
		*off |= pyre_flag_of(c);
		missing = SLICE("missing :");
	}
}

unsigned
pyre_apply_flags(unsigned flags, unsigned on, unsigned off)
{
	if (on & PYRE_FLAG_U)
		flags &= ~(unsigned)PYRE_FLAG_A;
	return (flags | (on & ~(unsigned)PYRE_FLAG_U)) & ~off;
}

static void
add_flag_letters(struct buf *out, unsigned flags)
{
	if (flags & PYRE_FLAG_I)
		buf_add_char(out, 'i');
	if (flags & PYRE_FLAG_M)
		buf_add_char(out, 'm');
	if (flags & PYRE_FLAG_S)
		buf_add_char(out, 's');
}

void
pyre_add_flag_change(struct pyre_parser *p, unsigned before, unsigned after)
{
	unsigned old = pyre_passed_flags(p, before), new = pyre_passed_flags(p, after);

	buf_add_cstr(p->out, "(?");
	add_flag_letters(p->out, new & ~old);
	if (old & ~new)
		buf_add_char(p->out, '-');
	add_flag_letters(p->out, old & ~new);
}
