#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The state machine (bench-core.c): time beside a null system call, memory, snapshots; how the cost of a protocol grows
# with its group and with other groups, in instructions, which are the same in every run; simulated worlds a second.

. "${0%/*}/../tap.sh"

bench=${BUILD:-build}/tests/bench/bench-core

instructions() { # GROUPS PROVIDERS PHASES: of the whole program
        valgrind --tool=callgrind --callgrind-out-file=/dev/null "$bench" "$@" 2>&1 | awk '/Collected/ { print $NF }'
}

per_phase() { # GROUPS PROVIDERS: of one phase in which all vote
        echo $((($(instructions "$1" "$2" 60) - $(instructions "$1" "$2" 10)) / 50))
}

"$bench"

echo
base=$(per_phase 10 10)
for row in "10 10" "10 100" "10 1000" "10000 10"; do
        # shellcheck disable=SC2086
        n=$(per_phase $row)
        awk -v row="$row" -v n="$n" -v base="$base" 'BEGIN { split(row, r, " ")
                printf "%5d groups of %4d: %9d instructions a phase, %5.0f a member (%.2f of the first row)\n",
                        r[1], r[2], n, n / r[2], n / r[2] / (base / 10) }'
done

echo
"${BUILD:-build}/tests/sim/sim" --seeds 1 20000 --jobs "$(nproc)" |
        awk '{ n += $(NF - 1) } END { printf "simulation: %d seeds/s, 1,000,000 in %.0f minutes\n", n, 1e6 / n / 60 }'
