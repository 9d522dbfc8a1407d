#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Every command that README and the manual pages show is run on a real node, as it is printed there: what is said to
# work works, and prints what it is said to print. How that is done, and what displays may look like: play.sh.

. "${0%/*}/../lab/lab.sh"
. "${0%/*}/play.sh"
samples=/src/$lab_build/samples
[ -x "${samples#/src/}/sample_schg" ] || t_bail "the samples are not built: try make samples"
# shellcheck disable=SC2034
lab_targets='install install-src-compat test-tools'
touch "$t_dir/played" "$t_dir/translated"
lab_up 1

# ---- the node, and what it has not ----

# alice may read the journal, as administrators may.
node_sh 1 'useradd --create-home --shell /bin/bash --groups adm alice && useradd --create-home jo'
play_begin

stand_in() { # NAME: the program is standard input
        node_sh 1 '{ echo "#!/bin/bash"; cat; } >"/opt/stand-in/$1"; chmod +x "/opt/stand-in/$1"' "$1"
}
# There is no compiler: tests/lab/test-samples.sh builds the samples by these commands.
for program in make cc; do
        stand_in "$program" <<<"cp $samples/sample_* .; ln -sf /opt/stand-in/prog ."
done
stand_in prog <<<"exec $samples/sample_schg theGroup 1"
stand_in rsync <<<true
stand_in mail <<<'cat >"/tmp/mail.$2"'
for program in second-part scheduler job; do
        # shellcheck disable=SC2016
        stand_in "$program" <<<"echo the $program runs; [ $program = second-part ] || sleep 100"
done
stand_in check <<<true
stand_in apply <<<true
node_sh 1 'ln -s /opt/stand-in/{second-part,scheduler,job,check,apply} ~alice
        ln -s /bin/true /usr/local/bin/end'
# The control workstation is this node, before it became another one: worlds keep its SDR.
stand_in ssh <<'END'
[ "$1 $2 $3" = 'workstation cat /var/lib/hags/sdr/Syspar_ports' ] && cat /root/Syspar_ports
END

# ---- worlds ----

empty() {
        fresh 1
        node_sh 1 'rm -rf /root/Syspar_ports
                systemctl stop "world-*" 2>/dev/null || true
                gpasswd -d alice hagsuser >/dev/null 2>&1 || true
                printf "Syspar_ports 1\nsp_prod hags 10055\n" >/root/Syspar_ports'
}
running() {
        empty
        node_sh 1 'hagsctrl -a && hagsctrl -s && usermod -a -G hagsuser alice && usermod -a -G hagsuser jo' >/dev/null
}
# As the text before has left it, but running: for texts that change little.
as_before() {
        node_sh 1 'systemctl is-active --quiet hags@default || { hagsctrl -a && hagsctrl -s; }' >/dev/null
}
in_background() { # USER NAME CMD...
        node 1 systemd-run --quiet --collect --unit="world-$2" --uid="$1" "${@:3}"
}
has_line() { # REGEX CMD...: in what it prints
        node 1 "${@:2}" | grep -qE -- "$1"
}

# Providers 1/0 of root and 2/0 of jo, who also watches.
grouped() {
        running
        in_background root one "$samples/sample_schg" theGroup 1
        eventually 10 has_line 1/0 hagsgroup members theGroup
        in_background jo two "$samples/sample_schg" theGroup 2
        eventually 10 has_line 2/0 hagsgroup members theGroup
        in_background jo watch "$samples/sample_subscriber" theGroup
        eventually 10 has_line 'subscribers \[1\]' hagsgr theGroup
}

# Two holders and waiters, for each thing that can be held.
contended() {
        running
        in_background root held hagsgroup lock nightly-make-report sleep 100
        in_background root carried hagsgroup elect address sleep 100
        eventually 10 has_line / hagsgroup members lock:nightly-make-report
        eventually 10 has_line / hagsgroup members elect:address
}

# A provider was expelled whose deactivate script fails, and one whose script is not there.
expelled() {
        running
        for script in /bin/false /no/such/script; do
                in_background root "of-${script##*/}" hagsgroup join --instance 1 --deactivate-script "$script" g
                eventually 10 has_line 1/0 hagsgroup members g
                expect_status 0 node 1 hagsgroup expel --deactivate-phase 1 g 1/0
        done
        eventually 10 has_line /no/such/script journalctl -t hags-deactivate
}

# ---- what is said of single commands ----

skip README.md 'sudo make demo' 'it boots a node of its own'
skip README.md 'sudo make check' 'it is what runs this test'
while read -r command; do
        skip README.md "$command" 'the tests of the packages do it'
done <<'END'
sudo make deb
apt install ./build/deb/hags_*.deb ./build/deb/libha-gs1_*.deb
sudo make rpm
dnf install ./build/rpm/hags-{0,libs-0}*.$(uname -m).rpm
END
while read -r command; do
        skip README.md "$command" 'so lab_up made the node'
done <<'END'
sudo tests/deps.sh build
make
make install && ldconfig
END
before README.md "systemctl status 'hags@*'             # since when, and who is waited for" \
        'hagsctrl -a --quiet; hagsctrl -s --quiet'
stays README.md './sample_subscriber database           # watches the group database' UNKNOWN_GROUP
stays README.md './sample_schg database 1               # joins it as instance 1' 'approved: join'
stays README.md \
        "./sample_schg database 2 5             # another provider, which changes the group's state 5 times" \
        "state: '0 more from 2'"
play README.md empty

play man/hags.7 empty
play man/hags.conf.5 running

stays man/hagsctrl.8 'tail -f /var/ha/log/hags.default_0_*.default' 'hagsd\[[0-9]+\] notice Tracing is long now'
play man/hagsctrl.8 empty

before man/hagsd.8 'systemctl service-log-level hags@default debug' \
        'soon "systemctl service-log-level hags@default"'
stays man/hagsd.8 'journalctl -f -u hags@default' 'The log target is journal now'
play man/hagsd.8 running
play man/hags-deactivate.8 expelled
play man/hagsns.1 as_before

before man/hagsgr.1 'hagsgr theGroup' 'hagsgroup set --phases n theGroup primary=1'
stays man/hagsgr.1 'hagsgr --watch' theGroup
play man/hagsgr.1 grouped
play man/hagscl.1 grouped

before man/hagsvote.1 hagsvote "systemctl kill --signal=STOP world-two
        systemd-run --collect --unit=world-three $samples/sample_schg theGroup 3
        systemd-run --collect --unit=world-other $samples/sample_schg other 1
        soon 'hagsvote | grep -q Not.yet.voted:..2/0'"
play man/hagsvote.1 grouped

before man/hagsgroup.1 'hagsgroup members lock:backup' '
        for i in 1 2; do
                systemd-run --collect --unit="world-$i" hagsgroup lock backup sleep 100
                soon "[ \$(hagsgroup members lock:backup | wc -l) = $i ]"
        done'
before man/hagsgroup.1 'hagsgroup barrier loaded -n 10 --timeout 10min && ./second-part' '
        for i in 1 2 3 4 5 6 7 8 9; do systemd-run --collect hagsgroup barrier loaded -n 10; done'
stays man/hagsgroup.1 'hagsgroup elect --again scheduler -- ./scheduler' 'the scheduler runs'
stays man/hagsgroup.1 "hagsgroup join settings --vote 'exec:./check' --state-exec ./apply" 'joined|members'
watch=$(printf '%s\n' "hagsgroup watch --quiet --exec '[ \"\$HAGS_EVENT\" != left ] ||" \
        "        echo \"\$HAGS_CHANGED\" | mail -s \"\$HAGS_GROUP\" root' database")
before man/hagsgroup.1 "$watch" 'systemd-run --collect --unit=world-database hagsgroup join --instance 3 database'
stays man/hagsgroup.1 "$watch"
job=$(printf '%s\n' 'hagsgroup lock --instance 7 --deactivate-script /usr/local/bin/end x '\\ '        -- ./job')
before man/hagsgroup.1 "$job" 'systemctl stop world-database; soon "grep -qx ./0 /tmp/mail.database"'
stays man/hagsgroup.1 "$job" 'the job runs'
play man/hagsgroup.1 running

stays man/hags-cookbook.7 'hagsgroup watch elect:address' members
play man/hags-cookbook.7 contended

stays man/hags-samples.7 './sample_subscriber theGroup' .
stays man/hags-samples.7 './sample_schg theGroup 1' 'approved: join'
stays man/hags-samples.7 './sample_schg theGroup 2 3' "state: '0 more from 2'"
stays man/hags-samples.7 './sample_target theTarget theSource 1' .
play man/hags-samples.7 running

stays man/hags-migration.7 'HA_DOMAIN_NAME=sp_prod ./prog' 'approved: join'
play man/hags-migration.7 empty

play man/hags-src-compat.7 running
play man/lssrc.1 grouped
before man/startsrc.8 'startsrc -s hags' 'hagsctrl -k'
play man/startsrc.8 as_before
before man/stopsrc.8 "for i in \$(lssrc -a | awk 'NR > 1 { print \$1 }'); do stopsrc -cs \$i; done" 'hagsctrl -s'
play man/stopsrc.8 as_before
play man/traceson.8 as_before
play man/refresh.8 as_before
play man/spget_syspar.1 as_before
play man/node_number.1 as_before
play man/SDRGetObjects.1 as_before
before man/syspar_ctrl.8 'SP_NAME=sp_prod syspar_ctrl -A' 'mkdir -p /etc/hags/syspar.d; touch /etc/hags/syspar.d/sp_prod.conf'
play man/syspar_ctrl.8 as_before

tables README.md running
tables man/hags-migration.7 running

rest() {
        local found

        found=$(play_rest)
        [ -z "$found" ] || { echo "$found"; exit 1; }
}
t "all texts are played, and there is no exception without a command" rest

t_done
