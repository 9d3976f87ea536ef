# controller.sh: for tests of ovn-route-controller that play both northds.
# Sourced after daemon.sh.

SB_SCHEMA=$abs_top_builddir/lib/ovn-sb.ovsschema

sb_uuid() {
    ovn-sbctl --bare --columns=_uuid find Port_Binding logical_port="$1"
}

# sb_datapath ROUTER: the UUID of its Datapath_Binding.
sb_datapath() {
    ovn-sbctl --bare --columns=_uuid find Datapath_Binding external_ids:name="$1"
}

# sb_port NAME TYPE CHASSIS [ROUTER]: a Port_Binding.  TYPE and CHASSIS may be
# empty; without ROUTER it lies on a switch of its own.
sb_port() {
    local name=$1 type=$2 chassis=$3 dp=${4:-}
    if test -n "$dp"; then
        dp=$(sb_datapath "$dp")
    else
        dp=$(ovn-sbctl create Datapath_Binding tunnel_key=$(sb_next_key))
    fi
    ovn-sbctl create Port_Binding logical_port="$name" type='"'"$type"'"' \
        datapath="$dp" tunnel_key=$(sb_next_key) ||
        return 1
    test -z "$chassis" || ovn-sbctl lsp-bind "$name" "$chassis"
}

# Numbers from 1000 on, each once.
sb_next_key() {
    echo x >> keys
    echo $((1000 + $(wc -l < keys)))
}

# sb_routing_port ROUTER PORT BINDING_PORT [KEY=VALUE...] [-- MORE...]: a
# Dynamic_Routing_Port, in one transaction with what follows "--".
sb_routing_port() {
    local router=$1 port=$2 binding=$3 options=
    shift 3
    while test $# -gt 0 && test "$1" != --; do
        options="$options options:$1"
        shift
    done
    ovn-sbctl create Dynamic_Routing_Port datapath="$(sb_datapath "$router")" \
        logical_port="$(sb_uuid "$port")" binding_port="$(sb_uuid "$binding")" \
        external_ids:router="$router" $options "$@"
}

# sb_router NAME TABLE [KEY=VALUE...]: a gateway router on hv1 with its only
# port NAME-up and tunnel key TABLE.
sb_router() {
    local name=$1 key=$2
    shift 2
    ovn-sbctl create Datapath_Binding tunnel_key="$key" external_ids:name="$name" &&
    sb_port "$name-up" l3gateway hv1 "$name" &&
    sb_routing_port "$name" "$name-up" "$name-up" dynamic-routing=true "$@"
}

# sb_dgp_router NAME TABLE CHASSIS: a distributed router with gateway port
# NAME-dgp on CHASSIS.
sb_dgp_router() {
    ovn-sbctl create Datapath_Binding tunnel_key="$2" external_ids:name="$1" &&
    sb_port "$1-dgp" patch "" "$1" &&
    sb_port "cr-$1-dgp" chassisredirect "$3" "$1" &&
    sb_routing_port "$1" "$1-dgp" "cr-$1-dgp" dynamic-routing=true
}

# sb_options ROUTER KEY=VALUE...: adds to its Dynamic_Routing_Port.
sb_options() {
    local router=$1 options=
    shift
    for o; do
        options="$options options:$o"
    done
    ovn-sbctl set Dynamic_Routing_Port \
        "$(ovn-sbctl --bare --columns=_uuid find Dynamic_Routing_Port external_ids:router="$router")" \
        $options
}

# As stock northd deletes a router, and then ovn-route-northd the garbage.
sb_delete_router() {
    local dp port
    dp=$(sb_datapath "$1") && port=$(sb_uuid "$1-up") &&
    ovn-sbctl destroy Port_Binding "$port" -- destroy Datapath_Binding "$dp" &&
    for table in Advertised_Route Dynamic_Routing_Port; do
        for row in $(ovn-sbctl --bare --columns=_uuid find $table 'datapath=[]'); do
            ovn-sbctl destroy $table "$row" || return 1
        done
    done
}

# sb_advertise ROUTER PREFIX [TRACKED_PORT]: on its port ROUTER-up.
sb_advertise() {
    sb_advertise_on "$1" "$1-up" "$2" ${3:+"$3"}
}
# sb_advertise_on ROUTER PORT PREFIX [TRACKED_PORT]
sb_advertise_on() {
    local tracked=
    test -z "${4:-}" || tracked="tracked_port=$(sb_uuid "$4")"
    ovn-sbctl create Advertised_Route datapath="$(sb_datapath "$1")" \
        logical_port="$(sb_uuid "$2")" ip_prefix='"'"$3"'"' $tracked
}

# sb_sync: the barrier: bumps Route_Exchange_Global's nb_cfg, and waits until
# hv1's kernel has followed.
sb_sync() {
    local cfg
    cfg=$(($(ovn-sbctl --bare --columns=nb_cfg list Route_Exchange_Global) + 1))
    ovn-sbctl set Route_Exchange_Global . nb_cfg=$cfg &&
    wait_until "at_least $cfg status_row nb_cfg"
}
sb_settled() { sb_sync; }

# status_row COLUMN, of hv1.
status_row() {
    ovn-sbctl --bare --columns="$1" find Route_Exchange_Chassis name=hv1
}
# status_get KEY...: of its status; up to date, which the row is only after a
# second.
status_get() {
    local key
    ovn-appctl -t ovn-route-controller status > status.txt || return 1
    for key; do
        sed -n "s/^$key: //p" status.txt
    done
}

# kernel TABLE: our routes in it, IPv4 before IPv6, in one form for all versions
# of iproute2.
kernel() {
    { in_ns ip -4 route show table "$1"; in_ns ip -6 route show table "$1"; } 2> /dev/null |
    sed 's/proto ovn/proto 84/; s/ dev lo / /; s/ pref medium//; s/ *$//' | grep 'proto 84' | LC_ALL=C sort
}

# wait_problem TEXT...: a problem that contains all of the texts is in the
# list, in the log and in the status row.
wait_problem() {
    wait_problem_logged "$@" &&
    wait_until problem_match list && wait_until problem_match row
}
wait_problem_logged() {
    printf '%s\n' "$@" > problem.texts
    wait_until problem_match log
}
problem_match() {
    case $1 in
    list) ovn-appctl -t ovn-route-controller problem/list ;;
    log)  grep WARN ovn-route-controller.log ;;
    row)  ovn-sbctl get Route_Exchange_Chassis hv1 status |
          sed 's/, problem-/\
problem-/g; s/\\"/"/g' ;;
    esac > problem.lines
    while read -r text; do
        grep -F -e "$text" problem.lines > problem.match || return 1
        mv problem.match problem.lines
    done < problem.texts
}

# monitor_start, monitor_stop: routes that are deleted in between, one per line
# in monitor.txt.
monitor_start() {
    rm -f monitor.raw monitor.pid
    in_ns sh -c 'echo $$ > monitor.pid; exec ip monitor route' > monitor.raw 2> monitor.err &
    wait_until test -s monitor.pid &&
    on_exit "daemon_stop $ovs_base/monitor.pid ip" &&
    # It listens once it has seen a route of the test's own go.
    wait_until monitor_probe
}
monitor_probe() {
    in_ns ip route add blackhole 198.51.100.1 table 99
    in_ns ip route del blackhole 198.51.100.1 table 99
    grep -q '^Deleted blackhole 198.51.100.1' monitor.raw
}
monitor_stop() {
    in_ns ip route add blackhole 198.51.100.2 table 99 &&
    in_ns ip route del blackhole 198.51.100.2 table 99 &&
    wait_until 'grep -q "^Deleted blackhole 198.51.100.2" monitor.raw' &&
    daemon_stop monitor.pid ip &&
    { grep '^Deleted' monitor.raw | grep -v ' 198.51.100.' > monitor.txt; :; }
}

# start_route_controller_without_cap CAPABILITY [ARG...]: as root of the
# namespace, but without this right.
start_route_controller_without_cap() {
    local AS="in_ns setpriv --bounding-set=-$1 --inh-caps=-$1"
    shift
    start_daemon ovn-route-controller "unix:$ovs_base/db.sock" "$@"
}

# start_route_controller_as USER: started as that user, as a unit with User=
# does, with the one right that it needs.
start_route_controller_as() {
    local AS="in_ns setpriv --reuid=$1 --regid=$(id -g $1) --clear-groups --inh-caps=+net_admin --ambient-caps=+net_admin"
    start_daemon ovn-route-controller "unix:$ovs_base/db.sock"
}

# native_schema: what OVN >= 25.03 has in place of our tables: two of them, with
# strong references and unique rows, and a higher version.
native_schema() {
    "$PYTHON3" -c '
import json, sys
schema = json.load(open(sys.argv[1]))
tables = schema["tables"]
for table in list(tables):
    if table.startswith("Route_Exchange_") or table == "Dynamic_Routing_Port":
        del tables[table]
for table, last in (("Advertised_Route", "tracked_port"), ("Learned_Route", "nexthop")):
    for name, column in tables[table]["columns"].items():
        if "refTable" in str(column):
            del column["type"]["key"]["refType"]
            if name != "tracked_port":
                del column["type"]["min"]
    tables[table]["indexes"] = [["datapath", "logical_port", "ip_prefix", last]]
schema.pop("cksum", None)
schema["version"] = "20.99.0"
json.dump(schema, sys.stdout)' "$SB_SCHEMA"
}

# ssl_keys: ca.crt, and server.{key,crt} and client.{key,crt} that it signed.
ssl_keys() {
    local n
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -subj /CN=ca -days 2 &&
    for n in server client; do
        openssl req -newkey rsa:2048 -nodes -keyout $n.key -out $n.csr -subj /CN=$n &&
        openssl x509 -req -in $n.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out $n.crt -days 2 ||
            return 1
    done
}

# ssl_relay PORT: the Southbound database by SSL, inside the namespace.
ssl_relay() {
    in_ns ovsdb-server --detach --no-chdir --pidfile="$ovs_base/relay.pid" \
        --unixctl="$ovs_base/relay.ctl" --log-file="$ovs_base/relay.log" -vconsole:off \
        -p server.key -c server.crt -C ca.crt --remote="pssl:$1:127.0.0.1" \
        "relay:OVN_Southbound:$OVN_SB_DB" &&
    on_exit "daemon_stop $ovs_base/relay.pid ovsdb-server"
}

# start_vswitchd [RUNDIR]: a real ovs-vswitchd on the chassis' database, with
# dummy devices, so that it needs no rights and touches nothing; with its sockets
# in another directory than the database's.
start_vswitchd() {
    OVS_RUNDIR=${1:-$ovs_base} ovs-vswitchd --detach --no-chdir --pidfile="$ovs_base/ovs-vswitchd.pid" \
        --log-file="$ovs_base/ovs-vswitchd.log" -vconsole:off \
        --disable-system --enable-dummy=override "unix:$ovs_base/db.sock" &&
    on_exit "daemon_stop $ovs_base/ovs-vswitchd.pid ovs-vswitchd" &&
    ovs-vsctl set bridge br-int datapath_type=dummy fail-mode=secure &&
    wait_until "ovs-ofctl -O OpenFlow15 dump-aggregate unix:${1:-$ovs_base}/br-int.mgmt"
}
kill_vswitchd() {
    daemon_kill "$ovs_base/ovs-vswitchd.pid" ovs-vswitchd KILL
}

# flows_add [RUNDIR]: what ovn-controller does when it has started, for our
# purposes: the first flows, and then those of the router whose tunnel key is 10.
flows_add() {
    flows_add_first "$@" && ovs-ofctl -O OpenFlow15 add-flow "unix:${1:-$ovs_base}/br-int.mgmt" \
        "table=8,metadata=10,priority=0,actions=drop"
}
flows_add_first() {
    local table
    for table in 0 8 64 65; do
        ovs-ofctl -O OpenFlow15 add-flow "unix:${1:-$ovs_base}/br-int.mgmt" "table=$table,priority=0,actions=drop" || return 1
    done
}

# chassis_set KEY=VALUE...: external_ids of the chassis, which the controller
# has read if it runs.
chassis_set() {
    local ids= id
    for id; do
        ids="$ids external_ids:$id"
    done
    ovs-vsctl --no-wait set open . $ids && conf_sync
}

# sb_read: the controller has read what the Southbound database holds, whatever
# it makes of that (see conf_sync).
sb_read() {
    ovn-sbctl list SB_Global && ovn-appctl -T $WAIT_LIMIT -t ovn-route-controller version
}

# conf_sync: the barrier of the chassis' own database, of which sb_sync knows
# nothing.  Before a server answers a client that came after a change, it has
# sent the change to all others; and before the turn of the controller that
# follows its answer to a command, it has read that.
conf_sync() {
    daemon_alive "$ovs_base/ovn-route-controller.pid" ovn-route-controller || return 0
    ovs-vsctl --no-wait get open . _uuid &&
    ovn-appctl -T $WAIT_LIMIT -t ovn-route-controller version
}

# gate STATE: is the gate in it?
gate() {
    test "$(status_get gate)" = "$1"
}

# sb_elsewhere N: N gateway routers lr1 ... lrN on hv2 with tunnel keys from
# 2001 on, each with a port lrI-up, one of a switch, and three routes.  The
# database is filled with one transaction.
sb_elsewhere() {
    "$PYTHON3" -c '
import json, sys
ops = []
def insert(table, name, **row):
    op = {"op": "insert", "table": table, "row": row}
    if name:
        op["uuid-name"] = name
    ops.append(op)
def ref(name):
    return ["named-uuid", name]
chassis = ["uuid", sys.argv[2]]
for i in range(1, int(sys.argv[1]) + 1):
    dp, up, ls = "dp%d" % i, "up%d" % i, "ls%d" % i
    insert("Datapath_Binding", dp, tunnel_key=2000 + i)
    insert("Datapath_Binding", ls, tunnel_key=20000 + i)
    insert("Port_Binding", up, logical_port="lr%d-up" % i, type="l3gateway", datapath=ref(dp),
           tunnel_key=1, chassis=chassis)
    insert("Port_Binding", None, logical_port="lr%d-dn" % i, type="patch", datapath=ref(dp), tunnel_key=2)
    insert("Port_Binding", None, logical_port="vm%d" % i, datapath=ref(ls), tunnel_key=1, chassis=chassis)
    insert("Dynamic_Routing_Port", None, datapath=ref(dp), logical_port=ref(up), binding_port=ref(up),
           options=["map", [["dynamic-routing", "true"]]], external_ids=["map", [["router", "lr%d" % i]]])
    for j in 1, 2, 3:
        insert("Advertised_Route", None, datapath=ref(dp), logical_port=ref(up),
               ip_prefix="10.%d.%d.%d" % (i % 256, i // 256, j))
json.dump(ops, sys.stdout)' "$1" "$(ovn-sbctl --bare --columns=_uuid find Chassis name=hv2)" > elsewhere.json &&
    sb_transact elsewhere.json
}

# sb_bind PORT CHASSIS: PORT may be bound elsewhere.
sb_bind() {
    ovn-sbctl lsp-unbind "$1" -- lsp-bind "$1" "$2"
}

# sb_track_type: what ovn-route-northd says of tracked router ports.
sb_track_type() {
    local row port
    for row in $(ovn-sbctl --bare --columns=_uuid list Advertised_Route); do
        port=$(ovn-sbctl --bare --columns=tracked_port list Advertised_Route $row)
        test -n "$port" || continue
        set -- $(ovn-sbctl --bare --columns=logical_port,type list Port_Binding $port)
        ovn-sbctl set Advertised_Route $row external_ids:tracked-port=$1 || return 1
        test "${2:-vif}" = vif || ovn-sbctl set Advertised_Route $row external_ids:tracked-port-type=router || return 1
    done
}

# changes_start, changes_stop: all changes of our routes, in changes.txt.
changes_start() { monitor_start; }
changes_stop() {
    monitor_stop && { grep 'proto \(84\|ovn\)' monitor.raw > changes.txt; :; }
}

# metrics_get [TARGET]: the document, from the unix socket or from PORT of the
# namespace, in metrics.txt; and each sample on a line of its own as the Prometheus parser sees
# it, sorted, in samples.txt.
metrics_get() {
    in_ns "$PYTHON3" -c '
import http.client, socket, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
class Connection(http.client.HTTPConnection):
    def connect(self):
        if "/" in sys.argv[1]:
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.connect(sys.argv[1])
        else:
            self.sock = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
connection = Connection("localhost")
connection.request("GET", "/metrics", headers={"Accept": "application/openmetrics-text"})
answer = connection.getresponse()
assert answer.status == 200, answer.status
assert answer.getheader("Content-Type").startswith("application/openmetrics-text; version=1.0.0"), answer.headers
text = answer.read().decode("utf-8")
open("metrics.txt", "w").write(text)
lines = []
for family in text_string_to_metric_families(text):
    assert family.documentation, family
    for sample in family.samples:
        labels = "".join(" %s=%s" % pair for pair in sorted(sample.labels.items()))
        lines.append("%s%s %g\n" % (sample.name, labels, sample.value))
open("samples.txt", "w").writelines(sorted(lines))' "${1:-$ovs_base/ovn-route-controller.metrics.sock}"
}

# traced_start NAME ARG...: the daemon under strace, in daemon.trace.
traced_start() {
    local AS="in_ns strace -D -f -qq -o $ovs_base/daemon.trace"
    start_daemon "$@"
}

# traced_verdict NAME: the daemon started no program, opened no file to write
# but in its run and log directory, and did nothing that its unit forbids.
traced_verdict() {
    test "$(grep -c ' execve' daemon.trace)" = 1 || { grep ' execve' daemon.trace; return 1; }
    ! grep -E ' (open(at)?(2)?|creat)\(.*(O_WRONLY|O_RDWR|O_CREAT|creat)' daemon.trace |
        grep -v '"/dev/null"' | grep -v "\"$ovs_base/" || return 1
    seccomp_check "$abs_top_builddir/utilities/$1.service" daemon.trace
}

# seccomp_check UNIT TRACE: prints the system calls in TRACE that UNIT does not
# let through, and succeeds if there are none.
seccomp_check() {
    "$PYTHON3" -c '
import re, subprocess, sys
def expand(name, seen):
    if not name.startswith("@"):
        return {name}
    if name in seen:
        return set()
    seen.add(name)
    out = subprocess.run(["systemd-analyze", "syscall-filter", name], stdout=subprocess.PIPE, text=True, check=True).stdout
    names = set()
    for line in out.splitlines():
        word = line.strip()
        if line.startswith(" ") and word and not word.startswith("#"):
            names |= expand(word, seen)
    return names
allowed = None
for line in open(sys.argv[1]):
    if line.startswith("SystemCallFilter="):
        value = line.strip().split("=", 1)[1]
        names = set()
        for word in value.lstrip("~").split():
            names |= expand(word, set())
        allowed = allowed - names if value.startswith("~") else (allowed or set()) | names
used = set(re.findall(r"^(?:\d+ +)?(\w+)\(", open(sys.argv[2]).read(), re.M))
# The program is started before the filter holds.
bad = sorted(used - allowed - {"execve"})
print("\n".join(bad), end="\n" if bad else "")
sys.exit(1 if bad else 0)' "$1" "$2"
}

# sb_transact FILE: sends the operations in it, a JSON array, which may be more
# than what fits on a command line.
sb_transact() {
    "$PYTHON3" -c '
import json, socket, sys
ops = json.load(open(sys.argv[1]))
sock = socket.socket(socket.AF_UNIX)
sock.connect(sys.argv[2])
sock.sendall(json.dumps({"method": "transact", "params": ["OVN_Southbound"] + ops, "id": 1}).encode())
answer = b""
while True:
    answer += sock.recv(65536)
    try:
        answer = json.loads(answer)
        break
    except ValueError:
        pass
sys.exit(answer["error"] or any("error" in (r or {}) for r in answer["result"]))' "$1" "${OVN_SB_DB#unix:}"
}

# sb_routes ROUTER N FIRST: advertises N addresses of 10.128.0.0/9 from the FIRST on.
sb_routes() {
    "$PYTHON3" -c '
import json, sys
dp, port, n, first = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
json.dump([{"op": "insert", "table": "Advertised_Route",
            "row": {"datapath": ["uuid", dp], "logical_port": ["uuid", port],
                    "ip_prefix": "10.%d.%d.%d" % (128 + i // 65536, i // 256 % 256, i % 256)}}
           for i in range(first, first + n)], sys.stdout)' \
        "$(sb_datapath "$1")" "$(sb_uuid "$1-up")" "$2" "$3" > routes.json &&
    sb_transact routes.json
}

# sb_routes_del N: withdraws the first N of them.
sb_routes_del() {
    "$PYTHON3" -c '
import json, sys
json.dump([{"op": "delete", "table": "Advertised_Route",
            "where": [["ip_prefix", "==", "10.%d.%d.%d" % (128 + i // 65536, i // 256 % 256, i % 256)]]}
           for i in range(int(sys.argv[1]))], sys.stdout)' "$1" > routes.json &&
    sb_transact routes.json
}

# foreign_batch add|del N: for 'ip -batch': N routes of others in table 10.
foreign_batch() {
    awk -v what="$1" -v n="$2" 'BEGIN { for (i = 0; i < n; i++)
        printf "route %s blackhole 11.%d.%d.%d proto static table 10\n", what, i / 65536, i / 256 % 256, i % 256 }'
}

# crash: the controller is killed.  Its pid file's lock may outlive the process
# for a moment.
crash() {
    daemon_kill "$ovs_base/ovn-route-controller.pid" ovn-route-controller KILL &&
    rm "$ovs_base/ovn-route-controller.pid"
}
