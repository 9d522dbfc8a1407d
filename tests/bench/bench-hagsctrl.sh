#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# hagsctrl against systemctl doing the same to the same unit, in one node of the lab, in turn, medians. Prints a table with
# the ratio beside what it must be and what it aims at. Judges nothing.

. "${0%/*}/../lab/lab.sh"
lab_up 1

node 1 bash -euo pipefail -s <<'NODE'
export LC_ALL=C
pairs=${PAIRS:-31}

us() { # NAME CMD...: its wall time in microseconds, appended to the figures of NAME
        local begin=$EPOCHREALTIME end name=$1
        shift
        "$@" >/dev/null
        end=$EPOCHREALTIME
        echo $((${end/./} - ${begin/./})) >>"/root/$name"
}

median() { sort -n "/root/$1" | awk '{ a[NR] = $1 } END { print NR % 2 ? a[(NR + 1) / 2] : (a[NR / 2] + a[NR / 2 + 1]) / 2 }'; }

row() { # TEXT OURS THEIRS MUST AIM
        awk -v t="$1" -v a="$(median "$2")" -v b="$(median "$3")" -v must="$4" -v aim="$5" \
                'BEGIN { printf "%-34s %9.1f ms %9.1f ms %7.2f %7.2f %7.2f\n", t, a / 1000, b / 1000, a / b, must, aim }'
}

hagsctrl -a --quiet
for ((i = 0; i < pairs; i++)); do
        us start hagsctrl -s
        us stop hagsctrl -k
        us sd-start systemctl start hags@default
        us sd-stop systemctl stop hags@default
        systemctl reset-failed # both sides: the start limit is not what is measured
        us again hagsctrl -a
        us sd-enabled systemctl is-enabled hags@default
done
hagsctrl -u --quiet 2>/dev/null

for ((i = 0; i < 90; i++)); do hagsctrl -a --create --quiet --syspar "p$i"; done
tar -C / -cf /root/added.tar etc/systemd/system etc/services
for ((i = 0; i < 5; i++)); do
        systemctl start hags.target
        us clean hagsctrl -c
        tar -C / -xf /root/added.tar
        systemctl daemon-reload
        systemctl start hags.target
        us sd-clean sh -c 'systemctl stop "hags@*.service"
                systemctl disable --quiet $(cd /etc/systemd/system/hags.target.wants; echo *) hags.target'
        tar -C / -xf /root/added.tar
        systemctl daemon-reload
done
hagsctrl -u --quiet 2>/dev/null

printf '%-34s %12s %12s %7s %7s %7s\n' "what (medians)" hagsctrl systemctl ratio must aim
row "-s against start" start sd-start 1.0 0.8
row "-k against stop" stop sd-stop 1.0 0.8
row "-a, nothing to do, against is-enabled" again sd-enabled 1.5 1.0
row "-c, 90 running, against stop+disable" clean sd-clean 1.0 0.8
NODE
