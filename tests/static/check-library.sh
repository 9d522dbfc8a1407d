#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The client library as a package: its header in the languages of its users, its names, and a program that is
# built against what `make install` puts somewhere.

. "${0%/*}/../tap.sh"

build=${BUILD:-build}
dest=$t_dir/dest
include=$dest/usr/include

make_to() { # MAKE ARGS...
        env -u MAKEFLAGS -u MAKELEVEL make BUILD="$build" DESTDIR="$dest" "$@"
}
make_to install >"$t_dir/install" 2>&1 || { cat "$t_dir/install"; exit 1; }
libdir=$(dirname "$(find "$dest" -name libha_gs.so)")

# The routines of gsapi.md section 5.
routines='change_attributes change_state_value dispatch expel get_adapter_info get_ffdc_id get_node_number goodbye
init join leave quit send_message subscribe unsubscribe vote'
for name in $routines; do
        echo "ha_gs_$name"
done | sort >"$t_dir/routines"

cat >"$t_dir/use.c" <<'END'
#include <ha_gs.h>
#include <stddef.h>

static void failed(const ha_gs_delayed_error_notification_t *block) {
        (void) block;
}

int main(void) {
        ha_gs_provider_t provider;
        ha_gs_descriptor_t fd;

        provider.gs_instance_number = 1;
        provider.gs_node_number = 2;
        ha_gs_init(&fd, HA_GS_SOCKET_NO_SIGNAL, NULL, NULL, NULL, failed, NULL);
        ha_gs_quit();
        return ha_gs_dispatch(HA_GS_NON_BLOCKING) == HA_GS_NO_INIT && provider.gs_provider_id != 0 ? 0 : 1;
}
END
cat >"$t_dir/use.cc" <<'END'
#include "use.c"

ha_gs_batch_ctrl_t both = HA_GS_BATCH_BOTH | HA_GS_DEACTIVATE_ON_FAILURE;
ha_gs_socket_ctrl_t options = HA_GS_SOCKET_NO_SIGNAL | HA_GS_ENABLE_ADAPTER_INFO;
END

strictly() { # COMPILER ARGS...
        expect_status 0 "$@" -pedantic -Wall -Wextra -Werror -I"$include" -o "$t_dir/use.o"
}
in_c() {
        local standard

        for standard in c89 gnu89 c99 c17; do
                strictly "$1" -std="$standard" -c "$t_dir/use.c"
        done
}
in_cxx() {
        local standard

        type "$1" >/dev/null 2>&1 || { echo "there is no $1"; exit 77; }
        for standard in c++98 c++11 c++17; do
                strictly "$1" -std="$standard" -c "$t_dir/use.cc"
        done
}
t "the header is C89, and later C, for gcc" in_c gcc
t "and for clang" in_c clang
t "it is C++, for g++" in_cxx g++
t "and for clang++" in_cxx clang++

declares() {
        grep -oE '\bha_gs_[a-z_]+\(' "$include/ha_gs.h" | tr -d '(' | sort -u >"$t_dir/declared"
        expect_status 0 comm -23 "$t_dir/routines" "$t_dir/declared"
        expect_out '^$'
}
t "it declares every routine" declares

exports() {
        nm -D --defined-only "$libdir/libha_gs.so" | awk '$2 == "T" { sub(/@.*/, "", $3); print $3 }' | sort |
                diff "$t_dir/routines" -
        nm -D --defined-only "$libdir/libha_gs.so" | grep -v ' ha_gs_' >"$t_dir/others" || true
        expect_status 0 cat "$t_dir/others"
        expect_out '^[0-9a-f]+ A LIBHA_GS_1$'
}
t "the shared library exports the routines and nothing else" exports

exports_of_archive() { # ARCHIVE
        nm -g --defined-only "$1" | awk 'NF == 3 { print $3 }' | sort | diff "$t_dir/routines" -
}
t "the static library, too" exports_of_archive "$libdir/libha_gs.a"

exports_of_archive_with_lto() {
        env -u MAKEFLAGS -u MAKELEVEL make CC=gcc CFLAGS='-O2 -flto=auto -ffat-lto-objects' BUILD="$t_dir/lto" \
                "$t_dir/lto/libha_gs.a" >/dev/null
        exports_of_archive "$t_dir/lto/libha_gs.a"
        expect_status 0 readelf --sections --wide "$t_dir/lto/libha_gs.a"
        expect_out '\.text'
        [[ $(<"$t_dir/out") != *.gnu.lto_* ]]
}
t "the static library of a distribution that builds with LTO, too" exports_of_archive_with_lto

versions() {
        expect_status 0 readelf -d "$libdir/libha_gs.so"
        expect_out 'SONAME.*\[libha_gs.so.1\]'
        expect_status 0 test "$libdir/libha_gs_r.so" -ef "$libdir/libha_gs.so"
        expect_status 0 test "$libdir/libha_gs_r.a" -ef "$libdir/libha_gs.a"
        expect_status 0 test "$libdir/libha_gs.so" -ef "$libdir/libha_gs.so.1"
}
t "it has a version, and two names" versions

needs_only_libc() {
        local needed

        needed=$(readelf -d "$libdir/libha_gs.so" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p')
        expect_status 0 echo "$needed"
        expect_out '^libc\.so\.6$'
}
t "it needs the C library only" needs_only_libc

flags() { # PKG-CONFIG ARGS...
        PKG_CONFIG_PATH=$libdir/pkgconfig PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 \
                pkg-config --define-variable=libdir="$libdir" --define-variable=includedir="$include" "$@" hags
}
uses() { # COMPILER SOURCE LIBRARIES...
        local compiler=$1 source=$2
        shift 2

        # shellcheck disable=SC2046
        expect_status 0 "$compiler" -o "$t_dir/use" "$source" $(flags --cflags) "$@"
        expect_status 0 env LD_LIBRARY_PATH="$libdir" HAGS_RUN_DIRECTORY="$t_dir" "$t_dir/use"
}
uses_shared() {
        # shellcheck disable=SC2046
        uses "${CC:-cc}" "$t_dir/use.c" $(flags --libs)
        uses "${CC:-cc}" "$t_dir/use.c" -L"$libdir" -lha_gs_r
}
t "a program is built with pkg-config and runs" uses_shared

# Names that the library has inside are free for the program.
cat >"$t_dir/clash.c" <<'END'
#include "use.c"

int client, inbox_push, token_find, frame_begin, event_put;
END
uses_static() {
        uses "${CC:-cc}" "$t_dir/clash.c" "$libdir/libha_gs.a"
        uses "${CC:-cc}" "$t_dir/clash.c" -L"$libdir" -Wl,-Bstatic -lha_gs_r -Wl,-Bdynamic
        expect_status 0 readelf -d "$t_dir/use"
        [ "$(grep -c libha_gs "$t_dir/out")" = 0 ]
}
t "statically, too, whatever names it uses itself" uses_static

uses_from_cxx() {
        type g++ >/dev/null 2>&1 || { echo "there is no g++"; exit 77; }
        # shellcheck disable=SC2046
        uses g++ "$t_dir/use.cc" $(flags --libs)
}
t "from C++, too" uses_from_cxx

t_done
