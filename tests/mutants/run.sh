#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# tests/mutants/run.sh [NAME...] - the tests of the tests. Each patch here breaks one rule of the state machine on
# purpose (its first line says which). It is applied to a copy of the tree, which is built and tested: first the unit
# tests, then a fixed list of seeds in the simulator. A mutant that nothing kills is a missing test, and a failure.

set -uo pipefail
cd "${0%/*}/../.." || exit

jobs=${MUTANT_JOBS:-$(nproc)}
seeds=${MUTANT_SEEDS:-6000}
tests=${MUTANT_TESTS:-unit sim} # what may kill
build=$(realpath -m "${BUILD:-build}/mutants")

names() { # NAME...: the patches meant, or all
        if [ $# -gt 0 ]; then
                printf '%s\n' "$@"
        else
                find tests/mutants -name '*.patch' -printf '%f\n' | sed 's/\.patch$//' | sort
        fi
}

prepare() { # DIR: a built copy of the tree
        rm -rf "$1"
        mkdir -p "$1"
        cp -r Makefile src tests "$1/"
        make_all "$1"
}

make_all() { # DIR
        make -C "$1" BUILD=build CFLAGS='-O1 -g' sim core-tests >"$1/log" 2>&1
}

killer() { # DIR: prints what kills, or nothing
        local t last

        if [[ $tests = *unit* ]]; then
                for t in "$1"/build/tests/unit/test-*; do
                        [ -x "$t" ] || continue
                        if ! timeout 60 "$t" >"$1/log" 2>&1; then
                                last=$(sed -n 's/^\[  FAILED  \] *//p' "$1/log" | sed -n '/^[a-z]/{p;q}')
                                echo "${t##*/}${last:+: $last}"
                                return
                        fi
                done
        fi
        if [[ $tests = *sim* ]] && ! timeout 120 "$1/build/tests/sim/sim" --seeds 1 "$seeds" --first >"$1/log" 2>&1; then
                last=$(grep -m1 -E 'FAILED|crashes' "$1/log")
                echo "sim: ${last:-it does not come to an end}"
        fi
}

judge() { # DIR NAME
        local patch=$PWD/tests/mutants/$2.patch by

        if ! patch -s -d "$1" -p1 <"$patch" >"$1/log" 2>&1; then
                echo "not ok $2: does not apply"
                prepare "$1"
                return 1
        fi
        if ! make_all "$1"; then
                by=
                echo "not ok $2: does not build"
        elif by=$(killer "$1"); [ -n "$by" ]; then
                echo "ok $2: killed by $by"
        else
                echo "not ok $2: survives ($(head -n1 "$patch"))"
        fi
        patch -s -R -d "$1" -p1 <"$patch"
        [ -n "$by" ]
}

work() { # JOB: every jobs-th mutant
        local dir=$build/$1 i=0 bad=0 name

        prepare "$dir" || { echo "not ok: the tree itself does not build, see $dir/log"; return 1; }
        while read -r name; do
                [ $((i++ % jobs)) = "$1" ] && { judge "$dir" "$name" || bad=1; }
        done
        return $bad
}

status=0
list=$(names "$@")
pids=()
for ((job = 0; job < jobs; job++)); do
        work "$job" <<<"$list" &
        pids+=($!)
done
for pid in "${pids[@]}"; do
        wait "$pid" || status=1
done
echo "$(wc -l <<<"$list") mutants; $([ $status = 0 ] && echo none || echo some) survived"
exit $status
