#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What systemd's own tools have of Group Services: systemctl, systemd-analyze, systemd-cgls, journalctl -x, and a core
# for the debugger.

. "${0%/*}/lab.sh"
lab_up 1

main_pid() { node 1 systemctl show -P MainPID hags@default; }

prepare() { node_sh 1 'hagsctrl -a; hagsctrl -s; journalctl --update-catalog'; }
t "a partition" prepare

status() {
        expect_status 0 node 1 systemctl status hags@default
        expect_out 'Status: "Domain default established by node 0; 0 groups, 0 providers, 0 clients"'
        expect_out "Main PID: $(main_pid) \(hagsd\)"
        expect_out 'Docs: man:hagsd\(8\)'
}
t "systemctl status tells of the domain" status

units=(hags@default.service hags.target hags-deactivate.socket hags-deactivate@1.service)
verify() {
        expect_status 0 node 1 systemd-analyze verify --man=no "${units[@]}"
        [ ! -s "$t_dir/err" ] || t_fail "systemd-analyze has something to say"
}
t "systemd-analyze verify is content with all units" verify

exposed_at_most() { # TENTHS UNIT
        expect_status 0 node 1 systemd-analyze security --no-pager --threshold="$1" "$2"
        expect_out 'Overall exposure level for hags'
        node_sh 1 'systemd-analyze security --no-pager --offline=true --threshold="$1" "$2"' "$1" \
                "/usr/lib/systemd/system/${2/@*./@.}" >/dev/null
}
t "systemd-analyze security: the daemon at most 1.0" exposed_at_most 10 hags@default.service
t "a deactivate script at most 2.2" exposed_at_most 22 hags-deactivate@1.service

cgls() {
        expect_status 0 node 1 systemd-cgls --no-pager --unit hags@default.service
        expect_out "$(main_pid) /usr/libexec/hags/hagsd default"
        [ "$(wc -l <"$t_dir/out")" = 2 ] || t_fail "there is more in the cgroup than the daemon"
}
t "systemd-cgls finds the daemon where it belongs, and alone" cgls

explained() { # MESSAGE TEXT...: journalctl -x has them below that message
        local text

        eventually 5 node_sh 1 'journalctl --sync
                journalctl -x --no-pager --since "@$1" -u hags@default | grep -A 20 -F -- "$2" | grep -q "^░░ Subject: "' \
                "$t_since" "$1"
        expect_status 0 node_sh 1 'journalctl -x --no-pager --since "@$1" -u hags@default | grep -A 20 -F -- "$2"' \
                "$t_since" "$1"
        for text in "${@:2}"; do
                grep -qF -- "$text" "$t_dir/out" || t_fail "does not say: $text"
        done
}
explains_stop() {
        node 1 systemctl restart hags@default
        explained 'GS_STOP_ST: Stopping: SIGTERM from process 1' \
                'Subject: Group Services of partition default stops' 'Documentation: man:hagsd(8)' \
                'Its clients on node 0 lose their connection, with HA_GS_NOT_OK,'
}
t "journalctl -x explains a stop" explains_stop

explains_failed_start() {
        node_sh 1 'mkdir -p /etc/hags; printf "[Log]\nLines=none\n" >/etc/hags/hags.conf'
        expect_status 1 node 1 systemctl restart hags@default
        explained 'GS_STARTERR_ER: /etc/hags/hags.conf line 2: ' \
                'Subject: Group Services of partition default cannot start' 'hagsctrl -a --syspar default'
        node_sh 1 'rm /etc/hags/hags.conf; hagsctrl -s'
}
t "and a start that fails" explains_failed_start

# ---- a crash ----

# Where a core goes is the kernel's setting, one for all containers of a host. A plain name means the working directory,
# which the daemon may not write as the unit has it: here it is the log directory.
cores_go_there() {
        [[ $(</proc/sys/kernel/core_pattern) != *[/\|]* ]] || {
                echo "the kernel of this host hands cores to $(</proc/sys/kernel/core_pattern), not to a file here"
                exit 77
        }
        node_sh 1 'mkdir -p /run/systemd/system/hags@default.service.d
                printf "[Service]\nWorkingDirectory=/var/ha/log\n" >/run/systemd/system/hags@default.service.d/core.conf
                systemctl daemon-reload; systemctl restart hags@default'
}
crash() {
        local pid
        cores_go_there
        pid=$(main_pid)

        node 1 kill -SEGV "$pid"
        eventually 10 node_sh 1 'p=$(systemctl show -P MainPID hags@default); [ "$p" != 0 ] && [ "$p" != "$1" ]' "$pid"
        expect_status 0 node 1 journalctl --no-pager -u hags@default --since "@$t_since"
        expect_out 'code=dumped, status=11/SEGV'
        expect_out "Failed with result 'core-dump'"
        node_sh 1 'cat /var/ha/log/core*' >"$t_dir/core"
}
t "a daemon that crashes leaves a core, and is started again" crash

# The kernel starts the program that takes cores outside of every container. Here it is started as the kernel would, with
# the core and with the limit that the daemon has; what it asks about is the daemon that came after.
kept() {
        [ -s "$t_dir/core" ] || { echo "there is no core"; exit 77; }
        expect_status 0 node_sh 1 '
                pid=$(systemctl show -P MainPID hags@default)
                limit=$(sed -n "s/^Max core file size *\([^ ]*\) .*/\1/p" "/proc/$pid/limits")
                [ "$limit" = unlimited ]
                sed -n "s/^kernel.core_pattern=|//p" /usr/lib/sysctl.d/50-coredump.conf |
                        sed "s/%P/$pid/; s/%u/$(id -u hags)/; s/%g/$(id -g hags)/; s/%s/11/; s/%t/$(date +%s)/
                                s/%c/18446744073709551615/; s/%h/node1/; s/%d/1/; s/ %F//" >/root/taker
                $(cat /root/taker) </var/ha/log/core*'
        eventually 10 node 1 coredumpctl --no-pager info hagsd
        expect_out 'Unit: hags@default.service'
        expect_out 'Signal: 11 \(SEGV\)'
        expect_status 0 node 1 coredumpctl --quiet dump hagsd
        cmp "$t_dir/out" "$t_dir/core"
}
t "coredumpctl has it, and knows the unit" kept

debug() { # PROGRAM [GDB ARGS...]: a backtrace of the core, with the libraries of the node
        expect_status 0 gdb -batch -nx -iex 'set auto-load off' -iex "set sysroot $(lab_rootfs)" "${@:2}" -ex bt \
                "$1" "$t_dir/core"
        expect_out 'Program terminated with signal SIGSEGV'
        expect_out ' in sd_event_run \('
}
names_lines() {
        expect_out ' daemon_main \([^)]*\) at src/hagsd/daemon\.c:[0-9]+'
}
debugger() {
        [ -s "$t_dir/core" ] || { echo "there is no core"; exit 77; }
        debug "$lab_build/hagsd"
        names_lines
}
t "gdb tells from it where that was" debugger

# As packages have it: the program stripped, what was stripped below its build id.
debug_package() {
        local id file

        [ -s "$t_dir/core" ] || { echo "there is no core"; exit 77; }
        id=$(readelf -n "$lab_build/hagsd" | sed -n 's/.*Build ID: //p')
        file=$t_dir/debug/.build-id/${id:0:2}/${id:2}.debug
        mkdir -p "${file%/*}"
        objcopy --only-keep-debug "$lab_build/hagsd" "$file"
        strip --strip-all -o "$t_dir/hagsd" "$lab_build/hagsd"
        debug "$t_dir/hagsd"
        [[ $(<"$t_dir/out") != *daemon.c* ]]
        debug "$t_dir/hagsd" -iex "set debug-file-directory $t_dir/debug"
        names_lines
}
t "also of a stripped program, with its debug file" debug_package

t_done
