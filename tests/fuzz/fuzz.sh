#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Runs each fuzzer for FUZZ_SECONDS. New inputs go below build/fuzz; one that breaks something is named in the
# output and belongs into tests/fuzz/corpus together with the fix.

. "${0%/*}/../tap.sh"

dir=${BUILD:-build}/fuzz

fuzz() { # NAME
        mkdir -p "$dir/corpus/$1"
        "$dir/tests/libfuzzer/fuzz-$1" -max_total_time="${FUZZ_SECONDS:-60}" -print_final_stats=1 \
                -artifact_prefix="$dir/$1-" "$dir/corpus/$1" "tests/fuzz/corpus/$1"
}

for source in tests/fuzz/fuzz-*.c; do
        name=$(basename "$source" .c)
        t "$name finds nothing in ${FUZZ_SECONDS:-60} s" fuzz "${name#fuzz-}"
done

t_done
