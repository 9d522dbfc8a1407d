#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# tests/run counts right, and nothing that went wrong looks as if it had passed.

. "${0%/*}/../tap.sh"

runner=$PWD/tests/run
cd "$t_dir" || exit 1

program() { # NAME TEXT
        printf '#!/bin/sh\n%s\n' "$2" >"$1"
        chmod +x "$1"
}
program good 'echo ok 1 - a; echo ok 2 - b; echo 1..2'
program also-good 'echo 1..2; echo ok 1 - a; echo ok 2 - b'
program cmocka 'echo 1..2; echo ok 1 - a; echo "not ok 2 # SKIP b"'
program bad 'echo ok 1 - a; echo "not ok 2 - b"; echo "# why"; echo 1..2; exit 1'
program skips 'echo ok 1 - a; echo "ok 2 - b # SKIP no such device"; echo 1..2'
program skips-all 'echo "1..0 # SKIP not on this machine"'
program dies 'echo ok 1 - a; echo 1..1; kill -SEGV $$'
program silent 'exit 0'
program stops-early 'echo 1..3; echo ok 1 - a'
program no-plan 'echo ok 1 - a'
program bails 'echo "Bail out! not root"; exit 1'
program hangs 'echo ok 1 - a; echo 1..1; sleep 60'
program hides 'echo "not ok 1 - a"; echo 1..1'
program wont-start ''
chmod -x wont-start

sums_up() { # STATUS SUMMARY PROGRAM...
        expect_status "$1" env BUILD=. TEST_TIMEOUT=1 "$runner" "${@:3}"
        [ "$(tail -n 1 out)" = "$2" ] || t_fail "the last line is not: $2"
}

shows_failures() {
        sums_up 1 "3 passed, 1 failed, 0 skipped" ./good ./bad
        expect_out 'FAILED ./bad .*
    \| ok 1 - a
    \| not ok 2 - b
    \| # why'
        expect_out 'ok     ./good .* 2 passed, 0 failed, 0 skipped'
        ! grep -q '| ok 2 - b' out
}

shows_why_it_skipped() {
        sums_up 0 "2 passed, 0 failed, 3 skipped" ./cmocka ./skips ./skips-all
        expect_out 'skipped: b no such device'
        expect_out 'skipped: not on this machine'
}

t "good programs pass" sums_up 0 "4 passed, 0 failed, 0 skipped" ./good ./also-good
t "a failure is counted and shown in full" shows_failures
t "skipped tests are counted, with their reasons" shows_why_it_skipped
t "a program that dies has failed" sums_up 1 "1 passed, 1 failed, 0 skipped" ./dies
t "a program without a test has failed" sums_up 1 "0 passed, 1 failed, 0 skipped" ./silent
t "a program that stops early has failed" sums_up 1 "1 passed, 1 failed, 0 skipped" ./stops-early
t "a program without a plan has failed" sums_up 1 "1 passed, 1 failed, 0 skipped" ./no-plan
t "a program that bails out has failed" sums_up 1 "0 passed, 1 failed, 0 skipped" ./bails
t "a program that hangs is stopped and has failed" sums_up 1 "1 passed, 1 failed, 0 skipped" ./hangs
t "a failure under exit status 0 is one" sums_up 1 "0 passed, 1 failed, 0 skipped" ./hides
t "a program that does not start has failed" sums_up 1 "0 passed, 1 failed, 0 skipped" ./wont-start
t "a program that is not there has failed" sums_up 1 "0 passed, 1 failed, 0 skipped" ./none
t "nothing to run is a failure" sums_up 1 "0 passed, 0 failed, 0 skipped"

many_are_waited_for() {
        local n

        for n in {1..30}; do
                cp good "good$n"
        done
        sums_up 0 "60 passed, 0 failed, 0 skipped" ./good{1..30}
}
t "each of many is waited for" many_are_waited_for

t_done
