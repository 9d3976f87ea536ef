/* problem -- what is wrong, in the operator's terms.
 *
 * Pure code and adapters report problems instead of logging.  A problem names
 * the object, says what is wrong with which value, and what to do; the daemon
 * logs each once when it appears and once when it goes, shows them by unixctl
 * and puts them in the status row.
 *
 * A problem is known by its source and object: reporting the same (source,
 * object) again replaces the text.  A source is the part of the program that
 * can also take its problems back, e.g. "nat" or "kernel".
 *
 * Ownership: the set copies what it is given.  Order: problem_set_sorted() is
 * stable.  Cost: O(1) expected per report; a source's name is kept once, so
 * sources should be few.  Single-threaded.
 */
#ifndef PROBLEM_H
#define PROBLEM_H 1

#include <stdbool.h>
#include <stddef.h>

#include "openvswitch/compiler.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"

struct ds;
struct smap;

/* What a set knows of one source. */
struct problem_source {
    struct hmap_node node;      /* In struct problem_set's 'sources'. */
    char *name;
    struct ovs_list problems;   /* Of struct problem, by 'source_node'. */
};

struct problem {
    struct hmap_node node;      /* In struct problem_set's 'problems'. */
    struct ovs_list source_node; /* In its source's 'problems', but not of one
                                  * that is gone. */
    const char *source;         /* The part of us that reports, e.g. "nat";
                                 * belongs to the set. */
    char *object;               /* E.g. "Logical_Router lr0". */
    char *text;                 /* What is wrong with which value; remedy. */
    unsigned int round;         /* Of the set, when last reported. */
    bool announced;             /* Has been logged, with this text... */
    bool logged;                /* ...or with any. */
};

struct problem_set {
    struct hmap problems;       /* Of struct problem, by source and object. */
    struct hmap sources;        /* Of struct problem_source, by name. */
    unsigned int round;         /* See problem_set_begin(). */
    struct hmap gone;           /* Of those that were logged and went since. */
    unsigned int announced_seqno; /* See problem_set_announce(). */
    unsigned int seqno;         /* Changes when a problem comes, changes its
                                 * text, or goes. */
};

void problem_set_init(struct problem_set *);
void problem_set_destroy(struct problem_set *);

/* Reports that 'object' has the problem 'format'.  True if that is news: the
 * problem is new or its text changed. */
bool problem_report(struct problem_set *, const char *source,
                    const char *object, const char *format, ...)
    OVS_PRINTF_FORMAT(4, 5);

/* Takes back the problem of 'source' with 'object', if there is one. */
void problem_resolve(struct problem_set *, const char *source,
                     const char *object);

/* Between problem_set_begin() and problem_set_end(), 'source' reports all that
 * is wrong now; problem_set_end() resolves what it did not report again.  Cost:
 * O(problems of 'source'). */
void problem_set_begin(struct problem_set *);
void problem_set_end(struct problem_set *, const char *source);

/* Calls 'announce' once for each problem that was not announced yet or has
 * another text since, and 'gone' once for each that was and is no more; one that
 * went and came back in between was there all the time.  Cost: O(problems), or
 * O(1) if nothing changed. */
void problem_set_announce(struct problem_set *,
                          void (*announce)(const struct problem *),
                          void (*gone)(const struct problem *));

size_t problem_set_count(const struct problem_set *);

/* Returns a malloc()'d array of the set's problems, sorted by source and
 * object, of problem_set_count() elements; valid until the set changes. */
const struct problem **problem_set_sorted(const struct problem_set *);

/* Adds to 'smap' what a row of status shows: the number of problems, "problems",
 * and the first few, sorted, in the form "OBJECT: TEXT", cut if they are long:
 * "problem-1", "problem-2" ...  Values are in printable ASCII: an OVSDB server
 * closes the connection of a client that sends what is no UTF-8. */
void problem_set_to_smap(const struct problem_set *, struct smap *);

/* Appends one line "OBJECT: TEXT" per problem, sorted. */
void problem_set_format(const struct problem_set *, struct ds *);

#endif /* lib/problem.h */
