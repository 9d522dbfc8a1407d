#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# daemon.sh begin|start|stop|kill|freeze|thaw DOMAIN - what the conformance suite needs of the daemon: begin one,
# or begin it and wait until it listens; end it, or kill it, and wait until it is gone; stop it for a while. stop
# fails unless the daemon ends well. CONFORMANCE_HAGSD is the program, HAGS_RUN_DIRECTORY where clients look.

set -eu

verb=$1
domain=$2
own=$HAGS_RUN_DIRECTORY/.$domain # not a name of a domain
socket=$HAGS_RUN_DIRECTORY/$domain/gsapi

# Wait until a command succeeds, but not for ever.
until_true() { # CMD...
        local i

        for ((i = 0; i < 3000; i++)); do
                ! "$@" || return 0
                sleep .01
        done
        echo "daemon.sh $verb $domain: in vain" >&2
        exit 1
}

is_gone() {
        ! kill -0 "$(<"$own/pid")" 2>/dev/null
}

listens_or_is_gone() {
        [ -S "$socket" ] || [ -e "$own/status" ]
}

case $verb in
begin)
        rm -f "$socket" "$own/status"
        mkdir -p "$own/state" "$HAGS_RUN_DIRECTORY/$domain"
        (
                status=0
                RUNTIME_DIRECTORY=$HAGS_RUN_DIRECTORY/$domain STATE_DIRECTORY=$own/state HAGS_NODE=5 \
                        HAGS_PORT=10000 "$CONFORMANCE_HAGSD" "$domain" & # is its own process
                echo $! >"$own/pid"
                wait $! || status=$?
                echo $status >"$own/status"
        ) </dev/null >>"$own/output" 2>&1 &
        until_true test -s "$own/pid"
        ;;
start)
        "$0" begin "$domain"
        until_true listens_or_is_gone
        [ ! -e "$own/status" ] || { cat "$own/output"; exit 1; }
        ;;
stop)
        kill "$(<"$own/pid")" || true # it may have ended already: then its status says how
        until_true test -s "$own/status"
        [ "$(<"$own/status")" = 0 ] || { cat "$own/output"; exit 1; }
        ;;
kill)
        kill -KILL "$(<"$own/pid")"
        until_true is_gone
        ;;
freeze)
        kill -STOP "$(<"$own/pid")"
        ;;
thaw)
        kill -CONT "$(<"$own/pid")"
        ;;
*)
        echo "daemon.sh: what is $verb?" >&2
        exit 1
        ;;
esac
