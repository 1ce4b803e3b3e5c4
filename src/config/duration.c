#include "config/duration.h"

bool
duration_truth(struct slice text)
{
	return slice_eq_nocase(text, SLICE("1")) || slice_eq_nocase(text, SLICE("on")) ||
	       slice_eq_nocase(text, SLICE("true")) || slice_eq_nocase(text, SLICE("yes"));
}
