#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# hagsgroup against flock(1) and etcdctl(1) doing the same, in turn; and what it is made of against one message.
# Prints tables with the ratio beside what it must be and what it aims at. Judges nothing.

. "${0%/*}/../hagsgroup/group.sh"
set -e

bench=$build/tests/bench/bench-gsapi
HAGSD_PID=$(<"$HAGS_RUN_DIRECTORY/.$HA_DOMAIN_NAME/pid")
export HAGSD_PID

# The library is found as an installed one is, not by a search that costs COMMAND and flock time too.
ldconfig -C /run/ld.so.cache "$build"
mount --bind /run/ld.so.cache /etc/ld.so.cache
unset LD_LIBRARY_PATH

# One member, its data in memory, on Unix sockets; see bench-gsapi.sh.
start_etcd() {
        mkdir -p /run/etcd
        cd /run/etcd
        etcd --data-dir /run/etcd/data --log-level error \
                --listen-client-urls unix://etcd:1 --advertise-client-urls unix://etcd:1 \
                --listen-peer-urls unix://etcd:2 --initial-advertise-peer-urls http://localhost:2 \
                --initial-cluster default=http://localhost:2 >"$t_dir/etcd" 2>&1 &
        cd - >/dev/null
        export ETCDCTL_API=3 ETCDCTL_ENDPOINTS=unix:///run/etcd/etcd:1
        eventually 60 etcdctl put there yes
}

median() { # FILE: of microseconds
        sort -n "$1" | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'
}
head_of() { # TEXT OTHER
        printf '\n%-52s %11s %11s %7s %7s %7s\n' "$1" hagsgroup "$2" ratio must aim
}
row() { # TEXT OURS THEIRS MUST AIM
        awk -v t="$1" -v a="$(median "$2")" -v b="$(median "$3")" -v must="$4" -v aim="$5" \
                'BEGIN { printf "%-52s %11.2f %11.2f %7.2f %7s %7s\n", t, a / 1000, b / 1000, a / b, must, aim }'
}
row_faster() { # TEXT OURS THEIRS MUST AIM
        awk -v t="$1" -v a="$(median "$2")" -v b="$(median "$3")" -v must="$4" -v aim="$5" \
                'BEGIN { printf "%-52s %11.2f %11.2f %6.1fx %7s %7s\n", t, a / 1000, b / 1000, b / a, must, aim }'
}
us() { # NAME CMD...: its wall time, appended to the figures of NAME
        local begin=$EPOCHREALTIME end name=$t_dir/figures-$1
        shift

        "$@" >/dev/null
        end=$EPOCHREALTIME
        echo $((${end/./} - ${begin/./})) >>"$name"
}
# The same for programs, by turns, without what it costs a shell to start one.
by_turns() { # TIMES NAME CMD... [: NAME CMD...]...
        perl -MTime::HiRes=time -e '
                my ($dir, $times, @words) = @ARGV;
                my @jobs = ([]);
                for (@words) { if ($_ eq ":") { push(@jobs, []) } else { push(@{$jobs[-1]}, $_) } }
                for (1 .. $times) {
                        for my $job (@jobs) {
                                my ($name, @cmd) = @$job;
                                my $begin = time;
                                my $pid = fork // die;
                                if ($pid == 0) { open(STDOUT, ">", "/dev/null"); exec(@cmd) or die }
                                waitpid($pid, 0);
                                my $us = int((time - $begin) * 1e6);
                                die "@cmd: $?" if $?;
                                open(my $figures, ">>", "$dir/figures-$name") or die;
                                print $figures "$us\n";
                        }
                }' "$t_dir" "$@"
}

# ---- a lock that nobody has ----

head_of "a lock that nobody has, ms" other
by_turns 300 lock hagsgroup lock x -- true : flock flock /run/file true
row "lock x -- true against flock FILE true" "$t_dir/figures-lock" "$t_dir/figures-flock" 3 2
if command -v etcd >/dev/null && command -v etcdctl >/dev/null; then
        start_etcd
        by_turns 100 lock-beside-etcd hagsgroup lock x -- true : etcdctl-lock etcdctl lock x true
        row_faster "lock x -- true against etcdctl lock x true" "$t_dir/figures-lock-beside-etcd" \
                "$t_dir/figures-etcdctl-lock" 5x -
else
        echo "bench-hagsgroup: no etcd and etcdctl here, so nothing against them" >&2
fi

# ---- a lock that others wait for ----

# From the end of one COMMAND to the beginning of the next, of 20 that wait in line.
hand_over() { # NAME CMD...: which runs what follows
        local name=$t_dir/stamps i pids=()
        local figures=$t_dir/figures-$1
        shift

        rm -f "$name"
        "$@" sleep 1 &
        for ((i = 0; i < 20; i++)); do
                "$@" "$bench" hand-over stamp "$name" &
                pids+=($!)
        done
        wait "${pids[@]}"
        sort -n "$name" | awk 'NR > 1 { print int(($1 - end) / 1000) } { end = $2 }' >>"$figures"
}
for ((round = 0; round < 5; round++)); do
        hand_over hand-over-lock hagsgroup lock x --
        hand_over hand-over-flock flock /run/file
done
head_of "a lock that 20 wait for, ms" flock
row "from the end of one COMMAND to the next" "$t_dir/figures-hand-over-lock" "$t_dir/figures-hand-over-flock" - -
"$bench" hand-over

# ---- a barrier ----

# Each tells that it is there, and watches until ten have told so, from the first one on.
etcd_barrier() { # ROUND RANK
        local fd line n=0

        exec {fd}< <(exec etcdctl watch --prefix --rev=1 "barrier/$1/")
        etcdctl put "barrier/$1/$2" there >/dev/null
        while ((n < 10)) && read -r line <&"$fd"; do
                [ "$line" != PUT ] || n=$((n + 1))
        done
        kill $!
}
ten() { # CMD...: ten of it at once, each with its rank
        local i pids=()

        for ((i = 0; i < 10; i++)); do
                "$@" "$i" &
                pids+=($!)
        done
        wait "${pids[@]}"
}
barrier() {
        hagsgroup barrier b -n 10
}
if [ -n "${ETCDCTL_ENDPOINTS-}" ]; then
        for ((round = 0; round < 20; round++)); do
                us barrier ten barrier
                us etcd-barrier ten etcd_barrier "$round" 2>/dev/null
        done
        head_of "a barrier of ten processes, ms" etcdctl
        row_faster "from starting all to the end of all" "$t_dir/figures-barrier" "$t_dir/figures-etcd-barrier" 5x 10x
fi
