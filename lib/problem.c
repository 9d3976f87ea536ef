/* problem.c: a set of problem reports.  See the header. */
#include <config.h>
#include "lib/problem.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "openvswitch/dynamic-string.h"
#include "smap.h"
#include "util.h"

/* What problem_set_to_smap() shows at most. */
#define MAX_SHOWN 10
#define MAX_SHOWN_LEN 400

void
problem_set_init(struct problem_set *set)
{
    hmap_init(&set->problems);
    hmap_init(&set->sources);
    hmap_init(&set->gone);
    set->round = 0;
    set->seqno = 0;
    set->announced_seqno = 0;
}

static void
problem_free(struct problem *problem)
{
    free(problem->object);
    free(problem->text);
    free(problem);
}

/* Takes 'problem' out of 'set'.  If it was logged, it is kept until that it went
 * is logged, too. */
static void
problem_remove(struct problem_set *set, struct problem *problem)
{
    uint32_t hash = problem->node.hash;

    hmap_remove(&set->problems, &problem->node);
    ovs_list_remove(&problem->source_node);
    set->seqno++;
    if (problem->logged) {
        hmap_insert(&set->gone, &problem->node, hash);
    } else {
        problem_free(problem);
    }
}

void
problem_set_destroy(struct problem_set *set)
{
    struct problem_source *source;
    struct problem *problem;

    HMAP_FOR_EACH_SAFE (problem, node, &set->problems) {
        problem_remove(set, problem);
    }
    HMAP_FOR_EACH_POP (problem, node, &set->gone) {
        problem_free(problem);
    }
    HMAP_FOR_EACH_POP (source, node, &set->sources) {
        free(source->name);
        free(source);
    }
    hmap_destroy(&set->problems);
    hmap_destroy(&set->sources);
    hmap_destroy(&set->gone);
}

static struct problem_source *
source_find(const struct problem_set *set, const char *name)
{
    struct problem_source *source;

    HMAP_FOR_EACH_WITH_HASH (source, node, hash_string(name, 0),
                             &set->sources) {
        if (!strcmp(source->name, name)) {
            return source;
        }
    }
    return NULL;
}

static struct problem_source *
source_get(struct problem_set *set, const char *name)
{
    struct problem_source *source = source_find(set, name);

    if (!source) {
        source = xmalloc(sizeof *source);
        source->name = xstrdup(name);
        ovs_list_init(&source->problems);
        hmap_insert(&set->sources, &source->node, hash_string(name, 0));
    }
    return source;
}

static uint32_t
problem_hash(const char *source, const char *object)
{
    return hash_string(source, hash_string(object, 0));
}

static struct problem *
find_in(const struct hmap *problems, const char *source, const char *object)
{
    struct problem *problem;

    HMAP_FOR_EACH_WITH_HASH (problem, node, problem_hash(source, object),
                             problems) {
        if (!strcmp(problem->source, source)
            && !strcmp(problem->object, object)) {
            return problem;
        }
    }
    return NULL;
}

static struct problem *
problem_find(const struct problem_set *set, const char *source,
             const char *object)
{
    return find_in(&set->problems, source, object);
}

/* Returns a new problem in 'set', or one that went and whose going has not been
 * logged yet. */
static struct problem *
problem_add(struct problem_set *set, const char *source_name,
            const char *object)
{
    struct problem_source *source = source_get(set, source_name);
    struct problem *problem = find_in(&set->gone, source_name, object);

    if (problem) {
        hmap_remove(&set->gone, &problem->node);
        set->seqno++;
    } else {
        problem = xzalloc(sizeof *problem);
        problem->source = source->name;
        problem->object = xstrdup(object);
    }
    ovs_list_push_back(&source->problems, &problem->source_node);
    hmap_insert(&set->problems, &problem->node,
                problem_hash(source_name, object));
    return problem;
}

bool
problem_report(struct problem_set *set, const char *source,
               const char *object, const char *format, ...)
{
    struct problem *problem = problem_find(set, source, object);
    va_list args;
    char *text;

    va_start(args, format);
    text = xvasprintf(format, args);
    va_end(args);

    if (!problem) {
        problem = problem_add(set, source, object);
    }
    problem->round = set->round;
    if (problem->text && !strcmp(problem->text, text)) {
        free(text);
        return false;
    }
    free(problem->text);
    problem->text = text;
    problem->announced = false;
    set->seqno++;
    return true;
}

void
problem_resolve(struct problem_set *set, const char *source,
                const char *object)
{
    struct problem *problem = problem_find(set, source, object);

    if (problem) {
        problem_remove(set, problem);
    }
}

void
problem_set_begin(struct problem_set *set)
{
    set->round++;
}

void
problem_set_end(struct problem_set *set, const char *name)
{
    const struct problem_source *source = source_find(set, name);
    struct problem *problem;

    if (source) {
        LIST_FOR_EACH_SAFE (problem, source_node, &source->problems) {
            if (problem->round != set->round) {
                problem_remove(set, problem);
            }
        }
    }
}

void
problem_set_announce(struct problem_set *set,
                     void (*announce)(const struct problem *),
                     void (*gone)(const struct problem *))
{
    struct problem *problem;

    if (set->announced_seqno == set->seqno) {
        return;
    }
    set->announced_seqno = set->seqno;
    HMAP_FOR_EACH_POP (problem, node, &set->gone) {
        gone(problem);
        problem_free(problem);
    }
    HMAP_FOR_EACH (problem, node, &set->problems) {
        if (!problem->announced) {
            problem->announced = problem->logged = true;
            announce(problem);
        }
    }
}

size_t
problem_set_count(const struct problem_set *set)
{
    return hmap_count(&set->problems);
}

static int
compare_problems(const void *a_, const void *b_)
{
    const struct problem *const *a = a_, *const *b = b_;
    int cmp = strcmp((*a)->source, (*b)->source);

    return cmp ? cmp : strcmp((*a)->object, (*b)->object);
}

const struct problem **
problem_set_sorted(const struct problem_set *set)
{
    const struct problem **sorted
        = xmalloc(MAX(problem_set_count(set), 1) * sizeof *sorted);
    const struct problem *problem;
    size_t n = 0;

    HMAP_FOR_EACH (problem, node, &set->problems) {
        sorted[n++] = problem;
    }
    qsort(sorted, n, sizeof *sorted, compare_problems);
    return sorted;
}

/* What the kernel says, or half a character at the end, may be no UTF-8. */
static void
make_ascii(char *text)
{
    for (; *text; text++) {
        if (*text < ' ' || *text > '~') {
            *text = '?';
        }
    }
}

void
problem_set_to_smap(const struct problem_set *set, struct smap *smap)
{
    const struct problem **sorted = problem_set_sorted(set);
    size_t n = problem_set_count(set);

    smap_add_format(smap, "problems", "%"PRIuSIZE, n);
    for (size_t i = 0; i < MIN(n, MAX_SHOWN); i++) {
        char *key = xasprintf("problem-%"PRIuSIZE, i + 1);
        char *text = xasprintf("%s: %s", sorted[i]->object, sorted[i]->text);

        if (strlen(text) > MAX_SHOWN_LEN) {
            strcpy(&text[MAX_SHOWN_LEN - 3], "...");
        }
        make_ascii(text);
        smap_add_nocopy(smap, key, text);
    }
    free(sorted);
}

void
problem_set_format(const struct problem_set *set, struct ds *ds)
{
    const struct problem **sorted = problem_set_sorted(set);

    for (size_t i = 0; i < problem_set_count(set); i++) {
        ds_put_format(ds, "%s: %s\n", sorted[i]->object, sorted[i]->text);
    }
    free(sorted);
}
