#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The cases of the conformance suite that need systemd: deactivate scripts, run for the real daemon by its helper.
# What they are about is in tests/conformance/INDEX.

. "${0%/*}/lab.sh"

suite=tests/conformance
lab_up 1
"$suite/build.sh" "$t_dir/overlay" "$t_dir/conformance" >"$t_dir/log" 2>&1 ||
        t_bail "the cases do not compile" "$t_dir/log"

# The node is number 5, as the cases want it.
node_sh 1 '
        install -m 755 "$1" /usr/local/lib/deactivate-script.sh
        mkdir -p /etc/systemd/system/hags@default.service.d
        printf "[Service]\nEnvironment=HAGS_NODE=5 HAGS_PORT=10099\n" \
                >/etc/systemd/system/hags@default.service.d/10-subsystem.conf
        systemctl daemon-reload
        systemctl start hags@default' "/src/$suite/deactivate-script.sh" >"$t_dir/log" 2>&1 ||
        t_bail "the daemon does not start" "$t_dir/log"

# shellcheck disable=SC2016
tests/lab/sdbox exec "$t_dir" 1 bash -c 'cat >/root/conformance && chmod 755 /root/conformance' \
        <"$t_dir/conformance"
node 1 /root/conformance --lab "$@" >"$t_dir/tap" 2>"$t_dir/log"
grep -q '^1\.\.' "$t_dir/tap" || t_bail "the cases do not run" "$t_dir/log"
t_relay "$t_dir/tap"
t_since=${EPOCHREALTIME%.*}
[ "$t_failures" = 0 ] || t_report | sed 's/^/#   /'
t_done
