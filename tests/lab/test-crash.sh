#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# hagsctrl killed before each of its system calls that change a file or write to the bus, then run again: the state must be
# that of an undisturbed run, no temporary file may be left, and /etc/services may never be seen short. What happens in
# the node is in crash-verb.sh.

. "${0%/*}/lab.sh"
# shellcheck disable=SC2034
lab_targets='install install-src-compat test-tools'
lab_up 1

verb() { # BEFORE VERB: in the state that BEFORE makes (see crash-verb.sh)
        expect_status 0 node 1 /src/tests/lab/crash-verb.sh "$lab_tools/crash/killat" "$@"
        expect_out 'killed [1-9][0-9]* times'
        echo "# $(<"$t_dir/out")" >&3
}

t "-a on a fresh host" verb fresh -a
t "-a --create" verb fresh -a --create --syspar sp_new
t "-a with another node number, running" verb renumbered -a
t "-s" verb added -s
t "-k" verb started -k
t "-d, running and traced" verb traced -d
t "-c with three partitions, two running" verb three -c
t "-u" verb three -u --force
t "-t, running" verb started -t
t "-o, running" verb traced -o
t "traceson, running" verb started traceson -ls hags
t "--sdr-import" verb import --sdr-import /root/import

t_done
