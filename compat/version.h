#ifndef F2B_COMPAT_VERSION_H
#define F2B_COMPAT_VERSION_H

/* The version of fail2ban whose behaviour, protocol and replies are ours: tools ask for it. */
#define COMPAT_VERSION "1.1.1"

#endif
