#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The packages of Arch, as far as Debian's makepkg and pacman can tell: that PKGBUILD builds, what comes of it, and what
# is below a directory where it is installed.

. "${0%/*}/../tap.sh"

version=$(sed -n 's/^VERSION *:= *//p' Makefile)
packages="$t_dir/hags-$version-1-$(uname -m).pkg.tar.gz $t_dir/hags-src-compat-$version-1-$(uname -m).pkg.tar.gz"

quiet_make() { # ARGS...
        env -u MAKEFLAGS -u MAKELEVEL make --silent "$@"
}

# makepkg refuses to be root.
somebody() { # CMD...
        if [ "$EUID" = 0 ]; then
                setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
        else
                "$@"
        fi
}

builds() {
        quiet_make dist BUILD="$t_dir"
        cp packaging/arch/PKGBUILD "$t_dir"
        [ "$EUID" != 0 ] || chown -R 65534:65534 "$t_dir"
        cd "$t_dir"
        expect_status 0 somebody env -u CFLAGS -u BUILD HOME="$t_dir" MAKEFLAGS="-j$(nproc)" \
                makepkg --config /etc/makepkg.conf --nodeps --noconfirm --nocolor
        # shellcheck disable=SC2086
        ls $packages
}
t "makepkg builds the packages, of the version of the Makefile" builds
[ "$t_failures" = 0 ] || t_done

lists() { # what is in the packages
        # shellcheck disable=SC2086
        pacman --query --list --quiet --file $packages 2>/dev/null | grep -v '/$'
}
as_installed() {
        quiet_make install install-src-compat BUILD="${BUILD:-build}" DESTDIR="$t_dir/dest" SBINDIR=/usr/bin LIBDIR=/usr/lib \
                UNITDIR=/usr/lib/systemd/system CATALOGDIR=/usr/lib/systemd/catalog >/dev/null
        (cd "$t_dir/dest" && find . ! -type d -printf '/%P\n') | grep -v '\.a$' | sort >"$t_dir/installed"
        lists | sed 's,\(/man/.*\)\.gz$,\1,' | sort >"$t_dir/packed"
        expect_status 0 diff -u "$t_dir/installed" "$t_dir/packed"
}
t "together they have what make install installs, but the static library" as_installed

fits() {
        local units program

        mkdir -p "$t_dir"/root/{etc,var/lib/pacman}
        # shellcheck disable=SC2086
        expect_status 0 pacman --upgrade --nodeps --nodeps --noconfirm --noprogressbar --config /dev/null \
                --root "$t_dir/root" --cachedir "$t_dir" --logfile "$t_dir/log" $packages
        expect_status 0 pacman --query --check --check --config /dev/null --root "$t_dir/root"
        expect_out 'hags: .* 0 altered files'
        expect_out 'hags-src-compat: .* 0 altered files'
        # What hooks of systemd do; the group comes with the system.
        echo adm:x:4: >"$t_dir/root/etc/group"
        expect_status 0 systemd-sysusers --root="$t_dir/root"
        expect_status 0 systemd-tmpfiles --root="$t_dir/root" --create hags.conf
        expect_status 0 grep -c '^hags' "$t_dir/root/etc/passwd" "$t_dir/root/etc/group"
        expect_out 'passwd:1'
        expect_out 'group:2'
        test -d "$t_dir/root/var/ha/log"
        units=$t_dir/root/usr/lib/systemd/system
        expect_status 0 sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$units"/*.service
        for program in $(<"$t_dir/out"); do
                test -x "$t_dir/root$program"
        done
        test -x "$t_dir/root/usr/bin/hagsctrl"
        test -e "$t_dir/root/usr/bin/rsct/bin/hagsctrl"
}
t "installed below a directory, programs are where units and links say" fits

t_done
