#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Lines a second through the log writer, svlogd -tt and s6-log T, each as a filter that puts the time before
# each line and rotates its file: the same producer, which does one write(2) a line into a pipe, the same bytes
# a file. Alternating runs, medians; prints a table. First each must show that it loses and doubles nothing:
# with room for all lines over one rotation every one must be there once. What a timed run keeps must be whole,
# too.
#
# LINES=500000, RUNS=7: how much. In memory where there is /dev/shm, as this measures programs and not disks.

set -euo pipefail
shopt -s nullglob
export LC_ALL=C

bench=$(realpath "${BUILD:-build}/tests/bench/bench-log")
lines=${LINES:-500000}
runs=${RUNS:-7}
writers=(hags svlogd s6-log)
# How long a line is in each one's file: 130 bytes and its head.
declare -A line_size=([hags]=$((130 + 52)) [svlogd]=$((130 + 26)) [s6-log]=$((130 + 31)))

base=/tmp
[[ -d /dev/shm ]] && base=/dev/shm
work=$(mktemp -d "${TMPDIR:-$base}/hags-bench-XXXXXX")
log=$work/log
trap 'rm -rf "$work"' EXIT

# write_log WRITER BYTES_A_FILE: log standard input, keeping one old file.
write_log() {
        case $1 in
        hags)
                exec "$bench" filter "$log/current" $(($2 / line_size[hags]))
                ;;
        svlogd)
                printf 's%d\nn1\n' "$2" >"$log/config"
                exec svlogd -tt "$log" 2>/dev/null
                ;;
        s6-log)
                exec s6-log n1 "s$2" T "$log"
                ;;
        esac
}

# run WRITER BYTES_A_FILE: sets $usec, and $first, the first line kept. Fails if what is kept is wrong.
run() {
        local begin
        rm -rf "$log"
        mkdir "$log"
        begin=${EPOCHREALTIME/./}
        "$bench" produce "$lines" | write_log "$@"
        usec=$((${EPOCHREALTIME/./} - begin))
        old=("$log"/@* "$log"/*.bak)
        first=$("$bench" verify "$lines" "${old[@]}" "$log/current")
}

for writer in "${writers[@]}"; do
        run "$writer" $((lines * line_size[$writer] * 2 / 3))
        if ((first != 1 || ${#old[@]} != 1)); then
                echo "bench-log: $writer lost lines: kept from $first on, in ${#old[@]} old files" >&2
                exit 1
        fi
done

for ((i = 0; i < runs; i++)); do
        for writer in "${writers[@]}"; do
                run "$writer" 1000000
                echo $((lines * 1000000 / usec)) >>"$work/$writer"
        done
done

median() { sort -n "$work/$1" | sed -n "$((runs / 2 + 1))p"; }

# row WRITER MUST AIM: lines a second of ours and of WRITER, and how many times its number ours is.
row() {
        awk -v name="$1" -v a="$(median hags)" -v b="$(median "$1")" -v must="$2" -v aim="$3" 'BEGIN {
                printf "%-34s %12d %12d %7.2f %7s %7s\n", name, a, b, a / b, must, aim
        }'
}

printf '%-34s %12s %12s %7s %7s %7s\n' "log lines a second, against" hags other ratio must aim
row svlogd 1.0 -
row s6-log - 1.0
