# Documentation: manual pages, and pages that sphinx builds.
dist_man_MANS += \
	Documentation/ovn-route-controller.8 \
	Documentation/ovn-route-ctl.8 \
	Documentation/ovn-route-northd.8

# 'make html-pages' builds them in Documentation/html.
PAGES = \
	Documentation/embedding.rst \
	Documentation/frr.rst \
	Documentation/getting-started.rst \
	Documentation/how-it-works.rst \
	Documentation/index.rst \
	Documentation/monitoring.rst \
	Documentation/options.rst \
	Documentation/packages.rst \
	Documentation/schema.rst \
	Documentation/security.rst \
	Documentation/sizing.rst \
	Documentation/troubleshooting.rst \
	Documentation/upgrade.rst
EXTRA_DIST += Documentation/conf.py $(PAGES) build-aux/check-docs
html-pages:
	sphinx-build -W -n -q -b html -d Documentation/doctrees \
	    $(srcdir)/Documentation Documentation/html
DISTCLEAN_LOCAL += distclean-html
distclean-html:
	rm -rf Documentation/html Documentation/doctrees
.PHONY: html-pages distclean-html

# A manual page that groff warns of fails 'make check'.
CHECK_LOCAL += check-man
check-man:
	$(AM_V_GEN)command -v man >/dev/null || { echo "check-man: no 'man' here, pages not checked"; exit 0; }; \
	for page in $(dist_man_MANS); do \
	    warnings=`MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 $(srcdir)/$$page 2>&1 >/dev/null` && \
	    test -z "$$warnings" || { echo "$$page: $$warnings"; exit 1; }; \
	done
.PHONY: check-man
