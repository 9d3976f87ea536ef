# fabric.sh: two gateways, two top-of-rack switches (ToRs), a compute node and a
# central node, each a network namespace, with stock OVN, stock FRR and our
# daemons.  Shared by the multinode tests and the demonstration; sourced after
# common.sh.  Needs root, VRF devices and a place of its own (tests/uml/run).
#
#       tor-1  AS 4200000100                  AS 4200000200  tor-2
#         | eth0                                        eth0 |
#         | tor1 (on br-ex)                (on br-ex)   tor2 |
#     ovn-gw-1                                         ovn-gw-2      compute-1
#       lr-ovn-gw-1-ext0  10.1.0.2        lr-ovn-gw-2-ext0  10.2.0.2
#       FRR in ovnvrf10   AS 4210000000   FRR in ovnvrf20
#         | 100.64.0.11                      100.64.0.12 |
#         +------------------ ls-join -------------------+
#                                | 100.64.0.1
#                             lr-guest         172.16.10.2 -> 192.168.10.10
#                                | 192.168.10.1
#                             ls-guest ---- guest-vm 192.168.10.10 (on compute-1)
#
# Between a gateway's FRR and its ToR runs BGP over link-local addresses
# ("unnumbered") or over IPv4 ("numbered").  FRR's port lsp-...-bgp has a MAC of
# its own beside the router's port; what it announces has the router port's
# address as next hop.
#
# ls-join has a localnet port, so that both gateways forward at any time: in
# OVN before 24.09 traffic that reaches the gateway without lr-guest's active
# gateway port would be dropped on an overlay-only switch.
#
# Things to use once it is up: ovn-nbctl, ovn-sbctl (they find the databases);
# 'on NODE ovs-vsctl ...' for a node's own Open vSwitch and daemons;
# 'ip netns exec NODE ...'; vtysh -N NODE.

fabric_switches="ovn-gw-1 ovn-gw-2 compute-1"
fabric_nodes="central $fabric_switches tor-1 tor-2 guest-vm"

# fabric_start MODE: all of it, up to the point where an operator would turn on
# dynamic routing.  MODE is unnumbered or numbered.
fabric_start() {
    fabric_env
    fabric_wires &&
    central_start &&
    in_parallel chassis_start $fabric_switches &&
    in_parallel tor_start_$1 1 2 &&
    join_wire &&
    fabric_topology "$1" &&
    vm_start compute-1 guest-vm 00:16:01:00:02:02 192.168.10.10/24 192.168.10.1 &&
    in_parallel bgp_port_$1 1 2 &&
    in_parallel bgp_start_$1 1 2 &&
    ovn-nbctl --timeout=60 --wait=hv sync
}

# fabric_env: where everything lives, and how the tools find it.
fabric_env() {
    fabric_dir=${fabric_dir:-$PWD/fabric}
    mkdir -p "$fabric_dir"
    OVN_NB_DB=unix:$fabric_dir/central/ovnnb_db.sock
    OVN_SB_DB=unix:$fabric_dir/central/ovnsb_db.sock
    export OVN_NB_DB OVN_SB_DB
    unset OVN_NB_DAEMON OVN_SB_DAEMON
    LC_ALL=C; export LC_ALL
}

# fabric_stop: ends the processes of all nodes, and removes the nodes.
fabric_stop() {
    local node
    for node in $fabric_nodes; do
        ip netns pids $node 2> /dev/null | xargs -r kill
    done
    for node in $fabric_nodes; do
        WAIT_LIMIT=5 wait_until "test -z \"\$(ip netns pids $node)\"" > /dev/null ||
            ip netns pids $node 2> /dev/null | xargs -r kill -9
        ip netns del $node 2> /dev/null
    done
    ip netns del fabric-wires 2> /dev/null
}

# fabric_verdict ALLOW: our daemons live, and their logs need no explanation.
fabric_verdict() {
    local node pidfiles= logs=
    for node in central $fabric_switches; do
        for f in "$fabric_dir/$node"/ovn-route-*.pid; do
            pidfiles="$pidfiles $f"
        done
        for f in "$fabric_dir/$node"/ovn-route-*.log; do
            logs="$logs $f"
        done
    done
    # shellcheck disable=SC2086  # lists of words
    pidfiles_alive $pidfiles && log_errors "$1" $logs
}

# in_parallel FUNCTION ARG...: FUNCTION for each ARG at the same time; fails if
# one does.
in_parallel() {
    local function=$1 arg pid pids= bad=0
    shift
    for arg; do
        $function "$arg" &
        pids="$pids $!"
    done
    for pid in $pids; do
        wait "$pid" || bad=1
    done
    return $bad
}

# on NODE CMD: with the node's Open vSwitch, OVN daemons and databases.
on() {
    local d=$fabric_dir/$1
    shift
    OVS_RUNDIR=$d OVS_LOGDIR=$d OVS_DBDIR=$d OVN_RUNDIR=$d OVN_LOGDIR=$d OVN_DBDIR=$d "$@"
}

# as NODE CMD: the same, in the node's network namespace.
as() {
    local node=$1
    shift
    on $node ip netns exec $node "$@"
}

# node_daemon NODE PROGRAM [ARG...]: starts it there, in the background.
node_daemon() {
    local node=$1 program=$2
    shift 2
    as $node $program --detach --no-chdir --pidfile="$fabric_dir/$node/${program##*/}.pid" \
        --log-file="$fabric_dir/$node/${program##*/}.log" -vconsole:off "$@"
}

# Two wires for all: management (OVSDB) and the underlay (tunnels), in a
# namespace of their own, which knows no addresses.
fabric_wires() {
    ip netns add fabric-wires &&
    ip -n fabric-wires link add mgmt type bridge &&
    ip -n fabric-wires link add underlay mtu 1600 type bridge &&
    ip -n fabric-wires link add join type bridge &&
    ip -n fabric-wires link set mgmt up &&
    ip -n fabric-wires link set underlay up &&
    ip -n fabric-wires link set join up
}

# plug WIRE NODE PORT [MTU]: gives NODE a port PORT on WIRE.
plug() {
    local mtu=${4:-1500} end
    end=$1$(node_number $2)
    ip -n $2 link add $3 mtu $mtu type veth peer name $end netns fabric-wires &&
    ip -n fabric-wires link set $end mtu $mtu master $1 up &&
    ip -n $2 link set $3 up
}

node_add() {
    mkdir -p "$fabric_dir/$1" && ip netns add $1 && ip -n $1 link set lo up
}

# The address of a node on both wires ends in this number.
node_number() {
    case $1 in
    central) echo 1 ;;
    ovn-gw-*) echo 1${1#ovn-gw-} ;;
    *) echo 2${1#*-} ;;
    esac
}

mgmt_start() {
    node_add $1 && plug mgmt $1 eth0 &&
    ip -n $1 addr add 192.168.50.$(node_number $1)/24 dev eth0
}

# Databases with the stock schemas, stock ovn-northd, our ovn-route-northd.
central_start() {
    local d=$fabric_dir/central db
    mgmt_start central || return 1
    for db in nb:6641 sb:6642; do
        ovsdb-tool create $d/${db%:*}.db $OVN_SCHEMAS/ovn-${db%:*}.ovsschema &&
        as central ovsdb-server --detach --no-chdir --pidfile=$d/${db%:*}.pid \
            --unixctl=$d/${db%:*}.ctl --log-file=$d/${db%:*}.log -vconsole:off \
            --remote=punix:$d/ovn${db%:*}_db.sock --remote=ptcp:${db#*:} \
            $d/${db%:*}.db || return 1
    done
    # A machine that stands still for some seconds is no gateway that is gone.
    ovn-nbctl init -- set NB_Global . options:bfd-mult=15 && ovn-sbctl init &&
    node_daemon central ovn-northd --ovnnb-db=$OVN_NB_DB --ovnsb-db=$OVN_SB_DB &&
    route_northd_start
}

# Our daemons, by functions of their own: tests stop and start them.
route_northd_start() {
    node_daemon central ovn-route-northd --ovnnb-db=$OVN_NB_DB --ovnsb-db=$OVN_SB_DB "$@"
}
route_controller_start() {
    node_daemon $1 ovn-route-controller unix:$fabric_dir/$1/db.sock
}

route_controller_exit() {
    on $1 daemon_exit ovn-route-controller $fabric_dir/$1/ovn-route-controller.pid $2
}
route_northd_exit() {
    on central daemon_exit ovn-route-northd $fabric_dir/central/ovn-route-northd.pid $1
}
route_controller_kill() {
    daemon_kill $fabric_dir/$1/ovn-route-controller.pid ovn-route-controller KILL
}
route_northd_kill() {
    daemon_kill $fabric_dir/central/ovn-route-northd.pid ovn-route-northd KILL
}

# watch_start: from here on each route that appears or goes on a gateway or a
# ToR is recorded in NODE.routes, and each ToR pings the floating IP ten times a
# second.
watch_start() {
    local node
    for node in ovn-gw-1 ovn-gw-2 tor-1 tor-2; do
        ip netns exec $node ip -o monitor route > $fabric_dir/$node.routes 2>&1 &
    done
    for node in tor-1 tor-2; do
        ip netns exec $node ping -n -i 0.1 -W 1 172.16.10.2 > $fabric_dir/$node.ping 2>&1 &
        echo $! > $fabric_dir/$node.ping.pid
    done
    for node in tor-1 tor-2; do
        wait_until "test \$(grep -c ttl= $fabric_dir/$node.ping) -gt 3" &&
        bgp_sessions $node > $fabric_dir/$node.sessions || return 1
    done
}

# bgp_sessions NODE: how often each of its BGP sessions has come up, one per line: one
# that was lost and came back counts one more.
bgp_sessions() {
    vtysh -N $1 -c 'show bgp neighbors json' | grep -o '"connectionsEstablished":[0-9]*'
}

# watch_verdict: no route of ours was deleted since then, none that a ToR has
# learned, no BGP session was lost, and no ping.
watch_verdict() {
    local node bad=0
    for node in tor-1 tor-2; do
        ping_goes_on $node || bad=1
    done
    for node in ovn-gw-1 ovn-gw-2 tor-1 tor-2; do
        ! grep -H '^Deleted.*172\.16\.10\.2' $fabric_dir/$node.routes || bad=1
    done
    for node in tor-1 tor-2; do
        daemon_kill $fabric_dir/$node.ping.pid ping INT
        tail -n 2 $fabric_dir/$node.ping
        ping_lost_none $node || bad=1
        bgp_sessions $node | diff $fabric_dir/$node.sessions - ||
            { echo "$node: its BGP session did not last"; bad=1; }
    done
    return $bad
}

# ping_goes_on NODE: its ping is answered now, not only up to some time ago.
ping_goes_on() {
    local replies
    replies=$(grep -c ttl= $fabric_dir/$1.ping)
    wait_until "test \$(grep -c ttl= $fabric_dir/$1.ping) -gt $((replies + 3))" ||
        { echo "$1: pings are no longer answered"; return 1; }
}

# ping_lost_none NODE [MAX]: its pings were answered without a gap, or all but MAX.
# Those on their way when ping ended, which it counts as lost, are none.
ping_lost_none() {
    awk -F'icmp_seq=' -v node=$1 -v max=${2:-0} '
        /ttl=/ { seq = $2 + 0; seen[seq] = 1; if (seq > last) last = seq }
        END {
            for (i = 1; i <= last; i++) {
                if (!(i in seen)) { print node ": ping " i " of " last " was lost"; lost++ }
            }
            exit lost > max
        }' $fabric_dir/$1.ping
}

# chassis_start NODE: Open vSwitch with the userspace datapath (any kernel),
# ovn-controller, ovn-route-controller.
chassis_start() {
    local node=$1 d=$fabric_dir/$1 number
    number=$(node_number $node)
    mgmt_start $node && plug underlay $node eth1 1600 &&
    ovsdb-tool create $d/conf.db $OVS_SCHEMAS/vswitch.ovsschema &&
    node_daemon $node ovsdb-server --remote=punix:$d/db.sock $d/conf.db &&
    on $node ovs-vsctl --no-wait init -- set open . \
        external_ids:system-id=$node external_ids:hostname=$node \
        external_ids:ovn-remote=tcp:192.168.50.1:6642 \
        external_ids:ovn-encap-type=geneve \
        external_ids:ovn-encap-ip=192.168.100.$number \
        external_ids:ovn-bridge-datapath-type=netdev \
        -- add-br br-phy -- set bridge br-phy datapath_type=netdev \
        -- add-port br-phy eth1 &&
    node_daemon $node ovs-vswitchd &&
    wait_until "ip -n $node link show br-phy" &&
    ip -n $node addr add 192.168.100.$number/24 dev br-phy &&
    ip -n $node link set br-phy mtu 1600 up &&
    node_daemon $node ovn-controller &&
    route_controller_start $node &&
    wait_until "test -n \"\$(ovn-sbctl --bare --columns=name find Chassis name=$node)\""
}

# tor_start_MODE N: the switch above ovn-gw-N.
tor_start_unnumbered() { tor_start $1; }
tor_start_numbered() { tor_start $1 && ip -n tor-$1 addr add 10.$1.0.1/24 dev eth0; }
tor_start() {
    node_add tor-$1 && ip -n tor-$1 addr add 4$1.4$1.4$1.4$1/32 dev lo &&
    tor_link tor-$1 eth0 ovn-gw-$1 tor$1 br-ex
}

# tor_link TOR DEVICE GATEWAY PORT BRIDGE: a cable to a port of a new bridge there.
tor_link() {
    ip link add $4 netns $3 type veth peer name $2 netns $1 &&
    # The userspace datapath does not fill in checksums that the kernel has left
    # to hardware: without this ping works, and TCP does not.
    ip netns exec $1 ethtool -K $2 tx off > /dev/null &&
    ip -n $1 link set $2 up && ip -n $3 link set $4 up &&
    on $3 ovs-vsctl add-br $5 -- set bridge $5 datapath_type=netdev -- add-port $5 $4
}

# The provider network of ls-join between the gateways.
join_wire() {
    local n gw
    for n in 1 2; do
        gw=ovn-gw-$n
        plug join $gw eth2 &&
        on $gw ovs-vsctl add-br br-join -- set bridge br-join datapath_type=netdev \
            -- add-port br-join eth2 \
            -- set open . external_ids:ovn-bridge-mappings=physnet_ext0_$n:br-ex,physnet_join:br-join \
            || return 1
    done
}

# connect ROUTER PORT MAC NETWORK SWITCH LSP: the nbctl commands that attach a
# router's port to a switch.
connect() {
    echo "-- lrp-add $1 $2 $3 $4" \
         "-- lsp-add $5 $6 -- lsp-set-type $6 router" \
         "-- lsp-set-options $6 router-port=$2 -- lsp-set-addresses $6 router"
}

# localnet SWITCH LSP NETWORK: those that attach a switch to a wire.
localnet() {
    echo "-- lsp-add $1 $2 -- lsp-set-type $2 localnet" \
         "-- lsp-set-options $2 network_name=$3 -- lsp-set-addresses $2 unknown"
}

# fabric_topology MODE: the logical network.  Nothing in it concerns dynamic
# routing yet.  The ToR is the next hop for all else: by its address on the link,
# or, where the link has none, by its loopback address (it answers ARP for it).
fabric_topology() {
    local n gw up
    # shellcheck disable=SC2046  # lists of words
    ovn-nbctl ls-add ls-join $(localnet ls-join ls-join-ln physnet_join) \
        -- lr-add lr-guest \
        $(connect lr-guest lrp-guest-join-dgp 00:16:06:12:f0:0d 100.64.0.1/24 ls-join lsp-join-guest) \
        -- lrp-set-gateway-chassis lrp-guest-join-dgp ovn-gw-2 20 \
        -- lrp-set-gateway-chassis lrp-guest-join-dgp ovn-gw-1 10 \
        -- ls-add ls-guest \
        $(connect lr-guest lrp-guest-ls-guest 00:16:03:01:03:03 192.168.10.1/24 ls-guest lsp-guest-lr) \
        -- lsp-add ls-guest guest-vm \
        -- lsp-set-addresses guest-vm "00:16:01:00:02:02 192.168.10.10" || return 1
    for n in 1 2; do
        gw=ovn-gw-$n up=10.$n.0.1
        test $1 = numbered || up=4$n.4$n.4$n.4$n
        # shellcheck disable=SC2046
        ovn-nbctl lr-add lr-$gw-ext0 -- set Logical_Router lr-$gw-ext0 options:chassis=$gw \
            -- ls-add ls-$gw-ext0 \
            $(localnet ls-$gw-ext0 lsp-$gw-ext0-ln physnet_ext0_$n) \
            $(connect lr-$gw-ext0 lrp-$gw-ext0 ${n}2:fb:d6:66:99:${n}c 10.$n.0.2/24 ls-$gw-ext0 lsp-$gw-ext0) \
            $(connect lr-$gw-ext0 lrp-$gw-to-join 00:00:ff:00:00:0$n 100.64.0.1$n/24 ls-join lsp-join-gw-$n) \
            -- lr-route-add lr-$gw-ext0 0.0.0.0/0 $up lrp-$gw-ext0 \
            -- lr-route-add lr-$gw-ext0 172.16.10.0/24 100.64.0.1 lrp-$gw-to-join \
            -- lr-route-add lr-$gw-ext0 192.168.10.0/24 100.64.0.1 lrp-$gw-to-join \
            -- lr-route-add lr-guest 4$n.0.0.0/8 100.64.0.1$n lrp-guest-join-dgp \
            -- lr-route-add lr-guest 10.$n.0.0/24 100.64.0.1$n lrp-guest-join-dgp \
            -- --ecmp lr-route-add lr-guest 0.0.0.0/0 100.64.0.1$n lrp-guest-join-dgp \
            || return 1
    done
}

# vm_start NODE LSP MAC ADDRESS GATEWAY: a virtual machine is a namespace.
vm_start() {
    ip netns add $2 && ip -n $2 link set lo up &&
    on $1 ovs-vsctl add-port br-int $2 \
        -- set Interface $2 type=internal external_ids:iface-id=$2 &&
    wait_until "ip -n $1 link show $2" &&
    ip -n $1 link set $2 netns $2 && ip -n $2 link set $2 address $3 up &&
    ip -n $2 addr add $4 dev $2 && ip -n $2 route add default via $5
}

# bgp_port_MODE N: the port through which ovn-gw-N's FRR talks to the ToR.  The
# operator enslaves it to the VRF, and gives it its address, once the VRF is there.
bgp_port_unnumbered() { bgp_port ovn-gw-$1 ext0 ${1}2:fb:d6:66:99:${1}d; }
bgp_port_numbered() { bgp_port ovn-gw-$1 ext0 ${1}2:fb:d6:66:99:${1}d " 10.$1.0.3"; }

# bgp_port GATEWAY UPLINK MAC [ADDRESSES]: device UPLINK-bgp on the uplink's switch.
bgp_port() {
    local gw=$1 uplink=$2 mac=$3 lsp=lsp-$1-$2-bgp
    ovn-nbctl lsp-add ls-$gw-$uplink $lsp -- lsp-set-addresses $lsp "$mac$4" &&
    on $gw ovs-vsctl add-port br-int $uplink-bgp \
        -- set Interface $uplink-bgp type=internal external_ids:iface-id=$lsp &&
    wait_until "ip -n $gw link show $uplink-bgp" &&
    ip -n $gw link set $uplink-bgp address $mac
}

# bgp_start_MODE N: FRR on ovn-gw-N and on tor-N.
bgp_start_unnumbered() {
    frr_gateway $1 ext0-bgp "interface remote-as external" \
        "set ipv6 next-hop local fe80::${1}0fb:d6ff:fe66:99${1}c" &&
    frr_tor $1 eth0 "interface remote-as external"
}
bgp_start_numbered() {
    frr_gateway $1 10.$1.0.1 "remote-as external" "set ip next-hop 10.$1.0.2" &&
    frr_tor $1 10.$1.0.3 "remote-as external"
}

# Sessions end with the connection, not because a busy machine was silent: the
# hold time is long.

# frr_gateway N NEIGHBOR HOW NEXTHOP: the next hop is set to the logical
# router's port, which forwards; FRR's own port only talks BGP.  The default
# route is never announced: a VRF may hold one as a guard.
frr_gateway() {
    local n=$1 vrf=ovnvrf${1}0
    frr_start ovn-gw-$n <<CONF
hostname ovn-gw-$n
ip prefix-list no-default seq 5 deny 0.0.0.0/0
ip prefix-list no-default seq 10 permit 0.0.0.0/0 le 32
route-map to-tor permit 10
 match ip address prefix-list no-default
 $4
vrf $vrf
exit-vrf
vrf ovnvrf100
exit-vrf
router bgp 4210000000 vrf $vrf
 bgp router-id ${n}4.${n}4.${n}4.${n}4
 no bgp ebgp-requires-policy
 timers bgp 10 600
 neighbor $2 $3
 neighbor $2 timers connect 1
 neighbor $2 advertisement-interval 0
 address-family ipv4 unicast
  redistribute kernel
  neighbor $2 route-map to-tor out
 exit-address-family
CONF
}

frr_tor() {
    local n=$1
    frr_start tor-$n <<CONF
hostname tor-$n
router bgp 4200000${n}00
 bgp router-id 4$n.4$n.4$n.4$n
 no bgp ebgp-requires-policy
 timers bgp 10 600
 neighbor $2 $3
 neighbor $2 timers connect 1
 neighbor $2 advertisement-interval 0
 address-family ipv4 unicast
  network 4$n.4$n.4$n.4$n/32
 exit-address-family
CONF
}

# frr_start NODE: its configuration is on standard input.
frr_start() {
    local etc=/etc/frr/$1 run=/run/frr/$1
    mkdir -p $etc $run && cat > $etc/frr.conf && : > $etc/vtysh.conf &&
    chown -R frr:frr $etc $run && chown frr:frr /run/frr && chmod 755 /run/frr &&
    frr_daemon $1 zebra -s 90000000 && frr_daemon $1 bgpd
}

# frr_daemon NODE DAEMON [OPTION...]: starts it.  zebra has Debian's options.
frr_daemon() {
    local node=$1 daemon=$2 run=/run/frr/$1
    shift 2
    as $node /usr/lib/frr/$daemon -d -N $node -A 127.0.0.1 -f /etc/frr/$node/frr.conf \
        --log file:$run/$daemon.log "$@" 2> $run/$daemon.start ||
        { cat $run/$daemon.start; return 1; }
}
