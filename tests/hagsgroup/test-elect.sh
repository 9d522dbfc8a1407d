#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# hagsgroup elect: at most one leads at every instant, by the leaders' own records, and somebody does.

. "${0%/*}/group.sh"

# What a leader runs: it notes the time, again and again, in a file of the name of its fence.
cat >"$t_dir/lead" <<'END'
while :; do
        echo "${EPOCHREALTIME/./}" >>"$1/records/$HAGS_FENCE"
        read -rt 0.002 <>"$1/nothing"
done
END
mkfifo "$t_dir/nothing"
lead=(bash "$t_dir/lead" "$t_dir")
forget() {
        rm -rf "$t_dir/records"
        mkdir "$t_dir/records"
}

n_leaders() { find "$t_dir/records" -type f -size +0 | wc -l; }
has_leaders() { # N: so many have led, or more
        [ "$(n_leaders)" -ge "$1" ]
}

# Each record ends before the next one begins, in order of the fences.
expect_one_at_a_time() {
        local file

        for file in "$t_dir"/records/*; do
                [ -s "$file" ] || continue # killed before it had written
                echo "$(basename "$file") $(head -n 1 "$file") $(tail -n 1 "$file")"
        done | sort -n >"$t_dir/reigns"
        awk '$2 <= end { print "fence " $1 " leads from " $2 " to " $3 ", fence " fence " to " end; bad = 1 }
                { fence = $1; end = $3 }
                END { exit bad }' "$t_dir/reigns"
}

candidate() { # NAME [OPTIONS...]: one that is there again when it was killed
        local name=$1
        shift

        while :; do
                hagsgroup elect "$@" x -- "${lead[@]}" 2>>"$t_dir/$name.err" || true
        done &
}

leader() { # PID of COMMAND
        pgrep -f "^bash $t_dir/lead" | head -n 1
}

# From the death of a leader to the first record of the next one: half a second at most, but for what a busy host
# makes of one in ten.
expect_successors() { # of the deaths in $t_dir/deaths
        sort -nk2 "$t_dir/reigns" >"$t_dir/sorted"
        while read -r at; do
                awk -v at="$at" '$2 > at { print $2 - at; exit }' "$t_dir/sorted"
        done <"$t_dir/deaths" | sort -n >"$t_dir/latencies"
        [ "$(wc -l <"$t_dir/latencies")" = "$(wc -l <"$t_dir/deaths")" ]
        awk '{ l[NR] = $1 } END { printf "# a new leader after %.1f ms (median), %.1f ms (most), of %d\n",
                l[int((NR + 1) / 2)] / 1000, l[NR] / 1000, NR
                exit l[int(NR * .9)] > 500000 }' "$t_dir/latencies" >"$t_dir/figures"
}

leaders_die() {
        local i n victim

        forget
        : >"$t_dir/deaths"
        for i in 1 2 3 4 5; do candidate "c$i"; done
        for ((i = 0; i < $(count 20 100); i++)); do
                n=$(n_leaders)
                eventually 20 leader
                victim=$(leader)
                # By turns COMMAND itself, or the hagsgroup that is its parent.
                ((i % 2)) || victim=$(ps -o ppid= "$victim" | tr -d ' ') || continue
                [ "$victim" -gt 1 ] || continue
                echo "${EPOCHREALTIME/./}" >>"$t_dir/deaths"
                kill -9 "$victim" 2>/dev/null || true
                eventually 20 has_leaders $((n + 1))
                sleep .02
        done
        kill_all
        expect_one_at_a_time
        expect_successors
}
t "leaders are killed again and again: one leads at every instant, and then another" alone leaders_die
[ ! -e "$t_dir/figures" ] || cat "$t_dir/figures"

# ---- --again ----

# COMMAND notes who leads, and ends when the other one stands behind it.
takes_turns() { # NAME
        echo "$1 $HAGS_FENCE" >>"$t_dir/log"
        until [ "$(hagsgroup members elect:x | wc -l)" = 2 ]; do sleep .01; done
}
again() {
        forget
        export t_dir
        export -f takes_turns
        start c1 hagsgroup elect --again x -- bash -c 'takes_turns 1'
        start c2 hagsgroup elect --again x -- bash -c 'takes_turns 2'
        eventually 60 sh -c "[ \$(wc -l <$t_dir/log) -ge 10 ]"
        # Who has led goes to the end of the line.
        head -n 10 "$t_dir/log" | awk '$1 == before { exit 1 } { before = $1 }'
        cut -d' ' -f2 "$t_dir/log" | sort -cun
        pkill -x hagsgroup
        wait
        has_members elect:x 0
}
not_again() {
        expect_status 3 hagsgroup elect x -- sh -c 'exit 3'
        expect_status 127 hagsgroup elect --again x no-such
        start c hagsgroup elect --again x -- sleep 100
        eventually 10 pgrep -x sleep
        kill "$(pgrep -x hagsgroup)"
        ended_with 143 "$started"
        start c hagsgroup elect --again x -- sleep 100
        eventually 10 pgrep -x sleep
        pkill -x sleep
        eventually 10 pgrep -x sleep # once more
        kill -INT "$(pgrep -x hagsgroup)" || true # ignored here, as by every job in the background
        kill -HUP "$(pgrep -x hagsgroup)"
        ended_with 129 "$started"
        has_members elect:x 0
}
not_in_time() {
        start c hagsgroup elect x -- sleep 100
        eventually 10 has_members elect:x 1
        expect_sentence 124 "the leadership of 'x' did not become free in time" hagsgroup elect --timeout 0 x true
        expect_status 0 hagsgroup lock --timeout 0 x true # has nothing to do with it
}
t "--again: stands again, behind the others" alone again
t "but not when it was told to end, or COMMAND cannot be run" alone not_again
t "--timeout ends the waiting" alone not_in_time

# ---- the daemon ----

through_restarts() {
        local i n

        forget
        for i in 1 2 3; do
                start "c$i" hagsgroup elect --again x -- "${lead[@]}"
        done
        for ((i = 0; i < $(count 3 20); i++)); do
                n=$(n_leaders)
                eventually 20 leader
                daemon kill
                sleep .2
                daemon start
                eventually 20 has_leaders $((n + 1))
        done
        [ "$(pgrep -xc hagsgroup)" = 3 ]
        kill_all
        expect_one_at_a_time
        grep -hqx "hagsgroup: lost the leadership of 'x' while the command ran: it was told to end" "$t_dir"/c?.err
}
once_only() {
        start c hagsgroup elect x -- sleep 100
        eventually 10 pgrep -x sleep
        daemon kill
        ended_with 125 "$started"
        daemon start
}
t "--again stands again with another daemon, and one leads at every instant" alone through_restarts
t "without it the loss of the daemon is the end" alone once_only

t_done
