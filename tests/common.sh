# common.sh: shell functions that every Autotest suite and the demonstration
# share: waiting for conditions, cleaning up, starting and stopping daemons,
# judging their logs.  POSIX shell plus 'local'; sourced, never run.
#
# Everything a test starts is stopped by its process id, which is checked
# against the program's name, so that a stale pid file harms nobody.

# wait_until CMD: runs the shell command CMD again and again until it succeeds.
# After $WAIT_LIMIT seconds it prints the command and what it last printed, and
# fails.  Tests wait for conditions like this one and never sleep for luck.  The
# limit proves nothing: it only ends a test that hangs.
WAIT_LIMIT=${WAIT_LIMIT:-60}
wait_until() {
    local limit out
    limit=$(($(uptime_s) + WAIT_LIMIT))
    while :; do
        if out=$(eval "$*" 2>&1); then
            return 0
        fi
        if test "$(uptime_s)" -ge "$limit"; then
            echo "not within $WAIT_LIMIT s: $*"
            echo "its last output was:"
            echo "$out"
            return 1
        fi
        sleep 0.1
    done
}

# stays CMD SECONDS: fails as soon as the shell command CMD fails, else
# succeeds after SECONDS.  For "nothing may happen", the one question that a
# condition cannot answer.
stays() {
    local limit out
    limit=$(($(uptime_s) + $2))
    while test "$(uptime_s)" -lt "$limit"; do
        if out=$(eval "$1" 2>&1); then
            sleep 0.2
        else
            echo "did not stay: $1"
            echo "$out"
            return 1
        fi
    done
}

# Whole seconds of a clock that nobody sets.
uptime_s() {
    cut -d. -f1 /proc/uptime
}

# on_exit CMD: runs the shell command CMD when the test ends, however it ends;
# the last one registered runs first, and that of on_exit_last after all others.
# They are kept in a file, because most of a test runs in subshells;
# on_exit_init must be called in the test's own shell.
on_exit_init() {
    on_exit_file=$PWD/cleanup
    : > "$on_exit_file"
    trap '. "$on_exit_file" > "$on_exit_file.log" 2>&1' 0
    trap 'exit 1' 1 2 13 15
}
on_exit_last() {
    echo "$*" >> "$on_exit_file"
}
on_exit() {
    { echo "$*"; cat "$on_exit_file"; } > "$on_exit_file.new" &&
    mv "$on_exit_file.new" "$on_exit_file"
}

# daemon_alive PIDFILE NAME: does the pid file's process run, and is it NAME?
# (The kernel cuts names at 15 characters; valgrind's tool has its own.)
daemon_alive() {
    local pid comm
    pid=$(cat "$1" 2> /dev/null) && test -n "$pid" || return 1
    comm=$(cat "/proc/$pid/comm" 2> /dev/null)
    case $comm in
    memcheck-*) tr '\0' ' ' < "/proc/$pid/cmdline" | grep -q " $2 " ;;
    *) test "$comm" = "$(printf %.15s "$2")" ;;
    esac
}

# daemon_kill PIDFILE NAME [SIGNAL]: kills the process and waits for its end.
daemon_kill() {
    local pid
    daemon_alive "$1" "$2" || return 0
    pid=$(cat "$1")
    kill "-${3:-TERM}" "$pid"
    wait_until "process_ended $pid"
}

# process_ended PID: nothing of the process is left but what its parent has not
# asked for yet.  The first of several threads may be dead while others still
# hold what all of them have open: the lock on the pid file, for which a
# successor would not start, sockets, databases.
process_ended() {
    test ! -e "/proc/$1" ||
    { grep -q '^State:.Z' "/proc/$1/status" && test "$(ls "/proc/$1/task" | wc -l)" = 1; } ||
    test ! -e "/proc/$1"
}

# daemon_stop PIDFILE NAME: the way to end it at a test's end: politely, and if
# that takes longer than a few seconds without asking.
daemon_stop() {
    WAIT_LIMIT=5 daemon_kill "$1" "$2" || daemon_kill "$1" "$2" KILL
}

# daemon_exit TARGET PIDFILE [ARG...]: 'ovn-appctl -t TARGET exit ARG...', and
# waits until the process is gone.  One that crashes on its way out leaves its
# pid file.
daemon_exit() {
    local target=$1 pidfile=$2 pid
    pid=$(cat "$2") || return 1
    shift 2
    ovn-appctl -t "$target" exit "$@" || return 1
    wait_until "process_ended $pid" || return 1
    test ! -e "$pidfile" || { echo "$target crashed at its exit"; return 1; }
}

# log_errors ALLOW FILE...: prints the lines of our daemons' logs that no test
# may leave unexplained, and succeeds if there are none.  ALLOW is an extended
# regular expression of lines that the test caused on purpose ('' for none).
log_errors() {
    local allow=$1 bad
    shift
    bad=$(grep -HE '\|(ERR|EMER)\||[Aa]ssertion|CRASH|killed \(|AddressSanitizer|runtime error:|LeakSanitizer' \
          "$@" 2> /dev/null)
    if test -n "$allow"; then
        bad=$(printf '%s\n' "$bad" | grep -vE "$allow")
    fi
    if test -n "$bad"; then
        printf '%s\n' "$bad"
        return 1
    fi
}

# pidfiles_alive FILE...: a daemon that ended as it should has removed its pid
# file.  One that is still there must belong to a live process.
pidfiles_alive() {
    local f bad=0
    for f; do
        test ! -e "$f" || daemon_alive "$f" "$(basename "$f" .pid)" || {
            echo "$f: process $(cat "$f") has died"
            bad=1
        }
    done
    return $bad
}

# cpu_ms PID: the processor time that the process has used, in milliseconds.
cpu_ms() {
    local ticks
    ticks=$(sed 's/^.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }') &&
    echo $((ticks * 1000 / $(getconf CLK_TCK)))
}

# idle_cpu PID SECONDS MAX: fails if the process uses more than MAX
# milliseconds of processor time in SECONDS, three times in a row: what it has still
# to do of what was before is done by then, but one that spins does so for ever.
idle_cpu() {
    local before after try
    for try in 1 2 3; do
        before=$(cpu_ms "$1") && sleep "$2" && after=$(cpu_ms "$1") || return 1
        echo "process $1 used $((after - before)) ms of CPU in $2 s"
        test $((after - before)) -gt "$3" || return 0
    done
    return 1
}

# route_sync [CHASSIS...]: the barrier.  Bumps NB nb_cfg and waits until stock
# northd and then ovn-route-northd have completed the rows for it, and until the
# kernels of the chassis named agree.
route_sync() {
    local cfg chassis
    ovn-nbctl --timeout=$WAIT_LIMIT --wait=sb sync &&
    cfg=$(ovn-nbctl get NB_Global . nb_cfg) &&
    wait_until "at_least $cfg ovn-sbctl --bare --columns=nb_cfg list Route_Exchange_Global" ||
    return 1
    for chassis; do
        wait_until "at_least $cfg ovn-sbctl --bare --columns=nb_cfg find Route_Exchange_Chassis name=$chassis" ||
        return 1
    done
}
# at_least N CMD...: does CMD print a number that is no less than N?
at_least() {
    local n=$1 out
    shift
    out=$("$@") && echo "$out" && test "${out:--1}" -ge "$n"
}

# Rows of a table of ours, one line per row with the columns given, sorted:
#     rows Advertised_Route ip_prefix
#     rows Dynamic_Routing_Port options
rows() {
    local table=$1 columns=$2
    shift 2
    ovn-sbctl --bare --no-headings --data=bare --format=csv \
        --columns="$columns" find "$table" "$@" | tr -d '"' | sort
}

# port_name UUID: the logical port of a Port_Binding that a row refers to.
port_name() {
    ovn-sbctl --bare --columns=logical_port list Port_Binding "$1"
}

# advertised: the Advertised_Route rows with names instead of UUIDs, sorted:
#     PREFIX PORT [TRACKED_PORT]
advertised() {
    ovn-sbctl --bare --no-headings --data=bare --format=csv \
        --columns=_uuid,logical_port list Port_Binding | tr -d '"' > pb.names &&
    rows Advertised_Route ip_prefix,logical_port,tracked_port "$@" |
    awk -F, 'NR == FNR { n[$1] = $2; next }
             { print $1, n[$2] ($3 == "" ? "" : " " n[$3]) }' pb.names - | sort
}
