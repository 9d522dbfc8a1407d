# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Sourced by the tests of hagsgroup: tests/tap.sh, in namespaces of their own with a private daemon, so that
# nothing of the host is seen and all that is started ends with the test.
#
#       HAGSGROUP_LONG=1 tests/hagsgroup/test-barrier.sh        with the counts of check-long

if [ -z "${HAGSGROUP_INSIDE:-}" ]; then
        own=()
        [ "$EUID" = 0 ] || own=(--map-root-user)
        HAGSGROUP_INSIDE=1 exec unshare "${own[@]}" --mount --propagation private --pid --fork --kill-child \
                --mount-proc "$0" "$@"
fi

mount -t tmpfs -o mode=0755 tmpfs /run || exit 1
mkdir /run/hags /run/logs /run/tmp
export TMPDIR=/run/tmp

. "${BASH_SOURCE[0]%/*}/../tap.sh"

build=$PWD/${BUILD:-build}
# shellcheck disable=SC2034
here=tests/hagsgroup
export PATH=$build:$PATH LD_LIBRARY_PATH=$build
export HAGS_RUN_DIRECTORY=/run/hags HA_DOMAIN_NAME=sp_x
export CONFORMANCE_HAGSD=$build/hagsd # of tests/conformance/daemon.sh
for program in hagsd hagsgroup; do
        [ -x "$build/$program" ] || t_bail "$build/$program is not built: try make"
done

[ ! -d /etc/hags ] || mount -t tmpfs tmpfs /etc/hags
printf '[Log]\nDirectory=/run/logs\n' >/run/hags/hags.conf
printf 'root:x:0:\nhagsuser:x:54321:\n' >/run/group
mount --bind /run/group /etc/group

daemon() { # begin|start|stop|kill|freeze|thaw
        tests/conformance/daemon.sh "$1" "$HA_DOMAIN_NAME"
}

# What a count is here, and in check-long.
count() { # FEW MANY
        if [ -n "${HAGSGROUP_LONG:-}" ]; then echo "$2"; else echo "$1"; fi
}

expect_err() { # REGEX: somewhere on the last command's standard error; '^$': there is none
        [[ $(<"$t_dir/err") =~ $1 ]] || t_fail "standard error does not match: $1"
}

# One line, from hagsgroup, that does not end with a full stop or a blank.
expect_sentence() { # STATUS REGEX CMD...
        local status=$1 regex=$2
        shift 2

        expect_status "$status" "$@"
        expect_out '^$'
        expect_err "^hagsgroup: $regex"
        [ "$(wc -l <"$t_dir/err")" = 1 ] || t_fail "that is not one line"
}

members() { # GROUP: how many it has; 0: it is not there
        { hagsgroup members "$1" 2>/dev/null || true; } | wc -l
}
has_members() { # GROUP N
        [ "$(members "$1")" = "$2" ]
}

# It does nothing any more: it has no memory, though its parent may not have asked for its status yet.
is_dead() { # PID
        [ -z "$(tr -d '\0' 2>/dev/null <"/proc/$1/cmdline")" ]
}

# A case that leaves nothing running for the next one, also if it fails. It begins when those of the last are gone.
alone() { # FUNCTION [ARGS...]
        trap kill_all EXIT
        eventually 20 nobody_is_left
        "$@"
}
nobody_is_left() {
        [ "$(hagsgroup list)" = HostMembership ]
}
kill_all() { # in this PID namespace: but for the daemon, its script, and this test
        local dir pid

        for dir in /proc/[0-9]*; do
                pid=${dir#/proc/}
                case $(cat "$dir/comm" 2>/dev/null) in hagsd | daemon.sh) continue ;; esac
                [ "$pid" = 1 ] || [ "$pid" = "$BASHPID" ] || kill -9 "$pid" 2>/dev/null || true
        done
}

# CMD in the background. Its PID is in $started, what it writes in $t_dir/NAME.out and .err.
start() { # NAME CMD...
        local name=$1
        shift

        "$@" >"$t_dir/$name.out" 2>"$t_dir/$name.err" &
        # shellcheck disable=SC2034
        started=$!
}

ended_with() { # STATUS PID: waits for it
        local got=0

        wait "$2" || got=$?
        [ "$got" = "$1" ] || { echo "exit status $got instead of $1"; return 1; }
}

daemon start || t_bail "hagsd does not start"
