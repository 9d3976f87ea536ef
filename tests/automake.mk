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

# Autotest suites.  'make check' runs the whole-daemon tests after the unit
# tests:
#     make check TESTSUITEFLAGS='-k northd -v'     only these, with details
#     make check TESTSUITEFLAGS=--list             what there is
# Results: tests/testsuite.log, and tests/testsuite.dir/NUMBER of failed tests.
AUTOM4TE = autom4te
AUTOTEST = $(AUTOM4TE) --cache=tests/autom4te.cache --language=autotest -I $(srcdir) -I tests
TESTSUITEFLAGS = -j2

SUITE_SHELL = tests/common.sh tests/daemon.sh
TESTSUITE_AT = \
	tests/testsuite.at \
	tests/daemon-macros.at \
	tests/ovn-sbctl.at \
	tests/ovn-route-northd.at \
	tests/ovn-route-controller.at
EXTRA_DIST += $(SUITE_SHELL) $(TESTSUITE_AT) tests/atlocal.in

tests/package.m4: $(srcdir)/configure.ac
	$(AM_V_GEN){ \
	  echo 'm4_define([AT_PACKAGE_NAME], [$(PACKAGE_NAME)])'; \
	  echo 'm4_define([AT_PACKAGE_TARNAME], [$(PACKAGE_TARNAME)])'; \
	  echo 'm4_define([AT_PACKAGE_VERSION], [$(PACKAGE_VERSION)])'; \
	  echo 'm4_define([AT_PACKAGE_STRING], [$(PACKAGE_STRING)])'; \
	  echo 'm4_define([AT_PACKAGE_BUGREPORT], [$(PACKAGE_BUGREPORT)])'; } > $@.tmp && mv $@.tmp $@
tests/testsuite: tests/package.m4 $(TESTSUITE_AT)
	$(AM_V_GEN)$(AUTOTEST) -o $@.tmp $(srcdir)/tests/testsuite.at && mv $@.tmp $@
CLEANFILES += tests/package.m4 tests/testsuite

CHECK_LOCAL += check-suite
check-suite: tests/atconfig tests/atlocal tests/testsuite
	cd tests && $(SHELL) ./testsuite $(TESTSUITEFLAGS)
.PHONY: check-suite

DISTCLEAN_LOCAL += distclean-suites
distclean-suites:
	rm -rf tests/autom4te.cache tests/testsuite.dir tests/testsuite.log tests/atconfig
.PHONY: distclean-suites
