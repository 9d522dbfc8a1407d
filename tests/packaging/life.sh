#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# tests/packaging/life.sh OLD NEW LIBRARIES CLIENT - the life of the Debian packages on a node: installed, upgraded,
# downgraded, removed, installed again, purged, with instances running and clients connected. All are paths below the
# checkout: directories with packages of two versions, a repository with what they depend on, which is empty where the
# node has that already, and a sample_schg. LAB_SUITE says which Debian the node has. Run by test-deb.sh.

. "${0%/*}/../lab/lab.sh"

old=/src/$1 new=/src/$2 libraries=/src/$3 client=/src/$4
lab_up --bare 1

# ---- what is looked at ----

# Of the logs dpkg's and apt's own stay, and what both keep of the past.
names() {
        node_sh 1 'find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /var/tmp -o -path /src \
                -o -path /var/log -o -path /var/cache -o -path /var/lib/apt -o -path "/var/lib/dpkg/*-old" \) -prune -o -print |
                sort'
}
entries() { node_sh 1 'for db in passwd group services; do getent $db; done; cat /etc/shadow /etc/gshadow' | sort; }
services() { node_sh 1 'sha256sum </etc/services; stat -c "%a %u:%g %F" /etc/services'; }

install_packages() { # DIR PACKAGE...: with what they depend on, and nothing else is asked for
        node_sh 1 'cd "$1"; shift
                DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends --allow-downgrades install \
                        $(for p; do ls ./"$p"_*.deb; done)' "$@"
}
dpkg_says() { # STATUS PACKAGE
        expect_status 0 node 1 dpkg-query -W -f '${db:Status-Status}' "$2"
        expect_out "^$1\$"
}
incarnation() { node_sh 1 'cat "/var/lib/hags/domain/$1/incarnation" 2>/dev/null || echo 0' "$1"; }
state_is() { # PARTITION STATE
        expect_status 0 node 1 systemctl show -P ActiveState "hags@$1"
        expect_out "^$2\$"
}
# Registrations, tracing, ports and enablement: what no upgrade may touch.
registrations() {
        node_sh 1 'cd /; find etc/systemd/system etc/hags var/lib/hags/sdr \( -path "*hags*" -type f -exec sha256sum {} + \) , \
                \( -path "*hags*" -type l -printf "%p %l\n" \) | sort; sha256sum etc/services'
}

# ---- installing ----

# Packages come from files alone. On the host's Debian the node has nothing of what ours need.
node_sh 1 '
        printf "# of the site\nhags.foreign 10050/tcp\nlast 10051/tcp # no newline behind it" >>/etc/services
        rm -f /etc/apt/sources.list.d/*
        echo "deb [trusted=yes] file:$1 ./" >/etc/apt/sources.list
        [ ! -s "$1/Packages" ] || dpkg --purge libjansson4 libinih1 libncurses6
        apt-get -q update
        apt-get -q -y autoremove --purge' "$libraries" >"$t_dir/log" 2>&1 || t_bail "the node cannot be prepared" "$t_dir/log"
names >"$t_dir/names"
entries >"$t_dir/entries"
services >"$t_dir/services"

installs() {
        expect_status 0 install_packages "$old" hags libha-gs1
        dpkg_says installed hags
        expect_status 0 node 1 getent passwd hags
        expect_status 0 node 1 getent group hagsuser
        expect_status 0 node 1 stat -c '%U:%G %a' /var/ha/log
        expect_out '^hags:adm 2750$'
}
nothing_is_started() {
        expect_status 1 node 1 systemctl is-enabled hags.target
        expect_status 3 node 1 systemctl is-active hags.target
        expect_status 0 node 1 systemctl list-units --no-legend --all 'hags@*'
        expect_out '^$'
        services | diff "$t_dir/services" -
}
first_partition() {
        expect_status 0 node 1 hagsctrl -a
        expect_status 0 node 1 hagsctrl -s
        expect_out 'Domain established by node 0'
}
from_nothing() {
        local before=$SECONDS

        installs
        first_partition
        [ $((SECONDS - before)) -lt 60 ] || t_fail "it took $((SECONDS - before)) seconds"
        node 1 hagsctrl -u
}
t "the packages and what they depend on are enough for a first partition, within a minute" from_nothing
t "installing starts and enables nothing, and leaves /etc/services alone" nothing_is_started
t "the main scenario, which is the package's own test, works" expect_status 0 node 1 bash /src/packaging/debian/tests/partition

# ---- upgrade, with clients ----

# Each client has connected N times, and was N - 1 times told that it had lost its daemon. All are members.
all_members() { # N
        node_sh 1 '
                all_have() { [ -z "$(grep -c "$2" /var/tmp/clients/* | grep -v ":$1\$")" ]; }
                [ "$(ls /var/tmp/clients | wc -l)" = 100 ]
                all_have "$1" "^connected\$"
                all_have "$(($1 - 1))" "^lost: "
                all_have "$(($1 - 1))" "^lost: HA_GS_NOT_OK\$"
                export HA_DOMAIN_NAME=default
                members=$(for ((g = 0; g < 20; g++)); do hagsgroup members "group$g"; done | wc -l)
                [ "$members" = 100 ]' "$1"
}

# hags@default runs with long tracing; hags@off is enabled and stopped; hags@hand runs and is not enabled.
partitions_exist() {
        node_sh 1 '
                hagsctrl -a
                hagsctrl -t
                hagsctrl -s
                hagsctrl -a --create --syspar off
                hagsctrl -a --create --syspar hand
                systemctl disable hags@hand
                hagsctrl -s --syspar hand
                mkdir -p /var/tmp/clients
                systemd-run --quiet --unit=clients --setenv=HA_DOMAIN_NAME=default bash -c "
                        for ((i = 0; i < 100; i++)); do
                                $1 group\$((i % 20)) \$i >/var/tmp/clients/\$i 2>&1 &
                        done
                        wait"' "$client"
        eventually 60 all_members 1
}
t "partitions run, and 100 clients are members of groups" partitions_exist

upgraded() { # DIR VERSION N
        local default hand

        default=$(incarnation default) hand=$(incarnation hand)
        registrations >"$t_dir/registrations"
        expect_status 0 install_packages "$1" hags libha-gs1
        expect_status 0 node 1 dpkg-query -W -f '${Version}' hags
        expect_out "^$2\$"
        registrations | diff "$t_dir/registrations" -
        state_is default active
        state_is hand active
        state_is off inactive
        [ "$(incarnation default)" = $((default + 1)) ] || t_fail "incarnation $(incarnation default) after $default"
        [ "$(incarnation hand)" = $((hand + 1)) ] || t_fail "incarnation $(incarnation hand) after $hand"
        [ "$(incarnation off)" = 0 ] || t_fail "hags@off was started"
        expect_status 0 node 1 hagsctrl --list
        expect_out 'default +[0-9]+ yes +yes +active +[0-9]+ +long'
        eventually 60 all_members "$3"
        expect_status 0 node 1 systemctl is-system-running
}

version_of() { # DIR
        dpkg-deb -f "${1#/src/}"/hags_*.deb Version
}
t "an upgrade restarts what runs, once; tracing and registrations stay; clients are back" \
        upgraded "$new" "$(version_of "$new")" 2
t "so does a downgrade" upgraded "$old" "$(version_of "$old")" 3

target_active() {
        node 1 systemctl start hags.target
        state_is off active
        node 1 hagsctrl -k --syspar off
        node 1 rm -f /var/lib/hags/domain/off/incarnation
        node 1 systemctl reset-failed 'hags@*'
        upgraded "$new" "$(version_of "$new")" 4
        expect_unit_state 1 hags.target active
}
t "and an upgrade while the target is active, as after a boot: what was stopped stays stopped" target_active

# ---- remove, install again ----

removed() {
        registrations >"$t_dir/registrations"
        expect_status 0 node 1 env DEBIAN_FRONTEND=noninteractive apt-get -q -y remove hags
        expect_status 1 node 1 pgrep -x hagsd
        expect_status 0 node 1 systemctl list-units --no-legend --all --state=active 'hags*' '*hags.slice'
        expect_out '^$'
        registrations | diff "$t_dir/registrations" -
        expect_status 0 node 1 systemctl is-system-running
}
t "removing stops everything, and keeps registrations, ports and state" removed

installed_again() {
        node 1 systemctl stop clients
        expect_status 0 install_packages "$new" hags
        registrations | diff "$t_dir/registrations" -
        expect_status 1 node 1 pgrep -x hagsd
        expect_unit_state 1 hags.target inactive
        node 1 systemctl start hags.target
        state_is default active
        state_is off active
        state_is hand inactive
}
t "installed again it has its partitions, which are started as README.Debian says" installed_again

# ---- purge ----

purged() {
        expect_status 0 node 1 env DEBIAN_FRONTEND=noninteractive apt-get -q -y --autoremove purge hags libha-gs1
        node_sh 1 'rm -rf /var/tmp/clients /var/tmp/groups'
        expect_status 1 node 1 pgrep -x hagsd
        t_command='find /, before and after'
        names | diff "$t_dir/names" - >"$t_dir/out" || t_fail "not the files of before"
        entries | diff "$t_dir/entries" - >"$t_dir/out" || t_fail "not the entries of before"
        services | diff "$t_dir/services" - >"$t_dir/out" || t_fail "/etc/services is not as before"
        expect_status 0 node 1 systemctl is-system-running
}
t "a purge leaves files, users, groups and /etc/services as they were" purged

# ---- the lines in /etc/services ----

# As strict as hagsctrl: for each file of the fuzzer's corpus the purge does what hagsctrl -c does.
same_as_hagsctrl() {
        expect_status 0 install_packages "$old" hags libha-gs1
        expect_status 0 node_sh 1 '
                mkdir -p /tmp/r/etc
                n=0
                for file in /src/tests/fuzz/corpus/services/*; do
                        # The first byte is an instruction for the fuzzer.
                        tail -c +2 "$file" >/etc/services
                        cp /etc/services /tmp/r/etc/services
                        chmod 640 /tmp/r/etc/services
                        DPKG_ROOT=/tmp/r sh /src/packaging/debian/hags.postrm purge
                        hagsctrl -c >/dev/null
                        if [ -e /etc/services ]; then
                                cmp /etc/services /tmp/r/etc/services || { echo "$file"; exit 1; }
                                [ "$(stat -c %a /tmp/r/etc/services)" = 640 ]
                        else
                                [ ! -e /tmp/r/etc/services ] || { echo "$file"; exit 1; }
                        fi
                        [ "$(ls -A /tmp/r/etc | grep -vcx services)" = 0 ]
                        n=$((n + 1))
                done
                [ "$n" -gt 20 ]'
}
t "a purge takes the lines out of /etc/services that hagsctrl would" same_as_hagsctrl

immutable() {
        expect_status 0 node_sh 1 '
                rm -rf /tmp/r
                mkdir -p /tmp/r/etc
                echo "hags.x 10000/tcp # hagsctrl" >/tmp/r/etc/services
                mount --bind /tmp/r/etc/services /tmp/r/etc/services
                DPKG_ROOT=/tmp/r sh /src/packaging/debian/hags.postrm purge 2>&1
                umount /tmp/r/etc/services
                ls -A /tmp/r/etc'
        expect_out 'hags: cannot replace /tmp/r/etc/services, which has lines'
        expect_out $'\nservices$'
}
t "where the file cannot be replaced a purge says so, and goes on" immutable

linked() {
        expect_status 0 node_sh 1 '
                rm -rf /tmp/r
                mkdir -p /tmp/r/etc
                printf "a 1/tcp\nhags.x 10000/tcp # hagsctrl\nb 2/tcp" >/tmp/r/real
                ln -s ../real /tmp/r/etc/services
                DPKG_ROOT=/tmp/r sh /src/packaging/debian/hags.postrm purge
                readlink /tmp/r/etc/services
                cat /tmp/r/real'
        expect_out $'^../real\na 1/tcp\nb 2/tcp$'
}
t "a symbolic link stays one" linked

# Of an administrator, or of a daemon that somebody took over.
directory_of_logs() {
        expect_status 0 node_sh 1 '
                rm -rf /tmp/r
                mkdir -p /tmp/r/etc /tmp/r/var/lib/hags /tmp/r/var/ha/log/hags.old
                touch /tmp/r/var/ha/log/hags_1_1.x
                DPKG_ROOT=/tmp/r sh /src/packaging/debian/hags.postrm purge
                cd /tmp/r/var && find . -mindepth 2 | sort'
        expect_out $'^./ha/log\n./ha/log/hags.old$'
}
t "a directory between the logs stays, and a purge goes on" directory_of_logs

t_done
