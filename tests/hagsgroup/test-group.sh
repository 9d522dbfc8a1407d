#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# hagsgroup join, watch, get, set, send, members, expel and list: what they say is so, in lines and in JSON.

. "${0%/*}/group.sh"

join() { # NAME OPTIONS...: a member of group g
        local before

        before=$(members g)
        start "$@"
        eventually 10 has_members g $((before + 1))
}
member() { # NAME [OPTIONS...]
        local name=$1
        shift

        join "$name" hagsgroup join g "$@"
}

says() { # NAME LINE: the output of NAME has that line
        grep -qxF -- "$2" "$t_dir/$1.out"
}
expect_lines() { # NAME: all that it wrote, with guests called GUEST, is standard input
        diff <(sed -E 's/\b[0-9]{3,}\/5/GUEST\/5/g' "$t_dir/$1.out") -
}
valid() { # NAME FILE
        python3 tests/diag/validate.py "$1" "$2" "$here/schema.json"
}

# Guests have instance numbers that come of their PIDs: of three digits or more here.
echo 1000 >/proc/sys/kernel/ns_last_pid 2>/dev/null || true

# ---- looking ----

members_in_order() {
        member m1 --instance 3
        member m2 --instance 1
        member m3 --instance 2
        expect_status 0 hagsgroup members g
        [ "$(paste -sd' ' "$t_dir/out")" = '3/5 1/5 2/5' ]
        expect_status 0 hagsgroup members --json g
        valid members "$t_dir/out"
        [ "$(jq -c '[.members[].instance]' "$t_dir/out")" = '[3,1,2]' ]
        expect_status 0 hagsgroup members HostMembership
        expect_out '^0/5$'
}
state_values() {
        local long

        member m1
        expect_status 0 hagsgroup get g
        expect_out '^$'
        expect_status 0 hagsgroup get --json g
        valid get "$t_dir/out"
        expect_out '"state":null'

        expect_status 0 hagsgroup set g 'a value'
        expect_out '^$'
        expect_status 0 hagsgroup get g
        expect_out '^a value$'
        printf 'a\0\377\n' >"$t_dir/bytes"
        expect_status 0 hagsgroup set g - <"$t_dir/bytes"
        hagsgroup get g | cmp - <(cat "$t_dir/bytes"; echo)
        expect_status 0 hagsgroup get --json g
        valid get "$t_dir/out"
        [ "$(jq -c .state "$t_dir/out")" = '{"size":4,"text":null,"hex":"6100ff0a"}' ]

        long=$(printf %256s '')
        expect_status 0 hagsgroup set g "$long"
        [ "$(hagsgroup get g)" = "$long" ]
        expect_sentence 125 'a state value has to have 1 to 256 bytes' hagsgroup set g "$long "
        expect_sentence 125 'a state value has to have 1 to 256 bytes' hagsgroup set g ''
        expect_sentence 125 'a message has to have 1 to 2048 bytes' hagsgroup send g "$(printf %2049s '')"
        has_members g 1
}
lists_groups() {
        member m1
        start other hagsgroup join $'tab\tbell\a'
        eventually 10 has_members $'tab\tbell\a' 1
        hagsgroup set g value
        expect_status 0 hagsgroup list
        diff "$t_dir/out" - <<<'HostMembership
g
tab\tbell\x07'
        expect_status 0 hagsgroup list --json
        valid list "$t_dir/out"
        jq -c '.groups[] | [.group, .members, .system, .state.text]' "$t_dir/out" | diff - <(cat <<'END'
["HostMembership",1,true,null]
["g",1,false,"value"]
["tab\tbell\u0007",1,false,null]
END
        )
}
t "members are listed by seniority" alone members_in_order
t "a state value is set and got, whatever bytes it has" alone state_values
t "list has the groups of the domain" alone lists_groups

# ---- being a member ----

story() { # join or watch sees all of this
        member m1 --instance 1
        member m2 --instance 2 "$@"
        start watch hagsgroup watch g "$@"
        eventually 10 grep -q members "$t_dir/watch.out"
        member m3 --instance 3
        hagsgroup set g 'one value'
        hagsgroup send g 'a message'
        kill -9 "$started"
        eventually 10 has_members g 2
        hagsgroup expel g 1/5
        ended_with 1 "$(pgrep -f 'join g --instance 1')" 2>/dev/null || true
        eventually 10 has_members g 1
        kill "$(pgrep -f 'join g --instance 2')"
        eventually 10 has_members g 0
        wait
}
told_as_lines() {
        story
        expect_lines m2 <<'END'
members 1/5 2/5
joined 3/5
joined GUEST/5
state GUEST/5 one value
left GUEST/5 goodbye
joined GUEST/5
message GUEST/5 a message
left GUEST/5 goodbye
left 3/5 failure
joined GUEST/5
left 1/5 expelled
left GUEST/5 goodbye
END
        expect_lines watch <<'END'
members 1/5 2/5
joined 3/5
joined GUEST/5
state one value
left GUEST/5
joined GUEST/5
left GUEST/5
left 3/5
joined GUEST/5
left 1/5
left GUEST/5
left 2/5
dissolved
END
        grep -qx "hagsgroup: this process was expelled from group 'g'" "$t_dir/m1.err"
}
told_as_json() {
        story --json
        valid join "$t_dir/m2.out"
        valid watch "$t_dir/watch.out"
        jq -r .event "$t_dir/m2.out" | paste -sd' ' |
                grep -qx 'members joined joined state left joined message left left joined left left'
        jq -r .event "$t_dir/watch.out" | paste -sd' ' |
                grep -qx 'members joined joined state left joined left left joined left left left dissolved'
        jq -c 'select(.event == "left" and .changed[0].instance < 100).changed' "$t_dir/m2.out" | diff - <(cat <<'END'
[{"instance":3,"node":5,"reason":"failure"}]
[{"instance":1,"node":5,"reason":"expelled"}]
END
        )
        jq -es 'any(.message.text == "a message")' "$t_dir/m2.out"
}
t "join and watch tell what happens in lines" alone told_as_lines
t "and in JSON" alone told_as_json

strange_values() {
        member m1
        hagsgroup set g $'two\nlines\t\\ \033[1m'
        hagsgroup send g $'\377'
        eventually 10 grep -q '^message' "$t_dir/m1.out"
        expect_status 0 cut -d' ' -f1,3- "$t_dir/m1.out"
        expect_out $'\nstate two\\\\nlines\\\\t\\\\\\\\ \\\\x1b\\[1m\n'
        expect_out $'\nmessage \\\\xff\n'
}
t "bytes that could do something to a terminal do not" alone strange_values

leaves_cleanly() {
        local number

        member m1
        for number in HUP INT QUIT TERM; do
                start m2 env --default-signal=INT,QUIT hagsgroup join g
                eventually 10 has_members g 2
                kill "-$number" "$(pgrep -x hagsgroup | tail -n 1)"
                ended_with $((128 + $(kill -l "$number"))) "$started"
                has_members g 1
        done
        eventually 10 sh -c "[ \$(grep -c ' goodbye$' $t_dir/m1.out) = 4 ]"
}
t "a member that is told to end leaves" alone leaves_cleanly

runs_commands() {
        member m1 --quiet --state-exec "echo \"\$HAGS_GROUP \$HAGS_EVENT [\$HAGS_STATE] by [\$HAGS_BY]\""
        member m2 --instance 2 --quiet \
                --exec 'echo "$HAGS_EVENT [$HAGS_MEMBERS] [$HAGS_CHANGED] [$HAGS_REASONS] [$HAGS_STATE] [$HAGS_MESSAGE]"'
        HAGS_STATE=strange start watch hagsgroup watch g --quiet --exec 'echo "$HAGS_EVENT [$HAGS_STATE]"; cat'
        eventually 10 says watch 'members []'
        hagsgroup set g one
        printf 'two\0' | hagsgroup set g -
        hagsgroup send g hello
        eventually 10 grep -q hello "$t_dir/m2.out"
        eventually 10 grep -c 'state \[\]' "$t_dir/watch.out"
        sed -E 's/[0-9]{3,}/N/' "$t_dir/m1.out" | diff - <(printf 'g state [one] by [N/5]\ng state [] by [N/5]\n')
        says watch 'state [one]'
        says m2 'state [] [] [] [one] []'
        grep -qE '^joined \[.* 2/5 [0-9]+/5\] \[[0-9]+/5\] \[\] \[\] \[\]$' "$t_dir/m2.out"
        grep -qE '^left \[.* 2/5\] \[[0-9]+/5\] \[goodbye\] \[\] \[\]$' "$t_dir/m2.out"
        says m2 'message [] [] [] [] [hello]'
}
one_after_the_other() {
        member m1 --quiet --exec "mkdir $t_dir/busy && sleep .1 && rmdir $t_dir/busy && echo \$HAGS_EVENT"
        hagsgroup set g one
        hagsgroup set g two
        eventually 20 sh -c "[ \$(wc -l <$t_dir/m1.out) = 7 ]"
        [ "$(paste -sd' ' "$t_dir/m1.out")" = 'members joined state left joined state left' ]
}
t "commands are run with the event in their environment" alone runs_commands
t "one after the other, and none is lost" alone one_after_the_other

# ---- votes ----

votes_on() { # N-phase proposals, with members that vote
        member m1 --vote approve
        member m2 --vote "$1"
}
approved() {
        votes_on approve
        expect_status 0 hagsgroup set g --phases n value
        [ "$(hagsgroup get g)" = value ]
        expect_status 0 hagsgroup send g --phases n hello
        eventually 10 grep -q hello "$t_dir/m1.out"
}
rejected() {
        votes_on 'exec:[ "$HAGS_PROTOCOL" = join ]'
        expect_sentence 1 "cannot change the state of group 'g': a member voted against it" \
                hagsgroup set g --phases n value
        expect_sentence 1 "cannot send a message to group 'g': a member voted against it" \
                hagsgroup send g --phases n value
        expect_sentence 1 "cannot expel from group 'g': a member voted against it" \
                hagsgroup expel g "$(hagsgroup members g | head -n 1)" --phases n
        eventually 10 grep -qE '^rejected [0-9]+/5 state: a member voted against it$' "$t_dir/m1.out"
        expect_status 0 hagsgroup set g value # nobody is asked
        eventually 10 has_members g 2 # its leave is voted on
}
nobody_enters() {
        member m1 --vote reject
        expect_sentence 1 "group 'g' does not let us join: a member voted against it" hagsgroup set g value
        expect_sentence 1 "group 'g' does not let us join: a member voted against it" hagsgroup join g
        has_members g 1
}
asks_a_command() {
        votes_on "exec:env | sort | grep ^HAGS_ >$t_dir/environment; [ \"\$HAGS_PHASE\" -ge 3 ] || exit 75"
        hagsgroup set g one
        expect_status 0 hagsgroup set g --phases n --time-limit 7 two
        eventually 10 has_members g 2
        grep -q '^HAGS_PROTOCOL=failure$' "$t_dir/environment" # its leave came last
        votes_of_state
}
votes_of_state() {
        kill_all
        eventually 10 has_members g 0
        member m1 --vote "exec:[ \$HAGS_PROTOCOL = state ] && env | sort | grep ^HAGS_ >$t_dir/environment; true"
        hagsgroup set g one
        expect_status 0 hagsgroup set g --phases n --time-limit 7 two
        sed -E 's/[0-9]{3,}/N/g' "$t_dir/environment" | grep -v HAGS_RUN | diff - <(cat <<'END'
HAGS_BY=N/5
HAGS_CHANGED=
HAGS_EVENT=vote
HAGS_GROUP=g
HAGS_MEMBERS=N/5 N/5
HAGS_MESSAGE=
HAGS_MISSING=
HAGS_PHASE=1
HAGS_PROPOSED_STATE=two
HAGS_PROTOCOL=state
HAGS_REASONS=
HAGS_STATE=one
HAGS_TIME_LIMIT=7
HAGS_WHAT=
END
        )
}
too_slow_a_command() {
        member m1
        kill_all
        eventually 10 has_members g 0
        member m1 --vote "exec:[ \$HAGS_PROTOCOL != state ] || { echo \$\$ >>$t_dir/slow; exec sleep 100; }" --default-vote reject
        expect_sentence 1 "cannot change the state of group 'g': a member did not vote in time" \
                hagsgroup set g --phases n --time-limit 1 value
        eventually 10 grep -qx "announced did not vote in time [0-9]*/5" "$t_dir/m1.out"
        eventually 10 is_dead "$(<"$t_dir/slow")"
        expect_status 0 hagsgroup set g value
}
t "what all approve is approved" alone approved
t "what one rejects is rejected" alone rejected
t "a member may let nobody in" alone nobody_enters
t "a command votes: 75 is for another phase, and it knows the proposal" alone asks_a_command
t "a command that takes too long is ended" alone too_slow_a_command

# ---- attributes ----

takes_what_is_there() {
        member m1 --phases n --time-limit 3 --default-vote reject
        member m2
        member m3 --phases n --time-limit 3
        for option in '--phases 1' '--time-limit 4' '--default-vote approve'; do
                # shellcheck disable=SC2086
                expect_sentence 125 "group 'g' is there, with other attributes than --phases, --time-limit and" \
                        hagsgroup join g $option
        done
        expect_sentence 125 "cannot join group 'g': the instance number is in use on this node" \
                hagsgroup join g --instance "$(hagsgroup members g | head -n 1 | cut -d/ -f1)"
}
# All at once: whoever is first makes the group, and the others take what it has.
founded_by_many() {
        local i

        for ((i = 0; i < 20; i++)); do
                if ((i % 2)); then start "m$i" hagsgroup join g --vote=approve; else start "m$i" hagsgroup join g; fi
        done
        eventually 20 has_members g 20
        [ "$(pgrep -xc hagsgroup)" = 20 ]
}
t "who joins takes the attributes that the group has" alone takes_what_is_there
t "also when many join at once" alone founded_by_many

# ---- proposals that meet ----

proposals_collide() {
        local i pids=()

        member m1 --vote 'exec:sleep .02' # so that protocols take their time
        for i in 1 2 3 4 5 6; do
                start "s$i" hagsgroup set g --phases n "$i"
                pids+=("$started")
        done
        wait "${pids[@]}"
        cat "$t_dir"/s?.err | diff - /dev/null
        eventually 10 sh -c "[ \$(grep -c '^state' $t_dir/m1.out) = 6 ]"
        expect_status 124 hagsgroup set g --timeout 1ms --phases n x
        expect_err "group 'g' did not decide in time$"
}
t "proposals that collide are made again" alone proposals_collide

# ---- the daemon ----

survives_restart() {
        member m1 --instance 1 --state-exec true
        start watch hagsgroup watch g
        eventually 10 says watch 'members 1/5'
        daemon kill
        eventually 10 says m1 lost
        daemon start
        eventually 10 has_members g 1
        eventually 10 sh -c "[ \$(wc -l <$t_dir/watch.out) = 3 ]"
        expect_lines m1 <<<$'members 1/5\nlost\nmembers 1/5'
        expect_lines watch <<<$'members 1/5\nlost\nmembers 1/5'
        daemon stop
        eventually 10 sh -c "[ \$(grep -cx lost $t_dir/m1.out) = 2 ]"
        sleep .3
        kill "$(pgrep -f 'join g')"
        wait -n || true
        daemon start
}
t "join and watch go on with another daemon" alone survives_restart

# ---- many changes ----

burst() { # READER: 10,000 changes of the state, and what the reader gets
        local n=10000

        start driver "$build/samples/sample_schg" burst 1 "$n"
        eventually 10 has_members burst 1
        hagsgroup watch burst 2>"$t_dir/watch.err" | "$@" >"$t_dir/watch.out" &
        # It has its member until then; all that follow are there, or counted as missing.
        eventually 120 sh -c "hagsgroup get burst | grep -q '^0 more from 1$'"
        kill "$started"
        wait $!
        awk -v n="$n" '
                /^state/ { if (seen && $2 != last - 1 - missing) { print "after " last " came " $2; exit 1 }
                        last = $2; seen++; missing = 0 }
                /^missing/ { missing = $2 }
                END { exit seen < n / 2 || last - missing != 0 }' "$t_dir/watch.out"
        [ "$(tail -n 1 "$t_dir/watch.out")" = dissolved ]
}
slow_reader() {
        sleep 1
        awk '{ print; if (NR % 100 == 0) system("sleep .01") }'
}
stuck_reader() {
        sleep 6
        cat
}
reader_goes() {
        member m1
        hagsgroup watch g | head -n 1 >"$t_dir/head" &
        eventually 10 grep -q members "$t_dir/head"
        hagsgroup set g one # whose line nobody reads
        eventually 10 sh -c '! pgrep -f "[h]agsgroup watch"'
}
t "a reader that goes is the end of watch" alone reader_goes
[ -x "$build/samples/sample_schg" ] || t_bail "$build/samples/sample_schg is not built: try make samples"
t "10,000 changes: none is lost" alone burst cat
t "10,000 changes, read slowly: none is lost" alone burst slow_reader
t "10,000 changes, not read for long: none is lost" alone burst stuck_reader

t_done
