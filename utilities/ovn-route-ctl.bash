# ovn-route-ctl.bash: completion for bash.  Names come from the databases, which
# are given a second; without them there is nothing to complete.

# _ovn_route_ctl_names DATABASE-PROGRAM TABLE COLUMN: the values of a column.
_ovn_route_ctl_names() {
    "$1" --timeout=1 --no-leader-only --bare --columns="$3" list "$2" 2> /dev/null | sed '/^$/d'
}

_ovn_route_ctl() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    local word command= words= i
    local options="--asn= --chassis= --color= --db= --deprefer --dry-run --force --format= --help
        --nb-db= --neighbor= --ovs-db= --pathspace= --router= --schema --timeout= --version --wait= --watch"

    COMPREPLY=()
    # "--option=value" comes as three words.
    if [ "$cur" = = ]; then
        cur=
    elif [ "$prev" = = ]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
        --*)
            if [ "${COMP_WORDS[i+1]}" = = ]; then
                ((i += 2))
            else
                case $word in
                --asn | --chassis | --color | --db | --format | --nb-db | --neighbor | --ovs-db | --pathspace | \
                    --router | --timeout | --wait) ((i++)) ;;
                esac
            fi ;;
        -N | -t) ((i++)) ;;
        -*) ;;
        *) command=$word; break ;;
        esac
    done

    case $prev in
    --chassis) words=$(_ovn_route_ctl_names ovn-sbctl Chassis name) ;;
    --router) words=$(_ovn_route_ctl_names ovn-nbctl Logical_Router name) ;;
    --color) words="auto always never" ;;
    --format) words="text json" ;;
    --wait) words="sb kernel" ;;
    --asn | --db | --nb-db | --neighbor | --ovs-db | --pathspace | --timeout | -N | -t) return ;;
    *)
        case $cur in
        -*) words=$options ;;
        *)
            case $command in
            '') words="doctor drain explain frr-config purge schema show sync" ;;
            drain) words="on off show" ;;
            schema) words="show install remove" ;;
            explain) words="$(_ovn_route_ctl_names ovn-nbctl NAT external_ip)
                            $(_ovn_route_ctl_names ovn-nbctl Load_Balancer name)" ;;
            esac ;;
        esac ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
    case ${COMPREPLY[0]} in
    *=) compopt -o nospace 2> /dev/null ;;
    esac
}
complete -F _ovn_route_ctl ovn-route-ctl
