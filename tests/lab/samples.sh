# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Sourced by tests of tests/lab that need clients: what lab.sh has, and the sample programs, built from what is
# installed as a user builds them. Behind lab_up:
#
#       samples_build
#       samples_install 1
#       started                         # a partition runs in node 1, and no sample
#       sample a schg theGroup 1        # one runs as unit sample-a
#       soon a 'approved: join'         # and says so

. "${BASH_SOURCE[0]%/*}/lab.sh"

examples=$t_dir/examples

user_make() { # ARGS...: below the installed tree, as if that were /
        local libdirs=("$t_dir"/overlay/usr/lib*/pkgconfig "$t_dir"/overlay/usr/lib*/*/pkgconfig)

        env -u MAKEFLAGS -u MAKELEVEL PKG_CONFIG_SYSROOT_DIR="$t_dir/overlay" \
                PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 \
                PKG_CONFIG_PATH="$(IFS=:; echo "${libdirs[*]}")" "$@"
}

samples_build() {
        cp -r "$t_dir/overlay/usr/share/doc/hags/examples" "$examples"
        user_make make -C "$examples" CFLAGS='-O2 -Wall -Wextra -Werror'
}

samples_install() { # K: and a user of them, player, who is in group hagsuser
        tar -C "$examples" -c . | node "$1" sh -c 'mkdir -p /opt/samples && tar -C /opt/samples -x --no-same-owner'
        node_sh "$1" 'useradd --system --groups hagsuser player 2>/dev/null || true'
}

started() {
        fresh 1
        node_sh 1 'systemctl stop "sample-*" 2>/dev/null || true; hagsctrl -a && hagsctrl -s' >/dev/null
}

# Each sample is a unit: its output is the journal's, its end systemd's to see. $options are for systemd-run.
options=()
sample() { # UNIT PROGRAM ARGS...
        node 1 systemd-run --quiet --collect --unit="sample-$1" "${options[@]}" "/opt/samples/sample_$2" "${@:3}"
}
says() { # UNIT REGEX: a line of it
        node 1 journalctl --no-pager --quiet --output=cat --since="@$t_since" --unit="sample-$1" |
                grep -E -- "$2"
}
soon() { # UNIT REGEX
        eventually 20 says "$@"
}

counts() { # REGEX: what the daemon counts, in its status
        node 1 systemctl show -P StatusText hags@default | grep -E -- "$1"
}
