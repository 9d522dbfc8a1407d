#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The deactivate script of the lab's cases, called with pid, limit, flag, group, instance and node. Writes down how
# it was run, then does what the flag says.

set -eu

record=/tmp/script.$4.$5
fds=$(readlink /proc/$$/fd/0),$(readlink /proc/$$/fd/1),$(readlink /proc/$$/fd/2)
leader=no
[ "$(ps -o pgid= -p $$ | tr -d ' ')" != $$ ] || leader=yes
{
        printf 'arguments='
        printf '[%s]' "$@"
        printf ' uid=%s gid=%s groups=%s cwd=%s' "$(id -u)" "$(id -g)" "$(id -G | tr ' ' ,)" "$PWD"
        printf ' fds=%s leader=%s self=%s \n' "$fds" $leader $$
} >"$record.new"
mv "$record.new" "$record"

case $3 in
fail) exit 3 ;;
sleep) sleep 1000 ;;
wait*)
        until [ -e "/tmp/go.$4" ]; do
                sleep .02
        done
        [ "$3" = wait ]
        ;;
esac
