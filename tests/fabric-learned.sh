# fabric-learned.sh: words for the fabric tests of learning: what the ToRs announce,
# and what becomes of it.  Sourced after fabric.sh, story.sh and fabric-frr.sh.
#
# Both ToRs have 10.99.0.1 and 2001:db8:99::1, as if they led to the same servers.
# Each gateway's router has no other way there than what it learns from its ToR, and
# failing that a default route to the other gateway.
#
# The VM's network has IPv6, too: 2001:db8:10::10, which the gateways announce
# without NAT.
#
#       tor-N       2001:db8:99::1                          (numbered: 2001:db8:N::1)
#       ovn-gw-N    link-local addresses           (2001:db8:N::2, FRR 2001:db8:N::3)
#         | 2001:db8:64::1N
#       lr-guest    2001:db8:64::1, 2001:db8:10::1
#         |
#       guest-vm    2001:db8:10::10

# learning_fabric MODE: the fabric that fabric_start has made, turned on.
learning_fabric() {
    local n gw announce
    for n in 1 2; do
        gw=ovn-gw-$n
        ovn-nbctl lr-route-del lr-$gw-ext0 0.0.0.0/0 &&
        ovn-nbctl lr-route-add lr-$gw-ext0 0.0.0.0/0 100.64.0.1$((3 - n)) lrp-$gw-to-join || return 1
    done
    vm_ipv6 && floating_ip_add && story_turn_on $1 && in_parallel tor_networks_$1 1 2 || return 1
    # What it learned must not become static routes to announce: the filter would
    # let them pass.
    announce='permit 172.16.10.0/24 ge 32, permit 2001:db8:10::/64'
    announce="$announce, permit 10.99.0.0/24, permit 2001:db8:99::/48"
    for n in 1 2; do
        gw=ovn-gw-$n
        ovn-nbctl set Logical_Router lr-$gw-ext0 \
            options:dynamic-routing-advertise-prefixes="\"$announce\"" \
            -- set Logical_Router_Port lrp-$gw-ext0 options:dynamic-routing-redistribute=static \
            -- set Logical_Router_Port lrp-$gw-to-join \
               'options:dynamic-routing-redistribute="nat,static"' || return 1
    done
    story_reachable
    for n in 1 2; do
        expect '2001:db8:10::/64 .*proto bgp' "ip -n tor-$n -6 route"
    done
}

# vm_ipv6: addresses and routes from the VM up to the gateways' routers.
vm_ipv6() {
    local n gw
    # shellcheck disable=SC2046  # lists of words
    ip -n guest-vm addr add 2001:db8:10::10/64 dev guest-vm nodad &&
    ip -n guest-vm route add default via 2001:db8:10::1 &&
    ovn-nbctl lsp-set-addresses guest-vm "00:16:01:00:02:02 192.168.10.10 2001:db8:10::10" \
        $(port_network lrp-guest-ls-guest 2001:db8:10::1/64) \
        $(port_network lrp-guest-join-dgp 2001:db8:64::1/64) || return 1
    for n in 1 2; do
        gw=ovn-gw-$n
        # shellcheck disable=SC2046  # lists of words
        ovn-nbctl --ecmp lr-route-add lr-guest ::/0 2001:db8:64::1$n lrp-guest-join-dgp \
            $(port_network lrp-$gw-to-join 2001:db8:64::1$n/64) \
            -- lr-route-add lr-$gw-ext0 ::/0 2001:db8:64::1$((3 - n)) lrp-$gw-to-join \
            -- lr-route-add lr-$gw-ext0 2001:db8:10::/64 2001:db8:64::1 lrp-$gw-to-join || return 1
    done
}
# port_network PORT NETWORK: the nbctl command that gives a router's port one more.
port_network() { echo "-- add Logical_Router_Port $1 networks \"$2\""; }

# tor_networks_MODE N: the addresses behind tor-N, all of which it answers for; both
# sides' sessions carry IPv6, too.  FRR's configuration is what ovn-route-ctl prints.
tor_networks() {
    ip -n tor-$1 addr add 10.99.0.1/24 dev lo &&
    ip -n tor-$1 addr add 2001:db8:99::1/48 dev lo nodad &&
    ip -n tor-$1 route add local 2001:db8:99::/112 dev lo
}
tor_networks_unnumbered() {
    tor_networks $1 && gateway_config $1 &&
    bgp tor-$1 'address-family ipv6 unicast' 'neighbor eth0 activate'
}
# Numbered: each family has a session of its own.
# shellcheck disable=SC2046  # lists of words
tor_networks_numbered() {
    local gw=ovn-gw-$1 net=2001:db8:$1:
    tor_networks $1 &&
    ip -n tor-$1 addr add $net:1/64 dev eth0 nodad &&
    ip -n $gw addr add $net:3/64 dev ext0-bgp nodad &&
    ovn-nbctl lsp-set-addresses lsp-$gw-ext0-bgp "${1}2:fb:d6:66:99:${1}d 10.$1.0.3 $net:3" \
        $(port_network lrp-$gw-ext0 $net:2/64) &&
    ovn-nbctl --timeout=30 --wait=sb sync &&
    gateway_config $1 --neighbor=10.$1.0.1,$net:1 &&
    bgp $gw "neighbor $net:1 timers connect 1" "neighbor $net:1 advertisement-interval 0" &&
    bgp tor-$1 "neighbor $net:3 remote-as external" "neighbor $net:3 timers connect 1" \
        "neighbor $net:3 advertisement-interval 0" \
        'address-family ipv4 unicast' "no neighbor $net:3 activate" 'exit-address-family' \
        'address-family ipv6 unicast' "neighbor $net:3 activate"
}
# tor_announce N, tor_withdraw N.
tor_announce() { tor_says "" $1; }
tor_withdraw() { tor_says "no " $1; }
tor_says() {
    bgp tor-$2 'address-family ipv4 unicast' "$1network 10.99.0.0/24" 'exit-address-family' \
        'address-family ipv6 unicast' "$1network 2001:db8:99::/48"
}

# tor_loopback NO N: its own address, which it announces from the start.
tor_loopback() { bgp tor-$2 'address-family ipv4 unicast' "$1network 4$2.4$2.4$2.4$2/32"; }

# stand_ins PORT: the MAC addresses of those for which an IPv4 address stands (S4).
stand_ins() {
    ovn-sbctl --bare --no-headings --data=bare --format=csv --columns=ip,mac \
        find MAC_Binding logical_port=$1 | tr -d '"' | sed -n 's/^169\.254\.[0-9.]*,//p'
}

# learned N: the prefixes that ovn-gw-N's router has static routes of ours for.
learned() {
    ovn-nbctl --bare --columns=ip_prefix find Logical_Router_Static_Route \
        output_port=lrp-ovn-gw-$1-ext0 'external_ids:route-exchange-learned!=""' |
        grep . | sort
}
# has_learned N [PREFIX...], lacks_learned N [PREFIX...]: all, or none, of them; the
# two networks, if no prefix is given.
has_learned() { learned_share "$@" && test $share = all; }
lacks_learned() { learned_share "$@" && test $share = none; }
learned_share() {
    local n=$1 prefix
    test $# -gt 1 || set -- $1 10.99.0.0/24 2001:db8:99::/48
    shift
    learned $n > learned.now
    share=
    for prefix; do
        case $(($(grep -cFx "$prefix" learned.now) > 0))$share in
        1 | 1all) share=all ;;
        0 | 0none) share=none ;;
        *) share=some ;;
        esac
    done
}

# forwards N: stock OVN's flows on ovn-gw-N are those of the Northbound database.
forwards() { ovn-nbctl --timeout=60 --wait=hv sync; }

# vm_reaches: the VM pings what the ToRs announce, by either protocol.
vm_reaches() {
    ip netns exec guest-vm ping -c 3 -i 0.2 -W 1 10.99.0.1 &&
    ip netns exec guest-vm ping -c 3 -i 0.2 -W 1 2001:db8:99::1
}

# vm_watch_start [ADDRESS...], vm_watch_verdict [MAX]: the VM pings each address ten
# times a second all the time, the ToRs' by either protocol if none is given, and no
# answer is missing, or not more than MAX.  Meanwhile, vm_watch_goes_on: they are
# answered now; vm_watch_answered [MAX]: were until now.
vm_watch_start() {
    test $# != 0 || set -- 10.99.0.1 2001:db8:99::1
    : > $fabric_dir/vm.watched
    while test $# != 0; do
        vm_watch guest-vm-$1 $1 && shift || return 1
    done
}
vm_watch() {
    ip netns exec guest-vm ping -n -i 0.1 -W 1 $2 > $fabric_dir/$1.ping 2>&1 &
    echo $! > $fabric_dir/$1.ping.pid && echo $1 >> $fabric_dir/vm.watched
    wait_until "test \$(grep -c ttl= $fabric_dir/$1.ping) -gt 3"
}
vm_watch_verdict() {
    vm_watch_goes_on && vm_watch_each ping_end && vm_watch_answered $1
}
vm_watch_goes_on() { vm_watch_each ping_goes_on; }
vm_watch_answered() { vm_watch_each ping_lost_none $1; }
ping_end() { daemon_kill $fabric_dir/$1.ping.pid ping INT; }
vm_watch_each() {
    local name bad=0
    for name in $(cat $fabric_dir/vm.watched); do
        $1 $name $2 || bad=1
    done
    return $bad
}

# vm_addresses: leaves in the file "addresses" four of the ToRs', by either protocol one
# to which the VM's pings come through each of the two uplinks.
vm_addresses() {
    local prefix i address tor
    for prefix in 10.99.0. 2001:db8:99::; do
        for tor in 1 2; do
            for i in {1..64}; do
                address=$prefix$i
                echoes $tor > echoes.before &&
                ip netns exec guest-vm ping -c 1 -W 5 $address > /dev/null || return 1
                ! echoes $tor | cmp -s echoes.before - || continue
                echo $address
                break
            done
        done
    done > addresses && cat addresses && test "$(grep -c . addresses)" = 4
}
# echoes N: how many tor-N was asked for, by IPv4 and by IPv6.
echoes() {
    ip netns exec tor-$1 awk '/^Icmp: [0-9]/ { print $10 } $1 == "Icmp6InEchos"' \
        /proc/net/snmp /proc/net/snmp6
}

# northd_sleeps, northd_wakes: stock northd does nothing for a while.  The clock of
# ovn-route-northd stands still from then on (it must have --dummy-clock): it would not
# keep for ever what stock northd does not take away.
northd_sleeps() {
    on_exit northd_wakes
    kill -STOP "$(cat $fabric_dir/central/ovn-northd.pid)" &&
    on central ovn-appctl -t ovn-route-northd time/stop
}
northd_wakes() { kill -CONT "$(cat $fabric_dir/central/ovn-northd.pid)"; }
# northd_missed: all others have done what the databases ask for, ovn-route-northd by
# the first round, and by the second ovn-controller on ovn-gw-1, too.
northd_missed() {
    local cfg round
    for round in 1 2; do
        cfg=$(($(ovn-nbctl get NB_Global . nb_cfg) + 1))
        ovn-nbctl set NB_Global . nb_cfg=$cfg && ovn-sbctl set SB_Global . nb_cfg=$cfg &&
        wait_until "at_least $cfg ovn-sbctl --bare --columns=nb_cfg list Route_Exchange_Global" &&
        wait_until "at_least $cfg ovn-sbctl --bare --columns=nb_cfg find Chassis_Private name=ovn-gw-1" ||
            return 1
    done
}

# heard N: how many datagrams to ports where nobody listens tor-N has got, by IPv4 and
# by IPv6.
heard() {
    ip netns exec tor-$1 awk '/^Udp: [0-9]/ { v4 = $3 } $1 == "Udp6NoPorts" { v6 = $2 }
        END { print v4, v6 }' /proc/net/snmp /proc/net/snmp6
}
# vm_scatters: 64 of them by each protocol, to an address of its own each, so that they
# are spread over all ways that there are.  (What OVS hashes for ECMP has no ports of
# UDP in it.)
vm_scatters() {
    heard 1 > heard.1 && heard 2 > heard.2 &&
    ip netns exec guest-vm bash -c 'for i in {1..64}; do
        echo > /dev/udp/10.99.0.$i/9; echo > /dev/udp/2001:db8:99::$i/9; done'
}
# heard_since N MIN MAX: tor-N got so many of them, by either protocol?
heard_since() {
    heard $1 | paste -d ' ' heard.$1 - | awk -v min=$2 -v max=$3 '
        { print; exit $3 - $1 < min || $3 - $1 > max || $4 - $2 < min || $4 - $2 > max }'
}
# both_hear: each ToR gets a share.  only_hears N: tor-N gets all of them, and the other
# one none, ever.  (A guest that stands still may lose some of so many at once: then they
# are sent again.)
both_hear() {
    vm_scatters && wait_until "heard_since 1 1 63 && heard_since 2 1 63"
}
only_hears() {
    local try all
    for try in 1 2 3; do
        vm_scatters || return 1
        all=yes
        WAIT_LIMIT=10 wait_until "heard_since $1 64 64" || all=no
        heard_since $((3 - $1)) 0 0 || return 1
        test $all = no || return 0
    done
    return 1
}

# bgp_neighbor PEER: what ovn-gw-1 knows of it.
bgp_neighbor() { vtysh -N ovn-gw-1 -c "show bgp vrf ovnvrf10 neighbors $1 json"; }
# gateway_restarts_well: ovn-gw-1 has its sessions, has told in them that it keeps what
# it has when it restarts, and got both networks.
gateway_restarts_well() {
    local neighbor
    for neighbor in 10.1.0.1 2001:db8:1::1; do
        bgp_neighbor $neighbor > neighbor.json &&
        grep -q '"bgpState":"Established"' neighbor.json &&
        grep -q '"localGrMode":"Restart' neighbor.json || return 1
    done
    vtysh -N ovn-gw-1 -c 'show ip route vrf ovnvrf10 bgp' | grep -F 10.99.0.0/24 &&
    vtysh -N ovn-gw-1 -c 'show ipv6 route vrf ovnvrf10 bgp' | grep -F 2001:db8:99::/48
}
# bgp_routes N: those in the table of ovn-gw-N.
bgp_routes() {
    ip -n ovn-gw-$1 route show table ${1}0 proto bgp && ip -n ovn-gw-$1 -6 route show table ${1}0 proto bgp
}

# second_uplink: ovn-gw-1's router gets one to tor-2.  What FRR needs for it is what
# ovn-route-ctl prints, once ovn-controller has the router port.
# shellcheck disable=SC2046  # lists of words
second_uplink() {
    local gw=ovn-gw-1 mac=32:fb:d6:66:99
    tor_link tor-2 eth1 $gw tor12 br-ex1 &&
    on $gw ovs-vsctl set open . \
        external_ids:ovn-bridge-mappings=physnet_ext0_1:br-ex,physnet_join:br-join,physnet_ext1_1:br-ex1 &&
    ovn-nbctl ls-add ls-$gw-ext1 $(localnet ls-$gw-ext1 lsp-$gw-ext1-ln physnet_ext1_1) \
        $(connect lr-$gw-ext0 lrp-$gw-ext1 $mac:2c 10.3.0.2/24 ls-$gw-ext1 lsp-$gw-ext1) &&
    bgp_port $gw ext1 $mac:2d && ip -n $gw link set ext1-bgp master ovnvrf10 up &&
    route_sync && wait_until "gateway_config 1" &&
    bgp $gw 'neighbor ext1-bgp timers connect 1' 'neighbor ext1-bgp advertisement-interval 0' &&
    bgp tor-2 'neighbor eth1 interface remote-as external' 'neighbor eth1 timers connect 1' \
        'neighbor eth1 advertisement-interval 0' \
        'address-family ipv6 unicast' 'neighbor eth1 activate'
}

# bfd_start: ovn-gw-1 and tor-1 watch each other by the recipe's profile; BGP alone
# would find out after three minutes.
bfd_start() {
    frr_daemon ovn-gw-1 bfdd && frr_daemon tor-1 bfdd &&
    recipe_load ovn-gw-1 BFD && recipe BFD | sed -n '/^bfd/,/^exit/p' > bfd.conf &&
    vtysh -N tor-1 -f $PWD/bfd.conf &&
    bgp ovn-gw-1 'timers bgp 60 180' 'neighbor 2001:db8:1::1 bfd profile fabric' &&
    bgp tor-1 'timers bgp 60 180' 'neighbor 10.1.0.3 bfd profile fabric' \
        'neighbor 2001:db8:1::3 bfd profile fabric' &&
    vtysh -N tor-1 -c 'clear bgp *'
}
# bfd_up: both sessions of BFD are up, and BGP's are with that hold time.
bfd_up() {
    local neighbor
    for neighbor in 10.1.0.1 2001:db8:1::1; do
        vtysh -N ovn-gw-1 -c "show bfd vrf ovnvrf10 peer $neighbor json" | grep -q '"status":"up"' &&
        bgp_neighbor $neighbor | grep -q '"bgpState":"Established"' &&
        bgp_neighbor $neighbor | grep -q '"bgpTimerHoldTimeMsecs":180000' || return 1
    done
}
# bfd_ended PEER: why BGP's session and BFD's have ended.
bfd_ended() {
    bgp_neighbor $1 | sed -n 's/.*"lastNotificationReason":"\([^"]*\)".*/\1/p' | tr -d '\\' &&
    vtysh -N ovn-gw-1 -c "show bfd vrf ovnvrf10 peer $1 json" |
        sed -n 's/.*"diagnostic":"\([^"]*\)".*/\1/p'
}

# link_fails, link_mends: no packet passes between ovn-gw-1 and tor-1, whose ports
# stay up.  (Where its flows overlap, the userspace datapath of Open vSwitch 3.1 now and
# then goes on to drop what it dropped before: it is to forget them.)
link_fails() { on ovn-gw-1 ovs-ofctl add-flow br-ex priority=40000,actions=drop; }
link_mends() {
    on ovn-gw-1 ovs-ofctl --strict del-flows br-ex priority=40000 &&
    on ovn-gw-1 ovs-appctl revalidator/purge
}

# measured TEXT: something to know, no verdict; shown below the results.
measured() { echo "$*" | tee -a "$ROUTE_OUT/measured"; }
# uptime_ms: milliseconds of a clock that nobody sets.
uptime_ms() { awk '{ print int($1 * 1000) }' /proc/uptime; }

# learned_ports ROUTER: "PREFIX PORT" of the static routes of ours, sorted.
learned_ports() {
    ovn-nbctl lr-route-list $1 > routes.list &&
    ovn-nbctl --bare --no-headings --data=bare --format=csv \
        --columns=ip_prefix,output_port find Logical_Router_Static_Route \
        'external_ids:route-exchange-learned!=""' | tr -d '"' | tr , ' ' |
        while read -r prefix port; do
            ! grep -qF " $prefix " routes.list || echo "$prefix $port"
        done | sort
}
# legs: those of ovn-gw-1 to the two networks.
legs() { learned_ports lr-ovn-gw-1-ext0 | grep -e '^10\.99\.' -e '^2001:db8:99:'; }
# n_learned N COUNT: so many on ovn-gw-N's uplink?
n_learned() { test "$(learned $1 | grep -c .)" = $2; }

# n_rows N COUNT: so many of the Southbound database, by ovn-gw-N?
n_rows() {
    rows Learned_Route ip_prefix external_ids:chassis=ovn-gw-$1 > rows.now &&
    wc -l < rows.now && test "$(wc -l < rows.now)" = $2
}
# learned_rows: those of all, but for ::/0: the ToRs' router advertisements have it, and
# FRR that is busy may be late with them.
learned_rows() { rows Learned_Route _uuid,ip_prefix | grep -v ',::/0$'; }
# over_limit: ovn-gw-1 says that it learns no more.
over_limit() {
    ovn-sbctl --bare --columns=status find Route_Exchange_Chassis name=ovn-gw-1 |
        grep 'no further ones are learned'
}

# tunnels_up: OVN's nodes see each other, and lr-guest's port is where it belongs.
tunnels_up() {
    local node
    for node in $fabric_switches; do
        ! on $node ovs-vsctl --bare --columns=bfd_status find Interface type=geneve |
            grep . | grep -v forwarding=true || return 1
    done
    test "$(ovn-sbctl --bare --columns=chassis find Port_Binding logical_port=cr-lrp-guest-join-dgp)" = \
        "$(ovn-sbctl --bare --columns=_uuid find Chassis name=ovn-gw-2)"
}

# all_rest: tunnels are up, all is as configured, and no ovs-vswitchd is busy.  One that
# reads 50 000 routes anew forwards nothing for seconds in a guest, after which BFD may
# move lr-guest's port.
all_rest() {
    local node
    tunnels_up && forwards && route_sync $fabric_switches || return 1
    for node in $fabric_switches; do
        idle_cpu "$(cat $fabric_dir/$node/ovs-vswitchd.pid)" 2 500 || return 1
    done
    tunnels_up
}

# flood_prepare N COUNT: tor-N has so many routes, 20.0.0.0/32 and on, which tor_flood N
# announces all at once, and tor_ebb N withdraws.  (A thousand in one message: 'ip
# -batch' waits for an answer to each, which takes a guest long.)
flood_prepare() {
    ip netns exec tor-$1 $PYTHON3 - $2 << 'EOF' && wait_until "tor_has_kernel $1 $2"
import socket, struct, sys

def blackhole(i):
    # RTM_NEWROUTE (24) with NLM_F_REQUEST and NLM_F_CREATE: a /32 in table main
    # (254), of protocol boot (3) and type blackhole (6), with RTA_DST (1).
    return struct.pack("=IHHII8BIHHI", 36, 24, 0x401, 0, 0,
                       socket.AF_INET, 32, 0, 0, 254, 3, 0, 6, 0,
                       8, 1, socket.htonl((20 << 24) + i))

netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
count = int(sys.argv[1])
for first in range(0, count, 1000):
    netlink.send(b"".join(map(blackhole, range(first, min(first + 1000, count)))))
EOF
}
tor_flood() { bgp tor-$1 'address-family ipv4 unicast' 'redistribute kernel'; }
tor_ebb() { bgp tor-$1 'address-family ipv4 unicast' 'no redistribute kernel'; }

# tor_has_kernel N COUNT: has FRR on tor-N at least so many to redistribute?
# kernel_has N COUNT: at least so many BGP routes in the table of ovn-gw-N?
# kernel_lacks N: none of the flood there?
# To ask is work for a guest that is busy enough: not ten times a second.
tor_has_kernel() {
    vtysh -N tor-$1 -c 'show ip route summary' |
        awk -v n=$2 '$1 == "kernel" { print; has = $2 } END { exit has < n }' || not_yet
}
kernel_has() {
    vtysh -N ovn-gw-$1 -c "show ip route vrf ovnvrf${1}0 summary" |
        awk -v n=$2 '$1 == "ebgp" { print; has = $3 } END { exit has < n }' &&
    test "$(ip -n ovn-gw-$1 route show table ${1}0 proto bgp | wc -l)" -ge $2 || not_yet
}
kernel_lacks() {
    ! ip -n ovn-gw-$1 route show table ${1}0 proto bgp | grep -m 1 '^20\.' || not_yet
}
not_yet() { sleep 2; return 1; }
# mebibytes_used: the memory that all of it takes.
mebibytes_used() {
    awk '/^MemTotal/ { total = $2 } /^MemAvailable/ { free = $2 }
        END { print int((total - free) / 1024) }' /proc/meminfo
}
