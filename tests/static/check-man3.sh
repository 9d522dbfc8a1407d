#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The pages of the client library, held against its header: every SYNOPSIS and every example compiles, every
# name exists, nothing is missing, and the error sections are those of the table.

. "${0%/*}/../tap.sh"

header=src/libha_gs/ha_gs.h
table=man/ha_gs_errors.tbl
pages=(man/libha_gs.3 man/ha_gs_*.3)

nothing_from() { # CMD...: fails with what the command finds
        local found

        found=$("$@" 2>&1 | sort -u) || true
        [ -z "$found" ] || { echo "$found"; return 1; }
}
same_sets() { # A CMD B CMD: both print the same lines, in any order
        diff <("$1" | sort -u) <("$2" | sort -u) | sed -n "s/^</only $1:/p; s/^>/only $2:/p"
}

# ---- routines ----

routines_of_header() {
        "${CC:-cc}" -E -P "$header" | tr -s '\n ' '  ' | sed 's/( /(/g' |
                grep -oE '\bha_gs_[a-z_]+\((const |void|ha_gs_|fc_|int )' | sed 's/(.*//' | grep -v '_cb_t$'
}
routines_of_pages() {
        printf '%s\n' man/ha_gs_*.3 | sed 's,man/,,; s,\.3$,,' | grep -vx ha_gs_callbacks
}
routines_of_overview() {
        sed -nE '/^\.Ss Routines/,/^\.El/s/^\.It Xr (ha_gs_[a-z_]+) 3.*/\1/p' man/libha_gs.3
}
t "each routine has a page" nothing_from same_sets routines_of_header routines_of_pages
t "libha_gs(3) lists each routine" nothing_from same_sets routines_of_header routines_of_overview

# ---- what compiles ----

compile() { # WHAT FILE [OPTION...]
        local what=$1 file=$2
        shift 2

        # shellcheck disable=SC2046
        "${CC:-cc}" -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic -Werror -Isrc/libha_gs "$@" \
                $(pkg-config --cflags libsystemd) -o "$t_dir/object" "$file" 2>"$t_dir/errors" ||
                { echo "$what:"; cat "$t_dir/errors"; }
}

# As it is read; what declares something else than the header is an error.
wrong_synopses() {
        local page

        for page in "${pages[@]}"; do
                mandoc -Tascii -O width=1000 "$page" 2>/dev/null | sed 's/.\x08//g' |
                        sed -n '/^SYNOPSIS/,/^DESCRIPTION/{/^[A-Z]/d; /^ *cc /d; p}' >"$t_dir/synopsis.c"
                grep -q '#include <ha_gs.h>' "$t_dir/synopsis.c" || echo "$page: no #include"
                compile "$page" "$t_dir/synopsis.c" -c -Wno-unused
        done
}
t "every SYNOPSIS compiles and agrees with the header" nothing_from wrong_synopses

examples_of() { # PAGE
        rm -f "$t_dir"/example-*.c
        awk -v dir="$t_dir" -f tests/static/examples.awk "$1"
        compgen -G "$t_dir/example-*.c"
}
wrong_examples() {
        local page file

        for page in "${pages[@]}"; do
                examples_of "$page" >"$t_dir/examples" || echo "$page: no example"
                while read -r file; do
                        compile "$page" "$file" -c
                done <"$t_dir/examples"
        done
}
t "every example compiles" nothing_from wrong_examples

# ---- names ----

constants_of() { grep -ohE '\bHA_GS_[A-Z0-9_]+\b' "$@"; }
constants_of_header() { constants_of "$header" | grep -vx HA_GS_H; }
constants_of_pages() { grep -hvE '^\.(Dt|It Ev) ' "${pages[@]}" | constants_of -; }
t "the pages have the constants of the header" nothing_from same_sets constants_of_header constants_of_pages

members_of() { grep -ohE '\bgs_[a-z_]+\b' "$@"; }
members_of_header() { members_of "$header" | grep -vxE '_.*|gs_provider_info'; }
members_of_pages() { members_of "${pages[@]}"; }
t "the pages have the members of the header's blocks" nothing_from same_sets members_of_header members_of_pages

types_of() { grep -ohE '\bha_gs_[a-z_]+_t\b' "$@"; }
unknown_types() { comm -13 <(types_of "$header" | sort -u) <(types_of "${pages[@]}" | sort -u); }
t "the pages name no type that is not there" nothing_from unknown_types

# ---- errors ----

stale_errors() {
        local page

        for page in "${pages[@]}"; do
                awk -f man/errors.awk "$table" "$page" | cmp -s - "$page" || echo "$page: make man"
        done
}
t "the errors of each page are those of the table" nothing_from stale_errors

codes_of_header() { sed -nE '/HA_GS_OK = 0/,/ha_gs_rc_t;/s/^ +(HA_GS_[A-Z_]+).*/\1/p' "$header"; }
codes_of_table() { awk '$1 == "*" { print $3 }' "$table"; }
t "the table explains each return code" nothing_from same_sets codes_of_header codes_of_table

wrong_entries() {
        routines_of_header >"$t_dir/routines"
        awk -v known="$(paste -sd' ' "$t_dir/routines")" '
                BEGIN { n = split(known, list, " "); for (i = 1; i <= n; i++) routine[list[i]] }
                /^#/ || /^[ \t]/ || NF == 0 { next }
                $1 != "*" && !($1 in routine) { print NR ": no routine " $1 }
                NF != 3 || $2 !~ ($1 == "*" ? "^(sync|delayed|both)$" : "^(sync|delayed)$") { print NR ": " $0 }
                $1 == "*" { kind[$3] = $2; next }
                !($3 in kind) { print NR ": no code " $3 }
                kind[$3] != "both" && kind[$3] != $2 { print NR ": " $3 " is " kind[$3] " in general" }
                seen[$0]++ { print NR ": twice" }' "$table"
        while read -r routine; do
                [ "$routine" = ha_gs_quit ] || grep -q "^$routine " "$table" || echo "nothing about $routine"
        done <"$t_dir/routines"
}
t "the table's entries are of known routines and codes" nothing_from wrong_entries

t_done
