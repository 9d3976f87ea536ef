/* learn-stage.c: see the header. */
#include <config.h>
#include "tests/lib/learn-stage.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "svec.h"
#include "tests/unit/unit.h"
#include "util.h"
#include "uuid.h"

struct stage_row {
    struct ovs_list node;       /* In struct learn_stage's 'table'. */
    struct uuid uuid, datapath;
    struct learn_row_key key;
    struct learn_row_value value;
    bool ours;
};

struct uuid
stage_uuid(unsigned int n)
{
    struct uuid uuid = { .parts = { n, 0, 0, 0 } };

    return uuid;
}

struct learn_row_key
stage_key(unsigned int n, const char *prefix, const char *nexthop)
{
    struct learn_row_key key;
    struct ip_prefix host;

    memset(&key, 0, sizeof key);
    key.port = stage_uuid(n);
    assert_int_equal(ip_prefix_parse(prefix, &key.prefix, NULL), 0);
    assert_int_equal(ip_prefix_parse(nexthop, &host, NULL), 0);
    key.family = host.family;
    memcpy(key.nexthop, host.addr, sizeof key.nexthop);
    return key;
}

void
learn_stage_init(struct learn_stage *stage)
{
    memset(stage, 0, sizeof *stage);
    stage->rows = learn_rows_create();
    ovs_list_init(&stage->table);
    stage->now = 1000000;
}

void
learn_stage_destroy(struct learn_stage *stage)
{
    struct stage_row *row;

    learn_rows_destroy(stage->rows);
    LIST_FOR_EACH_POP (row, node, &stage->table) {
        free(row);
    }
}

static void
state(struct learn_stage *stage, const struct stage_row *row)
{
    learn_rows_set_actual(stage->rows, &row->uuid, &row->datapath, &row->key,
                          &row->value, row->ours);
}

void
learn_stage_feed(struct learn_stage *stage)
{
    const struct stage_row *row;

    learn_rows_begin_full(stage->rows);
    LIST_FOR_EACH (row, node, &stage->table) {
        state(stage, row);
    }
    learn_rows_end_full(stage->rows);
}

void
learn_stage_restart(struct learn_stage *stage)
{
    learn_rows_destroy(stage->rows);
    stage->rows = learn_rows_create();
    learn_stage_feed(stage);
}

static struct stage_row *
find_row(const struct learn_stage *stage, const struct uuid *uuid)
{
    struct stage_row *row;

    LIST_FOR_EACH (row, node, &stage->table) {
        if (uuid_equals(&row->uuid, uuid)) {
            return row;
        }
    }
    return NULL;
}

static void
do_op(struct learn_stage *stage, const struct learn_row_op *op)
{
    struct stage_row *row;

    if (op->type == LEARN_ROW_INSERT) {
        row = xzalloc(sizeof *row);
        row->uuid = stage_uuid(++stage->last_row);
        ovs_list_push_back(&stage->table, &row->node);
    } else {
        row = find_row(stage, &op->uuid);
        assert_non_null(row);
    }
    if (op->type == LEARN_ROW_DELETE) {
        learn_rows_remove_actual(stage->rows, &row->uuid, stage->now);
        ovs_list_remove(&row->node);
        free(row);
        return;
    }
    row->datapath = op->datapath;
    row->key = op->key;
    row->value = op->value;
    row->ours = true;
    state(stage, row);
}

void
learn_stage_write(struct learn_stage *stage, bool fail)
{
    struct learn_row_op ops[64];
    size_t n = learn_rows_take(stage->rows, stage->now, ops,
                               ARRAY_SIZE(ops));

    stage->n_txns += n > 0;
    stage->n_ops += n;
    for (size_t i = 0; !fail && i < n; i++) {
        do_op(stage, &ops[i]);
    }
    learn_rows_done(stage->rows, stage->now);
}

void
learn_stage_pass(struct learn_stage *stage, long long int ms)
{
    long long int end = stage->now + ms;

    for (;;) {
        long long int due = learn_rows_next_due(stage->rows);

        if (due > end) {
            break;
        }
        stage->now = MAX(stage->now, due);
        learn_stage_write(stage, false);
    }
    stage->now = end;
}

void
learn_stage_delete_all(struct learn_stage *stage)
{
    struct stage_row *row;

    LIST_FOR_EACH_POP (row, node, &stage->table) {
        learn_rows_remove_actual(stage->rows, &row->uuid, stage->now);
        free(row);
    }
}

void
learn_stage_put(struct learn_stage *stage, const struct learn_row_key *key,
                bool ours)
{
    struct stage_row *row = xzalloc(sizeof *row);

    row->uuid = stage_uuid(++stage->last_row);
    row->datapath = stage_uuid(100);
    row->key = *key;
    row->value.weight = 1;
    row->ours = ours;
    ovs_list_push_back(&stage->table, &row->node);
    state(stage, row);
}

static char *
row_text(const struct stage_row *row)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    char buf[INET6_ADDRSTRLEN];

    ds_put_format(&ds, "%u ", row->key.port.parts[0]);
    ip_prefix_put(&row->key.prefix, &ds);
    ds_put_format(&ds, " %s", inet_ntop(row->key.family, row->key.nexthop,
                                        buf, sizeof buf));
    if (row->value.weight != 1) {
        ds_put_format(&ds, " weight=%d", row->value.weight);
    }
    if (row->value.mac[0]) {
        ds_put_format(&ds, " mac=%s", row->value.mac);
    }
    return ds_steal_cstr(&ds);
}

char *
learn_stage_text(const struct learn_stage *stage)
{
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    const struct stage_row *row;
    char *text;

    LIST_FOR_EACH (row, node, &stage->table) {
        svec_add_nocopy(&lines, row_text(row));
    }
    svec_sort(&lines);
    text = svec_join(&lines, "\n", "");
    svec_destroy(&lines);
    return text;
}

void
learn_stage_assert_at(const struct learn_stage *stage, const char *want_,
                      const char *file, int line)
{
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    char *have = learn_stage_text(stage);
    char *want;

    for (const char *p = want_; *p; p += strcspn(p, "\n"), p += *p == '\n') {
        svec_add_nocopy(&lines, xmemdup0(p, strcspn(p, "\n")));
    }
    svec_sort(&lines);
    want = svec_join(&lines, "\n", "");
    svec_destroy(&lines);
    _assert_string_equal(have, want, file, line);
    free(want);
    free(have);
}
