# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Sourced by the tests of SRC's commands: what samples.sh has, what they print, and hosts to look at.

. "${BASH_SOURCE[0]%/*}/samples.sh"

# shellcheck disable=SC2034
lab_targets='install install-src-compat test-tools'
# shellcheck disable=SC2034
header='Subsystem         Group            PID     Status'

nobody() { node 1 setpriv --reuid=nobody --clear-groups "$@"; }
main_pid() { node 1 systemctl show -P MainPID hags@default; }
main_pid_of() { node 1 systemctl show -P MainPID "hags@$1"; } # PARTITION

lines() { # FILE LINE...: the file has these lines, to the byte
        local file=$1
        shift

        printf '%s\n' "$@" | cmp -s - "$t_dir/$file" || t_fail "std$file is not: $(printf '\n|%s' "$@")"
}
prints() { lines out "$@"; }
complains() { # LINE: nothing is on standard output, and this line on standard error
        [ ! -s "$t_dir/out" ] || t_fail "something was printed"
        lines err "$1"
}
row() { # NAME PID STATE
        printf ' %-16s %-16s %-7s %s' "$1" hags "$2" "$3"
}
state_is() { # SUBSYSTEM STATE
        node 1 lssrc -s "$1" | tail -n 1 | grep -qE " $2\$"
}

dropin() { # TEXT: laid over the unit of partition default, until `fresh`
        node_sh 1 'mkdir -p /run/systemd/system/hags@default.service.d
                printf "%b\n" "$1" >/run/systemd/system/hags@default.service.d/90-test.conf
                systemctl daemon-reload' "$1"
}

added() {
        fresh 1
        node 1 hagsctrl -a --quiet
}
two_partitions() {
        fresh 1
        node 1 hagsctrl -a --quiet --create --syspar sp_prod
        node 1 hagsctrl -a --quiet --create --syspar sp_test
}
