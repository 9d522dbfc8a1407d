#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The commands of SRC and PSSP on real systemd (control.md section 6): node 1 is a control workstation, node 2 node 5
# of partition sp_prod.

. "${0%/*}/src.sh"
lab_up 2
samples_build >"$t_dir/build.log" 2>&1 || t_bail "the samples cannot be built" "$t_dir/build.log"
samples_install 1
node_sh 1 'useradd --system stranger'

all='lssrc startsrc stopsrc traceson tracesoff refresh spget_syspar node_number SDRGetObjects syspar_ctrl'

# ---- who they are ----

installed() {
        local name

        for name in $all; do
                expect_status 0 node 1 "/usr/bin/$name" --help
                expect_out "^usage: $name"
                expect_status 0 node 1 "$name" --version
                expect_out "^$name \(hags [0-9.]+\)$"
        done
        for name in hagsctrl hagsns hagsgr hagscl hagsvote; do
                expect_status 0 node 1 "/usr/sbin/rsct/bin/$name" --version
        done
        expect_status 64 node 1 /usr/sbin/rsct/bin/hagsd
        expect_status 1 node 1 /usr/libexec/hags/hags-compat
        complains "hags-compat: 'hags-compat' is no command of this program; call it by a link that has one of these names: $all"
}
t "every command is there, in IBM's directory those of RSCT" installed

# ---- nothing is on file ----

nothing_on_file() {
        fresh 1
        expect_status 0 node 1 lssrc -a
        prints "$header"
        expect_status 0 node 1 lssrc -S
        [ "$(wc -l <"$t_dir/out")" = 1 ]
        for command in 'lssrc -s' 'lssrc -ls' 'lssrc -Ss' 'startsrc -s' 'stopsrc -s' 'stopsrc -cs' 'traceson -s' \
                'tracesoff -s' 'refresh -s'; do
                # shellcheck disable=SC2086
                expect_status 1 node 1 $command hags
                complains '0513-085 The hags Subsystem is not on file.'
        done
        expect_status 1 node 1 stopsrc -a
        complains '0513-084 There were no records that matched your request.'
}
t "before anything is added, hags is not on file" nothing_on_file

others_are_not_on_file() {
        local command name

        started
        for command in lssrc startsrc stopsrc traceson tracesoff refresh; do
                for name in sshd hags.other hags. hagsd HAGS 'h*' ''; do
                        expect_status 1 node 1 "$command" -s "$name"
                        complains "0513-085 The $name Subsystem is not on file."
                done
                for name in tcpip hags.default ''; do
                        expect_status 1 node 1 "$command" -g "$name"
                        complains "0513-085 The $name Group is not on file."
                done
        done
        for command in lssrc stopsrc traceson tracesoff refresh; do
                expect_status 1 node 1 "$command" -p 1
                complains '0513-084 There were no records that matched your request.'
        done
        state_is hags active
}
t "any other name or group is not on file" others_are_not_on_file

# ---- start, stop, status ----

inoperative() {
        added
        for options in '-a' '-g hags' '-s hags.default'; do
                # shellcheck disable=SC2086
                expect_status 0 node 1 lssrc $options
                prints "$header" "$(row hags.default '' inoperative)"
        done
        expect_status 0 node 1 lssrc -s hags
        prints "$header" "$(row hags '' inoperative)"
        expect_status 1 node 1 lssrc -ls hags
        complains '0513-036 The request could not be passed to the hags subsystem. Start the subsystem and try your command again.'
        for command in 'stopsrc -s' 'stopsrc -fs' 'stopsrc -cs' 'refresh -s' 'traceson -ls' 'tracesoff -s' 'stopsrc -g'; do
                # shellcheck disable=SC2086
                expect_status 1 node 1 $command hags
                complains '0513-004 The Subsystem or Group, hags, is currently inoperative.'
        done
}
t "one that does not run is inoperative" inoperative

start() {
        local pid

        added
        expect_status 0 node 1 startsrc -s hags.default
        pid=$(main_pid)
        prints "0513-059 The hags.default Subsystem has been started. Subsystem PID is $pid."
        for options in '-a' '-g hags' '-s hags.default' "-p $pid"; do
                # shellcheck disable=SC2086
                expect_status 0 nobody lssrc $options
                prints "$header" "$(row hags.default "$pid" active)"
        done
        expect_status 1 node 1 startsrc -s hags
        complains '0513-029 The hags Subsystem is already active. Multiple instances are not supported.'
        [ "$(main_pid)" = "$pid" ]
}
t "startsrc tells the PID; what runs is active, and is not started twice" start

stop() {
        local how

        for how in '-s hags' '-f -s hags.default' '-cs hags' '-g hags' '-a' '-p'; do
                started
                [ "$how" != -p ] || how="-p $(main_pid)"
                # shellcheck disable=SC2086
                expect_status 0 node 1 stopsrc $how
                expect_out '^0513-044 The hags(.default)? Subsystem was requested to stop\.$'
                state_is hags inoperative
                expect_unit_state 1 hags@default inactive
        done
}
t "stopsrc stops, in whatever way it is asked" stop

fails_to_start() {
        added
        dropin '[Service]\nExecStartPre=/bin/false\nRestart=no'
        expect_status 1 node 1 startsrc -s hags
        [ "$(wc -l <"$t_dir/err")" = 1 ]
        grep -qE '^startsrc: hags@default\.service failed to start: exit-code.* see journalctl -u ' "$t_dir/err"
        state_is hags inoperative
}
t "what fails to start is told in one line" fails_to_start

starting() {
        added
        dropin '[Service]\nExecStartPre=/bin/sleep 3'
        node 1 startsrc -s hags >"$t_dir/background" 2>&1 &
        eventually 5 state_is hags starting
        expect_status 0 node 1 lssrc -a
        prints "$header" "$(row hags.default '' starting)"
        wait $!
        grep -q ^0513-059 "$t_dir/background"
        state_is hags active
}
t "it is starting until it is ready" starting

stopping() {
        local pid

        started
        dropin '[Service]\nExecStop=/bin/sleep 2'
        pid=$(main_pid)
        node 1 stopsrc -s hags >"$t_dir/background" 2>&1 &
        eventually 5 state_is hags stopping
        expect_status 0 node 1 lssrc -s hags
        prints "$header" "$(row hags "$pid" stopping)"
        # Who asks for the same, gets the same; who waits, waits.
        expect_status 0 node 1 stopsrc -s hags
        prints '0513-044 The hags Subsystem was requested to stop.'
        wait
        grep -q ^0513-044 "$t_dir/background"
        node 1 startsrc -s hags >/dev/null
        node 1 systemctl stop --no-block hags@default
        expect_status 0 node 1 /src/tests/compat/wait-stopped.sh hags
        prints inoperative
}
t "it is stopping until it is down" stopping

warned() {
        local pid

        started
        pid=$(main_pid)
        # Somebody who has to be stopped first, and takes his time.
        node_sh 1 'printf "%s\n" "[Unit]" PartOf=hags@default.service After=hags@default.service "[Service]" Type=oneshot \
                        RemainAfterExit=yes ExecStart=/bin/true "ExecStop=/bin/sleep 3" >/run/systemd/system/slow.service
                systemctl daemon-reload
                systemctl start slow.service'
        node 1 systemctl stop --no-block hags@default
        eventually 3 state_is hags 'warned to stop'
        expect_status 0 node 1 lssrc -s hags.default
        prints "$header" "$(row hags.default "$pid" 'warned to stop')"
        # To start what is just being stopped: behind that.
        expect_status 0 node 1 startsrc -s hags.default
        expect_out '^0513-059 '
        state_is hags active
        node_sh 1 'systemctl stop slow.service; rm /run/systemd/system/slow.service; systemctl daemon-reload'
}
t "it is warned to stop while a request to stop waits" warned

restarting() {
        started
        dropin '[Service]\nRestartSec=3s'
        node 1 kill -KILL "$(main_pid)"
        eventually 2 state_is hags starting
        eventually 6 state_is hags active
}
t "one that died is starting until systemd has started it again" restarting

# ---- the long status ----

long_status() {
        local pid client

        started
        pid=$(main_pid)
        options=(--uid=root)
        sample a schg theGroup 1
        soon a 'approved: join'
        options=()
        client=$(node 1 systemctl show -P MainPID sample-a)
        expect_status 0 node 1 lssrc -l -s hags.default
        prints "$header" "$(row hags.default "$pid" active)" \
                ' 1 locally-connected clients.  Their PIDs:' \
                " $client" \
                ' HA Group Services domain information:' \
                ' Domain established by node 0.' \
                ' Number of groups known locally: 1' \
                '                    Number of   Number of local' \
                ' Group name         providers   providers/subscribers' \
                ' theGroup                 1           1           0'
        cp "$t_dir/out" "$t_dir/long"
        expect_status 0 node 1 lssrc -lp "$pid"
        cmp "$t_dir/out" "$t_dir/long"

        for script in clients:"$client" domain:0 groups:'theGroup 1'; do
                expect_status 0 node 1 "/src/tests/compat/${script%%:*}.sh" hags
                prints "${script#*:}"
        done
        expect_status 0 node 1 hagsctrl --list
        expect_out ' 1 +1 +established by node 0$'

        expect_status 1 node 1 setpriv --reuid=stranger --regid=stranger --init-groups lssrc -ls hags
        complains "lssrc: hagsd of partition default lets in only root and the members of group hagsuser; \
usermod -a -G hagsuser USER makes one, from the next login on"
}
t "-l has the layout of PSSP, for who may be a client" long_status

# ---- definitions ----

definitions() {
        local uid priority journal=/run/systemd/journal/stdout

        added
        uid=$(node 1 id -u hags)
        priority=$((20 + $(node 1 systemctl show -P Nice hags@default)))
        expect_status 0 nobody lssrc -S
        prints "#subsysname:synonym:cmdargs:path:uid:auditid:standin:standout:standerr:action:multi:contact:\
svrkey:svrmtype:priority:signorm:sigforce:display:waittime:grpname:" \
                "hags.default:hags:default:/usr/libexec/hags/hagsd:$uid:0:/dev/null:$journal:$journal:\
-R:-Q:-K:0:0:$priority:0:0:-d:20:hags:"
        for options in '-S -s hags.default' '-Ss hags.default'; do
                # shellcheck disable=SC2086
                expect_status 0 node 1 lssrc $options
                expect_out $'\n'"hags\.default:hags:"
        done
        expect_status 0 node 1 lssrc -Ss hags
        expect_out $'\n'"hags:hags.default:default:"
        # What systemd is told otherwise, is shown.
        dropin '[Service]\nNice=-5\nUser=0\nRestart=no'
        expect_status 0 node 1 lssrc -Ss hags
        expect_out ':/usr/libexec/hags/hagsd:0:0:.*:-O:-Q:-K:0:0:15:0:0:-d:20:hags:$'
        dropin ''
}
t "-S has the definitions, as systemd has them" definitions

# ---- tracing and refresh ----

trace_is() { # short|long
        node 1 hagsctrl --list | grep -qE " $1 "
}
tracing() {
        local pid

        started
        pid=$(main_pid)
        expect_status 0 node 1 traceson -l -s hags
        prints '0513-091 The request to turn on tracing was completed successfully.'
        eventually 2 trace_is long
        expect_status 0 node 1 hagsctrl -t
        expect_status 0 node 1 tracesoff -s hags.default
        prints '0513-092 The request to turn off tracing was completed successfully.'
        eventually 2 trace_is short
        node_sh 1 '[ ! -e /etc/systemd/system/hags@default.service.d/50-trace.conf ]'

        node 1 hagsctrl -t
        eventually 2 trace_is long
        expect_status 0 node 1 traceson -g hags
        prints '0513-091 The request to turn on tracing was completed successfully.'
        lines err 'traceson: short tracing is always on, and nothing was changed; use -l for long tracing'
        trace_is long
        expect_status 0 node 1 tracesoff -p "$pid"
        eventually 2 trace_is short

        # What survives a restart with one, does so with the other.
        expect_status 0 node 1 traceson -lg hags
        node 1 systemctl restart hags@default
        eventually 2 trace_is long
        node 1 hagsctrl -o
        eventually 2 trace_is short
        [ "$(node 1 systemctl show -P NeedDaemonReload hags@default)" = no ]
}
t "tracing is the same for traceson and hagsctrl" tracing

traced_while_deleted() {
        started
        dropin '[Service]\nExecStop=/bin/sleep 2'
        expect_status 1 node_sh 1 'hagsctrl -d --quiet & sleep .5; traceson -ls hags; r=$?; wait; exit $r'
        grep -qx '0513-085 The hags Subsystem is not on file.' "$t_dir/err"
        [ ! -s "$t_dir/out" ]
        node_sh 1 '[ ! -e /etc/systemd/system/hags@default.service.d ]'
}
t "what is deleted while traceson waits is not traced" traced_while_deleted

refreshes() {
        local pid

        started
        pid=$(main_pid)
        for options in '-s hags' '-g hags' "-p $pid"; do
                # shellcheck disable=SC2086
                expect_status 0 node 1 refresh $options
                prints '0513-095 The request for subsystem refresh was completed successfully.'
        done
        [ "$(main_pid)" = "$pid" ]
}
t "refresh succeeds, and changes nothing" refreshes

# ---- several partitions ----

partitions() {
        local pid

        two_partitions
        expect_status 0 node 1 lssrc -a
        prints "$header" "$(row hags.sp_prod '' inoperative)" "$(row hags.sp_test '' inoperative)"
        expect_status 0 node 1 env SP_NAME=sp_test startsrc -s hags
        pid=$(main_pid_of sp_test)
        prints "0513-059 The hags Subsystem has been started. Subsystem PID is $pid."
        expect_status 1 node 1 startsrc -s hags
        complains '0513-085 The hags Subsystem is not on file.'

        expect_status 1 node 1 startsrc -g hags
        prints "0513-059 The hags.sp_prod Subsystem has been started. Subsystem PID is $(main_pid_of sp_prod)."
        lines err '0513-029 The hags.sp_test Subsystem is already active. Multiple instances are not supported.'
        expect_status 0 node 1 lssrc -g hags
        prints "$header" "$(row hags.sp_prod "$(main_pid_of sp_prod)" active)" "$(row hags.sp_test "$pid" active)"
        expect_status 0 node 1 lssrc -p "$pid"
        prints "$header" "$(row hags.sp_test "$pid" active)"

        expect_status 0 node 1 stopsrc -s hags.sp_prod
        expect_status 0 node 1 stopsrc -a
        prints '0513-044 The hags.sp_test Subsystem was requested to stop.'
        expect_status 1 node 1 stopsrc -g hags
        complains '0513-004 The Subsystem or Group, hags, is currently inoperative.'
        expect_status 0 node 1 startsrc -g hags
        expect_status 0 node 1 stopsrc -g hags
        prints '0513-044 The hags.sp_prod Subsystem was requested to stop.' \
                '0513-044 The hags.sp_test Subsystem was requested to stop.'
}
t "of a control workstation with two partitions each is a subsystem" partitions

cancel() {
        local began

        # A daemon that does not obey; the unit's own limit is longer.
        added
        dropin '[Service]\nTimeoutStopSec=60s\nType=exec\nExecStart=\nExecStart=/bin/sh -c "trap : TERM; while :; do sleep 1; done"'
        node 1 startsrc -s hags >/dev/null
        began=$SECONDS
        expect_status 0 node 1 stopsrc -c -s hags
        prints '0513-044 The hags Subsystem was requested to stop.'
        state_is hags inoperative
        t_command="$((SECONDS - began)) s"
        [ $((SECONDS - began)) -ge 20 ] || t_fail "too early"
        [ $((SECONDS - began)) -le 25 ] || t_fail "too late"
}
t "stopsrc -c kills after 20 seconds" cancel

# ---- a node ----

on_a_node() {
        two_partitions
        fresh 2
        node_sh 2 'mkdir /etc/hags; printf "%s\n" "[Node]" Number=5 "[Partition]" Name=sp_prod >/etc/hags/hags.conf'
        node 1 cat /var/lib/hags/sdr/Syspar_ports >"$t_dir/ports"
        tests/lab/sdbox exec "$t_dir" 2 hagsctrl --quiet --sdr-import - <"$t_dir/ports"
        node 2 hagsctrl -a --quiet

        expect_status 0 node 2 startsrc -s hags
        expect_out '^0513-059 The hags Subsystem has been started\.'
        expect_status 0 node 2 lssrc -a
        expect_out $'\n hags             hags             [0-9]+ +active$'
        expect_status 0 node 2 lssrc -s hags.sp_prod
        expect_out $'\n hags.sp_prod     hags             [0-9]+ +active$'
        expect_status 0 node 2 lssrc -ls hags
        expect_out $'\n Domain established by node 5\\.\n'
        expect_status 0 node 2 lssrc -S
        expect_out $'\nhags:hags.sp_prod:sp_prod:'
        expect_status 0 node 2 node_number
        prints 5
        expect_status 0 node 2 spget_syspar -n
        prints sp_prod
        expect_status 0 node 2 SDRGetObjects -x -G Syspar_ports
        prints 'sp_prod hags 10001' 'sp_test hags 10002'
        expect_status 0 node 2 /src/tests/compat/add-port.sh
        prints 'hags 10001 10001/tcp'
        expect_status 0 node 2 syspar_ctrl -R
        expect_out '0513-071 The hags Subsystem has been added\.'
        expect_status 0 node 2 syspar_ctrl -D
}
t "on a node the subsystem is called hags" on_a_node

# ---- the commands of PSSP ----

pssp() {
        two_partitions
        expect_status 0 nobody node_number
        prints 0
        expect_status 0 nobody spget_syspar -n
        prints default
        expect_status 0 nobody env SP_NAME=sp_prod spget_syspar -n
        prints sp_prod
        expect_status 1 nobody env SP_NAME=sp_prod spget_syspar
        complains "spget_syspar: the address of partition sp_prod is not known; on the control workstation [Partition] \
Address= in /etc/hags/syspar.d/sp_prod.conf gives it one"
        node_sh 1 'printf "%s\n" "[Partition]" Address=192.0.2.7 >/etc/hags/syspar.d/sp_prod.conf'
        expect_status 0 nobody env SP_NAME=sp_prod spget_syspar
        prints 192.0.2.7
        expect_status 1 nobody env SP_NAME=sp_none spget_syspar -n
        complains "spget_syspar: partition sp_none (\$SP_NAME) is not known on this host"
        expect_status 1 nobody env SP_NAME=../x spget_syspar -n
        complains "spget_syspar: '../x' (\$SP_NAME) is not a partition name; 1 to 24 letters, digits, '_' and '-' are, \
beginning with a letter or digit"

        expect_status 0 nobody SDRGetObjects -G Syspar_ports
        prints 'syspar  subsystem port' 'sp_prod hags      10001' 'sp_test hags      10002'
        expect_status 0 nobody SDRGetObjects -G Syspar_ports port syspar==sp_test
        prints port 10002
        expect_status 0 nobody env SP_NAME=sp_test SDRGetObjects -x Syspar_ports subsystem==hags port
        prints 10002
        expect_status 0 nobody SDRGetObjects -x Syspar_ports
        [ ! -s "$t_dir/out" ]
        node_sh 1 'printf broken >/var/lib/hags/sdr/Syspar_ports'
        expect_status 1 nobody SDRGetObjects -x Syspar_ports
        grep -q '^SDRGetObjects: /var/lib/hags/sdr/Syspar_ports line 1: ' "$t_dir/err"
        node_sh 1 'mkdir -p /etc/hags; echo "[Node" >/etc/hags/hags.conf'
        expect_status 1 nobody node_number
        grep -q '^node_number: /etc/hags/hags.conf' "$t_dir/err"
}
t "spget_syspar, node_number and SDRGetObjects" pssp

# A script of another subsystem: it says what it was asked for, and fails where it is told to.
control_script() { # NAME
        node_sh 1 'printf "%s\n" "#!/bin/sh" "echo \${0##*/} \$1 \$SP_NAME" "[ \"\$1\" != \"\$(cat /tmp/fails)\" ]" \
                        >/usr/libexec/hags/syspar_ctrl.d/$1
                chmod 755 /usr/libexec/hags/syspar_ctrl.d/$1; : >/tmp/fails' "$1"
}
control_scripts() {
        two_partitions
        expect_status 0 nobody syspar_ctrl -E
        prints hags
        control_script hats
        control_script haem
        node_sh 1 'cd /usr/libexec/hags/syspar_ctrl.d; touch notes; cp hats hats~; cp hats .hats'
        expect_status 0 nobody syspar_ctrl -E
        prints haem hags hats

        expect_status 0 node 1 env SP_NAME=sp_prod syspar_ctrl -A hats
        prints 'hats -a sp_prod' '0513-071 The hats.sp_prod Subsystem has been added.' 'hats -s sp_prod'
        expect_status 0 node 1 syspar_ctrl -G -D hats
        prints 'hats -k sp_prod' 'hats -d sp_prod' '0513-083 Subsystem has been Deleted.' \
                'hats -k sp_test' 'hats -d sp_test' '0513-083 Subsystem has been Deleted.'
        expect_status 0 node 1 syspar_ctrl -G -c hats
        prints 'hats -c default'
        for flag in s k r t o u; do
                expect_status 0 node 1 syspar_ctrl "-$flag" hats
                expect_out "^hats -$flag default"
        done

        # All of them, down in the opposite order; a failure is told, and ends nobody else's work.
        expect_status 0 node 1 env SP_NAME=sp_test syspar_ctrl -s
        expect_out $'^haem -s sp_test\nhags@sp_test.service runs, .*\nhats -s sp_test$'
        node_sh 1 'echo -k >/tmp/fails'
        expect_status 1 node 1 env SP_NAME=sp_test syspar_ctrl -D
        prints 'hats -k sp_test' 'hags@sp_test.service is stopped.' 'haem -k sp_test' \
                'Partition sp_test is deleted. Its port stays in the SDR, its logs are kept.' '0513-083 Subsystem has been Deleted.'
        lines err 'syspar_ctrl: /usr/libexec/hags/syspar_ctrl.d/hats -k failed with exit status 1 in partition sp_test' \
                'syspar_ctrl: /usr/libexec/hags/syspar_ctrl.d/haem -k failed with exit status 1 in partition sp_test'
        node_sh 1 'cd /usr/libexec/hags/syspar_ctrl.d; rm -f notes hats* haem .hats'

        expect_status 0 node 1 syspar_ctrl -G -A
        expect_out 'added as hags@sp_test.service'
        expect_status 0 node 1 lssrc -a
        expect_out 'hags.default .* active'$'\n'' hags.sp_prod .* active'$'\n'' hags.sp_test .* active$'
        expect_status 0 node 1 syspar_ctrl -u
        expect_status 0 node 1 lssrc -a
        prints "$header"
}
t "syspar_ctrl runs every control script, in the order and the partitions that it should" control_scripts

# ---- wrong usage ----

wrong_usage() {
        local line

        started
        while read -r line; do
                # shellcheck disable=SC2086
                expect_status 1 node 1 $line
                [ ! -s "$t_dir/out" ] || t_fail "something was printed"
                [ "$(wc -l <"$t_dir/err")" = 1 ] || t_fail "standard error is not one line"
                grep -q "^${line%% *}: " "$t_dir/err" || t_fail "that is no message of ${line%% *}"
        done <<'END'
lssrc
lssrc -x
lssrc -s
lssrc -a -g hags
lssrc -a -a
lssrc -s hags -s hags
lssrc -s hags -p 1
lssrc -l
lssrc -l -a
lssrc -l -g hags
lssrc -S -a
lssrc -S -l -s hags
lssrc hags
lssrc -a hags
lssrc -p x
lssrc -p -1
lssrc -p 0
lssrc -p 99999999999
lssrc -h otherhost -a
lssrc -t type
lssrc -P 7
lssrc -o object
lssrc --no-such
startsrc
startsrc -a x -s hags
startsrc -e X=1 -s hags
startsrc -h otherhost -s hags
startsrc -p 7
startsrc -s hags hags
stopsrc
stopsrc hags
stopsrc -c
stopsrc -f -c -s hags
stopsrc -s hags -g hags
stopsrc -h otherhost -s hags
traceson
traceson -l
tracesoff -l -s hags
refresh
refresh -a
spget_syspar x
spget_syspar -n -n
node_number 1
node_number -n
SDRGetObjects
SDRGetObjects -x
SDRGetObjects Node
SDRGetObjects Syspar_ports nosuch
SDRGetObjects Syspar_ports nosuch==1
SDRGetObjects Syspar_ports port port
SDRGetObjects Syspar_ports port==1 port==1
SDRGetObjects Syspar_ports ==
syspar_ctrl
syspar_ctrl -G
syspar_ctrl -a -d
syspar_ctrl -z
syspar_ctrl -a hags hags
syspar_ctrl hags
END
        state_is hags active
        # Bytes of others do nothing to a terminal.
        expect_status 1 node 1 lssrc -s $'x\e[2J\ny'
        complains '0513-085 The x\x1b[2J\ny Subsystem is not on file.'
}
t "wrong usage is told in one line, and does nothing" wrong_usage

needs_root() {
        started
        for command in 'startsrc -s hags' 'stopsrc -s hags' 'stopsrc -a' 'traceson -ls hags' 'tracesoff -s hags' \
                'refresh -s hags' 'syspar_ctrl -k'; do
                # shellcheck disable=SC2086
                expect_status 1 nobody $command
                complains "${command%% *}: this needs root; run it with sudo"
        done
        state_is hags active
}
t "who may not is told so" needs_root

without_the_bus() {
        local pid

        started
        pid=$(main_pid)
        node_sh 1 'systemctl stop dbus.socket dbus.service'
        expect_status 0 node 1 lssrc -s hags
        prints "$header" "$(row hags "$pid" active)"
        expect_status 0 node 1 stopsrc -s hags
        expect_status 0 node 1 startsrc -s hags
        expect_status 0 node 1 traceson -ls hags
        for options in '-a' '-s hags' '-S'; do
                # shellcheck disable=SC2086
                expect_status 1 nobody lssrc $options
                [ ! -s "$t_dir/out" ]
                grep -q '^lssrc: cannot reach systemd: ' "$t_dir/err"
        done
        node_sh 1 'systemctl start dbus.socket'
}
t "without the system bus root goes on, and others are told" without_the_bus

closed_output() {
        local line

        started
        for line in 'lssrc -a' 'lssrc -ls hags' 'lssrc -S' 'refresh -s hags' 'traceson -ls hags' 'tracesoff -s hags' \
                'spget_syspar -n' node_number 'SDRGetObjects Syspar_ports' 'syspar_ctrl -E' 'syspar_ctrl -h' 'lssrc --help' \
                'stopsrc -s hags' 'startsrc -s hags'; do
                expect_status 1 node_sh 1 "$line >/dev/full"
                lines err "${line%% *}: cannot write to standard output: No space left on device"
        done
        state_is hags active
}
t "output that cannot be written is an error" closed_output

t_done
