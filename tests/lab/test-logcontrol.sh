#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Log level and target over the bus (org.freedesktop.LogControl1): what systemctl has of it, who may do what, and
# that a bus that goes, hangs or refuses holds nothing up.

. "${0%/*}/lab.sh"
lab_up 1

bus_name=org.hags.sdefault
object=/org/freedesktop/LogControl1

level_is() { # LEVEL
        [ "$(node 1 systemctl service-log-level hags@default)" = "$1" ]
}
shown() { # the trace of the daemon, as each command shows it
        node 1 hagsctrl --list --json | jq -r '.partitions[0].trace'
        node 1 hagsctrl --list | awk '{ print $7 }'
        node 1 hagsns --json | jq -r .trace
}
is_shown() { # WORD
        [ "$(shown | sort -u)" = "$1" ] || t_fail "not $1 everywhere: $(shown)"
}
in_log() { # TEXT
        node_sh 1 'grep -qF -- "$1" /var/ha/log/hags.default_0_*' "$1"
}

prepare() {
        node_sh 1 'hagsctrl -a; hagsctrl -s; useradd --no-create-home alice'
        eventually 10 level_is info
}
t "a partition takes its name on the bus" prepare

service_log_level() {
        expect_status 0 node 1 systemctl service-log-level hags@default debug
        level_is debug
        is_shown long
        in_log ' notice Tracing is long now (LogControl1)'
        expect_status 0 node 1 systemctl service-log-level hags@default err
        level_is err
        is_shown err
        expect_status 0 node 1 systemctl service-log-level hags@default info
        is_shown short
}
t "systemctl service-log-level sets the level, and hagsctrl and hagsns show it" service_log_level

hagsctrl_and_it() {
        expect_status 0 node 1 hagsctrl -t
        eventually 5 level_is debug
        node 1 systemctl service-log-level hags@default warning
        expect_status 0 node 1 hagsctrl -t
        eventually 5 level_is debug
        node 1 systemctl service-log-level hags@default warning
        expect_status 0 node 1 hagsctrl -o
        eventually 5 level_is info
        is_shown short
}
t "hagsctrl -t and -o agree with it, whatever was set before" hagsctrl_and_it

service_log_target() {
        expect_status 0 node 1 systemctl service-log-target hags@default
        expect_out '^auto$'
        expect_status 0 node 1 systemctl service-log-target hags@default journal
        expect_status 0 node 1 systemctl service-log-level hags@default debug
        eventually 5 node_sh 1 'hagscl >/dev/null; journalctl -q -u hags@default -p debug -o cat PRIORITY=7 | grep .'
        expect_status 0 node 1 systemctl service-log-target hags@default
        expect_out '^journal$'
        expect_status 1 node 1 systemctl service-log-target hags@default kmsg
        grep -q "hagsd has no log target 'kmsg': it is auto (.*) or journal (.*)" "$t_dir/err"
        expect_status 0 node 1 systemctl service-log-target hags@default auto
        expect_status 0 node 1 systemctl service-log-level hags@default info
}
t "systemctl service-log-target: with journal that gets the trace, too" service_log_target

until_restart() {
        node_sh 1 'systemctl service-log-level hags@default err; systemctl service-log-target hags@default journal
                systemctl restart hags@default'
        eventually 10 level_is info
        expect_status 0 node 1 systemctl service-log-target hags@default
        expect_out '^auto$'
}
t "what was set so holds until a restart" until_restart

two_partitions() {
        node_sh 1 'hagsctrl -a --create --syspar 9-x; hagsctrl -s --syspar 9-x' >/dev/null
        eventually 10 node 1 systemctl service-log-level hags@9-x debug
        level_is info
        expect_status 0 node_sh 1 'busctl --list --no-legend | awk "/org\.hags/ { print \$1 }"'
        expect_out $'^org.hags.s9-x\norg.hags.sdefault$'
        node 1 hagsctrl -d --syspar 9-x >/dev/null
}
t "each partition has a name of its own, also one that begins with a digit" two_partitions

# ---- who may ----

get_level=(busctl get-property "$bus_name" "$object" org.freedesktop.LogControl1 LogLevel)
# Not busctl, which does not tell whose refusal it is.
set_level=(dbus-send --system --print-reply --dest="$bus_name" "$object" org.freedesktop.DBus.Properties.Set
        string:org.freedesktop.LogControl1 string:LogLevel variant:string:debug)

reads() { # USER
        expect_status 0 node 1 runuser -u "$1" -- "${get_level[@]}"
        expect_out '^s "info"$'
        expect_status 0 node 1 runuser -u "$1" -- busctl introspect "$bus_name" "$object"
        expect_out 'LogTarget +property +s +"auto" +writable'
}
t "a user without rights reads" reads alice
t "so does hags" reads hags

writes_not() { # USER ERROR
        expect_status 1 node 1 runuser -u "$1" -- "${set_level[@]}"
        grep -q "$2" "$t_dir/err" || t_fail "another error"
        level_is info
}
t "but does not write: the bus sees to that" writes_not alice 'Rejected send message'
t "nor does hags" writes_not hags 'Rejected send message'

policy_opened() { # COMMAND...: with a bus that lets everybody ask for everything
        node_sh 1 'printf "<busconfig><policy context=\"default\"><allow send_destination_prefix=\"org.hags\"/>%s" \
                        "</policy></busconfig>" >/etc/dbus-1/system.d/open.conf
                busctl call org.freedesktop.DBus / org.freedesktop.DBus ReloadConfig'
        "$@"
        node_sh 1 'rm /etc/dbus-1/system.d/open.conf
                busctl call org.freedesktop.DBus / org.freedesktop.DBus ReloadConfig'
}
t "where the bus lets alice, the daemon does not" policy_opened writes_not alice 'Only root may change this'
t "nor does it let user hags" policy_opened writes_not hags 'Only root may change this'

flood() {
        node_sh 1 'for i in {1..50}; do runuser -u alice -- "$@" & done; wait' "${set_level[@]}" 2>/dev/null ||:
        level_is info
        expect_status 0 node 1 "${set_level[@]}"
        level_is debug
        node 1 systemctl service-log-level hags@default info
}
t "fifty who ask at once change nothing, and root is served after that" policy_opened flood

owns() { # STATUS USER
        expect_status "$1" node 1 runuser -u "$2" -- busctl call org.freedesktop.DBus / org.freedesktop.DBus \
                RequestName su org.hags.sother 0
}
t "user hags can take such a name" owns 0 hags
t "nobody else can, alice" owns 1 alice
t "nor root" owns 1 root

# ---- a bus that is not there, or not as it should be ----

# A stopped daemon of the bus is the worst: all that is sent to it is taken, and never answered.
answers_at_once() {
        expect_status 0 node_sh 1 'for i in 1 2 3 4 5; do timeout 2 hagsns >/dev/null; done'
}
restarted() {
        local pid
        pid=$(node 1 systemctl show -P MainPID hags@default)

        node 1 systemctl restart dbus
        eventually 10 level_is info
        node 1 systemctl kill -s KILL dbus
        answers_at_once
        eventually 10 level_is info
        [ "$(node 1 systemctl show -P MainPID hags@default)" = "$pid" ]
        in_log 'There is no system bus: the connection has ended'
}
t "a bus that is restarted or killed is found again, by the same daemon" restarted

absent() {
        node_sh 1 'systemctl stop dbus.socket dbus.service; time systemctl restart hags@default'
        answers_at_once
        eventually 5 in_log 'There is no system bus: '
        node 1 systemctl start dbus.socket
        eventually 60 level_is info
}
t "without a bus the daemon starts, and finds the one that comes later" absent

hanging() {
        node_sh 1 'systemctl service-log-level hags@default debug; kill -STOP $(systemctl show -P MainPID dbus)'
        answers_at_once
        node_sh 1 'kill -TERM $(systemctl show -P MainPID hags@default)'
        eventually 2 node_sh 1 '[ "$(systemctl show -P SubState hags@default)" = dead ]'
        expect_status 0 node 1 timeout 5 systemctl start hags@default
        answers_at_once
        node_sh 1 'kill -CONT $(systemctl show -P MainPID dbus)'
        eventually 60 level_is info
}
t "one that hangs holds nothing up: no answer, no stop, no start" hanging

no_policy() {
        node_sh 1 'mv /usr/share/dbus-1/system.d/org.hags.conf /root
                busctl call org.freedesktop.DBus / org.freedesktop.DBus ReloadConfig; systemctl restart hags@default'
        eventually 5 in_log 'warning The bus name org.hags.sdefault cannot be had: '
        answers_at_once
        expect_status 1 node 1 systemctl service-log-level hags@default
        node_sh 1 'mv /root/org.hags.conf /usr/share/dbus-1/system.d
                busctl call org.freedesktop.DBus / org.freedesktop.DBus ReloadConfig'
        eventually 40 level_is info
}
t "one that refuses the name is warned about, and asked again" no_policy

# A daemon that was started by hand has the name; the unit's goes without, until that ends.
taken() {
        node_sh 1 'systemctl stop hags@default
                install -d -o hags -g hags /run/other
                systemd-run --quiet --uid=hags --unit=other --setenv=RUNTIME_DIRECTORY=/run/other \
                        --setenv=STATE_DIRECTORY=/run/other --setenv=HAGS_NODE=0 --setenv=HAGS_PORT=10001 \
                        /usr/libexec/hags/hagsd default'
        eventually 10 level_is info
        node 1 systemctl start hags@default
        eventually 5 in_log 'warning The bus name org.hags.sdefault cannot be had: it belongs to another process. '
        answers_at_once
        node_sh 1 'systemctl service-log-level hags@default debug; systemctl stop other'
        eventually 40 level_is info
}
t "a name that somebody has is taken when it is free" taken

t_done
