#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What is built on Debian 12 holds on Debian 13 and its systemd, too: a short list of the other tests of the lab, run
# on nodes of that. Any other is run so with LAB_SUITE=trixie.

export LAB_SUITE=trixie
. "${0%/*}/lab.sh"

host=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
[ "$host" = bookworm ] || {
        echo "1..0 # SKIP what is built on ${host:-this host} runs on that, and is tested there; this is for Debian 12"
        exit 0
}
lab_up --bare 1

is_debian_13() {
        expect_status 0 node 1 cat /etc/os-release
        expect_out 'VERSION_ID="13"'
        expect_status 0 node 1 systemctl --version
        expect_out '^systemd 257 '
}
t "the nodes have Debian 13 and systemd 257" is_debian_13

# One case a file: its cases, all of which must pass and none be skipped.
passes() { # FILE [CASES]
        expect_status 0 env T_ONLY="${2:-}" "tests/lab/$1"
        expect_out $'(^|\n)1\\.\\.([1-9][0-9]*)$'
        [ "$(grep -c '^ok [^#]*$' "$t_dir/out")" = "${BASH_REMATCH[2]}" ] || t_fail "not all of it has passed"
}
file() { # FILE [CASES]
        t "$1${2:+: $2}" passes "$@"
}
file test-hagsctrl.sh
file test-journal.sh
file test-sandbox.sh
file test-logcontrol.sh 'takes its name|service-log-|-t and -o|alice|nor |nobody|restarted or killed'
file test-systemd.sh
file test-clients.sh 'root is let in|stranger|a stop is announced'
file test-deactivate.sh \
        'brings the socket|exit status|so does the signal|at its limit|exactly the client|from its sandbox'

t_done
