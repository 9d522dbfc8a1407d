#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The diagnostic commands as installed, on a real node: for root, for a member of hagsuser and for a stranger. What
# they show of what is in tests/diag/test-diag.sh.

. "${0%/*}/samples.sh"
lab_up 1
samples_build >"$t_dir/build.log" 2>&1 || t_bail "the samples cannot be built" "$t_dir/build.log"
samples_install 1
node_sh 1 'useradd --system stranger'

as_member() { # CMD...
        node 1 setpriv --reuid=player --regid=player --init-groups "$@"
}
as_stranger() {
        node 1 setpriv --reuid=stranger --regid=stranger --init-groups "$@"
}

before_anything_is_added() {
        local program

        fresh 1
        for program in hagsns hagsgr hagscl hagsvote; do
                expect_status 3 as_member "$program"
                [ "$(<"$t_dir/err")" = "$program: hagsd of partition default does not run on this host; \
hagsctrl -s --syspar default starts it" ]
        done
}
t "without a daemon they say how it is started" before_anything_is_added

member_asks() {
        local uid

        started
        options=(--uid=player)
        sample a schg theGroup 1
        soon a 'approved: join'
        options=()
        uid=$(node 1 id -u player)

        expect_status 0 as_member hagsns
        expect_out 'NS established'
        expect_status 0 as_member hagsgr theGroup
        expect_out $'\n    Providers: \\[1/0\\]\n'
        expect_status 0 as_member hagscl
        expect_out "UID \\[$uid player\\] connection \\[[0-9]+\\] memberships \\[1\\]"$'\n    Groups: \\[theGroup 1/0\\]'
        expect_status 0 as_member hagsvote
        expect_out 'No protocol is currently executing in any group.'
        expect_status 0 node 1 hagsgr --names
        expect_out 'theGroup'
        expect_status 0 as_member hagsgr -p "$(node 1 systemctl show -P MainPID hags@default)" --names
        expect_out 'theGroup'
}
t "a member of hagsuser is shown everything" member_asks

stranger_asks() {
        local program

        started
        for program in hagsns hagsgr hagscl hagsvote; do
                expect_status 1 as_stranger "$program"
                grep -q "^$program: hagsd of partition default lets in only root and the members of group hagsuser; " \
                        "$t_dir/err"
        done
}
t "a stranger is told why not" stranger_asks

waits_for() {
        started
        sample a schg theGroup 1
        soon a 'approved: join'
        node 1 systemctl kill --signal=STOP sample-a
        sample b schg theGroup 2
        soon b '^voted: continue'
        expect_status 0 as_member hagsvote
        expect_out $'\nVoted continue: \\[2/0\\]\nNot yet voted: \\[1/0 PID [0-9]+\\]$'
        node 1 systemctl kill --signal=CONT sample-a
        soon b 'approved: join'
}
t "hagsvote names who holds a join up" waits_for

t_done
