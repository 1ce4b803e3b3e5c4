/*
 * The same packets through the kernel's LOG target and through NFLOG, in a network namespace of this
 * process: what /dev/kmsg says is what the feed says.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "source/feed.h"
#include "util/mem.h"

#define ALL_NAMESPACES "/proc/sys/net/netfilter/nf_log_all_netns"
#define LINES_MAX 200
#define LAST_PORT 99 /* of the last packet */
#define LAST " DPT=99 "
#define PATIENCE_MS 60000

struct seen {
	struct feed_sink sink;
	char *line[LINES_MAX];
	size_t count;
	char note[200]; /* the last one */
};

static uv_loop_t loop;
static char prefix[64];

/* From the prefix on, which is this process's alone; what stands before differs by the clock. */
static void
take_line(struct feed_sink *sink, const struct feed_line *line)
{
	struct seen *s = (struct seen *)sink;
	ptrdiff_t at = slice_find(line->text, slice_cstr(prefix), 0);
	struct slice text;

	if (at < 0 || s->count == LINES_MAX)
		return;
	text = slice_from(line->text, (size_t)at);
	s->line[s->count++] = mem_copy(text.p, text.n);
}

static void
take_note(struct feed_sink *sink, int level, const char *text)
{
	struct seen *s = (struct seen *)sink;

	(void)snprintf(s->note, sizeof(s->note), "%s", text);
}

static void
send_to(int family, int type, int protocol, unsigned port, const void *bytes, size_t n)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	int fd = socket(family, type | SOCK_NONBLOCK, protocol);

	assert_true(fd >= 0);
	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	v6.sin6_addr = in6addr_loopback;
	if (type == SOCK_RAW)
		v6.sin6_port = 0;
	if (type == SOCK_STREAM)
		(void)connect(fd, family == AF_INET ? (void *)&v4 : (void *)&v6,
		    family == AF_INET ? sizeof(v4) : sizeof(v6));
	else
		(void)sendto(fd, bytes, n, 0, family == AF_INET ? (void *)&v4 : (void *)&v6,
		    family == AF_INET ? sizeof(v4) : sizeof(v6));
	(void)close(fd);
}

static void
send_packets(void)
{
	static const unsigned char echo[] = {8, 0, 0xf7, 0xfd, 0, 1, 0, 1};
	static const unsigned char xmas[] = {0, 5, 0, 23, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x29, 4, 0, 0, 0, 0, 0};
	static const unsigned char null[] = {0, 5, 0, 23, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x00, 4, 0, 0, 0, 0, 0};
	static const unsigned char too_big[] = {3, 4, 0, 0, 0, 0, 5, 0, 0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0, 0,
	    127, 0, 0, 1, 127, 0, 0, 1, 0, 1, 0, 2, 0, 8, 0, 0};
	static const int others[] = {IPPROTO_SCTP, IPPROTO_GRE, IPPROTO_ESP, IPPROTO_AH, IPPROTO_UDPLITE, 200};
	char big[4000];

	memset(big, 'x', sizeof(big));
	for (int i = 0; i < 2; i++) {
		int family = i == 0 ? AF_INET : AF_INET6;

		send_to(family, SOCK_STREAM, 0, 81, NULL, 0);
		send_to(family, SOCK_DGRAM, 0, 82, "x", 1);
		send_to(family, SOCK_DGRAM, 0, 82, big, sizeof(big)); /* in fragments */
		send_to(family, SOCK_RAW, IPPROTO_TCP, 0, xmas, sizeof(xmas));
		send_to(family, SOCK_RAW, IPPROTO_TCP, 0, null, sizeof(null));
		send_to(family, SOCK_RAW, IPPROTO_TCP, 0, null, 7);
		for (size_t k = 0; k < sizeof(others) / sizeof(others[0]); k++) {
			send_to(family, SOCK_RAW, others[k], 0, "abcdefghijklmnop", 16);
			send_to(family, SOCK_RAW, others[k], 0, "abc", 3);
		}
	}
	send_to(AF_INET, SOCK_RAW, IPPROTO_ICMP, 0, echo, sizeof(echo));
	send_to(AF_INET, SOCK_RAW, IPPROTO_ICMP, 0, too_big, sizeof(too_big));
	send_to(AF_INET, SOCK_RAW, IPPROTO_ICMP, 0, too_big, 20);
	send_to(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, 0, "\x80\0\0\0\0\1\0\2", 8);
	send_to(AF_INET, SOCK_DGRAM, 0, LAST_PORT, "x", 1);
}

static int
run(const char *command)
{
	return system(command);
}

static struct feed_user *
join(struct feed_set *set, struct seen *s, const char *kind, const char *group)
{
	struct feed_option o = {SLICE("group"), slice_cstr(group)};
	struct feed_request request = {slice_cstr(kind), slice_cstr(kind), &o, group[0] != '\0'};
	struct feed_user *u;
	struct diag d;

	s->sink = (struct feed_sink){take_line, take_note};
	diag_init(&d);
	if (feed_join(&u, set, &request, &s->sink, &d) < 0)
		fail_msg("%s", d.text);
	return u;
}

static void
is_over(uv_timer_t *timer)
{
	uv_close((uv_handle_t *)timer, NULL);
	uv_stop(&loop);
}

static bool
has_last(const struct seen *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (strstr(s->line[i], LAST) != NULL)
			return true;
	return false;
}

static void
run_for(unsigned ms)
{
	uv_timer_t timer;

	(void)uv_timer_init(&loop, &timer);
	(void)uv_timer_start(&timer, is_over, ms, 0);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	(void)uv_run(&loop, UV_RUN_NOWAIT);
}

/* Else the packets of one may overtake those of the other. */
static void
stay_on_one_cpu(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET((size_t)sched_getcpu(), &cpus);
	assert_int_equal(sched_setaffinity(0, sizeof(cpus), &cpus), 0);
}

static void
compare(void)
{
	struct feed_set *set = feed_set_new(&loop);
	struct seen *log = MEM_NEW(struct seen), *nflog = MEM_NEW(struct seen);
	struct feed_user *a = join(set, log, "kmsg", ""), *b = join(set, nflog, "nflog", "5");
	char command[600];

	(void)snprintf(command, sizeof(command),
	    "ip link set lo up mtu 1500 && nft 'table inet t { chain c { type filter hook input priority 0;"
	    " log prefix \"%s\"; log prefix \"%s\" group 5; meta l4proto tcp reject; }; }' && sleep 0.1",
	    prefix, prefix);
	assert_int_equal(run(command), 0);
	run_for(50);
	stay_on_one_cpu();
	send_packets();
	/* What answers the last packet comes behind it. */
	for (unsigned ms = 0; ms < PATIENCE_MS && !(has_last(log) && has_last(nflog)); ms += 100)
		run_for(100);
	run_for(300);
	for (unsigned ms = 0; ms < PATIENCE_MS && log->count != nflog->count; ms += 100)
		run_for(100);
	assert_true(log->count > 30);
	for (size_t i = 0; i < log->count && i < nflog->count; i++)
		assert_string_equal(nflog->line[i], log->line[i]);
	assert_int_equal(nflog->count, log->count);
	print_message("%zu lines are the same\n", log->count);
	feed_leave(a);
	feed_leave(b);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	feed_set_free(set);
	for (size_t i = 0; i < LINES_MAX; i++) {
		mem_free(log->line[i]);
		mem_free(nflog->line[i]);
	}
	mem_free(log);
	mem_free(nflog);
}

/* The kernel's log is one for the whole machine; the end-to-end tests take the same lock. */
static int lock = -1, all_namespaces = -1;
static char before;

static int
kernel_log_take(void **state)
{
	lock = open("/run/lock/f2b-kernel-log.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	(void)flock(lock, LOCK_EX);
	(void)run("modprobe nf_log_syslog 2>/dev/null");
	all_namespaces = open(ALL_NAMESPACES, O_RDWR | O_CLOEXEC);
	if (all_namespaces >= 0 && pread(all_namespaces, &before, 1, 0) == 1)
		(void)pwrite(all_namespaces, "1", 1, 0);
	return 0;
}

/* The file has no name in the namespace that we are in by now. */
static int
kernel_log_leave(void **state)
{
	if (all_namespaces >= 0)
		(void)pwrite(all_namespaces, &before, 1, 0);
	(void)close(all_namespaces);
	(void)close(lock);
	return 0;
}

static void
packets_read_as_the_kernel_logs_them(void **state)
{
	if (geteuid() != 0 || run("command -v nft ip >/dev/null") != 0 || all_namespaces < 0 ||
	    access("/dev/kmsg", R_OK) < 0 || unshare(CLONE_NEWNET) < 0) {
		print_message("needs root, nft, ip, " ALL_NAMESPACES ", /dev/kmsg, network namespaces\n");
		skip();
	}
	(void)snprintf(prefix, sizeof(prefix), "F2B TEST %d: ", (int)getpid());
	compare();
}

/* An ARP packet has other things where those of IP have their addresses. */
static void
what_is_no_packet_of_ip_is_refused(void **state)
{
	struct feed_set *set = feed_set_new(&loop);
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
	struct seen *s = MEM_NEW(struct seen);
	struct feed_stats stats = {0};
	struct feed_user *u;
	int fd;

	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0 ||
	    run("ip link add v0 type veth peer name v1 && ip addr add 192.0.2.1/24 dev v0 && ip link set v0 up &&"
		" ip link set v1 up &&"
		" nft 'table arp t { chain c { type filter hook output priority 0; log group 6; }; }'") != 0) {
		print_message("needs root, nft with its family arp, ip, network namespaces\n");
		skip();
	}
	u = join(set, s, "nflog", "6");
	run_for(50);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(inet_pton(AF_INET, "192.0.2.2", &to.sin_addr), 1);
	assert_int_equal(sendto(fd, "x", 1, 0, (void *)&to, sizeof(to)), 1);
	for (unsigned ms = 0; ms < PATIENCE_MS && stats.lines + stats.refused == 0; ms += 100) {
		run_for(100);
		feed_get_stats(u, &stats);
	}
	assert_true(stats.refused > 0);
	assert_int_equal(stats.lines, 0);
	(void)close(fd);
	feed_leave(u);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	feed_set_free(set);
	mem_free(s);
}

/* The feed's, which is the only one of this process. */
static int
netlink_socket(void)
{
	for (int fd = 0; fd < 256; fd++) {
		int domain = 0;
		socklen_t n = sizeof(domain);

		if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) == 0 && domain == AF_NETLINK)
			return fd;
	}
	fail_msg("there is none");
	return -1;
}

/* More than there is room for while nobody reads, twice. */
static void
reading_goes_on_after_packets_were_lost(void **state)
{
	struct feed_set *set = feed_set_new(&loop);
	struct seen *s = MEM_NEW(struct seen);
	struct feed_stats stats = {0};
	struct feed_user *u;
	uint64_t sent = 0, lost = 0;
	int little = 4096;

	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0 ||
	    run("ip link set lo up && nft 'table inet t { chain c { type filter hook input priority 0;"
		" udp dport 9 log group 7; }; }'") != 0) {
		print_message("needs root, nft, ip, network namespaces\n");
		skip();
	}
	u = join(set, s, "nflog", "7");
	assert_int_equal(
	    setsockopt(netlink_socket(), SOL_SOCKET, SO_RCVBUF, &little, sizeof(little)), 0);
	for (unsigned round = 0; round < 2; round++) {
		lost = stats.lost;
		for (unsigned i = 0; i < 500; i++, sent++)
			send_to(AF_INET, SOCK_DGRAM, 0, 9, "x", 1);
		/* Those that come behind tell by their numbers. */
		for (unsigned i = 0; i < 200 && (stats.lost == lost || stats.lines + stats.lost != sent); i++) {
			run_for(20);
			send_to(AF_INET, SOCK_DGRAM, 0, 9, "x", 1);
			sent++;
			run_for(20);
			feed_get_stats(u, &stats);
		}
		assert_true(stats.lost > lost);
		assert_int_equal(stats.lines + stats.lost, sent);
	}
	for (unsigned ms = 0; ms < PATIENCE_MS && s->note[0] == '\0'; ms += 100)
		run_for(100);
	assert_non_null(strstr(s->note, " packets of group 7 were lost"));
	feed_leave(u);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	feed_set_free(set);
	mem_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(packets_read_as_the_kernel_logs_them),
	    cmocka_unit_test(what_is_no_packet_of_ip_is_refused),
	    cmocka_unit_test(reading_goes_on_after_packets_were_lost),
	};
	int r;

	(void)uv_loop_init(&loop);
	r = cmocka_run_group_tests(tests, kernel_log_take, kernel_log_leave);
	(void)uv_loop_close(&loop);
	return r;
}
