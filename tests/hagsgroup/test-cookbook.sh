#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The scripts of hags-cookbook(7), as they stand there: they do what the page says.

. "${0%/*}/group.sh"

mkdir "$t_dir/bin" "$t_dir/stand-in"
export PATH=$t_dir/bin:$t_dir/stand-in:$PATH
awk -v dir="$t_dir/bin" -f "$here/scripts.awk" man/hags-cookbook.7
chmod +x "$t_dir"/bin/*

are_there() {
        [ "$(find "$t_dir/bin" -type f -printf '%f\n' | sort | paste -sd' ')" = 'backup carry nightly roll' ]
        expect_status 0 shellcheck --severity=warning "$t_dir"/bin/*
}
t "the page has four scripts" are_there

# What the scripts run, in the place of what would change this host.
stand_in() { # NAME: the program is standard input
        { echo '#!/bin/bash'; cat; } >"$t_dir/stand-in/$1"
        chmod +x "$t_dir/stand-in/$1"
}

# ---- the backup ----

backs_up() {
        mkdir "$t_dir/source" "$t_dir/target"
        echo content >"$t_dir/source/file"
        # As rsync, but it notices another one.
        stand_in rsync <<END
mkdir $t_dir/busy || exit 99
sleep .2
cp -a "\${@: -2:1}." "\${@: -1}"
rmdir $t_dir/busy
END
        for i in 1 2 3 4; do start "b$i" backup "$t_dir/source" "$t_dir/target"; done
        for i in 1 2 3 4; do wait -n; done
        cmp "$t_dir/source/file" "$t_dir/target/file"
        # One that comes too late, with a fence of before.
        expect_status 1 env HAGS_FENCE="$(($(<"$t_dir/target/.fence") - 1))" backup "$t_dir/source" "$t_dir/target"
        expect_status 0 backup "$t_dir/source" "$t_dir/target"
}
passes_status() {
        stand_in rsync <<<'exit 23'
        expect_status 23 backup "$t_dir/source" "$t_dir/target"
}
t "a backup: one at a time, and none that is too late" alone backs_up
t "its exit status is that of rsync" alone passes_status

# ---- the cron job ----

runs_once() {
        export NIGHTLY_SKEW=2
        stand_in make-report <<<"echo \$1 >>$t_dir/reports"
        for i in 1 2 3 4 5; do start "n$i" nightly make-report "$i"; sleep .1; done
        for i in 1 2 3 4 5; do wait -n; done
        [ "$(wc -l <"$t_dir/reports")" = 1 ]
        [ ! -s "$t_dir/n2.err" ]
        expect_status 0 env NIGHTLY_SKEW=0 nightly make-report next
        [ "$(wc -l <"$t_dir/reports")" = 2 ]
}
fails_as_job() {
        stand_in make-report <<<'exit 5'
        expect_status 5 env NIGHTLY_SKEW=0 nightly make-report
        daemon stop
        expect_sentence 125 'hagsd of partition sp_x does not run' nightly make-report
        daemon start
}
t "a cron job: once, on whoever is first" alone runs_once
t "its exit status is that of the job" alone fails_as_job

# ---- the rolling restart ----

rolls() {
        stand_in systemctl <<END
mkdir $t_dir/restarting || exit 99
echo "\$* on \$HOST" >>$t_dir/restarts
sleep .2
rmdir $t_dir/restarting
END
        HOST=a start r1 roll 3 nginx
        HOST=b start r2 roll 3 nginx
        eventually 10 has_members barrier:nginx 2
        [ ! -e "$t_dir/restarts" ] # not before all are there
        HOST=c start r3 roll 3 nginx
        for i in 1 2 3; do wait -n; done
        [ "$(sort "$t_dir/restarts" | paste -sd,)" = 'restart nginx on a,restart nginx on b,restart nginx on c' ]
        rm "$t_dir/restarts"
}
stops_rolling() {
        local i

        export ROLL_WAIT=1
        stand_in systemctl <<END
echo "\$*" >>$t_dir/restarts
exit 1
END
        for i in 1 2 3; do start "r$i" roll 3 nginx; done
        for i in 1 2 3; do ! wait -n || return 1; done
        [ "$(<"$t_dir/restarts")" = 'restart nginx' ] # on the first one only
        cat "$t_dir"/r?.err | grep -qx 'roll: nginx does not start here'
        rm "$t_dir/restarts"
}
one_is_missing() {
        export ROLL_WAIT=1
        for i in 1 2; do start "r$i" roll 3 nginx; done
        for i in 1 2; do ! wait -n || return 1; done
        [ ! -e "$t_dir/restarts" ]
}
t "a rolling restart: all take part, one at a time" alone rolls
t "one that fails stops it" alone stops_rolling
t "it does not begin if one is missing" alone one_is_missing

# ---- the address ----

# Each of these hosts has a network of its own, and in it the address or not.
host() { # NAME
        start "$1" unshare --net hagsgroup elect --again address -- carry 192.0.2.10/32 lo
}
has_address() { # NAME
        grep -q '^192.0.2.10/32 is here' "$t_dir/$1.out" &&
                nsenter --net="/proc/$(pid_of "$1")/ns/net" ip -o address show dev lo | grep -qF 192.0.2.10/32
}
pid_of() { # NAME
        eval "echo \$pid_$1"
}
moves() {
        local pid_a pid_b

        unshare --net ip address add 192.0.2.10/32 dev lo || { echo "needs network namespaces"; exit 77; }
        host a; pid_a=$started
        eventually 10 has_address a
        host b; pid_b=$started
        eventually 10 has_members elect:address 2
        lacks_address b
        kill -9 "$pid_a"
        eventually 10 has_address b

        # One that is asked to go takes it away itself.
        host a; pid_a=$started
        eventually 10 has_members elect:address 2
        kill -STOP "$pid_a" # stays where it is, to be looked at
        kill "$pid_b"
        ended_with 0 "$pid_b"
        kill -CONT "$pid_a"
        eventually 10 has_address a
        daemon kill
        eventually 10 lacks_address a
        daemon start
        eventually 10 has_address a
}
lacks_address() { ! has_address "$1"; }
t "an address moves with the leader" alone moves

t_done
