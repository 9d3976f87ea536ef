# northd: ovn-route-northd.  All but the daemon itself is in a library, for the
# unit tests.
noinst_LIBRARIES += northd/libnorthd.a
northd_libnorthd_a_SOURCES = \
	northd/advertised-route.c northd/advertised-route.h \
	northd/advertised-route-set.c \
	northd/connected-routes.c northd/connected-routes.h \
	northd/connection-status.c northd/connection-status.h \
	northd/demand-view.c northd/demand-view.h \
	northd/dynamic-routing-port.c northd/dynamic-routing-port.h \
	northd/host-routes.c northd/host-routes.h \
	northd/lb-routes.c northd/lb-routes.h \
	northd/lb-vip.c northd/lb-vip.h \
	northd/learned-address.c northd/learned-check.c \
	northd/learned-claims.c northd/learned-facts.c \
	northd/learned-holder.c \
	northd/learned-mark.c northd/learned-mark.h \
	northd/learned-nexthop.c northd/learned-nexthop.h \
	northd/learned-private.h \
	northd/learned-report.c \
	northd/learned-routes.c northd/learned-routes.h \
	northd/nat-routes.c northd/nat-routes.h \
	northd/nb-learned-writer.c northd/nb-learned-writer.h \
	northd/nb-view.c northd/nb-view.h \
	northd/northd-status.c northd/northd-status.h \
	northd/route-source.c northd/route-source.h \
	northd/sb-chassis-writer.c northd/sb-chassis-writer.h \
	northd/sb-learned-writer.c northd/sb-learned-writer.h \
	northd/sb-nexthop-writer.c northd/sb-nexthop-writer.h \
	northd/router-check.c northd/router-check.h \
	northd/sb-problem-writer.c northd/sb-problem-writer.h \
	northd/sb-port-writer.c northd/sb-port-writer.h \
	northd/sb-route-writer.c northd/sb-route-writer.h \
	northd/sb-schema.c northd/sb-schema.h \
	northd/sb-source-view.c northd/sb-source-view.h \
	northd/sb-view.c northd/sb-view.h \
	northd/sb-writer.c northd/sb-writer.h \
	northd/self-check.c northd/self-check.h \
	northd/static-routes.c northd/static-routes.h \
	northd/txn-writer.c northd/txn-writer.h \
	northd/view.c northd/view.h northd/view-private.h \
	northd/view-host.c northd/view-host.h \
	northd/view-lb.c northd/view-lb-health.c northd/view-lb.h \
	northd/view-lookup.c \
	northd/view-nat.c \
	northd/view-needs.c northd/view-needs.h \
	northd/view-route.c northd/view-route.h \
	northd/view-switch.c

bin_PROGRAMS += northd/ovn-route-northd
northd_ovn_route_northd_SOURCES = \
	northd/ovn-route-northd.c northd/ovn-route-northd.h \
	northd/ovn-route-options.c \
	northd/ovn-route-unixctl.c
northd_ovn_route_northd_LDADD = \
	northd/libnorthd.a lib/libovnroute.a lib/libovnrouteidl.a $(OVS_LIBS)
