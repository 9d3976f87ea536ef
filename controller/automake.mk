# controller

# The plan: pure, so that tests link it without a database or a kernel.
noinst_LIBRARIES += controller/libroute.a
controller_libroute_a_SOURCES = \
	controller/route.c controller/route.h \
	controller/route-facts.c controller/route-private.h \
	controller/route-gate.c controller/route-gate.h \
	controller/route-learn.c \
	controller/route-merge.c controller/route-merge.h \
	controller/route-scope.c controller/route-scope.h \
	controller/route-assign.c controller/route-assign.h

# Learning: pure, too.
noinst_LIBRARIES += controller/liblearn.a
controller_liblearn_a_SOURCES = \
	controller/learn.c controller/learn.h \
	controller/learn-claim.c \
	controller/learn-explain.c \
	controller/learn-hop.c \
	controller/learn-judge.c \
	controller/learn-port.c controller/learn-private.h \
	controller/learn-rows.c controller/learn-rows.h \
	controller/learn-rows-private.h controller/learn-rows-take.c \
	controller/learn-show.c

# The engine: include/ovn/route-exchange.h.  Programs that link it need
# lib/libovnroute.a, $(OVS_LIBS) and $(MNL_LIBS) as well.
noinst_LIBRARIES += controller/libroute-exchange.a
controller_libroute_exchange_a_SOURCES = \
	controller/kernel-mirror.c controller/kernel-mirror.h \
	controller/link-set.c controller/link-set.h \
	controller/neighbour-set.c controller/neighbour-set.h \
	controller/nexthop-set.c controller/nexthop-set.h \
	controller/retry-gate.c controller/retry-gate.h \
	controller/route-exchange.c \
	controller/route-exchange-engine.c \
	controller/route-exchange-engine.h \
	controller/route-exchange-errors.c \
	controller/route-exchange-errors.h \
	controller/route-exchange-foreign.c \
	controller/route-exchange-netlink.c \
	controller/route-exchange-report.c \
	controller/route-exchange-route.c \
	controller/route-exchange-slot.c \
	controller/route-exchange-vrf.c \
	controller/route-set.c controller/route-set.h

# The Southbound IDL, with less than lib/libovnrouteidl.a has, of which only the
# others are linked.  Generated code is not ours to lint.
SB_IDL_BUILT = controller/sb-idl.c controller/sb-idl.h
noinst_LIBRARIES += controller/libsbidl.a
nodist_controller_libsbidl_a_SOURCES = $(SB_IDL_BUILT)
controller_libsbidl_a_CFLAGS = $(SSL_CFLAGS) -w
BUILT_SOURCES += $(SB_IDL_BUILT)
CLEANFILES += $(SB_IDL_BUILT) controller/sb-idl.ovsidl
EXTRA_DIST += controller/sb-idl.ann
controller/sb-idl.ovsidl: lib/ovn-sb.ovsidl controller/sb-idl.ann
	$(AM_V_GEN)$(MKDIR_P) controller && $(OVSDB_IDLC) annotate $< $(srcdir)/controller/sb-idl.ann > $@.tmp && mv $@.tmp $@
controller/sb-idl.c: controller/sb-idl.ovsidl
	$(AM_V_GEN)$(OVSDB_IDLC) c-idl-source $< > $@.tmp && mv $@.tmp $@
controller/sb-idl.h: controller/sb-idl.ovsidl
	$(AM_V_GEN)$(OVSDB_IDLC) c-idl-header $< > $@.tmp && mv $@.tmp $@

sbin_PROGRAMS += controller/ovn-route-controller
controller_ovn_route_controller_SOURCES = \
	controller/ovn-route-controller.c controller/ovn-route-controller.h \
	controller/ovn-route-gate.c \
	controller/ovn-route-learn.c \
	controller/ovn-route-lock.c \
	controller/ovn-route-metrics.c \
	controller/ovn-route-options.c \
	controller/ovn-route-privileges.c \
	controller/ovn-route-report.c \
	controller/ovn-route-unixctl.c \
	controller/chassis-status.c controller/chassis-status.h \
	controller/datapath-view.c controller/datapath-view.h \
	controller/metrics-status.c controller/metrics-status.h \
	controller/ovs-view.c controller/ovs-view.h \
	controller/sb-learned-writer.c controller/sb-learned-writer.h \
	controller/sb-scope-view.c controller/sb-scope-view.h \
	controller/sb-view.c controller/sb-view.h
controller_ovn_route_controller_LDADD = \
	controller/libroute.a controller/liblearn.a \
	controller/libroute-exchange.a controller/libsbidl.a \
	lib/libovnrouteidl.a lib/libovnroute.a \
	$(OVS_LIBS) $(MNL_LIBS)
