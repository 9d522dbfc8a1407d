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

gone() {
        kill "-$1" "$(<"$own/pid")"
        while kill -0 "$(<"$own/pid")" 2>/dev/null; do
                sleep .01
        done
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
        until [ -s "$own/pid" ]; do
                sleep .01
        done
        ;;
start)
        "$0" begin "$domain"
        until [ -S "$socket" ]; do
                [ ! -e "$own/status" ] || { cat "$own/output"; exit 1; }
                sleep .01
        done
        ;;
stop)
        gone TERM || true # it may have ended already: then its status says why
        until [ -s "$own/status" ]; do
                sleep .01
        done
        [ "$(<"$own/status")" = 0 ] || { cat "$own/output"; exit 1; }
        ;;
kill)
        gone KILL
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
