#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# build.sh DEST OUT - builds the program of the conformance suite as a user of the product would, against what
# `make install DESTDIR=DEST` has installed, and nothing else of this tree. CC and CFLAGS are the caller's.

set -euo pipefail

dest=$1
out=$2
include=$dest/usr/include
libdir=$(dirname "$(find "$dest" -name libha_gs.so)")
objects=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf "$objects"' EXIT

flags() { # PKG-CONFIG ARGS...
        PKG_CONFIG_PATH=$libdir/pkgconfig PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 \
                pkg-config --define-variable=libdir="$libdir" --define-variable=includedir="$include" "$@" hags
}

read -ra cflags < <(flags --cflags)
read -ra libs < <(flags --libs)
read -ra own <<<"${CFLAGS:--O1 -g}"
[[ "${own[*]}" != *-fsanitize* ]] || own+=(-DOWN_MALLOC=0)
compile=("${CC:-cc}" -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -pthread "${own[@]}" "${cflags[@]}" -c)
# shellcheck disable=SC2016
find "${0%/*}" -name '*.c' -print0 | xargs -0 -P "$(nproc)" -I{} sh -c '
        source=$1 objects=$2
        shift 2
        "$@" -o "$objects/$(basename "$source" .c).o" "$source"' sh {} "$objects" "${compile[@]}"
"${CC:-cc}" -pthread "${own[@]}" -o "$out" "$objects"/*.o "${libs[@]}"
