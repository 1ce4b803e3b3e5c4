#include "regex/progress.h"

#include <stdio.h>
#include <unistd.h>

#define WIDTH 40
#define CHECK_BYTES ((uint64_t)64 << 10) /* between looks at the clock */
#define SHOW_AFTER SPAN_MS(500)

void
progress_init(struct progress *p, uint64_t total, bool wanted)
{
	*p = (struct progress){.shown = time_mono()};
	if (wanted && isatty(STDERR_FILENO))
		p->total = total;
}

static void
draw(struct progress *p, uint64_t done)
{
	static const char bar[] = "########################################";
	uint64_t part = done < p->total ? done : p->total;
	int filled = (int)(part * WIDTH / p->total);

	(void)fflush(stdout);
	(void)fprintf(stderr, "\r[%.*s%*s] %3d%%", filled, bar, WIDTH - filled, "",
	    (int)(part * 100 / p->total));
	(void)fflush(stderr);
	p->drawn = true;
}

void
progress_step(struct progress *p, uint64_t done)
{
	struct mono now;

	if (p->total == 0 || done - p->checked < CHECK_BYTES)
		return;
	p->checked = done;
	now = time_mono();
	if (mono_since(now, p->shown).us < SHOW_AFTER.us)
		return;
	p->shown = now;
	draw(p, done);
}

void
progress_clear(struct progress *p)
{
	if (p->drawn)
		(void)fprintf(stderr, "\r%*s\r", WIDTH + 7, "");
	p->drawn = false;
}
