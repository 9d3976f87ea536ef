# explain.sh: for stories of what breaks, told by 'ovn-route-ctl explain'.
# Sourced after fabric.sh.

# explain NODE PREFIX [ARG...]: asks on that node, about that node.
explain() {
    local node=$1 prefix=$2
    shift 2
    as $node ovn-route-ctl -N $node --chassis $node explain "$@" $prefix > explain.out
    explain_status=$?
    cat explain.out
    return $explain_status
}

# explain_turn_on: as story_turn_on, but without looking what comes of it.
explain_turn_on() {
    local n gw
    for n in 1 2; do
        gw=ovn-gw-$n
        ovn-nbctl set Logical_Router lr-$gw-ext0 options:dynamic-routing=true options:dynamic-routing-vrf-id=${n}0 \
            -- set Logical_Router_Port lrp-$gw-ext0 options:dynamic-routing-maintain-vrf=true \
            -- set Logical_Router_Port lrp-$gw-to-join options:dynamic-routing-redistribute=nat || return 1
    done
}

# is_broken NODE PREFIX REGEX [ARG...]: the prefix is not advertised, and the
# cause is this.
is_broken() {
    local regex=$3 node=$1 prefix=$2 status=0
    shift 3
    explain $node $prefix "$@" || status=$?
    test $status = 1 && sed -n 's/^cause:  //p' explain.out | grep -q -e "$regex"
}

# works NODE PREFIX REGEX [ARG...]: it is advertised, and there is such a line.
works() {
    local regex=$3 node=$1 prefix=$2
    shift 3
    explain $node $prefix "$@" && grep -q -e "$regex" explain.out
}

# explain_remedy: the command that the last one printed.
explain_remedy() {
    sed -n 's/^remedy: //p' explain.out | head -n 1
}

# mend NODE: runs it there, as it stands.
mend() {
    explain_remedy > remedy.sh && test -s remedy.sh && as $1 sh ./remedy.sh
}
