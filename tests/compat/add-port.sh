#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# As a control script of PSSP does for a subsystem of its own: the port from the SDR, and the name of its
# service.

name=$(spget_syspar -n) && number=$(node_number) || exit 1
port=$(SDRGetObjects -x Syspar_ports subsystem==hags port | tr -d ' ') || exit 1
[ -n "$port" ] || { echo "no port in partition $name" >&2; exit 1; }
case $number in
0) subsystem=hags.$name ;;
*) subsystem=hags ;;
esac
lssrc -s "$subsystem" >/dev/null || exit 1
echo "$subsystem $port $(getent services "hags.$name/tcp" | awk '{ print $2 }')"
