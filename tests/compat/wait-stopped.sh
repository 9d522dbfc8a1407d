#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A waiting loop: wait-stopped.sh SUBSYSTEM returns when it stops no more, and says what it is then.

while lssrc -s "$1" | grep -q stopping; do
        sleep 1
done
lssrc -s "$1" | awk -v name="$1" '$1 == name { print $NF }'
