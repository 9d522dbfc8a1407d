#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The sandbox of hags@.service holds in truth: a program that runs as the daemon does tries to get out of it.
# Each attempt is made outside of the sandbox too, where it must succeed, or it would prove nothing.

. "${0%/*}/lab.sh"
lab_up 1

probe=$lab_tools/lab/probe
domain=/var/lib/hags/domain

# Places that everybody may write, but for the sandbox, and a program that makes everybody root.
prepare() {
        node_sh 1 '
                mkdir -m 777 /etc/open /usr/open /var/open /run/open /home/open /root/open /srv/open
                echo secret >/home/open/file
                install -d -o hags -g hags "$1/other" /run/hags/other
                install -m 4755 "$2" /usr/local/bin/setuid-probe
                mkdir -p /etc/systemd/system/hags@probe.service.d
                cd /etc/systemd/system/hags@probe.service.d
                printf "[Service]\nEnvironment=HAGS_NODE=0 HAGS_PORT=10099\n" >10-subsystem.conf
                systemctl daemon-reload' "$domain" "$probe"
}

# The unit as it is installed, but for the program that it runs.
probe_inside() { # ATTEMPT...
        node_sh 1 '
                printf "%s\n" "[Service]" Type=oneshot Restart=no WatchdogSec=0 \
                        StandardOutput=truncate:/root/probe.out ExecStart= "ExecStart=-$*" \
                        >/etc/systemd/system/hags@probe.service.d/90-probe.conf
                systemctl daemon-reload
                systemctl start hags@probe
                cat /root/probe.out' "$probe" "$@"
}

probe_outside_as() { # USER ATTEMPT...
        node 1 setpriv --reuid="$1" --regid="$1" --clear-groups "$probe" "${@:2}"
}

t "the sandbox is prepared" prepare

denied_by_the_sandbox() { # USER ERROR ATTEMPT...: what USER can do outside of it ends with ERROR inside
        expect_status 0 probe_outside_as "$1" "${@:3}"
        expect_status 0 probe_inside "${@:3}"
        for attempt in "${@:3}"; do
                expect_out "(^|"$'\n'")$attempt ($2)(\$|"$'\n'")"
        done
}

t "it writes nowhere but in its own places" denied_by_the_sandbox hags EROFS \
        write:/etc/open/x write:/usr/open/x write:/var/open/x write:/srv/open/x write:/run/open/x \
        write:/run/lock/x
t "it writes not where other partitions keep their state" denied_by_the_sandbox hags EROFS \
        write:$domain/other/x write:/run/hags/other/x
t "it sees no home directory" denied_by_the_sandbox hags 'ENOENT|EACCES' \
        read:/home/open/file write:/home/open/x
t "it has no socket but local ones" denied_by_the_sandbox hags EAFNOSUPPORT \
        socket:inet socket:inet6 socket:netlink
t "it gains no privileges" denied_by_the_sandbox hags EPERM \
        setuid-program:/usr/local/bin/setuid-probe user-namespace setuid-bit:/tmp/bit
t "it keeps none" denied_by_the_sandbox root EPERM \
        root chroot host-name:node1 device:/tmp/null
t "it makes no code and no other personality" denied_by_the_sandbox hags 'EPERM|EACCES' \
        writable-code personality
t "it sees no process of others and no kernel settings" denied_by_the_sandbox hags ENOENT \
        read:/proc/1/status read:/proc/sys/kernel/osrelease

writes_its_own_places() {
        local attempts=(socket:unix "write:$domain/probe/x" write:/run/hags/probe/x write:/var/ha/log/x
                write:/tmp/x)

        expect_status 0 probe_inside "${attempts[@]}"
        for attempt in "${attempts[@]}"; do
                expect_out "$attempt allowed"
        done
        node 1 test -e "$domain/probe/x"
        node 1 test -e /var/ha/log/x
        expect_status 1 node 1 test -e /tmp/x
}
t "it writes its state, its log and a /tmp of its own" writes_its_own_places

the_daemon_runs_so() {
        node_sh 1 'rm /etc/systemd/system/hags@probe.service.d/90-probe.conf; systemctl daemon-reload'
        expect_status 0 node 1 systemctl start hags@probe
        expect_status 0 node_sh 1 '
                cat /proc/$(systemctl show -P MainPID hags@probe)/status; echo "hags has $(id -u hags)"'
        expect_out 'CapInh:.0+.CapPrm:.0+.CapEff:.0+.CapBnd:.0+.CapAmb:.0+.NoNewPrivs:.1.Seccomp:.2'
        expect_out 'Uid:.([0-9]+).([0-9]+).([0-9]+).([0-9]+).*hags has ([0-9]+)'
        for uid in "${BASH_REMATCH[@]:1:4}"; do
                [ "$uid" = "${BASH_REMATCH[5]}" ]
        done
}
t "hagsd itself runs so: user hags, no capability, filtered calls" the_daemon_runs_so

t_done
