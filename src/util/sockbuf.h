#ifndef F2B_UTIL_SOCKBUF_H
#define F2B_UTIL_SOCKBUF_H

/*
 * How much a socket holds that is on its way out, or in: bytes, or as much as the machine lets anybody
 * have where that may not be forced, as in an unprivileged container. Source: socket(7)
 */
void sockbuf_send(int fd, int bytes);
void sockbuf_receive(int fd, int bytes);

#endif
