#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Deactivate scripts on real systemd: what a script is and has, how it ends, and that a hagsd that somebody took over
# cannot make the helper do more. tests/lab/deactivator.c plays hagsd and its clients.

. "${0%/*}/lab.sh"
lab_up 1

deactivator=$lab_tools/lab/deactivator

# A partition, without which there is no socket; users; and places for scripts.
prepare() {
        node_sh 1 '
                hagsctrl -a --quiet
                hagsctrl -s --quiet
                useradd --no-create-home --user-group alice
                groupadd team
                usermod --append --groups team alice
                useradd --no-create-home --user-group bob
                install -d -o alice -g alice /home/alice
                install -d /opt/scripts
                install -d -m 1777 /var/open'
        expect_unit_state 1 hags-deactivate.socket active
}
t "a partition brings the socket" prepare

the_socket_is_hagsds_alone() {
        expect_status 0 node 1 stat -c '%F %U %a' /run/hags/deactivate.socket
        expect_out '^socket hags 600$'
}
t "the socket is of user hags alone" the_socket_is_hagsds_alone

script() { # PATH LINE...: an executable with these lines
        node_sh 1 'printf "%s\n" "#!/bin/bash" "${@:2}" >"$1"; chmod 755 "$1"' "$@"
}

# As user hags, for a client of some user: prints how the script ended. The client goes when hagsd has its answer.
client=client
deactivate() { # USER HOW LIMIT FLAG SCRIPT
        node_sh 1 '
                setpriv --reuid="$3" --regid="$3" --init-groups "$1" "$2" /var/open/gsapi &
                setpriv --reuid=hags --regid=hags --init-groups "$1" daemon /var/open/gsapi "${@:4}"' \
                "$deactivator" "$client" "$@"
}

ends() { # END USER HOW LIMIT FLAG SCRIPT
        expect_status 0 deactivate "${@:2}"
        expect_out "^$1\$"
}

# Nothing is left of a run: no instance of the service, loaded or failed, so no process of it either.
nothing_is_left() {
        [ -z "$(node 1 systemctl list-units --all --plain --no-legend 'hags-deactivate@*')" ]
}

# ---- the script's end ----

exit_statuses() {
        script /opt/scripts/status 'exit $3'
        ends 'exited 0' alice request 60 0 /opt/scripts/status
        ends 'exited 3' alice request 60 3 /opt/scripts/status
        ends 'exited 255' alice request 60 255 /opt/scripts/status
        eventually 5 nothing_is_left
}
t "the exit status of the script comes back" exit_statuses

signals() {
        script /opt/scripts/signal 'kill -$3 $$'
        ends 'killed by SIGTERM' alice request 60 TERM /opt/scripts/signal
        ends 'killed by SIGKILL' alice request 60 KILL /opt/scripts/signal
        eventually 5 nothing_is_left
}
t "so does the signal that killed it" signals

ends_by_limit() {
        script /opt/scripts/long 'trap "" TERM HUP INT' 'echo $$ >/var/open/pid' 'exec sleep 1000'
        ends 'by limit' alice request 1 '' /opt/scripts/long
        eventually 5 nothing_is_left
        expect_status 1 node_sh 1 'kill -0 "$(cat /var/open/pid)"'
}
t "a script is killed at its limit, whatever it ignores" ends_by_limit

# Away from session, process group and parent, and more of them all the time.
leaves_others_behind() {
        script /opt/scripts/multiply 'multiply() { while :; do setsid "$0" more & sleep .2; done; }' \
                'trap "" TERM HUP' '[ "$1" = more ] || { multiply & exit 4; }' 'multiply'
        script /opt/scripts/named-sleep 'setsid sleep 4711 & disown' 'sleep .2; exit 4'
        ends 'exited 4' alice request 60 '' /opt/scripts/multiply
        ends 'exited 4' alice request 60 '' /opt/scripts/named-sleep
        eventually 10 nothing_is_left
        expect_status 1 node 1 pgrep -u alice
}
t "what a script leaves behind is killed" leaves_others_behind

# TasksMax= is what limits it, but not in the lab, where it took all processes that the host can have.
a_bomb() {
        script /opt/scripts/bomb 'ulimit -u 256' 'bomb() { bomb | bomb & }; bomb; sleep 1000'
        ends 'by limit' alice request 2 '' /opt/scripts/bomb
        eventually 20 nothing_is_left
        expect_status 1 node 1 pgrep -u alice
}
t "so is one that multiplies without end, and its limit holds" a_bomb

# ---- what it is and has ----

arguments() {
        script /opt/scripts/arguments '(echo $#; cat /proc/$1/comm; shift; printf "<%s>" "$@") >/var/open/arguments'
        ends 'exited 0' alice request 60 'a flag; with $(words)' /opt/scripts/arguments
        expect_status 0 node 1 cat /var/open/arguments
        expect_out $'^6\ndeactivator\n<60><a flag; with \$\(words\)><the group><7><3>$'
}
t "the process of the client, limit, flag, group, instance and node are its arguments" arguments

credentials() { # USER
        local uid gid

        script /opt/scripts/status-of-itself 'cp /proc/self/status /var/open/status' 'id -Gn >/var/open/groups'
        ends 'exited 0' "$1" request 60 '' /opt/scripts/status-of-itself
        expect_status 0 node_sh 1 'cat /var/open/groups; id -Gn "$1"; rm -f /var/open/groups' "$1"
        [ "$(sed -n 1p "$t_dir/out")" = "$(sed -n 2p "$t_dir/out")" ] || t_fail "other groups than the client's"
        expect_status 0 node_sh 1 'id -u "$1"; id -g "$1"; cat /var/open/status; rm -f /var/open/status' "$1"
        uid=$(sed -n 1p "$t_dir/out") gid=$(sed -n 2p "$t_dir/out")
        expect_out "Uid:.$uid.$uid.$uid.$uid.Gid:.$gid.$gid.$gid.$gid"
        expect_out 'CapInh:.0+.CapPrm:.0+.CapEff:.0+.CapBnd:.00000000000000c0.CapAmb:.0+.NoNewPrivs:.1.Seccomp:.2'
}
t "it has exactly the client's uid, gid and groups, and no capability" credentials alice
t "that is so for a client without groups" credentials bob
t "and for root" credentials root

no_capability_to_gain() {
        node_sh 1 'install -m 4755 "$1" /var/open/setuid-probe' "$lab_tools/lab/probe"
        expect_status 0 node 1 setpriv --reuid=alice --regid=alice --clear-groups /var/open/setuid-probe root
        script /opt/scripts/gain '/var/open/setuid-probe root' '[ $? = 1 ] || exit 9' \
                'setpriv --reuid 0 true 2>/dev/null && exit 9' 'chroot / true 2>/dev/null && exit 9' 'exit 0'
        ends 'exited 0' alice request 60 '' /opt/scripts/gain
        script /opt/scripts/gain 'setpriv --reuid alice true 2>/dev/null && exit 9' \
                'chroot / true 2>/dev/null && exit 9' 'exit 0'
        ends 'exited 0' root request 60 '' /opt/scripts/gain
}
t "it gains no privileges, also as root" no_capability_to_gain

world() {
        script /opt/scripts/world 'exec 9>/var/open/world' 'pwd >&9' 'readlink /proc/$$/fd/{0,1,2,3} >&9' \
                'for ((i = 0; i < 100; i++)); do [ ! -e /proc/$$/fd/$i ] || echo $i >&9; done' \
                'cut -d" " -f1,5,6 /proc/$$/stat | tr " " "\n" | uniq | wc -l >&9' \
                'env -i bash -c "tr \"\\\\0\" \"\\n\" </proc/$$/environ" >&9'
        ends 'exited 0' alice request 60 '' /opt/scripts/world
        expect_status 0 node 1 cat /var/open/world
        expect_out $'^/\n/dev/null\n/dev/null\n/dev/null\n/opt/scripts/world\n0\n1\n2\n3\n9\n1\nPATH=[a-z/:]+$'
}
t "it works in /, reads and writes /dev/null, leads its session and has no other descriptor" world

kills_its_client() {
        script /opt/scripts/kill 'kill -0 $1 && [ -d /proc/$1 ] && ps -p $1 >/dev/null || exit 9' \
                'kill -KILL $1 || exit 8' \
                'for _ in {1..50}; do grep -q "^State:.[^Z]" /proc/$1/status || exit 0; sleep .1; done' 'exit 7'
        ends 'exited 0' alice request 60 '' /opt/scripts/kill
        ends 'exited 0' root request 60 '' /opt/scripts/kill
}
t "it sees the process that it is for, and can kill it" kills_its_client

other_processes() {
        node 1 setpriv --reuid=bob --regid=bob --clear-groups sleep 1000 &
        eventually 5 node 1 pgrep -u bob sleep
        script /opt/scripts/others 'pkill -u bob sleep; pkill -u root systemd' 'kill -KILL 1 && exit 9' 'exit 0'
        ends 'exited 0' alice request 60 '' /opt/scripts/others
        expect_status 0 node 1 pkill -u bob sleep
}
t "but no process of other users" other_processes

places() {
        script /opt/scripts/places 'touch ~alice/log && touch /tmp/from-script && touch /var/open/places'
        script /home/alice/script 'exec /opt/scripts/places'
        ends 'exited 0' alice request 60 '' /home/alice/script
        expect_status 0 node 1 stat -c %U /home/alice/log /tmp/from-script /var/open/places
        expect_out $'^alice\nalice\nalice$'
}
t "it may be in a home directory, and writes where its user may" places

root_changes_no_system() {
        script /opt/scripts/system 'touch /usr/x /etc/x /boot/x; ls /usr/x /etc/x /boot/x && exit 9; exit 0'
        ends 'exited 0' root request 60 '' /opt/scripts/system
        script /opt/scripts/network 'exec 2>/var/open/error; exec 3<>/dev/tcp/127.0.0.1/1'
        ends 'exited 1' root request 60 '' /opt/scripts/network
        expect_status 0 node 1 cat /var/open/error
        expect_out 'Address family not supported'
}
t "one of root writes nothing to the system, and none has a network" root_changes_no_system

# The drop-in of the manual page.
network() {
        node_sh 1 '
                mkdir /etc/systemd/system/hags-deactivate@.service.d
                man=/src/man/hags-deactivate.8
                sed -n "/^\[Service\]/,/^\.Ed/{/^\.Ed/!p}" $man >/etc/systemd/system/hags-deactivate@.service.d/network.conf
                systemctl daemon-reload'
        ends 'exited 1' root request 60 '' /opt/scripts/network
        expect_status 0 node 1 cat /var/open/error
        expect_out 'Connection refused'
        node_sh 1 'rm -r /etc/systemd/system/hags-deactivate@.service.d; systemctl daemon-reload'
}
t "a drop-in gives them one" network

# ---- what is not run ----

not_run() {
        ends 'not started: ENOENT' alice request 60 '' /opt/scripts/missing
        ends 'not started: EINVAL' alice request 60 '' opt/scripts/status
        ends 'not started: EACCES' alice request 60 '' /opt/scripts
        node 1 install -m 644 /dev/null /opt/scripts/not-executable
        ends 'not started: EACCES' alice request 60 '' /opt/scripts/not-executable
        node 1 install -d -m 700 /opt/secret
        script /opt/secret/script 'exit 0'
        ends 'not started: EACCES' alice request 60 '' /opt/secret/script
        ends 'exited 0' root request 60 '' /opt/secret/script
}
t "missing, relative, not executable or out of the client's reach: not started" not_run

only_roots_own() {
        local place

        for place in /var/open/script /home/alice/script; do
                script "$place" 'touch /var/open/was-here'
                ends 'not started: EPERM' root request 60 '' "$place"
        done
        script /opt/scripts/writable 'touch /var/open/was-here'
        node 1 chmod 775 /opt/scripts/writable
        ends 'not started: EPERM' root request 60 '' /opt/scripts/writable
        node_sh 1 'chmod 755 /opt/scripts/writable; chown alice /opt/scripts/writable'
        ends 'not started: EPERM' root request 60 '' /opt/scripts/writable
        node 1 ln -s /opt/scripts/status /opt/scripts/link
        ends 'not started: EPERM' root request 60 '' /opt/scripts/link
        expect_status 1 node 1 test -e /var/open/was-here

        ends 'exited 0' alice request 60 '' /opt/scripts/writable
        node 1 rm /var/open/was-here
        expect_status 0 journal 1 -t hags-deactivate
        expect_out "the script '/opt/scripts/link' is not run as root: 'link' in its path is a symbolic link"
}
t "root runs what is root's alone, and the journal says why" only_roots_own

# ---- a hagsd that somebody took over ----

refuses() { # ERRNO HOW...: none of these runs the script, and the client is root
        script /opt/scripts/touch 'touch /var/open/was-here'
        ends 'exited 0' root request 60 '' /opt/scripts/touch
        node 1 rm /var/open/was-here
        for how in "${@:2}"; do
                ends "not started: $1" root "$how" 60 '' /opt/scripts/touch
        done
        expect_status 1 node 1 test -e /var/open/was-here
        eventually 5 nothing_is_left
}
t "one descriptor is wanted, not none and not more" refuses EBADMSG no-descriptor two-descriptors eight-descriptors
t "malformed requests are refused" refuses EBADMSG garbage oversize cut long-path answer
t "the descriptor must be a socket, and a connection" refuses ENOTSOCK file listener unconnected stream
t "its own socketpair() is no client" refuses ENOTSOCK own-pair
t "the end of a connection to root is no client of root" refuses ENOTSOCK connecting-end named-connecting-end
t "hagsd is not its own client" refuses EPERM own-client

named_clients() {
        client=named-client
        ends 'not started: ENOTSOCK' alice request 60 '' /opt/scripts/status
}
t "a client whose socket has a name cannot be told from those" named_clients

silence() {
        ends 'not started: ETIMEDOUT' alice silence 60 '' /opt/scripts/status
}
t "who connects and is silent is not waited for" silence

other_users() {
        expect_status 1 node_sh 1 '
                setpriv --reuid=alice --regid=alice --init-groups "$1" client /var/open/gsapi &
                setpriv --reuid=bob --regid=bob --init-groups "$1" daemon /var/open/gsapi request 9 "" /bin/true' \
                "$deactivator"
        expect_out '^connect: EACCES$'

        # User hags opens its socket for everybody: the helper still asks who it is.
        node 1 setpriv --reuid=hags --regid=hags --clear-groups chmod 666 /run/hags/deactivate.socket
        expect_status 0 node_sh 1 '
                setpriv --reuid=alice --regid=alice --init-groups "$1" client /var/open/gsapi &
                setpriv --reuid=bob --regid=bob --init-groups "$1" daemon /var/open/gsapi request 9 "" /bin/true' \
                "$deactivator"
        expect_out '^closed$'
        node 1 chmod 600 /run/hags/deactivate.socket
        expect_status 0 journal 1 -t hags-deactivate
        expect_out 'process [0-9]+ of user [0-9]+ may not ask for scripts'
}
t "other users cannot ask" other_users

# The script's number of runs at the same time is seen by the scripts themselves.
a_hundred_at_once() {
        script /opt/scripts/slow 'sleep 4'
        expect_status 0 node_sh 1 '
                setpriv --reuid=alice --regid=alice --init-groups "$1" client /var/open/gsapi &
                setpriv --reuid=hags --regid=hags --init-groups "$1" many 100 /var/open/gsapi /opt/scripts/slow' \
                "$deactivator"
        cp "$t_dir/out" "$t_dir/ends"
        [ "$(grep -cx 'exited 0' "$t_dir/ends")" -ge 64 ] || t_fail "less than MaxConnections= have run"
        [ "$(grep -cvxE 'exited 0|closed' "$t_dir/ends")" = 0 ] || t_fail "some ended in another way"
        [ "$(grep -cx closed "$t_dir/ends")" -ge 1 ] || t_fail "more than MaxConnections= at once"
        eventually 20 nothing_is_left
        expect_unit_state 1 hags-deactivate.socket active
        ends 'exited 0' alice request 60 0 /opt/scripts/status
}
t "100 connections at once: 64 scripts, the others are turned away, and it goes on" a_hundred_at_once

# ---- hagsd's own code, in the sandbox of the unit ----

# The unit as it is installed, but for the program that it runs.
module_ends() { # END LIMIT FLAG SCRIPT
        node_sh 1 '
                mkdir -p /etc/systemd/system/hags@probe.service.d
                cd /etc/systemd/system/hags@probe.service.d
                printf "[Service]\nEnvironment=HAGS_NODE=0 HAGS_PORT=10099\n" >10-subsystem.conf
                printf "%s\n" "[Service]" Type=oneshot Restart=no WatchdogSec=0 \
                        StandardOutput=truncate:/root/module.out StandardError=journal ExecStart= \
                        "ExecStart=$1 daemon /run/hags/probe/gsapi module $2 \"$3\" $4" >90-module.conf
                systemctl daemon-reload
                setpriv --reuid=alice --regid=alice --init-groups "$1" client /run/hags/probe/gsapi &
                systemctl start hags@probe' "$deactivator" "${@:2}"
        expect_status 0 node 1 cat /root/module.out
        expect_out "^$1\$"
}
from_the_sandbox() {
        module_ends 'status 0' 60 0 /opt/scripts/status
        module_ends 'status 3' 60 3 /opt/scripts/status
        module_ends 'status 143' 60 TERM /opt/scripts/signal
        module_ends 'by limit' 1 x /opt/scripts/long
        module_ends 'not started: ENOENT' 60 x /opt/scripts/missing
}
t "the daemon's code reaches the helper from its sandbox" from_the_sandbox

without_a_helper() {
        node 1 systemctl stop hags-deactivate.socket
        expect_status 1 node 1 test -e /run/hags/deactivate.socket
        module_ends 'status 3' 60 3 /opt/scripts/status        # the unit wants it, and so starts it
        node_sh 1 'mv /usr/libexec/hags/hags-deactivate /root/'
        module_ends 'not started: E(CONNRESET|PIPE)' 60 3 /opt/scripts/status
        node_sh 1 'mv /root/hags-deactivate /usr/libexec/hags/'
        module_ends 'status 3' 60 3 /opt/scripts/status
}
t "without a helper a script is unsuccessful, and later ones are not" without_a_helper

# ---- the end ----

stops_with_the_target() {
        node_sh 1 '
                rm -r /etc/systemd/system/hags@probe.service.d
                systemctl daemon-reload
                setpriv --reuid=alice --regid=alice --init-groups "$1" client /var/open/gsapi >/dev/null &
                setpriv --reuid=hags --regid=hags --init-groups "$1" daemon /var/open/gsapi request 600 "" \
                        /opt/scripts/long >/dev/null &' "$deactivator"
        eventually 10 node 1 pgrep -u alice sleep
        expect_status 0 node 1 systemctl stop hags.target
        eventually 5 nothing_is_left
        expect_status 1 node 1 pgrep -u alice sleep
        expect_unit_state 1 hags-deactivate.socket inactive
        expect_status 1 node 1 test -e /run/hags/deactivate.socket
}
t "systemctl stop hags.target ends scripts, too, and the socket" stops_with_the_target

follows_the_partitions() {
        expect_status 0 node 1 hagsctrl -s
        expect_unit_state 1 hags-deactivate.socket active
        expect_status 0 node 1 hagsctrl -k
        eventually 5 node 1 test ! -e /run/hags/deactivate.socket
        expect_status 0 node 1 systemctl start hags.target
        expect_unit_state 1 hags-deactivate.socket active
        expect_status 0 node 1 hagsctrl -u
        eventually 5 node 1 test ! -e /run/hags/deactivate.socket
        expect_status 0 node 1 systemctl --failed --no-legend
        expect_out '^$'
}
t "the socket comes with the first partition and goes with the last" follows_the_partitions

t_done
