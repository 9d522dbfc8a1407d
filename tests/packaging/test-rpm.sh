#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The rpms of `make rpm`: what rpmlint says of them, what is in them, and how a node is with them whose other packages
# are those of Debian. There the test itself does what file triggers of Fedora do.

. "${0%/*}/../lab/lab.sh"

rpms=$t_dir/build/rpm

make_to() { # MAKE ARGS...
        env -u MAKEFLAGS -u MAKELEVEL make BUILD="$t_dir/build" "$@" >"$t_dir/make.log" 2>&1 ||
                t_bail "make $1 fails" "$t_dir/make.log"
}

query() { # PACKAGE QUERY ARGS...
        rpm --query --package "$rpms/$1"-[0-9]*.x86_64.rpm "${@:2}" 2>/dev/null
}

# ---- what is in them ----

make_to rpm
packages='hags hags-libs hags-devel hags-static hags-src-compat'
version=$(sed -n 's/^VERSION *:= *//p' Makefile)

are_of_this_version() {
        local name

        expect_status 0 ls "$rpms"
        for name in hags hags-debuginfo hags-debugsource hags-devel hags-libs hags-libs-debuginfo hags-src-compat \
                hags-src-compat-debuginfo hags-static; do
                expect_out "$name-$version-1\.$(uname -m)\.rpm"
        done
        expect_out "hags-$version-1\.src\.rpm"
}
t "the packages are there, with the version of the Makefile" are_of_this_version

rpmlint_is_content() {
        expect_status 0 rpmlint -c packaging/rpm/rpmlint.toml "$rpms"/*.rpm packaging/rpm/hags.spec
        expect_out ' 0 errors, 0 warnings'
}
t "rpmlint finds nothing" rpmlint_is_content

# What make install gives, by names that no distribution changes: libraries in LIB, pages uncompressed.
normal() {
        sed -E -e 's,^/lib/,/usr/lib/,' -e 's,(/man/.*)\.gz$,\1,' \
                -e 's,^/usr/lib(64|/[a-z0-9_]+-linux-gnu)/(libha_gs|pkgconfig),LIB/\2,' | sort
}
installed() {
        env -u MAKEFLAGS -u MAKELEVEL make install install-src-compat BUILD="$lab_build" DESTDIR="$t_dir/dest" >/dev/null
        (cd "$t_dir/dest" && find . ! -type d -printf '/%P\n')
}
packed() { # what rpm itself adds, documents and directories are left out
        local package

        for package in $packages; do
                query "$package" --queryformat '[%{FILEMODES:perms} %{FILENAMES}\n]'
        done | sed -n 's/^[^d][^ ]* //p' | grep -vE '^/usr/(lib/\.build-id|share/licenses)/|/(README|NEWS)\.md$'
}
have_what_make_install_installs() {
        installed | normal >"$t_dir/installed"
        packed | normal >"$t_dir/packed"
        expect_status 0 diff -u "$t_dir/installed" "$t_dir/packed"
}
t "together they have the files that make install installs, each once" have_what_make_install_installs

every_directory_has_an_owner() {
        local dir

        for dir in /run/hags /run/hags/holders.d /usr/libexec/hags /usr/share/doc/hags /usr/share/doc/hags/examples \
                /var/ha /var/ha/log \
                /var/lib/hags /var/lib/hags/domain /var/lib/hags/sdr /usr/libexec/hags/syspar_ctrl.d /usr/sbin/rsct \
                /usr/sbin/rsct/bin; do
                grep -xF "$dir" "$t_dir/all"
        done
}
for package in $packages; do query "$package" --list; done >"$t_dir/all"
t "directories of ours belong to a package, as far as they are for us alone" every_directory_has_an_owner

are_stripped() {
        expect_status 0 query hags-debuginfo --list
        expect_out '/usr/lib/debug/usr/libexec/hags/hagsd.*\.debug'
        expect_status 0 query hags-debugsource --list
        expect_out '/src/hagsd/main.c'
}
t "debugging information and sources are in packages of their own" are_stripped

scriptlet() { # KIND: what it does, on one line
        query hags --queryformat "%{$1}" | tr -s '[:space:]' ' '
}
helper=/usr/lib/systemd/systemd-update-helper
call_the_helper_of_systemd() {
        expect_status 0 scriptlet POSTIN
        expect_out "\"\\\$1\" != 1.* $helper install-system-units hags.target \|\| : ?\$"
        expect_status 0 scriptlet PREUN
        expect_out "\"\\\$1\" != 0.* $helper remove-system-units hags@.service hags.target \|\| : ?\$"
        expect_status 0 scriptlet POSTUN
        expect_out "\"\\\$1\" = 0.* $helper mark-restart-system-units hags@\\\\\*.service \|\| : ?\$"
}
t "scriptlets call systemd's helper" call_the_helper_of_systemd

do_nothing_else() {
        local package others

        for package in $packages; do
                expect_status 0 query "$package" --scripts --triggers --filetriggers
                [ "$package" = hags ] || expect_out '^$'
        done
        expect_status 0 query hags --queryformat '%{PREIN}%{PRETRANS}%{POSTTRANS}'
        expect_out '^(\(none\))+$'
        expect_status 0 query hags --scripts
        others=$(grep -vE '^(post|preun|postun).* scriptlet |^ *(\[.*systemd-update-helper.*)?$' "$t_dir/out") || true
        [ -z "$others" ]
}
t "there are no other scriptlets" do_nothing_else

# ---- in a node ----

# What Fedora has, and Debian has not: nothing is enabled by default, the place of libraries, and the helper that
# scriptlets call, as far as they do.
mkdir -p "$t_dir"/overlay/{root/rpms,usr/lib/systemd/system-preset,etc/ld.so.conf.d}
cp "$rpms"/*.rpm "$t_dir/overlay/root/rpms"
echo 'disable *' >"$t_dir/overlay/usr/lib/systemd/system-preset/00-fedora.preset"
echo /usr/lib64 >"$t_dir/overlay/etc/ld.so.conf.d/lib64.conf"
cat >"$t_dir/overlay$helper" <<'END'
#!/bin/bash
verb=$1
shift
case $verb in
install-system-units) systemctl --no-reload preset "$@" ;;
remove-system-units) systemctl --no-reload disable --now "$@" ;;
mark-restart-system-units) for unit; do systemctl set-property "$unit" Markers=+needs-restart; done ;;
esac
END
chmod +x "$t_dir/overlay$helper"

lab_install() {
        :
}
lab_rootfs() {
        # shellcheck source=/dev/null
        tests/lab/sdbox rootfs build/lab "$(. /etc/os-release && echo "$VERSION_CODENAME")" \
                netbase,libjansson4,libinih1,libncurses6,rpm
}
lab_up 1

transaction() { # RPM ARGS...: and the file triggers of glibc and systemd
        node_sh 1 '
                cd /root/rpms
                rpm --force-debian --nodeps "$@"
                ldconfig
                systemd-sysusers
                systemd-tmpfiles --create
                systemctl daemon-reload
                systemctl reload-or-restart --marked' "$@"
}
hags=$(printf "hags%s-$version-1.$(uname -m).rpm " '' -libs -src-compat)
incarnation() { node 1 cat /var/lib/hags/domain/default/incarnation; }

a_partition_starts() {
        # shellcheck disable=SC2086
        expect_status 0 transaction --install $hags
        expect_status 1 node 1 systemctl is-enabled hags.target
        expect_status 0 node 1 systemd-analyze verify --man=no hags.target hags@default.service
        expect_status 0 node 1 hagsctrl -a
        expect_status 0 node 1 hagsctrl -s
        expect_out 'Domain established'
        expect_status 0 node 1 hagsctrl -t
        expect_status 0 node 1 hagsgroup barrier ready -n 1
        expect_status 0 node 1 lssrc -s hags
        expect_out 'hags +[0-9]+ +active'
        expect_status 0 node 1 stat -c '%U:%G %a' /var/ha/log
        expect_out '^hags:adm 2750$'
}
t "installed, nothing is enabled; a partition is added, starts and serves" a_partition_starts

verifies() {
        expect_status 0 node 1 rpm --verify --nodeps hags hags-libs hags-src-compat
        expect_out '^$'
}
t "what is on disk is what is in the packages" verifies

# rpm calls the scriptlets of old and new package in the same way when both are the same.
an_upgrade_restarts_what_runs() {
        local before

        before=$(incarnation)
        # shellcheck disable=SC2086
        expect_status 0 transaction --upgrade --replacepkgs $hags
        expect_unit_state 1 hags@default active
        [ "$(incarnation)" = $((before + 1)) ]
        expect_status 0 node 1 hagsctrl --list
        expect_out 'default +10001 yes +yes +active +[0-9]+ +long '
}
t "an upgrade restarts an instance that runs, once; tracing stays as it was" an_upgrade_restarts_what_runs

an_upgrade_starts_nothing() {
        local before

        expect_status 0 node 1 hagsctrl -k
        before=$(incarnation)
        # shellcheck disable=SC2086
        expect_status 0 transaction --upgrade --replacepkgs $hags
        [ ! -s "$t_dir/err" ]
        expect_unit_state 1 hags@default inactive
        [ "$(incarnation)" = "$before" ]
}
t "an upgrade does not start what somebody stopped" an_upgrade_starts_nothing

removal_stops() {
        expect_status 0 node 1 hagsctrl -s
        expect_status 0 transaction --erase hags hags-libs hags-src-compat
        expect_unit_state 1 hags@default inactive
        expect_unit_state 1 hags-deactivate.socket inactive
        expect_status 1 node 1 pgrep -a hags
        expect_status 0 node_sh 1 'find /etc/systemd /usr -name "*hags*" -o -lname "*hags*" -o -name rsct'
        expect_out '^/etc/systemd/system/hags@default.service.d$'
        node 1 test -s /var/lib/hags/sdr/Syspar_ports
}
t "removal stops and disables all, and keeps registration, SDR and logs" removal_stops

it_comes_back() {
        local before

        before=$(incarnation)
        # shellcheck disable=SC2086
        expect_status 0 transaction --install $hags
        expect_unit_state 1 hags@default inactive
        expect_status 0 node 1 hagsctrl -a
        expect_status 0 node 1 hagsctrl -s
        [ "$(incarnation)" = $((before + 1)) ]
}
t "installed again, the partition is as it was, when it is added" it_comes_back

# ---- built again ----

are_reproducible() {
        mv "$rpms" "$t_dir/first"
        expect_status 0 packaging/build-rpm "$t_dir/build/hags-$version.tar.xz" "$rpms" --nocheck
        expect_status 0 diff -r "$t_dir/first" "$rpms"
}
t "a second build gives the same bytes" are_reproducible

t_done
