ovnincludedir = $(includedir)/ovn
ovninclude_HEADERS = include/ovn/route-exchange.h
