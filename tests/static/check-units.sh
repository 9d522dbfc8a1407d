#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The units, tmpfiles.d and sysusers.d, checked without a running systemd.

. "${0%/*}/../tap.sh"

service=units/hags@.service
target=units/hags.target
helper=units/hags-deactivate@.service
socket=units/hags-deactivate.socket

# The programs need not be installed where the units name them: copies of the units name one that exists.
units_are_valid() {
        local unit

        for unit in units/*; do
                sed 's,^ExecStart=[^ ]*,ExecStart=/bin/true,' "$unit" >"$t_dir/${unit##*/}"
        done
        expect_status 0 systemd-analyze verify --man=no "$t_dir"/hags*
        [ ! -s "$t_dir/err" ] || t_fail "systemd-analyze has something to say"
}
t "systemd-analyze verify is content" units_are_valid

exposed_at_most() { # TENTHS UNIT
        expect_status 0 systemd-analyze security --offline=true --threshold="$1" --no-pager "$2"
}
t "exposure of the daemon is at most 1.0" exposed_at_most 10 "$service"
t "that of a deactivate script is at most 2.2" exposed_at_most 22 "$helper"

no_credentials() { expect_status 1 grep -H Credential units/*; }
t "no unit has credentials" no_credentials

# The list of what is not used, with reasons: its first column names the directives, with their values or without.
unused_are_not_set() { # UNIT
        local directives directive

        directives=$(sed -n '/^# Not used/,/^$/p' "$1" | cut -c 1-28 | grep -oE '[A-Z][A-Za-z]*=[a-z]*')
        [ "$(wc -w <<<"$directives")" -ge 5 ]
        for directive in $directives; do
                expect_status 1 grep "^$directive" "$1"
        done
}
t "what is said to be not used by the daemon is not set" unused_are_not_set "$service"
t "nor what is said to be not used by deactivate scripts" unused_are_not_set "$helper"

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
        "Wants=hags-deactivate.socket" \
        "After=hags-deactivate.socket" \
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
        "LimitCORE=infinity" \
        "BusName=org.hags.s%i" \
        "LogExtraFields=HAGS_SYSPAR=%i"
lines_of "$service" Install "WantedBy=hags.target" "DefaultInstance=default"
lines_of "$target" Install "WantedBy=multi-user.target"
lines_of "$socket" Unit "PartOf=hags.target" "StopWhenUnneeded=yes"
lines_of "$socket" Socket \
        "ListenSequentialPacket=/run/hags/deactivate.socket" \
        "SocketUser=hags" \
        "SocketMode=0600" \
        "Accept=yes" \
        "MaxConnections=64"
lines_of "$helper" Unit "PartOf=hags.target" "CollectMode=inactive-or-failed"
lines_of "$helper" Service \
        "ExecStart=/usr/libexec/hags/hags-deactivate" \
        "StandardInput=socket" \
        "KillMode=control-group" \
        "KillSignal=SIGKILL" \
        "CapabilityBoundingSet=CAP_SETUID CAP_SETGID" \
        "AmbientCapabilities=" \
        "NoNewPrivileges=yes"

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
