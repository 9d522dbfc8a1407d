#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A waiting loop: wait-active.sh SUBSYSTEM SECONDS returns 0 as soon as it is active, or 1.

i=0
while [ "$i" -lt "$2" ]; do
        status=$(lssrc -s "$1" 2>/dev/null | tail -n 1 | awk '{ print $NF }')
        [ "$status" != active ] || exit 0
        i=$((i + 1))
        sleep 1
done
exit 1
