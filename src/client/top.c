#include "client/top.h"

#include "client/overview.h"
#include "client/watch.h"
#include "util/log.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define LATEST_MAX 20
#define SCREEN_MAX ((size_t)4 * 1024 * 1024)
#define LINE_MAX_BYTES 1000

struct top {
	const struct client *cl;
	bool once;
	double interval_s;
	char sort[32]; /* a column's title; empty: as the server lists them */
	struct link *ask, *events;
	/* The sample shown, and the one before, from which rates are taken. */
	struct arena arenas[2];
	struct jails samples[2];
	struct mono taken[2];
	unsigned samples_count, current;
	struct buf latest[LATEST_MAX]; /* a ring of lines */
	size_t latest_count;
	uint64_t lost;
	bool on_screen;
	struct termios before; /* the terminal, as it was */
};

/* ---- the terminal */

static volatile sig_atomic_t ended;

static void
end_soon(int number)
{
	ended = 1;
}

static void
on_signals(void (*handler)(int))
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = handler};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		(void)sigaction(numbers[i], &action, NULL); /* cannot fail for these */
}

/* Fails where there is no terminal. */
static int
screen_enter(struct top *t)
{
	struct termios raw;

	if (isatty(STDOUT_FILENO) == 0 || tcgetattr(STDIN_FILENO, &t->before) < 0)
		return -ENOTTY;
	raw = t->before;
	/* Keys come at once and one by one. ^C is a signal: a server that does not answer must not hold us. */
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VQUIT] = raw.c_cc[VSUSP] = _POSIX_VDISABLE;
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	on_signals(end_soon);
	(void)fputs("\x1b[?1049h\x1b[?25l", stdout); /* a screen of our own, no cursor */
	t->on_screen = true;
	return 0;
}

/* Whatever is said after that stays to be read. */
static void
screen_leave(struct top *t)
{
	if (!t->on_screen)
		return;
	(void)fputs("\x1b[?25h\x1b[?1049l", stdout);
	(void)fflush(stdout);
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &t->before);
	on_signals(SIG_DFL);
	t->on_screen = false;
}

/* ---- what the server says */

/* Fetches a new sample. Returns 0, also where a signal ended it, or the exit status after saying what is wrong. */
static int
top_sample(struct top *t, const struct value *words)
{
	unsigned next = 1 - t->current;
	const struct value *reply = NULL;
	struct diag d;
	int r;

	diag_init(&d);
	arena_clear(&t->arenas[next]);
	r = jails_load(t->ask, &t->arenas[next], &t->samples[next], &reply, &d);
	if (r == 0) {
		t->taken[next] = time_mono();
		t->current = next;
		t->samples_count++;
		return 0;
	}
	screen_leave(t);
	if (r == -EINTR)
		return 0;
	if (reply != NULL)
		return client_take(t->cl, reply, words);
	log_write(LEVEL_ERROR, "", "%s", d.text);
	return CMDLINE_FAILED;
}

static void
take_event(struct top *t, const struct value *event)
{
	const struct value *name = value_get(event, SLICE("event"));
	const struct value *count = value_get(event, SLICE("count"));
	struct buf *line = &t->latest[t->latest_count % LATEST_MAX];

	if (name != NULL && value_is_text(name, SLICE("lost")) && count != NULL &&
	    count->kind == VALUE_INT)
		t->lost += (uint64_t)count->number;
	if (value_get(event, SLICE("jail")) == NULL)
		return;
	buf_clear(line);
	watch_format(line, event);
	t->latest_count++;
}

/* Whoever tells no events is asked for the numbers all the same. */
static void
events_close(struct top *t)
{
	link_close(t->events);
	t->events = NULL;
}

/* One reply that has come, or is coming. */
static void
events_take(struct top *t)
{
	struct value *reply;
	struct arena a;
	struct diag d;

	arena_init(&a);
	diag_init(&d);
	if (link_next(t->events, &a, &reply, &d) < 0 || value_at(reply, 1) == NULL ||
	    value_at(reply, 1)->kind != VALUE_MAP)
		events_close(t);
	else
		take_event(t, value_at(reply, 1));
	arena_done(&a);
}

static void
events_open(struct top *t)
{
	struct value *command;
	struct arena a;
	struct diag d;

	diag_init(&d);
	if (client_open(t->cl, &t->events, &d) < 0)
		return;
	link_heed(t->events, &ended);
	link_set_timeout(t->events, SPAN_S(5));
	arena_init(&a);
	command = value_add(&a, value_list(&a), value_cstr(&a, "watch"));
	(void)value_add(&a, command, value_cstr(&a, "--events=ban,restore"));
	if (link_send(t->events, command, &d) < 0)
		events_close(t);
	arena_done(&a);
	if (t->events != NULL)
		events_take(t); /* that it watches, or that there is no such command */
	if (t->events != NULL)
		link_set_timeout(t->events, (struct span){0});
}

/* ---- what is shown */

static void
add_heading(struct buf *out, const struct top *t)
{
	const struct jails *j = &t->samples[t->current];
	int64_t failing = 0, banned = 0, bans = 0;

	for (size_t i = 0; i < j->count; i++) {
		failing += j->v[i].failing;
		banned += j->v[i].banned;
		bans += j->v[i].bans;
	}
	time_format(out, time_now());
	buf_printf(out, "  jails: %zu, failing: %lld, banned: %lld, bans since the start: %lld\n",
	    j->count, (long long)failing, (long long)banned, (long long)bans);
	if (!t->once)
		buf_printf(out, "q: quit, s: sort by another column (now %s), every %g s\n",
		    t->sort[0] != '\0' ? t->sort : "none", t->interval_s);
}

static void
add_latest(struct buf *out, const struct top *t)
{
	size_t n = t->latest_count < LATEST_MAX ? t->latest_count : LATEST_MAX;

	if (t->once)
		return;
	buf_add_cstr(out, t->events != NULL ? "\nLatest bans" : "\nThe server tells no events");
	if (t->lost > 0)
		buf_printf(out, " (%llu not told)", (unsigned long long)t->lost);
	buf_add_char(out, '\n');
	for (size_t i = 0; i < n; i++) {
		buf_add(out, buf_slice(&t->latest[(t->latest_count - 1 - i) % LATEST_MAX]));
		buf_add_char(out, '\n');
	}
}

static void
make_grid(struct grid *g, const struct top *t)
{
	unsigned other = 1 - t->current;
	double minutes = (double)mono_since(t->taken[t->current], t->taken[other]).us /
			 (60.0 * (double)US_PER_S);

	overview_jails(
	    g, &t->samples[t->current], t->samples_count > 1 ? &t->samples[other] : NULL, minutes);
	if (t->sort[0] != '\0')
		(void)overview_sort(g, slice_cstr(t->sort), NULL); /* looked at by parse_words() */
}

/* Jails have the screen but for the heading and some of the latest bans. */
static void
compose(struct buf *out, const struct top *t, size_t height)
{
	size_t rows = height > 12 ? height - 10 : height;
	struct grid g;

	add_heading(out, t);
	buf_add_char(out, '\n');
	make_grid(&g, t);
	grid_format(out, &g, rows);
	grid_done(&g);
	add_latest(out, t);
}

/* Lines are cut at the width of the screen. */
static void
draw(const struct top *t)
{
	struct winsize size = {0};
	struct slice rest, line;
	struct buf text, screen;
	size_t n = 0;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row == 0 || size.ws_col == 0)
		size = (struct winsize){.ws_row = 24, .ws_col = 80};
	buf_init(&text, SCREEN_MAX);
	buf_init(&screen, SCREEN_MAX);
	compose(&text, t, size.ws_row);
	buf_add_cstr(&screen, "\x1b[H");
	rest = buf_slice(&text);
	while (n < size.ws_row && slice_next(&rest, '\n', &line)) {
		buf_add_cstr(&screen, n++ > 0 ? "\n" : "");
		buf_add(&screen, grid_cut(line, size.ws_col));
		buf_add_cstr(&screen, "\x1b[K");
	}
	buf_add_cstr(&screen, "\x1b[J");
	(void)fwrite(buf_cstr(&screen), 1, screen.n, stdout);
	(void)fflush(stdout);
	buf_done(&text);
	buf_done(&screen);
}

/* ---- keys */

static void
next_sort(struct top *t)
{
	struct grid g;
	int column;

	make_grid(&g, t);
	column = grid_column(&g, slice_cstr(t->sort)) + 1;
	if (column < 1)
		column = 0;
	if ((size_t)column < g.column_count)
		(void)snprintf(t->sort, sizeof(t->sort), "%s", g.columns[column].title);
	else
		t->sort[0] = '\0';
	grid_done(&g);
}

/* False if it is time to go. */
static bool
take_keys(struct top *t)
{
	char keys[64];
	ssize_t n = read(STDIN_FILENO, keys, sizeof(keys));

	if (n <= 0)
		return n < 0 && errno == EINTR;
	for (ssize_t i = 0; i < n; i++) {
		if (keys[i] == 'q' || keys[i] == 'Q')
			return false;
		if (keys[i] == 's')
			next_sort(t);
	}
	return true;
}

/* Waits for keys, events and the next sample. False if it is time to go. */
static bool
wait_and_take(struct top *t)
{
	struct mono begin = time_mono();
	int64_t left_ms;

	do {
		struct pollfd fds[2] = {
		    {.fd = STDIN_FILENO, .events = POLLIN},
		    {.fd = t->events != NULL ? link_fd(t->events) : -1, .events = POLLIN},
		};

		left_ms =
		    (int64_t)(t->interval_s * 1000) - mono_since(time_mono(), begin).us / US_PER_MS;
		if (left_ms < 0)
			left_ms = 0;
		if (poll(fds, 2, (int)left_ms) < 0 && errno != EINTR)
			return false;
		if (fds[1].revents != 0)
			do
				events_take(t);
			while (t->events != NULL && link_pending(t->events));
		if (fds[0].revents != 0 && !take_keys(t))
			return false;
		if (fds[0].revents != 0)
			draw(t);
	} while (left_ms > 0 && ended == 0);
	return ended == 0;
}

static int
run_on_screen(struct top *t, const struct value *words)
{
	int status = 0;

	if (screen_enter(t) < 0) {
		log_write(LEVEL_ERROR, "", "top needs a terminal; use top --once without one");
		return CMDLINE_FAILED;
	}
	link_heed(t->ask, &ended);
	events_open(t);
	do
		draw(t);
	while (wait_and_take(t) && (status = top_sample(t, words)) == 0 && ended == 0);
	screen_leave(t);
	return status;
}

static int
print_once(const struct top *t)
{
	struct buf out;

	buf_init(&out, SCREEN_MAX);
	compose(&out, t, SIZE_MAX);
	(void)fwrite(buf_cstr(&out), 1, out.n, stdout);
	buf_done(&out);
	return 0;
}

/* ---- the command */

static int
check_sort(struct top *t, struct slice title, struct diag *d)
{
	static const struct jails none = {0};
	struct grid g;
	int r;

	overview_jails(&g, &none, NULL, 0);
	r = overview_sort(&g, title, d);
	if (r == 0)
		(void)snprintf(
		    t->sort, sizeof(t->sort), "%s", g.columns[grid_column(&g, title)].title);
	grid_done(&g);
	return r;
}

static int
parse_words(struct top *t, const struct value *words, struct diag *d)
{
	static const struct slice sort = {"--sort=", 7}, interval = {"--interval=", 11};
	uint64_t seconds;

	for (size_t i = 1; i < value_count(words); i++) {
		struct slice w = value_at(words, i)->text;

		if (slice_eq(w, SLICE("--once"))) {
			t->once = true;
		} else if (slice_starts(w, sort)) {
			if (check_sort(t, slice_from(w, sort.n), d) < 0)
				return -EINVAL;
		} else if (slice_starts(w, interval)) {
			if (slice_u64(slice_from(w, interval.n), 3600, &seconds) < 0 ||
			    seconds == 0)
				return diag_fail(d, -EINVAL, (struct place){0},
				    "--interval= wants seconds, from 1 to 3600");
			t->interval_s = (double)seconds;
		} else {
			return diag_fail(d, -EINVAL, (struct place){0},
			    "top takes --once, --interval=SECONDS and --sort=COLUMN");
		}
	}
	return 0;
}

int
top_run(const struct client *cl, const struct value *words)
{
	struct top t = {.cl = cl, .interval_s = 2};
	int r, status = CMDLINE_FAILED;
	struct diag d;

	diag_init(&d);
	for (int i = 0; i < 2; i++)
		arena_init(&t.arenas[i]);
	for (size_t i = 0; i < LATEST_MAX; i++)
		buf_init(&t.latest[i], LINE_MAX_BYTES);
	if (parse_words(&t, words, &d) < 0) {
		log_write(LEVEL_ERROR, "", "%s", d.text);
	} else if ((r = client_open(cl, &t.ask, &d)) < 0) {
		client_unreachable(words, r, &d);
	} else {
		status = top_sample(&t, words);
		if (status == 0)
			status = t.once ? print_once(&t) : run_on_screen(&t, words);
	}
	link_close(t.ask);
	link_close(t.events);
	for (int i = 0; i < 2; i++)
		arena_done(&t.arenas[i]);
	for (size_t i = 0; i < LATEST_MAX; i++)
		buf_done(&t.latest[i]);
	return status;
}
