#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The conformance suite: what gsapi.md promises a client, sentence by sentence. INDEX numbers the sentences
# and names the cases that would fail if one were untrue. The cases are built as a user would build a program,
# against what `make install` has put into a directory, and run beside a private daemon.
#
#       tests/conformance/test-conformance.sh [NUMBER...]       all cases, or those

. "${0%/*}/../tap.sh"

build=${BUILD:-build}
dest=$t_dir/dest
here=tests/conformance
include=$dest/usr/include

# ---- the program ----

mkdir -p build/lab # whose lock keeps tests from building side by side
env -u MAKEFLAGS -u MAKELEVEL flock build/lab/build.lock make install BUILD="$build" DESTDIR="$dest" \
        >"$t_dir/log" 2>&1 ||
        t_bail "make install fails" "$t_dir/log"
libdir=$(dirname "$(find "$dest" -name libha_gs.so)")
"$here/build.sh" "$dest" "$t_dir/conformance" >"$t_dir/log" 2>&1 ||
        t_bail "the cases do not compile" "$t_dir/log"
export LD_LIBRARY_PATH=$libdir

# ---- the header, where no program is needed ----

header_is() { # COMPILER LANGUAGE STANDARD...
        local compiler=$1 language=$2 standard
        shift 2

        type "$compiler" >/dev/null 2>&1 || { echo "there is no $compiler"; exit 77; }
        echo '#include <ha_gs.h>' >"$t_dir/header.$language"
        for standard; do
                expect_status 0 "$compiler" -x "$language" -std="$standard" -pedantic-errors -Wall -Wextra \
                        -Werror -fsyntax-only -I"$include" "$t_dir/header.$language"
        done
}

# ---- the index ----

index() { # prints NUMBER|STATEMENT|CASES, blanks around them removed
        sed -nE '/^[0-9]/ s/ *\| */|/gp' "$here/INDEX"
}

index >"$t_dir/index"
"$t_dir/conformance" --list >"$t_dir/cases"
grep -oE '^ +t "[0-9][0-9.]*-[0-9]+' "$here/test-conformance.sh" | sed 's/^ *t "/test-conformance:/' >>"$t_dir/cases"
cut -d'|' -f3 "$t_dir/index" | grep -v '^not testable' | tr ',' '\n' | tr -d ' ' | sort -u >"$t_dir/named"

index_is_in_form() {
        expect_status 1 grep -nvE '^[0-9][0-9.]*-[0-9]{2}\|[^|]{10,}\|(not testable from outside: .+|[^|]+:[^|]+)$' \
                "$t_dir/index"
        expect_status 0 cut -d'|' -f1 "$t_dir/index"
        sort -uV "$t_dir/out" | diff "$t_dir/out" -
}
names_cases_that_are_there() {
        expect_status 0 comm -23 "$t_dir/named" <(sort "$t_dir/cases")
        expect_out '^$'
}
has_every_case() {
        expect_status 0 comm -13 "$t_dir/named" <(sort "$t_dir/cases")
        expect_out '^$'
}

# ---- all of it ----

in_namespaces() { # CMD...
        local own=()

        # Who is not root has a namespace with a single user in it, and cannot be another.
        if [ "$EUID" = 0 ]; then
                export CONFORMANCE_GROUP=54321
        else
                own=(--map-root-user)
        fi
        # If this script is killed, all of them are.
        setpriv --pdeathsig KILL unshare "${own[@]}" --mount --pid --fork --kill-child --mount-proc "$@"
}

if [ $# = 0 ]; then
        t "4-01 the header is C89, and every later C" header_is "${CC:-cc}" c c89 c99 c11 c17
        t "4-04 the header is C++" header_is g++ c++ c++98 c++11 c++17
        t "the index is in order" index_is_in_form
        t "every case that the index names is there" names_cases_that_are_there
        t "the index names every case" has_every_case
fi

status=0
in_namespaces "$here/inside.sh" "$dest/usr/libexec/hags/hagsd" "$t_dir/conformance" "$@" \
        >"$t_dir/tap" 2>"$t_dir/log" || status=$?
t_relay "$t_dir/tap"
grep -q '^1\.\.' "$t_dir/tap" || t_bail "the cases do not run" "$t_dir/log"
[ $status -lt 2 ] || t_bail "the daemon does not end well" "$t_dir/log"

statements=$(wc -l <"$t_dir/index")
outside=$(grep -c '|not testable' "$t_dir/index" || true)
echo "# covered $((statements - outside)) of $statements statements ($outside not testable from outside)"
t_done
