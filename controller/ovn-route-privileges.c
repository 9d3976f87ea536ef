/* ovn-route-privileges.c: what ovn-route-controller may do when it does not run
 * as root.
 *
 * libopenvswitch's --user leaves the rights that ovs-vswitchd needs.  Here one
 * is enough, for the routes and devices of this network namespace. */
#include <config.h>
#include "controller/ovn-route-controller.h"

#include <errno.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifdef HAVE_LIBCAP_NG
#include <cap-ng.h>
#endif

#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(privileges);

void
controller_drop_privileges(void)
{
    if (!geteuid()) {
        return;                 /* The service manager decides. */
    }
#ifdef HAVE_LIBCAP_NG
    if (!capng_get_caps_process()) {
        bool has = capng_have_capability(CAPNG_PERMITTED, CAP_NET_ADMIN);

        capng_clear(CAPNG_SELECT_CAPS);
        if (has) {
            capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
                         CAP_NET_ADMIN);
        }
        if (capng_apply(CAPNG_SELECT_CAPS)) {
            VLOG_WARN("could not give up all rights but CAP_NET_ADMIN (%s)",
                      ovs_strerror(errno));
        }
    }
#endif
    /* Nothing is executed, so this costs nothing. */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) {
        VLOG_WARN("could not set no_new_privs (%s)", ovs_strerror(errno));
    }
}
