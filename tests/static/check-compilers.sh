#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The tree compiles with the other compiler too: clang where cc is gcc, and the other way round.

. "${0%/*}/../tap.sh"

other=clang
! "${CC:-cc}" --version | grep -q clang || other=gcc

compile() {
        env -u MAKEFLAGS -u MAKELEVEL make BUILD="${BUILD:-build}/$other" CC="$other" -j"$(nproc)" objects
}
t "$other compiles all of it${WERROR:+ without a warning}" compile

t_done
