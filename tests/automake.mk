# tests: unit tests (cmocka, TAP) run by 'make check'; whole-daemon tests
# (Autotest) of the testsuites.
TEST_EXTENSIONS =
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
AM_TESTS_ENVIRONMENT = CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT;

UNIT_LIBS = lib/libovnroute.a $(OVS_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS = \
	tests/unit/test-hmap-roomy \
	tests/unit/test-ip-prefix \
	tests/unit/test-dynamic-routing \
	tests/unit/test-problem \
	tests/unit/test-backoff \
	tests/unit/test-sb-schema-extension
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
AM_CFLAGS += $(CMOCKA_CFLAGS)
noinst_HEADERS += tests/unit/unit.h

tests_unit_test_hmap_roomy_SOURCES = tests/unit/test-hmap-roomy.c
tests_unit_test_hmap_roomy_LDADD = $(UNIT_LIBS)
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

UNIT_TESTS += tests/unit/test-prefix-filter
tests_unit_test_prefix_filter_SOURCES = tests/unit/test-prefix-filter.c
tests_unit_test_prefix_filter_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test-ssl-files
tests_unit_test_ssl_files_SOURCES = tests/unit/test-ssl-files.c
tests_unit_test_ssl_files_LDADD = $(UNIT_LIBS)
tests_unit_test_ssl_files_LDFLAGS = \
	-Wl,--wrap=stream_ssl_set_key_and_cert \
	-Wl,--wrap=stream_ssl_set_ca_cert_file

UNIT_TESTS += tests/unit/test-metrics
tests_unit_test_metrics_SOURCES = tests/unit/test-metrics.c
tests_unit_test_metrics_LDADD = $(UNIT_LIBS)

# The plan.
PLAN_STAGE = tests/lib/plan-stage.c tests/lib/plan-stage.h
UNIT_TESTS += \
	tests/unit/test-route \
	tests/unit/test-route-random \
	tests/unit/test-route-scope
tests_unit_test_route_SOURCES = tests/unit/test-route.c $(PLAN_STAGE)
tests_unit_test_route_LDADD = controller/libroute.a $(UNIT_LIBS)
tests_unit_test_route_random_SOURCES = \
	tests/unit/test-route-random.c \
	tests/lib/history.c tests/lib/history.h $(PLAN_STAGE)
tests_unit_test_route_random_LDADD = controller/libroute.a $(UNIT_LIBS)
tests_unit_test_route_scope_SOURCES = \
	tests/unit/test-route-scope.c $(PLAN_STAGE)
tests_unit_test_route_scope_LDADD = controller/libroute.a $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test-route-gate
tests_unit_test_route_gate_SOURCES = tests/unit/test-route-gate.c
tests_unit_test_route_gate_LDADD = controller/libroute.a $(UNIT_LIBS)

UNIT_TESTS += \
	tests/unit/test-learn \
	tests/unit/test-learn-port \
	tests/unit/test-learn-rows
LEARN_TEST_SOURCES = \
	tests/lib/history.c tests/lib/history.h \
	tests/lib/learn-stage.c tests/lib/learn-stage.h
LEARN_WORLD_SOURCES = \
	tests/lib/learn-world.c tests/lib/learn-world.h \
	$(LEARN_TEST_SOURCES)
tests_unit_test_learn_SOURCES = \
	tests/unit/test-learn.c $(LEARN_WORLD_SOURCES)
tests_unit_test_learn_LDADD = controller/liblearn.a $(UNIT_LIBS)
tests_unit_test_learn_port_SOURCES = \
	tests/unit/test-learn-port.c $(LEARN_WORLD_SOURCES)
tests_unit_test_learn_port_LDADD = controller/liblearn.a $(UNIT_LIBS)
tests_unit_test_learn_rows_SOURCES = \
	tests/unit/test-learn-rows.c $(LEARN_TEST_SOURCES)
tests_unit_test_learn_rows_LDADD = controller/liblearn.a $(UNIT_LIBS)

# The engine, on the running kernel.
ENGINE_LIBS = controller/libroute-exchange.a $(UNIT_LIBS) $(MNL_LIBS)
ENGINE_TEST_SOURCES = \
	tests/lib/engine-direct.c \
	$(STAGE_SOURCES)
STAGE_SOURCES = \
	tests/lib/engine-stage.c tests/lib/engine-stage.h \
	tests/lib/fake-kernel.c tests/lib/fake-kernel.h \
	tests/lib/fake-kernel-private.h tests/lib/fake-transport.c \
	tests/lib/kernel-peer.c tests/lib/kernel-peer.h
UNIT_TESTS += \
	tests/unit/test-foreign \
	tests/unit/test-kernel-mirror \
	tests/unit/test-nl-route \
	tests/unit/test-nl-transport \
	tests/unit/test-retry-gate \
	tests/unit/test-route-exchange \
	tests/unit/test-route-exchange-faults \
	tests/unit/test-route-exchange-kernel \
	tests/unit/test-route-exchange-random \
	tests/unit/test-route-exchange-vrf
tests_unit_test_foreign_SOURCES = tests/unit/test-foreign.c
tests_unit_test_foreign_LDADD = $(ENGINE_LIBS)
tests_unit_test_kernel_mirror_SOURCES = tests/unit/test-kernel-mirror.c
tests_unit_test_kernel_mirror_LDADD = $(ENGINE_LIBS)
tests_unit_test_nl_route_SOURCES = tests/unit/test-nl-route.c
tests_unit_test_nl_route_LDADD = $(ENGINE_LIBS)
tests_unit_test_nl_transport_SOURCES = tests/unit/test-nl-transport.c
tests_unit_test_nl_transport_LDADD = $(ENGINE_LIBS)
tests_unit_test_nl_transport_LDFLAGS = \
	-Wl,--wrap=mnl_socket_open2 \
	-Wl,--wrap=mnl_socket_sendto \
	-Wl,--wrap=mnl_socket_recvfrom
tests_unit_test_retry_gate_SOURCES = tests/unit/test-retry-gate.c
tests_unit_test_retry_gate_LDADD = $(ENGINE_LIBS)
tests_unit_test_route_exchange_SOURCES = \
	tests/unit/test-route-exchange.c $(ENGINE_TEST_SOURCES)
tests_unit_test_route_exchange_LDADD = $(ENGINE_LIBS)
tests_unit_test_route_exchange_faults_SOURCES = \
	tests/unit/test-route-exchange-faults.c $(ENGINE_TEST_SOURCES)
tests_unit_test_route_exchange_faults_LDADD = $(ENGINE_LIBS)
tests_unit_test_route_exchange_random_SOURCES = \
	tests/lib/engine-history.c tests/lib/engine-history.h \
	tests/lib/history.c tests/lib/history.h \
	tests/unit/test-route-exchange-random.c $(ENGINE_TEST_SOURCES)
tests_unit_test_route_exchange_random_LDADD = $(ENGINE_LIBS)
tests_unit_test_route_exchange_vrf_SOURCES = \
	tests/unit/test-route-exchange-vrf.c $(ENGINE_TEST_SOURCES)
tests_unit_test_route_exchange_vrf_LDADD = $(ENGINE_LIBS)
tests_unit_test_route_exchange_kernel_SOURCES = \
	tests/unit/test-route-exchange-kernel.c \
	tests/lib/kernel-peer.c tests/lib/kernel-peer.h
tests_unit_test_route_exchange_kernel_LDADD = $(ENGINE_LIBS)

# Another program that embeds the engine, and the same stories told about it.
check_PROGRAMS += tests/embed-host/embed-host
tests_embed_host_embed_host_SOURCES = tests/embed-host/embed-host.c
tests_embed_host_embed_host_LDADD = $(ENGINE_LIBS)
EMBED_SOURCES = tests/embed-host/embed-proxy.c $(STAGE_SOURCES)
EMBED_CPPFLAGS = $(AM_CPPFLAGS) \
	-DEMBED_HOST='"$(abs_top_builddir)/tests/embed-host/embed-host"'
UNIT_TESTS += \
	tests/embed-host/test-embed-faults \
	tests/embed-host/test-embed-routes \
	tests/embed-host/test-embed-vrf
tests_embed_host_test_embed_faults_SOURCES = \
	tests/unit/test-route-exchange-faults.c $(EMBED_SOURCES)
tests_embed_host_test_embed_faults_CPPFLAGS = $(EMBED_CPPFLAGS)
tests_embed_host_test_embed_faults_LDADD = $(ENGINE_LIBS)
tests_embed_host_test_embed_routes_SOURCES = \
	tests/unit/test-route-exchange.c $(EMBED_SOURCES)
tests_embed_host_test_embed_routes_CPPFLAGS = $(EMBED_CPPFLAGS)
tests_embed_host_test_embed_routes_LDADD = $(ENGINE_LIBS)
tests_embed_host_test_embed_vrf_SOURCES = \
	tests/unit/test-route-exchange-vrf.c $(EMBED_SOURCES)
tests_embed_host_test_embed_vrf_CPPFLAGS = $(EMBED_CPPFLAGS)
tests_embed_host_test_embed_vrf_LDADD = $(ENGINE_LIBS)

# The pure part of ovn-route-northd.
NORTHD_LIBS = tests/lib/libnorthd-builder.a northd/libnorthd.a $(UNIT_LIBS)
check_LIBRARIES = tests/lib/libnorthd-builder.a
tests_lib_libnorthd_builder_a_SOURCES = \
	tests/lib/northd-builder.c tests/lib/northd-builder.h
UNIT_TESTS += \
	tests/unit/test-advertised-route \
	tests/unit/test-connected-routes \
	tests/unit/test-connection \
	tests/unit/test-dynamic-routing-port \
	tests/unit/test-host-routes \
	tests/unit/test-lb-routes \
	tests/unit/test-learned-nexthop \
	tests/unit/test-learned-random \
	tests/unit/test-learned-routes \
	tests/unit/test-nat-routes \
	tests/unit/test-static-routes
tests_unit_test_advertised_route_SOURCES = \
	tests/lib/history.c tests/lib/history.h \
	tests/unit/test-advertised-route.c
tests_unit_test_advertised_route_LDADD = $(NORTHD_LIBS)
tests_unit_test_connection_SOURCES = tests/unit/test-connection.c
tests_unit_test_connection_LDADD = $(NORTHD_LIBS)
tests_unit_test_connection_LDFLAGS = \
	-Wl,--wrap=ovsdb_idl_is_connected \
	-Wl,--wrap=ovsdb_idl_has_ever_connected \
	-Wl,--wrap=ovsdb_idl_get_last_error \
	-Wl,--wrap=time_msec
tests_unit_test_connected_routes_SOURCES = tests/unit/test-connected-routes.c
tests_unit_test_connected_routes_LDADD = $(NORTHD_LIBS)
tests_unit_test_dynamic_routing_port_SOURCES = \
	tests/unit/test-dynamic-routing-port.c
tests_unit_test_dynamic_routing_port_LDADD = $(NORTHD_LIBS)
tests_unit_test_host_routes_SOURCES = tests/unit/test-host-routes.c
tests_unit_test_host_routes_LDADD = $(NORTHD_LIBS)
tests_unit_test_lb_routes_SOURCES = tests/unit/test-lb-routes.c
tests_unit_test_lb_routes_LDADD = $(NORTHD_LIBS)
LEARNED_CLOUD = tests/lib/learned-cloud.c tests/lib/learned-cloud.h
tests_unit_test_learned_nexthop_SOURCES = \
	tests/unit/test-learned-nexthop.c $(LEARNED_CLOUD)
tests_unit_test_learned_nexthop_LDADD = $(NORTHD_LIBS)
tests_unit_test_learned_random_SOURCES = \
	tests/lib/history.c tests/lib/history.h \
	tests/unit/test-learned-random.c $(LEARNED_CLOUD)
tests_unit_test_learned_random_LDADD = $(NORTHD_LIBS)
tests_unit_test_learned_routes_SOURCES = \
	tests/unit/test-learned-routes.c $(LEARNED_CLOUD)
tests_unit_test_learned_routes_LDADD = $(NORTHD_LIBS)
tests_unit_test_nat_routes_SOURCES = tests/unit/test-nat-routes.c
tests_unit_test_nat_routes_LDADD = $(NORTHD_LIBS)
tests_unit_test_static_routes_SOURCES = tests/unit/test-static-routes.c
tests_unit_test_static_routes_LDADD = $(NORTHD_LIBS)
# The pure part of ovn-route-ctl.
EXPLAIN_LIBS = \
	utilities/libexplain.a controller/libroute.a $(NORTHD_LIBS)
UNIT_TESTS += \
	tests/unit/test-doctor \
	tests/unit/test-explain \
	tests/unit/test-frr-text \
	tests/unit/test-frr-uplink
tests_unit_test_doctor_SOURCES = tests/unit/test-doctor.c
tests_unit_test_doctor_LDADD = $(EXPLAIN_LIBS)
tests_unit_test_explain_SOURCES = tests/unit/test-explain.c
tests_unit_test_explain_LDADD = $(EXPLAIN_LIBS)
tests_unit_test_frr_text_SOURCES = tests/unit/test-frr-text.c
tests_unit_test_frr_text_LDADD = $(EXPLAIN_LIBS)
tests_unit_test_frr_uplink_SOURCES = tests/unit/test-frr-uplink.c
tests_unit_test_frr_uplink_LDADD = $(EXPLAIN_LIBS)
UNIT_TESTS += tests/unit/test-view-needs
tests_unit_test_view_needs_SOURCES = tests/unit/test-view-needs.c
tests_unit_test_view_needs_LDADD = $(NORTHD_LIBS)
UNIT_TESTS += tests/unit/test-router-check tests/unit/test-self-check
tests_unit_test_router_check_SOURCES = tests/unit/test-router-check.c
tests_unit_test_router_check_LDADD = $(NORTHD_LIBS)
tests_unit_test_self_check_SOURCES = tests/unit/test-self-check.c
tests_unit_test_self_check_LDADD = $(NORTHD_LIBS)

# Random histories: 'make check' plays hundreds of each kind, this plays as many
# as one likes.  A failure names its seed:
#     make check-histories HISTORIES=5000
#     SEED=4711 tests/unit/test-advertised-route         that one again
# Those with real databases take seconds each, so of them there are fewer.
HISTORY_TESTS = \
	tests/unit/test-advertised-route \
	tests/unit/test-learned-random \
	tests/unit/test-route-exchange-random \
	tests/unit/test-route-random
HISTORIES = 5000
check-histories: $(HISTORY_TESTS) all tests/atconfig tests/atlocal tests/testsuite
	@for test in $(HISTORY_TESTS); do \
	    SEEDS=$(HISTORIES) $$test || exit 1; \
	done
	@cd tests && NB_HISTORIES=$$(($(HISTORIES) / 200)) $(SHELL) ./testsuite -k history
.PHONY: check-histories

# Autotest suites.  'make check' runs the whole-daemon tests after the unit
# tests; 'make check-system' and 'make check-multinode' run those that need VRF
# devices and FRR, in namespaces or in a guest (tests/uml/run):
#     make check TESTSUITEFLAGS='-k northd -v'               only these, in detail
#     make check-multinode TESTSUITEFLAGS="-k 'bgp unnumbered' -v"
#     make check TESTSUITEFLAGS=--list                       what there is
# Results: tests/SUITE.log, and tests/SUITE.dir/NUMBER of failed tests.
AUTOM4TE = autom4te
AUTOTEST = $(AUTOM4TE) --cache=tests/autom4te.cache --language=autotest -I $(srcdir) -I tests

SUITES = tests/testsuite tests/system-testsuite tests/multinode-testsuite
SUITE_AT = \
	tests/controller-learn.at \
	tests/daemon-macros.at \
	tests/documentation.at \
	tests/hand-over.at \
	tests/multinode-explain.at \
	tests/multinode-learned.at \
	tests/multinode-macros.at \
	tests/multinode-testsuite.at \
	tests/multinode.at \
	tests/ovn-route-controller.at \
	tests/ovn-route-ctl.at \
	tests/frr-config.at \
	tests/ovn-route-northd.at \
	tests/northd-ha.at \
	tests/northd-learned.at \
	tests/northd-sources.at \
	tests/ovn-sbctl.at \
	tests/rbac.at \
	tests/system-testsuite.at \
	tests/system.at \
	tests/testsuite.at \
	tests/controller-gates.at \
	tests/controller-faults.at \
	tests/controller-metrics.at \
	tests/controller-scope.at \
	tests/units.at
SUITE_SHELL = \
	tests/common.sh tests/controller.sh tests/frr-host.sh tests/northd.sh \
	tests/fabric-frr.sh tests/fabric-learned.sh tests/learned.sh \
	tests/daemon.sh \
	tests/explain.sh \
	tests/fabric.sh \
	tests/faults.sh \
	tests/learn.sh \
	tests/check-packages \
	tests/packages.sh \
	tests/rbac.sh \
	tests/monitor-columns \
	tests/route-watch \
	tests/run-all \
	tests/story.sh \
	tests/uml/init \
	tests/uml/inside \
	tests/uml/run \
	tests/uml/suite
EXTRA_DIST += $(SUITE_AT) $(SUITE_SHELL) tests/atlocal.in

tests/package.m4: $(srcdir)/configure.ac
	$(AM_V_GEN){ \
	  echo 'm4_define([AT_PACKAGE_NAME], [$(PACKAGE_NAME)])'; \
	  echo 'm4_define([AT_PACKAGE_TARNAME], [$(PACKAGE_TARNAME)])'; \
	  echo 'm4_define([AT_PACKAGE_VERSION], [$(PACKAGE_VERSION)])'; \
	  echo 'm4_define([AT_PACKAGE_STRING], [$(PACKAGE_STRING)])'; \
	  echo 'm4_define([AT_PACKAGE_BUGREPORT], [$(PACKAGE_BUGREPORT)])'; } > $@.tmp && mv $@.tmp $@
$(SUITES): tests/package.m4 $(SUITE_AT)
	$(AM_V_GEN)$(AUTOTEST) -o $@.tmp $(srcdir)/$@.at && mv $@.tmp $@
CLEANFILES += tests/package.m4 $(SUITES)

CHECK_LOCAL += check-suite
check-suite: tests/atconfig tests/atlocal tests/testsuite
	cd tests && $(SHELL) ./testsuite $(or $(TESTSUITEFLAGS),-j2)

# All test programs, not run.
test-programs: all
	@$(MAKE) $(AM_MAKEFLAGS) $(check_PROGRAMS)
.PHONY: test-programs

# The results are left where those of 'make check' are.
run_in_place = $(srcdir)/tests/uml/run -t $(PLACE_SECONDS) -o tests/$@.out \
	  $(abs_top_srcdir)/tests/uml/suite $(abs_top_builddir) $(subst check-,,$@)-testsuite \
	  $(TESTSUITEFLAGS); \
	  status=$$?; cp -R tests/$@.out/*-testsuite.* tests/ 2> /dev/null; exit $$status
PLACE_SECONDS = 2400
# What is told about the engine on the guest's kernel, which has VRFs.
ENGINE_CASES = \
	tests/embed-host/embed-host \
	tests/embed-host/test-embed-vrf \
	tests/unit/test-route-exchange \
	tests/unit/test-route-exchange-faults \
	tests/unit/test-route-exchange-vrf
check-system: all $(ENGINE_CASES) tests/atconfig tests/atlocal tests/system-testsuite
	@rm -rf tests/system-testsuite.dir tests/system-testsuite.log tests/$@.out; $(run_in_place)
check-multinode: all tests/atconfig tests/atlocal tests/multinode-testsuite
	@rm -rf tests/multinode-testsuite.dir tests/multinode-testsuite.log tests/$@.out; $(run_in_place)
# The Debian packages: built, installed, upgraded, removed beside a stock OVN.
check-packages: ovs/stamp
	@$(srcdir)/tests/check-packages -o tests/$@.out -b ovs
.PHONY: check-suite check-system check-multinode check-packages

DISTCLEAN_LOCAL += distclean-suites
distclean-suites:
	rm -rf tests/autom4te.cache tests/*testsuite.dir tests/*testsuite.log \
	    tests/check-*.out tests/atconfig
.PHONY: distclean-suites

# The benchmark of ovn-route-northd:
#     make bench-northd BENCH_SIZES="1000 100000"
# tests/bench/northd has the other variables.
EXTRA_PROGRAMS += tests/bench/bench-northd
CLEANFILES += tests/bench/bench-northd
EXTRA_DIST += tests/bench/northd
tests_bench_bench_northd_SOURCES = \
	tests/bench/bench-northd.c tests/bench/bench-northd.h \
	tests/bench/bench-server.c \
	tests/bench/bench-world.c
tests_bench_bench_northd_LDADD = $(OVS_LIBS)
bench-northd: all tests/atconfig tests/atlocal tests/bench/bench-northd
	@abs_top_srcdir=$(abs_top_srcdir) abs_top_builddir=$(abs_top_builddir) \
	    BENCH_SIZES='$(BENCH_SIZES)' BENCH_KINDS='$(BENCH_KINDS)' \
	    BENCH_SHAPES='$(BENCH_SHAPES)' BENCH_STOCK='$(BENCH_STOCK)' \
	    BENCH_IDLE='$(BENCH_IDLE)' BENCH_LIMIT='$(BENCH_LIMIT)' \
	    BENCH_WRAP='$(BENCH_WRAP)' BENCH_KEEP='$(BENCH_KEEP)' \
	    $(srcdir)/tests/bench/northd
.PHONY: bench-northd

# The benchmark of the chassis' side, engine and daemon:
#     make bench-controller BENCH_SIZES="1000 100000" BENCH_ENGINE=1000000
# tests/bench/controller has the other variables.
EXTRA_DIST += tests/bench/controller tests/bench/bench-controller.py
bench-controller: all tests/atconfig tests/atlocal tests/bench/bench-engine
	@abs_top_srcdir=$(abs_top_srcdir) abs_top_builddir=$(abs_top_builddir) \
	    BENCH_SIZES='$(BENCH_SIZES)' BENCH_ENGINE='$(BENCH_ENGINE)' \
	    BENCH_BURST='$(BENCH_BURST)' BENCH_WRAP='$(BENCH_WRAP)' \
	    BENCH_KEEP='$(BENCH_KEEP)' $(srcdir)/tests/bench/controller
.PHONY: bench-controller
EXTRA_PROGRAMS += tests/bench/bench-engine
CLEANFILES += tests/bench/bench-engine
tests_bench_bench_engine_SOURCES = tests/bench/bench-engine.c
tests_bench_bench_engine_LDADD = $(ENGINE_LIBS)

# The benchmark of learned routes, from the kernel to the Northbound database:
#     make bench-learn BENCH_SIZES="1000 100000" BENCH_STOCK=1
# tests/bench/learn has the other variables.
EXTRA_DIST += tests/bench/learn tests/bench/learn.py
bench-learn: all tests/atconfig tests/atlocal
	@abs_top_srcdir=$(abs_top_srcdir) abs_top_builddir=$(abs_top_builddir) \
	    BENCH_SIZES='$(BENCH_SIZES)' BENCH_SHAPES='$(BENCH_SHAPES)' \
	    BENCH_STOCK='$(BENCH_STOCK)' BENCH_KEEP='$(BENCH_KEEP)' \
	    $(srcdir)/tests/bench/learn
.PHONY: bench-learn

# Fuzzing: targets for libFuzzer, and their corpora, which 'make check' replays.
# tests/fuzz/fuzz-northd-input.c says how to build for 'make fuzz'.
noinst_HEADERS += tests/fuzz/fuzz.h
check_PROGRAMS += tests/fuzz/replay-northd-input
TESTS += tests/fuzz/replay-northd-input
tests_fuzz_replay_northd_input_SOURCES = \
	tests/fuzz/replay.c tests/fuzz/fuzz-northd-input.c
tests_fuzz_replay_northd_input_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFUZZ_CORPUS='"$(abs_top_srcdir)/tests/fuzz/corpus/northd-input"'
tests_fuzz_replay_northd_input_LDADD = northd/libnorthd.a $(UNIT_LIBS)
EXTRA_PROGRAMS += tests/fuzz/fuzz-northd-input
CLEANFILES += tests/fuzz/fuzz-northd-input
tests_fuzz_fuzz_northd_input_SOURCES = tests/fuzz/fuzz-northd-input.c
tests_fuzz_fuzz_northd_input_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_northd_input_LDADD = northd/libnorthd.a $(UNIT_LIBS)
check_PROGRAMS += tests/fuzz/replay-netlink tests/fuzz/replay-reconcile
TESTS += tests/fuzz/replay-netlink tests/fuzz/replay-reconcile
tests_fuzz_replay_netlink_SOURCES = \
	tests/fuzz/replay.c tests/fuzz/fuzz-netlink.c
tests_fuzz_replay_netlink_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFUZZ_CORPUS='"$(abs_top_srcdir)/tests/fuzz/corpus/netlink"'
tests_fuzz_replay_netlink_LDADD = $(ENGINE_LIBS)
tests_fuzz_replay_reconcile_SOURCES = \
	tests/fuzz/replay.c tests/fuzz/fuzz-reconcile.c \
	tests/lib/engine-history.c tests/lib/engine-history.h \
	$(ENGINE_TEST_SOURCES)
tests_fuzz_replay_reconcile_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFUZZ_CORPUS='"$(abs_top_srcdir)/tests/fuzz/corpus/reconcile"'
tests_fuzz_replay_reconcile_LDADD = $(ENGINE_LIBS)
EXTRA_PROGRAMS += tests/fuzz/fuzz-netlink tests/fuzz/fuzz-reconcile
CLEANFILES += tests/fuzz/fuzz-netlink tests/fuzz/fuzz-reconcile
tests_fuzz_fuzz_netlink_SOURCES = tests/fuzz/fuzz-netlink.c
tests_fuzz_fuzz_netlink_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_netlink_LDADD = $(ENGINE_LIBS)
tests_fuzz_fuzz_reconcile_SOURCES = \
	tests/fuzz/fuzz-reconcile.c \
	tests/lib/engine-history.c tests/lib/engine-history.h \
	$(ENGINE_TEST_SOURCES)
tests_fuzz_fuzz_reconcile_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_reconcile_LDADD = $(ENGINE_LIBS)
EXTRA_DIST += tests/fuzz/corpus
FUZZ_SECONDS = 60
FUZZ_TARGETS = northd-input netlink reconcile
fuzz: all $(FUZZ_TARGETS:%=tests/fuzz/fuzz-%)
	@for target in $(FUZZ_TARGETS); do \
	    mkdir -p tests/fuzz/found/$$target && \
	    tests/fuzz/fuzz-$$target -max_len=4096 \
	        -max_total_time=$(FUZZ_SECONDS) tests/fuzz/found/$$target \
	        $(srcdir)/tests/fuzz/corpus/$$target || exit 1; \
	done
.PHONY: fuzz
