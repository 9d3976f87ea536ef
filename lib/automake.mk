# lib: values and codecs that both daemons share, and the IDL.
noinst_LIBRARIES += lib/libovnroute.a lib/libovnrouteidl.a
lib_libovnroute_a_SOURCES = \
	lib/allocator.c lib/allocator.h \
	lib/backoff.c lib/backoff.h \
	lib/dynamic-routing.c lib/dynamic-routing.h \
	lib/hmap-roomy.h \
	lib/http-get.c lib/http-get.h \
	lib/ip-prefix.c lib/ip-prefix.h \
	lib/nl-message.h \
	lib/nl-nexthop.c lib/nl-nexthop.h \
	lib/nl-route.c lib/nl-route.h \
	lib/nl-transport.c lib/nl-transport.h \
	lib/nl-transport-mnl.c \
	lib/open-metrics.c lib/open-metrics.h \
	lib/ovn-dirs.c lib/ovn-dirs.h \
	lib/prefix-filter.c lib/prefix-filter.h \
	lib/problem.c lib/problem.h \
	lib/sb-schema-extension.c lib/sb-schema-extension.h \
	lib/socket-access.c lib/socket-access.h \
	lib/ssl-files.c lib/ssl-files.h
nodist_lib_libovnroute_a_SOURCES = lib/sb-schema-extension-tables.c

# The database client, made to see what an online conversion adds.  It takes the
# place of the one in libopenvswitch.a because it is linked first.
CLEANFILES += lib/ovsdb-cs-fixed.c lib/ovsdb-cs-fixed.$(OBJEXT)
lib/ovsdb-cs-fixed.c: build-aux/fix-ovsdb-cs | ovs/stamp
	$(AM_V_GEN)mkdir -p lib && $(PYTHON3) $(srcdir)/build-aux/fix-ovsdb-cs \
	    ovs/src/lib/ovsdb-cs.c > $@.tmp && mv $@.tmp $@
lib/ovsdb-cs-fixed.$(OBJEXT): lib/ovsdb-cs-fixed.c
	$(AM_V_CC)$(COMPILE) -w -c -o $@ lib/ovsdb-cs-fixed.c

# The tables that we add to the Southbound schema exist once, as JSON; the
# programs carry it as a string.
EXTRA_DIST += lib/sb-schema-extension.json
CLEANFILES += lib/sb-schema-extension-tables.c
lib/sb-schema-extension-tables.c: lib/sb-schema-extension.json
	$(AM_V_GEN)mkdir -p lib && { \
	  echo '#include <config.h>'; \
	  echo '#include "lib/sb-schema-extension.h"'; \
	  echo 'const char sb_schema_extension_json[] ='; \
	  $(SED) 's/[\\"]/\\&/g; s/^/    "/; s/$$/\\n"/' $(srcdir)/lib/sb-schema-extension.json; \
	  echo '    ;'; } > $@.tmp && mv $@.tmp $@

# Extends the installed stock schema at build time, with the code that does it
# at run time.
pkglibexec_PROGRAMS += lib/extend-sb-schema
lib_extend_sb_schema_SOURCES = lib/extend-sb-schema.c
lib_extend_sb_schema_LDADD = lib/libovnroute.a $(OVS_LIBS)

# These are built before BUILT_SOURCES are complete, for their sake.
$(lib_libovnroute_a_OBJECTS) $(nodist_lib_libovnroute_a_OBJECTS) \
$(lib_extend_sb_schema_OBJECTS): | ovs/stamp

pkgdata_DATA += lib/ovn-sb.ovsschema
CLEANFILES += lib/ovn-sb.ovsschema lib/ovn-nb.ovsschema lib/vswitch.ovsschema
lib/ovn-sb.ovsschema: lib/extend-sb-schema$(EXEEXT) $(OVN_SCHEMAS)/ovn-sb.ovsschema
	$(AM_V_GEN)$(MKDIR_P) lib && lib/extend-sb-schema $(OVN_SCHEMAS)/ovn-sb.ovsschema > $@.tmp && mv $@.tmp $@
lib/ovn-nb.ovsschema: $(OVN_SCHEMAS)/ovn-nb.ovsschema
	$(AM_V_GEN)$(MKDIR_P) lib && cp $< $@
lib/vswitch.ovsschema: $(OVS_SCHEMAS)/vswitch.ovsschema
	$(AM_V_GEN)$(MKDIR_P) lib && cp $< $@

IDL_BUILT = \
	lib/ovn-nb-idl.c lib/ovn-nb-idl.h \
	lib/ovn-sb-idl.c lib/ovn-sb-idl.h \
	lib/vswitch-idl.c lib/vswitch-idl.h
nodist_lib_libovnrouteidl_a_SOURCES = $(IDL_BUILT)
# Generated code is not ours to lint.
lib_libovnrouteidl_a_CFLAGS = $(SSL_CFLAGS) -w
BUILT_SOURCES += $(IDL_BUILT)
CLEANFILES += $(IDL_BUILT) lib/ovn-nb.ovsidl lib/ovn-sb.ovsidl lib/vswitch.ovsidl
EXTRA_DIST += lib/ovn-nb-idl.ann lib/ovn-sb-idl.ann lib/vswitch-idl.ann

lib/%.ovsidl: lib/%.ovsschema lib/%-idl.ann | ovs/stamp
	$(AM_V_GEN)$(MKDIR_P) lib && $(OVSDB_IDLC) annotate $< $(srcdir)/lib/$*-idl.ann > $@.tmp && mv $@.tmp $@
lib/%-idl.c: lib/%.ovsidl
	$(AM_V_GEN)$(OVSDB_IDLC) c-idl-source $< > $@.tmp && mv $@.tmp $@
lib/%-idl.h: lib/%.ovsidl
	$(AM_V_GEN)$(OVSDB_IDLC) c-idl-header $< > $@.tmp && mv $@.tmp $@
