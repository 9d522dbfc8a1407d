#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Random client processes of a real daemon: what each of them hears is what the simulation's oracle says, and what
# they ask for arrives. A fixed list of seeds, though no run goes like another: ORACLE_RUNS (200) of them, a sixth of
# that under sanitizers. A seed that fails is printed with all that happened in the run that failed.

. "${0%/*}/../tap.sh"

build=${BUILD:-build}
runs=${ORACLE_RUNS:-200}
first=${ORACLE_FIRST:-1}

judged() { # PROGRAM RUNS
        expect_status 0 "$1" --seeds "$first" "$2" --jobs 2 --trace-failed
        grep runs/s "$t_dir/out"
}
t "$runs runs of random clients and a daemon" judged "$build/tests/oracle/oracle" "$runs"
t "$((runs / 6)) of them under ASan and UBSan" judged "$build/asan/tests/oracle/oracle" $((runs / 6))

t_done
