#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# `sudo make demo`: boots a throwaway node, installs into it and shows the product at work: each command,
# then what it really printed. Fails if one of them does. The host stays as it was.

. "${0%/*}/lab/lab.sh"

say() { printf '\n---- %s\n' "$*"; }

run() { # COMMAND: as root, on a terminal of the node; but for the terminal's control sequences
        printf '\n# %s\n' "$1"
        node 1 env COLUMNS=110 script -qec "$1" /dev/null | sed 's/\r//g; s/\x1b\[[0-9;]*[A-Za-z]//g' || {
                echo "demo: this command failed"
                exit 1
        }
}

say "Booting a throwaway node with its own systemd (its file system is made the first time: half a minute)."
lab_up 1
run "systemctl is-system-running"

say "/etc/services, which Group Services will enter its ports in and leave as it was."
run "sha256sum /etc/services | tee before"

say "A partition: registered, with a port, enabled for the next boot. Then its daemon is started."
run "hagsctrl -a"
run "hagsctrl --list"
run "hagsctrl -s"
run "grep hagsctrl /etc/services"

say "It is a service like any other."
run "systemctl --no-pager status hags@default"
run "systemctl cat hags@default | tail -n 8"
run "journalctl --no-pager -o short -u hags@default"
run "cat /var/ha/log/hags.*"

say "Programs use it: two providers of a group and a subscriber, of user alice, who is in group hagsuser."
samples=/src/${BUILD:-build}/samples
run "useradd --groups hagsuser alice"
node_sh 1 '
        as_alice() { runuser -u alice -- timeout "$@"; }
        cd /tmp
        as_alice 20 "$1/sample_schg" database 1 >first.out &
        sleep .5
        as_alice 20 "$1/sample_schg" database 2 2 >second.out &
        sleep .2
        as_alice 20 "$1/sample_subscriber" database >subscriber.out &
        wait' "$samples" &
programs=$!
sleep 3
run "cat /tmp/second.out"
run "cat /tmp/subscriber.out"
run "systemctl --no-pager --lines=0 status hags@default | grep Status"
run "hagsctrl --list"
say "One of them is killed. The others hear of it, vote, and go on."
run "pkill -KILL --oldest sample_schg; sleep 1; tail -n 6 /tmp/second.out"
run "pkill -TERM sample_; sleep 1; hagsctrl --list"
wait "$programs" || true

say "Tracing: switched while the daemon runs, and still on after a restart."
run "hagsctrl -t"
run "systemctl restart hags@default"
run "hagsctrl --list"
run "tail -n 4 /var/ha/log/hags.default_0_2.default"
run "hagsctrl -o"

say "A second partition, which is not known yet: --create guards against typing errors."
run "hagsctrl -a --create --syspar sp_test"
run "hagsctrl -s --syspar sp_test"
run "hagsctrl --list --json"

say "A daemon that is killed comes back."
run "systemctl kill -s KILL hags@sp_test; sleep 3; hagsctrl --list"

say "Stop one, then unconfigure all of it. What would be done can be seen before."
run "hagsctrl -k --syspar sp_test"
run "hagsctrl -u --dry-run"
run "hagsctrl -u"
run "hagsctrl --list"

say "/etc/services is what it was, byte for byte."
run "sha256sum /etc/services; sha256sum --check before"

say "Done. The node goes down now, and nothing is left of it."
