#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The units, tmpfiles.d and sysusers.d, checked without a running systemd.

. "${0%/*}/../tap.sh"

service=units/hags@.service
target=units/hags.target

# The program need not be installed where the unit names it: a copy of the unit names one that exists.
units_are_valid() {
        cp "$target" "$t_dir"
        sed 's,^ExecStart=[^ ]*,ExecStart=/bin/true,' "$service" >"$t_dir/hags@.service"
        expect_status 0 systemd-analyze verify --man=no "$t_dir/hags@.service" "$t_dir/hags.target"
        [ ! -s "$t_dir/err" ] || t_fail "systemd-analyze has something to say"
}
t "systemd-analyze verify is content" units_are_valid

t "exposure is at most 1.0" \
        expect_status 0 systemd-analyze security --offline=true --threshold=10 --no-pager "$service"

# The list of what is not used, with reasons: its first column names the directives.
unused_are_not_set() {
        local directives directive

        directives=$(sed -n '/^# Not used/,/^$/p' "$service" | cut -c 1-28 | grep -o '[A-Z][A-Za-z]*=')
        [ "$(wc -w <<<"$directives")" -ge 5 ]
        for directive in $directives; do
                expect_status 1 grep "^$directive" "$service"
        done
}
t "what is said to be not used is not set" unused_are_not_set

has() { # FILE SECTION LINE: the line stands in that section
        expect_status 0 awk -v section="[$2]" -v line="$3" '
                /^\[/ { current = $0 }
                current == section && $0 == line { found = 1 }
                END { exit !found }' "$1"
}
lines_of() { # FILE SECTION LINE...: a test for each
        local file=$1 section=$2 line
        shift 2

        for line; do
                t "${file##*/}: $line" has "$file" "$section" "$line"
        done
}
lines_of "$service" Unit \
        "PartOf=hags.target" \
        "After=corosync.service" \
        "AssertPathExists=/etc/systemd/system/hags@%i.service.d/10-subsystem.conf" \
        "StartLimitIntervalSec=60s" \
        "StartLimitBurst=5"
lines_of "$service" Service \
        "Type=notify" \
        "NotifyAccess=main" \
        "ExecStart=/usr/libexec/hags/hagsd %i" \
        "Restart=on-failure" \
        "RestartSec=2s" \
        "RestartPreventExitStatus=64 78" \
        "WatchdogSec=60s" \
        "User=hags" \
        "RuntimeDirectory=hags/%i" \
        "RuntimeDirectoryMode=0755" \
        "StateDirectory=hags/domain/%i" \
        "ReadWritePaths=-/var/ha" \
        "LimitNOFILE=65536" \
        "LogExtraFields=HAGS_SYSPAR=%i"
lines_of "$service" Install "WantedBy=hags.target" "DefaultInstance=default"
lines_of "$target" Install "WantedBy=multi-user.target"

users_are_made() {
        mkdir "$t_dir/etc"
        echo 'root:x:0:0:root:/root:/bin/sh' >"$t_dir/etc/passwd"
        printf 'root:x:0:\nadm:x:4:\n' >"$t_dir/etc/group"
        expect_status 0 systemd-sysusers --root="$t_dir" "$PWD/packaging/sysusers.d/hags.conf"

        expect_status 0 cat "$t_dir/etc/passwd"
        expect_out 'hags:x:[0-9]+:[0-9]+:Group Services daemon:/var/lib/hags:/usr/sbin/nologin'
        expect_status 0 cat "$t_dir/etc/group"
        expect_out 'hags:x:'
        expect_out 'hagsuser:x:'
}
t "sysusers.d makes user hags and group hagsuser" users_are_made

id_of() { # FILE NAME: in the root that users_are_made() filled
        awk -F: -v name="$2" '$1 == name { print $3 }' "$t_dir/etc/$1"
}
is_directory() { # MODE USER GROUP PATH
        expect_status 0 stat -c '%F, %a %u %g' "$t_dir$4"
        expect_out "^directory, $1 $(id_of passwd "$2") $(id_of group "$3")\$"
}
directories_are_made() {
        [ "$EUID" = 0 ] || { echo "only root can give directories to others"; exit 77; }
        expect_status 0 systemd-tmpfiles --root="$t_dir" --create "$PWD/tmpfiles.d/hags.conf"
        is_directory 755 root root /run/hags
        is_directory 755 root root /var/lib/hags
        is_directory 755 root root /var/lib/hags/domain
        is_directory 755 root root /var/lib/hags/sdr
        is_directory 755 root root /var/ha
        is_directory 2750 hags adm /var/ha/log
}
t "tmpfiles.d makes the directories" directories_are_made

t_done
