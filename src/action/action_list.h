#ifndef F2B_ACTION_ACTION_LIST_H
#define F2B_ACTION_ACTION_LIST_H

#include "action/action.h"
#include "action/contest.h"
#include "action/nftwatch.h"
#include "action/queue.h"
#include "util/list.h"

/* A jail's actions: for action.c, and action_hold.c, which sees to it that their bans hold. */
struct action_list {
	uv_loop_t *loop;
	struct action_jail *jail;
	struct list entries;	/* in order of definition */
	size_t count;
	struct queue *queue;
	struct nftwatch watch;	/* while there is an action of a module */
	struct contest contest;
	uv_timer_t *calm;	/* likewise: puts back later what is taken again and again */
	bool started;
	bool reloading;
	void (*freed)(void *arg);
	void *freed_arg;
};

/* NULL behind the last. */
struct entry *action_list_at(const struct action_list *l, size_t index);

/* From now on what somebody takes away from a module is put back. Once is enough. */
void action_list_watch(struct action_list *l);

#endif
