#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# make install puts files below DESTDIR, and make uninstall takes each of them away again.

. "${0%/*}/../tap.sh"

dest=$t_dir/dest

make_to() { # MAKE ARGS...
        env -u MAKEFLAGS -u MAKELEVEL make BUILD="${BUILD:-build}" DESTDIR="$dest" "$@"
}
files() { (cd "$dest" && find . ! -type d | sort); }

installs_programs_units_and_pages() {
        local file

        expect_status 0 make_to install
        for file in usr/sbin/hagsctrl usr/libexec/hags/{hagsd,hags-deactivate} usr/lib/tmpfiles.d/hags.conf \
                usr/lib/sysusers.d/hags.conf usr/share/man/man8/hagsctrl.8; do
                expect_status 0 test -s "$dest/$file"
        done
        expect_status 0 test -x "$dest/usr/sbin/hagsctrl"
        expect_status 0 find "$dest" -name 'hags@.service' -o -name hags.target
        [ "$(wc -l <"$t_dir/out")" = 2 ]
}
t "installs programs, units and manual pages" installs_programs_units_and_pages

enables_nothing() {
        expect_status 0 find "$dest" -type l ! -name 'libha_gs*' -o -path '*/etc/*' -o -path '*/run/*'
        expect_out '^$'
}
t "enables nothing, and leaves /etc and /run alone" enables_nothing

installs_again() {
        files >"$t_dir/before"
        expect_status 0 make_to install
        files | diff - "$t_dir/before"
}
t "a second time changes no list" installs_again

uninstalls_all() {
        expect_status 0 make_to uninstall
        expect_status 0 files
        expect_out '^$'
}
t "uninstall leaves no file" uninstalls_all
t "a second time there is nothing to do" uninstalls_all

# On a system, that is, which has all directories but ours.
uninstalls_trees() {
        expect_status 0 make_to install install-src-compat
        (cd "$dest" && find . -type d ! -path '*hags*' ! -path '*/rsct*') >"$t_dir/directories"
        rm -rf "$dest"
        mkdir "$dest"
        (cd "$dest" && xargs mkdir -p <"$t_dir/directories" && find . | sort) >"$t_dir/before"
        expect_status 0 make_to install install-src-compat
        (cd "$dest" && find . | sort) | comm -13 "$t_dir/before" - >"$t_dir/added"
        grep -q '/libexec/hags$' "$t_dir/added"
        expect_status 0 make_to uninstall-src-compat
        expect_status 0 make_to uninstall
        (cd "$dest" && find . | sort) | diff "$t_dir/before" -
}
t "uninstall leaves the tree as it was, directories too" uninstalls_trees

compat='lssrc startsrc stopsrc traceson tracesoff refresh spget_syspar node_number SDRGetObjects syspar_ctrl'
compat_files() { # FILES...: whose base is a command of SRC, or their own
        sed -nE "s,.*/(${compat// /|}|hags-(src-)?compat)(\.[178])?$,&,p"
}
leaves_src_out() {
        expect_status 0 make_to install
        files | compat_files >"$t_dir/found"
        [ ! -s "$t_dir/found" ] || { cat "$t_dir/found"; exit 1; }
        files >"$t_dir/before"
}
t "the commands of SRC are not installed with it" leaves_src_out

installs_src() {
        local name link

        expect_status 0 make_to install-src-compat
        for name in $compat; do
                [ "$(readlink "$dest/usr/bin/$name")" = ../libexec/hags/hags-compat ]
                [ "$(compgen -G "$dest/usr/share/man/man[18]/$name.[18]" | wc -l)" = 1 ]
                [ -s "$dest/usr/share/bash-completion/completions/$name" ]
        done
        [ -s "$dest/usr/share/man/man7/hags-src-compat.7" ]
        # Every link leads to what is there, here as below any other DESTDIR.
        find "$dest/usr/bin" "$dest/usr/sbin" "$dest/usr/libexec" "$dest/usr/share" -type l | while read -r link; do
                if [[ $(readlink "$link") = /* ]] || [ ! -s "$link" ]; then echo "$link"; exit 1; fi
        done
        [ "$dest/usr/libexec/hags/syspar_ctrl.d/hags" -ef "$dest/usr/sbin/hagsctrl" ]
        [ "$dest/usr/sbin/rsct/bin/hagsd" -ef "$dest/usr/libexec/hags/hagsd" ]
}
t "install-src-compat adds them, with their pages, completion and IBM's directory" installs_src

uninstalls_src() {
        expect_status 0 make_to uninstall-src-compat
        files | diff - "$t_dir/before"
        [ ! -e "$dest/usr/sbin/rsct" ] && [ ! -e "$dest/usr/libexec/hags/syspar_ctrl.d" ] || exit 1
        expect_status 0 make_to uninstall
        expect_status 0 files
        expect_out '^$'
}
t "uninstall-src-compat takes away what that added, and nothing else" uninstalls_src

obeys_prefix() {
        local there="PREFIX=/usr/local UNITDIR=/usr/local/lib/systemd/system"

        # shellcheck disable=SC2086
        expect_status 0 make_to install $there
        expect_status 0 test -x "$dest/usr/local/libexec/hags/hagsd"
        expect_status 0 grep '^ExecStart=' "$dest/usr/local/lib/systemd/system/hags@.service"
        expect_out '^ExecStart=/usr/local/libexec/hags/hagsd %i$'
        expect_status 0 grep '^ExecStart=' "$dest/usr/local/lib/systemd/system/hags-deactivate@.service"
        expect_out '^ExecStart=/usr/local/libexec/hags/hags-deactivate$'
        # shellcheck disable=SC2086
        expect_status 0 make_to uninstall $there
        expect_status 0 files
        expect_out '^$'
}
t "obeys PREFIX, in the units too" obeys_prefix

t_done
