#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# By hand since AIX 3: restart.sh SUBSYSTEM stops, waits, starts, and compares the PIDs.

before=$(lssrc -s "$1" | awk 'NR==2 && NF==4 { print $3 }')
stopsrc -s "$1"
until lssrc -s "$1" | grep -q inoperative; do sleep 1; done
after=$(startsrc -s "$1" | sed -n 's/^0513-059 The .* Subsystem has been started\. Subsystem PID is \([0-9]*\)\.$/\1/p')
[ -n "$after" ] && [ "$before" != "$after" ] && kill -0 "$after"
