# daemon.sh: what whole-daemon tests run on one machine: real ovsdb-servers with
# the stock schemas, stock ovn-northd, our two daemons, simulated chassis.
# Sourced after common.sh; everything lives in the test's directory $ovs_base,
# and nothing needs root.
#
# Variables that a test may use: $ovs_base, and the pid files
# ovn-route-northd.pid, ovn-route-controller.pid, ovn-northd.pid, ... in it.

# daemon_setup: the environment through which all tools find this test's
# servers.  Call it in the test's own shell, once.
daemon_setup() {
    ovs_base=$PWD
    # One directory for all: the programs built from libopenvswitch look in
    # OVS_RUNDIR, those of OVN in OVN_RUNDIR.
    for v in OVS_RUNDIR OVS_LOGDIR OVS_DBDIR OVS_SYSCONFDIR \
             OVN_RUNDIR OVN_LOGDIR OVN_DBDIR OVN_SYSCONFDIR; do
        eval "$v=\$ovs_base; export $v"
    done
    OVN_NB_DB=unix:$ovs_base/ovnnb_db.sock
    OVN_SB_DB=unix:$ovs_base/ovnsb_db.sock
    export OVN_NB_DB OVN_SB_DB
    # A leaked or shared environment must not change what the tools print.
    unset OVN_NB_DAEMON OVN_SB_DAEMON OVN_NBCTL_OPTIONS OVN_SBCTL_OPTIONS
    LC_ALL=C; export LC_ALL
    # Of a daemon in the background nobody would see what a sanitizer says.  A
    # tool may leave its memory to the system when it ends, a daemon may not
    # (see start_daemon).
    ASAN_OPTIONS=log_path=$ovs_base/sanitizer:detect_leaks=0
    UBSAN_OPTIONS=log_path=$ovs_base/sanitizer:print_stacktrace=1
    export ASAN_OPTIONS UBSAN_OPTIONS
    on_exit_init
}

# start_daemon NAME [ARG...]: in the background, with a pid file, its log in
# NAME.log, stopped at the end of the test.  $AS is put in front (see in_ns).
start_daemon() {
    local name=$1
    shift
    ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=1 \
    ${AS:-} "$name" --detach --no-chdir --pidfile="$ovs_base/$name.pid" \
        --log-file="$ovs_base/$name.log" -vconsole:off "$@" || return 1
    on_exit "daemon_stop $ovs_base/$name.pid $name"
}

# start_ovsdb DB SCHEMA SOCKET: an ovsdb-server for a new database.
start_ovsdb() {
    ovsdb-tool create "$ovs_base/$1.db" "$2" &&
    start_ovsdb_again "$1" "$3"
}

# start_ovsdb_again DB SOCKET [OPTION...]: for the database as it is (after
# stop_ovsdb); where $AS says.
start_ovsdb_again() {
    local db=$1 socket=$2
    shift 2
    ${AS:-} ovsdb-server --detach --no-chdir --pidfile="$ovs_base/$db.pid" \
        --unixctl="$ovs_base/$db.ctl" --log-file="$ovs_base/$db.log" \
        -vconsole:off --remote="punix:$ovs_base/$socket" "$@" "$ovs_base/$db.db" &&
    on_exit "daemon_stop $ovs_base/$db.pid ovsdb-server"
}
start_nb_again() { start_ovsdb_again nb ovnnb_db.sock; }
start_sb_again() { start_ovsdb_again sb ovnsb_db.sock; }
start_conf_again() { start_ovsdb_again conf db.sock; }

# stop_ovsdb DB (nb, sb or conf).
stop_ovsdb() {
    daemon_kill "$ovs_base/$1.pid" ovsdb-server
}

start_nb() {
    start_ovsdb nb "${1:-$OVN_SCHEMAS/ovn-nb.ovsschema}" ovnnb_db.sock && ovn-nbctl init
}

# start_sb [SCHEMA]: stock by default, as on the day when ours is installed.
start_sb() {
    start_ovsdb sb "${1:-$OVN_SCHEMAS/ovn-sb.ovsschema}" ovnsb_db.sock && ovn-sbctl init
}

# start_conf CHASSIS: the Open_vSwitch database of a chassis that has no
# ovs-vswitchd, enough for a controller.
start_conf() {
    start_ovsdb conf "$OVS_SCHEMAS/vswitch.ovsschema" db.sock &&
    ovs-vsctl --no-wait init -- set open . \
        external_ids:system-id="$1" external_ids:hostname="$1" \
        external_ids:ovn-remote="$OVN_SB_DB" \
        external_ids:ovn-encap-type=geneve external_ids:ovn-encap-ip=192.0.2.1 \
        external_ids:route-exchange-start-timeout=0 external_ids:route-exchange-datapath-timeout=0 \
        -- add-br br-int
}

# Stock ovn-northd.
start_northd() {
    start_daemon ovn-northd --ovnnb-db="$OVN_NB_DB" --ovnsb-db="$OVN_SB_DB"
}

start_route_northd() {
    start_daemon ovn-route-northd --ovnnb-db="$OVN_NB_DB" --ovnsb-db="$OVN_SB_DB" "$@"
}

# Needs start_conf, and ns_start if it is to write routes: they must not end up
# in the routing tables of the machine that runs the tests.
start_route_controller() {
    local AS=in_ns
    test -e "$ovs_base/ns.pid" || { echo "call ns_start first"; return 1; }
    start_daemon ovn-route-controller "unix:$ovs_base/db.sock" "$@"
}

# start_central: what most tests of ovn-route-northd begin with.  The server hangs up
# on everybody when ovn-route-northd adds its tables: no tool is to be asked before.
start_central() {
    start_nb && start_sb && start_northd && start_route_northd "$@" &&
    wait_until has_tables
}

# has_tables [CTL]: does ovn-route-northd see its tables in the Southbound database?
has_tables() {
    ovn-appctl -t "${1:+$ovs_base/}${1:-ovn-route-northd}" status |
        grep '^Southbound: connected, tables of dynamic routing: present'
}

# start_route_controller_valgrind: the same under valgrind's eyes.
start_route_controller_valgrind() {
    local AS="in_ns valgrind --leak-check=full --errors-for-leak-kinds=definite --num-callers=20 --log-file=$ovs_base/valgrind.%p"
    start_daemon ovn-route-controller "unix:$ovs_base/db.sock"
}

# valgrind_verdict PID: valgrind has seen that process to its end, and had
# nothing to say.
valgrind_verdict() {
    grep 'ERROR SUMMARY: 0 errors' "$ovs_base/valgrind.$1" || { cat "$ovs_base/valgrind.$1"; return 1; }
}

# ns_start: a private network namespace, without root where the kernel allows
# it; false (the test should then be skipped) where it does not.
ns_start() {
    local user=
    test "$(id -u)" = 0 || user=-r
    unshare $user -n sh -c 'ip link set lo up; echo $$ > ns.pid; exec sleep 86400' &
    on_exit "daemon_stop $ovs_base/ns.pid sleep"
    # The name changes with the exec: only then is all of it there.
    wait_until "daemon_alive $ovs_base/ns.pid sleep || ! kill -0 $!" &&
    daemon_alive $ovs_base/ns.pid sleep
}

# in_ns CMD...: runs CMD in that namespace: in_ns ip route show table 10
in_ns() {
    local user=
    test "$(id -u)" = 0 || user="-U --preserve-credentials"
    nsenter -t "$(cat "$ovs_base/ns.pid")" $user -n "$@"
}

# Simulated chassis: no ovn-controller, so the test says what is bound where.
chassis_add() {
    ovn-sbctl chassis-add "$1" geneve "192.0.2.${2:-1}"
}

# mac_binding_add PORT IP [COLUMN=VALUE...]: as ovn-controller does of what it hears.
mac_binding_add() {
    local port=$1 ip=$2
    shift 2
    ovn-sbctl create MAC_Binding logical_port="$port" ip="$ip" \
        mac='"00:00:00:00:bb:02"' "$@" \
        datapath=$(ovn-sbctl --bare --columns=datapath find Port_Binding logical_port="$port")
}

# bind_port PORT CHASSIS: PORT may be bound elsewhere, or not yet be known to
# the Southbound database.  Works for VIFs, gateway ports and cr-ports alike.
bind_port() {
    ovn-sbctl --timeout=$WAIT_LIMIT wait-until Port_Binding "$1" &&
    ovn-sbctl --if-exists lsp-unbind "$1" && ovn-sbctl lsp-bind "$1" "$2"
}
unbind_port() {
    ovn-sbctl lsp-unbind "$1"
}

# start_chassis NAME: a node for tests of ovn-route-controller: central daemons,
# the chassis' database, a namespace for its routes, and the controller.
start_chassis() {
    start_central && chassis_add $1 && start_conf $1 && ns_start &&
    start_route_controller
}

# gateway_router NAME NUMBER [OPTION=VALUE...]: a gateway router on chassis hv1
# that advertises its NAT address 172.16.NUMBER.1 and asks for a VRF; with more
# options of the router.
gateway_router() {
    local name=$1 number=$2 option
    shift 2
    ovn-nbctl lr-add $name -- set Logical_Router $name options:chassis=hv1 \
        options:dynamic-routing=true options:dynamic-routing-redistribute=nat \
        -- lrp-add $name $name-up 00:00:00:00:00:$number 10.$number.0.1/24 \
        -- set Logical_Router_Port $name-up options:dynamic-routing-maintain-vrf=true \
        -- lr-nat-add $name snat 172.16.$number.1 192.168.$number.0/24 || return 1
    for option; do
        ovn-nbctl set Logical_Router $name "options:dynamic-routing-$option" || return 1
    done
    bind_port $name-up hv1
}

# kernel_routes TABLE: our routes in it, one 'TYPE PREFIX METRIC' per line.
# (What ip prints for protocol 84 depends on its age.)
kernel_routes() {
    in_ns ip route show table $1 proto 84 2> /dev/null |
        sed 's/ proto [a-z0-9]*//; s/ metric / /; s/ *$//' | sort
}

# problem_reported REGEX: waits until the controller's status row has a problem
# that matches, and checks that the log has told it, once.
problem_reported() {
    local n
    wait_until "ovn-sbctl --bare --columns=status find Route_Exchange_Chassis name=hv1 | grep -E '$1'" &&
    n=$(grep -cE "\|WARN\|.*$1" "$ovs_base/ovn-route-controller.log")
    test "$n" = 1 || { echo "$n lines in the log for: $1"; return 1; }
}

# problems: how many the controller has now.
problems() {
    ovn-sbctl get Route_Exchange_Chassis hv1 status:problems | tr -d '"'
}

# daemon_verdict ALLOW: for the end of a test: our daemons have not died, and
# their logs hold nothing that asks for an explanation (see log_errors).
daemon_verdict() {
    pidfiles_alive "$ovs_base/ovn-route-northd.pid" "$ovs_base/ovn-route-controller.pid" &&
    ! cat "$ovs_base"/sanitizer.* 2> /dev/null &&
    log_errors "$1" "$ovs_base/ovn-route-northd.log" "$ovs_base/ovn-route-controller.log"
}
