#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The state machine in simulated domains: seeds that are always the same, as they once found something or reach
# what is rare, and fresh ones. What fails is printed with its seed; `sim --seed N --trace` tells its story.

. "${0%/*}/../tap.sh"

sim=${BUILD:-build}/tests/sim/sim

# Each found a fault when it was new.
once_wrong() {
        local seed

        for seed in 16 31 76 742 858 3001 10222 10512 11601 13034 20139 45307 49456 100507 102198 1010390; do
                "$sim" --seed "$seed"
        done
}

t "seeds that found something" once_wrong
t "the first 6000 seeds" "$sim" --seeds 1 6000 --jobs 2
t "300 seeds, each in two processes with other memory" "$sim" --seeds 10000 300 --jobs 2 --twin
t "fresh seeds for ${SIM_SECONDS:-60} s" "$sim" --seconds "${SIM_SECONDS:-60}" --jobs 2

t_done
