#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# killat, the tool of the crash tests: it kills just before the call it was told, and hides no exit status.

. "${0%/*}/../tap.sh"

killat=$PWD/${BUILD:-build}/tests/crash/killat
cd "$t_dir" || exit 1

three_changes='exec 3>file; echo word >&3; mv file renamed'

counts_what_changes_files() {
        echo word >file
        expect_status 0 "$killat" count -- sh -c 'echo seen; read -r word <file'
        expect_out '^1$'
        expect_status 0 "$killat" count -- sh -c 'exec 3>file; echo word >&3; chmod 600 file'
        expect_out '^2$'        # chmod is another process
        expect_status 5 "$killat" count -- sh -c 'exit 5'
        expect_out '^0$'
}

kills_before_the_call() {
        rm -f file
        expect_status 99 "$killat" 1 -- sh -c "$three_changes"
        [ "$(cat err)" = "killat: killed before call 1, openat" ]
        [ ! -e file ]
        expect_status 99 "$killat" 2 -- sh -c "$three_changes"
        [ "$(cat err)" = "killat: killed before call 2, write" ]
        [ -e file ] && [ ! -s file ]
        expect_status 0 "$killat" 3 -- sh -c "$three_changes"
        [ "$(cat renamed)" = word ]
}

kills_before_links_and_removals() {
        for call in "ln file link" "rm file" "mkdir dir" "mv file other" "sync file" "chmod 700 file" \
                "truncate -s 9 file" "touch -d yesterday file" "setfattr -n user.a -v b file"; do
                rm -rf file link dir other
                echo word >file
                stat -c '%A %s %Y' file >before
                # shellcheck disable=SC2086
                expect_status 99 "$killat" 1 -- $call
                [ "$(cat file)" = word ]
                [ ! -e link ] && [ ! -e dir ] && [ ! -e other ]
                stat -c '%A %s %Y' file | cmp - before
        done
}

passes_on_how_it_ended() {
        expect_status 0 "$killat" 1 -- true
        expect_status 7 "$killat" 9 -- sh -c 'echo out; exit 7'
        expect_out '^out$'
        expect_status 143 "$killat" 9 -- sh -c 'kill -TERM $$'
        expect_status 0 "$killat" 9 -- sh -c 'trap "exit 0" USR1; kill -USR1 $$; exit 1'
        expect_status 125 "$killat" 9 -- ./no-such-program
}

refuses_nonsense() {
        expect_status 125 "$killat" 0 -- true
        expect_status 125 "$killat" many -- true
        expect_status 125 "$killat" 1 true
        expect_status 125 "$killat" 1 --
}

t "counts the calls that change files" counts_what_changes_files
t "kills before the call it is told" kills_before_the_call
t "a killed call has not happened" kills_before_links_and_removals
t "passes on how the command ended" passes_on_how_it_ended
t "refuses nonsense" refuses_nonsense

t_done
