# faults.sh: the frame of a test that does harm to ovn-route-controller.
# Sourced after daemon.sh; where there is no northd, controller.sh is, too.
#
#     fault_begin                 all is well
#     fault ip route flush ...    harm, in the namespace: in the name of others
#     ...                         any other harm
#     fault_end                   all is well again, by itself; and no wanted
#                                 route was withdrawn meanwhile

# fault CMD...: runs CMD in the namespace.  Routes that it deletes are not held
# against the daemon.
fault() {
    in_ns sh -c 'echo $$ >> '"$ovs_base"'/fault.pids; exec "$@"' sh "$@"
}

# fault_sync [CHASSIS]: the barrier, with or without northd.
fault_sync() {
    if daemon_alive "$ovs_base/ovn-route-northd.pid" ovn-route-northd; then
        route_sync ${1:-hv1}
    else
        sb_sync
    fi
}

# fault_begin: waits until all is settled, and sets the witness (route-watch).
fault_begin() {
    rm -f fault.seen fault.pid
    : > fault.pids
    in_ns sh -c 'echo $$ > fault.pid; exec "$0" "$@"' \
        "$PYTHON3" "$abs_top_srcdir/tests/route-watch" fault.seen fault.pids 2> fault.err &
    on_exit "fault_witness_stop" &&
    wait_until "test -e fault.seen" || { cat fault.err; return 1; }
}
# Named after its interpreter, whose name may have a version.
fault_witness_stop() {
    local pid
    pid=$(cat "$ovs_base/fault.pid") && grep -q route-watch "/proc/$pid/cmdline" && kill "$pid"
}

# fault_tell SIGNAL: what the witness has seen up to now, in fault.seen.
fault_tell() {
    local pid
    rm -f fault.seen
    pid=$(cat fault.pid) && kill "-$1" "$pid" && wait_until "test -e fault.seen"
}

# fault_settled CHASSIS: nothing is left to be done, and the daemon says so.
fault_settled() {
    fault_sync ${1:-} &&
    wait_until 'ovn-appctl -t ovn-route-controller status | grep "^state: settled" &&
                ovn-appctl -t ovn-route-controller delta/show > fault.delta &&
                test ! -s fault.delta'
}

# fault_messages: how many changes the daemon has asked the kernel for.
fault_messages() {
    ovn-appctl -t ovn-route-controller kernel/stats | grep ' messages: '
}

# fault_end [CHASSIS]: the three questions (of hv1).  Has it converged?  Was no wanted route
# withdrawn meanwhile?  Does reading and planning everything anew change
# nothing?  $fault_allow may hold lines of the witness that are as they should be.
fault_end() {
    local before events
    fault_settled ${1:-} || { echo "it did not converge"; cat fault.delta; return 1; }
    fault_tell USR1 || return 1
    ! grep '^flap\|^lost' fault.seen | grep -vxF "${fault_allow:-nothing}" || { echo "wanted routes were withdrawn, or the witness lost sight"; return 1; }
    events=$(grep '^events' fault.seen)
    before=$(fault_messages) &&
    ovn-appctl -t ovn-route-controller recompute &&
    ovn-appctl -t ovn-route-controller resync &&
    fault_settled ${1:-} || { echo "it did not settle after a recompute"; cat fault.delta; return 1; }
    test "$(fault_messages)" = "$before" || { echo "a recompute sent messages: $before, then" $(fault_messages); return 1; }
    fault_tell TERM || return 1
    test "$(grep '^events' fault.seen)" = "$events" || { echo "routes changed with a recompute"; return 1; }
}
