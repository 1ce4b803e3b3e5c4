#include "source/packet.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>

/* What is left of a packet: every step asks whether it is there, since any length may be a lie. */
struct cursor {
	struct buf *out;
	struct slice rest;
	bool inner; /* the packet that an error message is about */
};

static void ipv4_format(struct buf *out, struct slice packet, bool inner);
static void ipv6_format(struct buf *out, struct slice packet, bool inner);

static unsigned
byte_at(struct slice s, size_t at)
{
	return (unsigned char)s.p[at];
}

static unsigned
u16_at(struct slice s, size_t at)
{
	return byte_at(s, at) << 8 | byte_at(s, at + 1);
}

static uint32_t
u32_at(struct slice s, size_t at)
{
	return (uint32_t)u16_at(s, at) << 16 | u16_at(s, at + 2);
}

/* True if n bytes are there; says that they are not. */
static bool
have(const struct cursor *c, size_t n)
{
	if (c->rest.n >= n)
		return true;
	buf_printf(c->out, "INCOMPLETE [%zu bytes] ", c->rest.n);
	return false;
}

static void
tcp_format(struct cursor *c)
{
	static const char *const flags[] = {"CWR", "ECE", "URG", "ACK", "PSH", "RST", "SYN", "FIN"};

	if (!have(c, 20))
		return;
	buf_printf(c->out, "SPT=%u DPT=%u WINDOW=%u RES=0x%02x ", u16_at(c->rest, 0),
	    u16_at(c->rest, 2), u16_at(c->rest, 14), (byte_at(c->rest, 12) & 0x0f) << 2);
	for (unsigned i = 0; i < 8; i++)
		if (byte_at(c->rest, 13) & 0x80 >> i)
			buf_printf(c->out, "%s ", flags[i]);
	buf_printf(c->out, "URGP=%u ", u16_at(c->rest, 18));
}

static void
udp_format(struct cursor *c)
{
	if (have(c, 8))
		buf_printf(c->out, "SPT=%u DPT=%u LEN=%u ", u16_at(c->rest, 0), u16_at(c->rest, 2),
		    u16_at(c->rest, 4));
}

/* The header that every security association's packets begin with. */
static void
spi_format(struct cursor *c, size_t header, size_t at)
{
	if (have(c, header))
		buf_printf(c->out, "SPI=0x%x ", u32_at(c->rest, at));
}

static void
ah_format(struct cursor *c)
{
	spi_format(c, 12, 4);
}

static void
esp_format(struct cursor *c)
{
	spi_format(c, 8, 0);
}

static void
inner_format(struct cursor *c, void (*format)(struct buf *out, struct slice packet, bool inner))
{
	buf_add_char(c->out, '[');
	format(c->out, slice_from(c->rest, 8), true);
	buf_add_cstr(c->out, "] ");
}

/* How much of an ICMP message must be there for it to be looked at. */
static size_t
icmp_bytes(unsigned type)
{
	switch (type) {
	case ICMP_DEST_UNREACH:
	case ICMP_SOURCE_QUENCH:
	case ICMP_REDIRECT:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETERPROB:
		return 8 + 20;
	case ICMP_TIMESTAMP:
	case ICMP_TIMESTAMPREPLY:
		return 20;
	case ICMP_ADDRESS:
	case ICMP_ADDRESSREPLY:
		return 12;
	default:
		return 8;
	}
}

static void
icmp_format(struct cursor *c)
{
	unsigned type, code;

	if (!have(c, 8))
		return;
	type = byte_at(c->rest, 0);
	code = byte_at(c->rest, 1);
	buf_printf(c->out, "TYPE=%u CODE=%u ", type, code);
	if (!have(c, icmp_bytes(type)))
		return;
	switch (type) {
	case ICMP_ECHO:
	case ICMP_ECHOREPLY:
		buf_printf(c->out, "ID=%u SEQ=%u ", u16_at(c->rest, 4), u16_at(c->rest, 6));
		break;
	case ICMP_PARAMETERPROB:
		buf_printf(c->out, "PARAMETER=%u ", byte_at(c->rest, 4));
		break;
	case ICMP_REDIRECT:
		buf_printf(c->out, "GATEWAY=%u.%u.%u.%u ", byte_at(c->rest, 4), byte_at(c->rest, 5),
		    byte_at(c->rest, 6), byte_at(c->rest, 7));
		break;
	default:
		break;
	}
	if (icmp_bytes(type) == 8 + 20 && !c->inner)
		inner_format(c, ipv4_format);
	if (type == ICMP_DEST_UNREACH && code == ICMP_FRAG_NEEDED)
		buf_printf(c->out, "MTU=%u ", u16_at(c->rest, 6));
}

static void
icmp6_format(struct cursor *c)
{
	unsigned type;

	if (!have(c, 8))
		return;
	type = byte_at(c->rest, 0);
	buf_printf(c->out, "TYPE=%u CODE=%u ", type, byte_at(c->rest, 1));
	switch (type) {
	case ICMP6_ECHO_REQUEST:
	case ICMP6_ECHO_REPLY:
		buf_printf(c->out, "ID=%u SEQ=%u ", u16_at(c->rest, 4), u16_at(c->rest, 6));
		break;
	case ICMP6_PARAM_PROB:
	case ICMP6_DST_UNREACH:
	case ICMP6_PACKET_TOO_BIG:
	case ICMP6_TIME_EXCEEDED:
		if (type == ICMP6_PARAM_PROB)
			buf_printf(c->out, "POINTER=%08x ", u32_at(c->rest, 4));
		if (!c->inner)
			inner_format(c, ipv6_format);
		if (type == ICMP6_PACKET_TOO_BIG)
			buf_printf(c->out, "MTU=%u ", u32_at(c->rest, 4));
		break;
	default:
		break;
	}
}

static const struct protocol {
	unsigned number;
	const char *name;
	void (*format)(struct cursor *c);
	bool v4, v6;
} protocols[] = {
    {IPPROTO_TCP, "TCP", tcp_format, true, true},
    {IPPROTO_UDP, "UDP", udp_format, true, true},
    {IPPROTO_UDPLITE, "UDPLITE", udp_format, true, true},
    {IPPROTO_ICMP, "ICMP", icmp_format, true, false},
    {IPPROTO_ICMPV6, "ICMPv6", icmp6_format, false, true},
    {IPPROTO_AH, "AH", ah_format, true, false},
    {IPPROTO_ESP, "ESP", esp_format, true, false},
};

/* fragment: not the first one, so that the header is not in it. */
static void
protocol_format(struct cursor *c, unsigned number, bool ipv6, bool fragment)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		const struct protocol *p = &protocols[i];

		if (p->number != number || !(ipv6 ? p->v6 : p->v4))
			continue;
		buf_printf(c->out, "PROTO=%s ", p->name);
		if (!fragment)
			p->format(c);
		return;
	}
	buf_printf(c->out, "PROTO=%u ", number);
}

static void
ipv4_format(struct buf *out, struct slice packet, bool inner)
{
	unsigned fragment, header;
	struct cursor c = {out, packet, inner};

	if (packet.n < 20) {
		buf_add_cstr(out, "TRUNCATED");
		return;
	}
	buf_printf(out, "SRC=%u.%u.%u.%u DST=%u.%u.%u.%u ", byte_at(packet, 12),
	    byte_at(packet, 13), byte_at(packet, 14), byte_at(packet, 15), byte_at(packet, 16),
	    byte_at(packet, 17), byte_at(packet, 18), byte_at(packet, 19));
	buf_printf(out, "LEN=%u TOS=0x%02X PREC=0x%02X TTL=%u ID=%u ", u16_at(packet, 2),
	    byte_at(packet, 1) & 0x1e, byte_at(packet, 1) & 0xe0, byte_at(packet, 8),
	    u16_at(packet, 4));
	fragment = u16_at(packet, 6);
	buf_add_cstr(out, fragment & 0x8000 ? "CE " : "");
	buf_add_cstr(out, fragment & 0x4000 ? "DF " : "");
	buf_add_cstr(out, fragment & 0x2000 ? "MF " : "");
	if (fragment & 0x1fff)
		buf_printf(out, "FRAG:%u ", fragment & 0x1fff);
	header = (byte_at(packet, 0) & 0x0f) * 4;
	c.rest = slice_from(packet, header < 20 ? 20 : header);
	protocol_format(&c, byte_at(packet, 9), false, (fragment & 0x1fff) != 0);
}

static void
fragment_format(const struct cursor *c)
{
	unsigned offset = u16_at(c->rest, 2);

	buf_printf(c->out, "FRAG:%u ", offset & 0xfff8);
	if (offset & 1)
		buf_add_cstr(c->out, "INCOMPLETE ");
	buf_printf(c->out, "ID:%08x ", u32_at(c->rest, 4));
}

enum extension {
	EXTENSION_NONE, /* next is a protocol */
	EXTENSION_TAKEN,
	EXTENSION_LAST, /* nothing behind it is printed */
};

/* Takes the extension header that next says is at the start of what is left. */
static enum extension
extension_take(struct cursor *c, unsigned *next, bool *fragment)
{
	size_t n = c->rest.n >= 2 ? byte_at(c->rest, 1) : 0;

	switch (*next) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
		if (*fragment)
			return EXTENSION_LAST;
		n = (n + 1) * 8;
		break;
	case IPPROTO_AH:
		n = (n + 2) * 4;
		break;
	case IPPROTO_FRAGMENT:
		n = 8;
		break;
	case IPPROTO_ESP:
		return EXTENSION_LAST;
	default:
		return EXTENSION_NONE;
	}
	if (c->rest.n < 2 || (*next == IPPROTO_FRAGMENT && c->rest.n < 8)) {
		buf_add_cstr(c->out,
		    *next == IPPROTO_FRAGMENT && c->rest.n >= 2 ? "FRAG:TRUNCATED " : "TRUNCATED");
		return EXTENSION_LAST;
	}
	if (*next == IPPROTO_FRAGMENT) {
		fragment_format(c);
		*fragment |= (u16_at(c->rest, 2) & 0xfff8) != 0;
	}
	*next = byte_at(c->rest, 0);
	c->rest = slice_from(c->rest, n);
	return EXTENSION_TAKEN;
}

static void
ipv6_format(struct buf *out, struct slice packet, bool inner)
{
	struct cursor c = {out, packet, inner};
	enum extension extension;
	bool fragment = false;
	unsigned next;

	if (packet.n < 40) {
		buf_add_cstr(out, "TRUNCATED");
		return;
	}
	for (size_t i = 0; i < 16; i++)
		buf_printf(out, "%s%04x",
		    i == 0   ? "SRC="
		    : i == 8 ? " DST="
			     : ":",
		    u16_at(packet, 8 + 2 * i));
	buf_printf(out, " LEN=%u TC=%u HOPLIMIT=%u FLOWLBL=%u ", u16_at(packet, 4) + 40,
	    (u32_at(packet, 0) & 0x0ff00000) >> 20, byte_at(packet, 7),
	    u32_at(packet, 0) & 0x000fffff);
	next = byte_at(packet, 6);
	c.rest = slice_from(packet, 40);
	while ((extension = extension_take(&c, &next, &fragment)) == EXTENSION_TAKEN)
		;
	if (extension == EXTENSION_NONE)
		protocol_format(&c, next, true, fragment);
}

static void
hardware_format(struct buf *out, struct slice header)
{
	buf_add_cstr(out, "MAC=");
	for (size_t i = 0; i < header.n; i++)
		buf_printf(out, "%s%02x", i > 0 ? ":" : "", byte_at(header, i));
	buf_add_char(out, ' ');
}

void
packet_format(struct buf *out, const struct packet *p)
{
	buf_add(out, p->prefix);
	buf_printf(out, "IN=%.*s OUT=%.*s ", SLICE_ARG(p->in), SLICE_ARG(p->out));
	if (p->physical_in.n > 0 && !slice_eq(p->physical_in, p->in))
		buf_printf(out, "PHYSIN=%.*s ", SLICE_ARG(p->physical_in));
	if (p->physical_out.n > 0 && !slice_eq(p->physical_out, p->out))
		buf_printf(out, "PHYSOUT=%.*s ", SLICE_ARG(p->physical_out));
	if (p->in.n > 0)
		hardware_format(out, p->hardware);
	if (p->ipv6)
		ipv6_format(out, p->payload, false);
	else
		ipv4_format(out, p->payload, false);
	if (p->mark != 0)
		buf_printf(out, "MARK=0x%x ", p->mark);
}
