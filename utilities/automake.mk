# utilities: operators' tools.
bin_PROGRAMS += utilities/ovn-sbctl
utilities_ovn_sbctl_SOURCES = utilities/ovn-sbctl.c
utilities_ovn_sbctl_LDADD = lib/libovnroute.a lib/libovnrouteidl.a $(OVS_LIBS)

# ovn-route-ctl.  What decides something is pure and in a library, for the unit
# tests; the rules of both daemons are theirs.
noinst_LIBRARIES += utilities/libexplain.a
utilities_libexplain_a_SOURCES = \
	utilities/doctor.c utilities/doctor.h \
	utilities/explain.c utilities/explain.h \
	utilities/explain-chassis.c utilities/explain-chassis.h \
	utilities/explain-frr.c utilities/explain-frr.h \
	utilities/explain-kernel.c utilities/explain-kernel.h \
	utilities/explain-learned.c utilities/explain-learned.h \
	utilities/explain-option.c \
	utilities/explain-plan.c utilities/explain-plan.h \
	utilities/explain-source.c utilities/explain-source.h \
	utilities/frr-render.c utilities/frr-render.h \
	utilities/frr-text.c utilities/frr-text.h \
	utilities/frr-uplink.c utilities/frr-uplink.h \
	utilities/sb-facts.c utilities/sb-facts.h \
	utilities/show.c utilities/show.h
bin_PROGRAMS += utilities/ovn-route-ctl
utilities_ovn_route_ctl_SOURCES = \
	utilities/ovn-route-ctl.c utilities/ovn-route-ctl.h \
	utilities/ovn-route-ctl-db.c \
	utilities/ovn-route-ctl-doctor.c \
	utilities/ovn-route-ctl-drain.c \
	utilities/ovn-route-ctl-explain.c \
	utilities/ovn-route-ctl-frr.c \
	utilities/ovn-route-ctl-host.c \
	utilities/ovn-route-ctl-purge.c \
	utilities/ovn-route-ctl-schema.c \
	utilities/ovn-route-ctl-show.c \
	utilities/ovn-route-ctl-ssl.c \
	utilities/sb-facts-view.c utilities/sb-facts-view.h
utilities_ovn_route_ctl_CPPFLAGS = \
	$(AM_CPPFLAGS) -DPKGDATADIR='"$(pkgdatadir)"' \
	-DLOCALSTATEDIR='"$(localstatedir)"'
utilities_ovn_route_ctl_LDADD = \
	utilities/libexplain.a northd/libnorthd.a controller/libroute.a \
	lib/libovnroute.a lib/libovnrouteidl.a $(OVS_LIBS)

# Completion, under the name by which bash finds it.
bashcompdir = $(datadir)/bash-completion/completions
bashcomp_DATA = utilities/completions/ovn-route-ctl
EXTRA_DIST += utilities/ovn-route-ctl.bash
CLEANFILES += utilities/completions/ovn-route-ctl
utilities/completions/ovn-route-ctl: utilities/ovn-route-ctl.bash
	$(AM_V_GEN)$(MKDIR_P) $(@D) && cp $(srcdir)/utilities/ovn-route-ctl.bash $@

# What is in place of @NAME@ in the files below is of this build.
SUBSTITUTE = $(SED) \
	-e 's,[@]bindir[@],$(bindir),g' \
	-e 's,[@]sbindir[@],$(sbindir),g' \
	-e 's,[@]localstatedir[@],$(localstatedir),g' \
	-e 's,[@]pkglibexecdir[@],$(pkglibexecdir),g' \
	-e 's,[@]OVN_SCHEMAS[@],$(OVN_SCHEMAS),g'

# systemd units.
systemdsystemunitdir = $(prefix)/lib/systemd/system
UNITS = \
	utilities/ovn-route-controller.service \
	utilities/ovn-route-northd.service
systemdsystemunit_DATA = $(UNITS)
EXTRA_DIST += $(UNITS:=.in)
CLEANFILES += $(UNITS)
$(UNITS): %: $(srcdir)/%.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	$(SUBSTITUTE) $(srcdir)/$@.in > $@.tmp && mv $@.tmp $@

# Keeps the schema for 'ovn-ctl --db-sb-schema=' that of the installed OVN.
pkglibexec_SCRIPTS += utilities/sb-schema-refresh
EXTRA_DIST += utilities/sb-schema-refresh.in
CLEANFILES += utilities/sb-schema-refresh
utilities/sb-schema-refresh: $(srcdir)/utilities/sb-schema-refresh.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	$(SUBSTITUTE) $(srcdir)/$@.in > $@.tmp && chmod +x $@.tmp && mv $@.tmp $@
