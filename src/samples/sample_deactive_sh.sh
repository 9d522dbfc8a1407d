#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Deactivate script: ends the process of a provider that others have expelled.
#
#       sample_deactive_sh.sh PID TIME_LIMIT FLAG GROUP INSTANCE NODE
#
# Group Services runs it with the identity of that process and looks at its exit status: 0 means that the process
# is gone. TIME_LIMIT is in seconds; 0: none, then ten are enough.

pid=${1:?usage: sample_deactive_sh.sh PID TIME_LIMIT FLAG GROUP INSTANCE NODE}
limit=${2:-0}
[ "$limit" -gt 0 ] || limit=10

# A zombie is gone too: nothing runs in it any more.
alive() {
        case $(ps -o stat= -p "$pid") in
        '' | Z*) return 1 ;;
        esac
}

# The last second of the limit is for SIGKILL. Turns are not counted: on a busy machine each takes its time.
until=$(($(date +%s) + limit - 1))
kill -TERM "$pid" 2>/dev/null
while alive && [ "$(date +%s)" -lt "$until" ]; do
        sleep 0.1
done

if alive; then
        kill -KILL "$pid"
        sleep 0.3
fi
! alive
