#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# hagsgroup lock: no two are ever inside, whoever dies; who waits comes in order; COMMAND ends with the lock.

. "${0%/*}/group.sh"

# What a holder runs: the kernel's own lock says whether somebody else is inside. It is one process, without children
# that would hold that on for it.
cat >"$t_dir/inside" <<'END'
use Fcntl ":flock";
my ($dir, $name, $seconds) = @ARGV;
open(my $witness, ">>", "$dir/witness") && open(my $log, ">>", "$dir/log") or die;
unless (flock($witness, LOCK_EX | LOCK_NB)) {
        open(my $overlaps, ">>", "$dir/overlaps");
        syswrite($overlaps, "$$\n");
        exit 99;
}
syswrite($log, "$ENV{HAGS_FENCE} $name\n");
select(undef, undef, undef, $seconds // 0.002);
END
inside=(perl "$t_dir/inside" "$t_dir")
forget() { rm -f "$t_dir"/{overlaps,log,witness}; }

# Nobody was inside beside another one, and each fence is greater than the one before.
expect_exclusion() {
        [ ! -s "$t_dir/overlaps" ] || { echo "$(wc -l <"$t_dir/overlaps") were inside with another one"; return 1; }
        cut -d' ' -f1 "$t_dir/log" >"$t_dir/fences"
        sort -cun "$t_dir/fences"
}

is_dead() { # PID
        if kill -0 "$1" 2>/dev/null; then return 1; fi
}

holds() { # FILE: COMMAND has begun
        [ -s "$1" ]
}

# ---- COMMAND ----

ends_as_command() {
        expect_status 0 hagsgroup lock x true
        expect_status 1 hagsgroup lock x false
        expect_status 124 hagsgroup lock x -- sh -c 'exit 124'
        expect_status 137 hagsgroup lock x -- sh -c 'kill -9 $$'
        expect_status 143 hagsgroup lock x -- sh -c 'kill $$'
        expect_status 7 hagsgroup lock x -- sh -c 'cat; echo err >&2; exit 7' <<<in
        expect_out '^in$'
        expect_err '^err$'
        # What its parent sees is a signal, too.
        expect_status 15 perl -e 'system(@ARGV); exit($? & 127)' hagsgroup lock x -- sh -c 'kill $$'
}
cannot_run() {
        expect_sentence 127 "cannot run '/no/such': No such file or directory" hagsgroup lock x -- /no/such
        expect_sentence 127 "cannot run 'no-such': No such file" hagsgroup lock x no-such
        expect_sentence 126 "cannot run '/etc/passwd': Permission denied" hagsgroup lock x /etc/passwd
        expect_status 0 hagsgroup lock --timeout 0 x true
}
environment() {
        local one two

        expect_status 0 hagsgroup lock x -- sh -c 'echo $HAGS_GROUP $HAGS_FENCE'
        expect_out '^lock:x [1-9][0-9]*$'
        one=$(hagsgroup lock x -- sh -c 'echo $HAGS_FENCE')
        two=$(hagsgroup lock x -- sh -c 'echo $HAGS_FENCE')
        [ "$two" -gt "$one" ]
        expect_status 0 hagsgroup lock x -- sh -c 'hagsgroup list --json'
        jq -e --arg fence "$(hagsgroup lock x -- sh -c 'echo $HAGS_FENCE; hagsgroup list --json >'"$t_dir/list")" \
                '.groups[] | select(.group == "lock:x") | .fence == $fence' "$t_dir/list"
}
leaves_nothing() {
        expect_status 0 hagsgroup list
        expect_out '^HostMembership$'
        [ "$(pgrep -c hagsgroup)" = 0 ]
}
t "the exit status is that of COMMAND, signals too" alone ends_as_command
t "a COMMAND that cannot be run: 126 or 127, and the lock is free" alone cannot_run
t "COMMAND finds the group and a fencing number that grows" alone environment

# ---- waiting ----

tries_once() {
        local since

        start holder hagsgroup lock x -- sleep 100
        eventually 10 has_members lock:x 1
        since=${EPOCHREALTIME/./}
        expect_sentence 124 "the lock 'x' did not become free in time" hagsgroup lock --timeout 0 x true
        expect_sentence 124 "the lock 'x' did not become free" hagsgroup lock --timeout 100ms x true
        [ $((${EPOCHREALTIME/./} - since)) -ge 100000 ]
        expect_status 124 hagsgroup lock --quiet --timeout 0 x true
        expect_err '^$'
        expect_status 0 hagsgroup lock --timeout 0 y true
        kill "$started"
        ended_with 143 "$started"
        expect_status 0 hagsgroup lock --timeout 0 x true
        has_members lock:x 0
}

in_order() {
        local i pids=()

        forget
        start holder hagsgroup lock x -- cat <(sleep 100)
        pids+=("$started")
        for i in 1 2 3 4 5 6; do
                eventually 10 has_members lock:x "$i"
                start "w$i" hagsgroup lock x -- "${inside[@]}" "$i"
                pids+=("$started")
        done
        eventually 10 has_members lock:x 7
        kill "${pids[3]}" # one that only waits
        ended_with 143 "${pids[3]}"
        kill "${pids[0]}"
        wait "${pids[@]:4}" "${pids[1]}" "${pids[2]}"
        expect_exclusion
        cut -d' ' -f2 "$t_dir/log" | paste -sd' ' >"$t_dir/order"
        [ "$(<"$t_dir/order")" = '1 2 4 5 6' ]
}
t "--timeout ends the waiting, and 0 tries once" alone tries_once
t "who waits comes in the order of coming" alone in_order

contend() { # PROCESSES TIMES
        local i pids=()

        : >"$t_dir/statuses"
        for ((i = 0; i < $1; i++)); do
                for ((j = 0; j < $2; j++)); do
                        hagsgroup lock x -- "${inside[@]}" "$i" || echo $? >>"$t_dir/statuses"
                done &
                pids+=($!)
        done
        wait "${pids[@]}"
}
many_contend() {
        forget
        contend 50 "$(count 2 40)"
        expect_exclusion
        [ ! -s "$t_dir/statuses" ]
        [ "$(wc -l <"$t_dir/log")" = $((50 * $(count 2 40))) ]
}
t "50 processes contend, and no two are ever inside" alone many_contend

# ---- death ----

# Of those who contend some are killed: the whole of hagsgroup, or COMMAND.
some_die() {
        local i pids=() victim

        forget
        (contend 12 "$(count 8 60)") 2>"$t_dir/killed" &
        for ((i = 0; i < $(count 24 200); i++)); do
                sleep .03
                if ((i % 2)); then victim="-f ^perl.$t_dir/inside"; else victim=-x\ hagsgroup; fi
                # shellcheck disable=SC2086
                pgrep $victim | shuf -n 1 | xargs -r kill -9 2>/dev/null || true
        done
        wait
        expect_exclusion
        [ "$(wc -l <"$t_dir/log")" -gt 20 ]
        eventually 10 has_members lock:x 0
}
t "some who contend are killed, and still no two are inside" alone some_die

holder_dies() {
        local holder waiter

        : >"$t_dir/pid"
        start holder hagsgroup lock x -- sh -c "echo \$\$ >$t_dir/pid; exec sleep 100"
        holder=$started
        eventually 10 holds "$t_dir/pid"
        start waiter hagsgroup lock x -- sh -c "kill -0 $(<"$t_dir/pid")"
        waiter=$started
        eventually 10 has_members lock:x 2
        kill -9 "$holder"
        ended_with 1 "$waiter" # COMMAND of the first had ended before
}
command_dies() {
        : >"$t_dir/pid"
        start holder hagsgroup lock x -- sh -c "echo \$\$ >$t_dir/pid; exec sleep 100"
        eventually 10 holds "$t_dir/pid"
        kill -9 "$(<"$t_dir/pid")"
        ended_with 137 "$started"
        has_members lock:x 0
}
holder_is_stopped() {
        local holder waiter

        forget
        start holder hagsgroup lock x -- sleep .3
        holder=$started
        eventually 10 has_members lock:x 1
        kill -STOP "$holder"
        start waiter hagsgroup lock x -- "${inside[@]}"
        waiter=$started
        sleep .8
        [ ! -e "$t_dir/log" ]
        kill -CONT "$holder"
        ended_with 0 "$holder"
        ended_with 0 "$waiter"
}
t "a holder is killed: COMMAND ends, then another one has the lock" alone holder_dies
t "COMMAND is killed: 137, and the lock is free" alone command_dies
t "a holder that is stopped holds the lock" alone holder_is_stopped

expelled() {
        start holder hagsgroup lock x --instance 7 -- sleep 100
        eventually 10 has_members lock:x 1
        expect_status 0 hagsgroup expel lock:x 7/5
        ended_with 125 "$started"
        grep -qx "hagsgroup: lost the lock 'x' while the command ran: it was told to end.*" "$t_dir/holder.err"
        start holder hagsgroup lock x -- sleep 100
        eventually 10 has_members lock:x 1
        start waiter hagsgroup lock x --instance 8 -- sleep 100
        eventually 10 has_members lock:x 2
        expect_status 0 hagsgroup expel lock:x 8/5
        ended_with 125 "$started"
        grep -qx "hagsgroup: this process was expelled from group 'lock:x'" "$t_dir/waiter.err"
        expect_sentence 125 "cannot join group 'lock:x': the instance number is in use on this node" \
                hagsgroup lock --instance "$(hagsgroup members lock:x | cut -d/ -f1)" x true
        kill "$(pgrep -x hagsgroup)"
        eventually 10 has_members lock:x 0
}
t "a holder that is expelled has lost it, and says so" alone expelled

# A script of the holder's own ends it, and the lock is another's only then.
expelled_by_script() {
        printf '#!/bin/sh\n[ "$3" = stuck ] && kill -9 "$1"\n' >"$t_dir/script"
        chmod +x "$t_dir/script"
        [ -S /run/hags/deactivate.socket ] || { echo "needs hags-deactivate: see tests/lab/test-hagsgroup.sh"; exit 77; }
}
t "a deactivate script ends a holder" alone expelled_by_script

# ---- signals ----

signals_pass() {
        local number

        for number in HUP INT QUIT TERM USR1 USR2 ALRM; do
                : >"$t_dir/pid"
                # What a shell runs in the background, ignores SIGINT and SIGQUIT.
                start holder env --default-signal=INT,QUIT hagsgroup lock x -- \
                        bash -c "trap 'exit 5' $number; echo \$\$ >$t_dir/pid; while :; do sleep .01; done"
                eventually 10 holds "$t_dir/pid"
                kill "-$number" "$(pgrep -x hagsgroup)"
                ended_with 5 "$started"
        done
}
ignored_signals() {
        : >"$t_dir/pid"
        start holder bash -c "trap '' HUP
                exec hagsgroup lock x -- sh -c 'kill -HUP \$\$ \$PPID; sleep .1; exit 6'"
        ended_with 6 "$started"
}
terminal() {
        local keys

        : >"$t_dir/pid"
        mkfifo "$t_dir/keys"
        cat >"$t_dir/session" <<END
hagsgroup lock x -- sh -c 'echo \$\$ >$t_dir/pid; exec sleep 100'
echo status \$?
END
        env --default-signal=INT,QUIT script -qec "bash $t_dir/session" /dev/null \
                <"$t_dir/keys" >"$t_dir/screen" 2>&1 &
        exec {keys}>"$t_dir/keys"
        eventually 10 holds "$t_dir/pid"
        printf '\003' >&"$keys"
        ended_with 130 $!
        exec {keys}>&-
        is_dead "$(<"$t_dir/pid")"
        has_members lock:x 0
        # The shell has seen SIGINT in its child, and so has ended as well.
        expect_status 1 grep status "$t_dir/screen"
        rm "$t_dir/keys"
}
t "signals are passed on to COMMAND" alone signals_pass
t "what is ignored, as by nohup, stays ignored" alone ignored_signals
t "Ctrl-C ends all of it" alone terminal

# ---- the daemon ----

daemon_dies() {
        : >"$t_dir/pid"
        start holder hagsgroup lock x -- bash -c "trap 'echo told; exit 0' TERM; echo \$\$ >$t_dir/pid
                while :; do sleep .01; done"
        eventually 10 holds "$t_dir/pid"
        daemon kill
        ended_with 125 "$started"
        grep -qx told "$t_dir/holder.out"
        grep -qx "hagsgroup: lost the lock 'x' .* as somebody else may hold it now" "$t_dir/holder.err"
        daemon start
}

# One that does not want to end, and children in a session of their own.
daemon_dies_under_stubborn() { # KILL_AFTER
        : >"$t_dir/pid"
        start holder hagsgroup lock x --kill-after "$1" -- bash -c "trap '' TERM
                setsid bash -c \"trap '' TERM; echo \\\$\\\$ >>$t_dir/pid; while :; do sleep .05; done\" &
                (setsid bash -c \"trap '' TERM; echo \\\$\\\$ >>$t_dir/pid; while :; do sleep .05; done\" &)
                while [ \$(wc -l <$t_dir/pid) -lt 2 ]; do sleep .01; done; echo \$\$ >>$t_dir/pid
                while :; do sleep .05; done"
        # shellcheck disable=SC2016
        eventually 10 sh -c '[ "$(wc -l <"$1")" = 3 ]' sh "$t_dir/pid"
        daemon kill
        ended_with 125 "$started"
        while read -r pid; do
                is_dead "$pid"
        done <"$t_dir/pid"
        daemon start
}

spares_others() {
        local other

        : >"$t_dir/pid"
        start holder bash -c "sleep 100 & echo \$! >$t_dir/other; exec hagsgroup lock x -- sh -c 'echo \$\$ >$t_dir/pid; sleep 100'"
        eventually 10 holds "$t_dir/pid"
        daemon kill
        ended_with 125 "$started"
        other=$(<"$t_dir/other")
        kill "$other"
        daemon start
}

goes_on() {
        : >"$t_dir/pid"
        start holder hagsgroup lock x --on-loss=continue -- sh -c "echo \$\$ >$t_dir/pid; sleep .7; exit 9"
        eventually 10 holds "$t_dir/pid"
        daemon kill
        ended_with 9 "$started"
        grep -qx "hagsgroup: lost the lock 'x'; the command goes on all the same" "$t_dir/holder.err"
        daemon start
}

waits_for_daemon() {
        local fence holder waiter

        forget
        fence=$(hagsgroup lock x -- sh -c 'echo $HAGS_FENCE')
        start holder hagsgroup lock x -- sleep 100
        holder=$started
        eventually 10 has_members lock:x 1
        start waiter hagsgroup lock x -- "${inside[@]}"
        waiter=$started
        eventually 10 has_members lock:x 2
        daemon kill
        ended_with 125 "$holder"
        eventually 10 grep -qx 'hagsgroup: lost hagsd of partition sp_x; waiting for it to come back' "$t_dir/waiter.err"
        expect_status 124 timeout 1 tail --pid "$waiter" -f /dev/null
        daemon start
        ended_with 0 "$waiter"
        [ "$(cut -d' ' -f1 "$t_dir/log")" -gt "$fence" ]
        grep -qx 'hagsgroup: hagsd of partition sp_x is back' "$t_dir/waiter.err"
}

gives_up_waiting() {
        start holder hagsgroup lock x --quiet -- sleep 100
        eventually 10 has_members lock:x 1
        start waiter hagsgroup lock x --quiet --timeout 1 true
        eventually 10 has_members lock:x 2
        daemon kill
        ended_with 124 "$started"
        [ ! -s "$t_dir/waiter.err" ]
        daemon start
}

# A daemon that comes back at once, under contention: those inside are gone before, as they do not trap SIGTERM.
daemon_restarts() {
        local i

        forget
        (contend 8 "$(count 20 100)") 2>/dev/null &
        for ((i = 0; i < $(count 4 30); i++)); do
                sleep .4
                daemon kill
                sleep .2
                daemon start
        done
        wait
        expect_exclusion
}
t "the daemon dies: COMMAND is told" alone daemon_dies
t "COMMAND and its children are killed if they do not end" alone daemon_dies_under_stubborn 300ms
t "--kill-after 0 kills at once" alone daemon_dies_under_stubborn 0
t "children that are none of COMMAND's are left alone" alone spares_others
t "--on-loss=continue leaves COMMAND alone" alone goes_on
t "who waits goes on with another daemon, where fences go on to grow" alone waits_for_daemon
t "--timeout ends the waiting for a daemon, too" alone gives_up_waiting
t "the daemon is killed again and again, and no two are inside" alone daemon_restarts

leaves_children() {
        expect_status 0 hagsgroup lock x -- sh -c "sleep 100 >/dev/null 2>&1 & echo \$!"
        kill "$(<"$t_dir/out")"
        expect_status 0 hagsgroup lock --timeout 0 x true
}
t "what COMMAND leaves running does not hold the lock, and lives" alone leaves_children
t "nothing is left" alone leaves_nothing

t_done
