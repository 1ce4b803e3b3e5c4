#include "control/named.h"

#include "control/monitor.h"
#include "util/escape.h"
#include "util/log.h"
#include "util/mem.h"

/* A failure that waits for a look-up. The jail may be gone when the answer comes. */
struct pending {
	struct monitor *monitor;
	uint64_t serial;
	struct ticket *ticket;	/* id is the name */
	bool warn;
	struct hold *hold;
	named_take *take;
};

static void
log_determined(struct slice name, const struct addr *addrs, size_t n)
{
	struct buf *line = log_begin(LEVEL_WARNING, "ipdns");

	if (line == NULL)
		return;
	buf_add_cstr(line, "Determined IP using DNS Lookup: ");
	escape_format(line, name);
	buf_add_cstr(line, " = {");
	for (size_t i = 0; i < n; i++) {
		buf_add_cstr(line, i > 0 ? ", '" : "'");
		addr_format(line, &addrs[i]);
		buf_add_char(line, '\'');
	}
	buf_add_char(line, '}');
	log_end();
}

static void
add_attrs(struct ticket *t, const struct ticket *from)
{
	struct details_attr a;
	size_t at = 0;

	while (ticket_next_attr(from, &at, &a))
		ticket_set_attr(t, a.name, a.value);
}

static struct ticket *
ticket_for(const struct guard *g, const struct ticket *named, const struct addr *a)
{
	char text[ADDR_TEXT_MAX];
	struct slice id = addr_text(a, text);
	struct ticket *t = ticket_new_addr(id, id, a, named->when);

	t->again = named->again;
	details_add_matches(&t->more, named->more, g->limits.maxmatches);
	if (ticket_match_count(t) == ticket_match_count(named))
		details_set_cut(t->more, details_cut(named->more));
	add_attrs(t, named);
	return t;
}

static void
pending_resolved(
    void *arg, struct slice name, const struct addr *addrs, size_t n, const char *error)
{
	struct pending *p = arg;
	struct guard *g = monitor_guard_by_serial(p->monitor, p->serial);

	if (g != NULL && g->state == GUARD_RUNNING) {
		if (n == 0)
			resolver_log_failure(name, error);
		else if (p->warn)
			log_determined(name, addrs, n);
		for (size_t i = 0; i < n; i++) {
			struct ticket *t = ticket_for(g, p->ticket, &addrs[i]);

			p->take(g, t, p->hold);
			ticket_unref(t);
		}
	}
	ticket_unref(p->ticket);
	hold_unref(p->hold);
	mem_free(p);
}

void
named_look_up(struct guard *g, struct ticket *t, struct hold *hold, named_take *take)
{
	struct pending *p;

	if (filter_dns(g->filter) == FILTER_DNS_NO)
		return;
	p = MEM_NEW(struct pending);
	p->monitor = g->monitor;
	p->serial = g->serial;
	p->ticket = ticket_ref(t);
	p->warn = filter_dns(g->filter) == FILTER_DNS_WARN;
	p->hold = hold_ref(hold);
	p->take = take;
	resolver_lookup(g->monitor->resolver, ticket_id(t), pending_resolved, p);
}
