#ifndef F2B_UTIL_MAPPED_H
#define F2B_UTIL_MAPPED_H

/*
 * Lets go of the pages of program and libraries that nothing has written to: code, and constants.
 *
 * A start runs through configuration, schema and the compilation of regexes, some 4 MB of code, and
 * then a server at rest needs hardly any of it. The kernel counts such pages to a process, and thinks
 * of them as in use, until it is short of memory and takes the trouble to look. Afterwards they are
 * what they were before, pages of files that the kernel keeps as long as it likes, and the process has
 * those that it works with: each comes back by itself when it is used next, with its neighbours (64 kB
 * in about a microsecond if they are still there, else from the disk, as at the start).
 *
 * Nothing can be lost. What may have been written to, relocations too, stays; so does a segment in
 * which any page is no longer the file's, as with a debugger's breakpoint, and all of them where
 * /proc does not tell. A file that an upgrade has replaced lives on until the process ends. In memory
 * that is locked nothing happens.
 */
void mapped_give_back(void);

#endif
