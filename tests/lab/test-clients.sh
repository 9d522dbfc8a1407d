#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Who may be a client and which daemon it finds, on real systemd: several users, groups and namespaces, several
# partitions; and what becomes of clients when their daemon stops, restarts under load, or the node is rebooted.

. "${0%/*}/samples.sh"
lab_up 1
samples_build >"$t_dir/build.log" 2>&1 || t_bail "the samples cannot be built" "$t_dir/build.log"
samples_install 1
node_sh 1 'useradd --system primary --gid hagsuser
        useradd --system stranger'

# ---- who is let in ----

connects() { # COMMAND...: in front of a subscriber
        started
        expect_status 124 node 1 timeout 2 "$@" /opt/samples/sample_subscriber HostMembership
        expect_out '^connected'
        expect_out 'members: 0/0'
}
refused() { # COMMAND...: and the journal says so
        started
        expect_status 124 node 1 timeout 1 "$@" /opt/samples/sample_subscriber HostMembership
        expect_out 'HA_GS_CONNECT_FAILED'
        expect_status 0 node 1 journalctl --quiet --output=cat --since="@$t_since" \
                MESSAGE_ID=27994f92a873404d88595cd3c96d48f1 HAGS_SYSPAR=default
        expect_out 'was denied access: it is neither root nor a member of group hagsuser'
}

t "root is let in" connects env
t "so is who has group hagsuser as a supplementary group" connects \
        setpriv --reuid=player --regid=player --init-groups
t "and as the primary one" connects setpriv --reuid=primary --regid=hagsuser --clear-groups
t "and by its effective group alone" connects setpriv --ruid=stranger --egid=hagsuser --clear-groups
t "a stranger is refused" refused setpriv --reuid=stranger --regid=stranger --init-groups
t "a member who gave up the group is refused" refused setpriv --reuid=player --regid=player --clear-groups
t "a member in a user namespace of its own is let in" connects \
        setpriv --reuid=player --regid=player --init-groups unshare --user --map-root-user
t "a stranger who is root in a user namespace is refused" refused \
        setpriv --reuid=stranger --regid=stranger --init-groups unshare --user --map-root-user
t "a client in a process namespace of its own is let in" connects unshare --pid --fork

# ---- which daemon ----

tells() { # SYSPAR REGEX: the status of its daemon
        node 1 systemctl show -P StatusText "hags@$1" | grep -E -- "$2"
}
asks_its_own_domain() {
        started
        node_sh 1 'hagsctrl -a --create --syspar sp_b; hagsctrl -s --syspar sp_b' >/dev/null
        options=(--setenv=HA_DOMAIN_NAME=sp_b)
        sample b schg theGroup 1
        soon b 'members: 1/0'
        options=()
        sample a schg theGroup 1 # with two of them: default
        soon a 'members: 1/0'
        eventually 20 tells sp_b '; 1 group, 1 provider, 1 client$'
        eventually 20 tells default '; 1 group, 1 provider, 1 client$'
        node 1 systemctl stop sample-a sample-b

        node 1 hagsctrl -k >/dev/null
        sample c schg theGroup 2 # with one of them: that
        soon c 'members: 2/0'
        eventually 20 tells sp_b '1 provider'
        node 1 systemctl stop sample-c
}
t "a client talks to the domain that it names, else to the only one, else to default" asks_its_own_domain

# ---- what an administrator sees ----

is_told() {
        started
        options=(--uid=player)
        sample a schg theGroup 1
        sample b schg theGroup 2
        soon a 'members: 1/0 2/0'
        expect_status 0 node 1 hagsctrl --list --json
        expect_status 0 jq -e '.partitions[0] | .clients == 2 and .domain.groups == 1 and .domain.providers == 2' \
                "$t_dir/out"
        node 1 systemctl kill --signal=STOP sample-b
        sample c schg theGroup 3
        eventually 20 counts '; join in group theGroup waits for 2/0$'
        node 1 systemctl kill --signal=CONT sample-b
        soon c 'members: 1/0 2/0 3/0'
        eventually 20 counts '3 clients$'
        node 1 systemctl stop sample-a sample-b sample-c
        eventually 20 counts '0 groups, 0 providers, 0 clients$'
}
t "status and --list tell of clients, and for whom a protocol waits" is_told

# ---- the daemon ends ----

stop_is_announced() {
        local begin

        started
        sample a schg theGroup 1
        soon a 'members: 1/0'
        begin=$EPOCHREALTIME
        node 1 hagsctrl -k >/dev/null
        soon a 'announcement: summary 0x200;'
        soon a 'lost: HA_GS_NOT_OK'
        node 1 journalctl --quiet --output=short-unix --since="@$begin" --unit=sample-a |
                awk -v begin="$begin" '/lost: HA_GS_NOT_OK/ { found = 1; late = $1 - begin > 1 } END { exit !found || late }' ||
                t_fail "not within a second"
        node 1 systemctl stop sample-a
}
t "a stop is announced, and ends connections within a second" stop_is_announced

all_are_back() { # N
        node 1 hagsctrl --list --json | jq -e --argjson n "$1" '.partitions[0].domain.providers == $n'
}
restart_under_load() {
        local round

        started
        node_sh 1 'for i in $(seq 1 20); do
                        systemd-run --quiet --collect --unit="sample-$i" --property=LogRateLimitIntervalSec=0 \
                                /opt/samples/sample_schg "group$((i % 4))" "$i" 1000000 &
                done
                wait'
        eventually 20 all_are_back 20
        for round in KILL TERM KILL; do
                node 1 systemctl reset-failed
                node 1 systemctl kill --signal="$round" hags@default
                [ "$round" = KILL ] || node 1 hagsctrl -s >/dev/null
                eventually 20 all_are_back 20
        done
        node 1 systemctl stop 'sample-*'
        eventually 20 counts '0 groups, 0 providers, 0 clients$'
}
t "twenty that change states without end are back after each restart" restart_under_load

comes_up_at_boot() {
        started
        node_sh 1 '
                printf "%s\n" "[Service]" User=player "ExecStart=/opt/samples/sample_schg theGroup 1" \
                        "[Install]" WantedBy=multi-user.target >/etc/systemd/system/sample-boot.service
                systemctl daemon-reload
                systemctl enable --now --quiet sample-boot'
        soon boot 'members: 1/0'
        expect_status 0 node_reboot 1
        eventually 20 counts '1 group, 1 provider, 1 client'
        expect_status 0 node_crash 1
        eventually 20 counts '1 group, 1 provider, 1 client'
        node_sh 1 'systemctl disable --now --quiet sample-boot; rm /etc/systemd/system/sample-boot.service'
}
t "after a reboot, and a power cut, a client is back in its group by itself" comes_up_at_boot

t_done
