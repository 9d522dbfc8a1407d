#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# crash-verb.sh KILLAT BEFORE VERB...   (runs in a node, for test-crash.sh)
#
# VERB is a letter of hagsctrl, or another command. Runs it once undisturbed from the state BEFORE and records what it
# leaves. Then for N = 1, 2, ...: the same state, the command killed before its N-th writing system call, the command
# run again, state compared.

set -eu -o pipefail
export LC_ALL=C
killat=$1 before=$2
shift 2
case $1 in
-*) set -- hagsctrl "$@" ;;
esac

# ---- states to begin with ----

remove_all() {
        systemctl stop hags.target 'hags@*.service' 2>/dev/null || true
        rm -rf /etc/systemd/system/hags* /etc/systemd/system/*.wants/hags* /etc/hags /var/lib/hags/sdr/* /run/hags/hagsctrl.*
        cp -p /root/services /etc/services
        systemctl daemon-reload
}
state_fresh() { remove_all; }
state_added() { remove_all; hagsctrl -a --quiet; }
state_started() { state_added; hagsctrl -s --quiet; }
state_traced() { state_started; hagsctrl -t --quiet; }
state_renumbered() {
        state_started
        mkdir -p /etc/hags
        printf '[Node]\nNumber=9\n' >/etc/hags/hags.conf
}
state_three() {
        local p
        state_started
        for p in sp_a sp_b; do hagsctrl -a --quiet --create --syspar $p; done
        hagsctrl -s --quiet --syspar sp_b
}
state_import() {
        state_added
        printf 'Syspar_ports 1\nsp_x hags 10042\nsp_y hags 10043\n' >/root/import
}

# ---- what is compared: everything but times, inodes and PIDs ----

show() {
        { find /etc/services /etc/hags /etc/systemd/system/*hags* /etc/systemd/system/*.wants/*hags* /var/lib/hags/sdr \
                -printf '%p %y %m %U %G %s %l\n' 2>/dev/null || true; } | sort
        cat /etc/services /var/lib/hags/sdr/* /etc/hags/syspar.d/* /etc/systemd/system/hags@*.service.d/* 2>/dev/null || true
        echo "wants: $(systemctl show -P Wants hags.target)"
        hagsctrl --list | sed -E 's/(active|inactive|failed) +[0-9]+ +/\1 PID /'
        systemctl show -P NeedDaemonReload hags.target hags@default.service | xargs
}

rest() { # what no run may leave
        find /etc /var/lib/hags -name '*.hags-new' -o -name 'hagsctrl.reload'
        find /run/hags -maxdepth 1 -name 'hagsctrl.reload'
}

fail() {
        echo "killed before call $n ($(cat /root/killed)): $*" >&2
        exit 1
}

# Our lines may be there or not, but the rest of the file is whole at every instant.
services_whole() {
        if [ -e /etc/services ]; then
                grep -v '# hagsctrl$' /etc/services | cmp -s - /root/services || fail "/etc/services is not whole"
        else
                fail "/etc/services is gone"
        fi
}

"state_$before"
"$@" >/dev/null
show >/root/want

for ((n = 1; ; n++)); do
        "state_$before"
        status=0
        "$killat" "$n" -- "$@" >/dev/null 2>/root/killed || status=$?
        services_whole
        [ "$status" = 99 ] || break
        "$@" >/dev/null 2>/root/err || fail "the next run fails: $(cat /root/err)"
        show >/root/have
        diff /root/want /root/have >&2 || fail "the state differs"
        [ -z "$(rest)" ] || fail "left behind: $(rest)"
done
[ "$status" = 0 ] || { n="$n (none)"; fail "exit status $status"; }
echo "$*: killed $((n - 1)) times"
