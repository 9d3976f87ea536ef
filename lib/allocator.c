/* allocator.c: see the header. */
#include <config.h>
#include "lib/allocator.h"

#include <malloc.h>

void
allocator_tune(void)
{
#ifdef M_MXFAST
    mallopt(M_MXFAST, 0);
#endif
}
