/* nl-transport.c: calls through the vtable.  See the header. */
#include <config.h>
#include "lib/nl-transport.h"

#include "util.h"

void
nl_transport_close(struct nl_transport *transport)
{
    if (transport) {
        transport->class->close(transport);
    }
}

void
nl_transport_submit(struct nl_transport *transport, void *msgs, size_t len,
                    size_t n)
{
    if (n) {
        transport->class->submit(transport, msgs, len, n);
    }
}

int
nl_transport_dump(struct nl_transport *transport, struct nlmsghdr *request)
{
    return transport->class->dump(transport, request);
}

int
nl_transport_join(struct nl_transport *transport, int group)
{
    return transport->class->join(transport, group);
}

bool
nl_transport_recv(struct nl_transport *transport, struct nl_report *report)
{
    return transport->class->recv(transport, report);
}

void
nl_transport_wait(struct nl_transport *transport)
{
    transport->class->wait(transport);
}
