#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The units, tmpfiles.d and sysusers.d, checked without a running systemd. Prints TAP.

set -u
cd "$(dirname "$0")/../.." || exit

units=(units/hags@.service units/hags.target)
exposure_max=10 # tenths, as systemd-analyze wants them

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

n=0
failed=0

# ok NAME COMMAND...: a test. What the command prints is shown if it fails.
ok() {
        local name=$1 output
        shift
        n=$((n + 1))
        if output=$("$@" 2>&1); then
                echo "ok $n - $name"
        else
                echo "not ok $n - $name"
                echo "# ${output//$'\n'/$'\n'# }"
                failed=1
        fi
}

# has FILE SECTION LINE: the line stands in that section.
has() {
        awk -v section="[$2]" -v line="$3" '
                /^\[/ { current = $0 }
                current == section && $0 == line { found = 1 }
                END { exit !found }' "$1" || { echo "no $3 in section [$2] of $1"; return 1; }
}

# silent COMMAND...: it succeeds, and prints nothing.
silent() {
        local output
        if ! output=$("$@" 2>&1) || [ -n "$output" ]; then
                echo "$output"
                return 1
        fi
}

# The program need not be installed where the unit names it: a copy of the unit names one that exists.
units_are_valid() {
        local unit
        mkdir -p "$root/units"
        for unit in "${units[@]}"; do
                sed 's,^ExecStart=[^ ]*,ExecStart=/bin/true,' "$unit" >"$root/${unit}"
        done
        silent systemd-analyze verify --man=no "$root/units/hags@.service" "$root/units/hags.target"
}

exposure_is_small() {
        systemd-analyze security --offline=true --threshold="$exposure_max" --no-pager units/hags@.service
}

# The list of what is not used, with reasons: its first column names the directives.
unused_are_not_set() {
        local directives directive
        directives=$(sed -n '/^# Not used/,/^$/p' units/hags@.service | cut -c 1-28 | grep -o '[A-Z][A-Za-z]*=')
        [ "$(wc -w <<<"$directives")" -ge 5 ] || { echo "found only: $directives"; return 1; }
        for directive in $directives; do
                ! grep "^$directive" units/hags@.service || return 1
        done
}

users_are_made() {
        mkdir -p "$root/etc"
        printf 'root:x:0:0:root:/root:/bin/sh\n' >"$root/etc/passwd"
        printf 'root:x:0:\nadm:x:4:\n' >"$root/etc/group"
        systemd-sysusers --root="$root" "$PWD/packaging/sysusers.d/hags.conf" || return 1

        cat "$root/etc/passwd" "$root/etc/group"
        grep -q '^hags:[^:]*:[0-9]*:[0-9]*:Group Services daemon:/var/lib/hags:/usr/sbin/nologin$' "$root/etc/passwd" &&
                grep -q '^hags:' "$root/etc/group" &&
                grep -q '^hagsuser:' "$root/etc/group"
}

# directory MODE USER GROUP PATH: below the root, with the ids that its own users have.
directory() {
        local uid gid
        uid=$(awk -F: -v name="$2" '$1 == name { print $3 }' "$root/etc/passwd")
        gid=$(awk -F: -v name="$3" '$1 == name { print $3 }' "$root/etc/group")
        stat "$root$4"
        [ "$(stat -c '%F %a %u %g' "$root$4")" = "directory $1 $uid $gid" ]
}

directories_are_made() {
        systemd-tmpfiles --root="$root" --create "$PWD/tmpfiles.d/hags.conf" || return 1
        directory 755 root root /run/hags &&
                directory 755 root root /var/lib/hags &&
                directory 755 root root /var/lib/hags/domain &&
                directory 755 root root /var/lib/hags/sdr &&
                directory 755 root root /var/ha &&
                directory 2750 hags adm /var/ha/log
}

service() { ok "hags@.service: $2" has units/hags@.service "$1" "$2"; }
target() { ok "hags.target: $2" has units/hags.target "$1" "$2"; }

ok "systemd-analyze verify is content" units_are_valid
ok "exposure is at most 1.0" exposure_is_small
ok "what is said to be not used is not set" unused_are_not_set

service Unit "PartOf=hags.target"
service Unit "After=corosync.service"
service Unit "AssertPathExists=/etc/systemd/system/hags@%i.service.d/10-subsystem.conf"
service Unit "StartLimitIntervalSec=60s"
service Unit "StartLimitBurst=5"
service Service "Type=notify"
service Service "NotifyAccess=main"
service Service "ExecStart=/usr/libexec/hags/hagsd %i"
service Service "Restart=on-failure"
service Service "RestartSec=2s"
service Service "RestartPreventExitStatus=64 78"
service Service "WatchdogSec=60s"
service Service "User=hags"
service Service "RuntimeDirectory=hags/%i"
service Service "RuntimeDirectoryMode=0755"
service Service "StateDirectory=hags/domain/%i"
service Service "ReadWritePaths=-/var/ha"
service Service "LimitNOFILE=65536"
service Service "LogExtraFields=HAGS_SYSPAR=%i"
service Install "WantedBy=hags.target"
service Install "DefaultInstance=default"
target Install "WantedBy=multi-user.target"

ok "sysusers.d makes user hags and group hagsuser" users_are_made
if [ "$(id -u)" = 0 ]; then
        ok "tmpfiles.d makes the directories" directories_are_made
else
        n=$((n + 1))
        echo "ok $n - tmpfiles.d makes the directories # SKIP only root can give them to their owners"
fi

echo "1..$n"
exit $failed
