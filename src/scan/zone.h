#ifndef F2B_SCAN_ZONE_H
#define F2B_SCAN_ZONE_H

#include "util/slice.h"

/*
 * Time zones as logs write them: "Z", "+0530", "-08:00", "+01", "CEST", "UTC+0530". An abbreviation
 * stands for one fixed offset; where several places use the same one, it is fail2ban's choice.
 */

/* Reads the whole of text. *offset_s is in seconds east of Greenwich. -EINVAL if it is no zone that is known. */
int zone_parse(struct slice text, int *offset_s);

#endif
