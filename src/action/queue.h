#ifndef F2B_ACTION_QUEUE_H
#define F2B_ACTION_QUEUE_H

#include "action/command.h"

/*
 * What a jail wants done, in the order in which it was asked for: one thing at a time, so that an
 * unban never overtakes its ban. What needs no child process is done before queue_add() returns,
 * unless something waits before it.
 *
 * The queue takes up to QUEUE_MAX bans. One more is refused, logged as failed and counted. Unbans
 * are always taken: there are never more of them than there were bans.
 */
#define QUEUE_MAX 500000

struct queue;

struct queue *queue_new(uv_loop_t *loop, struct action_jail *jail);

/* Waits until there is nothing left to do; then calls done, which may be NULL. */
void queue_close(struct queue *q, void (*done)(void *arg), void *arg);

/* Takes references. t is NULL for what concerns no ticket. */
void queue_add(struct queue *q, enum event event, struct entry *e, struct ticket *t);

/* Calls call in its turn. */
void queue_call(struct queue *q, void (*call)(void *arg), void *arg);

/* What waits or runs. */
size_t queue_pending(const struct queue *q);

/* Bans that were refused so far. */
uint64_t queue_refused(const struct queue *q);

#endif
