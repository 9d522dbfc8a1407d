#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Log level and target over the bus (org.freedesktop.LogControl1): what systemctl has of it, who may do what, and
# that a bus that goes, hangs or refuses holds nothing up.

. "${0%/*}/lab.sh"
lab_up 1

name=org.hags.sdefault
object=/org/freedesktop/LogControl1
interface=org.freedesktop.LogControl1
properties=org.freedesktop.DBus.Properties
policy=/etc/dbus-1/system.d/open.conf

level() { node 1 systemctl service-log-level hags@default; }
has_name() { node 1 busctl --quiet status "$name"; }
listed() { node 1 hagsctrl --list --json | jq -r '.partitions[0].trace'; }

prepare() {
        node_sh 1 'hagsctrl -a; hagsctrl -s; useradd --no-create-home alice'
        eventually 10 has_name
}
t "a partition takes its name on the bus" prepare

service_log_level() {
        expect_status 0 node 1 systemctl service-log-level hags@default
        expect_out '^info$'
        expect_status 0 node 1 systemctl service-log-level hags@default debug
        expect_status 0 node 1 systemctl service-log-level hags@default
        expect_out '^debug$'
        node_sh 1 'grep -q "notice Tracing is long now (LogControl1)" /var/ha/log/hags.default_0_1.default'
}
t "systemctl service-log-level reads and sets the level" service_log_level
t_done
