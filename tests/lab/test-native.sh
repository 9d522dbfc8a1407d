#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Native management (control.md section 4): systemctl behind hagsctrl's back, systemd and its bus misbehaving,
# and how hagsctrl then mends or explains.

. "${0%/*}/lab.sh"
lab_up 1

main_pid() { node 1 systemctl show -P MainPID hags@default; }

added() {
        fresh 1
        node 1 hagsctrl -a
        [ "${1:-}" != started ] || node 1 hagsctrl -s
}

start_and_stop() {
        added
        node 1 systemctl start hags@default
        expect_unit_state 1 hags@default active
        expect_status 0 node 1 hagsctrl -s
        expect_out "PID $(main_pid)\."
        node 1 systemctl stop hags@default
        expect_status 0 node 1 hagsctrl -k
        node 1 systemctl restart hags@default
        expect_status 0 node 1 hagsctrl -k
        expect_unit_state 1 hags@default inactive
}
t "systemctl start, stop and restart" start_and_stop

target() {
        added started
        node 1 systemctl stop hags.target
        expect_unit_state 1 hags@default inactive
        node 1 systemctl start hags.target
        expect_unit_state 1 hags@default active
        node 1 systemctl restart hags.target
        expect_unit_state 1 hags@default active
}
t "hags.target starts, stops and restarts all instances" target

disabled() {
        added started
        node 1 systemctl disable hags@default
        expect_status 0 node 1 hagsctrl --list
        expect_out 'default +10001 yes +no +active'
        expect_status 0 node 1 hagsctrl -a
        expect_status 0 node 1 hagsctrl --list
        expect_out 'default +10001 yes +yes +inactive'
}
t "an instance that was disabled is enabled again by -a" disabled

edited() {
        added started
        node_sh 1 'mkdir -p /etc/systemd/system/hags@default.service.d
                printf "[Service]\nEnvironment=MINE=1\n" >/etc/systemd/system/hags@default.service.d/override.conf
                systemctl daemon-reload'
        expect_status 0 node 1 hagsctrl -a
        expect_out 'added already'
        expect_status 0 node 1 hagsctrl -d
        node_sh 1 'ls /etc/systemd/system/hags@default.service.d' | diff - <(echo override.conf)
        node 1 hagsctrl -a
        expect_status 0 node 1 hagsctrl -c
        node_sh 1 'ls /etc/systemd/system/hags@default.service.d' | diff - <(echo override.conf)
}
t "drop-ins of systemctl edit are nobody else's and stay" edited

registration_removed() {
        added started
        node_sh 1 'rm -r /etc/systemd/system/hags@default.service.d'
        expect_status 1 node 1 hagsctrl -s
        expect_err 'not added'
        expect_status 0 node 1 hagsctrl -a
        expect_status 0 node 1 hagsctrl -s
        node_sh 1 'echo "[Service]" >/etc/systemd/system/hags@default.service.d/10-subsystem.conf; systemctl daemon-reload
                systemctl stop hags@default'
        expect_status 1 node 1 hagsctrl -s
        grep -q 'the registration of partition default is damaged; run hagsctrl -a' "$t_dir/err"
        grep -q 'exit status 78' "$t_dir/err"
        expect_status 0 node 1 hagsctrl -a
        expect_status 0 node 1 hagsctrl -s
}
t "a registration that was removed or damaged is made again by -a" registration_removed

masked_cleaned() {
        added started
        node 1 systemctl mask hags@default
        expect_status 0 node 1 hagsctrl -k
        expect_status 0 node 1 hagsctrl -d
        expect_unit_state 1 hags@default inactive
        node 1 test -L /etc/systemd/system/hags@default.service
        node 1 systemctl unmask hags@default
}
t "a masked instance can be stopped and deleted, and stays masked" masked_cleaned

configuration_changed() {
        added started
        node_sh 1 'mkdir -p /etc/hags; printf "[Node]\nNumber=7\n" >/etc/hags/hags.conf'
        expect_status 0 node 1 hagsctrl -s
        grep -q '^hagsctrl: warning: .* registered with node number 0, but configured with 7; .*hagsctrl -a' "$t_dir/err"
        expect_status 0 node 1 hagsctrl -a
        expect_out 'node 7'
        expect_status 0 node 1 hagsctrl -s
        expect_out 'established by node 7'
        [ ! -s "$t_dir/err" ]
        expect_status 0 node_sh 1 'ls /var/ha/log'
        expect_out 'hags_7_[0-9]+.default'
}
t "a changed hags.conf is told, the registration counts, -a makes it count" configuration_changed

killed() {
        local pid
        added started
        pid=$(main_pid)
        node 1 kill -9 "$pid"
        eventually 10 node_sh 1 "pid=\$(systemctl show -P MainPID hags@default); test \$pid != 0 -a \$pid != $pid"
        eventually 2 node_sh 1 'ls /var/ha/log | wc -l | grep -qx 2'
        expect_status 0 node 1 hagsctrl -s
}
t "a daemon that is killed comes back by itself with the next incarnation" killed

failed_then_deleted() {
        local d=/run/systemd/system/hags@default.service.d
        added
        node_sh 1 "mkdir -p $d; printf '[Service]\nRestart=no\nExecStart=\nExecStart=/bin/false\n' >$d/t.conf
                systemctl daemon-reload"
        expect_status 1 node 1 hagsctrl -s
        expect_unit_state 1 hags@default failed
        expect_status 0 node 1 hagsctrl -d
        node_sh 1 "rm -r $d; systemctl daemon-reload"
        expect_unit_state 1 hags@default inactive
        expect_status 0 node 1 hagsctrl -c
        expect_out '^0 partitions cleaned'
}
t "what is deleted is no failed unit either" failed_then_deleted

hanging() {
        added started
        node_sh 1 'kill -STOP $(systemctl show -P MainPID hags@default)'
        expect_status 0 node_sh 1 'timeout 20 hagsctrl --list'
        expect_out 'active .* -$'
        node_sh 1 'mkdir -p /run/systemd/system/hags@default.service.d
                printf "[Service]\nTimeoutStopSec=1\n" >/run/systemd/system/hags@default.service.d/t.conf; systemctl daemon-reload'
        expect_status 0 node 1 hagsctrl -k
        expect_status 3 node 1 systemctl is-active hags@default
        expect_status 1 node 1 pgrep -x hagsd
        node_sh 1 'rm -r /run/systemd/system/hags@default.service.d; systemctl daemon-reload; systemctl reset-failed'
}
t "a daemon that hangs is stopped all the same" hanging

no_bus() {
        added
        node_sh 1 'systemctl stop dbus.socket dbus.service'
        expect_status 0 node 1 hagsctrl -s
        expect_out 'runs, PID'
        expect_status 0 node 1 hagsctrl -t
        expect_status 0 node 1 hagsctrl --list
        expect_status 0 node 1 hagsctrl -k
        expect_status 0 node 1 hagsctrl -d
        expect_status 0 node 1 hagsctrl -a
        expect_status 0 node 1 hagsctrl -c
        node 1 systemctl start dbus.socket
}
t "without the system bus everything works over systemd's private socket" no_bus

rest_of_a_power_cut() {
        added
        node_sh 1 'touch /etc/systemd/system/hags@default.service.d/.10-subsystem.conf.hags-new /etc/.services.hags-new'
        expect_status 0 node 1 hagsctrl -d
        node_sh 1 'test -z "$(find /etc -name "*.hags-new")"; test ! -e /etc/systemd/system/hags@default.service.d'
}
t "temporary files of a run that a power cut ended are taken away" rest_of_a_power_cut

# A daemon that takes two seconds to become ready, so that something can happen meanwhile.
slow_start() {
        node_sh 1 'mkdir -p /etc/systemd/system/hags@default.service.d
                printf "[Service]\nExecStartPre=/bin/sleep 2\n" >/etc/systemd/system/hags@default.service.d/90-slow.conf
                systemctl daemon-reload'
}

progress() {
        added
        slow_start
        expect_status 0 node 1 script -qec 'hagsctrl -s' /dev/null
        expect_out '0 of 1 done, waiting for hags@default.service'
        node 1 hagsctrl -k
        expect_status 0 node 1 hagsctrl -s
        [ ! -s "$t_dir/err" ]
}
t "what takes over a second shows its progress on a terminal, and only there" progress

reexec() {
        added
        slow_start
        expect_status 0 node_sh 1 'hagsctrl -s & p=$!; sleep 1; systemctl daemon-reexec; wait $p'
        expect_out 'runs, PID'
}
t "daemon-reexec during a start is survived on the bus" reexec

reexec_private() {
        added
        slow_start
        node_sh 1 'systemctl stop dbus.socket dbus.service'
        expect_status 1 node_sh 1 'hagsctrl -s & p=$!; sleep 1; systemctl daemon-reexec; wait $p'
        expect_err 'the start was requested.* hags@default.service: systemd was re-executed .* run the command again'
        expect_status 0 node 1 hagsctrl -s
        expect_out 'runs, PID'
        node 1 systemctl start dbus.socket
}
t "daemon-reexec cuts the private socket: the message says what was done and to run it again" reexec_private

trace_while_starting() {
        added
        slow_start
        expect_status 0 node_sh 1 'systemctl start --no-block hags@default; sleep .5; hagsctrl -t'
        expect_unit_state 1 hags@default active
        expect_status 0 node 1 hagsctrl --list
        expect_out 'active .* long '
}
t "-t while the daemon is being started waits, and does not kill it" trace_while_starting

two_runs() {
        added
        slow_start
        expect_status 0 node_sh 1 'for i in 1 2 3 4; do hagsctrl -s >/root/out.$i 2>/root/err.$i & pids="${pids:-} $!"; done
                for p in $pids; do wait $p; done; cat /root/out.*'
        [ "$(grep -c "PID $(main_pid)\." "$t_dir/out")" = 4 ]
        node_sh 1 'grep -l "waiting for another hagsctrl (PID [0-9]*)" /root/err.*' >/dev/null
        expect_status 0 node_sh 1 'for i in 1 2 3 4 5 6; do hagsctrl -a & pids="${pids:-} $!"; hagsctrl -d & pids="$pids $!"; done
                for p in $pids; do wait $p; done'
        node 1 hagsctrl -d
        expect_file_equal 1:/etc/services 1:/root/services
}
t "several runs at once serialise" two_runs

reboot_behind() {
        added started
        node_crash 1
        expect_unit_state 1 hags@default active
        expect_status 0 node 1 hagsctrl -s
        expect_status 0 node 1 hagsctrl -d
        node_reboot 1
        expect_unit_state 1 hags@default inactive
        expect_file_equal 1:/etc/services 1:/root/services
}
t "a power cut and a reboot: enabled starts, deleted does not" reboot_behind

t_done
