#include "source/feed_kind.h"
#include "source/kmsg_record.h"
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/*
 * The kernel's log, /dev/kmsg: what netfilter's LOG target writes is read within a fraction of a
 * millisecond, whether or not a syslog daemon runs. Every jail has a descriptor of its own, since
 * each has its own place to go on from.
 */

#define DEVICE "/dev/kmsg"
#define BOOT_ID "/proc/sys/kernel/random/boot_id"

/* A read with less room than a record needs loses the record. */
#define RECORD_MAX ((size_t)16 * 1024)

/* Records read in one turn of the loop, so that other jails get theirs. */
#define PORTION 500

/* A record as young as this was written now; older ones are dated by the time since the boot. */
#define YOUNG SPAN_S(1)

struct kmsg {
	struct feed feed;
	uv_poll_t poll;
	int fd;
	char boot_id[41];
	uint64_t last, skip_to; /* numbers: of the last record read; of the first wanted */
	bool any;		/* last counts */
	struct instant since;
	char *record;
	struct buf text;
};

static int
kmsg_make(struct feed **out, const struct feed_option *options, size_t count, struct diag *d)
{
	struct kmsg *k = MEM_NEW(struct kmsg);

	k->fd = -1;
	buf_init(&k->text, 2 * SOURCE_LINE_MAX);
	*out = &k->feed;
	return 0;
}

static void
kmsg_free(struct feed *f)
{
	struct kmsg *k = (struct kmsg *)f;

	if (k->fd >= 0)
		(void)close(k->fd); /* was only read */
	mem_free(k->record);
	buf_done(&k->text);
	mem_free(k);
}

/* Numbers begin anew with every boot. */
static void
read_boot_id(char out[41])
{
	int fd = open(BOOT_ID, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, out, 36) : -1;

	if (fd >= 0)
		(void)close(fd);
	out[n > 0 ? n : 0] = '\0';
}

static void
count_gap(struct kmsg *k, uint64_t number)
{
	uint64_t expected = k->any ? k->last + 1 : k->skip_to;

	k->last = number;
	k->any = true;
	feed_lost(&k->feed, expected > 0 && number > expected ? number - expected : 0);
}

static void
kmsg_tell_lost(struct feed *f, uint64_t count)
{
	feed_note(f, LEVEL_WARNING,
	    "kmsg: the kernel's log overran, %llu lines were lost; log less, or use backend = nflog",
	    (unsigned long long)count);
}

static struct instant
record_time(const struct kmsg_record *r)
{
	struct instant now = time_now();
	struct span age = {time_mono().us - r->since_boot.us};

	return age.us < YOUNG.us ? now : instant_sub(now, age);
}

static void
take_record(struct kmsg *k, struct slice bytes)
{
	struct kmsg_record r;
	struct instant when;

	if (kmsg_record_parse(bytes, &r) < 0) {
		k->feed.stats.refused++;
		return;
	}
	if (r.number < k->skip_to)
		return;
	count_gap(k, r.number);
	when = record_time(&r);
	if (instant_before(when, k->since))
		return;
	buf_clear(&k->text);
	/* What programs write there begins with their own name. */
	if (r.facility == 0)
		feed_kernel_prefix(&k->text, r.since_boot);
	kmsg_text_format(&k->text, r.text);
	feed_deliver(&k->feed, buf_slice(&k->text), when);
}

static void
kmsg_failed(struct kmsg *k, int error)
{
	(void)uv_poll_stop(&k->poll);
	feed_note(&k->feed, LEVEL_ERROR, "kmsg: " DEVICE ": %s; nothing more is read from it",
	    strerror(error));
}

static void
kmsg_readable(uv_poll_t *poll, int status, int events)
{
	struct kmsg *k = poll->data;

	/* libuv stops at an error, which here is an overrun; the records behind it are to come. */
	if (status < 0)
		(void)uv_poll_start(poll, UV_READABLE, kmsg_readable);
	for (int i = 0; i < PORTION; i++) {
		ssize_t n = read(k->fd, k->record, RECORD_MAX);

		if (n > 0) {
			take_record(k, slice_of(k->record, (size_t)n));
			continue;
		}
		/* EPIPE: overrun, and the next read has the oldest that is left. */
		if (n < 0 && (errno == EPIPE || errno == EINTR || errno == EINVAL))
			continue;
		if (n < 0 && errno != EAGAIN)
			kmsg_failed(k, errno);
		/* No reading takes it away: libuv would tell of it for ever. */
		else if (status < 0 && i == 0)
			kmsg_failed(k, EIO);
		return;
	}
}

static int
kmsg_open(struct feed *f, const struct feed_request *request, struct diag *d)
{
	const struct file_position *stored = request->stored;
	struct kmsg *k = (struct kmsg *)f;
	int error;

	k->fd = open(DEVICE, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (k->fd < 0) {
		error = errno;
		(void)diag_fail(
		    d, -error, (struct place){0}, "backend kmsg: " DEVICE ": %s", strerror(error));
		if (error == EPERM || error == EACCES)
			diag_remedy(
			    d, "it takes root, or CAP_SYSLOG where kernel.dmesg_restrict is 1");
		return -error;
	}
	k->since = request->since;
	read_boot_id(k->boot_id);
	if (stored != NULL && k->boot_id[0] != '\0' &&
	    slice_eq(slice_cstr(k->boot_id), slice_cstr(stored->first_line_hash)))
		k->skip_to = stored->offset + 1;
	k->record = mem_alloc(RECORD_MAX);
	error = uv_poll_init(f->loop, &k->poll, k->fd);
	if (error < 0)
		return diag_fail(
		    d, error, (struct place){0}, "backend kmsg: " DEVICE ": %s", strerror(-error));
	k->poll.data = k;
	(void)uv_poll_start(
	    &k->poll, UV_READABLE, kmsg_readable); /* cannot fail on a fresh handle */
	return 0;
}

static void
kmsg_closed(uv_handle_t *handle)
{
	kmsg_free(handle->data);
}

static void
kmsg_close(struct feed *f)
{
	uv_close((uv_handle_t *)&((struct kmsg *)f)->poll, kmsg_closed);
}

static bool
kmsg_position(const struct feed *f, struct file_position *out)
{
	const struct kmsg *k = (const struct kmsg *)f;

	if (!k->any || k->boot_id[0] == '\0')
		return false;
	memcpy(out->first_line_hash, k->boot_id, sizeof(k->boot_id));
	out->offset = k->last;
	return true;
}

const struct feed_kind kmsg_kind = {
    .name = "kmsg",
    .options = "",
    .make = kmsg_make,
    .free = kmsg_free,
    .open = kmsg_open,
    .close = kmsg_close,
    .position = kmsg_position,
    .tell_lost = kmsg_tell_lost,
};
