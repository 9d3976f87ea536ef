# fabric-frr.sh: words for the fabric tests that change, stop and start FRR.  Sourced
# after fabric.sh.

# gateway_config N [ARG...]: gives the FRR of ovn-gw-N what frr-config prints for it.
gateway_config() {
    local gw=ovn-gw-$1
    shift
    as $gw ovn-route-ctl -N $gw "$@" frr-config > $fabric_dir/$gw/frr.conf &&
    vtysh -N $gw -f $fabric_dir/$gw/frr.conf
}

# recipe HEADING: the configuration below that heading of Documentation/frr.rst.
# recipe_load NODE HEADING: gives it to FRR there.
recipe() {
    awk -v heading="$1" '
        $0 == heading { found = 1 }
        found && /^\.\. code-block:: frr/ { block = 1; next }
        block && /^[^ ]/ { exit }
        block { print substr($0, 4) }' "$abs_top_srcdir/Documentation/frr.rst"
}
recipe_load() {
    recipe "$2" > $fabric_dir/$1/recipe.conf && test -s $fabric_dir/$1/recipe.conf &&
    vtysh -N $1 -f $fabric_dir/$1/recipe.conf
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

# frr_kill NODE, frr_again NODE [OPTION...]: zebra and bgpd crash, and come back, zebra
# with these options.
frr_kill() {
    daemon_kill /run/frr/$1/bgpd.pid bgpd KILL && daemon_kill /run/frr/$1/zebra.pid zebra KILL
}
frr_again() {
    local node=$1
    shift
    frr_daemon $node zebra -s 90000000 "$@" && frr_daemon $node bgpd
}
# frr_stop NODE: zebra and bgpd end as they do for a restart of the service.
frr_stop() {
    daemon_kill /run/frr/$1/bgpd.pid bgpd && daemon_kill /run/frr/$1/zebra.pid zebra
}
# frr_save NODE: what runs there is what it starts with.
frr_save() {
    vtysh -N $1 -c 'show running-config' | sed '1,/^Current configuration/d' > running.conf &&
    test -s running.conf && cat running.conf > /etc/frr/$1/frr.conf
}
# tenant_router: a second router on ovn-gw-1, in VRF 20, that announces two networks.
# shellcheck disable=SC2046  # lists of words
tenant_router() {
    ovn-nbctl lr-add lr-tenant -- set Logical_Router lr-tenant options:chassis=ovn-gw-1 \
            options:dynamic-routing=true options:dynamic-routing-vrf-id=20 \
        $(connect lr-tenant lrp-tenant-join 00:00:ff:00:00:20 100.64.0.20/24 ls-join lsp-join-tenant) \
        -- set Logical_Router_Port lrp-tenant-join options:dynamic-routing-maintain-vrf=true \
        -- lrp-add lr-tenant lrp-tenant-20 00:00:ff:00:20:01 172.16.20.1/24 \
        -- lrp-add lr-tenant lrp-tenant-30 00:00:ff:00:30:01 172.16.30.1/24 \
        -- set Logical_Router_Port lrp-tenant-20 options:dynamic-routing-redistribute=connected \
        -- set Logical_Router_Port lrp-tenant-30 options:dynamic-routing-redistribute=connected \
        -- lr-route-add lr-tenant 0.0.0.0/0 100.64.0.11 \
        -- lr-route-add lr-ovn-gw-1-ext0 172.16.20.0/24 100.64.0.20 lrp-ovn-gw-1-to-join
}
