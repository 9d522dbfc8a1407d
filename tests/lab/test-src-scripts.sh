#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Programs of others, as they are used with SRC today, run unchanged: tests/compat.

. "${0%/*}/src.sh"
lab_up 1

script() { # NAME ARGS...
        node 1 "/src/tests/compat/$1" "${@:2}"
}

for_scripts() {
        local name

        for name in hags hags.default; do
                added
                expect_status 2 script nagios.sh "$name"
                expect_out "^CRITICAL: $name inoperative"
                expect_status 0 script cron-check.sh
                prints 'hags.default is inoperative'
                expect_status 1 script wait-active.sh "$name" 1
                expect_status 0 script postinstall.sh "$name"
                expect_out "^0513-059 The $name Subsystem"
                expect_status 0 script postinstall.sh "$name"
                [ ! -s "$t_dir/out" ]
                expect_status 0 script wait-active.sh "$name" 1
                expect_status 0 script nagios.sh "$name"
                expect_out "^OK: $name active, pid $(main_pid)"
                expect_status 0 script cron-check.sh
                [ ! -s "$t_dir/out" ]
                expect_status 0 script restart.sh "$name"
                expect_status 0 script domain.sh "$name"
                prints 0
                expect_status 0 script preremove.sh "$name"
                state_is "$name" inoperative
                expect_status 0 script preremove.sh "$name"
        done
        expect_status 0 script postinstall.sh cthags
        expect_out 'not defined'
        expect_status 3 script nagios.sh cthags
        expect_out '^UNKNOWN: 0513-085 The cthags Subsystem is not on file\.$'
        expect_status 0 script add-port.sh
        prints 'hags.default 10001 10001/tcp'
}
t "scripts of packages, cron, Nagios and waiting loops run unchanged" for_scripts

for_groups() {
        two_partitions
        node 1 startsrc -g hags >/dev/null
        expect_status 0 script stop-by-group.sh
        expect_status 0 script inventory.sh
        prints 'hags.sp_prod /usr/libexec/hags/hagsd -R -Q -K 20 hags' 'hags.sp_test /usr/libexec/hags/hagsd -R -Q -K 20 hags'
        expect_status 0 script shutdown.sh
        expect_out 'hags.sp_prod Subsystem was .*hags.sp_test Subsystem was'
        state_is hags.sp_test inoperative
}
t "shutdown scripts and inventories run unchanged" for_groups

for_puppet() {
        local name pid

        for name in hags hags.default; do
                added
                expect_status 0 script puppet-src.pl instances
                prints hags.default
                expect_status 0 script puppet-src.pl status "$name"
                prints stopped
                expect_status 0 script puppet-src.pl start "$name"
                expect_status 0 script puppet-src.pl status "$name"
                prints running
                pid=$(main_pid)
                expect_status 0 script puppet-src.pl restart "$name"
                [ "$(main_pid)" = "$pid" ]
                expect_status 0 script puppet-src.pl stop "$name"
                state_is "$name" inoperative
        done
        expect_status 0 script puppet-src.pl status cthags
        prints stopped
}
t "Puppet's provider src" for_puppet

for_chef() {
        local name nice

        for name in hags hags.default; do
                added
                expect_status 0 script chef-aix_subsystem.pl running "$name"
                prints false
                expect_status 0 script chef-aix_subsystem.pl start "$name"
                expect_status 0 script chef-aix_subsystem.pl running "$name"
                prints true
                expect_status 0 script chef-aix_subsystem.pl definition "$name"
                nice=$((20 + $(node 1 systemctl show -P Nice hags@default)))
                prints arguments=default group=hags multiple= "nice=$nice" program=/usr/libexec/hags/hagsd respawn=1 signals= \
                        "subsystem_name=$name" "user=$(node 1 id -u hags)" wait=20
                expect_status 0 script chef-aix_subsystem.pl stop "$name"
                state_is "$name" inoperative
        done
        expect_status 0 script chef-aix_subsystem.pl definition cthags
        prints 'not defined'
}
t "Chef's aix_subsystem and service" for_chef

for_ansible() {
        local name

        for name in hags hags.default; do
                added
                expect_status 0 script ansible-facts.pl
                prints 'hags.default stopped src'
                expect_status 0 script ansible-service.pl "$name" started
                prints changed
                expect_status 0 script ansible-service.pl "$name" started
                prints ok
                expect_status 0 script ansible-service.pl "$name" reloaded
                expect_status 0 script ansible-service.pl "$name" restarted
                expect_status 0 script ansible-facts.pl
                prints 'hags.default running src'
                expect_status 0 script ansible-service.pl "$name" stopped
                prints changed
                expect_status 0 script ansible-service.pl "$name" stopped
                prints ok
        done
        expect_status 2 script ansible-service.pl cthags started
        grep -q '^FAILED: 0513-085 ' "$t_dir/err"
}
t "Ansible's service and service_facts" for_ansible

t_done
