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
        expect_status 0 find /run/hags/holders.d -type f ! -name '*.lock:x' # of x somebody was killed
        expect_out '^$'
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
        start waiter hagsgroup lock x -- bash -c "is_dead $(<"$t_dir/pid")"
        waiter=$started
        eventually 10 has_members lock:x 2
        kill -9 "$holder"
        ended_with 0 "$waiter" # COMMAND of the first had ended before
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

        : >"$t_dir/pid"
        start holder hagsgroup lock x -- sh -c "echo \$\$ >$t_dir/pid; exec sleep 100"
        holder=$started
        eventually 10 holds "$t_dir/pid"
        kill -STOP "$holder"
        start waiter hagsgroup lock x -- bash -c "is_dead $(<"$t_dir/pid")"
        waiter=$started
        eventually 10 has_members lock:x 2
        expect_status 124 timeout .5 tail --pid "$waiter" -f /dev/null
        kill "$(<"$t_dir/pid")" # that COMMAND has ended needs nobody's attention
        ended_with 0 "$waiter"
        kill -CONT "$holder"
        ended_with 143 "$holder"
}

# COMMAND with children in sessions of their own, one of which it is not the parent of: their PIDs are in $t_dir/pid,
# its own is the last.
family='setsid sh -c "trap \"\" TERM; echo \$\$ >>$0; while :; do sleep .02; done" &
        (setsid sh -c "trap \"\" TERM; echo \$\$ >>$0; while :; do sleep .02; done" &)
        while [ "$(wc -l <"$0")" -lt 2 ]; do sleep .01; done
        echo $$ >>"$0"
        trap "" TERM
        while :; do sleep .02; done'
has_family() {
        [ "$(wc -l <"$t_dir/pid")" = 3 ]
}
start_family() { # [OPTIONS...]: hold lock x
        : >"$t_dir/pid"
        start holder hagsgroup lock "$@" x -- sh -c "$family" "$t_dir/pid"
        eventually 10 has_family
}
# When this has the lock, how many of the family are there?
count_family() {
        local pid n=0

        while read -r pid; do
                is_dead "$pid" || n=$((n + 1))
        done <"$t_dir/pid"
        return "$n"
}
export -f count_family is_dead
export t_dir
inner() { # of the holder that was started last
        pgrep -P "$started" -x hagsgroup-inner
}
one_is_killed() { # outer|inner
        local holder since

        start_family
        holder=$started
        start waiter hagsgroup lock x -- bash -c count_family
        eventually 10 has_members lock:x 2
        since=${EPOCHREALTIME/./}
        if [ "$1" = outer ]; then kill -9 "$holder"; else started=$holder; kill -9 "$(inner)"; fi
        ended_with 0 "$!"
        [ $((${EPOCHREALTIME/./} - since)) -lt 500000 ]
        ended_with 137 "$holder"
}
kill_both() { # HOLDER: neither has the time to see the other one die
        started=$1
        kill -STOP "$1" "$(inner)"
        kill -9 "$1" "$(inner)"
}
# Nobody is left to kill its children, and one of them runs on: it has what COMMAND had.
both_are_killed() {
        local holder waiter

        : >"$t_dir/pid"
        start holder hagsgroup lock x -- sh -c "sleep 100 & echo \$! >$t_dir/pid; wait"
        holder=$started
        eventually 10 holds "$t_dir/pid"
        start waiter hagsgroup lock x -- bash -c count_family
        waiter=$started
        eventually 10 has_members lock:x 2
        kill_both "$holder"
        eventually 10 grep -qx "hagsgroup: the lock 'x' is held on by what the one before has left running; fuser\
 /run/hags/holders.d/sp_x.lock:x names it" "$t_dir/waiter.err"
        expect_sentence 124 "the lock 'x' did not become free in time" hagsgroup lock --timeout 0 x true
        kill "$(<"$t_dir/pid")"
        ended_with 0 "$waiter"
}
waiter_is_told_to_end() {
        local holder waiter

        : >"$t_dir/pid"
        start holder hagsgroup lock x -- sh -c "sleep 100 & echo \$! >$t_dir/pid; wait"
        holder=$started
        eventually 10 holds "$t_dir/pid"
        kill_both "$holder"
        eventually 10 has_members lock:x 0
        expect_status 124 timeout .3 hagsgroup lock x -- sh -c "echo ran >$t_dir/ran"
        expect_sentence 124 "the lock 'x' did not become free in time" \
                hagsgroup lock --timeout 100ms x -- sh -c "echo ran >$t_dir/ran"
        start waiter hagsgroup lock x -- sh -c "echo ran >$t_dir/ran"
        waiter=$started
        eventually 10 has_members lock:x 1
        expect_status 0 hagsgroup expel lock:x "$(hagsgroup members lock:x)"
        ended_with 125 "$waiter"
        start waiter hagsgroup lock x -- sh -c "echo ran >$t_dir/ran"
        waiter=$started
        eventually 10 has_members lock:x 1
        daemon kill
        eventually 10 grep -q waiting "$t_dir/waiter.err"
        kill "$waiter"
        ended_with 143 "$waiter"
        daemon start
        [ ! -e "$t_dir/ran" ]
        kill "$(<"$t_dir/pid")"
        expect_status 0 hagsgroup lock x true
}
t "a holder is killed: COMMAND ends, then another one has the lock" alone holder_dies
t "COMMAND is killed: 137, and the lock is free" alone command_dies
t "a holder that is stopped holds the lock as long as COMMAND runs" alone holder_is_stopped
t "a holder is killed: all that came of COMMAND is dead before another one has the lock" alone one_is_killed outer
t "so is its inner process" alone one_is_killed inner
t "both are killed: what COMMAND has left running holds the lock" alone both_are_killed
t "who waits for that ends in time, and when told to" alone waiter_is_told_to_end

expelled_is_over() {
        local waiter

        start_family --kill-after 700ms
        start waiter hagsgroup lock x -- bash -c count_family
        waiter=$started
        eventually 10 has_members lock:x 2
        expect_status 0 hagsgroup expel lock:x "$(hagsgroup members lock:x | head -n 1)"
        ended_with 0 "$waiter"
}
t "one that is expelled: another has the lock when all of COMMAND has ended" alone expelled_is_over

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

# One that comes for the first time does not know that there was another daemon.
comes_late() {
        local holder

        start_family --kill-after 700ms
        holder=$started
        daemon kill
        daemon start
        expect_status 0 hagsgroup lock x -- bash -c count_family
        ended_with 125 "$holder"
}

# A daemon that comes back at once, under contention.
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
t "with another daemon nobody has the lock before all of COMMAND has ended" alone comes_late
t "the daemon is killed again and again, and no two are inside" alone daemon_restarts

leaves_children() {
        expect_status 0 hagsgroup lock x -- sh -c "sleep 100 >/dev/null 2>&1 & echo \$!"
        kill "$(<"$t_dir/out")"
        expect_status 0 hagsgroup lock --timeout 0 x true
}
t "what COMMAND leaves running does not hold the lock, and lives" alone leaves_children

# poll(2) wants no more descriptors than the limit allows, and SIGWINCH has it called again.
cannot_wait() {
        local pid status=0

        hagsgroup lock x -- sh -c "echo >\"$t_dir/runs\"; exec sleep 100" &
        pid=$!
        eventually 5 test -e "$t_dir/runs"
        prlimit --pid "$pid" --nofile=0:
        kill -WINCH "$pid"
        wait "$pid" || status=$?
        [ "$status" = 125 ]
        expect_status 0 hagsgroup lock --timeout 5 x true
}
t "a hagsgroup that cannot wait for COMMAND does not say that it ended well" alone cannot_wait
t "nothing is left" alone leaves_nothing

t_done
