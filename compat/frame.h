#ifndef F2B_COMPAT_FRAME_H
#define F2B_COMPAT_FRAME_H

#include "util/slice.h"

/* Ends every message on the control socket, in both directions. */
#define FRAME_END SLICE("<F2B_END_COMMAND>")

/* A frame of only this asks the server to close the connection. */
#define FRAME_CLOSE SLICE("<F2B_CLOSE_COMMAND>")

#endif
