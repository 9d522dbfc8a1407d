#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# tests/deps.sh [SET...] - installs from the distribution what the named purposes need, or all of them: build,
# lab, check, deb, package, fuzz, lint, bench, coverage. Says what it does; asks nothing; does nothing if all is there.

set -euo pipefail
export LC_ALL=C

# purpose, package of Debian and Ubuntu, package of Fedora
packages='
build gcc               gcc
build libc6-dev         glibc-devel
build make              make
build pkg-config        pkgconf-pkg-config
build libsystemd-dev    systemd-devel
build libinih-dev       inih-devel
build libjansson-dev    jansson-devel
build libncurses-dev    ncurses-devel
lab   systemd           systemd
lab   systemd-container systemd-container
lab   mmdebstrap        -
lab   iproute2          iproute
lab   mount             util-linux
lab   procps            procps-ng
check libcmocka-dev     libcmocka-devel
check clang             clang
check g++               gcc-c++
check shellcheck        ShellCheck
check mandoc            mandoc
check groff-base        groff
check acl               acl
check attr              attr
check gdb             gdb
check jq                jq
check perl-base         perl-interpreter
check python3-jsonschema python3-jsonschema
check tmux              tmux
check netbase           setup
deb   debhelper         -
deb   dpkg-dev          -
deb   libcmocka-dev     -
deb   xz-utils          -
package lintian         -
package rpm             rpm-build
package rpmlint         rpmlint
package makepkg         pacman
package pacman-package-manager pacman
package elfutils        elfutils
package debugedit       debugedit
package libarchive-tools bsdtar
package fakeroot        fakeroot
package xz-utils        xz
fuzz  clang             clang
fuzz  libclang-rt-dev   compiler-rt
lint  cppcheck          cppcheck
lint  clang-tidy        clang-tools-extra
bench runit             runit
bench s6                s6
bench valgrind          valgrind
bench strace            strace
bench etcd-server       etcd
bench etcd-client       etcd
coverage gcovr          gcovr
'

say() {
        echo "deps: $*"
}

wanted() { # COLUMN SET...
        local column=$1
        shift

        awk -v column="$column" -v sets=" ${*:-build lab check deb package fuzz lint bench coverage} " \
                'NF && index(sets, " " $1 " ") && $column != "-" { print $column }' <<<"$packages" | sort -u
}

if command -v apt-get >/dev/null; then
        column=2
        installed() { dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p'; }
        get() {
                apt-get -q update
                DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
                        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
                        -o DPkg::Lock::Timeout=300 install "$@"
        }
elif command -v dnf >/dev/null; then
        column=3
        installed() { rpm -qa --queryformat '%{NAME}\n'; }
        get() { dnf -y --setopt=install_weak_deps=False install "$@"; }
else
        say "neither apt-get nor dnf is here. Needed, by Debian's names:" "$(wanted 2 "$@" | paste -sd' ')"
        exit 0
fi

lack=$(comm -23 <(wanted $column "$@") <(installed | sort -u) | paste -sd' ')
[ -n "$lack" ] || exit 0
if [ "$EUID" != 0 ]; then
        say "missing: $lack. Only root can install them: sudo make deps"
        exit 1
fi
say "installing: $lack"
# shellcheck disable=SC2086
get $lack </dev/null
say "done"
