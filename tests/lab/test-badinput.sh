#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What bad input and a hostile machine get from hagsctrl: one line, exit status 1, nothing changed.

. "${0%/*}/lab.sh"
lab_up 1

# Everything that hagsctrl may change, with inode and time of change.
snapshot() {
        node_sh 1 'find /etc /var/lib/hags /var/ha -printf "%p %i %s %C@ %l\n" | sort
                systemctl list-units --all --plain --no-legend "hags*"' |
                sed 's/^[^ ]*[●×] //'
}

# refused REGEX CMD...: exit 1, one line that matches, and all is as it was.
refused() {
        local regex=$1
        shift

        snapshot >"$t_dir/before"
        expect_status 1 "$@"
        expect_err "$regex"
        snapshot >"$t_dir/after"
        diff "$t_dir/before" "$t_dir/after"
}

usage() {
        fresh 1
        refused 'no action.*usage: hagsctrl \{-a' node 1 hagsctrl
        refused '-a and -s cannot' node 1 hagsctrl -a -s
        refused '-a and -a cannot' node 1 hagsctrl -aa
        refused '-h and --version cannot' node 1 hagsctrl -h --version
        refused '--list and -s cannot' node 1 hagsctrl --list --start
        refused 'unknown option -x' node 1 hagsctrl -ax
        refused "unknown .*--bogus" node 1 hagsctrl -a --bogus
        refused "unexpected argument 'sp_x'" node 1 hagsctrl -a sp_x
        refused "unexpected argument 'a.b'" node 1 hagsctrl -a $'a\nb'
        refused 'cannot read a.b.: No such file' node 1 hagsctrl --sdr-import $'a\nb\e'
        refused '--syspar does not go with -c' node 1 hagsctrl -c --syspar default
        refused '--syspar needs an argument' node 1 hagsctrl -a --syspar
        refused '--force goes with -u' node 1 hagsctrl -c --force
        refused '--create goes with -a' node 1 hagsctrl -s --create
        refused '--json goes with --list' node 1 hagsctrl -a --json
}
t "no action, two actions, unknown and stray words" usage

not_root() {
        local action
        for action in -a -s -k -d -c -u -t -o -r --list "--sdr-import /dev/null"; do
                # shellcheck disable=SC2086
                refused 'needs root' node 1 setpriv --reuid=nobody --clear-groups hagsctrl $action
        done
}
t "not root" not_root

names() {
        local name
        for name in '' abcdefghijklmnopqrstuvwxy a.b a/b a@b 'a b' $'a\nb' $'a\tb' 'ä' -a _a; do
                refused 'is not a partition name' node 1 hagsctrl -a --create "--syspar=$name"
                [ -z "$name" ] || refused 'is not a partition name' node 1 env "SP_NAME=$name" hagsctrl -a --create
        done
}
t "names that are no partition names" names

unknown() {
        local action
        refused 'partition typo is not known .*--create' node 1 hagsctrl -a --syspar typo
        for action in -s -k -d -t -o; do
                refused 'no partition typo' node 1 hagsctrl "$action" --syspar typo
        done
}
t "a partition that nobody declared" unknown

node_number() {
        local value
        for value in 2048 -1 x '' 1.5 99999999999999999999; do
                node_sh 1 'mkdir -p /etc/hags; printf "[Node]\nNumber=%s\n" "$1" >/etc/hags/hags.conf' "$value"
                refused '/etc/hags/hags.conf.*line 2.*Number' node 1 hagsctrl -a
        done
        node 1 rm /etc/hags/hags.conf
}
t "a node number out of range or no number names file, line and key" node_number

node_rules() {
        node_sh 1 'printf "[Node]\nNumber=3\n[Partition]\nName=sp_prod\n" >/etc/hags/hags.conf'
        refused 'no port number for hags in the SDR for partition sp_prod; add it on the control workstation' node 1 hagsctrl -a
        refused 'node 3 of partition sp_prod .*cannot act in partition other' node 1 hagsctrl -a --syspar other
        refused 'only the control workstation' node 1 hagsctrl -u
        node 1 rm /etc/hags/hags.conf
}
t "a node without a port, a foreign partition on a node, -u on a node" node_rules

services_conflict() {
        fresh 1
        node_sh 1 'printf "hags.default\t9999/udp # mine\n" >>/etc/services'
        refused '/etc/services line [0-9]+, "hags.default 9999/udp # mine", gives hags.default another port' node 1 hagsctrl -a
        node 1 cp -p /root/services /etc/services
}
t "an unmarked services line with another port is shown" services_conflict

services_used() {
        fresh 1
        node_sh 1 'printf "mine %d/tcp\n" $(seq 10000 10049) >>/etc/services'
        node_sh 1 '{ echo "Syspar_ports 1"; for i in $(seq 10050 10100); do echo "sp$i hags $i"; done; } | hagsctrl --sdr-import -'
        refused '51 belong to partitions in the SDR, 50 to others' node 1 hagsctrl -a
}
t "no port is free: the holders of both kinds are counted" services_used

services_immovable() {
        fresh 1
        node_sh 1 'chattr +i /etc/services' || { echo "this file system has no immutable files"; exit 77; }
        refused 'cannot replace /etc/services: .*immutable' node 1 hagsctrl -a
        node 1 chattr -i /etc/services
        node 1 chattr +a /etc/services
        refused 'cannot replace /etc/services: .*immutable' node 1 hagsctrl -a
        node 1 chattr -a /etc/services
        node 1 mount --bind /etc/services /etc/services
        refused 'cannot replace /etc/services: .*mount point' node 1 hagsctrl -a
        node 1 umount /etc/services
        node_sh 1 'mkdir -p /srv/ro; mount -t tmpfs tmpfs /srv/ro; cp -p /etc/services /srv/ro/services
                ln -sf /srv/ro/services /etc/services; mount -o remount,ro /srv/ro'
        refused 'cannot replace /etc/services: .*read-only' node 1 hagsctrl -a
        node_sh 1 'umount /srv/ro'
        refused 'cannot (read|replace) /etc/services: ' node 1 hagsctrl -a
        fresh 1
}
t "an immutable, append-only, bind-mounted, read-only or dangling /etc/services" services_immovable

sdr_damaged() {
        local text
        fresh 1
        for text in 'Syspar_ports 2' 'nonsense' $'Syspar_ports 1\ndefault hags' $'Syspar_ports 1\ndefault hags 99999' \
                $'Syspar_ports 1\na hags 10001\nb hags 10001' $'Syspar_ports 1\na.b hags 10001'; do
                node_sh 1 'mkdir -p /var/lib/hags/sdr; printf "%s\n" "$1" >/var/lib/hags/sdr/Syspar_ports' "$text"
                refused '/var/lib/hags/sdr/Syspar_ports.*line [0-9]' node 1 hagsctrl -a
        done
        fresh 1
        node 1 hagsctrl -a
        for text in 'Syspar_ports 2' 'nonsense' $'Syspar_ports 1\na hags 10001\nb hags 10001'; do
                refused 'standard input line [0-9]' \
                        node_sh 1 'printf "%s\n" "$1" | hagsctrl --sdr-import -' "$text"
        done
}
t "a damaged SDR names file and line and is not overwritten" sdr_damaged

masked() {
        fresh 1
        node 1 systemctl mask hags@default.service
        refused 'hags@default.service is masked' node 1 hagsctrl -a
        node 1 systemctl unmask hags@default.service
        node 1 hagsctrl -a
        node 1 systemctl mask --runtime hags@default.service
        refused 'hags@default.service is masked' node 1 hagsctrl -s
        node 1 systemctl unmask --runtime hags@default.service
        node 1 hagsctrl -d
}
t "a masked unit" masked

dropin_in_the_way() {
        local d=/etc/systemd/system/hags@default.service.d
        fresh 1
        node 1 touch "$d"
        refused "$d is not a directory" node 1 hagsctrl -a
        node_sh 1 "rm $d; ln -s /nowhere $d"
        refused "$d is a symbolic link that leads nowhere" node 1 hagsctrl -a
        node 1 rm "$d"
}
t "a drop-in directory that is a file or a dangling link" dropin_in_the_way

disk_full() {
        fresh 1
        node_sh 1 'mkdir -p /var/lib/hags/sdr; mount -t tmpfs -o size=8k,nr_inodes=8 tmpfs /var/lib/hags/sdr
                dd if=/dev/zero of=/var/lib/hags/sdr/fill bs=4k count=8 2>/dev/null || true'
        expect_status 1 node 1 hagsctrl -a
        expect_err 'Syspar_ports.*No space left'
        node_sh 1 'ls -A /var/lib/hags/sdr' | diff - <(echo fill)
        node 1 umount /var/lib/hags/sdr
        expect_status 0 node 1 hagsctrl -a
        node_sh 1 'ls -A /etc | grep hags-new && exit 1; true'
        fresh 1
        node_sh 1 'cp -a /etc/systemd/system /root/system; mount -t tmpfs -o size=64k tmpfs /etc/systemd/system
                cp -a /root/system/. /etc/systemd/system; dd if=/dev/zero of=/etc/systemd/system/fill bs=4k 2>/dev/null || true'
        expect_status 1 node 1 hagsctrl -a
        expect_err 'No space left'
        node_sh 1 'rm /etc/systemd/system/fill'
        expect_status 0 node 1 hagsctrl -a
        expect_status 0 node 1 hagsctrl -s
        node_sh 1 'hagsctrl -d; umount /etc/systemd/system; rm -r /root/system'
}
t "a full disk: what was done stays, a rerun completes it" disk_full

lock_is_held() {
        fresh 1
        node_sh 1 'mkdir -p /run/hags; flock /run/hags/hagsctrl.lock sleep 3 & sleep .2; echo 4711 >/run/hags/hagsctrl.lock
                hagsctrl -a 2>/root/err; grep -q "^hagsctrl: waiting for another hagsctrl (PID 4711)" /root/err; wait'
        expect_status 0 node_sh 1 'flock /run/hags/hagsctrl.lock sh -c "hagsctrl --list; hagsctrl -h; hagsctrl -a --dry-run"'
}
t "another run holds the lock: its PID is told after a second; what only looks does not wait" lock_is_held

# The holder never ends, and strace makes two minutes of short sleeps pass in no time.
lock_is_kept() {
        fresh 1
        expect_status 1 node_sh 1 'mkdir -p /run/hags; flock /run/hags/hagsctrl.lock sleep 60 & trap "kill $!" EXIT
                sleep .2; echo 4711 >/run/hags/hagsctrl.lock
                strace -qq -o /dev/null -e trace=clock_nanosleep -e inject=clock_nanosleep:retval=0 hagsctrl -a 2>/root/err'
        expect_status 0 node 1 cat /root/err
        expect_out 'waiting for another hagsctrl .*another hagsctrl \(PID 4711\) has held the lock for 120 s'
        expect_status 1 node_sh 1 'ls /etc/systemd/system | grep hags@'
}
t "another run holds the lock for 120 s: an error, and nothing changed" lock_is_kept

no_systemd() {
        refused 'not booted with systemd' node 1 unshare -m sh -c 'mount -t tmpfs tmpfs /run; exec hagsctrl -a'
}
t "not booted with systemd" no_systemd

t_done
