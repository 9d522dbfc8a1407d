#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# inside.sh HAGSD PROGRAM [ARGS...] - runs the program beside a daemon of its own. To be called in a new mount
# and PID namespace, as its root: nothing that the host has configured is seen, and all that is started here
# ends with this script.

set -eu

export CONFORMANCE_HAGSD=$1 CONFORMANCE_DAEMON=$PWD/${0%/*}/daemon.sh
export HAGS_RUN_DIRECTORY=/run/hags HA_DOMAIN_NAME=conformance
shift

mount --make-rprivate /
mount -t tmpfs -o mode=0755 tmpfs /run
[ ! -d /etc/hags ] || mount -t tmpfs tmpfs /etc/hags
mkdir /run/hags /run/logs
printf "[Log]\nDirectory=/run/logs\n[Node]\nNumber=5\n" >/run/hags/hags.conf
printf 'root:x:0:\nhagsuser:x:%s:\n' "${CONFORMANCE_GROUP:-54321}" >/run/group
mount --bind /run/group /etc/group

"$CONFORMANCE_DAEMON" start "$HA_DOMAIN_NAME"
status=0
"$@" || status=$?
"$CONFORMANCE_DAEMON" stop "$HA_DOMAIN_NAME" >&2 || exit 2
exit $status
