#ifndef F2B_COMPAT_PYRE_GROUP_H
#define F2B_COMPAT_PYRE_GROUP_H

#include "compat/pyre_reader.h"

/* The groups of a regex: their names, who may refer to them, and how many characters they match. */
#define PYRE_NO_WIDTH ((struct pyre_width){0, 0})

/* A letter or underscore, then letters, digits, underscores; Unicode's, as Python's names are. */
bool pyre_identifier(struct slice name);

/* s is valid UTF-8. */
bool pyre_starts_with_letter(struct slice s);

/* The group of that name, or NULL. */
const struct pyre_group *pyre_find_name(const struct pyre_parser *p, struct slice name);

/* Opens the next group. name may be empty; at is where it starts. */
unsigned pyre_open_group(struct pyre_parser *p, struct slice name, size_t at);

/* False, with the mistake noted, where the group is open yet or may not be looked at. */
bool pyre_check_reference(struct pyre_parser *p, uint64_t number, size_t at);

/* Sums and products that stop at PYRE_WIDTH_MAX; of two alternatives, the extremes. */
uint64_t pyre_add_capped(uint64_t a, uint64_t b);
uint64_t pyre_mul_capped(uint64_t a, uint64_t b);
struct pyre_width pyre_width_add(struct pyre_width a, struct pyre_width b);
struct pyre_width pyre_width_either(struct pyre_width a, struct pyre_width b);

#endif
