#ifndef F2B_ACTION_QUEUE_H
#define F2B_ACTION_QUEUE_H

#include "action/command.h"

/*
 * What a jail wants done. What one action is to do, it does in the order in which it was asked, one
 * thing at a time, so that an unban never overtakes its ban. Between actions the order holds, too,
 * for what a shell does. Bans and unbans that need no shell (see direct.h) do not wait for one:
 * all that came in one turn of the loop go to the kernel at its end, at once. Only one that comes
 * after a rest goes before queue_add() returns.
 *
 * Where a set is so large that the kernel takes long for each transaction, and where more comes in
 * every turn of the loop, the next one waits a while, so that there are fewer and larger ones.
 *
 * The queue takes up to QUEUE_MAX bans. One more is refused, logged as failed and counted. Unbans
 * are always taken: there are never more of them than there were bans.
 */
#define QUEUE_MAX 500000

struct queue;

struct queue *queue_new(uv_loop_t *loop, struct action_jail *jail);

/* Waits until there is nothing left to do; then calls done. */
void queue_close(struct queue *q, void (*done)(void *arg), void *arg);

/* Takes references. t is NULL for what concerns no ticket. */
void queue_add(struct queue *q, enum event event, struct entry *e, struct ticket *t);

/* Calls call once all that was asked for before is done. */
void queue_call(struct queue *q, void (*call)(void *arg), void *arg);

/* What waits or runs. */
size_t queue_pending(const struct queue *q);

/* What waits for one action, and whether something of it is under way. */
struct action_load queue_load(const struct queue *q, const struct entry *e);

/*
 * The addresses of tickets that something is about to be done for, by this action, in order: the table
 * of bans has its result already, the firewall not yet. The caller frees them.
 */
struct addr *queue_busy(const struct entry *e, size_t *count);

/* Bans that were refused so far. */
uint64_t queue_refused(const struct queue *q);

#endif
