/* Packets made by hand, as the kernel's LOG target prints them; and packets that lie about themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "source/packet.h"
#include "util/mem.h"

#define IPV4(protocol, length)                                                                     \
	0x45, 0x10, 0x00, length, 0x12, 0x34, 0x40, 0x00, 0x32, protocol, 0x00, 0x00, 192, 0, 2, 7,    \
	    192, 0, 2, 1
#define IPV6(next, length)                                                                         \
	0x60, 0x00, 0x00, 0x05, 0x00, length, next, 0x40, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, \
	    0, 0, 0, 0, 0x10, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01

#define V4_TEXT "SRC=192.0.2.7 DST=192.0.2.1 LEN="
#define V6_TEXT                                                                                    \
	"SRC=2001:0db8:0000:0000:0000:0000:0000:0010 DST=2001:0db8:0000:0000:0000:0000:0000:0001 LEN="

static const struct {
	const char *text;
	bool ipv6;
	size_t n;
	unsigned char bytes[128];
} rows[] = {
    {V4_TEXT "44 TOS=0x10 PREC=0x00 TTL=50 ID=4660 DF PROTO=TCP SPT=5 DPT=23 WINDOW=1024 RES=0x00 "
             "SYN URGP=0 ",
        false, 44,
        {IPV4(6, 44), 0, 5, 0, 23, 0, 0, 0, 1, 0, 0, 0, 0, 0x60, 0x02, 4, 0, 0, 0, 0, 0, 2, 4, 5, 0xb4}},
    {V4_TEXT "40 TOS=0x10 PREC=0x00 TTL=50 ID=4660 DF PROTO=TCP SPT=5 DPT=23 WINDOW=1 RES=0x3c "
             "CWR ECE URG ACK PSH RST SYN FIN URGP=7 ",
        false, 40,
        {IPV4(6, 40), 0, 5, 0, 23, 0, 0, 0, 1, 0, 0, 0, 0, 0x5f, 0xff, 0, 1, 0, 0, 0, 7}},
    {V4_TEXT "28 TOS=0x10 PREC=0x00 TTL=50 ID=4660 DF PROTO=UDP SPT=256 DPT=53 LEN=8 ", false, 28,
        {IPV4(17, 28), 1, 0, 0, 53, 0, 8, 0, 0}},
    {V4_TEXT "28 TOS=0x10 PREC=0x00 TTL=50 ID=4660 DF PROTO=ICMP TYPE=8 CODE=0 ID=1 SEQ=2 ", false,
        28, {IPV4(1, 28), 8, 0, 0, 0, 0, 1, 0, 2}},
    /* An error message: the packet that it is about stands in brackets. */
    {V4_TEXT "56 TOS=0x10 PREC=0x00 TTL=50 ID=4660 DF PROTO=ICMP TYPE=3 CODE=4 [" V4_TEXT
             "28 TOS=0x10 PREC=0x00 TTL=50 ID=4660 DF PROTO=UDP SPT=256 DPT=53 LEN=8 ] MTU=1280 ",
        false, 56,
        {IPV4(1, 56), 3, 4, 0, 0, 0, 0, 5, 0, IPV4(17, 28), 1, 0, 0, 53, 0, 8, 0, 0}},
    /* An error about an error is not gone into. */
    {V4_TEXT "76 TOS=0x10 PREC=0x00 TTL=50 ID=4660 DF PROTO=ICMP TYPE=11 CODE=0 [" V4_TEXT
             "48 TOS=0x10 PREC=0x00 TTL=50 ID=4660 DF PROTO=ICMP TYPE=3 CODE=1 ] ",
        false, 76, {IPV4(1, 76), 11, 0, 0, 0, 0, 0, 0, 0, IPV4(1, 48), 3, 1, 0, 0, 0, 0, 0, 0, 0x45}},
    {V4_TEXT "28 TOS=0x10 PREC=0x00 TTL=50 ID=4660 DF PROTO=ESP SPI=0x1020304 ", false, 28,
        {IPV4(50, 28), 1, 2, 3, 4, 0, 0, 0, 1}},
    {V4_TEXT "24 TOS=0x10 PREC=0x00 TTL=50 ID=4660 DF PROTO=47 ", false, 24,
        {IPV4(47, 24), 0, 0, 8, 0}},
    {V6_TEXT "60 TC=0 HOPLIMIT=64 FLOWLBL=5 PROTO=TCP SPT=5 DPT=23 WINDOW=1024 RES=0x00 SYN URGP=0 ",
        true, 60, {IPV6(6, 20), 0, 5, 0, 23, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x02, 4, 0, 0, 0, 0, 0}},
    {V6_TEXT "56 TC=0 HOPLIMIT=64 FLOWLBL=5 PROTO=UDP SPT=1 DPT=2 LEN=8 ", true, 56,
        {IPV6(0, 16), 17, 0, 1, 4, 0, 0, 0, 0, 0, 1, 0, 2, 0, 8, 0, 0}},
    {V6_TEXT "56 TC=0 HOPLIMIT=64 FLOWLBL=5 FRAG:8 INCOMPLETE ID:0000002a PROTO=UDP ", true, 56,
        {IPV6(44, 16), 17, 0, 0, 9, 0, 0, 0, 42, 1, 2, 3, 4, 5, 6, 7, 8}},
    {V6_TEXT "48 TC=0 HOPLIMIT=64 FLOWLBL=5 PROTO=ICMPv6 TYPE=128 CODE=0 ID=1 SEQ=2 ", true, 48,
        {IPV6(58, 8), 128, 0, 0, 0, 0, 1, 0, 2}},
    /* Cut, or shorter than it says. */
    {"TRUNCATED", false, 19, {IPV4(6, 44)}},
    {"TRUNCATED", true, 39, {IPV6(6, 20)}},
    {V4_TEXT "44 TOS=0x10 PREC=0x00 TTL=50 ID=4660 DF PROTO=TCP INCOMPLETE [19 bytes] ", false, 39,
        {IPV4(6, 44)}},
    {V4_TEXT "28 TOS=0x10 PREC=0x00 TTL=50 ID=4660 DF PROTO=ICMP INCOMPLETE [4 bytes] ",
        false, 24, {IPV4(1, 28), 3, 0, 0, 0}},
};

static void
packets_are_printed_as_the_kernel_does(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* Of its very size, so that the sanitizer sees a step too far. */
		char *bytes = mem_copy((const char *)rows[i].bytes, rows[i].n);
		char *exact = mem_grow(bytes, rows[i].n, 1);
		struct packet p = {.prefix = SLICE("PORT DENIED: "),
		    .in = SLICE("eth0"),
		    .hardware = SLICE("\x02\xff"),
		    .ipv6 = rows[i].ipv6,
		    .payload = {exact, rows[i].n},
		    .mark = i == 0 ? 0x2a : 0};
		struct buf out, want;

		buf_init(&out, 4096);
		buf_init(&want, 4096);
		packet_format(&out, &p);
		buf_printf(&want, "PORT DENIED: IN=eth0 OUT= MAC=02:ff %s%s", rows[i].text,
		    i == 0 ? "MARK=0x2a " : "");
		assert_string_equal(buf_cstr(&out), buf_cstr(&want));
		buf_done(&out);
		buf_done(&want);
		mem_free(exact);
	}
}

static void
an_outgoing_packet_has_no_mac(void **state)
{
	struct packet p = {.out = SLICE("br0"), .physical_out = SLICE("p1"), .payload = SLICE("")};
	struct buf out;

	buf_init(&out, 4096);
	packet_format(&out, &p);
	assert_string_equal(buf_cstr(&out), "IN= OUT=br0 PHYSOUT=p1 TRUNCATED");
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(packets_are_printed_as_the_kernel_does),
	    cmocka_unit_test(an_outgoing_packet_has_no_mac),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
