#ifndef F2B_CONTROL_COMMAND_H
#define F2B_CONTROL_COMMAND_H

#include "control/conn.h"
#include "control/monitor.h"

/*
 * The commands of the control socket: one table, a row a command. Whoever sends them (our client,
 * our own start-up, fail2ban's client), they are run here.
 */

/* One command being run. */
struct request {
	struct monitor *monitor;
	struct arena *arena;	/* for the reply */
	const struct value *words;
	size_t args;	/* index of the first argument */
	struct guard *guard;	/* of "set JAIL …" and the like */
	int which;	/* of the row that is run */
	bool quiet;	/* in a stream: replies are not looked at */
	struct conn_request *conn;	/* NULL in a stream: an answer must come at once */
};

/*
 * Runs one command. Returns its reply, a VALUE_ERROR if it failed, or NULL if the answer will be
 * given later through rq->conn.
 */
struct value *command_run(struct request *rq);

/* Answers a command that was put off: wraps reply as command_answer() would. */
void command_answer(struct conn_request *conn, struct value *reply);

/* Runs a request from the socket and answers it, now or later. */
void command_serve(struct monitor *m, struct conn_request *conn);

/*
 * Runs a list of commands, as a start or a reload brings it, up to the first that fails; or,
 * to_the_end, all of them. Returns the error of the first that failed, or NULL.
 */
struct value *command_stream(
    struct monitor *m, struct arena *a, const struct value *commands, bool to_the_end);

/* A row: what is typed, as "bantime" and "<TIME>"; help is one sentence. */
struct command {
	const char *name;
	const char *args;
	const char *help;
	struct value *(*run)(struct request *rq);
	bool reads; /* changes nothing and tells no secret: taken from readers, see conn.h */
	int which; /* for a function that serves several rows */
};

/* Every row that people may type, with scope ("", "set", "get", "set <JAIL>", …), for help. */
void command_each(void (*take)(void *arg, const char *scope, const struct command *row), void *arg);

/* The tables, by scope; each ends with a row without a name. */
extern const struct command commands_server[], commands_status[], commands_ban[];
extern const struct command commands_set[], commands_get[];
extern const struct command commands_set_ignore[], commands_get_ignore[];
extern const struct command commands_set_log[], commands_get_log[];
extern const struct command commands_set_filter[], commands_get_filter[];
extern const struct command commands_set_limit[], commands_get_limit[];
extern const struct command commands_set_ban[], commands_get_ban[];
extern const struct command commands_set_action[], commands_get_action[];

/* Arguments. A missing one gives the error that fail2ban gives. */
size_t request_argc(const struct request *rq);
/* The argument as a value, or NULL. */
const struct value *request_arg(const struct request *rq, size_t index);
/* The reply where an argument is missing. */
struct value *request_missing(struct request *rq);
/*
 * The argument as text; numbers and truths are written out. False if it is missing or a list, and
 * *error is then the reply.
 */
bool request_text(
    struct request *rq, size_t index, struct slice *out, struct value **error);

/* The same of a value that is not an argument by itself; NULL is a missing one. */
bool request_value_text(struct request *rq, const struct value *v, struct slice *out,
    struct value **error);

/*
 * The jail that the first argument names; NULL if it names none, and *error is then the reply. To
 * be changed it must not be stopping, for its actions would undo nothing of that any more.
 */
struct guard *request_guard(struct request *rq, bool change, struct value **error);

/*
 * The first argument as a number; false with the error. One beyond 32 bits counts as the nearest
 * within, which is as good as for ever: to fail2ban it is a number as others are.
 */
bool request_int(struct request *rq, int64_t *out, struct value **error);
/* The error of a text that is none. */
struct value *request_not_int(struct request *rq, struct slice text);

/* Seconds, as an int or a float. */
struct value *value_number(struct arena *a, const struct pyexpr_number *n);

/* Reads a duration. NULL, or the reply that says why text is none. */
struct value *request_duration(
    struct request *rq, struct slice text, struct pyexpr_number *seconds);

/* A VALUE_ERROR of the kind with what d says. */
struct value *request_failed(struct request *rq, enum value_error kind, const struct diag *d);

#endif
