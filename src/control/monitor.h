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
	uint64_t block_serial; /* of the block that was read from a file last */
	struct filter_memo *block_memo;
	uint64_t block_failed[FAILURE_EXPECT_MAX]; /* hashes of those who failed in it, for other jails */
	size_t block_failed_n;
	struct feed_set *feeds;
	struct journal_set *journals;
	struct resolver *resolver;

	struct store *store;	/* NULL: disabled, or not there yet */
	struct storing *storing;
	struct pyexpr_number purge_age;	/* seconds */
	char *allowipv6, *loglevel;	/* as given; NULL: never */
	int64_t stacksize;

	uv_timer_t *unban_timer;	/* the next end of a ban */
	struct instant unban_at;	/* that end, or an earlier one that was put off; BAN_NEVER */
	uv_prepare_t *before_wait; /* the log is written when the loop has nothing more to do */
	uv_timer_t *tidy_timer;	/* once in a while */
	uv_timer_t *expire_timer;	/* the next of those who have been quiet, or a look for them */
	uv_timer_t *purge_timer;	/* the next slice of what is too old in the store */
	struct arena skipped_arena;
	const struct value *skipped; /* names of jails; as told by who started them, NULL: none */
	bool remade;	/* by many commands, which left memory that nobody needs now */
	bool stopping;

	/* The last jail has stopped after monitor_stop(). */
	void (*finished)(struct monitor *m);
	void *owner;
	struct conn_request *stop_request;	/* who asked for it, to be answered; NULL if nobody */
};

/* Without a jail, and without a database. */
struct monitor *monitor_new(uv_loop_t *loop);

/* No jail may be left. Its timers close in the loop's next turns. */
void monitor_free(struct monitor *m);

/* Stops all jails, then calls m->finished, perhaps at once. */
void monitor_stop(struct monitor *m);

/* A jail has stopped and is gone: told by guard_stop(). */
void monitor_guard_ended(struct monitor *m);

struct guard *monitor_guard(const struct monitor *m, struct slice name);
struct guard *monitor_guard_by_serial(const struct monitor *m, uint64_t serial);

/* Many commands are about to be carried out; what they leave is tidied up soon after. */
void monitor_remade(struct monitor *m);

/* The ends of bans have changed. */
void monitor_schedule(struct monitor *m);

/* There is one more, or one was put off. */
void monitor_ban_ends(struct monitor *m, struct instant end);

/* log_reopen(), with a line that says so. */
int monitor_reopen_log(void);

#endif
