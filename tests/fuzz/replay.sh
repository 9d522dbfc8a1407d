#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Replays each fuzzer's corpus, under sanitizers: every input that ever mattered stays a regression test.

. "${0%/*}/../tap.sh"

for source in tests/fuzz/fuzz-*.c; do
        name=$(basename "$source" .c)
        t "$name bears its corpus" expect_status 0 \
                "${BUILD:-build}/asan/tests/replay/$name" "tests/fuzz/corpus/${name#fuzz-}"
done

t_done
