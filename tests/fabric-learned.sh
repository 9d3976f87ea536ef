# fabric-learned.sh: words for the fabric tests of learning: what the ToRs announce,
# and what becomes of it.  Sourced after fabric.sh and story.sh.
#
# Both ToRs have 10.99.0.1 and 2001:db8:99::1, as if they led to the same servers.
# Each gateway's router has no other way there than what it learns from its ToR, and
# failing that a default route to the other gateway.

# learning_fabric MODE: the fabric that fabric_start has made, turned on.
learning_fabric() {
    local n gw
    for n in 1 2; do
        gw=ovn-gw-$n
        ovn-nbctl lr-route-del lr-$gw-ext0 0.0.0.0/0 &&
        ovn-nbctl lr-route-add lr-$gw-ext0 0.0.0.0/0 100.64.0.1$((3 - n)) lrp-$gw-to-join &&
        tor_networks_$1 $n || return 1
    done
    floating_ip_add && story_turn_on $1 && story_reachable
}
# Numbered sessions carry IPv4 only, as each family has its own session there.
tor_networks_numbered() { ip -n tor-$1 addr add 10.99.0.1/24 dev lo; }
tor_networks_unnumbered() {
    ip -n tor-$1 addr add 10.99.0.1/24 dev lo &&
    ip -n tor-$1 addr add 2001:db8:99::1/48 dev lo nodad &&
    bgp ovn-gw-$1 'address-family ipv6 unicast' 'neighbor ext0-bgp activate' &&
    bgp tor-$1 'address-family ipv6 unicast' 'neighbor eth0 activate'
}

# bgp NODE COMMAND...: in the configuration of its BGP instance.
bgp() {
    local node=$1 instance command
    shift
    case $node in
    tor-*) instance="router bgp 4200000${node#tor-}00" ;;
    *) instance="router bgp 4210000000 vrf ovnvrf${node#ovn-gw-}0" ;;
    esac
    set -- -c 'configure terminal' -c "$instance" "$@"
    for command; do
        shift
        case $command in
        -c | 'configure terminal' | 'router bgp '*) set -- "$@" "$command" ;;
        *) set -- "$@" -c "$command" ;;
        esac
    done
    vtysh -N $node "$@"
}

# tor_announce N, tor_withdraw N.
tor_announce() { tor_says "" $1; }
tor_withdraw() { tor_says "no " $1; }
tor_says() {
    bgp tor-$2 'address-family ipv4 unicast' "$1network 10.99.0.0/24" &&
    if ip -n tor-$2 -6 addr show dev lo | grep -q 2001:db8:99; then
        bgp tor-$2 'address-family ipv6 unicast' "$1network 2001:db8:99::/48"
    fi
}

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
# has_learned N PREFIX, lacks_learned N PREFIX.
has_learned() { learned $1 | grep -qFx "$2"; }
lacks_learned() { ! has_learned "$@"; }

# forwards N: stock OVN's flows on ovn-gw-N are those of the Northbound database.
forwards() { ovn-nbctl --timeout=60 --wait=hv sync; }

# vm_reaches: the VM pings what the ToRs announce.
vm_reaches() {
    ip netns exec guest-vm ping -c 3 -i 0.2 -W 1 10.99.0.1
}

# vm_watch_start, vm_watch_verdict: the VM pings ten times a second all the time, and
# no answer is missing.
vm_watch_start() {
    ip netns exec guest-vm ping -n -i 0.1 -W 1 10.99.0.1 > $fabric_dir/guest-vm.ping 2>&1 &
    echo $! > $fabric_dir/guest-vm.ping.pid
    wait_until "test \$(grep -c ttl= $fabric_dir/guest-vm.ping) -gt 3"
}
vm_watch_verdict() {
    ping_goes_on guest-vm && daemon_kill $fabric_dir/guest-vm.ping.pid ping INT &&
    ping_lost_none guest-vm
}

# frr_kill NODE, frr_again NODE: zebra and bgpd crash, and come back.
frr_kill() {
    daemon_kill /run/frr/$1/bgpd.pid bgpd KILL && daemon_kill /run/frr/$1/zebra.pid zebra KILL
}
frr_again() {
    local daemon
    for daemon in zebra bgpd; do
        as $1 /usr/lib/frr/$daemon -d -N $1 -A 127.0.0.1 -f /etc/frr/$1/frr.conf \
            --log file:/run/frr/$1/$daemon.log || return 1
    done
}
# frr_stop NODE: zebra and bgpd end as they do for a restart of the service.
frr_stop() {
    daemon_kill /run/frr/$1/bgpd.pid bgpd && daemon_kill /run/frr/$1/zebra.pid zebra
}

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
# n_learned N COUNT: so many on ovn-gw-N's uplink?
n_learned() { test "$(learned $1 | grep -c .)" = $2; }

# tor_flood N COUNT: tor-N announces so many prefixes, 20.0.0.0/32 and on; tor_ebb N: it
# withdraws them.  Its zebra gets them in portions that its netlink buffer can take.
tor_flood() {
    local first
    bgp tor-$1 'address-family ipv4 unicast' 'redistribute kernel' || return 1
    for first in $(seq 0 2000 $(($2 - 1))); do
        flood_routes add $first 2000 | ip -n tor-$1 -batch - &&
        wait_until "tor_has_kernel $1 $((first + 2000))" || return 1
    done
    echo $2 > $fabric_dir/tor-$1.flood
}
tor_ebb() {
    local first
    for first in $(seq 0 2000 $(($(cat $fabric_dir/tor-$1.flood) - 1))); do
        flood_routes del $first 2000 | ip -n tor-$1 -batch - || return 1
    done
}
flood_routes() {
    awk -v verb=$1 -v first=$2 -v n=$3 'BEGIN {
        for (i = first; i < first + n; i++)
            printf "route %s blackhole 20.%d.%d.%d\n", verb, i / 65536, int(i / 256) % 256, i % 256
    }'
}
tor_has_kernel() {
    test "$(vtysh -N tor-$1 -c 'show ip route summary' | awk '$1 == "kernel" { print $2 }')" -ge $2
}

# kernel_has N COUNT: at least so many BGP routes in the table of ovn-gw-N?
kernel_has() { test "$(ip -n ovn-gw-$1 route show table ${1}0 proto bgp | wc -l)" -ge $2; }
