#ifndef F2B_ACTION_ACTION_H
#define F2B_ACTION_ACTION_H

#include "jail/ticket.h"
#include "util/diag.h"

#include <uv.h>

/*
 * What happens when somebody is banned. A jail has a list of actions, each a set of properties
 * ("actionban", "port", "blocktype?family=inet6", …). What the jail asks for is queued and done
 * strictly in order; different jails go on side by side. Nothing here waits: shell commands are
 * child processes.
 *
 * An action with the property "module" naming a native module (nft) is done by it; any other by its
 * commands and /bin/sh.
 */
struct action_list;

/* What an action may want to know of its jail beyond the ticket; every call may be answered late. */
struct action_jail {
	struct slice name;
	double (*bantime)(struct action_jail *jail);	/* of the jail, in seconds */
	/*
	 * Adds the value of a tag such as "jail.banned", "ipmatches", "ipfailures". False if the tag
	 * is none of the jail's.
	 */
	bool (*tag)(struct action_jail *jail, const struct ticket *t, struct slice tag,
	    struct buf *out);
	/*
	 * The rules of an action were found damaged and are put up again: bans made before now may
	 * be missing. Returns the number of the epoch that begins with it.
	 */
	unsigned (*repaired)(struct action_jail *jail);
	/* Calls each for every ban of the jail. */
	void (*each_ban)(struct action_jail *jail,
	    void (*each)(void *arg, const struct ticket *t), void *arg);
};

struct action_list *action_list_new(uv_loop_t *loop, struct action_jail *jail);

/* Runs done, if it is not NULL, once the queue is empty and nothing runs, then frees itself. */
void action_list_free(struct action_list *l, void (*done)(void *arg), void *arg);

/*
 * Settings. -EEXIST, -ENOENT for an action that is there or is not. Properties are text; order is
 * that of first setting.
 */
int action_add(struct action_list *l, struct slice name, struct diag *d);
/*
 * Makes an action that was just added the program in path, with options as a JSON object. -EINVAL
 * with d, and no such action any more, if that is none of ours or has other options.
 */
int action_set_program(struct action_list *l, struct slice name, struct slice path,
    struct slice options, struct diag *d);
/* Only tries it. */
int action_check_program(struct slice path, struct slice options, struct diag *d);
bool action_has(const struct action_list *l, struct slice name);
/* Whether an action is such a program. */
bool action_program(const struct action_list *l, struct slice name);
int action_remove(struct action_list *l, struct slice name);
int action_set(struct action_list *l, struct slice name, struct slice property, struct slice value,
    struct diag *d);
/* Lent until set again. */
bool action_get(
    const struct action_list *l, struct slice name, struct slice property, struct slice *value);
size_t action_count(const struct action_list *l);
struct slice action_name(const struct action_list *l, size_t index);
size_t action_property_count(const struct action_list *l, struct slice name);
struct slice action_property(const struct action_list *l, struct slice name, size_t index);

/*
 * A reload: between begin and end, action_add() of a known name clears its properties and keeps its
 * state; at the end those not added again have their bans lifted and are stopped, those that are new
 * ban who is banned, unless "norestored" is true, and the others get their "actionreload".
 */
void action_reload_begin(struct action_list *l);
void action_reload_end(struct action_list *l, struct ticket *const *banned, size_t banned_count);

/* The events. Tickets are referenced for as long as needed. */
void action_start(struct action_list *l);
void action_ban(struct action_list *l, struct ticket *t);
void action_unban(struct action_list *l, struct ticket *t);
void action_prolong(struct action_list *l, struct ticket *t);

/*
 * Bans a ticket again by those actions whose rules were repaired since, or, if that is none, by
 * all. action_to_reban() tells how many these are, and lends the name of a single one.
 */
size_t action_to_reban(const struct action_list *l, const struct ticket *t, struct slice *only);
void action_reban(struct action_list *l, struct ticket *t);

/* Somebody says that the rules of an action may be damaged, as of this epoch. */
void action_damaged(struct action_list *l, struct slice name, unsigned epoch);

/* Runs "actioncheck" for all that is started, and puts up again what is not as it should be. */
void action_check(struct action_list *l);

/*
 * Lifts all bans: actions with "actionflush" flush, the others unban one by one. last: a stop comes
 * next.
 */
void action_flush(
    struct action_list *l, struct ticket *const *banned, size_t banned_count, bool last);

/*
 * All bans of the store have been asked for: modules that took over what was in the kernel now compare
 * it with the jail's bans, and send the difference.
 */
void action_restored(struct action_list *l);

/*
 * Makes what the actions have in the kernel what it should be: sets of modules and of commands
 * of nft and ipset, and chains of iptables, by what is in them; for any other action its "actioncheck" decides whether rules are put up again,
 * and the jail hears of that.
 */
void action_repair(struct action_list *l);

/*
 * Asks programs for what only they can tell action_verify(), which then knows how it was when all that was asked for
 * before was done: see action_wait().
 */
void action_look(struct action_list *l);

/* How what an action has in the kernel compares with the jail's bans. */
struct action_state {
	bool known;		/* it can be told for this action */
	size_t wanted, there;	/* bans, and elements or rules that stand for one */
	size_t missing, extra;
	bool rules;		/* what is to be there besides bans is there */
};

/* -ENOENT for no action; another negative errno with d if the kernel does not answer. */
int action_verify(
    struct action_list *l, size_t index, struct action_state *out, struct diag *d);

/*
 * From now on what modules have in the kernel stays there at a flush or stop, for the next run to
 * take over. Concerns all lists; for a program that is about to end.
 */
void action_keep(void);

/* Stops the actions, the last one first; done is called when that is over. */
void action_stop(struct action_list *l, void (*done)(void *arg), void *arg);

/* One event for one action, by hand; t is NULL for what concerns nobody. -ENOENT. */
enum action_call {
	ACTION_START,
	ACTION_STOP,
	ACTION_FLUSH,
	ACTION_RELOAD,
	ACTION_BAN,
	ACTION_UNBAN,
	ACTION_REBAN,
	ACTION_PROLONG,
};
int action_call(
    struct action_list *l, struct slice name, enum action_call call, struct ticket *t);

/* Calls done once all that was asked for until now is over, perhaps at once. */
void action_wait(struct action_list *l, void (*done)(void *arg), void *arg);

/* What waits for an action, and whether it does something; bans refused where too many waited. */
struct action_load {
	size_t waiting;
	bool running;
};
struct action_load action_load(const struct action_list *l, size_t index);
uint64_t action_refused(const struct action_list *l);

/* Commands waiting or running: what status shows, and what tests wait for to be 0. */
size_t action_pending(const struct action_list *l);

#endif
