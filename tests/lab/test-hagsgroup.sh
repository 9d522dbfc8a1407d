#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# hagsgroup as installed, on a real node: for members of hagsuser, of whom several share a lock; beside a daemon that
# systemd restarts; and with the deactivate script of a holder. What it does otherwise is in tests/hagsgroup.

. "${0%/*}/lab.sh"
lab_up 1
node_sh 1 'useradd --system --groups hagsuser one
        useradd --system --groups hagsuser two
        useradd --system stranger
        install -d -m 1777 /var/open'

started() { # a partition runs, and nothing of another case
        fresh 1
        node_sh 1 'pkill hagsgroup || true
                rm -rf /var/open/*
                hagsctrl -a && hagsctrl -s' >/dev/null
}
as() { # USER CMD...
        node 1 setpriv --reuid="$1" --regid="$1" --init-groups "${@:2}"
}
as_sh() { # USER SCRIPT [ARGS...]: a bash script, which ends at the first command that fails
        as "$1" bash -euo pipefail -c "$2" as_sh "${@:3}"
}

# ---- who may ----

each_subcommand() {
        started
        expect_status 0 as_sh one '
                cd /var/open
                has_members() { for _ in {1..200}; do
                        [ "$(hagsgroup members "$1" 2>/dev/null | wc -l)" != "$2" ] || return 0
                        sleep .05
                done; return 1; }

                hagsgroup lock l -- sh -c "echo \$HAGS_GROUP" | grep -qx lock:l
                hagsgroup elect e -- sh -c "echo \$HAGS_GROUP" | grep -qx elect:e
                for i in 1 2; do hagsgroup barrier b -n 3 & done
                hagsgroup barrier b -n 3
                wait

                hagsgroup join g --instance 1 >joined &
                has_members g 1
                hagsgroup join g --instance 2 >other &
                has_members g 2
                hagsgroup watch g >watched &
                until grep -q "^members 1/0 2/0$" watched; do sleep .05; done
                hagsgroup set g value
                [ "$(hagsgroup get g)" = value ]
                hagsgroup send g hello
                [ "$(hagsgroup members g | paste -sd" ")" = "1/0 2/0" ]
                hagsgroup list | grep -qx g
                hagsgroup expel g 2/0
                has_members g 1
                pkill -x -u one -f "hagsgroup join g --instance 1"
                wait
                tail -n 1 watched | grep -qx dissolved
                grep -qx "message .*/0 hello" joined'
}
no_stranger() {
        started
        expect_status 125 as stranger hagsgroup lock x true
        grep -qE '^hagsgroup: hagsd of partition default lets in only root and the members of group hagsuser;' "$t_dir/err"
        expect_status 2 as stranger ls /run/hags/holders.d
}
t "a member of hagsuser may use each subcommand" each_subcommand
t "a stranger may not, and cannot hold up who may" no_stranger

# Each has made the file first once, and the others use it all the same.
users_share() {
        local first second

        started
        for first in one two root; do
                for second in one two root; do
                        expect_status 0 node_sh 1 '
                                as() { setpriv --reuid="$1" --regid="$1" --init-groups "${@:2}"; }
                                rm -f /run/hags/holders.d/* /var/open/held
                                as "$1" hagsgroup lock x -- sh -c "echo >/var/open/held; exec sleep 60" &
                                until [ -e /var/open/held ]; do sleep .05; done
                                as "$2" hagsgroup lock --timeout 0 x true && exit 1
                                kill -9 $(pgrep -f "^hagsgroup lock x -- sh") # leaves the file
                                wait
                                as "$2" hagsgroup lock x true' "$first" "$second"
                done
        done
}
t "users share a lock, whoever was the first" users_share

# ---- many ----

# What a holder runs, with the kernel as the witness that it is alone; see tests/hagsgroup/test-lock.sh.
contend_in_node='
        cat >/var/open/inside <<"END"
use Fcntl ":flock";
open(my $witness, ">>", "/var/open/witness") && open(my $log, ">>", "/var/open/log") or die;
flock($witness, LOCK_EX | LOCK_NB) or do { open(my $o, ">>", "/var/open/overlaps"); syswrite($o, "$$\n"); exit 99 };
syswrite($log, "$ENV{HAGS_FENCE}\n");
select(undef, undef, undef, 0.002);
END
        umask 0
        contend() { # PROCESSES TIMES
                for ((i = 0; i < $1; i++)); do
                        if ((i % 2)); then user=one; else user=two; fi
                        setpriv --reuid=$user --regid=$user --init-groups bash -c "
                                for ((j = 0; j < $2; j++)); do
                                        hagsgroup lock x -- perl /var/open/inside 2>>/var/open/err ||
                                                echo \$? >>/var/open/statuses
                                done" &
                done
        }
        : >/var/open/log >/var/open/witness >/var/open/err >/var/open/statuses'
expect_exclusion() {
        expect_status 0 node_sh 1 '[ ! -e /var/open/overlaps ] && sort -cun /var/open/log'
}
many_contend() {
        started
        expect_status 0 node_sh 1 "$contend_in_node
                contend 50 3
                wait
                [ ! -s /var/open/statuses ] && [ \$(wc -l </var/open/log) = 150 ]"
        expect_exclusion
        expect_status 0 node 1 find /run/hags/holders.d -type f -user root
        expect_out '^$'
}
t "50 processes of two users contend, and no two are ever inside" many_contend

restarts_under_contention() {
        started
        expect_status 0 node_sh 1 "$contend_in_node
                contend 12 30
                for i in 1 2 3 4; do
                        sleep .5
                        if ((i % 2)); then systemctl restart hags@default; else systemctl kill -s KILL hags@default; fi
                        systemctl reset-failed hags@default || true
                        until hagsgroup list >/dev/null 2>&1; do sleep .05; done
                done
                wait
                [ \$(wc -l </var/open/log) -gt 200 ]"
        expect_exclusion
        # Who was inside is told so, and nothing else goes wrong.
        expect_status 0 node_sh 1 '! grep -vx 125 /var/open/statuses
                ! grep -vE "^hagsgroup: (lost (the lock|hagsd)|hagsd of partition default (is back|does not run))" /var/open/err'
}
t "systemd restarts the daemon under holders and waiters, and no two are inside" restarts_under_contention

# What a process is called that lives, and "gone": for a COMMAND that comes behind it.
look='tr -d "\0" <"/proc/$1/cmdline" >"$2" 2>/dev/null; echo gone >>"$2"'

# It does not end when it is told to, for longer than a restart takes.
stubborn_holder() {
        started
        expect_status 0 node_sh 1 '
                cd /var/open
                look=$1
                as() { setpriv --reuid="$1" --regid="$1" --init-groups "${@:2}"; }
                as one hagsgroup lock --kill-after 2s x -- bash -c "
                        trap \"\" TERM; echo \$\$ >pid; while :; do sleep .1; done" 2>err &
                until [ -s pid ]; do sleep .05; done
                as two hagsgroup lock x -- sh -c "$look" look "$(cat pid)" waiter &
                until [ "$(hagsgroup members lock:x | wc -l)" = 2 ]; do sleep .05; done
                systemctl restart hags@default
                as two hagsgroup lock x -- sh -c "$look" look "$(cat pid)" newcomer
                wait
                [ "$(cat waiter newcomer | paste -sd" ")" = "gone gone" ]
                grep -q "^hagsgroup: lost the lock .x. while the command ran" err' "$look"
}
t "COMMAND that outlives a restart of the daemon ends before the next one begins" stubborn_holder

# ---- the deactivate script of a holder ----

script_ends_holder() {
        started
        expect_status 0 node_sh 1 '
                cd /var/open
                look=$1
                as() { setpriv --reuid="$1" --regid="$1" --init-groups "${@:2}"; }
                printf "%s\n" "#!/bin/sh" "echo \$3 >/var/open/flag" "kill -9 \$1" >script
                chmod 755 script
                as one hagsgroup lock --deactivate-script /var/open/script x -- bash -c "
                        echo \$\$ >pid; while :; do sleep .1; done" &
                holder=$!
                until [ -s pid ]; do sleep .05; done
                as two hagsgroup lock x -- sh -c "$look" look "$(cat pid)" waiter &
                waiter=$!
                until [ "$(hagsgroup members lock:x | wc -l)" = 2 ]; do sleep .05; done
                hagsgroup expel --deactivate-phase 1 --deactivate-flag stuck lock:x "$(hagsgroup members lock:x | head -n 1)"
                status=0; wait "$holder" || status=$?
                wait "$waiter"
                [ "$status" = 137 ] && [ "$(cat flag waiter | paste -sd" ")" = "stuck gone" ]' "$look"
}
t "an expel has the script of a holder end it, and the lock is another's" script_ends_holder

t_done
