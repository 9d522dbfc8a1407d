#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The source tarball and the Debian packages: what is in them, that they are the same bytes wherever they are built,
# what lintian says, and their life on nodes of Debian 12 and 13 (life.sh).

. "${0%/*}/../tap.sh"

build=${BUILD:-build}
deb=$build/deb
# What nodes see has to be below the checkout.
room=$build/packaging
version=$(sed -n 's/^VERSION *:= *//p' Makefile)

command -v dpkg-buildpackage >/dev/null || {
        echo "1..0 # SKIP this is no Debian"
        exit 0
}
[ "$EUID" = 0 ] || t_bail "nodes are booted, which only root may do: try sudo"

quiet_make() { # ARGS...
        env -u MAKEFLAGS -u MAKELEVEL BUILD="$build" make --silent "$@"
}

rm -rf "$room"
mkdir -p "$room"
# Tests of modules run elsewhere. Builds are side by side, as far as there are processors.
DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)"
export DEB_BUILD_OPTIONS

# ---- the tarball ----

tarball_is_complete() {
        expect_status 0 quiet_make dist
        tar -tf "$build/hags-$version.tar.xz" | sed "s,^hags-$version/,," | sort >"$t_dir/packed"
        if [ -e .git ] && command -v git >/dev/null; then
                git ls-files | sort | diff - "$t_dir/packed"
        fi
        [ "$(grep -cvE '^(\.|[a-zA-Z])' "$t_dir/packed")" = 0 ]
        grep -qx 'packaging/debian/control' "$t_dir/packed"
}
t "make dist packs what belongs to the sources" tarball_is_complete

# Unpacked where there is no git, by somebody else and with other settings, it makes itself again.
tarball_of_the_tarball() {
        mkdir "$t_dir/again"
        tar -C "$t_dir/again" -xf "$build/hags-$version.tar.xz"
        (
                umask 077
                cd "$t_dir/again/hags-$version"
                touch ./*
                env -u MAKEFLAGS -u MAKELEVEL TZ=Asia/Kolkata LC_ALL=de_DE.UTF-8 make --silent dist
        )
        cmp "$build/hags-$version.tar.xz" "$t_dir/again/hags-$version/build/hags-$version.tar.xz"
}
t "the tarball makes the same tarball, without git" tarball_of_the_tarball

# ---- the packages ----

packages_are_built() {
        expect_status 0 quiet_make deb
        expect_status 0 ls "$deb"
        for package in hags hags-dbgsym hags-src-compat libha-gs1 libha-gs1-dbgsym libha-gs-dev; do
                grep -qE "^${package}_[^_]+_[a-z0-9]+\.deb\$" "$t_dir/out" || t_fail "no package $package"
        done
        grep -qE '^hags_.*\.dsc$' "$t_dir/out" && grep -qE '^hags_.*\.orig\.tar\.xz$' "$t_dir/out"
}
t "make deb builds the packages, and the source package" packages_are_built
[ "$t_failures" = 0 ] || t_done

# The same version by another user, elsewhere, with another umask, zone and language: in the background, and so is
# the next version, for upgrades.
rebuild() {
        local dir=$t_dir/elsewhere/a/rather/long/path

        mkdir -p "$dir"
        cp -r "$build/hags-$version.tar.xz" packaging/build-deb "$dir"
        chmod 755 "$t_dir"
        chown -R 65534:65534 "$t_dir/elsewhere"
        (
                umask 077
                cd "$dir"
                env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/nonexistent TZ=Pacific/Chatham LANG=tr_TR.UTF-8 \
                        LC_ALL=tr_TR.UTF-8 DEB_BUILD_OPTIONS=nocheck \
                        setpriv --reuid=65534 --regid=65534 --clear-groups ./build-deb "hags-$version.tar.xz" out
        )
}
build_next() {
        cp -r packaging/debian "$t_dir/debian"
        {
                printf 'hags (%s-2) unstable; urgency=medium\n\n  * Next.\n\n -- %s\n\n' "$version" \
                        "$(sed -n 's/^ -- //p' packaging/debian/changelog | head -n 1)"
                cat packaging/debian/changelog
        } >"$t_dir/debian/changelog"
        DEBIAN=$t_dir/debian packaging/build-deb "$build/hags-$version.tar.xz" "$room/next"
}
rebuild >"$t_dir/rebuild.log" 2>&1 &
rebuilt=$!
build_next >"$t_dir/next.log" 2>&1 &
next=$!

# ---- what is in them ----

for package in "$deb"/*.deb; do
        dpkg-deb -x "$package" "$t_dir/root"
done
paths_in() { # PACKAGE
        dpkg-deb --fsys-tarfile "$deb/$1"_*.deb | tar -t | sed 's,^\.,,; s,/$,,' | sort
}

# Compressed, and with what is Debian's own taken away, it is what make install installs.
as_installed() {
        local arch

        arch=$(dpkg-architecture -q DEB_HOST_MULTIARCH)
        quiet_make install install-src-compat DESTDIR="$t_dir/installed" LIBDIR="/usr/lib/$arch" >/dev/null
        (cd "$t_dir/installed" && find . ! -type d | sed 's,^\.,,' | sort) >"$t_dir/of-make"
        (cd "$t_dir/root" && find . ! -type d | sed 's,^\.,,; s,^\(/usr/share/man/.*\)\.gz$,\1,' |
                grep -vE '^/usr/(lib/debug|share/doc/[^/]*-dbgsym$|share/doc/[^/]*/[^/]*$|share/lintian)' | sort) >"$t_dir/of-deb"
        diff "$t_dir/of-make" "$t_dir/of-deb"
}
t "together they have what make install installs" as_installed

has() { # PACKAGE PATH...
        local path

        paths_in "$1" >"$t_dir/paths"
        for path in "${@:2}"; do
                grep -qE "^$path\$" "$t_dir/paths" || { echo "$1 has no $path"; exit 1; }
        done
}
each_in_its_place() {
        has hags /usr/sbin/hagsctrl /usr/libexec/hags/hagsd /usr/bin/hags{group,gr,cl,ns,vote} \
                '(/usr)?/lib/systemd/system/hags@\.service' /usr/share/man/man8/hagsctrl.8.gz
        has libha-gs1 '/usr/lib/.*/libha_gs\.so\.1'
        has libha-gs-dev /usr/include/ha_gs.h '/usr/lib/.*/libha_gs(_r)?\.(so|a)' /usr/share/man/man3/ha_gs_join.3.gz \
                /usr/share/doc/hags/examples/sample_schg.c
        has hags-src-compat /usr/bin/{lssrc,startsrc,stopsrc,traceson,tracesoff,refresh} \
                /usr/bin/{spget_syspar,node_number,SDRGetObjects,syspar_ctrl} /usr/sbin/rsct/bin/hagsctrl
}
t "each package has what it is for" each_in_its_place

nobody_elses() {
        local package

        for package in "$deb"/*.deb; do
                dpkg-deb -c "$package" | awk '$1 !~ /^l/ && ($2 != "root/root" || $1 ~ /^.....w|^........w|[sSt]/)'
                dpkg-deb -c "$package" | awk '{ print $6 }' | grep -E '^\./(etc|var|run|home)/' || true
        done >"$t_dir/out"
        [ ! -s "$t_dir/out" ] || t_fail "unusual owners, modes or places"
}
t "all of it is root's, without special modes, and nothing in /etc and /var" nobody_elses

symbols_are_known() {
        grep -oE 'ha_gs_[a-z_]+;' src/libha_gs/libha_gs.map | tr -d ';' | sort >"$t_dir/of-map"
        dpkg-deb --ctrl-tarfile "$deb"/libha-gs1_*.deb | tar -xO ./symbols | grep -oE '^ ha_gs_[a-z_]+' | tr -d ' ' |
                sort | diff "$t_dir/of-map" -
        expect_status 0 dpkg-deb -f "$deb"/hags_*.deb Depends
        expect_out 'libha-gs1 \(>= '
}
t "the library has a file of its symbols, and hagsgroup needs the version that has them" symbols_are_known

# Each program finds its debugging information by its build id; a program without one has none.
debug_symbols() {
        local file id n=0

        for file in "$t_dir"/root/usr/{bin,sbin,libexec/hags,lib/*}/*; do
                if [ -L "$file" ] || ! readelf -h "$file" 2>/dev/null | grep -qE 'Type: +(DYN|EXEC)'; then
                        continue
                fi
                id=$(readelf -n "$file" | sed -n 's/.*Build ID: //p')
                [ -n "$id" ] || { echo "$file has no build id"; exit 1; }
                expect_status 0 readelf -S "$t_dir/root/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug"
                expect_out '\.debug_info'
                expect_out '\.debug_line'
                expect_status 1 grep -q '\.debug_info' <(readelf -S "$file")
                n=$((n + 1))
        done
        [ "$n" -ge 9 ] || { echo "only $n programs"; exit 1; }
}
t "each program has a build id, and its debugging information is in a package" debug_symbols

# By hand is written what a purge takes away, and that a removal stops the target.
little_by_hand() {
        local script

        for script in preinst postinst prerm postrm; do
                [ -e "packaging/debian/hags.$script" ] || continue
                echo "$script"
                dpkg-deb --ctrl-tarfile "$deb"/hags_*.deb | tar -xO "./$script" |
                        sed '/^# Automatically added/,/^# End automatically/d' | grep -v '^#' >"$t_dir/$script"
        done | diff - <(printf 'prerm\npostrm\n')
        expect_status 0 ls packaging/debian/hags.prerm packaging/debian/hags.postrm
        expect_status 1 grep -n 'systemctl' "$t_dir/prerm" "$t_dir/postrm"
        expect_status 1 grep -n 'deb-systemd\|enable' "$t_dir/postrm"
        [ "$(grep -c 'deb-systemd-invoke stop hags.target' "$t_dir/prerm")" = 1 ]
}
t "little is done by scripts of our own, and none calls systemctl" little_by_hand

lintian_is_content() {
        expect_status 0 lintian --allow-root --pedantic --display-info --display-experimental --tag-display-limit 0 \
                --fail-on error,warning "$deb"/*.changes
        # What is left over for information has an override, with its reason above it.
        expect_out '^$'
        awk '/^#/ { reason = 1; next } !NF { reason = 0; next } !reason { print FILENAME ": " $0; bad = 1 } END { exit bad }' \
                packaging/debian/*lintian-overrides packaging/debian/source/lintian-overrides
}
t "lintian has nothing to say, and each override a reason" lintian_is_content

# ---- a program built with them ----

builds_samples() {
        local arch

        arch=$(dpkg-architecture -q DEB_HOST_MULTIARCH)
        mkdir -p "$room/samples"
        expect_status 0 env -u MAKEFLAGS -u MAKELEVEL ROOT="$t_dir/root" DIR="$room/samples" \
                PKG_CONFIG_SYSROOT_DIR="$t_dir/root" PKG_CONFIG_PATH="$t_dir/root/usr/lib/$arch/pkgconfig" \
                PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 packaging/debian/tests/samples
}
t "the samples are built from the packages alone" builds_samples

# ---- the same bytes elsewhere ----

reproducible() {
        local name there=$t_dir/elsewhere/a/rather/long/path/out

        # Not in it: what tells of the build itself, buildinfo and changes.
        diff <(ls "$deb") <(ls "$there")
        for name in "$deb"/*.deb "$deb"/*.dsc "$deb"/*.tar.xz; do
                expect_status 0 cmp "$name" "$there/${name##*/}"
        done
}
wait "$rebuilt" || sed 's/^/# /' "$t_dir/rebuild.log"
t "another directory, user, umask, zone and language give the same bytes" reproducible

# ---- their life ----

wait "$next" || t_bail "the next version cannot be built" "$t_dir/next.log"

host=$(. /etc/os-release && echo "$VERSION_CODENAME")
mkdir -p "$room/libraries" "$room/none"
(cd "$room/libraries" && apt-get -q download libjansson4 libinih1 libncurses6 && dpkg-scanpackages . >Packages) \
        >"$t_dir/log" 2>&1 || t_bail "the libraries cannot be fetched" "$t_dir/log"
: >"$room/none/Packages"

live() { # SUITE LIBRARIES
        LAB_SUITE=$1 tests/packaging/life.sh "$deb" "$room/next" "$2" "$room/samples/sample_schg"
}
# What is built on Debian 12 is for 13 as well; a later host's packages are for that alone.
live "$host" "$room/libraries" >"$t_dir/life-$host" 2>&1 &
first=$!
[ "$host" != bookworm ] || live trixie "$room/none" >"$t_dir/life-trixie" 2>&1 || true
wait "$first" || true
for suite in "$t_dir"/life-*; do
        sed -i -E "s/^((not )?ok [0-9]+ - )/\1${suite##*/life-}: /" "$suite"
        t_relay "$suite"
        grep -q '^1\.\.[1-9]' "$suite" || t_bail "the life on ${suite##*/life-} has no end"
done

t_done
