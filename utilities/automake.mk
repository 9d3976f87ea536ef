# utilities: operators' tools.
bin_PROGRAMS += utilities/ovn-sbctl
utilities_ovn_sbctl_SOURCES = utilities/ovn-sbctl.c
utilities_ovn_sbctl_LDADD = lib/libovnroute.a lib/libovnrouteidl.a $(OVS_LIBS)

# systemd units, with the paths of this build in them.
systemdsystemunitdir = $(prefix)/lib/systemd/system
UNITS = \
	utilities/ovn-route-controller.service \
	utilities/ovn-route-northd.service
systemdsystemunit_DATA = $(UNITS)
EXTRA_DIST += $(UNITS:=.in)
CLEANFILES += $(UNITS)
$(UNITS): %: $(srcdir)/%.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	$(SED) 's,[@]sbindir[@],$(sbindir),g' $(srcdir)/$@.in > $@.tmp && mv $@.tmp $@
