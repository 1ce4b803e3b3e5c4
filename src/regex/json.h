#ifndef F2B_REGEX_JSON_H
#define F2B_REGEX_JSON_H

#include "regex/report.h"

/* The whole result of a run as one JSON object, for other programs. */
struct json;

struct json *json_new(void);
void json_free(struct json *j);

/* A failure, or a match that is none. All of it is copied. */
void json_hit(struct json *j, const struct hit *hit, bool nofail);

/* Prints it, with the statistics of the report. */
void json_show(struct json *j, const struct report *r, struct span took);

#endif
