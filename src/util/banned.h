#ifndef F2B_UTIL_BANNED_H
#define F2B_UTIL_BANNED_H

/*
 * Functions of the C library that our own code must not call: they trust a terminator that log
 * data does not have, ask the locale, or cannot report an error. The build includes this file
 * before everything else, so that a call does not compile.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BANNED(f) f2b_banned_function_##f

#undef strcpy
#define strcpy(d, s) BANNED(strcpy)
#undef strcat
#define strcat(d, s) BANNED(strcat)
#undef strncpy
#define strncpy(d, s, n) BANNED(strncpy)
#undef strncat
#define strncat(d, s, n) BANNED(strncat)
#undef sprintf
#define sprintf(...) BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) BANNED(vsprintf)
#undef strtok
#define strtok(s, d) BANNED(strtok)
#undef strtol
#define strtol(s, e, b) BANNED(strtol)
#undef strtoul
#define strtoul(s, e, b) BANNED(strtoul)
#undef strtoll
#define strtoll(s, e, b) BANNED(strtoll)
#undef strtoull
#define strtoull(s, e, b) BANNED(strtoull)
#undef atoi
#define atoi(s) BANNED(atoi)
#undef atol
#define atol(s) BANNED(atol)
#undef gmtime
#define gmtime(t) BANNED(gmtime)
#undef localtime
#define localtime(t) BANNED(localtime)
#undef ctime
#define ctime(t) BANNED(ctime)
#undef asctime
#define asctime(t) BANNED(asctime)
#undef isalpha
#define isalpha(c) BANNED(isalpha)
#undef isdigit
#define isdigit(c) BANNED(isdigit)
#undef isalnum
#define isalnum(c) BANNED(isalnum)
#undef isspace
#define isspace(c) BANNED(isspace)
#undef tolower
#define tolower(c) BANNED(tolower)
#undef toupper
#define toupper(c) BANNED(toupper)

#endif
