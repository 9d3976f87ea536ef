# rbac.sh: for tests with SSL and RBAC on the central databases.  Sourced after
# learn.sh.  All that speaks SSL is in the test's network namespace.

# pki_ca NAME: a certificate authority: NAME.pem, NAME-key.pem.
pki_ca() {
    pki_key $1-key.pem &&
    openssl req -x509 -new -key $1-key.pem -subj /CN=$1 -days 2 -out $1.pem
}
pki_key() { openssl ecparam -name prime256v1 -genkey -noout -out $1; }

# pki_sign CA NAME [CN]: NAME-cert.pem, for NAME-privkey.pem, which is made if it
# is not there.  The file is replaced in one step, as administrators should.
pki_sign() {
    test -e $2-privkey.pem || pki_key $2-privkey.pem || return 1
    openssl req -new -key $2-privkey.pem -subj /CN=${3:-$2} -out $2.csr &&
    openssl x509 -req -in $2.csr -CA $1.pem -CAkey $1-key.pem -days 2 \
        -set_serial 0x$(openssl rand -hex 8) -out $2.new &&
    mv $2.new $2-cert.pem
}

# pki_trust CA FILE...: each FILE is now that of CA.
pki_trust() {
    local ca=$1 file
    shift
    for file; do
        cp $ca.pem $file.new && mv $file.new $file || return 1
    done
}

# pki_renew CA: the servers get a new key and certificate, and clients have to
# have one of CA.  Open vSwitch 3.1 misses a certificate that comes after it has
# seen the new key, or without one: they sleep meanwhile.
pki_renew() {
    local pids status
    pids="$(cat nb.pid) $(cat sb.pid)"
    kill -STOP $pids
    rm sb-privkey.pem; pki_sign $1 sb && pki_trust $1 ca.pem
    status=$?
    kill -CONT $pids
    return $status
}

# ssl_of NAME: the options for its keys.
ssl_of() {
    echo "--private-key=$ovs_base/$1-privkey.pem --certificate=$ovs_base/$1-cert.pem --ca-cert=$ovs_base/ca.pem"
}

# start_sb_ssl: the Southbound server as ovn-ctl starts it: its keys and remotes
# come from its tables.
start_sb_ssl() {
    local AS=in_ns
    start_ovsdb_again sb ovnsb_db.sock --remote=db:OVN_Southbound,SB_Global,connections \
        --private-key=db:OVN_Southbound,SSL,private_key \
        --certificate=db:OVN_Southbound,SSL,certificate --ca-cert=db:OVN_Southbound,SSL,ca_cert
}

# start_central_ssl: both databases.
start_central_ssl() {
    local AS=in_ns
    start_nb && daemon_kill nb.pid ovsdb-server &&
    start_ovsdb_again nb ovnnb_db.sock --remote=pssl:6641 $(ssl_of sb) &&
    ovsdb-tool create sb.db "$OVN_SCHEMAS/ovn-sb.ovsschema" &&
    start_sb_ssl &&
    ovn-sbctl init &&
    ovn-sbctl set-ssl $ovs_base/sb-privkey.pem $ovs_base/sb-cert.pem $ovs_base/ca.pem
}

# start_stock_chassis REMOTE: hv1 with stock ovn-controller.
start_stock_chassis() {
    local AS=in_ns
    start_conf hv1 &&
    ovs-vsctl --no-wait set-ssl $ovs_base/hv1-privkey.pem $ovs_base/hv1-cert.pem $ovs_base/hv1-ca.pem \
        -- set open . external_ids:ovn-remote=$1 &&
    (unset AS; start_vswitchd) &&
    start_daemon ovn-controller "unix:$ovs_base/db.sock" &&
    wait_until 'ovn-sbctl get Chassis hv1 name'
}

# hang_up: both servers hang up on everybody, when they have seen their new
# files.
hang_up() {
    local db
    for db in nb sb; do
        ovs-appctl -t $ovs_base/$db.ctl version &&
        ovs-appctl -t $ovs_base/$db.ctl ovsdb-server/reconnect || return 1
    done
}

# denials: how often the server refused what the controller wanted to write.
denials() {
    ovn-appctl -t ovn-route-controller coverage/read-counter txn_error
}

# tables_written PROGRAM: the tables that it wrote to, as the database's log has
# them.
tables_written() {
    "$PYTHON3" - "$1" <<'PY'
import json, sys
tables = set()
for line in open("sb.db", encoding="utf-8"):
    if line.startswith("{"):
        txn = json.loads(line)
        if txn.get("_comment", "").startswith(sys.argv[1] + ":"):
            tables.update(t for t in txn if not t.startswith("_"))
print("\n".join(sorted(tables)))
PY
}

# chassis_rundir: $ovs_base/chassis, where only what runs on a chassis has sockets.
# on_chassis CMD...: runs CMD there.
chassis_rundir() {
    local pid
    pid=$(cat ovn-route-controller.pid) && mkdir chassis &&
    ln -s ../ovn-route-controller.pid ../ovn-route-controller.$pid.ctl chassis
}
on_chassis() {
    in_ns env -u OVN_SB_DB -u OVN_NB_DB OVN_RUNDIR=$ovs_base/chassis "$@"
}
