#include "scan/date_state.h"

struct slice
date_group(const struct date_detector *dd, struct slice line, unsigned number)
{
	const PCRE2_SIZE *ov = pcre2_get_ovector_pointer(dd->match);

	if (number >= GROUPS_MAX || ov[2 * number] == PCRE2_UNSET)
		return (struct slice){NULL, 0};
	return slice_of(line.p + ov[2 * number], ov[2 * number + 1] - ov[2 * number]);
}

int
date_compute(struct date_detector *dd, const struct template *t, struct slice line,
    struct instant now, struct instant *when, bool *relative)
{
	struct datevalue_parts parts = {0};

	*relative = false;
	switch (t->pat->kind) {
	case DATEPAT_EPOCH:
		return datevalue_epoch(date_group(dd, line, t->pat->stamp_group), when);
	case DATEPAT_LONG_EPOCH:
		return datevalue_long_epoch(date_group(dd, line, t->pat->stamp_group), when);
	case DATEPAT_TAI64N:
		return datevalue_tai64n(date_group(dd, line, 1), when);
	case DATEPAT_CIVIL:
		break;
	}
	for (size_t i = 0; i < t->code->part_count; i++)
		parts.v[DATEVALUE_PART(t->code->parts[i].letter)] =
		    date_group(dd, line, t->code->parts[i].number);
	return datevalue_civil(&parts, &dd->zone, now, when, relative);
}

/* What the moment of a match depends on, beside now: the group that is cut out, or all. */
static struct slice
dated_text(const struct date_detector *dd, const struct template *t, struct slice line)
{
	struct slice date = date_group(dd, line, 1);

	for (size_t i = 0; i < t->code->part_count; i++) {
		struct slice part = date_group(dd, line, t->code->parts[i].number);

		if (part.p != NULL && (part.p < date.p || part.p + part.n > date.p + date.n))
			return date_group(dd, line, 0);
	}
	return t->pat->kind == DATEPAT_CIVIL ? date : date_group(dd, line, 0);
}

bool
date_moment(struct date_detector *dd, const struct template *t, struct slice line,
    struct instant now, struct instant *when)
{
	struct slice text = dated_text(dd, t, line);

	if (dd->memo.template != t || !slice_eq(buf_slice(&dd->memo.text), text) ||
	    (dd->memo.relative && dd->memo.now_s != instant_seconds(now))) {
		buf_clear(&dd->memo.text);
		buf_add(&dd->memo.text, text);
		dd->memo.valid =
		    date_compute(dd, t, line, now, &dd->memo.when, &dd->memo.relative) == 0;
		dd->memo.now_s = instant_seconds(now);
		dd->memo.template = buf_refused(&dd->memo.text) ? NULL : t;
	}
	if (dd->memo.valid)
		*when = dd->memo.when;
	return dd->memo.valid;
}
