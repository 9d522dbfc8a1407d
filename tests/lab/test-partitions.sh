#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Several partitions: a control workstation (node 1 of the lab) with three, and a node (node 2) that has one.

# shellcheck disable=SC2086

. "${0%/*}/lab.sh"
lab_up 2

cws=1 member=2

three() {
        local p
        fresh $cws $member
        for p in sp_prod sp_test bak; do
                expect_status 0 node $cws hagsctrl -a --create --syspar $p
                expect_status 0 node $cws hagsctrl -s --syspar $p
                expect_out "hags@$p.service runs"
        done
        expect_status 0 node $cws hagsctrl --list
        expect_out 'bak +10003 yes +yes +active +[0-9]+ +short +0 +0 +established by node 0'
        expect_out 'default +- +no +no +inactive'
        expect_out 'sp_prod +10001 yes'
        expect_out 'sp_test +10002 yes'
        expect_status 0 node $cws ls /var/ha/log
        expect_out 'hags.bak_0_1.bak'
        expect_status 0 node $cws systemctl list-units --plain --no-legend --state=active 'hags@*'
        [ "$(wc -l <"$t_dir/out")" = 3 ]
}
t "a workstation runs one instance for each partition" three

environment() {
        expect_status 0 node $cws env SP_NAME=sp_test hagsctrl -k
        expect_unit_state $cws hags@sp_test inactive
        expect_unit_state $cws hags@sp_prod active
        expect_status 0 node $cws env SP_NAME=sp_test hagsctrl -k --syspar bak
        expect_unit_state $cws hags@bak inactive
        node $cws hagsctrl -s --syspar sp_test
        node $cws hagsctrl -s --syspar bak
}
t "--syspar wins over SP_NAME, SP_NAME over hags.conf" environment

declared() {
        expect_status 0 node $cws cat /etc/hags/syspar.d/sp_prod.conf
        node_sh $cws 'printf "[Partition]\nAddress=192.0.2.7\n" >/etc/hags/syspar.d/sp_prod.conf'
        expect_status 0 node $cws hagsctrl -a --syspar sp_prod
        expect_status 0 node $cws cat /etc/systemd/system/hags@sp_prod.service.d/10-subsystem.conf
        expect_out 'Environment=HAGS_ADDRESS=192.0.2.7'
        node $cws hagsctrl -s --syspar sp_prod
}
t "syspar.d declares a partition and gives its address" declared

json() {
        expect_status 0 node $cws hagsctrl --list --json
        jq -e <"$t_dir/out" '
                .version == 1 and .node == 0 and [.partitions[].syspar] == ["bak", "default", "sp_prod", "sp_test"]'
        jq -e <"$t_dir/out" '.partitions[] | select(.syspar == "sp_prod") |
                .unit == "hags@sp_prod.service" and .port == 10001 and .registered and .enabled and
                .active_state == "active" and .sub_state == "running" and .pid > 1 and
                .trace == "short" and .trace_recorded == false and .incarnation >= 1 and .clients == 0 and
                .domain == {"state": "established", "established_by": 0, "up_nodes": [0], "groups": 0, "providers": 0}'
        jq -e <"$t_dir/out" '.partitions[] | select(.syspar == "default") |
                .port == null and .pid == null and .domain == null and .registered == false'
}
t "--list --json" json

list_header() {
        expect_status 0 node $cws script -qec 'hagsctrl --list' /dev/null
        expect_out '^SYSPAR +PORT +REGISTERED +ENABLED +STATE +PID +TRACE +GROUPS +CLIENTS +DOMAIN'
        expect_status 0 node $cws hagsctrl --list
        ! grep -q SYSPAR "$t_dir/out"
}
t "--list has a header on a terminal only" list_header

node_joins() {
        node_sh $member 'mkdir -p /etc/hags; printf "[Node]\nNumber=5\n[Partition]\nName=sp_prod\n" >/etc/hags/hags.conf'
        expect_status 1 node $member hagsctrl -a
        expect_err 'no port number for hags in the SDR for partition sp_prod; add it on the control workstation'
        node $cws cat /var/lib/hags/sdr/Syspar_ports >"$t_dir/sdr"
        tests/lab/sdbox exec "$t_dir" $member hagsctrl --sdr-import - <"$t_dir/sdr" >"$t_dir/out"
        expect_out '^3 ports of the SDR changed, 3 in all\.$'
        expect_file_equal $cws:/var/lib/hags/sdr/Syspar_ports $member:/var/lib/hags/sdr/Syspar_ports
        expect_status 0 node $member hagsctrl -a
        expect_out 'port 10001, node 5\.$'
        expect_status 0 node $member hagsctrl -s
        expect_out 'established by node 5'
        expect_status 0 node $member ls /var/ha/log
        expect_out '^hags_5_1.sp_prod$'
        expect_status 0 node $member hagsctrl --list
        expect_out 'sp_prod +10001 yes +yes +active'
}
t "a node takes the SDR over, then adds and starts its one partition" node_joins

import_rules() {
        expect_status 0 node_sh $member 'hagsctrl --sdr-import /var/lib/hags/sdr/Syspar_ports'
        expect_out '^0 ports'
        expect_status 1 node_sh $cws 'printf "Syspar_ports 1\nsp_prod hags 10099\n" | hagsctrl --sdr-import -'
        expect_err 'sp_prod.*10099|10099.*sp_prod'
        expect_status 0 node_sh $cws 'printf "Syspar_ports 1\nsp_new hags 10050\n" >/root/import
                hagsctrl --sdr-import /root/import'
        expect_out '^1 port of the SDR changed, 4 in all\.$'
        expect_status 0 node $cws hagsctrl -a --create --syspar sp_new
        expect_out 'port 10050'
}
t "an import adds to the master, replaces a copy, and never gives a partition another port" import_rules

clean_node() {
        expect_status 0 node $member hagsctrl -c
        expect_out '^1 partition cleaned\.'
        expect_unit_state $member hags@sp_prod inactive
        expect_file_equal $member:/etc/services $member:/root/services
        node $member test -s /var/lib/hags/sdr/Syspar_ports
        expect_status 0 node $member hagsctrl -c
        expect_out '^0 partitions cleaned\.'
}
t "-c on a node; twice" clean_node

delete_one() {
        expect_status 0 node $cws hagsctrl -d --syspar sp_new
        node $cws test -L /etc/systemd/system/multi-user.target.wants/hags.target
        expect_unit_state $cws hags@sp_prod active
}
t "-d of one partition leaves the others and the target enabled" delete_one

clean_broken() {
        # One partition cannot be cleaned: its drop-in directory does not give up its file.
        node_sh $cws 'chattr +i /etc/systemd/system/hags@sp_test.service.d' ||
                { echo "this file system has no immutable files"; exit 77; }
        expect_status 1 node $cws hagsctrl -c
        expect_err 'hags@sp_test.service.d/10-subsystem.conf'
        node $cws chattr -i /etc/systemd/system/hags@sp_test.service.d
        expect_status 0 node_sh $cws 'ls -d /etc/systemd/system/hags@*'
        expect_out '^/etc/systemd/system/hags@sp_test.service.d$'
        expect_file_equal $cws:/etc/services $cws:/root/services
        expect_status 3 node $cws systemctl is-active hags@sp_prod hags@sp_test hags@bak
        expect_status 0 node $cws hagsctrl -c
        expect_status 2 node_sh $cws 'ls -d /etc/systemd/system/hags@* /etc/systemd/system/*/hags*'
}
t "-c works on what is there: one broken instance does not stop the others" clean_broken

clean_without_services() {
        node $cws hagsctrl -a
        node $cws hagsctrl -s
        node_sh $cws 'rm /etc/services; mkdir /etc/services'
        expect_status 1 node $cws hagsctrl -c
        grep -q '^hagsctrl: cannot read /etc/services: Is a directory' "$t_dir/err"
        expect_unit_state $cws hags@default inactive
        node $cws test ! -e /etc/systemd/system/hags@default.service.d
        node_sh $cws 'rmdir /etc/services; cp -p /root/services /etc/services'
}
t "-c cleans the rest where /etc/services cannot be read" clean_without_services

unregistered_leftovers() {
        node_sh $cws 'ln -s /usr/lib/systemd/system/hags@.service /etc/systemd/system/hags@default.service || true
                mkdir -p /etc/systemd/system/hags.target.wants
                ln -s /usr/lib/systemd/system/hags@.service /etc/systemd/system/hags.target.wants/hags@lost.service
                rm /etc/systemd/system/hags@default.service
                echo "hags.gone 10077/tcp # hagsctrl" >>/etc/services; systemctl daemon-reload'
        expect_status 0 node $cws hagsctrl -c
        expect_out '^2 partitions cleaned'
        node $cws test ! -e /etc/systemd/system/hags.target.wants
        expect_file_equal $cws:/etc/services $cws:/root/services
}
t "-c finds what has only a link or a services line" unregistered_leftovers

unconfigure() {
        node $cws hagsctrl -a --syspar sp_prod
        node $cws hagsctrl -s --syspar sp_prod
        node $cws hagsctrl -a --syspar bak
        expect_status 0 node $cws hagsctrl -u
        grep -q 'warning: which nodes are up in partition bak was not checked: its hagsd does not run here' "$t_dir/err"
        expect_out 'No ports are left in the SDR'
        expect_status 1 node $cws grep hags /var/lib/hags/sdr/Syspar_ports
        expect_file_equal $cws:/etc/services $cws:/root/services
        node_sh $cws 'hagsctrl -a --syspar bak; hagsctrl -c'
        expect_status 0 node $cws hagsctrl -u
        expect_err 'warning: which nodes are up in partition bak was not checked'
        expect_status 0 node $cws hagsctrl -u
        [ ! -s "$t_dir/err" ]
}
t "-u cleans all, says what it could not check, and clears the SDR" unconfigure

t_done
