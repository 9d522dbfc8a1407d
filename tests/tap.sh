# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Sourced by test scripts: cases, what they expect, and TAP on standard output. Scripts that need nodes
# source tests/lab/lab.sh, which is this and a lab. A test script:
#
#       . "${0%/*}/../tap.sh"
#
#       an_empty_file_is_empty() {
#               : >"$t_dir/file"
#               expect_status 0 cat "$t_dir/file"
#               expect_out '^$'
#       }
#       t "an empty file is empty" an_empty_file_is_empty
#
#       t_done
#
# A case is a function, run in a subshell where the first command that fails ends it. `exit 77` skips it: the
# last line of its output is the reason. The working directory is the top of the checkout.
#
# T_ONLY=REGEX tests/lab/test-foo.sh: only the cases whose names match, where they can do without the others.

export LC_ALL=C.UTF-8
set -u -o pipefail
exec </dev/null

cd "${BASH_SOURCE[0]%/*}/.." || exit 1
t_cases=0
t_failures=0

t_clean_up() {
        rm -rf "$t_dir"
}

# What tests left that were killed so hard that nothing of them could clean up.
t_sweep() {
        local dir pid

        for dir in "${TMPDIR:-/tmp}"/hags-test.*; do
                pid=${dir##*/hags-test.}
                [ ! -d "$dir" ] || [ -d "/proc/${pid%%.*}" ] || tests/lab/sdbox down "$dir"
        done
}

t_sweep
# Room for the test's files, gone when it ends. Its name tells the next test whose it is.
t_dir=$(mktemp -d "${TMPDIR:-/tmp}/hags-test.$$.XXXXXX") || exit 1
trap t_clean_up EXIT
trap 'exit 1' HUP INT TERM

t() { # NAME FUNCTION [ARGS...]
        local name=$1 status
        shift

        [[ $name =~ ${T_ONLY:-} ]] || return 0
        t_cases=$((t_cases + 1))
        # shellcheck disable=SC2034
        t_since=$EPOCHREALTIME
        t_command=none
        : >"$t_dir/out" 2>"$t_dir/err"
        (
                set -eE
                trap 'echo "${BASH_SOURCE[0]##*/}:$LINENO: status $?: $BASH_COMMAND" >&3' ERR
                "$@"
        ) >"$t_dir/case" 2>&1 3>&1
        status=$?

        case $status in
        0) echo "ok $t_cases - $name" ;;
        77) echo "ok $t_cases - $name # SKIP $(tail -n 1 "$t_dir/case")" ;;
        *)
                echo "not ok $t_cases - $name"
                t_failures=$((t_failures + 1))
                { cat "$t_dir/case"; t_report; } | sed 's/^/#   /'
                [ -z "${T_HOLD:-}" ] || t_hold
                ;;
        esac
}

# The cases of another program, from its TAP, as if they were of this script.
t_relay() { # FILE
        local line

        while IFS= read -r line; do
                case $line in
                1..*) continue ;;
                "ok "*) t_cases=$((t_cases + 1)) ;;
                "not ok "*) t_cases=$((t_cases + 1)) t_failures=$((t_failures + 1)) ;;
                esac
                [[ ! $line =~ ^(ok|not\ ok)\ [0-9]+(.*)$ ]] ||
                        line="${BASH_REMATCH[1]} $t_cases${BASH_REMATCH[2]}"
                printf '%s\n' "$line"
        done <"$1"
}

# What else a failure should show: for scripts to define.
t_report() {
        :
}

# T_HOLD=1 tests/lab/test-foo.sh: the first case that fails leaves time for a look at what is there.
t_hold() {
        echo "# held until interrupted: see $t_dir"
        sleep infinity
}

t_bail() { # SENTENCE [LOG]: no use to go on
        [ -z "${2:-}" ] || sed 's/^/# /' "$2"
        echo "Bail out! $1"
        exit 1
}

t_done() {
        echo "1..$t_cases"
        exit $((t_failures > 0))
}

# ---- what cases expect; an expectation that is not met shows the last command and ends the case ----

expect_status() { # STATUS CMD...: its output is then there for expect_out and others
        local want=$1 got=0
        shift

        t_command="$*"
        "$@" >"$t_dir/out" 2>"$t_dir/err" || got=$?
        [ "$got" = "$want" ] || t_fail "exit status $got instead of $want"
}

expect_out() { # REGEX: somewhere on the last command's standard output; '^$': there is none
        [[ $(<"$t_dir/out") =~ $1 ]] || t_fail "standard output does not match: $1"
}

eventually() { # SECONDS CMD...: succeeds within that time
        local deadline=$((${EPOCHREALTIME/./} + $1 * 1000000))
        shift

        t_command="$*"
        until "$@" >"$t_dir/out" 2>"$t_dir/err"; do
                [ "${EPOCHREALTIME/./}" -lt "$deadline" ] || t_fail "does not become true in time"
                sleep .05
        done
}

t_fail() { # SENTENCE
        local name

        # The call stack ends with: what the case called, the case, t, the test script.
        echo "${BASH_SOURCE[-1]##*/}:${BASH_LINENO[-4]}: $1"
        echo "---- command: $t_command"
        for name in out err; do
                echo "---- std$name"
                cat "$t_dir/$name"
        done
        exit 1
}
