#include "action/contest.h"

enum contest_verdict
contest_loss(struct contest *c, uint64_t transaction, struct mono now)
{
	if (transaction != c->last) {
		if (c->last == 0 || mono_since(now, c->since).us >= CONTEST_WINDOW.us) {
			c->on = c->on && c->count > CONTEST_FREE;
			c->since = now;
			c->count = 0;
		}
		c->last = transaction;
		c->count++;
	}
	if (c->count <= CONTEST_FREE)
		return CONTEST_AT_ONCE;
	if (c->on)
		return CONTEST_GOES_ON;
	c->on = true;
	return CONTEST_BEGINS;
}
