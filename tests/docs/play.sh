# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Sourced by tests/docs/test-commands.sh, behind lab.sh: plays a text, that is it runs every command that stands in a
# literal display of it, in a node, as it is printed and in the order of the text. Behind lab_up:
#
#       skip README.md 'sudo make check' 'it is what runs this test'
#       stays man/hagsgr.1 'hagsgr --watch' 'theGroup'
#       play man/hagsgr.1 running
#
# A command stands behind a prompt, `# ` for root and `$ ` for alice, or begins with sudo. It may go on in the next
# lines, as the shell sees it. The other lines behind it are its output: they must come, in this order, whatever the
# numbers in them. It must exit with 0. A display that begins with [Section] is put into the file that the text names,
# by default /etc/hags/hags.conf. Other displays are left to other tests, but not where all are commands: in README.md
# and the EXAMPLES of pages.
#
# What is said beforehand of a command that the text has not fails the test.

# /opt/play in the node is what runs a command: see play_begin.

t_dir=${t_dir:?"lab.sh comes first"}
declare -A play_how=() play_arg=() play_before=() play_used=()

play_say() { # HOW TEXT COMMAND [ARG]
        play_how[$2:$3]=$1
        play_arg[$2:$3]=${4:-}
}
skip() { play_say skip "$@"; }          # TEXT COMMAND REASON: not run
exits() { play_say exits "$@"; }        # TEXT COMMAND STATUS
stays() { play_say stays "$@"; }        # TEXT COMMAND [REGEX]: prints that, and runs until the text ends
before() { play_before[$1:$2]=$3; }     # TEXT COMMAND SCRIPT: root runs it just before; it ends at the first failure

play_begin() {
        node_sh 1 'mkdir -p /opt/stand-in; cat >/opt/play; chmod +x /opt/play' <<'END'
#!/bin/bash
# For what comes before a command: the line becomes true in 10 seconds.
soon() { for _ in {1..100}; do ! eval "$1" || return 0; sleep .1; done; echo "not true in time: $1"; return 1; }
cd && { [ ! -r .here ] || cd "$(<.here)"; }
eval "$1"
status=$?
pwd >~/.here
exit $status
END
        node_sh 1 'cat >/opt/edit; chmod +x /opt/edit' <<'END'
#!/bin/bash
printf '[Service]\nNice=5\n' >"${!#}"
END
}

# A command line for USER, on a terminal, in the directory where the last one of this user was.
play_line() { # USER COMMAND: prints it for the shell of the node
        local home=/home/$1 path=/usr/local/bin:/usr/bin:/bin

        [ "$1" != root ] || { home=/root path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; }
        printf 'exec runuser -u %q -- env -i HOME=%q USER=%q SHELL=/bin/bash LANG=C.UTF-8 TERM=xterm COLUMNS=100 ' \
                "$1" "$home" "$1"
        printf 'SYSTEMD_COLORS=0 SYSTEMD_PAGER=cat SYSTEMD_EDITOR=/opt/edit PATH=%q ' "/opt/stand-in:$path"
        printf 'script --quiet --return --flush --command %q ' "/opt/play $(printf %q "$2")"
}
play_user() { if [ "$1" = '$' ]; then echo alice; else echo root; fi; } # PROMPT

play_as() { # PROMPT COMMAND
        node 1 bash -c "$(play_line "$(play_user "$1")" "$2") /dev/null"
}

# Commands that stay run as units, so that systemd ends them with all that they have started.
play_stay() { # WHERE PROMPT COMMAND REGEX
        local unit=stays-${1##*:}

        expect_status 0 node 1 systemd-run --quiet --unit="$unit" \
                bash -c "$(play_line "$(play_user "$2")" "$3") /tmp/$unit"
        [ -z "$4" ] || eventually 10 node 1 grep -aqE -- "$4" "/tmp/$unit"
        expect_status 0 node 1 systemctl is-active "$unit"
}

# Numbers and months stand for others, and blanks are one.
play_normal() { sed -E 's/\r//g; s/[0-9]+/0/g; s/\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b/Mon/g; s/[ \t]+/ /g'; }
play_expect() { # FILE: each line of it comes in the output of the last command, in this order
        awk 'BEGIN { i = n = 0 }
                FILENAME == ARGV[1] { want[n++] = $0; next }
                $0 == want[i] { i++ }
                END { if (i < n) { print "the output has not, where it belongs: " want[i]; exit 1 } }' \
                <(play_normal <"$1") <(play_normal <"$t_dir/out") >"$t_dir/differs" || t_fail "$(<"$t_dir/differs")"
}

play_command() { # TEXT WHERE PROMPT COMMAND: what it is to print is in $t_dir/expected
        local key=$1:$4 how

        how=${play_how[$key]:-exits}
        echo "$key" >>"$t_dir/played"
        echo "$2: $4"
        [ -z "${play_before[$key]:-}" ] || expect_status 0 play_as '#' "set -e; ${play_before[$key]}"
        case $how in
        skip) return ;;
        stays) play_stay "$2" "$3" "$4" "${play_arg[$key]}" ;;
        exits) expect_status "${play_arg[$key]:-0}" play_as "$3" "${4#sudo }" ;;
        esac
        play_expect "$t_dir/expected"
}

play_configuration() { # FILE: from standard input
        # shellcheck disable=SC2016
        node_sh 1 'mkdir -p "${1%/*}" && cat >"$1" && systemctl daemon-reload' "$1"
        expect_status 0 node 1 hagsctrl --list
        [ ! -s "$t_dir/err" ] || t_fail "the configuration in $1 is not accepted"
        expect_status 0 node 1 systemd-analyze verify --man=no hags@default.service hags-deactivate@1.service
        [ ! -s "$t_dir/err" ] || t_fail "systemd does not accept $1"
}

play_incomplete() { # COMMAND: the shell wants another line
        [[ $1 = *\\ ]] || ! bash -n <<<"$1" 2>/dev/null
}

play_display() { # TEXT NUMBER: a display, from $t_dir/displays
        local where number file line command='' prompt='' at='' begun=0

        : >"$t_dir/expected"
        while IFS=$'\037' read -r -u 9 where number file line; do
                [ "$number" = "$2" ] || continue
                if [ -n "$command" ] && play_incomplete "$command"; then
                        command+=$'\n'$line
                        continue
                fi
                case $line in
                '# '* | '$ '* | 'sudo '*)
                        [ -z "$command" ] || play_command "$1" "$at" "$prompt" "$command"
                        at=$where
                        command=$line
                        prompt=${line%% *}
                        [ "$prompt" = sudo ] || command=${line#? }
                        : >"$t_dir/expected"
                        ;;
                *)
                        if [ $begun = 0 ]; then play_other "$1" "$2" "$where" "$file" "$line"; return; fi
                        echo "$line" >>"$t_dir/expected"
                        ;;
                esac
                begun=1
        done 9<"$t_dir/displays"
        ! play_incomplete "$command" || { echo "$at: this command has no end: $command"; exit 1; }
        play_command "$1" "$at" "$prompt" "$command"
}

play_other() { # TEXT NUMBER WHERE FILE LINE: a display that does not begin with a command
        grep -q "^$3"$'\037' "$t_dir/examples" || return 0
        case $5 in
        '#!'* | '#include'*) ;;
        '['*']')
                echo "$3: ${4:-/etc/hags/hags.conf}"
                awk -F '\037' -v number="$2" '$2 == number { print $4 }' "$t_dir/displays" |
                        play_configuration "${4:-/etc/hags/hags.conf}"
                ;;
        *) echo "$3: this is no command with a prompt, and nothing else that is known: $5"; exit 1 ;;
        esac
}

play_text() { # TEXT
        local number

        awk -f tests/docs/displays.awk "$1" >"$t_dir/displays"
        if [ "$1" = README.md ]; then cp "$t_dir/displays" "$t_dir/examples"; else
                awk -v section=EXAMPLES -f tests/docs/displays.awk "$1" >"$t_dir/examples"; fi
        node_sh 1 'systemctl stop "stays-*" 2>/dev/null || true
                systemctl reset-failed "stays-*" 2>/dev/null || true
                rm -f ~/.here ~alice/.here /tmp/stays-*'
        for number in $(cut -d $'\037' -f 2 "$t_dir/displays" | uniq); do
                play_display "$1" "$number"
        done
}

play_in_world() { # WORLD TEXT
        "$1"
        play_text "$2"
        node_sh 1 'systemctl stop "stays-*" 2>/dev/null || true'
}

play() { # TEXT WORLD: a function that prepares the node
        play_used[$1]=1
        t "$1: its commands do what it says" play_in_world "$2" "$1"
}

# The tables that translate, where a partition X runs besides that of WORLD: all commands of the new column, and of the
# old one those that are here, too.
play_table() { # TEXT WORLD
        local where column command compat

        awk -f tests/docs/tables.awk "$1" >"$t_dir/table"
        "$2"
        compat=$(node 1 find /usr/bin -lname '*/hags-compat' -printf '%f ')
        [ -n "$compat" ] || { echo "the commands of SRC are not installed"; exit 1; }
        while IFS=$'\037' read -r -u 9 where column command; do
                [ "$column" = new ] || [[ " $compat" == *" ${command%% *} "* ]] || continue
                ! grep -qxF -- "$command" "$t_dir/translated" || continue
                echo "$command" >>"$t_dir/translated"
                expect_status 0 node_sh 1 '
                        [ "$(systemctl is-active hags@default hags@X | sort -u)" = active ] || {
                                hagsctrl -a && hagsctrl -s
                                hagsctrl -a --create --syspar X && hagsctrl -s --syspar X
                        }
                        [[ $1 != startsrc* ]] || systemctl stop hags.target' "$command"
                echo "$where: $command"
                expect_status 0 play_as '#' "$command"
        done 9<"$t_dir/table"
}
tables() { # TEXT WORLD
        t "$1: what it translates commands to works" play_table "$@"
}

# All that was said of commands was needed; all texts were played.
play_rest() {
        local key text

        for key in "${!play_how[@]}" "${!play_before[@]}"; do
                grep -qxF -- "${key%%$'\n'*}" "$t_dir/played" || echo "there is no command (any more): $key"
        done
        for text in README.md man/*.[1578]; do
                [ -n "${play_used[$text]:-}" ] || ! awk -f tests/docs/displays.awk "$text" | grep -qE $'\037[#$] ' ||
                        echo "$text has commands, and is not played"
        done
}
