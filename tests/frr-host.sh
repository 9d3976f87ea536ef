# frr-host.sh: words for tests that run FRR itself, without a VRF in the kernel: FRR
# can take network namespaces for VRFs (zebra -n), so that one zebra and one bgpd are
# a gateway with the VRF ovnvrf10 and the switches tor1 and tor2.
#
#     namespace ovnvrf10                         namespace torN
#     ext0-bgp  10.1.0.3, 2001:db8:1::3  ------  dn1  10.1.0.1, 2001:db8:1::1
#     ext1-bgp                           ------  dn2
#
# All of it lives in one process' namespaces for mounts and networks, with its own
# /run and /etc/frr: the FRR of the machine, if it has one, is not touched.
# Sourced after daemon.sh.

# frr_host_possible: false (the test should then be skipped) where that does not work.
frr_host_possible() {
    test "$(id -u)" = 0 && test -x /usr/lib/frr/bgpd && command -v vtysh && unshare -m -n true
}
frr_host_start() {
    unshare -m -n sh -c 'mount --make-rprivate / && mount -t tmpfs none /run &&
        mount -t tmpfs none /etc/frr && mkdir /run/frr /run/netns &&
        chown frr:frr /run/frr /etc/frr && : > /etc/frr/vtysh.conf &&
        ip link set lo up && echo $$ > frr.pid && exec sleep 86400' &
    on_exit "daemon_stop $ovs_base/frr.pid sleep"
    wait_until "daemon_alive $ovs_base/frr.pid sleep" &&
    frr_host_wire 1 ext0-bgp && frr_host_wire 2 ext1-bgp || return 1
    in_frr ip -n ovnvrf10 addr add 10.1.0.3/24 dev ext0-bgp &&
    in_frr ip -n ovnvrf10 addr add 2001:db8:1::3/64 dev ext0-bgp nodad &&
    in_frr ip -n tor1 addr add 10.1.0.1/24 dev dn1 &&
    in_frr ip -n tor1 addr add 2001:db8:1::1/64 dev dn1 nodad &&
    frr_host_daemon zebra -n && frr_host_daemon bgpd && frr_host_daemon bfdd &&
    wait_until "in_vtysh 'show vrf' | grep -c netns/ | grep -x 3"
}

# frr_host_wire N DEVICE: torN at the other end of the gateway's DEVICE.  In between is
# a bridge, so that a link can fail in silence.
frr_host_wire() {
    local ns
    for ns in ovnvrf10 tor$1; do
        in_frr test -e /run/netns/$ns || in_frr ip netns add $ns && in_frr ip -n $ns link set lo up || return 1
    done
    in_frr ip link add br$1 type bridge && in_frr ip link set br$1 up &&
    frr_host_plug ovnvrf10 $2 br$1 && frr_host_plug tor$1 dn$1 br$1
}

frr_host_plug() {
    in_frr ip link add $2 netns $1 type veth peer name $2-far &&
    in_frr ip link set $2-far master $3 up && in_frr ip -n $1 link set $2 up
}

frr_host_daemon() {
    local name=$1
    shift
    in_frr /usr/lib/frr/$name -d -A 127.0.0.1 -f /dev/null --log file:/run/frr/$name.log "$@" 2> $name.start ||
        { cat $name.start; return 1; }
    on_exit "daemon_stop /proc/$(cat frr.pid)/root/run/frr/$name.pid $name"
}

# in_frr CMD...: runs CMD there.  in_vtysh COMMAND...: the commands of vtysh.
in_frr() {
    nsenter -t "$(cat "$ovs_base/frr.pid")" -m -n "$@"
}
in_vtysh() {
    local command
    for command; do
        shift
        set -- "$@" -c "$command"
    done
    in_frr vtysh "$@"
}
# frr_load FILE: not a word from FRR but that on graceful restart.
frr_load() {
    in_frr vtysh -f "$PWD/$1" > load.out 2>&1 || { cat load.out; return 1; }
    ! grep -v '^Graceful restart configuration changed' load.out
}

# frr_tors: both announce the same two networks, tor2 over its interface.
frr_tors() {
    local n
    for n in 1 2; do
        cat <<CONF
router bgp 4200000${n}00 vrf tor$n
 bgp router-id $n.$n.$n.$n
 no bgp ebgp-requires-policy
 no bgp network import-check
CONF
        frr_tor_neighbors_$n
        cat <<CONF
 address-family ipv4 unicast
  network 10.99.0.0/24
 exit-address-family
 address-family ipv6 unicast
  network 2001:db8:99::/48
 exit-address-family
exit
CONF
    done > tors.conf
    frr_load tors.conf
}
frr_tor_neighbors_1() {
    cat <<CONF
 neighbor 10.1.0.3 remote-as external
 neighbor 10.1.0.3 timers connect 1
 neighbor 10.1.0.3 bfd
 neighbor 2001:db8:1::3 remote-as external
 neighbor 2001:db8:1::3 timers connect 1
 neighbor 2001:db8:1::3 bfd
 address-family ipv4 unicast
  no neighbor 2001:db8:1::3 activate
 exit-address-family
 address-family ipv6 unicast
  neighbor 2001:db8:1::3 activate
 exit-address-family
CONF
}
frr_tor_neighbors_2() {
    cat <<CONF
 neighbor dn2 interface remote-as external
 neighbor dn2 timers connect 1
 neighbor dn2 bfd
 address-family ipv6 unicast
  neighbor dn2 activate
 exit-address-family
CONF
}

# frr_sessions: those of the gateway, with how often they have ended.
frr_sessions() {
    in_vtysh 'show bgp vrf ovnvrf10 neighbors json' | $PYTHON3 -c '
import json, sys
for name, about in sorted(json.load(sys.stdin).items()):
    if isinstance(about, dict):
        print(name, about["bgpState"], about["connectionsDropped"])'
}
frr_established() {
    test "$(frr_sessions | grep -c Established)" = $1
}
