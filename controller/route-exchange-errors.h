/* route-exchange-errors -- what an errno means for an operation.
 *
 * The one place that says, for each operation of the engine and each errno
 * that the kernel may answer, what to make of it and what to tell the
 * operator.
 *
 * Pure, no state.
 */
#ifndef ROUTE_EXCHANGE_ERRORS_H
#define ROUTE_EXCHANGE_ERRORS_H 1

/* What the engine asks of the kernel. */
enum re_op_type {
    RE_ROUTE_ADD,               /* Add a route where none of its key is. */
    RE_ROUTE_REPLACE,           /* Put it in the place of one of ours. */
    RE_ROUTE_DELETE,            /* Delete one of ours. */
    RE_VRF_CREATE,              /* Create a VRF device. */
    RE_VRF_SETUP,               /* Set it up, and mark it. */
    RE_VRF_DOWN,                /* Set it down, to rename it. */
    RE_VRF_RENAME,              /* Rename it. */
    RE_VRF_RELEASE,             /* Take the mark off. */
    RE_VRF_DETACH,              /* Take a port out of it. */
    RE_VRF_DELETE,              /* Delete it. */
};

/* What to make of the answer. */
enum re_verdict {
    RE_DONE,                    /* It was done. */
    RE_ALREADY,                 /* There was nothing to do. */
    RE_LOOK,                    /* Nobody knows, or the kernel is not as we
                                 * believed: read it anew. */
    RE_RETRY,                   /* Not now; nothing of the kind works now. */
    RE_REFUSED,                 /* The kernel does not take this one. */
    RE_FORBIDDEN,               /* It takes nothing of the kind. */
};

/* Returns the verdict on 'error' (0, a positive errno, NL_UNKNOWN) as the
 * answer to 'op'. */
enum re_verdict re_judge(enum re_op_type op, int error);

/* What the operator can do about it, as a clause to follow "; ". */
const char *re_suggestion(enum re_op_type op, int error);

/* What the operation does, e.g. "add the route". */
const char *re_op_name(enum re_op_type op);

#endif /* controller/route-exchange-errors.h */
