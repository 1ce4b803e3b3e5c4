#include "config/program.h"

#include "util/escape.h"

#include <errno.h>

int
program_check(struct slice path, struct diag *d)
{
	struct buf shown;
	int r;

	if (slice_eq(path, SLICE("smtp.py")) || slice_ends(path, SLICE("/smtp.py")))
		return 0;
	buf_init(&shown, 4096);
	escape_format(&shown, slice_upto(path, 1000));
	r = diag_fail(d, -EINVAL, (struct place){0},
	    "%s is written in Python, which is not run here, but for smtp.py; let a command do its "
	    "work, as \"actionban = python3 /your/script ban <ip>\" in a file action.d/NAME.conf, "
	    "and write NAME in place of it",
	    buf_cstr(&shown));
	buf_done(&shown);
	return r;
}
