# northd.sh: more words for tests of ovn-route-northd.  Sourced after daemon.sh.

SB_SCHEMA=$abs_top_builddir/lib/ovn-sb.ovsschema

# written: rows that the daemon has written so far.
written() {
    ovn-appctl -t ovn-route-northd status | sed -n 's/.*rows written: //p'
}

# standby: is the daemon at control socket $1 on standby (else active)?
is_standby() {
    ovn-appctl -t "$ovs_base/$1" status | grep -q '^Status: standby'
}
is_active() {
    ovn-appctl -t "$ovs_base/$1" status | grep -q '^Status: active'
}

# start_one: another ovn-route-northd, with one.pid and one.ctl.
start_one() {
    start_route_northd --pidfile="$ovs_base/one.pid" --unixctl="$ovs_base/one.ctl" &&
    on_exit "daemon_stop $ovs_base/one.pid ovn-route-northd"
}

# row_ids: uuid and contents of all rows of ours that northd writes.
row_ids() {
    rows Advertised_Route _uuid,datapath,logical_port,ip_prefix,tracked_port &&
    rows Dynamic_Routing_Port _uuid,datapath,logical_port,binding_port,options
}

# problem_list: the problems that the daemon has now, without their uuids.
problem_list() {
    ovn-appctl -t ovn-route-northd problem/list |
        sed 's/NAT [0-9a-f-]* of/NAT of/'
}

# ports: rows of Dynamic_Routing_Port as
#     PORT BINDING_PORT ROUTER OPTIONS
ports() {
    ovn-sbctl --bare --no-headings --data=bare --format=csv \
        --columns=_uuid,logical_port list Port_Binding | tr -d '"' > pb.names &&
    rows Dynamic_Routing_Port logical_port,binding_port,external_ids,options |
    awk -F, 'NR == FNR { n[$1] = $2; next }
             { sub(/^router=/, "", $3)
               print n[$1], n[$2], $3 ($4 == "" ? "" : " " $4) }' pb.names - | sort
}

# router_port SWITCH PORT: connects the router port PORT with SWITCH.
router_port() {
    ovn-nbctl lsp-add "$1" "$1-$2" -- lsp-set-type "$1-$2" router \
        -- lsp-set-addresses "$1-$2" router \
        -- lsp-set-options "$1-$2" router-port="$2"
}

# guest_router: a distributed router "guest" with a gateway port "guest-up" on
# the switch "join", a port "guest-in" and the VIFs vm1 and vm2 on the switch
# "inside"; without dynamic routing.
guest_router() {
    ovn-nbctl lr-add guest \
        -- lrp-add guest guest-in 00:00:00:00:01:01 192.168.10.1/24 2001:db8:10::1/64 \
        -- lrp-add guest guest-up 00:00:00:00:01:02 172.16.10.1/24 \
        -- lrp-set-gateway-chassis guest-up hv1 10 \
        -- ls-add inside -- ls-add join \
        -- lsp-add inside vm1 -- lsp-add inside vm2 &&
    router_port inside guest-in && router_port join guest-up
}

# edge_router: a gateway router "edge" with dynamic routing on the switch
# "join": port "edge-join", and a port "edge-up".
edge_router() {
    ovn-nbctl lr-add edge -- set Logical_Router edge options:chassis=hv1 \
        options:dynamic-routing=true \
        -- lrp-add edge edge-join 00:00:00:00:02:01 172.16.10.254/24 \
        -- lrp-add edge edge-up 00:00:00:00:02:02 10.0.0.1/30 2001:db8:ff::1/64 &&
    router_port join edge-join
}

# native_sb_schema: what OVN >= 25.03 has: Advertised_Route with strong references.
native_sb_schema() {
    "$PYTHON3" -c '
import json, sys
schema = json.load(open(sys.argv[1]))
def ref(table):
    return {"type": {"key": {"type": "uuid", "refTable": table}}}
schema["tables"]["Advertised_Route"] = {
    "columns": {"datapath": ref("Datapath_Binding"),
                "logical_port": ref("Port_Binding"),
                "ip_prefix": {"type": "string"}},
    "isRoot": True}
json.dump(schema, sys.stdout)' "$OVN_SCHEMAS/ovn-sb.ovsschema"
}

# sb_restart_as SCHEMA: stops the Southbound server, converts its database to
# SCHEMA as stock ovn-ctl does at its start, and starts it again.
sb_restart_as() {
    stop_ovsdb sb && ovsdb-tool convert "$ovs_base/sb.db" "$1" && start_sb_again
}

# start_sb_cluster: three servers in place of start_sb; OVN_SB_DB names all.
start_sb_cluster() {
    local n
    ovsdb-tool create-cluster "$ovs_base/sb1.db" "$OVN_SCHEMAS/ovn-sb.ovsschema" \
        "unix:$ovs_base/raft1" || return 1
    for n in 2 3; do
        ovsdb-tool join-cluster "$ovs_base/sb$n.db" OVN_Southbound \
            "unix:$ovs_base/raft$n" "unix:$ovs_base/raft1" || return 1
    done
    for n in 1 2 3; do
        start_ovsdb_again sb$n ovnsb$n.sock || return 1
    done
    for n in 1 2 3; do
        ovsdb-client --timeout=20 wait "unix:$ovs_base/ovnsb$n.sock" \
            OVN_Southbound connected || return 1
    done
    ovn-sbctl --db="$(sb_cluster)" init
}
sb_cluster() {
    echo "unix:$ovs_base/ovnsb1.sock,unix:$ovs_base/ovnsb2.sock,unix:$ovs_base/ovnsb3.sock"
}
# sb_leader: the number of the server that leads.
sb_leader() {
    local n
    for n in 1 2 3; do
        if ovs-appctl --timeout=5 -t "$ovs_base/sb$n.ctl" cluster/status OVN_Southbound 2> /dev/null |
               grep -q '^Role: leader'; then
            echo $n
            return 0
        fi
    done
    return 1
}

# ssl_keys [NAME]: makes a key and a certificate that is its own authority.
ssl_keys() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=${1:-test}" \
        -keyout "$ovs_base/${1:-test}-key.pem" -out "$ovs_base/${1:-test}-cert.pem"
}
# ssl_options [NAME]: the options that use them.
ssl_options() {
    echo "--private-key=$ovs_base/${1:-test}-key.pem" \
         "--certificate=$ovs_base/${1:-test}-cert.pem" \
         "--ca-cert=$ovs_base/${1:-test}-cert.pem"
}
# sb_add_ssl: restarts the Southbound server with SSL, and prints its remote.
sb_add_ssl() {
    local port
    stop_ovsdb sb >&2 &&
    ovsdb-server --detach --no-chdir --pidfile="$ovs_base/sb.pid" \
        --unixctl="$ovs_base/sb.ctl" --log-file="$ovs_base/sb.log" \
        -vconsole:off --remote="punix:$ovs_base/ovnsb_db.sock" \
        --remote=pssl:0:127.0.0.1 $(ssl_options) "$ovs_base/sb.db" >&2 &&
    port=$(sed -n 's/.*0:127.0.0.1: listening on port //p' "$ovs_base/sb.log" | tail -n 1) &&
    echo "ssl:127.0.0.1:$port"
}
