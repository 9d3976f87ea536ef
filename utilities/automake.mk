# utilities: operators' tools.
bin_PROGRAMS += utilities/ovn-sbctl
utilities_ovn_sbctl_SOURCES = utilities/ovn-sbctl.c
utilities_ovn_sbctl_LDADD = $(SB_IDL_LIBS) $(OVS_LIBS)
utilities_ovn_sbctl_LDFLAGS = $(SB_IDL_LINK)
