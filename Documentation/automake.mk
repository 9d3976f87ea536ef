# Documentation: manual pages.
dist_man_MANS += \
	Documentation/ovn-route-controller.8 \
	Documentation/ovn-route-northd.8

EXTRA_DIST += Documentation/embedding.rst

# A manual page that groff warns of fails 'make check'.
CHECK_LOCAL += check-man
check-man:
	$(AM_V_GEN)command -v man >/dev/null || { echo "check-man: no 'man' here, pages not checked"; exit 0; }; \
	for page in $(dist_man_MANS); do \
	    warnings=`MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 $(srcdir)/$$page 2>&1 >/dev/null` && \
	    test -z "$$warnings" || { echo "$$page: $$warnings"; exit 1; }; \
	done
.PHONY: check-man
