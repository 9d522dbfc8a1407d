#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The rules of the tree that a program can check: heads, widths, blanks, layers, headers, sizes.

. "${0%/*}/../tap.sh"

c_files() { find src tests -name '*.[ch]'; }
scripts() { grep -rlE '^#!/bin/(ba)?sh|^# shellcheck shell=' tests .ci packaging src --exclude-dir=corpus; }
sources() {
        c_files
        scripts
        # The files in Debian's own formats have their licence in packaging/debian/copyright.
        find units tmpfiles.d packaging man -type f ! -path 'packaging/debian/*'
        echo Makefile
}

nothing_from() { # CMD...: fails with what the command finds
        local found

        found=$("$@" 2>&1 | sort -u) || true
        [ -z "$found" ] || { echo "$found"; exit 1; }
}

# The licence stands on the first line, or behind that for the shell; then what the file is for, in a comment
# before anything else but #pragma once.
without_head() {
        sources | xargs awk '
                FNR == 1 { licence = purpose = code = 0 }
                /SPDX-License-Identifier: LGPL-2.1-or-later/ && FNR <= 2 { licence = 1; next }
                /^(#!|# shellcheck|#pragma once$)/ || code { next }
                FILENAME ~ /\.[ch]$/ ? /^(\/| )\*/ : /^(#|\.\\"|<!--)/ { if (/[a-z] [a-z]/) purpose = 1; next }
                NF { code = 1; if (!licence || !purpose) print FILENAME ":" FNR ": nothing before it" }'
}
t "every file begins with its licence and its purpose" nothing_from without_head

# Prose and C have the width of the page; a command in a script may be longer than one.
too_wide() {
        { c_files; find man; } | xargs -d '\n' grep -nsE '^.{110,}$'
        sources | xargs grep -nE '^.{133,}$'
}
t "no line has more than 109 columns, or 132 in scripts" nothing_from too_wide

blanks() {
        { c_files; scripts; } | xargs grep -nP '\t'
        sources | xargs grep -nE '[[:blank:]]+$'
        for file in $(sources); do
                [ -z "$(tail -c 1 "$file")" ] || echo "$file: no newline at the end"
        done
}
t "no tabs in C and scripts, no blanks at line ends, a newline at the end" nothing_from blanks

gotos() { c_files | xargs grep -nE '\bgoto [a-z_]+;'; }
t "no goto" nothing_from gotos

unfinished() { sources | xargs grep -nE '\b(TO[D]O|FIX[M]E|XX[X])\b|not implemente[d]'; }
t "nothing says that it is unfinished" nothing_from unfinished

# A folder of src/ and what it may include besides itself: the layers of HACKING.md.
layers='
util       -
config     util
log        util
wire       util
core       wire util
engine     wire util
session    wire core log util
sdr        util config
ask        wire util
manager    util wire config
hagsctrl   ask sdr manager config wire log util
hagsd      wire log config session core engine util
libha_gs   wire util
deactivate wire util
compat     ask sdr manager config wire util
diag       ask wire config util
hagsgroup  ask diag libha_gs wire util
samples    -
'
against_the_layers() {
        grep -noE '^#include "[a-z_]+/' src/*/*.[ch] | while IFS=:/\" read -r _ folder file line _ used _; do
                awk -v folder="$folder" -v used="$used" '
                        $1 == folder { for (i = 1; i <= NF; i++) ok += $i == used }
                        END { exit !ok }' <<<"$layers" || echo "src/$folder/$file:$line includes $used/"
        done
}
t "no layer includes what stands above it" nothing_from against_the_layers

does_not_stand_alone() {
        local header

        for header in src/*/*.h; do
                "${CC:-cc}" -std=gnu17 -D_GNU_SOURCE -Isrc -Isrc/libha_gs -Wall -Wextra -fsyntax-only \
                        -include "$header" -x c /dev/null || echo "$header"
        done
}
t "every header compiles alone" nothing_from does_not_stand_alone

# In this style a function begins in column 0 and ends with the first } there.
functions_over() { # LINES
        c_files | xargs awk -v limit="$1" '
                FNR == 1 { start = 0 }
                /^[a-zA-Z].*\(/ && !/;$/ { start = FNR }
                /^}$/ {
                        if (start && FNR - start + 1 > limit)
                                print FILENAME ":" start ": a function of " FNR - start + 1 " lines"
                        start = 0
                }'
}
files_over() { # LINES
        c_files | xargs wc -l | awk -v limit="$1" '$2 != "total" && $1 > limit { print $2 ": " $1 " lines" }'
}
t "no function has more than 80 lines" nothing_from functions_over 80
t "no file has more than 800 lines" nothing_from files_over 800
{ functions_over 60; files_over 500; } | sed 's/^/# long: /'

shell_trouble() { scripts | xargs shellcheck --format=gcc; }
t "shellcheck has nothing to say" nothing_from shell_trouble

t_done
