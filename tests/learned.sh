# learned.sh: words for tests of learned routes in ovn-route-northd.  Sourced after
# northd.sh.

# learning_router: the router of edge_router, whose ports the chassis hv1 holds.
learning_router() {
    ovn-nbctl ls-add join && edge_router && chassis_add hv1 &&
    bind_port edge-up hv1 && bind_port edge-join hv1
}

# learn PORT PREFIX NEXTHOP [KEY=VALUE...]: as a chassis does, hv1 unless
# chassis= says otherwise.
learn() {
    local port=$1 prefix=$2 nexthop=$3 pb dp ids=
    shift 3
    case " $*" in *" chassis="*) ;; *) set -- "$@" chassis=hv1 ;; esac
    for id; do
        ids="$ids external_ids:${id%%=*}=\"${id#*=}\""
    done
    pb=$(ovn-sbctl --bare --columns=_uuid find Port_Binding logical_port="$port") &&
    dp=$(ovn-sbctl --bare --columns=datapath find Port_Binding logical_port="$port") &&
    ovn-sbctl ${learn_instead:+destroy Learned_Route $learn_instead --} \
        create Learned_Route datapath="$dp" logical_port="$pb" \
        "ip_prefix=\"$prefix\"" "nexthop=\"$nexthop\"" $ids
}

# relearn PORT PREFIX NEXTHOP [KEY=VALUE...]: the same instead of what there is of
# PREFIX, in one transaction.
relearn() {
    local learn_instead
    learn_instead=$(ovn-sbctl --bare --columns=_uuid find Learned_Route "ip_prefix=\"$2\"") &&
    learn "$@"
}

# unlearn [PREFIX [NEXTHOP]]: deletes these rows, or all.
unlearn() {
    local row
    for row in $(ovn-sbctl --bare --columns=_uuid find Learned_Route \
                     ${1:+"ip_prefix=\"$1\""} ${2:+"nexthop=\"$2\""}); do
        ovn-sbctl destroy Learned_Route "$row" || return 1
    done
}

# learned_sync: until all that was learned is in the Northbound database, and stock
# northd has followed.
learned_sync() {
    route_sync && wait_until learned_is_clean && ovn-nbctl --timeout=30 --wait=sb sync
}
# learned_is_clean [CTL]: has it written, and heard that it is written, all that is to
# be in the Northbound database?
learned_is_clean() {
    ovn-appctl -t "${1:+$ovs_base/}${1:-ovn-route-northd}" status |
        grep -q '^Northbound changes pending: no'
}

# configured_routes: "PREFIX NEXTHOP [PORT]" of all other static routes, sorted.
configured_routes() {
    ovn-nbctl --bare --no-headings --data=bare --format=csv \
        --columns=ip_prefix,nexthop,output_port,external_ids \
        list Logical_Router_Static_Route | tr -d '"' |
        sed -n '/route-exchange/d; s/,*$//; s/,/ /gp' | sort
}

# nb_changes [CTL]: to the Northbound database, so far.
nb_changes() {
    ovn-appctl -t "${1:+$ovs_base/}${1:-ovn-route-northd}" status |
        sed -n 's/.*pending.*changes: //p'
}

# learned: the static routes of ours, sorted:
#     PORT PREFIX NEXTHOP [the next hop that it stands for]
# and, as learned_rows.now, the uuids of the rows of Learned_Route.
learned() {
    rows Learned_Route _uuid > learned_rows.now &&
    learned_csv | awk -F'|' '{ print $1, $2, $3 ($4 == "" ? "" : " " $4) }' | sort
}
# static_routes_watch: from now on.  static_routes_least: how many static routes
# there have been at least, after each transaction since.
static_routes_watch() {
    ovsdb-client --detach --no-chdir --pidfile="$ovs_base/watch.pid" --log-file="$ovs_base/watch.log" \
        --format=json monitor "$OVN_NB_DB" OVN_Northbound Logical_Router_Static_Route ip_prefix \
        > watch.out && on_exit "daemon_stop $ovs_base/watch.pid ovsdb-client"
}
static_routes_least() {
    ovn-nbctl lr-route-add edge 203.0.113.0/24 discard &&
    wait_until "grep 203.0.113.0 watch.out" && ovn-nbctl lr-route-del edge 203.0.113.0/24 &&
    "$PYTHON3" -c '
import json, sys
rows, least = set(), None
for line in open(sys.argv[1], encoding="utf-8"):
    for uuid, action, prefix in json.loads(line)["data"]:
        (rows.discard if action == "delete" else rows.add)(uuid)
    least = len(rows) if least is None else min(least, len(rows))
print(least)' watch.out
}
# n_learned N: so many of them?
n_learned() {
    test "$(learned | grep -c .)" = "$1"
}
# learned_ids: the uuids that they carry.
learned_ids() {
    learned_csv | cut -d'|' -f5
}
learned_csv() {
    ovn-nbctl --bare --no-headings --data=json --format=json \
        --columns=output_port,ip_prefix,nexthop,external_ids \
        list Logical_Router_Static_Route |
    "$PYTHON3" -c '
import json, sys
for port, prefix, nexthop, ids in json.load(sys.stdin)["data"]:
    ids = dict(ids[1])
    if "route-exchange-learned" in ids:
        via = ids.get("route-exchange-nexthop", "")
        print("|".join([port, prefix, nexthop, "" if via == nexthop else via,
                        ids["route-exchange-learned"]]))'
}

# routing_flows ROUTER: those that stock northd made.
routing_flows() {
    ovn-sbctl lflow-list "$1" | grep lr_in_ip_routing
}

# northd_time stop, northd_time warp MS: the clock of the daemon, started with --dummy-clock.
northd_time() { ovn-appctl -t ovn-route-northd time/"$@"; }

# mac_bindings: "PORT IP MAC" of each MAC_Binding, sorted.
mac_bindings() {
    ovn-sbctl --bare --no-headings --data=bare --format=csv \
        --columns=logical_port,ip,mac list MAC_Binding | tr -d '"' | tr , ' ' | sort
}

# reservations: the keys of ours in NB_Global.
reservations() {
    ovn-nbctl --bare get NB_Global . external_ids | tr -d '{}"' | tr , '\n' |
        sed -n 's/^ *route-exchange-nexthop://p' | sort
}

# learned_rows: uuid, next hop and output port of the static routes of ours, sorted.
learned_rows() {
    ovn-nbctl --bare --no-headings --data=bare --format=csv \
        --columns=_uuid,ip_prefix,nexthop,output_port,external_ids \
        list Logical_Router_Static_Route | grep route-exchange-learned |
        sed 's/,route-exchange-learned=.*//' | sort
}

# learn_many PORT N NEXTHOP: N routes, 10.200.0.0/24 and on, in one transaction.
learn_many() {
    local pb dp
    pb=$(ovn-sbctl --bare --columns=_uuid find Port_Binding logical_port="$1") &&
    dp=$(ovn-sbctl --bare --columns=datapath find Port_Binding logical_port="$1") &&
    awk -v pb="$pb" -v dp="$dp" -v n="$2" -v nexthop="$3" 'BEGIN {
        printf "[\"OVN_Southbound\""
        for (i = 0; i < n; i++) {
            printf ",{\"op\":\"insert\",\"table\":\"Learned_Route\",\"row\":{" \
                   "\"datapath\":[\"uuid\",\"%s\"],\"logical_port\":[\"uuid\",\"%s\"]," \
                   "\"ip_prefix\":\"10.%d.%d.0/24\",\"nexthop\":\"%s\"," \
                   "\"external_ids\":[\"map\",[[\"chassis\",\"hv1\"]]]}}", \
                   dp, pb, 200 + int(i / 256), i % 256, nexthop
        }
        printf "]"
    }' > learn.json &&
    ovsdb-client transact "$OVN_SB_DB" "$(cat learn.json)"
}

# without_column TABLE COLUMN SCHEMA: the schema without it; without the table if
# COLUMN is empty.
without_column() {
    "$PYTHON3" -c '
import json, sys
table, column, file = sys.argv[1:]
schema = json.load(open(file, encoding="utf-8"))
if column:
    del schema["tables"][table]["columns"][column]
else:
    del schema["tables"][table]
json.dump(schema, sys.stdout)' "$@"
}

# many_mac_bindings PORT N: as ovn-controller hears them, in one transaction.
many_mac_bindings() {
    ovn-sbctl --bare --columns=datapath find Port_Binding logical_port="$1" |
    "$PYTHON3" -c '
import json, socket, sys
path, port, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
dp = sys.stdin.read().strip()
s = socket.socket(socket.AF_UNIX)
s.connect(path)
s.sendall(json.dumps({"method": "transact", "id": 1, "params": ["OVN_Southbound"] + [
    {"op": "insert", "table": "MAC_Binding", "row": {
        "logical_port": port, "ip": "10.%d.%d.%d" % (i >> 16, i >> 8 & 255, i & 255),
        "mac": "00:00:00:00:cc:01", "datapath": ["uuid", dp]}} for i in range(n)]}).encode())
text = ""
while not text.endswith("}"):
    text += s.recv(1 << 20).decode()
sys.exit("error\":\"" in text)' "${OVN_SB_DB#unix:}" "$1" "$2"
}
