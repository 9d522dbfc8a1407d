#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# As the pre-removal script of a package: preremove.sh SUBSYSTEM stops it if it runs, and waits for that.

if lssrc -s "$1" | grep -E "^ $1.*active" >/dev/null; then
        stopsrc -s "$1" >/dev/null || exit 1
fi
n=0
until lssrc -s "$1" | grep -q inoperative; do
        n=$((n + 1))
        [ $n -lt 60 ] || { echo "$1 does not stop" >&2; exit 1; }
        sleep 1
done
