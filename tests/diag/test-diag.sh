#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# hagsns, hagsgr, hagscl and hagsvote against a real daemon with real clients, which do what this script tells
# them (actor.c): what is shown is so, JSON is as schema.json says, bad input is one line, and the live view is
# what a terminal shows.

# In a mount namespace of its own nothing of the host's configuration is seen.
if [ -z "${HAGS_DIAG_INSIDE:-}" ]; then
        own=()
        [ "$EUID" = 0 ] || own=(--map-root-user)
        HAGS_DIAG_INSIDE=1 exec unshare "${own[@]}" --mount --propagation private "$0" "$@"
fi

. "${0%/*}/../tap.sh"

build=$PWD/${BUILD:-build}
here=tests/diag
PATH=$build:$PATH

export HAGS_RUN_DIRECTORY=/run/hags HA_DOMAIN_NAME=sp_x SP_NAME=sp_x
export CONFORMANCE_HAGSD=$build/hagsd # of tests/conformance/daemon.sh
export TMUX_TMPDIR=$t_dir

for program in hagsd hagsns hagsgr hagscl hagsvote tests/diag/actor; do
        [ -x "$build/$program" ] || t_bail "$build/$program is not built: try make all test-tools"
done

# ---- the daemon and its clients ----

mount -t tmpfs -o mode=0755 tmpfs /run
[ ! -d /etc/hags ] || mount -t tmpfs tmpfs /etc/hags
mkdir /run/hags /run/logs
printf "[Log]\nDirectory=/run/logs\n" >/run/hags/hags.conf
printf 'root:x:0:\nhagsuser:x:54321:\n' >/run/group
mount --bind /run/group /etc/group

daemon() { # begin|start|stop|kill|freeze|thaw [DOMAIN]
        tests/conformance/daemon.sh "$1" "${2:-sp_x}"
}

declare -A pid=() fd=()
actor() { # NAME: a client that is to be told what to do
        local end

        mkfifo "$t_dir/$1.in"
        : >"$t_dir/$1.out"
        "$build/tests/diag/actor" <"$t_dir/$1.in" >"$t_dir/$1.out" &
        pid[$1]=$!
        echo "$!" >>"$t_dir/pids"
        exec {end}>"$t_dir/$1.in"
        fd[$1]=$end
        heard "$1" '^connected'
}

tell() { # NAME COMMAND
        echo "$2" >&"${fd[$1]}"
}

heard() { # NAME REGEX
        eventually 20 grep -qE "$2" "$t_dir/$1.out"
}

all_leave() {
        local socket

        for socket in "$t_dir"/tmux-*/*; do
                tmux -S "$socket" kill-server 2>/dev/null || true
        done
        [ ! -s "$t_dir/pids" ] || xargs -r kill -KILL <"$t_dir/pids" 2>/dev/null || true
        : >"$t_dir/pids"
}

# What earlier cases left is gone.
fresh_stage() {
        all_leave
        rm -f "$t_dir"/*.in "$t_dir"/*.out
        eventually 20 bash -c '[ "$(hagscl | head -n 1)" = "Number of clients: 0" ]'
}

t_clean_up() {
        all_leave
        daemon kill 2>/dev/null
        daemon kill sp_y 2>/dev/null
        rm -rf "$t_dir"
}

daemon start || t_bail "the daemon does not start"

# ---- what cases expect, besides what tests/tap.sh has ----

json() { # FILTER PROGRAM [ARGS...]: the program's JSON is sound, and jq's filter of it is true
        local filter=$1
        shift

        expect_status 0 "$@" --json
        cp "$t_dir/out" "$t_dir/json"
        expect_status 0 python3 "$here/validate.py" "$1" "$t_dir/json"
        t_command="jq '$filter' of $* --json"
        jq -e "$filter" "$t_dir/json" >"$t_dir/out" 2>"$t_dir/err" || {
                cp "$t_dir/json" "$t_dir/out"
                t_fail "the JSON is not as it should be"
        }
}

expect_err() { # PROGRAM REGEX: standard error is one line of the program, and matches; there is nothing else
        [ "$(wc -l <"$t_dir/err")" = 1 ] || t_fail "standard error is not one line"
        [[ $(<"$t_dir/err") == "$1: "* ]] || t_fail "standard error is no message of $1"
        [[ $(<"$t_dir/err") =~ $2 ]] || t_fail "standard error does not match: $2"
        [ ! -s "$t_dir/out" ] || t_fail "standard output is not empty"
}

# A state change on which 1/5 has voted, 2/5 has not, and 3/5 waits to join.
a_protocol_runs() {
        fresh_stage
        actor one
        tell one 'join db 1 1 0'
        heard one '^approved in db'
        actor two
        tell two 'join db 2 1 0'
        heard two '^approved in db'
        actor three
        tell three 'subscribe db'
        heard three '^told of db'
        tell one 'state db n 60 newer'
        heard two '^phase 1 of db'
        tell one 'vote db continue'
        tell three 'join db 3 1 0'
        eventually 20 bash -c "hagsvote | grep -q 'Voted continue: .1/5.'"
        eventually 20 bash -c "hagsgr --json db | jq -e '.groups[0].queued_joins == 1'"
}

# ---- what is shown ----

goldens_are_sound() {
        local name

        for name in hagsns hagsgr hagscl hagsvote; do
                expect_status 0 python3 "$here/validate.py" "$name" "tests/unit/diag-golden/$name.json"
        done
}
t "the JSON that the unit tests have is as the schema says" goldens_are_sound

shows_the_domain() {
        expect_status 0 hagsns
        expect_out $'^HA GS NameServer Status\nNodeId=5.1, pid=[0-9]+, domainId=5.1, NS established, CodeLevel=hags-[0-9.]+\n'
        expect_out $'\nNumber of UP nodes: 1\nList of UP nodes:  5$'
        expect_status 0 hagsns -l
        expect_out 'Number of groups: 0, of providers: 0'
        json '.domain.state == "established" and .pid > 0 and .node.incarnation == 1' hagsns
        json '.uptime_us >= 0 and .domain.established_by.number == 5' hagsns
}
t "hagsns shows the domain" shows_the_domain

shows_groups() {
        fresh_stage
        actor one
        tell one 'join db 1 1 0'
        tell one 'join web 7 n 30'
        heard one '^approved in db'
        heard one '^phase 1 of web'
        tell one 'vote web approve'
        heard one '^approved in web'
        tell one 'state db 1 0 primary=1'
        heard one '^approved in db'
        eventually 20 bash -c "hagsgr db | grep -q 'State value of 9 bytes: .primary=1.'"
        actor two
        tell two 'subscribe web'
        heard two '^told of web'

        expect_status 0 hagsgr
        expect_out '^Number of groups: 3'
        expect_out $'\nGroup name \\[db\\] number of providers \\[1\\] local subscribers \\[0\\]\n    Providers: \\[1/5\\]\n'
        expect_out $'\nGroup name \\[web\\] number of providers \\[1\\] local subscribers \\[1\\]\n    Providers: \\[7/5\\]\n'
        expect_status 0 hagsgr -a web -l
        expect_out '^Number of groups: 1'
        expect_out 'Joins and failures: n phases with a limit of 30 s'
        expect_out "subscriber, connection [0-9]+, token 1, PID ${pid[two]} of UID $(id -u)"
        expect_status 0 hagsgr --names
        expect_out $'^HostMembership\ndb\nweb$'

        json '[.groups[].name] == ["HostMembership", "db", "web"]' hagsgr
        json ".groups[0].providers == [] or .groups[1].providers[0].pid == ${pid[one]}" hagsgr
        json '.groups[0].attributes.time_limit == 30 and .groups[0].subscribers[0].control == ["state"]' hagsgr web
        json '.groups[1].state == {"size": 9, "text": "primary=1", "hex": "7072696d6172793d31"}' hagsgr
}
t "hagsgr shows groups, members by seniority, state values and attributes" shows_groups

shows_clients() {
        a_protocol_runs
        expect_status 0 hagscl
        expect_out '^Number of clients: 3'
        expect_out "Client PID \\[${pid[three]}\\] UID \\[$(id -u)[^]]*\\] connection \\[[0-9]+\\] memberships \\[2\\]"
        expect_out $'\n    Groups: \\[db subscriber\\] \\[db 3/5\\]'
        expect_status 0 hagscl -l
        expect_out '\[db\] provider \[3/5\] queued, token 2'
        json "[.clients[].pid] | sort == ([${pid[one]}, ${pid[two]}, ${pid[three]}] | sort)" hagscl
        json "[.clients[] | select(.pid == ${pid[three]}).memberships[].role] == [\"subscriber\", \"queued\"]" hagscl
        json '.clients == []' hagscl HostMembership
        json '.clients | length == 3' hagscl db
}
t "hagscl shows clients, and what they are in" shows_clients

shows_votes() {
        a_protocol_runs
        expect_status 0 hagsvote
        expect_out $'^Number of groups: 1\nGroup name \\[db\\] GL node \\[5\\] voting data:\n'
        expect_out $'\nGL in phase \\[1\\] of n-phase protocol of type \\[State Value Change\\].\n'
        expect_out $'\nProposed by \\[1/5\\]. The phase began \\(0:0:[0-9]+\\) ago, '
        expect_out $' ago, its time limit of 60 s ends in \\(0:[0-9:]+\\).\n'
        expect_out $'\nProposed state value: \\[newer\\]\n'
        expect_out $'\nGlobal voting data:\nNumber of providers: 2\nNumber of providers not yet voted: 1\n'
        expect_out $'\nVoted continue: \\[1/5\\]\nNot yet voted: \\[2/5 PID '"${pid[two]}"'\]$'
        expect_status 0 hagsvote -l
        expect_out $'\n\\[2/5\\] +'"${pid[two]}"' +No +No +-'

        json '.groups[0].protocol | .type == "state value change" and .proposed_by.instance == 1' hagsvote
        json '.groups[0].protocol | .remaining_us <= 60000000 and .remaining_us + .phase_age_us == 60000000' hagsvote
        json '[.groups[0].providers[] | [.role, .ballot, .vote]] == [["member", "voted", "continue"],
                        ["member", "waiting", null], ["queued", "none", null]]' hagsvote db

        tell two 'vote db continue'
        heard two '^phase 2 of db'
        json '.groups[0].protocol.phase == 2 and ([.groups[0].providers[:2][].ballot] | unique == ["waiting"])' hagsvote
        tell one 'vote db approve'
        tell two 'vote db approve'
        heard three '^approved in db'
        expect_status 0 hagsvote
        expect_out $'^Number of groups: 1\nNo protocol is currently executing in any group.$'
        expect_status 0 hagsvote db
        expect_out $'\nNo protocol is currently executing in the group.$'
}
t "hagsvote shows who has voted what, who has not, since when, and until when" shows_votes

shows_targets() {
        a_protocol_runs
        fresh_stage
        actor one
        tell one 'join db 1 1 0'
        heard one '^approved in db'
        actor two
        tell two 'join db 2 1 0'
        heard two '^approved in db'
        tell one 'expel db 2'
        heard one '^phase 1 of db'
        expect_status 0 hagsvote
        expect_out $'\nIt would remove: \\[2/5\\]\n'
        json '[.groups[0].providers[].target] == [false, true] and .groups[0].protocol.remaining_us == null' hagsvote
}
t "hagsvote shows who would be expelled" shows_targets

# ---- fencing numbers ----

fence() { # GROUP
        hagsgr --json "$1" | jq -r '.groups[0].fence'
}

greater() { # A B
        [ "$1" -gt "$2" ] || { echo "$1 is not greater than $2"; exit 1; }
}

fences_grow() {
        local first second third

        fresh_stage
        actor one
        tell one 'join lock 1 1 0'
        heard one '^approved in lock'
        first=$(fence lock)
        greater "$first" 0
        actor two
        tell two 'join lock 2 1 0'
        heard two '^approved in lock'
        tell one 'state lock 1 0 x'
        eventually 20 bash -c "hagsgr lock | grep -q 'State value of 1'"
        [ "$(fence lock)" = "$first" ]

        kill -KILL "${pid[one]}"
        eventually 20 bash -c "hagsgr lock | grep -q 'Providers: .2/5.$'"
        second=$(fence lock)
        greater "$second" "$first"

        kill -KILL "${pid[two]}"
        eventually 20 bash -c '! hagsgr lock'
        daemon stop
        daemon start
        actor three
        tell three 'join lock 1 1 0'
        heard three '^approved in lock'
        third=$(fence lock)
        greater "$third" "$second"
}
t "the fencing number grows with each holder, over a restart of the daemon, too" fences_grow

# ---- choosing the daemon ----

chooses() {
        local other

        fresh_stage
        daemon start sp_y
        other=$(hagsns --syspar sp_y --json | jq .pid)
        json '.syspar == "sp_x"' hagsns -s hags
        json '.syspar == "sp_y"' hagsns -s hags.sp_y
        json '.syspar == "sp_y"' hagsns -p "$other"
        json '.syspar == "sp_x"' hagsns -c
        expect_status 0 hagsns -g hags
        expect_out $'^Subsystem hags.sp_x:\nHA GS [^\001]*\n\nSubsystem hags.sp_y:\nHA GS '
        expect_status 0 hagsgr -g hags --json
        cp "$t_dir/out" "$t_dir/json"
        expect_status 0 python3 "$here/validate.py" hagsgr "$t_dir/json"
        [ "$(jq -s 'map(.syspar) | join(" ")' "$t_dir/json")" = '"sp_x sp_y"' ]
        SP_NAME=sp_y json '.syspar == "sp_y"' hagsns
        expect_status 3 env -u SP_NAME hagsns # `default`, as nothing is configured
        expect_err hagsns 'hagsd of partition default does not run on this host; hagsctrl -s --syspar default starts it'
        expect_err hagsns '; partitions that run here: sp_x, sp_y$'
        daemon stop sp_y
        expect_status 3 hagsns -p "$other"
        expect_err hagsns "no hagsd of this host has PID $other"
}
t "-s, -g, -p and --syspar choose the daemon" chooses

# ---- bad input ----

bad_input() {
        local x33=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx program

        expect_status 4 hagsgr nothing
        expect_err hagsgr "partition sp_x has no group 'nothing'; hagsgr --names tells which it has"
        expect_status 4 hagsvote -a nothing --json
        expect_err hagsvote "has no group 'nothing'"
        expect_status 4 hagsgr $'no\nline\e[2J'
        expect_err hagsgr 'no\\nline\\x1b\[2J'
        expect_status 2 hagsgr "$x33"
        expect_err hagsgr "'$x33' is no group's name; these have 1 to 32 bytes"
        expect_status 2 hagsgr ''
        expect_err hagsgr "'' is no group's name"
        expect_status 2 hagsgr one two
        expect_err hagsgr 'one group can be named only'
        expect_status 3 hagscl --syspar nowhere
        expect_err hagscl 'hagsd of partition nowhere does not run on this host'
        expect_status 2 hagscl --syspar no/where
        expect_err hagscl "'no/where' is not a partition name"
        SP_NAME=no/where expect_status 2 hagscl
        expect_err hagscl "'no/where' .\\\$SP_NAME. is not a partition name"
        expect_status 2 hagsns -s cthags
        expect_err hagsns "'cthags' is no subsystem of Group Services; these are called hags or hags.PARTITION"
        expect_status 2 hagsns -g db
        expect_err hagsns "'db' is no subsystem group; the only one is hags"
        expect_status 2 hagsns -p 0x10
        expect_err hagsns "'0x10' is no PID"
        expect_status 2 hagsns -s hags -p 1
        expect_err hagsns 'only one of -s, -g, -p and --syspar can be given'
        for program in hagsns hagsgr hagscl hagsvote; do
                expect_status 2 "$program" -h node7
                expect_err "$program" "-h HOST is not there: every node shows the same domain; .*: ssh node7 $program"
                expect_status 2 "$program" --no-such
                expect_err "$program" "unknown or incomplete option '--no-such'; see $program --help"
                expect_status 2 "$program" -x
                expect_err "$program" "unknown option -x; see $program --help"
                expect_status 2 "$program" -p
                expect_err "$program" 'option -p needs an argument'
                expect_status 0 "$program" -h
                expect_out "^usage: $program \\[OPTION...\\]"
                expect_status 0 "$program" --help
                expect_status 0 "$program" --version
                expect_out "^$program [0-9.]+$"
                expect_status 1 bash -c "$program >/dev/full"
                expect_err "$program" 'cannot write to standard output: No space left on device'
        done
        expect_status 2 hagsns db
        expect_err hagsns "unexpected argument 'db'"
        expect_status 2 hagsns -a db
        expect_err hagsns 'unknown option -a'
        expect_status 2 hagscl --watch
        expect_err hagscl "unknown or incomplete option '--watch'"
        expect_status 2 hagsgr --watch --json
        expect_err hagsgr '--watch does not go with --json and -l'
        expect_status 2 hagsgr --names -l
        expect_err hagsgr '--names does not go with --json, -l and a group'
        expect_status 2 hagsgr --watch -g hags
        expect_err hagsgr '--watch shows one partition, not all of -g'
        expect_status 1 hagsgr --watch
        expect_err hagsgr '--watch needs a terminal'
}
t "bad input is one line, with a status" bad_input

as_user() { # GROUPS CMD...
        [ "$(awk '{ print $3; exit }' /proc/self/uid_map)" -gt 1 ] || { echo "only root is another user"; exit 77; }
        setpriv --reuid=65534 --regid=65534 "$1" "${@:2}"
}
not_everybody() {
        expect_status 1 as_user --clear-groups hagsgr
        expect_err hagsgr 'hagsd of partition sp_x lets in only root and the members of group hagsuser; usermod -a -G hagsuser USER'
        expect_status 0 as_user --groups=54321 hagsgr
}
t "root and members of hagsuser may ask, others are told why not" not_everybody

# ---- completion ----

# As bash calls it: the words, and COMP_CWORD at the last.
completes() { # WANTED WORD...
        local want=$1 got
        shift

        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        COMPREPLY=()
        _hags_diag "$1"
        got=$(printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd' ')
        [ "$got" = "$want" ] || { echo "'$*' completes to '$got' instead of '$want'"; exit 1; }
}

completion() {
        local program

        fresh_stage
        daemon start sp_y
        actor one
        tell one 'join db 1 1 0'
        tell one 'join doc 1 1 0'
        tell one 'join web;x 1 1 0'
        heard one '^approved in web'
        # shellcheck source=/dev/null
        . packaging/completion/hagsgr

        completes 'db doc' hagsgr d
        completes 'HostMembership db doc web\;x' hagsvote ''
        completes 'db doc' hagscl -l -a d
        completes 'db doc' hagsgr --syspar = sp_x d
        completes '' hagsgr --syspar sp_y d
        completes '' hagsgr -s hags.sp_y d
        completes 'doc' hagsgr --group = doc
        completes 'sp_x sp_y' hagsgr --syspar ''
        completes 'sp_y' hagsgr --syspar = sp_y
        completes 'hags hags.sp_x hags.sp_y' hagsns -s ''
        completes 'hags' hagsns --subsystem-group ''
        completes '' hagsns -p ''
        completes '--subsystem --subsystem-group --syspar' hagsns --s
        completes '' hagsns --no-such
        for program in hagsns hagsgr hagscl hagsvote; do
                [ -e "packaging/completion/$program" ]
                completes "$("$program" --help | grep -oE '^ +(-[a-z], )?--[a-z-]+' | tr -d ,' ' |
                        sed 's/--/\n--/' | grep . | sort | paste -sd' ')" "$program" -
        done
        daemon stop sp_y
}
t "completion offers what --help has, partitions that run, and groups" completion

# ---- many ----

ten_thousand_groups() {
        fresh_stage
        actor many
        tell many 'many g 10000'
        eventually 60 grep -q '^joined 10000' "$t_dir/many.out"
        expect_status 0 hagsgr --names
        [ "$(wc -l <"$t_dir/out")" = 10001 ]
        json '(.groups | length == 10001) and ([.groups[].providers[].instance] | length == 10001)' hagsgr
        json '.clients[0].memberships | length == 10000' hagscl
        expect_status 0 hagsgr -a g4711
        expect_out $'\nGroup name \\[g4711\\]'
}
t "an answer of 10,000 groups is whole" ten_thousand_groups

# ---- the live view ----

terminal='' # a server of its own for each
view() { # COLUMNS ROWS CMD...: run it in a terminal of that size; its status stands there when it has ended
        [ -z "$terminal" ] || tmux -L "$terminal" kill-server 2>/dev/null || true
        terminal=diag-$RANDOM$RANDOM
        tmux -L "$terminal" -f /dev/null new-session -d -x "$1" -y "$2" \
                "trap : INT; ${*:3}; echo status \$?; stty -a | grep -o ' echo '; sleep 60"
}
keys() {
        tmux -L "$terminal" send-keys "$@"
}
# What is on the terminal, without the seconds that are left.
seen() {
        tmux -L "$terminal" capture-pane -p | sed -E 's/ +[0-9]+s$/ TIME/; s/ *$//'
}
shows() { # REGEX
        # shellcheck disable=SC2317
        found() { seen | grep -qE -- "$1"; }
        eventually 10 found "$1"
}
is_seen() { # the terminal is as standard input says
        # shellcheck disable=SC2317
        same() { diff "$t_dir/expected" <(seen); }
        cat >"$t_dir/expected"
        eventually 10 same
}

watches() {
        a_protocol_runs
        view 80 10 hagsgr --watch
        is_seen <<'END'
sp_x: domain established by node 5  groups 1  providers 2  clients 3
GROUP               MEMBERS          STATE        PROTOCOL, VOTES    LIMIT IN
HostMembership      1: 0/5
db                  2: 1/5 2/5                    state1  [#####.....] 1/2 TIME





q quit  enter open  p only protocols                                    1-2 of 2
END
        keys Down Enter
        is_seen <<END
sp_x: domain established by node 5  groups 1  providers 2  clients 3
db                  2: 1/5 2/5                    state1  [#####.....] 1/2 TIME
PROVIDER     ROLE      PID                    VOTE
1/5          member    $(printf %-22s "${pid[one]} of UID $(id -u)") continue
2/5          member    $(printf %-22s "${pid[two]} of UID $(id -u)") has not voted
3/5          queued    ${pid[three]} of UID $(id -u)



q quit  enter back                                                      1-3 of 3
END
        tell two 'vote db reject'
        is_seen <<END
sp_x: domain established by node 5  groups 1  providers 3  clients 3
db                  3: 1/5 2/5 3/5
PROVIDER     ROLE      PID                    VOTE
1/5          member    ${pid[one]} of UID $(id -u)
2/5          member    ${pid[two]} of UID $(id -u)
3/5          member    ${pid[three]} of UID $(id -u)



q quit  enter back                                                      1-3 of 3
END
        keys q
        shows '^status 0$'
        shows '^ echo'
}
t "hagsgr --watch shows groups, members and votes as they change" watches

resizes() {
        a_protocol_runs
        view 80 24 hagsgr --watch
        shows '^q quit'
        tmux -L "$terminal" resize-window -x 60 -y 5
        is_seen <<'END'
sp_x: domain established by node 5  groups 1  providers 2  ~
GROUP               MEMBERS          STATE        PROTOCOL,~
HostMembership      1: 0/5
db                  2: 1/5 2/5                    state1  [~
q quit  enter open  p only protocols                1-2 of 2
END
        tmux -L "$terminal" resize-window -x 100 -y 6
        is_seen <<'END'
sp_x: domain established by node 5  groups 1  providers 2  clients 3
GROUP                            MEMBERS             STATE            PROTOCOL, VOTES    LIMIT IN
HostMembership                   1: 0/5
db                               2: 1/5 2/5                           state1  [#####.....] 1/2 TIME

q quit  enter open  p only protocols                                                        1-2 of 2
END
        keys C-c
        shows '^status 130$'
        shows '^ echo'
}
t "it follows the size of the terminal, and leaves it as it was after Ctrl-C" resizes

scrolls() {
        fresh_stage
        actor many
        tell many 'many group 200'
        heard many '^joined 200'
        view 80 24 hagsgr --watch
        shows '1-21 of 201$'
        keys NPage NPage
        shows '^group135 ' # group1, group10, group100: by name
        keys End
        shows '181-201 of 201$'
        shows '^group99 '
        keys g
        shows '^HostMembership '
        keys p
        shows 'p all groups +none$'
        keys q
        shows '^status 0$'
}
t "it is scrolled through 200 groups" scrolls

colours() {
        a_protocol_runs
        view 80 24 hagsgr --watch
        shows '^db .* state1 '
        tmux -L "$terminal" capture-pane -p -e | grep -q $'\e\[33m'
        keys q
        view 80 24 NO_COLOR=1 hagsgr --watch
        shows '^db .* state1 '
        tmux -L "$terminal" capture-pane -p -e >"$t_dir/colours"
        expect_status 1 grep -E $'\e\\[[0-9;]*(3[0-7]|4[0-7])m' "$t_dir/colours"
        keys q
        view 80 24 TERM=vt100 hagsgr --watch
        shows '^db .* state1 '
}
t "there are colours, unless the terminal has none or the user wants none" colours

survives() {
        fresh_stage
        view 80 6 hagsgr --watch
        shows '^HostMembership '
        daemon stop
        is_seen <<'END'
sp_x: hagsd does not run; trying again




q quit                                                                      none
END
        daemon start
        shows '^HostMembership '
        daemon freeze
        shows '^sp_x: hagsd does not answer; trying again$'
        daemon thaw
        shows '^HostMembership '
        keys q
        shows '^status 0$'
}
t "it bears a daemon that goes, comes back, or does not answer" survives

cannot_watch() {
        fresh_stage
        view 80 10 TERM=nonsense hagsgr --watch
        shows "^hagsgr: this terminal .*nonsense.* cannot be used"
        shows '^status 1$'
        view 80 10 TERM=dumb hagsgr --watch
        shows "^hagsgr: this terminal .*dumb.* cannot be used"
        view 80 10 hagsgr --watch nothing
        shows "^hagsgr: partition sp_x has no group 'nothing'"
        shows '^status 4$'
        view 80 10 hagsgr --watch --syspar sp_y
        shows '^hagsgr: hagsd of partition sp_y does not run on this host'
        shows '^status 3$'
}
t "what is wrong from the beginning is said, and the terminal is left alone" cannot_watch

t_done
