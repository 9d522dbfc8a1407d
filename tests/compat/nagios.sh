#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# As a check of Nagios: nagios.sh SUBSYSTEM prints one line; status 0, 2 if it is down, 3 if it is not known.

line=$(lssrc -s "$1" 2>&1) || { echo "UNKNOWN: $line"; exit 3; }
# shellcheck disable=SC2046
set -- $(echo "$line" | sed -n 2p)
case $# in
4) echo "OK: $1 $4, pid $3"; exit 0 ;;
*) echo "CRITICAL: $1 inoperative"; exit 2 ;;
esac
