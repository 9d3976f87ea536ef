# learn.sh: for tests of what ovn-route-controller learns.  Sourced after
# controller.sh.

# learn_links: the devices that routes lead to.
learn_links() {
    local n
    for n in 0 1; do
        in_ns ip link add x$n type veth peer name y$n &&
        in_ns ip addr add 10.$((n + 1)).0.1/24 dev x$n &&
        in_ns ip link set y$n up && learn_link_up $n || return 1
    done
}

# learn_link_up N: sets device xN up and gives it the IPv6 address that it loses
# when it goes down.
learn_link_up() {
    in_ns ip link set x$1 up &&
    in_ns ip addr add 2001:db8:$(($1 + 1))::1/64 dev x$1 nodad &&
    wait_until "in_ns ip -6 route get 2001:db8:$(($1 + 1))::2"
}
route() { in_ns ip -4 route "$@"; }
route6() { in_ns ip -6 route "$@"; }

# sb_learn_router NAME TABLE NETWORKS [KEY=VALUE...]: a gateway router on hv1
# whose only port has these networks, separated by spaces.
sb_learn_router() {
    local name=$1 key=$2 networks=$3
    shift 3
    sb_router "$name" "$key" "$@" &&
    ovn-sbctl set Port_Binding "$name-up" "mac=\"00:00:00:01:00:01 $networks\""
}

# sb_learn_port ROUTER PORT NETWORKS [KEY=VALUE...]: a second port on hv1.
sb_learn_port() {
    local router=$1 port=$2 networks=$3
    shift 3
    sb_port "$port" l3gateway hv1 "$router" &&
    ovn-sbctl set Port_Binding "$port" "mac=\"00:00:00:01:00:02 $networks\"" &&
    sb_routing_port "$router" "$port" "$port" dynamic-routing=true "$@"
}

# sb_port_option PORT KEY=VALUE: of its Dynamic_Routing_Port.
sb_port_option() {
    ovn-sbctl set Dynamic_Routing_Port "$(ovn-sbctl --bare --columns=_uuid find \
        Dynamic_Routing_Port logical_port="$(sb_uuid "$1")")" options:"$2"
}

# sb_learned ROUTER PORT PREFIX NEXTHOP CHASSIS: a row that somebody writes.
sb_learned() {
    ovn-sbctl create Learned_Route datapath="$(sb_datapath "$1")" \
        logical_port="$(sb_uuid "$2")" ip_prefix="$3" nexthop="$4" external_ids:chassis="$5"
}

# sb_txns_start, sb_txns: what the controller wrote to Learned_Route in between.
sb_txns_start() {
    wc -c < sb.db > txns.from
}
sb_txns() {
    tail -c "+$(cat txns.from)" sb.db | grep 'changes of learned routes'
    :
}

# learn_txns: how many transactions the controller began for learned routes.
learn_txns() {
    ovn-appctl -t ovn-route-controller coverage/read-counter learned_route_txn
}

# learn_time stop, learn_time warp MS: the clock of the daemon, started with --dummy-clock.
learn_time() { ovn-appctl -t ovn-route-controller time/"$@"; }

# learn_dumps: how often it read devices or a table.
learn_dumps() { ovn-appctl -t ovn-route-controller kernel/stats | sed -n 's/^dumps: //p'; }

# learn_has N: true if it wants N rows, and has them.
learn_has() {
    ovn-appctl -t ovn-route-controller memory/show > memory &&
    grep -q "learned-routes-wanted:$1 .*sb-learned-routes:$1\>" memory
}

# learned: the rows of Learned_Route, "PORT PREFIX NEXTHOP CHASSIS [KEY=VALUE]".
learned() {
    ovn-sbctl --format=json --columns=logical_port,ip_prefix,nexthop,external_ids list Learned_Route > learned.json &&
    ovn-sbctl --format=json --columns=_uuid,logical_port list Port_Binding > ports.json &&
    "$PYTHON3" - << 'EOF'
import json
ports = {u[1]: name for u, name in json.load(open("ports.json"))["data"]}
for port, prefix, nexthop, ids in json.load(open("learned.json"))["data"]:
    ids = dict(ids[1])
    words = [ports.get(port[1], "none") if port[0] == "uuid" else "none", prefix, nexthop, ids.pop("chassis", "-")]
    print(" ".join(words + ["%s=%s" % i for i in sorted(ids.items())]))
EOF
}

# wait_learned ROWS: until there are exactly these, in any order.
wait_learned() {
    printf '%s\n' "$1" | sed '/^$/d' | LC_ALL=C sort > learned.want
    wait_until learned_match || { diff learned.want learned.have; return 1; }
}
learned_match() {
    learned | LC_ALL=C sort > learned.have && cmp -s learned.want learned.have
}
