#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Random client processes of a real daemon: what each of them hears is what the simulation's oracle says, and what
# they ask for arrives. And plays, in which one of them is lost at a chosen moment. The seeds are a fixed list, though
# no run goes like another: ORACLE_RUNS (200) of them from ORACLE_FIRST on, a sixth of that under sanitizers. Of a run
# that goes wrong all that happened is printed.

. "${0%/*}/../tap.sh"

build=${BUILD:-build}
runs=${ORACLE_RUNS:-200}
first=${ORACLE_FIRST:-1}

judged() { # PROGRAM ARGUMENTS...
        expect_status 0 "$@" --jobs 2 --trace-failed
        grep runs/s "$t_dir/out"
}
t "every kind of protocol, and a client lost in each of its phases, in each way" \
        judged "$build/tests/oracle/oracle" --plays
t "$runs runs of random clients and a daemon" judged "$build/tests/oracle/oracle" --seeds "$first" "$runs"
t "$((runs / 6)) of them under ASan and UBSan" \
        judged "$build/asan/tests/oracle/oracle" --seeds "$first" $((runs / 6))

t_done
