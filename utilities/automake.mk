# utilities: operators' tools.
bin_PROGRAMS += utilities/ovn-sbctl
utilities_ovn_sbctl_SOURCES = utilities/ovn-sbctl.c
utilities_ovn_sbctl_LDADD = lib/libovnroute.a lib/libovnrouteidl.a $(OVS_LIBS)
