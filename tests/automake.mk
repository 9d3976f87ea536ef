# tests: unit tests (cmocka, TAP) run by 'make check'; whole-daemon tests
# (Autotest) of the testsuites.
TEST_EXTENSIONS =
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
AM_TESTS_ENVIRONMENT = CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT;

UNIT_LIBS = lib/libovnroute.a $(OVS_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS = \
	tests/unit/test-ip-prefix \
	tests/unit/test-dynamic-routing \
	tests/unit/test-problem \
	tests/unit/test-backoff \
	tests/unit/test-sb-schema-extension
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
AM_CFLAGS += $(CMOCKA_CFLAGS)
noinst_HEADERS += tests/unit/unit.h

tests_unit_test_ip_prefix_SOURCES = tests/unit/test-ip-prefix.c
tests_unit_test_ip_prefix_LDADD = $(UNIT_LIBS)
tests_unit_test_dynamic_routing_SOURCES = tests/unit/test-dynamic-routing.c
tests_unit_test_dynamic_routing_LDADD = $(UNIT_LIBS)
tests_unit_test_problem_SOURCES = tests/unit/test-problem.c
tests_unit_test_problem_LDADD = $(UNIT_LIBS)
tests_unit_test_backoff_SOURCES = tests/unit/test-backoff.c
tests_unit_test_backoff_LDADD = $(UNIT_LIBS)
tests_unit_test_sb_schema_extension_SOURCES = tests/unit/test-sb-schema-extension.c
tests_unit_test_sb_schema_extension_LDADD = $(UNIT_LIBS)
