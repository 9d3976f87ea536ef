# utilities: operators' tools.
bin_PROGRAMS += utilities/ovn-sbctl
utilities_ovn_sbctl_SOURCES = utilities/ovn-sbctl.c
utilities_ovn_sbctl_LDADD = lib/libovnroute.a lib/libovnrouteidl.a $(OVS_LIBS)

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
