#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The sample programs, as a user has them: built from what is installed, with the flags of pkg-config, and run on a
# node with the real daemon. What hags-samples(7) says of them is so.

. "${0%/*}/samples.sh"
lab_up 1

# ---- building ----

builds_with_make() {
        expect_status 0 samples_build
        expect_status 0 test -x "$examples/sample_schg"
}
t "make in a copy of the examples builds them" builds_with_make

builds_as_c99() {
        local sample

        for sample in schg subscriber source target expel; do
                # shellcheck disable=SC2016
                expect_status 0 user_make sh -c 'cc -std=c99 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic \
                        -Werror -o "$2" "$1/sample_$3.c" "$1/sample_utility.c" $(pkg-config --cflags --libs hags)' \
                        sh "$examples" "$t_dir/sample" "$sample"
        done
}
t "each can be built by one command, as strict C99" builds_as_c99

builds_example() {
        awk -v dir="$examples" -f tests/static/examples.awk man/libha_gs.3
        # shellcheck disable=SC2016
        expect_status 0 user_make sh -c 'cc -Wall -Wextra -Werror -o "$1/sample_page" "$1/example-1.c" \
                $(pkg-config --cflags --libs hags)' sh "$examples"
}
t "so can the example of libha_gs(3)" builds_example

# ---- deactivate scripts, without a daemon ----

stubborn() { # a process that ignores SIGTERM; its number is in $pid
        bash -c 'trap "" TERM; echo >"$1"; while :; do sleep 1; done' bash "$t_dir/ready" &
        pid=$!
        eventually 5 test -s "$t_dir/ready"
        rm "$t_dir/ready"
}

ends_processes() { # SCRIPT
        local pid

        sleep 100 &
        pid=$!
        expect_status 0 "$1" "$pid" 5 '' theGroup 1 0
        expect_status 143 wait "$pid"

        stubborn
        expect_status 0 timeout 2.9 "$1" "$pid" 2 '' theGroup 1 0
        expect_status 137 wait "$pid"
}
t "the deactivate script in shell ends processes within its limit" ends_processes "$examples/sample_deactive_sh.sh"
t "the one in C too" ends_processes "$examples/sample_deactive_c_prog"

cannot_end() {
        local script

        chmod 755 "$t_dir"
        for script in sh.sh c_prog; do
                expect_status 1 setpriv --reuid=65534 --clear-groups \
                        "$examples/sample_deactive_$script" $$ 2 '' theGroup 1 0
        done
}
t "they fail if the process goes on" cannot_end

gone_already() {
        local script pid

        true &
        pid=$!
        wait "$pid"
        for script in sh.sh c_prog; do
                expect_status 0 "$examples/sample_deactive_$script" "$pid" 2 '' theGroup 1 0
        done
}
t "they succeed if it is gone already" gone_already

# ---- running ----

samples_install 1

runs_example() {
        started
        sample p page
        eventually 20 counts '1 group, 1 provider'
        node 1 systemctl stop hags@default
        soon p '^1/0 are in the group'
        soon p '^announced, summary code 0x200'
        soon p '^ended with return code 1$'
}
t "the example of libha_gs(3) runs" runs_example

changes_state() {
        started
        sample a schg theGroup 1
        soon a 'approved: join, phase 2, summary 0x1; members: 1/0 changing: 1/0 state:'
        options=(--uid=player)
        sample b schg theGroup 2 3
        soon a 'n-phase: join, phase 1, summary 0x0; members: 1/0 changing: 2/0'
        soon a 'approved: join, phase 2, .*members: 1/0 2/0 changing: 2/0'
        soon a "n-phase: state change, phase 1, .*proposed: '2 more from 2'"
        soon a "approved: state change, phase 2, .*state: '0 more from 2'"
        soon b "approved: state change, phase 2, .*state: '0 more from 2'"
        node 1 systemctl stop sample-b
        soon b 'goodbye: HA_GS_OK'
        soon a 'approved: failure leave, phase 2, .*members: 1/0 changing: 2/0'
        expect_status 0 node 1 systemctl stop sample-a
        soon a 'goodbye: HA_GS_OK'
}
t "state change clients join, vote, change the state, and say goodbye" changes_state

# They are quick: only if they begin together they meet.
retries() {
        local i changes collisions

        started
        node_sh 1 'for i in a:1 b:2 c:3; do
                        systemd-run --quiet --collect --unit="sample-${i%:*}" --property=LogRateLimitIntervalSec=0 \
                                /opt/samples/sample_schg theGroup "${i#*:}" 300 &
                done
                wait'
        for i in 1 2 3; do
                soon a "state: '0 more from $i'"
        done
        changes=$(says a '^approved: state change' | wc -l)
        [ "$changes" -ge 600 ] || t_fail "only $changes changes"
        collisions=$(for i in a b c; do says "$i" HA_GS_COLLIDE; done | wc -l)
        [ "$collisions" -gt 0 ] || t_fail "nothing has collided"
}
t "three of them that are in each other's way do all of their changes" retries

sees_a_kill() {
        started
        sample a schg theGroup 1
        sample b schg theGroup 2
        soon a 'members: 1/0 2/0'
        node 1 systemctl kill --signal=KILL sample-b
        soon a 'approved: failure leave, phase 2, .*members: 1/0 changing: 2/0'
}
t "the others see one that is killed fail" sees_a_kill

refused_instance() {
        started
        sample a schg theGroup 1
        soon a 'approved: join'
        expect_status 1 node 1 /opt/samples/sample_schg theGroup 1
        expect_out 'delayed error: join, HA_GS_DUPLICATE_INSTANCE_NUMBER'
}
t "a second one with the same number is refused" refused_instance

subscribes() {
        started
        sample s subscriber theGroup
        soon s 'delayed error: subscription, HA_GS_UNKNOWN_GROUP'
        sample a schg theGroup 1 2
        soon s "notification: type 0x[0-9a-f]+; members: 1/0"
        soon s "state: '0 more from 1'"
        sample b schg theGroup 2
        soon s 'members: 1/0 2/0 changing: 2/0'
        node 1 systemctl stop sample-a sample-b
        soon s 'the group is gone'
        sample a schg theGroup 7
        soon s 'members: 7/0'
        node 1 systemctl stop sample-s
        soon s 'unsubscribed: HA_GS_OK'
}
t "a subscriber waits for the group, sees it, and sees it go" subscribes

sees_nodes() {
        started
        sample s subscriber HostMembership
        soon s 'members: 0/0'
}
t "a subscriber sees the nodes" sees_nodes

# What the source reads: lines come when the target is there.
feed() {
        node_sh 1 '
                rm -f /run/samples-input
                mkfifo -m 600 /run/samples-input'
        node 1 systemd-run --quiet --collect --unit=sample-s \
                sh -c 'exec /opt/samples/sample_source theSource 1 </run/samples-input'
        node_sh 1 '
                exec >/run/samples-input
                until journalctl -q -u sample-t -o cat --since="@$1" | grep -q "approved: join"; do sleep .1; done
                echo one
                until journalctl -q -u sample-t -o cat --since="@$1" | grep -q "state: .one"; do sleep .1; done
                echo two' "$1"
}
mirrors_source() {
        started
        sample t target theTarget theSource 1
        soon t 'out of the group: HA_GS_(INVALID_SOURCE_GROUP|NO_SOURCE_GROUP_PROVIDER)'
        feed "$t_since"
        soon t "reflected: source: 'one'"
        soon t "approved: reflection, phase 1, .*state: 'two'"
        soon s "approved: state change, phase 0, .*state: 'two'"
        soon s 'approved: leave, '
        soon t 'out of the group: cast-out'

        t_since=$EPOCHREALTIME
        feed "$t_since"
        soon t "approved: reflection, phase 1, .*state: 'two'"
        soon t 'out of the group: cast-out'
}
t "the target mirrors the states of its source, is cast out when that leaves, and comes back" mirrors_source

# ---- the daemon ends ----

comes_back() { # HOW: a command that ends the daemon
        local before since

        started
        sample a schg theGroup 1
        sample b schg theGroup 2
        soon a 'members: 1/0 2/0'

        before=$EPOCHREALTIME
        "$@"
        since=$t_since
        t_since=$before
        soon a 'lost: HA_GS_NOT_OK'
        soon a 'members: [12]/0 [12]/0'
        soon b 'members: [12]/0 [12]/0'
        node 1 journalctl --quiet --output=short-unix --since="@$before" --unit=sample-a |
                awk -v before="$before" '/approved: join/ { found = 1; print $1 - before; exit !($1 - before < 4) }
                        END { exit !found }' || t_fail "it takes too long"
        t_since=$since
}
daemon_killed() { comes_back node 1 systemctl kill --signal=KILL hags@default; }
t "state change clients are back within 4 s after the daemon was killed" daemon_killed

daemon_restarted() {
        comes_back node 1 systemctl restart hags@default
        soon a 'announcement: summary 0x200;'
}
t "and after it was restarted, which was announced" daemon_restarted

subscriber_comes_back() {
        started
        sample s subscriber HostMembership
        soon s 'members: 0/0'
        node 1 systemctl kill --signal=KILL hags@default
        soon s 'lost: HA_GS_NOT_OK'
        eventually 20 eval '[ "$(says s "members: 0/0" | wc -l)" = 2 ]'
}
t "a subscriber is back too" subscriber_comes_back

# ---- who does not respond is expelled ----

is_gone() { # UNIT
        ! node 1 systemctl --quiet is-active "sample-$1"
}
expels() { # SCRIPT
        started
        sample g expel theGroup 9
        sample a schg theGroup 1 0 "/opt/samples/$1"
        soon g 'members: [19]/0 [19]/0'
        node 1 systemctl kill --signal=STOP sample-a
        soon g 'announcement: summary 0x40; about: 1/0'
        soon g 'n-phase: expel, phase 2, .*changing: 1/0'
        soon g 'approved: expel, .*members: 9/0 changing: 1/0'
        eventually 10 is_gone a
        says g 'announcement: summary 0x[48]00' && t_fail "the script had no success"
        true
}
expels_as_player() {
        options=(--uid=player)
        expels "$1"
}
t "a client that is stopped is expelled, and ended by the script in shell" expels sample_deactive_sh.sh
t "and by that in C, as another user" expels_as_player sample_deactive_c_prog

t_done
