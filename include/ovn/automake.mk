ovnincludedir = $(includedir)/ovn
ovninclude_HEADERS = include/ovn/ip-prefix.h include/ovn/route-exchange.h
