#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The lab itself: nodes boot, obey and keep their disks; failures are reported; nothing is left behind.

. "${0%/*}/lab.sh"
lab_up --bare 2

nodes_boot_without_a_failed_unit() {
        expect_status 0 tests/lab/sdbox status "$t_dir"
        expect_out $'^1 running master br1\n2 running master br1$'
        expect_status 0 node 1 systemctl --failed --no-legend
        expect_out '^$'
}
t "nodes boot without a failed unit" nodes_boot_without_a_failed_unit

commands_keep_arguments_input_and_status() {
        expect_status 0 node 2 printf '<%s>' 'a  b' '' "*"
        expect_out '^<a  b><><\*>$'
        expect_status 0 node 1 cat <<<"from outside"
        expect_out '^from outside$'
        expect_status 7 node_sh 1 'echo lost >&2; exit 7'
        [ "$(cat "$t_dir/err")" = lost ]
        expect_status 137 node_sh 1 'kill -KILL $$'
        expect_status 1 node_sh 1 'false; echo not reached'
        expect_out '^$'
}
t "commands keep their arguments, input and status" commands_keep_arguments_input_and_status

the_checkout_is_there_but_read_only() {
        expect_file_equal 1:/src/tests/lab/lab.sh tests/lab/lab.sh
        expect_status 1 node 1 touch /src/build/scribble
        [ ! -e build/scribble ]
}
t "the checkout is /src, read-only" the_checkout_is_there_but_read_only

reaches_node_2() { # a refused connection has reached the other side; one to a node that is cut off has not
        [[ $(node 1 timeout 1 bash -c 'exec 3<>/dev/tcp/10.99.0.2/9' 2>&1) == *"Connection refused" ]]
}
cut_off() { ! reaches_node_2; }

nodes_are_cut_off_and_plugged_in() {
        reaches_node_2
        tests/lab/sdbox net "$t_dir" 2 0
        eventually 5 cut_off
        tests/lab/sdbox net "$t_dir" 2 1
        eventually 5 reaches_node_2
}
t "nodes are cut off and plugged in again" nodes_are_cut_off_and_plugged_in

a_boot_keeps_the_disk() { # HOW
        local before after

        before=$(node 1 cat /proc/sys/kernel/random/boot_id)
        node_sh 1 'date >/etc/kept; sync; touch /run/lost'
        "$1" 1
        after=$(node 1 cat /proc/sys/kernel/random/boot_id)
        [ "$before" != "$after" ]
        node 1 test -s /etc/kept
        expect_status 1 node 1 test -e /run/lost
        expect_status 0 journal 1 --list-boots
        expect_out "${before//-/}"
}
t "a reboot keeps the disk and the journal" a_boot_keeps_the_disk node_reboot
t "a power cut keeps the disk and the journal" a_boot_keeps_the_disk node_crash

two_labs_do_not_meet() {
        local rootfs

        rootfs=$(lab_rootfs)
        expect_status 0 env SDBOX_OWNER=$$ tests/lab/sdbox up "$t_dir/other" "$rootfs" 1
        expect_status 0 tests/lab/sdbox exec "$t_dir/other" 1 touch /etc/other
        expect_status 1 node 1 test -e /etc/other
        expect_status 0 tests/lab/sdbox down "$t_dir/other"
        [ ! -e "$t_dir/other" ]
        node 1 true
}
t "two labs run side by side and do not meet" two_labs_do_not_meet

# A test file of its own, in the background, with its lab up. Sets victim, victim_dir, victim_cgroup.
start_victim() {
        rm -f "$t_dir/victim.out"
        cat >"$t_dir/victim.sh" <<'END'
. tests/lab/lab.sh
lab_up --bare 1
echo "$t_dir"
read -r -t 100 <> <(:)
END
        bash "$t_dir/victim.sh" >"$t_dir/victim.out" &
        victim=$!
        eventually 30 test -s "$t_dir/victim.out"
        victim_dir=$(cat "$t_dir/victim.out")
        victim_cgroup=$(cat "$victim_dir/cgroup")
        has_process
        has_cgroup
}
has_process() { pgrep -f "$victim_dir" >/dev/null; }
has_cgroup() { [ -n "$(find /sys/fs/cgroup -maxdepth 2 -name "${victim_cgroup##*/}" 2>/dev/null)" ]; }
has_no_process() { ! has_process; }
is_gone() { has_no_process && ! has_cgroup && [ ! -e "$victim_dir" ]; }

a_killed_test_leaves_nothing() {
        start_victim
        kill -KILL "$victim"
        eventually 5 is_gone
}
t "a test that is killed leaves nothing behind" a_killed_test_leaves_nothing

a_terminated_test_leaves_nothing() {
        start_victim
        kill -TERM "$victim"
        eventually 5 is_gone
}
t "a test that is terminated takes its lab down" a_terminated_test_leaves_nothing

the_next_start_sweeps() {
        local supervisor

        start_victim
        supervisor=$(ps -o ppid= "$(cat "$victim_dir/pid")")
        kill -KILL "$victim" "${supervisor// /}"
        eventually 5 has_no_process
        [ -e "$victim_dir" ]
        t_sweep
        is_gone
        [ -e "$t_dir" ]
}
t "what is left when all of it is killed, the next start removes" the_next_start_sweeps

failures_are_reported_and_survived() {
        cat >"$t_dir/failing.sh" <<'END'
. tests/tap.sh
wrong_status() { expect_status 0 sh -c 'echo to out; echo to err >&2; exit 3'; echo not reached; }
wrong_out() { expect_status 0 echo some words; expect_out other; }
plain_command() { false; echo not reached; }
skipped() { echo no such device; exit 77; }
t "wrong status" wrong_status
t "wrong out" wrong_out
t "plain command" plain_command
t "skipped" skipped
t "good" true
t_done
END
        expect_status 1 env T_HOLD= bash "$t_dir/failing.sh"
        expect_out $'^not ok 1 - wrong status\n#   failing.sh:2: exit status 3 instead of 0\n'
        expect_out $'\n#   ---- stdout\n#   to out\n#   ---- stderr\n#   to err\n'
        expect_out $'\nnot ok 2 - wrong out\n#   failing.sh:3: standard output does not match: other\n'
        expect_out $'\nnot ok 3 - plain command\n#   failing.sh:4: status 1: false\n'
        expect_out $'\nok 4 - skipped # SKIP no such device\nok 5 - good\n1..5$'
        ! grep -q 'not reached' "$t_dir/out"
}
t "cases that fail are reported, and the others still run" failures_are_reported_and_survived

t_done
