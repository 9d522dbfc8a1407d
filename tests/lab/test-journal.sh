#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the daemon leaves in a real journal and in its log file, and whom it lets in to make it do so.

. "${0%/*}/lab.sh"
lab_up 1

# ask [N]: asks the daemon so often for its status; prints what each answer is, 2 a status, 3 a refusal.
prepare() {
        node_sh 1 'useradd --no-create-home --groups hagsuser member
                useradd --no-create-home --gid hagsuser primary
                useradd --no-create-home stranger
                cat >/usr/local/bin/ask' <<'END'
#!/usr/bin/perl
use Socket;
for (1 .. $ARGV[0] // 1) {
        socket(my $s, AF_UNIX, SOCK_SEQPACKET, 0) or die $!;
        connect($s, sockaddr_un("/run/hags/default/gsapi")) or die $!;
        send($s, pack("VvvVV", 0x53474148, 1, 1, 16, 7), MSG_NOSIGNAL);
        recv($s, my $answer, 65536, 0) // die $!;
        print unpack("x6v", $answer), "\n";
}
END
        node_sh 1 'chmod 755 /usr/local/bin/ask; hagsctrl -a; hagsctrl -s'
}
t "a partition with clients" prepare


expect_entries() { # N MATCH...
        t_command="journalctl ${*:2}"
        node 1 journalctl --sync
        journal 1 --since "@$t_since" "${@:2}" >"$t_dir/out" 2>"$t_dir/err"
        [ "$(wc -l <"$t_dir/out")" = "$1" ] || t_fail "there are not $1 such entries"
}

says() { # REGEX: an entry of this case does
        journal 1 --since "@$t_since" -t hagsd | grep -qE "$1"
}

fields() {
        expect_status 0 node 1 systemctl restart hags@default
        expect_entries 1 HAGS_SYSPAR=default HAGS_NODE=0 HAGS_INCARNATION=2 PRIORITY=5 SYSLOG_IDENTIFIER=hagsd \
                _SYSTEMD_UNIT=hags@default.service CODE_FILE=src/hagsd/start.c CODE_FUNC=daemon_start
        expect_out '^Partition default, node 0, incarnation 2, port 10001: ready; '
        expect_status 0 node 1 journalctl -o verbose --since "@$t_since" HAGS_INCARNATION=2
        expect_out 'CODE_LINE=[1-9][0-9]*'
}
t "an entry has partition, node, incarnation and its place in the program" fields

stopped() {
        expect_status 0 node 1 hagsctrl -k
        expect_entries 1 MESSAGE_ID=e71241526c2e48e498bd92cf66cd1331 HAGS_INCARNATION=2
        expect_out '^GS_STOP_ST: Stopping: SIGTERM from process 1$'
}
t "a stop has its label and id" stopped

failed_start() {
        node_sh 1 'mkdir -p /etc/hags; printf "[Log]\nLines=none\n" >/etc/hags/hags.conf'
        expect_status 1 node 1 systemctl start hags@default
        expect_entries 1 MESSAGE_ID=82a03c84a326412893ca2884314635c0 PRIORITY=3 HAGS_SYSPAR=default HAGS_NODE=0
        expect_out '^GS_STARTERR_ER: /etc/hags/hags.conf line 2: '
        node 1 rm /etc/hags/hags.conf
        expect_status 0 node 1 hagsctrl -s
}
t "a start that fails has its label and id" failed_start

let_in() { # USER
        expect_status 0 node 1 runuser -u "$1" ask
        expect_out '^2$'
        expect_entries 0 MESSAGE_ID=27994f92a873404d88595cd3c96d48f1
}
t "root is let in" let_in root
t "a member of hagsuser is let in" let_in member
t "who has hagsuser as primary group is let in" let_in primary

refused() {
        expect_status 0 node_sh 1 'runuser -u stranger ask 20 | uniq -c'
        expect_out '^ *20 3$'
        expect_entries 5 MESSAGE_ID=27994f92a873404d88595cd3c96d48f1 PRIORITY=4 HAGS_SYSPAR=default
        expect_out "^GS_AUTH_DENIED_ST: Process [0-9]+ of user $(node 1 id -u stranger) was denied access: "
        expect_status 0 node 1 runuser -u member ask
        expect_out '^2$'
}
t "anybody else is refused, with at most 5 entries; others are served" refused

# Lines for journal and log file. Each signal of real time makes one; others that wait become one.
write_lines() { # N
        node_sh 1 'pid=$(systemctl show -P MainPID hags@default)
                for ((i = 0; i < $1; i++)); do kill -s RTMIN+23 "$pid"; done' "$1"
}

fill_up() {
        write_lines 10
        says 'GS_ERROR_ER: cannot write the log file .*: No space left on device; make room'
}

disk_full() {
        node_sh 1 'hagsctrl -k; mount -t tmpfs -o size=64k,mode=2750,uid=hags,gid=adm tmpfs /var/ha/log; hagsctrl -s
                cat /dev/zero >/var/ha/log/fill 2>/dev/null || true'
        eventually 20 fill_up
        sleep 1.2
        write_lines 2
        expect_entries 1 MESSAGE_ID=863706e6b0e24b208882978fc9cccf1b
        node 1 rm /var/ha/log/fill
        eventually 5 says 'The log file .* is written again; lines missing since the start: [1-9][0-9]*'
        # Of what the journal has of this daemon, all is in the file, or counted there, but these two.
        expect_status 0 node_sh 1 'hagsctrl -k >&2; cat /var/ha/log/hags*; umount /var/ha/log; hagsctrl -s >&2'
        expect_out '([0-9]+) lines are missing here: .*No space left on device'
        missing=${BASH_REMATCH[1]}
        written=$(wc -l <"$t_dir/out")
        incarnation=$(sed -n 's/.* incarnation \([0-9]*\), .*/\1/p' "$t_dir/out")
        expect_entries $((missing + written - 1 + 2)) HAGS_INCARNATION="$incarnation"
}
t "a full disk is said once, and counted in the log when there is room again" disk_full

rotation() {
        node_sh 1 'printf "[Log]\nLines=10\n" >/etc/hags/hags.conf; systemctl restart hags@default'
        write_lines 24
        node 1 rm /etc/hags/hags.conf
        expect_status 0 node_sh 1 'hagsctrl -k >&2; cd /var/ha/log; file=$(ls -t *.bak); file=${file%.bak}
                stat -c "%A %U:%G" "$file" "$file.bak"; wc -l <"$file.bak"; wc -l <"$file"; hagsctrl -s >&2'
        expect_out $'^-rw-r----- hags:adm\n-rw-r----- hags:adm\n10\n6$'
}
t "Lines= is where the log file rotates" rotation

not_registered() {
        node_sh 1 'install -d -o hags /srv/log; printf "[Log]\nDirectory=/srv/log\n" >/etc/hags/hags.conf
                systemctl restart hags@default'
        expect_entries 1 MESSAGE_ID=863706e6b0e24b208882978fc9cccf1b
        expect_out "Read-only file system; .*run 'hagsctrl -a'"
        node_sh 1 'hagsctrl -a; hagsctrl -s; ls /srv/log/hags*'
        expect_entries 1 MESSAGE_ID=863706e6b0e24b208882978fc9cccf1b
        node_sh 1 'rm /etc/hags/hags.conf; hagsctrl -a; hagsctrl -s'
}
t "a log directory that the registration does not have yet is told, with what helps" not_registered

t_done
