# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Sourced by tests/lab/test-*.sh: what tests/tap.sh has, and a lab: real systemd nodes, booted by sdbox, with
# the product installed in them. A test file:
#
#       . "${0%/*}/lab.sh"
#       lab_up 1
#
#       add_tells_the_port() {
#               expect_status 0 node 1 hagsctrl -a
#               expect_out 'port 10[0-9]{3}'
#       }
#       t "add tells the port" add_tells_the_port
#
#       t_done
#
# The lab goes down when the script ends, however it ends.

. "${BASH_SOURCE[0]%/*}/../tap.sh"

lab_build=${BUILD:-build}
# shellcheck disable=SC2034
lab_tools=/src/$lab_build/tests         # in a node: what make test-tools builds
lab_nodes=0
lab_targets='install test-tools'        # of make; a test that needs more of them sets it before lab_up

# lab_up [--bare] N: boots nodes 1..N with what `make install` installs, or without (--bare). In a node the
# checkout is /src, read-only, and /root/services is /etc/services as the distribution has it.
lab_up() {
        local install=lab_install log=$t_dir/up.log rootfs

        [ "$1" != --bare ] || { install=true; shift; }
        [ "$EUID" = 0 ] || t_bail "the lab boots containers, which only root may do: try sudo"
        command -v systemd-nspawn >/dev/null || t_bail "systemd-nspawn is missing: try make deps"

        mkdir -p build/lab "$t_dir/overlay/root"
        $install >"$log" 2>&1 || t_bail "the product cannot be built and installed" "$log"
        rootfs=$(lab_rootfs 2>"$log") || t_bail "there is no root file system for the nodes" "$log"
        cp -p "$rootfs/etc/services" "$t_dir/overlay/root/services"
        SDBOX_OWNER=$$ SDBOX_OVERLAY=$t_dir/overlay SDBOX_BIND=$PWD:/src \
                tests/lab/sdbox up "$t_dir" "$rootfs" "$1" 2>"$log" || {
                        cat "$t_dir"/console.* >>"$log"
                        t_bail "the lab does not boot" "$log"
                }
        sed 's/^/# /' "$log"
        lab_nodes=$1
}

t_clean_up() {
        tests/lab/sdbox down "$t_dir"
}

# The lock: tests that run side by side must not build side by side.
lab_install() {
        # shellcheck disable=SC2086
        env -u MAKEFLAGS -u MAKELEVEL flock build/lab/build.lock \
                make $lab_targets BUILD="$lab_build" DESTDIR="$t_dir/overlay"
}

# Programs built here run in the nodes, so these have the distribution of the host: a minimal installation of
# it where mmdebstrap can make one, else the host's own tree as the lower layer of an overlay. LAB_SUITE=trixie
# takes that Debian instead, whose libraries must be no older than the host's.
lab_rootfs() {
        if command -v mmdebstrap >/dev/null && [ -e /etc/debian_version ]; then
                # shellcheck source=/dev/null
                tests/lab/sdbox rootfs build/lab "${LAB_SUITE:-$(. /etc/os-release && echo "$VERSION_CODENAME")}" \
                        netbase,libjansson4,libinih1,libncurses6,acl,attr,e2fsprogs,jq,strace,libcmocka0,systemd-coredump
        else
                echo /
        fi
}

# ---- working in a node ----

node() { # K CMD...
        tests/lab/sdbox exec "$t_dir" "$@"
}

node_sh() { # K SCRIPT [ARGS...]: a bash script in the node, which ends at the first command that fails
        node "$1" bash -euo pipefail -c "$2" node_sh "${@:3}"
}

node_reboot() { # K: off, cleanly, and on again
        tests/lab/sdbox stop "$t_dir" "$1" && tests/lab/sdbox boot "$t_dir" "$1" >/dev/null
}

node_crash() { # K: power cut, and on again
        tests/lab/sdbox kill "$t_dir" "$1" && tests/lab/sdbox boot "$t_dir" "$1" >/dev/null
}

journal() { # K [JOURNALCTL ARGS...]: the messages alone
        node "$1" journalctl --no-pager --quiet --output=cat "${@:2}"
}

fresh() { # K...: these nodes, as they were when they had just been installed
        local k

        for k; do
                node_sh "$k" '
                        systemctl stop hags.target "hags@*.service" 2>/dev/null || true
                        systemctl reset-failed
                        rm -rf /etc/systemd/system/hags* /etc/systemd/system/*.wants/hags* \
                                /run/systemd/system/hags* /etc/hags /run/hags /var/lib/hags /var/ha
                        rm -f /etc/services
                        cp -p /root/services /etc/services
                        systemctl daemon-reload
                        systemd-tmpfiles --create --prefix=/run/hags --prefix=/var/lib/hags --prefix=/var/ha'
        done
}

t_report() {
        local k

        for ((k = 1; k <= lab_nodes; k++)); do
                echo "---- node $k: units (look inside while held: tests/lab/sdbox exec $t_dir $k bash)"
                node "$k" systemctl --no-pager --lines=0 status 'hags*' 2>&1
                echo "---- node $k: last lines of the journal since the case began"
                node "$k" journalctl --no-pager --quiet --lines=40 --since "@$t_since" 2>&1
        done
}

# ---- what cases expect, besides what tests/tap.sh has ----

expect_err() { # REGEX: the last command's standard error is one line, of hagsctrl, and matches
        [ "$(wc -l <"$t_dir/err")" = 1 ] || t_fail "standard error is not one line"
        [[ $(<"$t_dir/err") == "hagsctrl: "* ]] || t_fail "standard error is not a message of hagsctrl"
        [[ $(<"$t_dir/err") =~ $1 ]] || t_fail "standard error does not match: $1"
}

expect_file_equal() { # FILE FILE: K:/PATH is a file of node K, anything else one of the host
        t_command="diff -u $1 $2"
        lab_fetch "$1" >"$t_dir/a"
        lab_fetch "$2" >"$t_dir/b"
        diff --text -u --label "$1" --label "$2" "$t_dir/a" "$t_dir/b" >"$t_dir/out" 2>"$t_dir/err" ||
                t_fail "$1 and $2 differ"
}

lab_fetch() { # FILE or K:/PATH
        case $1 in
        [0-9]*:/*) node "${1%%:*}" cat "${1#*:}" ;;
        *) cat "$1" ;;
        esac
}

expect_unit_state() { # K UNIT STATE
        expect_status 0 node "$1" systemctl show -P ActiveState "$2"
        expect_out "^$3\$"
}
