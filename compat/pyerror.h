#ifndef F2B_COMPAT_PYERROR_H
#define F2B_COMPAT_PYERROR_H

#include "value/value.h"

/*
 * Kinds of failure and the classes of exceptions that carry them on the wire.
 * Source: frames recorded from fail2ban 1.1.1.
 */
struct pyerror {
	const char *module, *name;
	bool is_key;	/* str() of it is repr() of its argument, as with KeyError */
	bool is_os;	/* its arguments are a number, a text and perhaps a path */
};

const struct pyerror *pyerror_class(enum value_error kind);

/*
 * The kind of a class by its names; a class that is not known but is an exception by its name is
 * ERROR_FAILED. False if it is no exception.
 */
bool pyerror_kind(struct slice module, struct slice name, enum value_error *out);

#endif
