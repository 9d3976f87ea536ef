/* replay.c: gives a fuzz target the files of its corpus, without libFuzzer,
 * and reports in TAP: a regression test of all that fuzzing ever found.  The
 * corpus is the directory FUZZ_CORPUS, or those files that are arguments. */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "sset.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

static void
replay(const char *name)
{
    FILE *file = fopen(name, "rb");
    size_t size = 0, allocated = 1 << 16;
    char *data = xmalloc(allocated);

    if (!file) {
        ovs_fatal(errno, "%s: cannot open", name);
    }
    for (;;) {
        size_t n = fread(data + size, 1, allocated - size, file);

        if (!n) {
            break;
        }
        size += n;
        if (size == allocated) {
            data = xrealloc(data, allocated *= 2);
        }
    }
    fclose(file);
    /* A copy of the exact size, so that reading beyond it shows. */
    data = xrealloc(data, MAX(size, 1));
    LLVMFuzzerTestOneInput((const uint8_t *) data, size);
    free(data);
}

int
main(int argc, char *argv[])
{
    struct sset files = SSET_INITIALIZER(&files);
    const char **sorted;
    size_t n;

    set_program_name(argv[0]);
    for (int i = 1; i < argc; i++) {
        sset_add(&files, argv[i]);
    }
    if (argc < 2) {
        DIR *dir = opendir(FUZZ_CORPUS);
        struct dirent *entry;

        if (!dir) {
            ovs_fatal(errno, "%s: cannot open", FUZZ_CORPUS);
        }
        while ((entry = readdir(dir))) {
            if (entry->d_name[0] != '.') {
                sset_add_and_free(&files, xasprintf("%s/%s", FUZZ_CORPUS,
                                                    entry->d_name));
            }
        }
        closedir(dir);
    }

    n = sset_count(&files);
    sorted = sset_sort(&files);
    printf("1..%"PRIuSIZE"\n", n);
    for (size_t i = 0; i < n; i++) {
        replay(sorted[i]);
        printf("ok %"PRIuSIZE" - %s\n", i + 1, sorted[i]);
    }
    free(sorted);
    sset_destroy(&files);
    return n ? EXIT_SUCCESS : EXIT_FAILURE;
}
