#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# hagsctrl's flags on real systemd, each twice, each step by its visible effect (control.md section 3).

. "${0%/*}/lab.sh"
lab_up 1

dropin=/etc/systemd/system/hags@default.service.d
wants=/etc/systemd/system/hags.target.wants/hags@default.service
target=/etc/systemd/system/multi-user.target.wants/hags.target

absent() { ! node 1 test -e "$1"; }

main_pid() { node 1 systemctl show -P MainPID hags@default; }

# ---- what needs nothing ----

help() {
        expect_status 0 node 1 setpriv --reuid=nobody --clear-groups hagsctrl -h
        expect_out '^usage: hagsctrl \{-a \| -s \| -k \| -d \| -c \| -u \| -t \| -o \| -r \| -h\}'
        expect_out '--sdr-import FILE'
        [ ! -s "$t_dir/err" ]
        expect_status 0 node 1 hagsctrl --version
        expect_out '^hagsctrl [0-9]+\.[0-9]+'
}
t "-h and --version need no privileges and print on stdout" help

refresh() {
        expect_status 0 node 1 hagsctrl -r
        expect_out 'no effect'
}
t "-r says that it has no effect" refresh

# ---- add ----

dry_run() {
        fresh 1
        node_sh 1 'find /etc /var/lib /var/ha /run/hags -printf "%p %s %C@\n" | sort >/root/before'
        expect_status 0 node 1 hagsctrl -a --dry-run
        expect_out '1. stop'
        expect_out 'store port 10001 .* SDR'
        expect_out 'hags.default 10001/tcp'
        expect_out 'register hags@default.service'
        expect_out 'enable hags@default.service hags.target'
        expect_out 'reload systemd'
        node_sh 1 'find /etc /var/lib /var/ha /run/hags -printf "%p %s %C@\n" | sort | diff /root/before -'
}
t "-a --dry-run prints the steps and touches nothing" dry_run

dry_run_of_anybody() {
        local action
        node 1 hagsctrl -a
        for action in -a -s -k -d -c -u -t -o; do
                expect_status 0 node 1 setpriv --reuid=nobody --clear-groups hagsctrl "$action" --dry-run
        done
        fresh 1
        expect_status 0 node 1 setpriv --reuid=nobody --clear-groups hagsctrl -a --dry-run
        expect_out '6. reload'
}
t "--dry-run needs no privileges" dry_run_of_anybody

add() {
        fresh 1
        expect_status 0 node 1 hagsctrl -a
        expect_out '^Partition default added as hags@default.service: port 10001, node 0 \(control workstation\)\.$'
        expect_status 0 node 1 cat /var/lib/hags/sdr/Syspar_ports
        expect_out 'default hags 10001'
        expect_status 0 node 1 getent services hags.default/tcp
        expect_out 'hags.default +10001/tcp'
        expect_status 0 node 1 getent services hags.default/udp
        expect_status 0 node 1 cat "$dropin/10-subsystem.conf"
        expect_out 'Environment=HAGS_PORT=10001'
        expect_out 'Environment=HAGS_NODE=0'
        node 1 test -L "$wants"
        node 1 test -L "$target"
        # systemd was told: no "changed on disk" warning, and it knows the want without another reload.
        expect_status 0 node 1 systemctl show -P Wants hags.target
        expect_out 'hags@default.service'
        expect_unit_state 1 hags@default inactive
}
t "-a gives port, services entry, registration and enablement, and starts nothing" add

add_twice() {
        node_sh 1 'find /etc /var/lib/hags -printf "%p %i %s %C@\n" | sort >/root/before'
        expect_status 0 node 1 hagsctrl -a
        expect_out 'added already'
        node_sh 1 'find /etc /var/lib/hags -printf "%p %i %s %C@\n" | sort | diff /root/before -'
}
t "-a twice changes nothing" add_twice

# ---- start ----

start() {
        expect_status 0 node 1 hagsctrl -s
        expect_out "^hags@default.service runs, PID $(main_pid)\. Domain established by node 0\.\$"
        expect_unit_state 1 hags@default active
        node 1 test -S /run/hags/default/gsapi
        expect_status 0 node 1 ps -o user= -p "$(main_pid)"
        expect_out '^hags$'
        expect_status 0 node_sh 1 'ls /var/ha/log'
        expect_out '^hags.default_0_1.default$'
}
t "-s starts the daemon, reports its PID and the domain" start

start_twice() {
        local pid
        pid=$(main_pid)
        expect_status 0 node 1 hagsctrl -s
        expect_out "PID $pid\."
        [ "$(main_pid)" = "$pid" ]
}
t "-s twice leaves the daemon alone" start_twice

add_running() {
        local pid
        pid=$(main_pid)
        expect_status 0 node 1 hagsctrl -a
        [ "$(main_pid)" = "$pid" ]
}
t "-a of a running partition that is as wanted stops nothing" add_running

status_line() {
        expect_status 0 node 1 systemctl show -P StatusText hags@default
        expect_out '^Domain default established by node 0; 0 groups, 0 providers, 0 clients'
}
t "systemctl status says what lssrc -l would" status_line

# ---- trace ----

trace_on() {
        local pid
        pid=$(main_pid)
        expect_status 0 node 1 hagsctrl -t
        expect_out 'on \(long\)'
        expect_status 0 node 1 cat "$dropin/50-trace.conf"
        expect_out 'Environment=HAGS_TRACE=long'
        [ "$(main_pid)" = "$pid" ]
        eventually 2 node_sh 1 'hagsctrl --list | grep -q "active .* long "'
        expect_status 0 node 1 hagsctrl -t
        # Nothing is to be changed, so nothing need be changeable.
        expect_status 0 node 1 unshare -m sh -c 'mount -o remount,bind,ro / && hagsctrl -t && hagsctrl -a'
        expect_status 0 node_sh 1 'grep -c "racing is long now" /var/ha/log/hags.default_0_1.default'
        expect_out '^1$'
}
t "-t switches the running daemon without a restart; twice changes nothing" trace_on

trace_survives() {
        node 1 systemctl restart hags@default
        expect_status 0 node 1 hagsctrl --list
        expect_out 'active .* long '
        node_reboot 1
        expect_unit_state 1 hags@default active
        expect_status 0 node 1 hagsctrl --list
        expect_out 'active .* long '
}
t "tracing survives restart and reboot; an enabled partition starts at boot" trace_survives

trace_off() {
        expect_status 0 node 1 hagsctrl -o
        absent "$dropin/50-trace.conf"
        eventually 2 node_sh 1 'hagsctrl --list | grep -q "active .* short "'
        expect_status 0 node 1 hagsctrl -o
        node 1 systemctl restart hags@default
        expect_status 0 node 1 hagsctrl --list
        expect_out 'active .* short '
}
t "-o takes tracing back, now and for later starts" trace_off

trace_kept_by_add() {
        node 1 hagsctrl -t
        node_sh 1 'mkdir -p /etc/hags; printf "[Log]\nDirectory=/srv/hagslog\n" >/etc/hags/hags.conf
                install -d -o hags /srv/hagslog'
        expect_status 0 node 1 hagsctrl -a
        expect_status 0 node 1 cat "$dropin/10-subsystem.conf"
        expect_out 'ReadWritePaths=-"/srv/hagslog"'
        expect_unit_state 1 hags@default inactive
        node 1 test -e "$dropin/50-trace.conf"
        expect_status 0 node 1 hagsctrl -s
        expect_status 0 node_sh 1 'ls /srv/hagslog'
        expect_out '^hags.default_0_'
        node 1 rm /etc/hags/hags.conf
        expect_status 0 node 1 hagsctrl -a
        node 1 hagsctrl -s
}
t "-a registers anew what was configured anew: stops, keeps tracing, and the new log directory can be written" trace_kept_by_add

# ---- stop, delete ----

stop() {
        expect_status 0 node 1 hagsctrl -k
        expect_out '^hags@default.service is stopped\.$'
        expect_unit_state 1 hags@default inactive
        expect_status 0 node 1 hagsctrl -k
        absent /run/hags/default
}
t "-k stops; twice is success" stop

delete() {
        node 1 hagsctrl -s
        expect_status 0 node 1 hagsctrl -d
        expect_out 'deleted'
        expect_unit_state 1 hags@default inactive
        absent "$dropin"
        absent "$wants"
        absent "$target"
        expect_file_equal 1:/etc/services 1:/root/services
        expect_status 0 node 1 cat /var/lib/hags/sdr/Syspar_ports
        expect_out 'default hags 10001'
        node_sh 1 'test -n "$(ls /var/ha/log)"'
        expect_status 0 node 1 hagsctrl -d
}
t "-d takes away registration, tracing, enablement and services lines; port and logs stay" delete

deleted_does_not_start() {
        expect_status 1 node 1 hagsctrl -s
        expect_err 'not added.*hagsctrl -a'
        expect_status 1 node 1 systemctl start hags@default
        expect_status 1 node 1 hagsctrl -t
        expect_err 'not added.*hagsctrl -a'
}
t "a partition that is not added does not start, by nobody" deleted_does_not_start

port_is_kept() {
        expect_status 0 node_sh 1 'printf "other 10001/tcp\n" >>/etc/services; hagsctrl -a'
        expect_out 'port 10001'
        node 1 hagsctrl -d
        node 1 cp -p /root/services /etc/services
}
t "the port that the SDR has is kept" port_is_kept

services_properties() {
        fresh 1
        node_sh 1 'chmod 0640 /etc/services; chgrp adm /etc/services
                setfacl -m u:nobody:r /etc/services; setfattr -n user.note -v hello /etc/services
                printf "no newline" >>/etc/services; cp -p /etc/services /root/odd
                stat -c "%a %U %G" /etc/services >/root/stat; getfacl -p /etc/services >/root/acl'
        node 1 hagsctrl -a
        node_sh 1 'stat -c "%a %U %G" /etc/services | diff /root/stat -; getfacl -p /etc/services | diff /root/acl -
                test "$(getfattr --only-values -n user.note /etc/services)" = hello
                tail -c 10 /etc/services | grep -q "no newline"'
        node 1 hagsctrl -d
        expect_file_equal 1:/etc/services 1:/root/odd
        node_sh 1 'mkdir /root/real; mv /etc/services /root/real/services; ln -s ../root/real/services /etc/services'
        node 1 hagsctrl -a
        node_sh 1 'test -L /etc/services; grep -q hags.default /root/real/services'
        node 1 hagsctrl -d
        node 1 test -L /etc/services
        expect_file_equal 1:/root/real/services 1:/root/odd
}
t "mode, owner, ACL, attributes, link and missing newline of /etc/services stay" services_properties

services_missing() {
        fresh 1
        node 1 rm /etc/services
        expect_status 0 node 1 hagsctrl -a
        expect_status 0 node 1 stat -c %a /etc/services
        expect_out '^644$'
        node 1 hagsctrl -s
        node 1 hagsctrl -d
        absent /etc/services
}
t "a services file that did not exist is made, and goes with its last line" services_missing

edit_services_off() {
        fresh 1
        node_sh 1 'mkdir -p /etc/hags; printf "[Partition]\nEditServices=no\n" >/etc/hags/hags.conf'
        node 1 hagsctrl -a
        expect_file_equal 1:/etc/services 1:/root/services
        expect_status 0 node 1 hagsctrl -s
        # What the messages advise where the file cannot be changed holds for lines that are there already too.
        node_sh 1 'echo "hags.default 10001/tcp # hagsctrl" >>/etc/services; cp -p /etc/services /root/marked
                mount --bind /etc/services /etc/services'
        expect_status 0 node 1 hagsctrl -d
        expect_status 0 node 1 hagsctrl -c
        node 1 umount /etc/services
        expect_file_equal 1:/etc/services 1:/root/marked
}
t "EditServices=no leaves /etc/services alone, and everything works" edit_services_off

hacws() {
        fresh 1
        node 1 hagsctrl -a
        node_sh 1 'mkdir -p /etc/hags; printf "[Partition]\nHACWS=yes\n" >/etc/hags/hags.conf'
        node 1 hagsctrl -a
        absent "$wants"
        expect_status 0 node 1 hagsctrl -a
        expect_out 'added already'
        expect_status 0 node 1 hagsctrl -s
}
t "HACWS=yes: registered, not enabled" hacws

quiet() {
        fresh 1
        for action in -a -s -t -o -k -d -c -u; do
                expect_status 0 node 1 hagsctrl "$action" --quiet
                expect_out '^$'
        done
}
t "--quiet prints nothing" quiet

closed_streams() {
        fresh 1
        expect_status 0 node_sh 1 'hagsctrl -a <&- >&- 2>&-; hagsctrl -s <&- >&- 2>&-'
        expect_unit_state 1 hags@default active
        expect_status 0 node 1 cat /run/hags/hagsctrl.lock
        expect_out '^[0-9]+$'
}
t "with closed standard streams nothing is written where it does not belong" closed_streams

full_output() {
        local action
        for action in --help --list -k; do
                expect_status 1 node_sh 1 "hagsctrl $action >/dev/full"
                expect_err 'cannot write to standard output: No space left on device'
        done
        expect_unit_state 1 hags@default inactive
}
t "output that cannot be written is an error that is told" full_output

nobody_listens() {
        expect_status 0 node_sh 1 'exec 3> >(true); sleep .2; hagsctrl -u 2>&3'
        absent "$dropin"
        expect_file_equal 1:/etc/services 1:/root/services
}
t "a reader that went away stops nothing half-way" nobody_listens

private_umask() {
        fresh 1
        node_sh 1 'rm -rf /run/hags; umask 077; hagsctrl -a --quiet; stat -c %a /run/hags | grep -qx 755
                hagsctrl -s'
}
t "a private umask hides nothing that is for all" private_umask

# Who can open a file can lock it, and hagsctrl would wait for that.
lock_of_root() {
        fresh 1
        node_sh 1 'mkdir -p /run/hags; rm -f /run/hags/hagsctrl.lock; touch /run/hags/hagsctrl.lock; hagsctrl -a --quiet'
        expect_status 66 node 1 setpriv --reuid=nobody --clear-groups flock -n /run/hags/hagsctrl.lock true
        grep -q 'Permission denied' "$t_dir/err"
}
t "nobody but root can hold the lock" lock_of_root

failed_start() {
        fresh 1
        node 1 hagsctrl -a
        node_sh 1 'mkdir -p /etc/systemd/system/hags@default.service.d
                printf "[Service]\nExecStart=\nExecStart=/bin/sh -c \"echo the reason is here; exit 7\"\n" \
                        >/etc/systemd/system/hags@default.service.d/90-broken.conf; systemctl daemon-reload'
        expect_status 1 node 1 hagsctrl -s
        grep -q '^hagsctrl: hags@default.service failed to start: exit-code, exit status 7' "$t_dir/err"
        grep -q 'the reason is here' "$t_dir/err"
}
t "a start that fails shows the unit's result and the journal's last lines" failed_start

start_limit() {
        node_sh 1 'for i in 1 2 3 4 5 6; do hagsctrl -s || true; done 2>/dev/null
                rm /etc/systemd/system/hags@default.service.d/90-broken.conf; systemctl daemon-reload'
        expect_status 0 node 1 hagsctrl -s
        expect_out 'runs, PID'
}
t "-s is not refused for what failed before" start_limit

t_done
