#ifndef F2B_CONTROL_MONITOR_H
#define F2B_CONTROL_MONITOR_H

#include "control/conn.h"
#include "control/guard.h"
#include "control/resolve.h"
#include "store/store.h"
#include "util/table.h"

/*
 * The half with privileges: all jails at work, the store, timers. One of them exists; commands
 * change it and questions read it.
 */
struct monitor {
	uv_loop_t *loop;
	struct list guards;	/* in order of creation */
	struct table by_name;
	struct list sleepers;	/* clients that wait, see sleeper.h */
	struct list watchers;	/* clients that are told of events, see watch.h */
	uint64_t next_serial;
	struct file_watcher *files;
	struct feed_set *feeds;
	struct resolver *resolver;

	struct store *store;	/* NULL: disabled */
	struct pyexpr_number purge_age;	/* seconds */
	char *allowipv6, *loglevel;	/* as given; NULL: never */
	int64_t stacksize;

	uv_timer_t *unban_timer;	/* the next end of a ban */
	uv_timer_t *commit_timer;	/* soon after something was written to the store */
	uv_timer_t *tidy_timer;	/* once in a while */
	uv_timer_t *purge_timer;	/* the next slice of what is too old in the store */
	bool dirty;
	int store_error;		/* of the store's last commit; 0 if it worked */
	struct mono store_failed;	/* since when */
	bool store_told;		/* of it */
	bool stopping;

	/* The last jail has stopped after monitor_stop(). */
	void (*finished)(struct monitor *m);
	void *owner;
	struct conn_request *stop_request;	/* who asked for it, to be answered; NULL if nobody */
};

int monitor_new(struct monitor **out, uv_loop_t *loop, struct diag *d);

/* No jail may be left. Its timers close in the loop's next turns. */
void monitor_free(struct monitor *m);

/* Stops all jails, then calls m->finished, perhaps at once. */
void monitor_stop(struct monitor *m);

/* A jail has stopped and is gone: told by guard_stop(). */
void monitor_guard_ended(struct monitor *m);

struct guard *monitor_guard(const struct monitor *m, struct slice name);
struct guard *monitor_guard_by_serial(const struct monitor *m, uint64_t serial);

/* Sets the database: "None" or a path. */
int monitor_set_store(struct monitor *m, struct slice path, struct diag *d);

/* Something was written to the store: commit it within 100 ms. */
void monitor_dirty(struct monitor *m);

/* The ends of bans have changed. */
void monitor_schedule(struct monitor *m);

/* log_reopen(), with a line that says so. */
int monitor_reopen_log(void);

/* A failure to read the store that was survived: logs it. */
void monitor_store_failed(struct monitor *m, const struct diag *d);

#endif
