#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What an idle hagsd costs: memory (PSS) and wake-ups, beside a bare sd-event process with the same watchdog under
# the same systemd. Prints a table. Judges nothing. IDLE_SECONDS=60: how long to watch.

. "${0%/*}/../lab/lab.sh"
lab_up 1

node 1 bash -euo pipefail -s "$lab_tools/bench/idle-bare" "${IDLE_SECONDS:-60}" <<'NODE'
export LC_ALL=C
seconds=$2

pid() { systemctl show -P MainPID "$1"; }
pss() { awk '$1 == "Pss:" { print $2 }' "/proc/$1/smaps_rollup"; }
wakeups() { awk '$1 == "voluntary_ctxt_switches:" { print $2 }' "/proc/$1/status"; }

# Memory of each while the other does not run: PSS counts only a share of what several processes have mapped.
hagsctrl -a --quiet
hagsctrl -s --quiet
hagsd=$(pid hags@default)
sleep 3 # what the start began has ended
hagsd_pss=$(pss "$hagsd")

systemd-run --quiet --unit=bare -p Type=notify -p NotifyAccess=main -p WatchdogSec=60s "$1"
bare=$(pid bare)
sleep 3
hagsd_wakeups=$(wakeups "$hagsd") bare_wakeups=$(wakeups "$bare")
sleep "$seconds"
hagsd_wakeups=$(($(wakeups "$hagsd") - hagsd_wakeups)) bare_wakeups=$(($(wakeups "$bare") - bare_wakeups))

hagsctrl -u --quiet
bare_pss=$(pss "$bare")

awk -v pa="$hagsd_pss" -v pb="$bare_pss" -v wa="$hagsd_wakeups" -v wb="$bare_wakeups" -v s="$seconds" 'BEGIN {
        printf "%-24s %10s %10s %7s %7s %7s\n", "idle", "hagsd", "bare", "ratio", "must", "aim"
        printf "%-24s %10d %10d %7.2f %7d %7d\n", "PSS, KiB", pa, pb, pa / pb, 3072, 1536
        printf "%-24s %10.1f %10.1f %7s %7d %7d\n", "wake-ups a minute", wa * 60 / s, wb * 60 / s, "", 4, 2
}'
NODE
