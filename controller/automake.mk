# controller

# The plan: pure, so that tests link it without a database or a kernel.
noinst_LIBRARIES += controller/libroute.a
controller_libroute_a_SOURCES = \
	controller/route.c controller/route.h \
	controller/route-facts.c controller/route-private.h \
	controller/route-merge.c controller/route-merge.h \
	controller/route-assign.c controller/route-assign.h
