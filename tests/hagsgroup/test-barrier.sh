#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# hagsgroup barrier: N return when N are there, all or none; who dies or is late is named to all the others.

. "${0%/*}/group.sh"

group=barrier:b

begin() { # N [FIRST OPTION...]: N processes at the barrier; of each $t_dir/I.status, .err and .end
        local i n=$1 first=${2:-1}
        shift $(($# > 1 ? 2 : 1))

        for ((i = first; i < first + n; i++)); do
                rm -f "$t_dir/$i".{status,end}
                {
                        status=0
                        hagsgroup barrier b "$@" 2>"$t_dir/$i.err" || status=$?
                        echo "${EPOCHREALTIME/./}" >"$t_dir/$i.end"
                        echo "$status" >"$t_dir/$i.status"
                } &
        done
}
expect_all() { # N STATUS: so many have ended with that
        cat "$t_dir"/*.status | sort | uniq -c | awk '{ print $1, $2 }' >"$t_dir/statuses"
        [ "$(<"$t_dir/statuses")" = "$1 $2" ] || { cat "$t_dir/statuses" "$t_dir"/*.err; return 1; }
        rm "$t_dir"/*.status
}
is_gone() { has_members "$1" 0; }

together=100

all_at_once() {
        local last

        begin $((together - 1)) 1 -n "$together"
        eventually 60 has_members "$group" $((together - 1))
        [ -z "$(find "$t_dir" -name '*.status')" ]
        last=${EPOCHREALTIME/./}
        begin 1 "$together" -n "$together"
        wait
        expect_all "$together" 0
        # None ended before the last one came.
        cat "$t_dir"/*.end | sort -n | awk -v last="$last" 'NR == 1 { exit $1 < last }'
        is_gone "$group"
}
t "$together wait for the last one, and return at once" alone all_at_once

# Each of N processes goes through it again and again, and notes the round that it has passed: as nobody can pass a
# round before all have passed the one before, all that is noted is in order.
again() { # N ROUNDS
        local i j

        rm -f "$t_dir/rounds"
        for ((i = 0; i < $1; i++)); do
                for ((j = 1; j <= $2; j++)); do
                        hagsgroup barrier b -n "$1" || { echo "round $j"; exit 1; }
                        echo "$j" >>"$t_dir/rounds"
                done &
        done
        wait
        sort -cn "$t_dir/rounds"
        [ "$(wc -l <"$t_dir/rounds")" = $(($1 * $2)) ]
        is_gone "$group"
}
t "used again and again, by who comes early for the next round too" alone again 8 "$(count 20 300)"

# Two rounds at once: more have come than take part.
more_come() {
        begin 9 1 -n 3
        wait
        expect_all 9 0
        begin 8 1 -n 3 --timeout 3
        wait
        cat "$t_dir"/*.status | sort -n | uniq -c | awk '{ print $1, $2 }' | diff - <(printf '6 0\n2 1\n')
        rm "$t_dir"/*.status
}
t "more than N are more than one round" alone more_come

# ---- one is missing ----

names_the_dead() { # SIGNAL
        local victim

        begin 4 1 -n 5
        eventually 10 has_members "$group" 4
        start victim hagsgroup barrier b -n 6
        ended_with 125 "$started"
        grep -qx "hagsgroup: others wait at barrier 'b' with another -n than 6" "$t_dir/victim.err"
        victim=$(pgrep -x hagsgroup | tail -n 1)
        kill "-$1" "$victim"
        wait
        rm -f "$t_dir/"{5.status,5.err}
        expect_all_but "$victim" died 4
}
# Three were told who; of the fourth its shell has the signal.
expect_all_but() { # PID HOW N_THERE
        [ "$(cat "$t_dir"/*.status | grep -cx 1)" = 3 ]
        [ "$(cat "$t_dir"/*.err | grep -cx "hagsgroup: barrier 'b' is broken: $1/5 $2, with $3 of 5 there")" = 3 ]
        rm "$t_dir"/*.status
        is_gone "$group"
}
names_the_tardy() {
        begin 3 1 -n 5
        eventually 10 has_members "$group" 3
        begin 1 4 -n 5 --timeout 200ms --instance 77
        wait
        expect_all 4 1
        grep -qx "hagsgroup: barrier 'b' is broken: this process ran out of time, with 4 of 5 there" "$t_dir/4.err"
        [ "$(cat "$t_dir"/[123].err | grep -cx "hagsgroup: barrier 'b' is broken: 77/5 ran out of time, with 4 of 5 there")" = 3 ]
        is_gone "$group"
}
tries_once() {
        expect_sentence 1 "barrier 'b' is broken: this process ran out of time, with 1 of 2 there" \
                hagsgroup barrier b -n 2 --timeout 0
        begin 1 1 -n 2
        eventually 10 has_members "$group" 1
        expect_status 0 hagsgroup barrier b -n 2 --timeout 0
        wait
        expect_all 1 0
        expect_status 0 hagsgroup barrier b -n 1 --timeout 0
}
# It had come, so it is there; but the one who came first has its part to do.
stopped_one() {
        local victim

        begin 2 1 -n 3
        eventually 10 has_members "$group" 2
        victim=$(junior)
        kill -STOP "$victim"
        expect_status 0 hagsgroup barrier b -n 3
        eventually 10 is_gone "$group"
        kill -CONT "$victim"
        wait
        expect_all 2 0
}
stopped_senior() {
        local victim

        begin 1 1 -n 3 --instance 77
        eventually 10 has_members "$group" 1
        victim=$(pgrep -x hagsgroup)
        begin 1 2 -n 3
        eventually 10 has_members "$group" 2
        kill -STOP "$victim"
        expect_sentence 1 "barrier 'b' is broken: 77/5 did not respond, with 3 of 3 there" hagsgroup barrier b -n 3
        kill -CONT "$victim"
        wait
        expect_all 2 1
        grep -qx "hagsgroup: barrier 'b' is broken: this process did not respond, with 3 of 3 there" "$t_dir/1.err"
}
# Of a round that is broken nobody stays, also who is stopped and has not heard of it.
stopped_in_broken_round() {
        local stopped

        begin 2 1 -n 4
        eventually 10 has_members "$group" 2
        stopped=$(junior)
        kill -STOP "$stopped"
        begin 1 3 -n 4 --timeout 100ms
        eventually 10 is_gone "$group"
        begin 4 4 -n 4
        eventually 10 test -e "$t_dir/7.status"
        kill -CONT "$stopped"
        wait
        cat "$t_dir"/[123].status "$t_dir"/[4567].status | paste -sd' ' | grep -qx '1 1 1 0 0 0 0'
        rm "$t_dir"/*.status
}
junior() { # the PID of the one who joined last: its instance number
        hagsgroup members "$group" | tail -n 1 | cut -d/ -f1
}
t "one that is killed is named to the others" alone names_the_dead KILL
t "one that is interrupted too" alone names_the_dead TERM
t "one whose time is over too" alone names_the_tardy
t "--timeout 0 tries once" alone tries_once
t "one that is stopped is there" alone stopped_one
t "the senior one that is stopped is named to the others" alone stopped_senior
t "one that is stopped does not stay in a round that is broken" alone stopped_in_broken_round

# As the issue is: many, often, and one killed in each tenth round.
rounds() { # ROUNDS KILL_EACH
        local how i victim

        for ((i = 1; i <= $1; i++)); do
                if ((i % $2)); then
                        begin "$together" 1 -n "$together"
                        wait
                        expect_all "$together" 0
                        continue
                fi
                begin $((together - 1)) 1 -n "$together"
                eventually 60 has_members "$group" $((together - 1))
                victim=$(pgrep -x hagsgroup | shuf -n 1)
                kill -9 "$victim"
                wait
                cat "$t_dir"/*.status | sort -n | uniq -c | awk '{ print $1, $2 }' |
                        diff - <(printf '%d 1\n1 137\n' $((together - 2)))
                how="$((victim % 32768))/5 died, with $((together - 1)) of $together there"
                [ "$(cat "$t_dir"/*.err | grep -c "is broken: $how")" = $((together - 2)) ]
                rm "$t_dir"/*.status "$t_dir"/*.err
                eventually 10 is_gone "$group"
        done
}
t "$together processes, $(count 4 100) times, and one killed in each $(count 2nd 10th)" \
        alone rounds "$(count 4 100)" "$(count 2 10)"

# Some die at any moment, most also while it ends: still it is all or none of those who live.
some_die() {
        local i

        rm -f "$t_dir"/*.status
        for ((i = 0; i < $(count 15 200); i++)); do
                begin 6 1 -n 6
                sleep ".0$((RANDOM % 4))$((RANDOM % 10))"
                pgrep -x hagsgroup | shuf -n 1 | xargs -r kill -9 2>/dev/null || true
                # Who came too late for those is alone now.
                eventually 20 no_more_than_waiting 6
                pkill -9 -x hagsgroup || true
                wait
                all_or_none
        done
}
no_more_than_waiting() { # N: all have ended, or wait in the group
        local n

        n=$(pgrep -xc hagsgroup)
        [ "$n" = "$(members "$group")" ] && [ $((n + $(find "$t_dir" -name '*.status' | wc -l))) = "$1" ]
}
all_or_none() {
        local ok broken

        ok=$(cat "$t_dir"/*.status | grep -cx 0) || true
        broken=$(cat "$t_dir"/*.status | grep -cx 1) || true
        rm "$t_dir"/*.status
        # Five or six have passed, one of them dying after that; or nobody.
        if [ "$ok" != 0 ]; then [ "$ok" -ge 5 ] && [ "$broken" = 0 ]; fi
}
t "some die at any moment: it is all or none of those who live" alone some_die

daemon_dies() {
        begin 3 1 -n 4
        eventually 10 has_members "$group" 3
        daemon kill
        wait
        expect_all 3 125
        [ "$(cat "$t_dir"/*.err | grep -cx "hagsgroup: lost hagsd of partition sp_x: it was stopped, or failed; .*")" = 3 ]
        daemon start
}
t "the daemon dies: that is a failure" alone daemon_dies

t_done
