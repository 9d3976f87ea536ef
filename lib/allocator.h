/* allocator -- how malloc() is to serve a daemon that mirrors databases.
 *
 * Most of what such a daemon allocates are small pieces that live long.  What
 * glibc sets aside for quick reuse among them ("fastbins", mallopt(3)) would be
 * merged anew at each large allocation, that is, for each message from a
 * server: a fifth of the processor time of 100 000 routes.
 */
#ifndef ALLOCATOR_H
#define ALLOCATOR_H 1

/* Does without these.  Call it once, at start; no effect with a C library that
 * has none. */
void allocator_tune(void);

#endif /* lib/allocator.h */
