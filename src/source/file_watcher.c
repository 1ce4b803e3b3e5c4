#include "source/file_state.h"
#include "util/mem.h"

#include <assert.h>

/*
 * What one turn of the loop takes, about; then others have theirs. How long a block takes is a matter
 * of what is in it, and of whether somebody else has looked at it just before.
 */
#define TURN_TIME SPAN_MS(1)

/* Looked at this often is what inotify may not tell all of; the rest, in case that we are wrong. */
#define LOOK_MS 1000
#define LOOK_ALL_MS 10000

/* Polling: after a change at once again, then ever more slowly. */
#define POLL_MIN_MS 200
#define POLL_MAX_MS 2000

static void on_idle(uv_idle_t *handle);

/* Each ready file gets at most one block, those that were waiting longest first. */
static void
watcher_turn(struct file_watcher *w)
{
	struct list *last = w->ready.prev;
	struct mono began = time_mono();
	bool again = true;

	w->buffer.looked = false;
	while (again && !list_empty(&w->ready)) {
		struct file *f = LIST_ITEM(w->ready.next, struct file, ready);

		again = &f->ready != last && mono_since(time_mono(), began).us < TURN_TIME.us;
		list_remove(&f->ready);
		w->busy = f;
		file_turn(f);
		w->busy = NULL;
		if (f->closed)
			file_destroy(f);
		else if (!f->paused && file_next(f) != NULL)
			file_ready(f);
	}
	if (list_empty(&w->ready))
		(void)uv_idle_stop(&w->idle);
	else
		(void)uv_idle_start(&w->idle, on_idle);
}

static void
on_idle(uv_idle_t *handle)
{
	watcher_turn(handle->data);
}

static void
look_at_all(struct file_watcher *w)
{
	LIST_EACH (link, &w->files) {
		struct file *f = LIST_ITEM(link, struct file, link);

		file_watch_gap(f, w->heard);
		file_ready(f);
	}
}

struct instant
file_watcher_now(void)
{
	return instant_sub(time_now(), SPAN_MS(10));
}

void
file_watcher_hear(struct file_watcher *w)
{
	struct instant now = file_watcher_now();

	if (w->watches == NULL)
		return;
	if (watch_dispatch(w->watches) > 0)
		look_at_all(w);
	w->heard = now;
}

static void
on_inotify(uv_poll_t *handle, int status, int events)
{
	struct file_watcher *w = handle->data;

	file_watcher_hear(w);
	file_glob_look_all(w, false);
	watcher_turn(w);
}

/* Marks what has changed; true if anything has. */
static bool
find_changes(struct file *f)
{
	bool changed = false;

	f->look = true;
	LIST_EACH (link, &f->logs) {
		struct stream *s = LIST_ITEM(link, struct open_log, link)->stream;

		if (!s->pending && stream_changed(s)) {
			s->pending = true;
			changed = true;
		}
	}
	file_ready(f);
	return changed;
}

static bool
is_doubtful(const struct file *f)
{
	return f->polling || f->remote || f->gap || f->folders_stale || f->unreadable ||
	       f->failing || f->log_count > 1;
}

static void
on_timer(uv_timer_t *handle)
{
	struct file_watcher *w = handle->data;
	bool polling = false, changed = false, doubtful = false;
	struct mono now = time_mono();
	bool all = mono_since(now, w->looked_at_all).us >= SPAN_MS(LOOK_ALL_MS).us;

	file_watcher_hear(w);
	file_glob_look_all(w, true);
	LIST_EACH (link, &w->files) {
		struct file *f = LIST_ITEM(link, struct file, link);

		doubtful |= is_doubtful(f);
		if (!all && w->interval_ms != 0 && !is_doubtful(f))
			continue;
		file_rotate_drop(f, now);
		polling |= f->polling;
		changed |= find_changes(f) && f->polling;
	}
	if (all)
		w->looked_at_all = now;
	if (!polling)
		w->interval_ms = doubtful ? LOOK_MS : LOOK_ALL_MS;
	else if (changed || w->interval_ms == 0)
		w->interval_ms = POLL_MIN_MS;
	else
		w->interval_ms = w->interval_ms * 2 < POLL_MAX_MS ? w->interval_ms * 2 : POLL_MAX_MS;
	(void)uv_timer_start(&w->timer, on_timer, w->interval_ms, 0);
	watcher_turn(w);
}

struct file_watcher *
file_watcher_new(uv_loop_t *loop)
{
	struct file_watcher *w = MEM_NEW(struct file_watcher);
	int r;

	list_init(&w->files);
	list_init(&w->globs);
	list_init(&w->ready);
	w->timer.data = w->idle.data = w->poll.data = w;
	w->handles = 2;
	w->heard = file_watcher_now();
	(void)uv_timer_init(loop, &w->timer);
	(void)uv_idle_init(loop, &w->idle);
	/* Without inotify every file is polled, and says so. */
	w->no_watches = watch_set_new(&w->watches);
	if (w->no_watches == 0) {
		r = uv_poll_init(loop, &w->poll, watch_set_fd(w->watches));
		if (r == 0)
			r = uv_poll_start(&w->poll, UV_READABLE, on_inotify);
		assert(r == 0);
		w->handles++;
	}
	return w;
}

static void
on_closed(uv_handle_t *handle)
{
	struct file_watcher *w = handle->data;

	if (--w->handles > 0)
		return;
	watch_set_free(w->watches);
	stream_buffer_done(&w->buffer);
	mem_free(w);
}

void
file_watcher_free(struct file_watcher *w)
{
	if (w == NULL)
		return;
	uv_close((uv_handle_t *)&w->timer, on_closed);
	uv_close((uv_handle_t *)&w->idle, on_closed);
	if (w->watches != NULL)
		uv_close((uv_handle_t *)&w->poll, on_closed);
}

void
file_watcher_wake(struct file *f)
{
	file_ready(f);
	(void)uv_idle_start(&f->watcher->idle, on_idle);
}

void
file_watcher_add(struct file_watcher *w, struct file *f)
{
	list_append(&w->files, &f->link);
	file_watcher_wake(f);
	file_watcher_look_soon(w);
}

void
file_watcher_look_soon(struct file_watcher *w)
{
	w->interval_ms = 0;
	(void)uv_timer_start(&w->timer, on_timer, POLL_MIN_MS, 0);
}

void
file_watcher_gone(struct file_watcher *w)
{
	if (list_empty(&w->files) && list_empty(&w->globs))
		(void)uv_timer_stop(&w->timer);
}
