#include "util/lapse.h"

#include "util/time.h"

struct unit {
	int64_t seconds;
	const char *name;
};

void
lapse_format(struct buf *out, double duration)
{
	static const struct unit units[] = {
	    {365 * 86400, "y"}, {7 * 86400, "w"}, {86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}};
	int64_t s = span_of_seconds(duration).us / US_PER_S, grain = 1;
	unsigned shown = 0;

	if (s >= 365 * 86400)
		grain = 86400;
	else if (s >= 7 * 86400)
		grain = 3600;
	else if (s >= 86400)
		grain = 60;
	else if (s >= 3595)
		grain = 10;
	s = (s + grain / 2) / grain * grain;
	if (grain == 10)
		s -= s % 60;	/* seconds are rounded, yet not shown */
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]) && shown < 3; i++) {
		int64_t n = s / units[i].seconds;

		if (n == 0)
			continue;
		buf_printf(out, "%s%lld%s", shown > 0 ? " " : "", (long long)n, units[i].name);
		s -= n * units[i].seconds;
		shown++;
	}
	if (shown == 0)
		buf_add_char(out, '0');
}
