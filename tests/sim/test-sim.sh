#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The state machine in the simulator: seeds that once failed, a fixed list, the same history in two processes with
# different memory, and as many fresh seeds as SIM_SECONDS (60) allow. A seed that fails is printed; see it again with
# `sim --seed N --trace`.

. "${0%/*}/../tap.sh"

sim=${BUILD:-build}/tests/sim/sim

old_finds() {
        local seed
        while read -r seed _; do
                expect_status 0 "$sim" --seed "$seed"
        done < <(grep -v '^#' tests/sim/seeds)
}
t "seeds that once failed" old_finds

fixed() { expect_status 0 "$sim" --seeds 1 3000 --jobs 2; }
t "a fixed list of 3,000 seeds" fixed

sanitized() { expect_status 0 "${BUILD:-build}/asan/tests/sim/sim" --seeds 1 500 --jobs 2; }
t "500 of them under ASan and UBSan" sanitized

twin() { expect_status 0 "$sim" --twin --seeds 1 200; }
t "200 histories in two processes with different memory: the same hashes after every event" twin

fresh_seeds() {
        expect_status 0 "$sim" --seconds "${SIM_SECONDS:-60}" --jobs 2
        grep seeds/s "$t_dir/out"
}
t "fresh seeds for ${SIM_SECONDS:-60} s" fresh_seeds

t_done
