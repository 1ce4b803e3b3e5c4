#include "action/chain.h"

#include "action/chaincompare.h"
#include "action/direct.h"
#include "action/exec.h"
#include "action/queue.h"
#include "util/mem.h"

#define LISTING_MAX ((size_t)64 * 1024 * 1024)
#define COMMAND_MAX ((size_t)4096)

/* What iptables answers where there is no such chain. */
#define NO_CHAIN 1

struct chain {
	struct runner *runner;
	struct exec *listing; /* while it runs */
	enum family family;
	bool send;
	bool failed;
	struct action_state sum;
	runner_step *next;
};

/* The form of the rules of a family, if they can be told in a list; or NULL. */
static const struct form *
chain_form(struct entry *e, enum family family)
{
	const struct form *form = direct_rule(e, family);

	return form != NULL && chaincompare_knows(form) ? form : NULL;
}

bool
chain_comparable(struct entry *e)
{
	return chain_form(e, FAMILY_INET4) != NULL || chain_form(e, FAMILY_INET6) != NULL;
}

static void chain_next(struct chain *ch);

static void
chain_sent(void *arg, bool ok)
{
	struct chain *ch = arg;

	ch->failed |= !ok;
	chain_next(ch);
}

static bool
chain_send(struct chain *ch, const struct chaincompare *c)
{
	struct runner *r = ch->runner;
	struct buf script;
	int error;

	buf_init(&script, COMMAND_MAX);
	buf_printf(&script, "%s --noflush", c->form->rule.program);
	error = exec_feed(r->loop, buf_slice(&script), NULL, 0, buf_slice(&c->changes),
	    entry_timeout(r->entry), chain_sent, ch);
	buf_done(&script);
	return error >= 0;
}

static void
chain_look(struct chain *ch, struct slice listing, bool there)
{
	struct entry *e = ch->runner->entry;
	struct chaincompare c = {.jail = ch->runner->jail,
	    .form = chain_form(e, ch->family),
	    .addr = ch->family == FAMILY_INET4 ? ADDR_INET4 : ADDR_INET6,
	    .epoch = ch->send ? e->epoch : 0};
	struct addr *busy;
	bool sent = false;

	/* The properties may have been set anew meanwhile. */
	if (c.form != NULL) {
		c.shared = direct_shares(e, c.form);
		c.busy = busy = queue_busy(e, &c.busy_count);
		chaincompare_make(&c, listing);
		mem_free(busy);
		c.state.rules = there;
		nftcompare_sum(&ch->sum, &c.state);
		sent = ch->send && there && c.changes.n > 0 && chain_send(ch, &c);
		chaincompare_done(&c);
	}
	if (!sent)
		chain_next(ch);
}

static void
chain_listed(void *arg, int status)
{
	struct chain *ch = arg;
	struct slice listing = SLICE_EMPTY;
	bool whole = exec_output(ch->listing, &listing);

	if ((status == 0 && whole) || status == NO_CHAIN) {
		chain_look(ch, status == 0 ? listing : SLICE_EMPTY, status == 0);
	} else {
		ch->failed = true;
		chain_next(ch);
	}
}

static bool
chain_list(struct chain *ch)
{
	struct runner *r = ch->runner;
	const struct form *form = chain_form(r->entry, ch->family);
	struct buf script;
	int error;

	if (form == NULL || (r->entry->state[ch->family] & ENTRY_STARTED) == 0)
		return false;
	buf_init(&script, COMMAND_MAX);
	chaincompare_command(form, &script);
	error = exec_read(r->loop, buf_slice(&script), LISTING_MAX, entry_timeout(r->entry),
	    chain_listed, ch, &ch->listing);
	buf_done(&script);
	ch->failed |= error < 0;
	return error >= 0;
}

static void
chain_next(struct chain *ch)
{
	struct runner *r = ch->runner;
	runner_step *next = ch->next;
	bool ok = !ch->failed;

	while (++ch->family <= FAMILY_INET6)
		if (chain_list(ch))
			return;
	ch->sum.known = ok;
	r->entry->seen = ch->sum;
	mem_free(ch);
	next(r, ok);
}

void
chain_compare(struct runner *r, bool send, runner_step *next)
{
	struct chain *ch = MEM_NEW(struct chain);

	*ch = (struct chain){.runner = r,
	    .family = FAMILY_INET4 - 1,
	    .send = send,
	    .sum = {.rules = true},
	    .next = next};
	chain_next(ch);
}
