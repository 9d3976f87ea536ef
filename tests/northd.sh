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

# sb_listen: the Southbound server listens on a TCP port, too.  sb_probe MS: there it
# takes a client for dead that is silent for twice as long.
sb_listen() {
    ovn-sbctl -- --inactivity-probe=30000 set-connection ptcp:0:127.0.0.1 &&
    ovs-appctl -t "$ovs_base/sb.ctl" ovsdb-server/add-remote \
        db:OVN_Southbound,SB_Global,connections &&
    wait_until "grep '0:127.0.0.1: listening on port' sb.log"
}
sb_probe() { ovn-sbctl set Connection . inactivity_probe=$1; }

# relay DB (nb or sb): a TCP way to that server, tcp:127.0.0.1:$(cat relay.port), by
# the process in relay.pid, which may be stopped: then its connections are
# half-open.
relay() {
    grep -q "0:127.0.0.1: listening on port" $1.log ||
    ovs-appctl -t "$ovs_base/$1.ctl" ovsdb-server/add-remote ptcp:0:127.0.0.1 &&
    wait_until "grep '0:127.0.0.1: listening on port' $1.log" || return 1
    "$PYTHON3" - "$(sed -n 's/.*0:127.0.0.1: listening on port //p' $1.log | tail -n 1)" <<'PY' &
import os, socket, sys, threading
listener = socket.create_server(("127.0.0.1", 0))

def copy(source, target):
    data = b"-"
    while data:
        try:
            data = source.recv(1 << 20)
            target.sendall(data)
        except OSError:
            break
    for s in source, target:
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

with open("relay.new", "w") as f:
    print(listener.getsockname()[1], file=f)
os.rename("relay.new", "relay.port")
while True:
    client, _ = listener.accept()
    upstream = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    for pair in (client, upstream), (upstream, client):
        threading.Thread(target=copy, args=pair, daemon=True).start()
PY
    echo $! > relay.pid
    on_exit "kill -KILL $!"
    wait_until 'test -e relay.port'
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

# start_sb_cluster [SCHEMA [OPTION...]]: three servers in place of start_sb, with
# the options; OVN_SB_DB is to be set to $(sb_cluster), which names all.  With SSL
# options (ssl_options) the members talk SSL with each other, too.
start_sb_cluster() {
    local schema=${1:-$OVN_SCHEMAS/ovn-sb.ovsschema}
    test $# = 0 || shift
    start_cluster sb OVN_Southbound "$schema" "$@" && ovn-sbctl --db="$(sb_cluster)" init
}
sb_cluster() { cluster sb; }

# start_nb_cluster: likewise, for OVN_NB_DB=$(cluster nb), of which none is killed.
start_nb_cluster() {
    local election_ms=30000
    start_cluster nb OVN_Northbound "$OVN_SCHEMAS/ovn-nb.ovsschema" &&
    ovn-nbctl --db="$(cluster nb)" init
}

# start_cluster DB NAME SCHEMA [OPTION...], and cluster DB: for either.  Another one of
# them becomes the leader when the machine stands still for longer than $election_ms (by
# default they would not wait for more than a second).
start_cluster() {
    local n db=$1 name=$2 schema=$3 members
    shift 3
    case $* in
    *--private-key*) members=$(free_ports 3 | sed 's/^/ssl:/') || return 1 ;;
    *) members=$(for n in 1 2 3; do echo "unix:$ovs_base/raft-$db$n"; done) ;;
    esac
    # Without quotes: one word each.
    set -- $members "$@"
    ovsdb-tool --election-timer=${election_ms:-5000} create-cluster "$ovs_base/${db}1.db" "$schema" "$1" &&
    ovsdb-tool join-cluster "$ovs_base/${db}2.db" $name "$2" "$1" &&
    ovsdb-tool join-cluster "$ovs_base/${db}3.db" $name "$3" "$1" || return 1
    shift 3
    for n in 1 2 3; do
        start_ovsdb_again $db$n ovn$db$n.sock "$@" || return 1
    done
    for n in 1 2 3; do
        ovsdb-client --timeout=60 wait "unix:$ovs_base/ovn$db$n.sock" \
            $name connected || return 1
    done
}
cluster() {
    local n
    for n in 1 2 3; do
        echo "unix:$ovs_base/ovn$1$n.sock"
    done | paste -s -d,
}

# free_ports N: as many ADDRESS:PORT that nobody listens on, nor will soon: the address
# is one of 127.0.0.0/8 that no test beside this one takes.
free_ports() {
    "$PYTHON3" -c '
import os, socket, sys
address = "127.%d.%d.%d" % (1 + (os.getpid() >> 16 & 127), os.getpid() >> 8 & 255, os.getpid() & 255)
sockets = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in sockets:
    s.bind((address, 0))
print("\n".join("%s:%d" % s.getsockname() for s in sockets))' "$1"
}

# members_by_ssl: how many members each of them knows by an SSL address.
members_by_ssl() {
    local n
    for n in 1 2 3; do
        ovs-appctl -t "$ovs_base/sb$n.ctl" cluster/status OVN_Southbound |
            grep -c ' at ssl:127\.'
    done | paste -s -d' '
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

# nb_transact FILE: executes the operations in FILE, a JSON array without its
# brackets, in one Northbound transaction of whatever size.
nb_transact() {
    "$PYTHON3" - "${OVN_NB_DB#unix:}" "$1" <<'PY'
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
with open(sys.argv[2], encoding="utf-8") as f:
    ops = json.loads("[" + f.read() + "]")
s.sendall(json.dumps({"method": "transact", "id": 1,
                      "params": ["OVN_Northbound"] + ops}).encode())
text, decoder = "", json.JSONDecoder()
while True:
    data = s.recv(1 << 20).decode()
    if not data:
        sys.exit("the server closed the connection")
    text += data
    try:
        reply, end = decoder.raw_decode(text)
    except ValueError:
        continue
    if reply.get("id") == 1:
        break
    text = text[end:]
bad = [r for r in reply["result"] or [reply] if r and "error" in r]
if bad:
    sys.exit(str(bad[0]))
PY
}

# nats_add ROUTER FIRST N, nats_del ROUTER FIRST N: NATs number FIRST... of
# ROUTER, with external addresses in 100.0.0.0/8, in one transaction.
nats_add() {
    awk -v lr="$1" -v first="$2" -v n="$3" 'BEGIN {
        for (i = first; i < first + n; i++) {
            printf "{\"op\":\"insert\",\"table\":\"NAT\",\"uuid-name\":\"n%d\",\"row\":{" \
                   "\"type\":\"dnat_and_snat\",\"logical_ip\":\"192.168.0.1\"," \
                   "\"external_ip\":\"100.%d.%d.%d\"}},\n", i, i / 65536, int(i / 256) % 256, i % 256
            set = set (set == "" ? "" : ",") "[\"named-uuid\",\"n" i "\"]"
        }
        printf "{\"op\":\"mutate\",\"table\":\"Logical_Router\",\"where\":[[\"name\",\"==\",\"%s\"]]," \
               "\"mutations\":[[\"nat\",\"insert\",[\"set\",[%s]]]]}\n", lr, set
    }' > nats.json && nb_transact nats.json
}
nats_del() {
    ovn-nbctl --bare --no-headings --data=bare --format=csv \
        --columns=_uuid,external_ip list NAT | tr -d '"' |
    awk -F, -v lr="$1" -v first="$2" -v n="$3" 'BEGIN {
        for (i = first; i < first + n; i++) {
            want[sprintf("100.%d.%d.%d", i / 65536, int(i / 256) % 256, i % 256)]
        } }
        $2 in want { set = set (set == "" ? "" : ",") "[\"uuid\",\"" $1 "\"]" }
        END {
            printf "{\"op\":\"mutate\",\"table\":\"Logical_Router\",\"where\":[[\"name\",\"==\",\"%s\"]]," \
                   "\"mutations\":[[\"nat\",\"delete\",[\"set\",[%s]]]]}\n", lr, set
        }' > nats.json && nb_transact nats.json
}

# lone_router NAME: a gateway router that advertises its NATs on its port NAME-up,
# with what stock ovn-northd would put into the Southbound database: for tests
# that run without it, since it takes long for very many NATs.
lone_router() {
    ovn-nbctl lr-add $1 -- lrp-add $1 $1-up 00:00:00:00:02:02 10.0.0.1/30 \
        -- set Logical_Router $1 options:chassis=hv1 options:dynamic-routing=true \
           options:dynamic-routing-redistribute=nat &&
    ovn-sbctl -- --id=@d create Datapath_Binding tunnel_key=1 \
        -- create Port_Binding logical_port=$1-up type=l3gateway tunnel_key=1 datapath=@d
}

# n_routes N [CTL]: are there N rows of Advertised_Route, and nothing to write?
n_routes() {
    ovn-appctl -t "${2:+$ovs_base/}${2:-ovn-route-northd}" status > status.out &&
    grep -q "^Routes: $1 in the database" status.out &&
    grep -q '^Pending changes: no' status.out
}

# full_computations [CTL]: how many it has made.
full_computations() {
    ovn-appctl -t "${1:+$ovs_base/}${1:-ovn-route-northd}" coverage/read-counter northd_compute_full
}

# set_option KEY TEXT N: sets an option of router lr0 to N times TEXT.
set_option() {
    "$PYTHON3" -c '
import json, sys
key, value, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
print(json.dumps({"op": "mutate", "table": "Logical_Router",
                  "where": [["name", "==", "lr0"]],
                  "mutations": [["options", "delete", ["set", [key]]],
                                ["options", "insert", ["map", [[key, value * times]]]]]}))' "$@" > ops.json &&
    nb_transact ops.json
}

# hammer NUMBER: a thousand transactions on router lr0, as fast as the server can:
# a NAT each, 100.NUMBER.0.0 and so on, every tenth of them invalid.
hammer() {
    "$PYTHON3" - "${OVN_NB_DB#unix:}" $1 <<'PY'
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
text = ""
for i in range(1000):
    row = {"type": "dnat_and_snat", "logical_ip": "192.168.0.1",
           "external_ip": "junk" if i % 10 == 3
                          else "100.%s.%d.%d" % (sys.argv[2], i // 256, i % 256)}
    s.sendall(json.dumps({"method": "transact", "id": i, "params": [
        "OVN_Northbound",
        {"op": "insert", "table": "NAT", "uuid-name": "n", "row": row},
        {"op": "mutate", "table": "Logical_Router",
         "where": [["name", "==", "lr0"]],
         "mutations": [["nat", "insert", ["named-uuid", "n"]]]}]}).encode())
    # A few may be on their way: the server does not read on for ever.
    while text.count('"error":null') < i - (10 if i < 999 else -1):
        data = s.recv(1 << 20).decode()
        if not data:
            sys.exit("the server closed the connection")
        text += data
PY
}

# doublets FILE: how often the same prefix was there at most, by what
# 'ovsdb-client --format=json monitor' wrote of Advertised_Route's ip_prefix, and
# how many of them were deleted.
doublets() {
    "$PYTHON3" - "$1" <<'PY'
import json, sys
rows, most, moved = {}, 0, 0
for line in open(sys.argv[1], encoding="utf-8"):
    for uuid, action, prefix in json.loads(line)["data"]:
        if action in ("initial", "insert", "new"):
            rows[uuid] = prefix
        elif action == "delete":
            del rows[uuid]
            moved += 1
    prefixes = list(rows.values())
    most = max([most] + [prefixes.count(p) for p in set(prefixes)]) \
        if len(prefixes) != len(set(prefixes)) else max(most, 1)
print("most at once: %d, moved: %d" % (most, moved))
PY
}

# barrier_move: tells the daemon of a Northbound state, in place of stock
# ovn-northd, and waits until its rows are complete.
barrier_move() {
    local cfg
    cfg=$(($(ovn-nbctl get NB_Global . nb_cfg) + 1)) &&
    ovn-nbctl set NB_Global . nb_cfg=$cfg &&
    ovn-sbctl set SB_Global . nb_cfg=$cfg options:svc_monitor_mac="00\\:00\\:00\\:00\\:00\\:01" &&
    wait_until "at_least $cfg ovn-sbctl --bare --columns=nb_cfg list Route_Exchange_Global"
}

# upgrading_proxy SOCKET SCHEMA: a way to the Southbound server, at SOCKET, on
# which someone converts the database to SCHEMA between the moment when a client
# that monitors nothing reads the schema and the next time when it asks for it.
upgrading_proxy() {
    "$PYTHON3" - "${OVN_SB_DB#unix:}" "$1" "$2" <<'PY' &
import socket, subprocess, sys, threading
server, path, schema = sys.argv[1:]
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen()

def copy(source, target, seen):
    while True:
        try:
            data = source.recv(1 << 20)
        except OSError:
            data = b""
        if not data:
            break
        if seen is not None:
            if b'"monitor' in data:
                seen["monitor"] = True
            seen["asked"] += data.count(b'"get_schema"')
            if seen["asked"] > 1 and not seen["monitor"] and not upgraded:
                upgraded.append(subprocess.call(["ovsdb-client", "convert", "unix:" + server, schema]))
        target.sendall(data)
    for s in source, target:
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

upgraded = []
while True:
    client, _ = listener.accept()
    upstream = socket.socket(socket.AF_UNIX)
    upstream.connect(server)
    threading.Thread(target=copy, args=(client, upstream, {"monitor": False, "asked": 0}), daemon=True).start()
    threading.Thread(target=copy, args=(upstream, client, None), daemon=True).start()
PY
    echo $! > "$ovs_base/proxy.pid"
    on_exit "kill $!"
    wait_until "test -e $1"
}

# rows_at_barrier N: waits until the barrier is N, and prints the prefixes that
# were there in that moment.  Prints "ready" first.
rows_at_barrier() {
    "$PYTHON3" - "${OVN_SB_DB#unix:}" "$1" <<'PY'
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(json.dumps({"method": "monitor", "id": 1, "params": [
    "OVN_Southbound", None,
    {"Advertised_Route": {"columns": ["ip_prefix"]},
     "Route_Exchange_Global": {"columns": ["nb_cfg"]}}]}).encode())
print("ready", flush=True)
rows, text, decoder = {}, "", json.JSONDecoder()
while True:
    data = s.recv(1 << 20).decode()
    if not data:
        sys.exit("the server closed the connection")
    text += data
    while text:
        try:
            message, end = decoder.raw_decode(text)
        except ValueError:
            break
        text = text[end:]
        update = message["result"] if message.get("id") == 1 else message["params"][1]
        for uuid, row in update.get("Advertised_Route", {}).items():
            if "new" in row:
                rows[uuid] = row["new"]["ip_prefix"]
            else:
                del rows[uuid]
        for row in update.get("Route_Exchange_Global", {}).values():
            if row.get("new", {}).get("nb_cfg") == int(sys.argv[2]):
                print(" ".join(sorted(rows.values())))
                sys.exit()
PY
}

# rows_wanted CTL: what that daemon wants, as 'advertised' prints what is there.
rows_wanted() {
    ovn-appctl -t "$ovs_base/$1" rows/show |
        awk '{ print $2, $1 ($3 == "tracks" ? " " $4 : "") }' | sort
}

# play_history SEED STEPS: a random history of the Northbound database, from an
# empty one on, through which one daemon lives.  Whenever the barrier moves, all
# rows are there that a daemon wants which has just been started.
play_history() {
    local args n=0
    { ovn-nbctl --all destroy Logical_Router -- --all destroy Logical_Switch \
        -- --all destroy Load_Balancer -- --all destroy Chassis_Template_Var &&
      "$abs_top_srcdir/tests/lib/nb-history" "$1" "$2" > history &&
      start_route_northd; } || return 1
    while read -r args; do
        eval "ovn-nbctl $args" || { echo "seed $1: ovn-nbctl $args"; return 1; }
        n=$((n + 1))
        test $((n % 4)) = 0 || continue
        { barrier_move && advertised > rows.there && start_one; } || return 1
        if ! wait_until 'rows_wanted one.ctl > rows.wanted; diff rows.there rows.wanted' ||
           ! ovn-appctl -t ovn-route-northd recompute --check; then
            echo "seed $1, after step $n:"
            head -n $n history | tail -n 5
            return 1
        fi
        daemon_exit "$ovs_base/one.ctl" one.pid || return 1
    done < history
    daemon_exit ovn-route-northd ovn-route-northd.pid
}
