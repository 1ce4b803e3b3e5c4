#ifndef F2B_CONTROL_SLEEPER_H
#define F2B_CONTROL_SLEEPER_H

#include "control/monitor.h"

/* Clients that asked to be answered after a while ("sleep"). Nobody else waits. */

/* Answers conn with nil after so many seconds, or when the server stops. */
void sleeper_start(struct monitor *m, struct conn_request *conn, double seconds);

/* Answers all at once. */
void sleeper_end_all(struct monitor *m);

#endif
