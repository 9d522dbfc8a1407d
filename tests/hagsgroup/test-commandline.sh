#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The command line of hagsgroup, and what it says when something is wrong: one line, what to do, a documented exit
# status.

. "${0%/*}/group.sh"

# ---- help ----

lists_subcommands() {
        local word

        for word in --help -h help; do
                expect_status 0 hagsgroup "$word"
                diff "$t_dir/out" "$here"/golden/help
        done
        expect_status 0 hagsgroup --version
        expect_out '^hagsgroup [0-9.]+$'
}

subcommands() {
        sed -nE 's/^  ([a-z]+) .*/\1/p' "$here"/golden/help
}

each_has_help() {
        local name

        for name in $(subcommands); do
                expect_status 0 hagsgroup "$name" --help
                expect_out "^usage: hagsgroup $name "
                expect_out '--syspar NAME '
                expect_status 0 hagsgroup "$name" -h
        done
        expect_status 0 hagsgroup lock --help
        diff "$t_dir/out" "$here"/golden/help-lock
}

t "--help lists the subcommands" lists_subcommands
t "each subcommand has its --help" each_has_help

# ---- wrong command lines ----

wrong_words() {
        expect_sentence 125 "'' is no subcommand; hagsgroup --help lists them" hagsgroup
        expect_sentence 125 "'unlock' is no subcommand" hagsgroup unlock x
        expect_sentence 125 "'--syspar' is no subcommand" hagsgroup --syspar x list
        expect_sentence 125 "lock has no option '--again'; see hagsgroup lock --help" hagsgroup lock --again x true
        expect_sentence 125 "lock has no option -x" hagsgroup lock -x x true
        expect_sentence 125 "get has no option '--exec=true'" hagsgroup get --exec=true x
        expect_sentence 125 "option --timeout needs an argument" hagsgroup list --timeout
}

missing_words() {
        expect_sentence 125 "something is missing; usage: hagsgroup lock" hagsgroup lock
        expect_sentence 125 "something is missing; usage: hagsgroup lock" hagsgroup lock x
        expect_sentence 125 "something is missing; usage: hagsgroup lock" hagsgroup lock x --
        expect_sentence 125 "something is missing; usage: hagsgroup set .* GROUP VALUE" hagsgroup set x
        expect_sentence 125 "something is missing; usage: hagsgroup expel" hagsgroup expel x
        expect_sentence 125 "-n is missing" hagsgroup barrier x
        expect_sentence 125 "unexpected argument 'b'; usage" hagsgroup members a b
        expect_sentence 125 "unexpected argument 'a'; usage" hagsgroup list a
        expect_sentence 125 "unexpected argument 'c'; usage" hagsgroup set a b c
}

wrong_values() {
        local word

        for word in x -1 1.5 1d '' 99999999999999999999 9999999999999h; do
                expect_sentence 125 "--timeout: '$word' is no time" hagsgroup list --timeout "$word"
        done
        for word in 0 32768 x -1; do
                expect_sentence 125 "--count: '$word' is no number from 1 to 32767" hagsgroup barrier b -n "$word"
        done
        expect_sentence 125 "--instance: '32768' is no number from 0 to 32767" hagsgroup join x --instance 32768
        expect_sentence 125 "--on-loss: 'ignore' is not stop or continue" hagsgroup lock --on-loss=ignore x true
        expect_sentence 125 "--vote: 'maybe' is not approve, reject or exec:CMD" hagsgroup join x --vote maybe
        expect_sentence 125 "--vote: 'exec:' is not" hagsgroup join x --vote exec:
        expect_sentence 125 "--phases: '2' is not 1 or n" hagsgroup set x y --phases 2
        expect_sentence 125 "--default-vote: 'exec' is not" hagsgroup join x --default-vote exec
        expect_sentence 125 "--time-limit: '65536' is no number" hagsgroup set x y --time-limit 65536
        expect_sentence 125 "--exec: the command is empty" hagsgroup watch x --exec ''
        expect_sentence 125 "--deactivate-script: 'x' is no absolute path" hagsgroup join x --deactivate-script x
        expect_sentence 125 "'a b' is not a partition name" hagsgroup list --syspar 'a b'
        expect_sentence 125 "'1' is no member; they are called INSTANCE/NODE" hagsgroup expel x 1
        expect_sentence 125 "'1/x' is no member" hagsgroup expel x 1/x
        expect_sentence 125 "--deactivate-flag has to have no more than 256 bytes" \
                hagsgroup expel x 1/0 --deactivate-phase 1 --deactivate-flag "$(printf %257s '')"
}

bytes() { # N
        printf "%$1s" '' | tr ' ' x
}

wrong_names() {
        expect_sentence 125 "'' is no name for this; it has to have 1 to 27 bytes" hagsgroup lock '' true
        expect_sentence 125 "'$(bytes 28)' is no name" hagsgroup lock "$(bytes 28)" true
        expect_status 0 hagsgroup lock "$(bytes 27)" true
        expect_sentence 125 ".* it has to have 1 to 26 bytes" hagsgroup elect "$(bytes 27)" true
        expect_sentence 125 ".* it has to have 1 to 24 bytes" hagsgroup barrier "$(bytes 25)" -n 1
        expect_sentence 125 ".* it has to have 1 to 32 bytes" hagsgroup get "$(bytes 33)"
        expect_sentence 125 "'lock:x' cannot be joined: .* belong to hagsgroup lock" hagsgroup join lock:x
        expect_sentence 125 "'elect:x' cannot be joined" hagsgroup set elect:x y
        expect_sentence 125 "'barrier:x' cannot be joined" hagsgroup send barrier:x y
        expect_sentence 125 "'barrier:x' cannot be joined" hagsgroup expel barrier:x 1/0
        expect_sentence 125 "cannot join group 'HostMembership': .* Group Services keeps itself" \
                hagsgroup join HostMembership
}

unknown_groups() {
        local words

        for words in 'get x' 'members x' 'watch x' 'set x y' 'send x y' 'expel x 1/0'; do
                # shellcheck disable=SC2086
                expect_sentence 1 "group 'x': there is no such group; hagsgroup list names those that are there" \
                        hagsgroup $words
        done
}

t "a word that is wrong is named" wrong_words
t "a word that is missing is missed" missing_words
t "a value that is wrong is named, with those that are right" wrong_values
t "a name that cannot be is refused" wrong_names
t "an unknown group is no failure, but the answer no" unknown_groups

# ---- where words may stand ----

options_anywhere() {
        expect_status 3 hagsgroup lock --quiet x --timeout 5 -- sh -c 'exit 3'
        expect_status 3 hagsgroup lock --quiet x --timeout 5 sh -c 'exit 3'
        expect_status 3 hagsgroup lock --quiet --timeout=5 x sh -c 'exit 3'
        expect_status 0 hagsgroup lock x -- echo --timeout -- x
        expect_out '^--timeout -- x$'
        expect_status 0 hagsgroup lock x echo -- x
        expect_out '^-- x$'
        expect_status 0 hagsgroup lock -- -x echo y
        expect_status 0 hagsgroup barrier -n 1 -- -b
        expect_status 0 hagsgroup barrier -n1 b
        expect_status 0 hagsgroup barrier b --count 1
}
t "options stand before and behind operands, and behind -- there are none" options_anywhere

values_that_look_like_options() {
        start member hagsgroup join g
        eventually 10 has_members g 1
        expect_status 0 hagsgroup set g -- --json
        expect_status 0 hagsgroup get g
        expect_out '^--json$'
        expect_status 0 hagsgroup set -- g -x
        kill "$started"
}
t "behind -- a value may look like an option" values_that_look_like_options

# ---- the daemon ----

another_partition() {
        expect_sentence 125 'hagsd of partition sp_y does not run on this host; hagsctrl -s --syspar sp_y starts it' \
                hagsgroup list --syspar sp_y
        expect_sentence 125 'hagsd of partition sp_y does not run' env HA_DOMAIN_NAME=sp_y hagsgroup lock x true
        expect_status 0 env HA_DOMAIN_NAME=sp_y hagsgroup list --syspar sp_x
        expect_status 0 env -u HA_DOMAIN_NAME hagsgroup list
        expect_status 0 env HA_GS_SUBSYS=hags.sp_y hagsgroup list --syspar sp_x
        expect_status 0 env HA_DOMAIN_NAME=sp_y hagsgroup lock --syspar sp_x x -- hagsgroup members lock:x
        expect_out '^[0-9]+/5$'
}
t "the partition is that of --syspar, then of the environment, then the only one" another_partition

not_allowed() {
        setpriv --reuid 65534 --regid 65534 --clear-groups true || { echo "needs another user"; exit 77; }
        expect_sentence 125 'hagsd of partition sp_x lets in only root and the members of group hagsuser' \
                setpriv --reuid 65534 --regid 65534 --clear-groups hagsgroup lock x true
        expect_status 0 setpriv --reuid 65534 --regid 65534 --groups 54321 hagsgroup lock x true
}
t "who is not in hagsuser is told so" not_allowed

no_daemon() {
        local words

        daemon stop
        for words in 'lock x true' 'elect x true' 'barrier x -n 1' 'join x' 'watch x' 'get x' 'set x y' 'members x' \
                'send x y' 'expel x 1/0' 'list'; do
                # shellcheck disable=SC2086
                expect_sentence 125 'hagsd of partition sp_x does not run on this host; hagsctrl -s' hagsgroup $words
        done
        daemon start
}
t "without a daemon each says how to start it" no_daemon

closed_streams() {
        expect_status 0 hagsgroup list
        expect_out '^HostMembership$'
        expect_status 125 sh -c 'hagsgroup list >/dev/full'
        expect_err '^hagsgroup: cannot write to standard output: No space left on device$'
        expect_status 0 sh -c 'hagsgroup lock x true <&- >&- 2>&-'
}
t "output that cannot be written is an error; closed streams are none" closed_streams

# ---- completion ----

# As bash calls it: the words, split at : and = as it does, and COMP_CWORD at the last.
complete_words() { # WORD...
        COMP_WORDS=()
        for word; do
                while [[ $word =~ ^([^:=]*)([:=])(.*)$ ]]; do
                        [ -z "${BASH_REMATCH[1]}" ] || COMP_WORDS+=("${BASH_REMATCH[1]}")
                        COMP_WORDS+=("${BASH_REMATCH[2]}")
                        word=${BASH_REMATCH[3]}
                        [ -n "$word" ] || continue 2
                done
                COMP_WORDS+=("$word")
        done
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        COMPREPLY=()
        _hagsgroup hagsgroup
        printf '%s\n' "${COMPREPLY[@]}"
}
completes() { # WANTED WORD...
        local want=$1 got
        shift

        got=$(complete_words "$@" | sort | paste -sd' ')
        [ "$got" = "$want" ] || { echo "'$*' completes to '$got' instead of '$want'"; return 1; }
}
completion() {
        . packaging/completion/hagsgroup
        completes '--help --version' hagsgroup --
        completes 'list lock' hagsgroup l
        completes "$( (subcommands; printf -- '--help\n--version\n') | sort | paste -sd' ')" hagsgroup ''
        completes '--kill-after' hagsgroup lock --k
        completes '--state-exec --syspar' hagsgroup join --s
        completes '' hagsgroup get --state
        completes 'continue stop' hagsgroup lock --on-loss ''
        completes 'continue' hagsgroup lock --on-loss=c
        completes 'approve exec: reject' hagsgroup join --vote ''
        completes 'sp_x' hagsgroup list --syspar s
        completes 'sp_x' hagsgroup list --syspar=
        completes 'NEWS.md' hagsgroup lock --deactivate-script NEW
        completes '' hagsgroup lock --timeout ''

        start l1 hagsgroup lock one -- sleep 100
        start l2 hagsgroup lock other -- sleep 100
        start e1 hagsgroup elect only -- sleep 100
        start m1 hagsgroup join g --instance 7
        eventually 10 has_members g 1
        eventually 10 has_members elect:only 1
        completes 'one other' hagsgroup lock --timeout 5 o
        completes 'other' hagsgroup lock --syspar sp_x ot
        completes '' hagsgroup lock --syspar sp_y o
        completes 'only' hagsgroup elect --again o
        completes 'HostMembership elect:only g lock:one lock:other' hagsgroup members ''
        completes 'one other' hagsgroup members lock:
        completes 'other' hagsgroup members lock:ot
        completes '7/5' hagsgroup expel g 7
        completes '7/5' hagsgroup expel g 8/5 ''
        completes '' hagsgroup get g ''
        completes 'hagsgroup' hagsgroup lock one hagsgrou
        completes 'hagsgroup' hagsgroup lock --timeout 5 one -- hagsgrou
        completes 'hagsgroup' hagsgroup lock one --timeout 5 -- hagsgrou
        completes '--timeout' hagsgroup lock one --t
}
t "completion knows subcommands, options, groups and members" alone completion

t_done
