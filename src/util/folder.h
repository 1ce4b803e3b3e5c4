#ifndef F2B_UTIL_FOLDER_H
#define F2B_UTIL_FOLDER_H

/* Makes the last level of path's folder if it is missing, as fail2ban does. */
void folder_make(const char *path);

#endif
