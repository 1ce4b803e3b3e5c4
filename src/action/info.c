#include "action/info.h"

#include "action/hostname.h"
#include "compat/pyrepr.h"

#define SECONDS_MAX 9e15

enum family
info_family(const struct ticket *t)
{
	switch (t->addr.family) {
	case ADDR_INET4:
		return FAMILY_INET4;
	case ADDR_INET6:
		return FAMILY_INET6;
	default:
		return FAMILY_OTHER;
	}
}

static void
add_seconds(struct buf *out, double seconds)
{
	if (seconds > SECONDS_MAX)
		seconds = SECONDS_MAX;
	buf_printf(out, "%lld", seconds < 0 ? -1LL : (long long)seconds);
}

static void
value_ip(const struct info *i, struct buf *out)
{
	buf_add(out, ticket_ip(i->ticket));
}

static void
value_fid(const struct info *i, struct buf *out)
{
	buf_add(out, ticket_id(i->ticket));
}

/* For an IPv4 network it is of no use to anyone, as it never was: "64/26.2.0.192.". */
void
info_reverse(struct buf *out, const struct addr *a)
{
	if (a->family == ADDR_INET4 && addr_network(a))
		buf_printf(out, "%u/%u.%u.%u.%u.", a->b[3], a->plen, a->b[2], a->b[1], a->b[0]);
	else if (a->family == ADDR_INET4)
		buf_printf(out, "%u.%u.%u.%u.", a->b[3], a->b[2], a->b[1], a->b[0]);
	else if (a->family == ADDR_INET6)
		for (size_t k = 16; k-- > 0;)
			buf_printf(out, "%x.%x.", a->b[k] & 15u, a->b[k] >> 4);
}

static void
value_reverse(const struct info *i, struct buf *out)
{
	info_reverse(out, &i->ticket->addr);
}

static void
value_host(const struct info *i, struct buf *out)
{
	if (i->host.n > 0)
		buf_add(out, i->host);
	else
		buf_add_cstr(out, "None");
}

static void
value_failures(const struct info *i, struct buf *out)
{
	buf_printf(out, "%u", i->ticket->failures);
}

static void
value_time(const struct info *i, struct buf *out)
{
	if (i->ticket->restored)
		buf_printf(out, "%lld", (long long)instant_seconds(i->ticket->when));
	else
		pyrepr_float(out, (double)i->ticket->when.us / (double)US_PER_S);
}

static void
value_bantime(const struct info *i, struct buf *out)
{
	add_seconds(out,
	    i->ticket->has_bantime ? i->ticket->bantime_s : i->jail->bantime(i->jail));
}

static void
value_bancount(const struct info *i, struct buf *out)
{
	buf_printf(out, "%u", i->ticket->bancount);
}

static void
value_restored(const struct info *i, struct buf *out)
{
	buf_add_char(out, i->ticket->restored ? '1' : '0');
}

static void
value_matches(const struct info *i, struct buf *out)
{
	for (size_t k = 0; k < ticket_match_count(i->ticket); k++) {
		if (k > 0)
			buf_add_char(out, '\n');
		buf_add(out, ticket_match(i->ticket, k));
	}
}

static void
value_jail(const struct info *i, struct buf *out)
{
	buf_add(out, i->jail->name);
}

static void
add_match_list(const struct ticket *t, struct buf *out)
{
	buf_add_char(out, '[');
	for (size_t k = 0; k < ticket_match_count(t); k++) {
		if (k > 0)
			buf_add_cstr(out, ", ");
		pyrepr_text(out, ticket_match(t, k));
	}
	buf_add_char(out, ']');
}

static void
value_ticket(const struct info *i, struct buf *out)
{
	buf_add_cstr(out, "BanTicket: ip=");
	value_fid(i, out);
	buf_add_cstr(out, " time=");
	value_time(i, out);
	buf_add_cstr(out, " bantime=");
	if (i->ticket->has_bantime)
		pyrepr_float(out, i->ticket->bantime_s);
	else
		buf_add_cstr(out, "None");
	buf_printf(out, " bancount=%u #attempts=%u matches=", i->ticket->bancount,
	    i->ticket->failures);
	add_match_list(i->ticket, out);
}

static void
add_pair(struct buf *out, struct slice name, struct slice value)
{
	buf_add_cstr(out, ", ");
	pyrepr_text(out, name);
	buf_add_cstr(out, ": ");
	pyrepr_text(out, value);
}

/* What stands behind an id of another kind is among the groups, as fail2ban has it. */
static void
value_data(const struct info *i, struct buf *out)
{
	struct details_attr a;
	size_t at = 0;

	buf_add_cstr(out, "{'matches': ");
	add_match_list(i->ticket, out);
	buf_printf(out, ", 'failures': %u", i->ticket->failures);
	while (ticket_next_attr(i->ticket, &at, &a))
		if (!slice_eq(a.name, SLICE("ip")))
			add_pair(out, a.name, a.value);
	if (ticket_has_ip(i->ticket))
		add_pair(out, SLICE("ip"), ticket_ip(i->ticket));
	buf_add_char(out, '}');
}

static const struct {
	struct slice tag;
	void (*add)(const struct info *i, struct buf *out);
} values[] = {
    {{"ip", 2}, value_ip},
    {{"fid", 3}, value_fid},
    {{"ip-rev", 6}, value_reverse},
    {{"ip-host", 7}, value_host},
    {{"failures", 8}, value_failures},
    {{"time", 4}, value_time},
    {{"bantime", 7}, value_bantime},
    {{"bancount", 8}, value_bancount},
    {{"restored", 8}, value_restored},
    {{"matches", 7}, value_matches},
    {{"jail.name", 9}, value_jail},
    {{"raw-ticket", 10}, value_ticket},
    {{"F-*", 3}, value_data},
    /* What the store knows of somebody comes from the jail; this is all we know without one. */
    {{"ipmatches", 9}, value_matches},
    {{"ipjailmatches", 13}, value_matches},
    {{"ipfailures", 10}, value_failures},
    {{"ipjailfailures", 14}, value_failures},
};

static void
add_group(const struct info *i, struct slice tag, struct buf *out)
{
	char lower[TAG_GROUP_MAX];
	struct slice value, group = tag_group_name(tag, lower);

	if (ticket_attr(i->ticket, group, &value))
		buf_add(out, value);
	else if (slice_eq(group, SLICE("failures")))
		value_failures(i, out);
	else if (slice_eq(group, SLICE("matches")))
		add_match_list(i->ticket, out);
	else if (slice_eq(group, SLICE("ip")) && ticket_has_ip(i->ticket))
		value_ip(i, out);
}

static bool
info_value(struct tag_source *source, struct slice tag, struct buf *out)
{
	struct info *i = (struct info *)source;	/* source is its first member */

	if (slice_eq(tag, SLICE("family")) &&
	    (i->ticket != NULL || i->family == FAMILY_INET4 || i->family == FAMILY_INET6)) {
		buf_add(out, family_text(i->family));
		return true;
	}
	if (slice_eq(tag, SLICE("sh-hostname")) || slice_eq(tag, SLICE("fq-hostname"))) {
		(tag.p[0] == 's' ? hostname_short : hostname_full)(out);
		return true;
	}
	if (i->ticket == NULL)
		return false;
	if (tag_group(tag)) {
		add_group(i, tag, out);
		return true;
	}
	if (i->jail->tag(i->jail, i->ticket, tag, out))
		return true;
	for (size_t k = 0; k < sizeof(values) / sizeof(values[0]); k++)
		if (slice_eq(tag, values[k].tag)) {
			values[k].add(i, out);
			return true;
		}
	return false;
}

void
info_init(struct info *i, struct action_jail *jail, const struct ticket *ticket, enum family family)
{
	*i = (struct info){.source = {info_value}, .jail = jail, .ticket = ticket, .family = family};
}

void
info_format(struct buf *out, const struct ticket *t)
{
	enum family family = info_family(t);

	buf_add_cstr(out, "ActionInfo({'ip': ");
	pyrepr_text(out, ticket_ip(t));
	buf_add_cstr(out, ", 'family': ");
	if (family == FAMILY_OTHER)
		buf_add_cstr(out, "None");
	else
		pyrepr_text(out, family_text(family));
	buf_add_cstr(out, ", 'fid': ");
	pyrepr_text(out, ticket_id(t));
	buf_add_cstr(out, "})");
}
