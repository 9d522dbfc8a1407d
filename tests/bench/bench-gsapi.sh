#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Group Services on one host: messages, phases, joins and barriers of real client processes and a real hagsd, against
# an sd-event echo server and etcd doing the same; memory; how the cost of a protocol grows. Prints tables with the
# ratio beside what it must be and what it aims at. Judges nothing.
#
#       bench-gsapi.sh              all tables
#       bench-gsapi.sh WHAT...      some of: ping talk vote join memory growth
#       bench-gsapi.sh profile      where the time of a message goes: system calls, instructions, allocations

# In a mount namespace with a /run of its own: no configuration, socket or journal of the host is in it.
if [ -z "${HAGS_BENCH_INSIDE-}" ]; then
        root=--map-root-user
        [ "$EUID" != 0 ] || root=
        # shellcheck disable=SC2086
        HAGS_BENCH_INSIDE=1 exec unshare --mount $root "$0" "$@"
fi

. "${0%/*}/../tap.sh"
set -e

build=$(realpath "${BUILD:-build}")
bench=$build/tests/bench/bench-gsapi
daemon=
etcd=

mount -t tmpfs tmpfs /run
mkdir -p /run/hags/bench "$t_dir/logs" "$t_dir/state"
printf '[Log]\nDirectory=%s\n' "$t_dir/logs" >/run/hags/hags.conf
ulimit -n "$(ulimit -H -n)"
export HAGS_RUN_DIRECTORY=/run/hags HA_DOMAIN_NAME=bench

stop() { # PID
        kill "$1"
        wait "$1" || true
}

stop_all() {
        [ -z "$daemon" ] || stop "$daemon"
        [ -z "$etcd" ] || stop "$etcd"
        t_clean_up
}
trap stop_all EXIT

wait_for() { # SOCKET PID: until it is there
        local i

        for ((i = 0; i < 600; i++)); do
                [ ! -S "$1" ] || return 0
                kill -0 "$2" || break
                sleep 0.1
        done
        echo "bench-gsapi: $1 does not appear" >&2
        exit 1
}

start_daemon() { # [CMD...]: a fresh one, below CMD
        stop_daemon
        HAGS_NODE=0 HAGS_PORT=10000 RUNTIME_DIRECTORY=/run/hags/bench STATE_DIRECTORY=$t_dir/state \
                "$@" "$build/hagsd" bench 2>"$t_dir/stderr" &
        daemon=$!
        export HAGSD_PID=$daemon
        wait_for /run/hags/bench/gsapi "$daemon"
}

stop_daemon() {
        [ -z "$daemon" ] || stop "$daemon"
        daemon=
        rm -f /run/hags/bench/gsapi
}

# One member, its data in memory, on Unix sockets. What it says of unix://: the path is the host and port.
start_etcd() {
        command -v etcd >/dev/null || return 1
        mkdir -p /run/etcd
        cd /run/etcd
        etcd --data-dir /run/etcd/data --log-level error \
                --listen-client-urls unix://etcd:1 --advertise-client-urls unix://etcd:1 \
                --listen-peer-urls unix://etcd:2 --initial-advertise-peer-urls http://localhost:2 \
                --initial-cluster default=http://localhost:2 >"$t_dir/etcd" 2>&1 &
        etcd=$!
        cd - >/dev/null
        wait_for /run/etcd/etcd:1 "$etcd"
}

# ---- tables ----

do_ping() {
        start_daemon
        "$bench" ping
}

do_talk() {
        start_daemon
        "$bench" talk
}

do_vote() {
        start_daemon
        if start_etcd; then
                "$bench" vote /run/etcd/etcd:1
                stop "$etcd"
                etcd=
        else
                "$bench" vote
                echo "bench-gsapi: no etcd here, so no barrier" >&2
        fi
}

do_join() {
        start_daemon
        "$bench" join
}

do_memory() {
        local bare kind

        printf '\n%-52s %11s %11s %7s %7s %7s\n' "memory (proportional set size)" hagsd bare ratio must aim
        start_daemon
        "$build/tests/bench/idle-bare" &
        bare=$!
        sleep 1
        "$bench" memory idle "$bare"
        stop "$bare"
        for kind in providers groups connections; do
                start_daemon
                "$bench" memory $kind
        done
}

# ---- instructions of the whole daemon: the same in every run ----

instructions() { # ARG...: of a daemon that is driven so
        start_daemon valgrind --tool=callgrind --callgrind-out-file=/dev/null
        "$bench" drive "$@"
        stop_daemon
        awk '/Collected/ { print $NF }' "$t_dir/stderr"
}

per_step() { # TYPE MEMBERS GROUPS FEW MANY: of one step, from the difference of two runs
        echo $((($(instructions "$1" "$5" "$2" "$3") - $(instructions "$1" "$4" "$2" "$3")) / ($5 - $4)))
}

do_growth() {
        stop_daemon # each run has its own, in a subshell
        local base members groups n

        printf '\n%-52s %11s %11s %7s\n' "a protocol in which all vote, instructions of hagsd" all "a member" ratio
        base=
        while read -r members groups; do
                n=$(per_step protocol "$members" "$groups" 5 $((5 + 20000 / members)))
                awk -v m="$members" -v g="$groups" -v n="$n" -v base="${base:=$((n / members))}" 'BEGIN {
                        printf "%-52s %11d %11d %7.2f\n", sprintf("%d members, %d other groups", m, g), n, n / m, n / m / base }'
        done <<<'10 0
100 0
1000 0
10 10000'
}

# ---- the profile ----

# Run N messages with hagsd or the client below TOOL.
beside() { # SIDE N TOOL...
        local side=$1 n=$2
        shift 2

        if [ "$side" = hagsd ]; then
                start_daemon "$@"
                "$bench" drive message "$n" 1 0
        else
                start_daemon
                "$@" "$bench" drive message "$n" 1 0 2>"$t_dir/stderr"
        fi
        stop_daemon
}

profile_calls() { # SIDE N
        local i

        # As the parent strace would be signalled in place of the daemon.
        beside "$1" "$2" strace --daemonize -c -o "$t_dir/strace"
        for ((i = 0; i < 100; i++)); do
                grep -q total "$t_dir/strace" && break
                sleep 0.1
        done
        awk -v n="$2" '$4 + 0 >= n / 20 && $NF != "total" { printf "%-20s %5.2f a message\n", $NF, $4 / n }' "$t_dir/strace"
}

profile_instructions() { # SIDE N
        beside "$1" "$2" valgrind --tool=callgrind --callgrind-out-file="$t_dir/callgrind"
        callgrind_annotate "$t_dir/callgrind" | sed -n "/file:function/,+${LINES_SHOWN:-40}p"
}

allocations() { # SIDE N
        beside "$1" "$2" valgrind
        awk '/total heap usage/ { gsub(",", ""); print $5 }' "$t_dir/stderr"
}

do_profile() {
        local n=2000 side

        for side in hagsd client; do
                printf '\n%s: system calls, of a message to oneself\n' $side
                profile_calls $side $n
                printf '\n%s: allocations\n%20s %5.2f a message\n' $side '' \
                        "$(awk "BEGIN { print ($(allocations $side $n) - $(allocations $side 100)) / ($n - 100) }")"
                printf '\n%s: instructions, of %d messages, start and end\n' $side $n
                profile_instructions $side $n
        done
}

for what in "${@:-ping talk vote join memory growth}"; do
        for one in $what; do
                "do_$one"
        done
done
