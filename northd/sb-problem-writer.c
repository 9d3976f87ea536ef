/* sb-problem-writer.c: problems in Route_Exchange_Global.  See the header. */
#include <config.h>
#include "northd/sb-problem-writer.h"

#include <string.h>

#include "lib/ovn-sb-idl.h"
#include "lib/problem.h"
#include "openvswitch/poll-loop.h"
#include "smap.h"
#include "timeval.h"
#include "util.h"

/* The least time between two writes, so that many problems that come and go
 * cost little. */
#define INTERVAL_MS 1000

void
sb_problem_writer_register(struct ovsdb_idl *idl)
{
    ovsdb_idl_add_column(idl, &sbrec_route_exchange_global_col_external_ids);
    ovsdb_idl_omit_alert(idl, &sbrec_route_exchange_global_col_external_ids);
}

static bool
is_pending(const struct sb_problem_writer *pw, const struct ovsdb_idl *idl,
           const struct problem_set *problems)
{
    return ((!pw->shown || pw->seqno != problems->seqno)
            && sbrec_route_exchange_global_first(idl));
}

bool
sb_problem_writer_is_due(const struct sb_problem_writer *pw,
                         const struct ovsdb_idl *idl,
                         const struct problem_set *problems)
{
    return is_pending(pw, idl, problems) && time_msec() >= pw->next;
}

size_t
sb_problem_writer_flush(struct sb_problem_writer *pw,
                        const struct ovsdb_idl *idl,
                        const struct problem_set *problems)
{
    const struct sbrec_route_exchange_global *global
        = sbrec_route_exchange_global_first(idl);
    struct smap ids = SMAP_INITIALIZER(&ids);
    const struct smap_node *node;
    size_t n = 0;

    if (!sb_problem_writer_is_due(pw, idl, problems)) {
        return 0;
    }
    SMAP_FOR_EACH (node, &global->external_ids) {
        if (strncmp(node->key, "problem", strlen("problem"))) {
            smap_add(&ids, node->key, node->value);
        }
    }
    problem_set_to_smap(problems, &ids);
    if (!smap_equal(&ids, &global->external_ids)) {
        sbrec_route_exchange_global_set_external_ids(global, &ids);
        n++;
    }
    smap_destroy(&ids);
    pw->shown = true;
    pw->seqno = problems->seqno;
    pw->next = time_msec() + INTERVAL_MS;
    return n;
}

void
sb_problem_writer_forget(struct sb_problem_writer *pw)
{
    pw->shown = false;
}

void
sb_problem_writer_wait(const struct sb_problem_writer *pw,
                       const struct ovsdb_idl *idl,
                       const struct problem_set *problems)
{
    if (is_pending(pw, idl, problems)) {
        poll_timer_wait_until(pw->next);
    }
}
