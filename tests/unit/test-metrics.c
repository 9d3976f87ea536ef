/* test-metrics.c: unit tests of lib/open-metrics and lib/http-get. */
#include <config.h>
#include "lib/open-metrics.h"

#include <string.h>

#include "lib/http-get.h"
#include "openvswitch/dynamic-string.h"
#include "tests/unit/unit.h"
#include "util.h"

static void
expect_text(struct ds *ds, const char *text)
{
    assert_string_equal(ds_cstr(ds), text);
    ds_destroy(ds);
    ds_init(ds);
}

static void
samples_have_labels_and_plain_numbers(void **state OVS_UNUSED)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    open_metrics_family(&ds, "x_seconds", "gauge", "Help.");
    open_metrics_sample(&ds, "x_seconds", 0.25, NULL);
    open_metrics_sample(&ds, "x_seconds", 9007199254740991.0, "a", "b", NULL);
    open_metrics_sample(&ds, "x_seconds", -3, "a", "\"\\", "c", "\n\xff", NULL);
    open_metrics_end(&ds);
    expect_text(&ds,
                "# TYPE x_seconds gauge\n"
                "# UNIT x_seconds seconds\n"
                "# HELP x_seconds Help.\n"
                "x_seconds 0.25\n"
                "x_seconds{a=\"b\"} 9007199254740991\n"
                "x_seconds{a=\"\\\"\\\\\",c=\"??\"} -3\n"
                "# EOF\n");
}

static void
states_are_one_of_a_set(void **state OVS_UNUSED)
{
    static const char *const states[] = { "off", "on" };
    struct ds ds = DS_EMPTY_INITIALIZER;

    open_metrics_states(&ds, "s", states, 2, "on");
    expect_text(&ds, "s{s=\"off\"} 0\ns{s=\"on\"} 1\n");
}

static void
histogram_counts_upwards(void **state OVS_UNUSED)
{
    struct open_metrics_histogram h = { .n = 0 };
    struct ds ds = DS_EMPTY_INITIALIZER;

    open_metrics_observe(&h, -1);
    open_metrics_observe(&h, 0.0025);
    open_metrics_observe(&h, 2);
    open_metrics_observe(&h, 1000);
    open_metrics_histogram(&ds, "h", &h);
    expect_text(&ds,
                "h_bucket{le=\"0.001\"} 1\nh_bucket{le=\"0.0025\"} 2\n"
                "h_bucket{le=\"0.005\"} 2\nh_bucket{le=\"0.01\"} 2\n"
                "h_bucket{le=\"0.025\"} 2\nh_bucket{le=\"0.05\"} 2\n"
                "h_bucket{le=\"0.1\"} 2\nh_bucket{le=\"0.5\"} 2\n"
                "h_bucket{le=\"1.0\"} 2\nh_bucket{le=\"5.0\"} 3\n"
                "h_bucket{le=\"30.0\"} 3\nh_bucket{le=\"+Inf\"} 4\n"
                "h_count 4\nh_sum 1002.0025\n");
}

static void
requests_are_judged(void **state OVS_UNUSED)
{
    static const struct {
        const char *request;
        int status;
    } cases[] = {
        { "", 0 },
        { "GET /metrics HTTP/1.1\r\n", 0 },
        { "GET /metrics HTTP/1.1\r\nHost: x\r\n", 0 },
        { "GET /metrics HTTP/1.1\r\n\r", 0 },
        { "GET /metrics HTTP/1.1\r\n\r\n", 200 },
        { "GET /metrics HTTP/1.0\n\n", 200 },
        { "GET /metrics?a=b HTTP/1.0\n\n", 200 },
        { "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\nmore", 200 },
        { "HEAD /metrics HTTP/1.1\r\n\r\n", 200 },
        { "GET / HTTP/1.1\r\n\r\n", 404 },
        { "GET /metricsx HTTP/1.1\r\n\r\n", 404 },
        { "GET /metric HTTP/1.1\r\n\r\n", 404 },
        { "POST /metrics HTTP/1.1\r\n\r\n", 405 },
        { "GET /metrics HTTP/2.0\r\n\r\n", 505 },
        { "GET /metrics\r\n\r\n", 400 },
        { "GET  /metrics HTTP/1.1\r\n\r\n", 400 },
        { "GET /metrics HTTP/1.1 x\r\n\r\n", 400 },
        { "GET /metrics HTTX/1.1\r\n\r\n", 400 },
        { "GET /metrics HTTP/1.10\r\n\r\n", 400 },
        { "\r\n\r\n", 400 },
        { " \n\n", 400 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t n = strlen(cases[i].request);
        bool head;
        /* So that a sanitizer sees what is read beyond the end. */
        char *copy = xmemdup(cases[i].request, MAX(n, 1));

        print_message("# %s\n", cases[i].request);
        assert_int_equal(http_get_parse(copy, n, "/metrics", &head),
                         cases[i].status);
        if (cases[i].status == 200) {
            assert_int_equal(head, cases[i].request[0] == 'H');
        }
        free(copy);
    }
}

static void
long_requests_are_refused(void **state OVS_UNUSED)
{
    static char request[HTTP_GET_MAX + 10];
    bool head;

    memset(request, 'a', sizeof request);
    assert_int_equal(http_get_parse(request, HTTP_GET_MAX - 1, "/", &head), 0);
    assert_int_equal(http_get_parse(request, HTTP_GET_MAX, "/", &head), 431);
    memcpy(&request[HTTP_GET_MAX], "\n\n", 2);
    assert_int_equal(http_get_parse(request, sizeof request, "/", &head), 431);
}

static void
answers_have_their_length(void **state OVS_UNUSED)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    http_get_put_head(&ds, 200, "text/x", 17);
    expect_text(&ds, "HTTP/1.1 200 OK\r\nContent-Type: text/x\r\n"
                "Content-Length: 17\r\nConnection: close\r\n\r\n");
    http_get_put_error(&ds, 405);
    expect_text(&ds, "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\n"
                "Content-Type: text/plain\r\nContent-Length: 19\r\n"
                "Connection: close\r\n\r\nMethod Not Allowed\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_have_labels_and_plain_numbers),
        cmocka_unit_test(states_are_one_of_a_set),
        cmocka_unit_test(histogram_counts_upwards),
        cmocka_unit_test(requests_are_judged),
        cmocka_unit_test(long_requests_are_refused),
        cmocka_unit_test(answers_have_their_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
