#include "compat/pyerror.h"

static const struct pyerror classes[] = {
    [ERROR_FAILED] = {"builtins", "Exception", false, false},
    [ERROR_VALUE] = {"builtins", "ValueError", false, false},
    [ERROR_KEY] = {"builtins", "KeyError", true, false},
    [ERROR_INDEX] = {"builtins", "IndexError", false, false},
    [ERROR_TYPE] = {"builtins", "TypeError", false, false},
    [ERROR_ATTRIBUTE] = {"builtins", "AttributeError", false, false},
    [ERROR_LOOKUP] = {"builtins", "LookupError", false, false},
    [ERROR_NAME] = {"builtins", "NameError", false, false},
    [ERROR_SYNTAX] = {"builtins", "SyntaxError", false, false},
    [ERROR_NO_FILE] = {"builtins", "FileNotFoundError", false, true},
    [ERROR_PERMISSION] = {"builtins", "PermissionError", false, true},
    [ERROR_OS] = {"builtins", "OSError", false, true},
    [ERROR_RUNTIME] = {"builtins", "RuntimeError", false, false},
    [ERROR_NOT_IMPLEMENTED] = {"builtins", "NotImplementedError", false, false},
    [ERROR_UNKNOWN_JAIL] = {"fail2ban.exceptions", "UnknownJailException", true, false},
    [ERROR_DUPLICATE_JAIL] = {"fail2ban.exceptions", "DuplicateJailException", false, false},
    [ERROR_REGEX] = {"fail2ban.server.failregex", "RegexException", false, false},
};

#define CLASSES (sizeof(classes) / sizeof(classes[0]))

const struct pyerror *
pyerror_class(enum value_error kind)
{
	return &classes[(size_t)kind < CLASSES ? kind : ERROR_FAILED];
}

bool
pyerror_kind(struct slice module, struct slice name, enum value_error *out)
{
	/* Python 2 kept its exceptions in a module of their own. */
	if (slice_eq(module, SLICE("exceptions")))
		module = SLICE("builtins");
	for (size_t i = 0; i < CLASSES; i++) {
		if (slice_eq(module, slice_cstr(classes[i].module)) &&
		    slice_eq(name, slice_cstr(classes[i].name))) {
			*out = (enum value_error)i;
			return true;
		}
	}
	*out = ERROR_FAILED;
	return slice_ends(name, SLICE("Error")) || slice_ends(name, SLICE("Exception"));
}
