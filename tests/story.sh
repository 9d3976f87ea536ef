# story.sh: how an operator brings a floating IP to the fabric, step by step,
# with the commands that an operator would type.  The multinode tests assert
# it, and the demonstration tells it: it is one and the same text.
# Sourced after fabric.sh, with the fabric up.
#
# A story runs in a subshell: a step that fails prints what it saw, and ends it
# with exit status 1.

# say TEXT: the headline of a step.  look TEXT: what to look at in what follows.
story_step=0
say() {
    story_step=$((story_step + 1))
    printf '\n%s== %d. %s%s\n' "$story_bold" $story_step "$*" "$story_plain"
}
look() {
    printf '   %s\n' "$*"
}

# run COMMAND: a shell command that must succeed, shown with its output.
run() {
    printf '%s$ %s%s\n' "$story_bold" "$1" "$story_plain"
    eval "$1" || story_fails "the command failed"
}

# expect REGEX COMMAND: runs the shell command until it succeeds and a line of
# its output matches the extended regular expression.
expect() {
    story_until has "$1" "$2" || story_fails "expected to see: $1"
}

# refuse REGEX COMMAND: until it succeeds and no line of its output matches.
refuse() {
    story_until lacks "$1" "$2" || story_fails "expected not to see: $1"
}

# story_until has|lacks REGEX COMMAND: shows the output that was as wanted, or
# after the time limit the last one, and then fails.
story_until() {
    local out status limit
    limit=$(($(uptime_s) + WAIT_LIMIT))
    while :; do
        status=0
        { out=$(eval "$3" 2>&1) && "story_$1" "$2" "$out"; } || status=1
        if test $status = 0 || test "$(uptime_s)" -ge $limit; then
            break
        fi
        sleep 0.1
    done
    printf '%s$ %s%s\n%s\n' "$story_bold" "$3" "$story_plain" "${out:-(nothing)}"
    return $status
}
story_has() {
    printf '%s\n' "$2" | grep -qE -e "$1"
}
story_lacks() {
    test -z "$2" || ! story_has "$1" "$2"
}

story_fails() {
    printf '%sFAILED in step %d: %s%s\n' "$story_bold" $story_step "$*" "$story_plain"
    exit 1
}

# The datapath of a logical router, by which rows are found.
datapath() {
    ovn-sbctl --bare --columns=_uuid find Datapath_Binding external_ids:name=$1
}

# story_route N: what ip prints for the route on ovn-gw-N; a newer ip knows the
# protocol's name.  lr-guest's gateway port is on ovn-gw-2, so that gateway is
# preferred (metric 100), and the other one a way that works as well (1000).
story_route() {
    test $1 = 2 && echo 'blackhole 172\.16\.10\.2 proto (84|ovn) metric 100 ' ||
    echo 'blackhole 172\.16\.10\.2 proto (84|ovn) metric 1000 '
}

# The whole story of the floating IP.  MODE is that of the fabric.
story_floating_ip() {
    say "A floating IP for the VM: outside nobody knows of it yet"
    floating_ip_add
    expect 'dnat_and_snat.* 172\.16\.10\.2 .*192\.168\.10\.10' "ovn-nbctl lr-nat-list lr-guest"
    refuse '172\.16\.10\.2' "ip -n tor-1 route"
    story_turn_on $1
    story_reachable
    story_explain
    say "Take the floating IP away: rows, routes and BGP announcements go"
    run "ovn-nbctl lr-nat-del lr-guest dnat_and_snat 172.16.10.2"
    story_gone
    say "Give it back: all of it comes back"
    floating_ip_add
    story_reachable
}

floating_ip_add() {
    run "ovn-nbctl --gateway-port lrp-guest-join-dgp lr-nat-add lr-guest dnat_and_snat 172.16.10.2 192.168.10.10"
}

# Turning on dynamic routing, up to the VRFs with FRR in them.
story_turn_on() {
    local n gw
    say "Turn on dynamic routing on the gateways' routers"
    look "The uplink port asks for a VRF device, the inner one announces the NAT"
    look "addresses of the routers behind it."
    for n in 1 2; do
        gw=ovn-gw-$n
        run "ovn-nbctl set Logical_Router lr-$gw-ext0 options:dynamic-routing=true options:dynamic-routing-vrf-id=${n}0"
        run "ovn-nbctl set Logical_Router_Port lrp-$gw-ext0 options:dynamic-routing-maintain-vrf=true"
        run "ovn-nbctl set Logical_Router_Port lrp-$gw-to-join options:dynamic-routing-redistribute=nat"
    done
    say "ovn-route-controller has made the VRF devices: 'vrf table 10' and 'vrf table 20'"
    for n in 1 2; do
        expect "vrf table ${n}0( |$)" "ip -n ovn-gw-$n -d link show ovnvrf${n}0 up"
    done
    say "FRR's port joins the VRF, and its BGP session with the ToR starts"
    look "The port is the operator's; which one is enslaved is not our business."
    for n in 1 2; do
        run "ip -n ovn-gw-$n link set ext0-bgp master ovnvrf${n}0 up"
        test $1 = unnumbered || run "ip -n ovn-gw-$n addr add 10.$n.0.3/24 dev ext0-bgp"
    done
}

# Everything that there must be, from the Southbound database to the ping.
story_reachable() {
    local n
    say "ovn-route-northd has written a row for each gateway's router"
    for n in 1 2; do
        expect '^172\.16\.10\.2$' "ovn-sbctl --bare --columns=ip_prefix find Advertised_Route datapath=$(datapath lr-ovn-gw-$n-ext0)"
    done
    expect 'ip_prefix +: "172\.16\.10\.2"' "ovn-sbctl list Advertised_Route"
    say "ovn-route-controller has put the route into each VRF: 'blackhole 172.16.10.2'"
    look "Metric 100 is where lr-guest's gateway port is, the shortest way; 1000 works too."
    for n in 1 2; do
        expect "$(story_route $n)" "ip -n ovn-gw-$n route show table ${n}0"
    done
    say "FRR has taken it from there: '*> 172.16.10.2/32'"
    for n in 1 2; do
        expect '172\.16\.10\.2/32' "vtysh -N ovn-gw-$n -c 'show bgp vrf ovnvrf${n}0 ipv4'"
    done
    say "Both ToRs have learned it by BGP, and ping the VM through it"
    look "The next hop is the address of the logical router's port, not FRR's."
    for n in 1 2; do
        expect '172\.16\.10\.2 .*proto bgp' "ip -n tor-$n route"
        expect ' 0% packet loss' "ip netns exec tor-$n ping -c 3 -i 0.2 -W 1 172.16.10.2"
    done
}

story_gone() {
    local n
    refuse '.' "ovn-sbctl --bare --columns=ip_prefix find Advertised_Route"
    for n in 1 2; do
        refuse 'blackhole 172\.16\.10\.2' "ip -n ovn-gw-$n route show table ${n}0"
        refuse '172\.16\.10\.2' "vtysh -N ovn-gw-$n -c 'show bgp vrf ovnvrf${n}0 ipv4'"
        refuse '172\.16\.10\.2' "ip -n tor-$n route"
    done
}

# What an operator asks when it does not work: "why is my floating IP not
# advertised?"
story_explain() {
    local ask="as ovn-gw-1 ovn-route-ctl -N ovn-gw-1 --chassis=ovn-gw-1 explain 172.16.10.2"
    say "Is it advertised, and why?  Each link of the chain, with its evidence"
    expect '^172\.16\.10\.2 is advertised by ovn-gw-1' "$ask"
    say "Somebody turns off 'redistribute kernel' in FRR: the answer names it, and what mends it"
    run "vtysh -N ovn-gw-1 -c 'configure terminal' -c 'router bgp 4210000000 vrf ovnvrf10' \\
    -c 'address-family ipv4 unicast' -c 'no redistribute kernel'"
    expect '^remedy: .*redistribute kernel' "$ask || true"
    say "That remedy, run as it was printed"
    run "$ask | sed -n 's/^remedy: //p' > remedy.sh; as ovn-gw-1 sh ./remedy.sh"
    expect '^172\.16\.10\.2 is advertised by ovn-gw-1' "$ask"
    expect '172\.16\.10\.2 .*proto bgp' "ip -n tor-1 route"
}

# The second half: the VM's own network, from where lr-guest's gateway port is.
story_internal_network() {
    local n
    say "lr-guest takes part itself, with its connected networks, in VRF 100"
    run "ovn-nbctl set Logical_Router lr-guest options:dynamic-routing=true options:dynamic-routing-vrf-id=100"
    run "ovn-nbctl set Logical_Router_Port lrp-guest-ls-guest options:dynamic-routing-redistribute=connected"
    run "ovn-nbctl set Logical_Router_Port lrp-guest-join-dgp options:dynamic-routing-maintain-vrf=true"
    say "Its VRF is only where its gateway port is: on ovn-gw-2"
    internal_network_on 2 1
    say "FRR on either gateway imports VRF 100 into the VRF of its ToR"
    for n in 1 2; do
        run "vtysh -N ovn-gw-$n -c 'configure terminal' \\
    -c 'router bgp 4210000000 vrf ovnvrf100' -c 'bgp router-id $n.100.100.100' \\
    -c 'address-family ipv4 unicast' -c 'redistribute kernel' -c exit -c exit \\
    -c 'router bgp 4210000000 vrf ovnvrf${n}0' \\
    -c 'address-family ipv4 unicast' -c 'import vrf ovnvrf100'"
    done
    say "The ToR of that gateway learns the network, and pings the VM itself"
    internal_network_reached 2
    say "The gateway port moves to ovn-gw-1, and the VRF and its routes with it"
    run "ovn-nbctl lrp-set-gateway-chassis lrp-guest-join-dgp ovn-gw-1 30"
    internal_network_on 1 2
    internal_network_reached 1
    refuse '192\.168\.10\.0/24' "ip -n tor-2 route"
}

# internal_network_on N OTHER: VRF 100 is on gateway N, and nowhere else.
internal_network_on() {
    expect 'vrf table 100( |$)' "ip -n ovn-gw-$1 -d link show type vrf"
    expect '^blackhole 192\.168\.10\.0/24 proto (84|ovn) metric (100|1000)' "ip -n ovn-gw-$1 route show table 100"
    run "route_sync $fabric_switches"
    refuse 'ovnvrf100' "ip -n ovn-gw-$2 link show type vrf"
    refuse 'ovnvrf100' "ip -n compute-1 link show type vrf"
    refuse '192\.168\.10\.0/24' "ip -n ovn-gw-$2 route show table 100 || true"
}

internal_network_reached() {
    expect '192\.168\.10\.0/24' "vtysh -N ovn-gw-$1 -c 'show bgp vrf ovnvrf${1}0 ipv4'"
    expect '192\.168\.10\.0/24 .*proto bgp' "ip -n tor-$1 route"
    expect ' 0% packet loss' "ip netns exec tor-$1 ping -c 3 -i 0.2 -W 1 192.168.10.10"
}
