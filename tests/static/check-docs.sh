#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The documentation, held against the programs in $BUILD and the sources: what the code has stands in the pages,
# what the pages name exists.

. "${0%/*}/../tap.sh"
build=${BUILD:-build}
[ -x "$build/hagsctrl" ] || t_bail "$build/hagsctrl is not built: try make"

pages=(man/*.[1-8])
texts=(README.md HACKING.md NEWS.md)

nothing_from() { # CMD...: fails with what the command finds
        local found

        found=$("$@" 2>&1 | sort -u) || true
        [ -z "$found" ] || { echo "$found"; return 1; }
}

same_sets() { # A CMD B CMD: both print the same lines, in any order
        diff <("$1" | sort -u) <("$2" | sort -u) | sed -n "s/^</only $1:/p; s/^>/only $2:/p"
}

# A page as one long line, without fonts: no message is broken in it.
plain() { # PAGE...
        mandoc -Tascii -O width=1000 "$@" | sed 's/.\x08//g'
}
flat() { plain "$@" | tr -s ' \n' ' '; }

# ---- form ----

# A machine may lack the manuals of others; that ours exist is looked at below. Of two streams into one pipe,
# lines are mixed.
mandoc_trouble() {
        { mandoc -Tlint -Wstyle "${pages[@]}" 2>"$t_dir/mandoc"; cat "$t_dir/mandoc"; } |
                grep -vE 'referenced manual not found|mandoc\.db'
}
t "mandoc has nothing to say" nothing_from mandoc_trouble

groff_trouble() { for page in "${pages[@]}"; do groff -mandoc -Tutf8 -ww -z "$page" 2>&1; done; }
t "groff has nothing to say" nothing_from groff_trouble

missing_sections() {
        local page section sections

        for page in "${pages[@]}"; do
                sections=(NAME DESCRIPTION EXAMPLES 'SEE ALSO')
                case $page in
                man/libha_gs.3 | man/ha_gs_callbacks.3) sections+=(LIBRARY SYNOPSIS) ;;
                *.3) sections+=(LIBRARY SYNOPSIS 'RETURN VALUES') ;;
                *) sections+=(FILES 'EXIT STATUS' DIAGNOSTICS) ;;
                esac
                for section in "${sections[@]}"; do
                        grep -qx "\.Sh $section" "$page" || echo "$page: no section $section"
                done
        done
}
t "every page has the sections that one looks for" nothing_from missing_sections

dead_references() {
        grep -noE '(^\.|\.It |Ta |, )Xr (lib)?ha_?gs[a-z._-]* [0-9]' "${pages[@]}" | sed 's/:[^:]*Xr /: /' |
                while read -r where name section; do
                        [ -e "man/$name.$section" ] || echo "${where%:*}: no page $name($section)"
                done
}
t "pages that refer to each other exist" nothing_from dead_references

# PAGE OTHER: SEE ALSO of each page, and the list of routines, which stands for it in libha_gs(3). Of ours only.
see_also() {
        awk '
                /^\.Sh / { on = $0 == ".Sh SEE ALSO" }
                /^\.Ss / { on = $0 == ".Ss Routines" }
                on && match($0, /^\.(It )?Xr [^ ]+ [0-9]/) {
                        n = split(substr($0, RSTART, RLENGTH), word, " ")
                        page = FILENAME
                        sub(/.*\//, "", page)
                        print page, word[n - 1] "." word[n]
                }' "${pages[@]}" | while read -r page other; do
                [ ! -e "man/$other" ] || echo "$page $other"
        done | sort -u
}
one_way() {
        see_also >"$t_dir/see-also"
        awk '{ print $2, $1 }' "$t_dir/see-also" | sort -u | comm -23 - "$t_dir/see-also" |
                sed -E 's/(.*) (.*)/\1: SEE ALSO lacks \2, which refers to it/'
}
t "who is referred to in SEE ALSO refers back" nothing_from one_way

alone() {
        local page

        see_also >"$t_dir/see-also"
        for page in "${pages[@]}"; do
                grep -q "^${page#man/} " "$t_dir/see-also" || echo "$page refers to no page"
        done
}
t "no page is alone" nothing_from alone

# ---- what the programs have, and what the pages say of it ----

options_of() { sed -nE "s/^ +((-[a-z], )?--[a-z-]+)( .*)?\$/\1/p"; }
options_of_help() { "$build/hagsctrl" --help | options_of; }
options_of_page() { plain man/hagsctrl.8 | options_of; }
t "hagsctrl(8) has the options of --help" nothing_from same_sets options_of_help options_of_page

options_of_program() { "$build/$1" --help | options_of | sed "s,^,$1 ,"; }
options_of_programs() { for p in hagsns hagsgr hagscl hagsvote; do options_of_program "$p"; done; }
# In a page there are .Fl s , -subsystem Ar subsystem, and the same behind .Op without a long form.
options_of_pages() {
        local p

        for p in hagsns hagsgr hagscl hagsvote; do
                sed -nE "/^\\.Sh DESC/,/^\\.S[hs] [OJ]/{
                        s/^\\.It Fl (-[a-z-]+).*/$p -\\1/p
                        s/^\\.It Fl ([a-z]) , (-[a-z-]+).*/$p -\\1, -\\2/p
                }" "man/$p.1"
        done
}
t "the pages of the diagnostic commands have the options of --help" \
        nothing_from same_sets options_of_programs options_of_pages

# These two are run by systemd: all options stand in the SYNOPSIS.
options_of_daemons() {
        local p

        for p in hagsd hags-deactivate; do
                "$build/$p" --help | grep -oE -- '--[a-z-]+' | sed "s/^/$p /"
        done
}
options_of_their_pages() {
        local p

        for p in hagsd hags-deactivate; do
                sed -n '/^\.Sh SYN/,/^\.Sh DESC/p' "man/$p.8" | grep -oE 'Fl -[a-z-]+( \| -[a-z-]+)*' |
                        grep -oE -- '-[a-z]+' | sed "s/^/$p -/"
        done
}
t "hagsd(8) and hags-deactivate(8) have the options of --help" \
        nothing_from same_sets options_of_daemons options_of_their_pages

# Options of the commands of SRC are letters, and those of AIX that are refused stand in no list.
compat=(lssrc startsrc stopsrc traceson tracesoff refresh spget_syspar node_number SDRGetObjects syspar_ctrl)
page_of() { # COMMAND
        case $1 in
        tracesoff) echo man/traceson.8 ;;
        *) compgen -G "man/$1.[18]" ;;
        esac
}
letters_of_compat() {
        local c

        for c in "${compat[@]}"; do
                "$build/compat/$c" --help | sed -nE "s/^  -([a-zA-Z]) .*/$(page_of "$c" | sed 's,/,\\/,') -\1/p"
        done
}
letters_of_their_pages() {
        local c

        for c in "${compat[@]}"; do
                sed -nE "/^\.Sh DESC/,/^\.S[hs] /s/^\.It Fl ([a-zA-Z])$/$(page_of "$c" | sed 's,/,\\/,') -\1/p" \
                        "$(page_of "$c")"
        done
}
t "the pages of the commands of SRC have their options" nothing_from same_sets letters_of_compat letters_of_their_pages

# The subcommands of hagsgroup have them together.
hagsgroup() { LD_LIBRARY_PATH=$build "$build/hagsgroup" "$@"; }
subcommands() { hagsgroup --help | sed -nE 's/^  ([a-z]+) .*/\1/p'; }
options_of_hagsgroup() {
        for name in $(subcommands); do hagsgroup "$name" --help; done | options_of
        echo --version
}
options_of_its_page() {
        sed -nE '/^\.Ss Options/,/^\.Ss COMMAND/{
                s/^\.It Fl -([a-z-]+).*/--\1/p
                s/^\.It Fl ([a-z]) , -([a-z-]+).*/-\1, --\2/p
        }' man/hagsgroup.1
}
subcommands_of_its_page() {
        sed -nE '/^\.Sh DESC/,/^\.Ss/s/^\.It Cm ([a-z]+).*/\1/p' man/hagsgroup.1
}
t "hagsgroup(1) has the options of --help" nothing_from same_sets options_of_hagsgroup options_of_its_page
t "hagsgroup(1) has the subcommands" nothing_from same_sets subcommands subcommands_of_its_page

variables_of_hagsgroup() { grep -ohE '"HAGS_[A-Z_]+"' src/hagsgroup/*.c | tr -d '"'; }
variables_of_its_page() { sed -nE 's/^\.It Ev (HAGS_[A-Z_]+)$/\1/p' man/hagsgroup.1 | grep -vx HAGS_RUN_DIRECTORY; }
t "hagsgroup(1) has the variables that its commands find" \
        nothing_from same_sets variables_of_hagsgroup variables_of_its_page

keys_of_code() { sed -nE 's/^ +\{ "([A-Z][a-z]+)", "([A-Za-z]+)", .*/[\1] \2=/p' src/config/file.c; }
keys_of_page() {
        sed -nE 's/^\.Ss (\[[A-Za-z]+\]).*/\1/p; s/^\.It Li ([A-Za-z]+=).*/\1/p' man/hags.conf.5 |
                awk '/^\[/ { section = $0; next } { print section, $0 }'
}
t "hags.conf(5) has the keys of the configuration" nothing_from same_sets keys_of_code keys_of_page

labels_of_code() { sed -nE 's/^ +X\((\w+), "([0-9a-f]+)"\).*/\1 \2/p' src/log/message-id.h; }
labels_of_page() { sed -nE 's/^\.It (GS_\w+) Pq Li ([0-9a-f]+)$/\1 \2/p' man/hagsd.8; }
t "hagsd(8) has the labels and ids of the journal" nothing_from same_sets labels_of_code labels_of_page

labels_of_migration() { sed -nE 's/^\.It (GS_\w+) Ta ([0-9a-f]+)$/\1 \2/p' man/hags-migration.7; }
t "hags-migration(7) has them, too" nothing_from same_sets labels_of_code labels_of_migration

fields_of_code() { grep -oE '"(MESSAGE_ID|HAGS_[A-Z]+)=' src/log/log.c | tr -d '"'; }
fields_of_page() { sed -nE '/^\.Ss Journal/,/^\.Ss T/s/^\.It Li ([A-Z_]+=)$/\1/p' man/hagsd.8; }
t "hagsd(8) has the fields of the journal" nothing_from same_sets fields_of_code fields_of_page

# Where JSON is made, a literal that is one word in lower case is the name of a field.
json_of_code() {
        sed -n '/---- JSON ----/,$p' src/hagsctrl/list.c | grep -oE '"[a-z_]+"' | tr -d '"'
}
json_of_page() {
        sed -n '/^\.Fl -json$/,/^\.Sh ENV/s/^\.It Li //p' man/hagsctrl.8 | sed 's/ , Li /\n/'
        echo node
        echo partitions
}
t "hagsctrl(8) has the fields of --list --json" nothing_from same_sets json_of_code json_of_page

# What the schema allows, which the outputs are held against, stands in the pages, and nothing else.
fields_of() { jq -r '[.. | objects | .properties? // empty | keys[]] | unique[]' "$1"; }
fields_of_schema() { fields_of tests/diag/schema.json; }
fields_of_pages() {
        sed -nE '/^\.Sh JSON/,/^\.Sh ENV/{ s/^\.It Li ([a-z_]+( , [a-z_]+)*)$/\1/p; s/^\.Li ([a-z_]+( , [a-z_]+)+)$/\1/p }' \
                man/hags{ns,gr,cl}.1 | sed 's/ , /\n/g'
}
t "the pages of the diagnostic commands have the fields of their JSON" nothing_from same_sets fields_of_schema fields_of_pages

fields_of_hagsgroup() { fields_of tests/hagsgroup/schema.json; }
json_of_its_page() {
        sed -nE '/^\.Sh JSON/,/^\.Sh ENV/{ s/^\.It Li ([a-z_]+( , [a-z_]+)*)$/\1/p; s/^\.Li ([a-z_]+)( [,.])?$/\1/p
                s/^\.Li ([a-z_]+( , [a-z_]+)+)$/\1/p }' man/hagsgroup.1 | sed 's/ , /\n/g'
}
t "hagsgroup(1) has the fields of its JSON" nothing_from same_sets fields_of_hagsgroup json_of_its_page

environment_of_code() {
        grep -ohE 'getenv\("[A-Z_]+"\)|read_(number|directory)\("[A-Z_]+"' src/{hags*,ask,diag}/*.c | cut -d'"' -f2
}
undocumented_environment() {
        environment_of_code | while read -r name; do
                grep -qE "^\.It Ev $name\$" man/*.[1-8] || echo "$name"
        done
}
t "every environment variable is documented" nothing_from undocumented_environment

paths_of_code() {
        sed -nE 's/^#define (PATH_[A-Z_]+).*/"\1" \1/p' src/util/paths.h |
                cat <(echo '#include "util/paths.h"') - | "${CC:-cc}" -Isrc -E -P -x c - |
                sed -E 's/^"\w+" //; s/["  ]//g'
}
undocumented_paths() {
        flat "${pages[@]}" >"$t_dir/pages"
        paths_of_code | while read -r path; do
                grep -qF "$path" "$t_dir/pages" || echo "$path"
        done
}
t "every path is documented" nothing_from undocumented_paths

# ---- messages: a sentence that the code can print is explained, and one that is explained can be printed ----

# The literals of the calls that make sentences, one a line; with -a all literals of the file. Adjacent ones are one.
literals() { # [-a] FILE
        local all=0
        local speakers='^(fault|manager_fault|((compat|config)_)?warn|complain|notice|log_line|session_(complain|fail|refuse))$'

        [ "$1" != -a ] || { all=1; shift; }
        # shellcheck disable=SC2046
        "${CC:-cc}" -std=gnu17 -D_GNU_SOURCE -DHAGS_VERSION='""' -Isrc -E \
                $(pkg-config --cflags libsystemd inih jansson) "$1" | awk -v file="\"$1\"" -v all="$all" -v speakers="$speakers" '
                function put() {
                        if (text != "" && (all || speaks[depth]))
                                print text
                        text = ""
                }
                /^# [0-9]+ "/ { mine = $3 == file; next }
                !mine { next }
                {
                        while (match($0, /"([^"\\]|\\.)*"|\047([^\047\\]|\\.)*\047|[A-Za-z_0-9]+|[^ \t]/)) {
                                token = substr($0, RSTART, RLENGTH)
                                $0 = substr($0, RSTART + RLENGTH)
                                if (token ~ /^"/) {
                                        text = text substr(token, 2, length(token) - 2)
                                        continue
                                }
                                put()
                                if (token == "(") {
                                        speaks[depth + 1] = speaks[depth] || before ~ speakers
                                        depth++
                                        first = first || before == "log_line"
                                } else if (token == ")")
                                        depth--
                                else if (first && token != "(") {
                                        if (token == "7") # LOG_DEBUG
                                                speaks[depth] = speaks[depth - 1] = 0
                                        first = 0
                                }
                                before = token
                        }
                }
                END { put() }' | sed 's/\\"/"/g; s/\\n/ /g' | tr -s ' '
}

# What stands in the code of some modules, or single files, between the places that are filled in.
fragments_of() { # [-a] MODULE...|MODULE/FILE.c...
        local all=() file

        [ "$1" != -a ] || { all=(-a); shift; }
        for file in $(printf 'src/%s/*.c ' "$@" | sed 's,\.c/\*\.c,.c,g'); do
                literals "${all[@]}" "$file" | sed -E 's/%[-+ #0]*[0-9.*]*(hh|h|ll|l|j|z|t)?[a-zA-Z]/\n/g'
        done | sed -E 's/^hagsctrl://; s/^[ :;,.]+//; s/[ :;,.]+$//' | grep -E '[A-Za-z]+ [A-Za-z]+'
}
unexplained() { # PAGE MODULE...
        flat "$1" >"$t_dir/page"
        fragments_of "${@:2}" | while read -r fragment; do
                grep -qF -- "$fragment" "$t_dir/page" || echo "$1 has not: $fragment"
        done
}
t "hagsctrl(8) explains every message" nothing_from unexplained man/hagsctrl.8 hagsctrl ask manager sdr
t "hagsd(8) explains every message" nothing_from unexplained man/hagsd.8 hagsd session log
t "hags-deactivate(8) explains every message" nothing_from unexplained man/hags-deactivate.8 deactivate
t "hagsgr(1) explains every message" nothing_from unexplained man/hagsgr.1 diag ask
t "hagsgroup(1) explains every message" nothing_from unexplained man/hagsgroup.1 hagsgroup
t "hags.conf(5) explains every message" nothing_from unexplained man/hags.conf.5 config

# Each command of SRC explains what only it says, and one page what all of them say.
of_compat() { # unexplained|never_said [MODULE/FILE.c...]
        local c file

        for c in "${compat[@]}"; do
                file=${c,,}
                "$1" "$(page_of "$c")" "compat/${file/tracesoff/traceson}.c" "${@:2}"
        done
}
unexplained_of_all() { unexplained man/hags-src-compat.7 compat/{command,main,row,subsystem}.c; }
unexplained_numbers() {
        flat man/hags-src-compat.7 >"$t_dir/page"
        printf '%s\n' '#include "compat/message.h"' "$(sed -nE 's/^#define (MESSAGE_[A-Z_]+).*/\1/p' src/compat/message.h)" |
                "${CC:-cc}" -Isrc -E -P -x c - | sed 's/" "//g; s/"//g' | sed 's/%[sd]/\n/g' | while read -r fragment; do
                grep -qF -- "$fragment" "$t_dir/page" || echo "man/hags-src-compat.7 has not: $fragment"
        done
}
t "the pages of the commands of SRC explain every message" nothing_from of_compat unexplained
t "hags-src-compat(7) explains what they have in common" nothing_from unexplained_of_all
t "hags-src-compat(7) explains SRC's own messages" nothing_from unexplained_numbers

messages_of() { # PAGE
        sed -n '/^\.Sh DIAGNOSTICS/,/^\.Sh SEE/p' "$1" | sed -E ':a; /\\$/ { N; s/\\\n//; ba }' |
                sed -n 's/^\.It //p' | sed -E "s/\\\\\(aq/'/g; s/\\\\\(dq/\"/g; s/\\\\&//g; s/\\\\-/-/g"
}
# A sentence may be put together from several literals: without them no two words of it may be left.
never_said() { # PAGE MODULE...
        fragments_of -a "${@:2}" | awk '{ print length, $0 }' | sort -rn | cut -d' ' -f2- >"$t_dir/fragments"
        messages_of "$1" | awk -v page="$1" '
                FILENAME != "-" { fragments[n++] = $0; next }
                {
                        rest = $0
                        for (i = 0; i < n; i++)
                                while (at = index(rest, fragments[i]))
                                        rest = substr(rest, 1, at - 1) "|" substr(rest, at + length(fragments[i]))
                        gsub("/[a-z/.]+", "|", rest) # a path that was filled in
                        if (rest ~ /[a-z][a-z]+ [a-z][a-z]+/)
                                print page " has, but the code has not: " $0
                }' "$t_dir/fragments" -
}
t "hagsctrl(8) explains no message that is never printed" \
        nothing_from never_said man/hagsctrl.8 hagsctrl ask manager sdr
t "hagsd(8) explains no message that is never logged" nothing_from never_said man/hagsd.8 hagsd session log
t "hags-deactivate(8) explains no message that is never printed" \
        nothing_from never_said man/hags-deactivate.8 deactivate
t "hagsgr(1) explains no message that is never printed" nothing_from never_said man/hagsgr.1 diag ask
t "hagsgroup(1) explains no message that is never printed" nothing_from never_said man/hagsgroup.1 hagsgroup
t "hags.conf(5) explains no message that is never printed" nothing_from never_said man/hags.conf.5 config

t "the pages of the commands of SRC explain no message that is never printed" \
        nothing_from of_compat never_said compat/command.c
t "hags-src-compat(7) explains no message that is never printed" nothing_from never_said man/hags-src-compat.7 compat

# ---- README, HACKING, NEWS ----

readme_lacks() {
        local target

        for target in demo check; do
                grep -qxF "    sudo make $target" README.md || echo "README.md: no line 'sudo make $target'"
        done
        env -u MAKEFLAGS -u MAKELEVEL make --silent help | sed -n 's/ .*//p' >"$t_dir/targets"
        grep -hoE '(^    |^    [$#] |`)(sudo )?make [a-z][a-z-]+( |`|$)' "${texts[@]}" | sed 's/.*make //; s/[` ]$//' |
                sort -u | while read -r target; do
                grep -qx "$target" "$t_dir/targets" || echo "there is no make $target"
        done
}
t "README has the two commands, and every target that is named exists" nothing_from readme_lacks

version_is_news() {
        local version

        version=$(sed -n 's/^VERSION *:= *//p' Makefile)
        [ "$(grep -m 1 '^## ' NEWS.md)" = "## $version" ] || echo "NEWS.md does not begin with $version"
        grep -qF "Version $version." README.md || echo "README.md: another version than $version"
}
t "NEWS and README tell of this version" nothing_from version_is_news

anchors_of() { # FILE: as the headings of it are called in links
        sed -nE 's/^#+ //p' "$1" | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9\n-'
}
dead_links() {
        local text link file

        for text in "${texts[@]}"; do
                grep -oE '\]\([^)]+\)' "$text" | sed 's/^](//; s/)$//' | while read -r link; do
                        case $link in *://*) continue ;; esac
                        file=${link%%#*}
                        file=${file:-$text}
                        [ -e "$file" ] || echo "$text: no file $file"
                        [ "$link" = "${link#*#}" ] || anchors_of "$file" | grep -qx "${link#*#}" ||
                                echo "$text: no heading $link"
                done
        done
}
t "links lead somewhere" nothing_from dead_links

# In `code`: files of the tree by their path, functions by their name.
dead_names() {
        grep -noE '`(src|tests|man|units|packaging)/[^` ]*`' "${texts[@]}" | tr -d '`' |
                while IFS=: read -r text line path; do
                        # A name may have a part that stands for others, such as test-MODULE.c.
                        compgen -G "$(sed -E 's/[A-Z][A-Z]+/*/g' <<<"$path")" >/dev/null || echo "$text:$line: no $path"
                done
        grep -noE '`[a-z_]+\(\)`' HACKING.md | tr -d '`()' | while IFS=: read -r line name; do
                grep -qrE "\b$name\(" src || echo "HACKING.md:$line: no function $name"
        done
}
t "files and functions that are named exist" nothing_from dead_names

folders_of_hacking() { sed -nE 's/^\| `([a-z_]+)\/` \|.*\| ([a-z_ ]*)\|$/\1 \2/p' HACKING.md | sed 's/ *$//'; }
folders_of_tree() {
        sed -n "/^layers='/,/^'/p" tests/static/check-style.sh | while read -r folder used; do
                [ ! -d "src/$folder" ] || [ -z "$used" ] || echo "$folder ${used#-}" | sed 's/ *$//'
        done
        for folder in src/*/; do
                grep -q "^$(basename "$folder") " tests/static/check-style.sh || basename "$folder"
        done
}
t "HACKING has the folders of src/ and what they may include" \
        nothing_from same_sets folders_of_hacking folders_of_tree

# ---- completion ----

# As bash calls it: the words, and COMP_CWORD at the last.
complete_words() { # WORD...
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        COMPREPLY=()
        _hagsctrl "$build/hagsctrl"
        printf '%s\n' "${COMPREPLY[@]}"
}
expect_words() { # WANTED WORD...
        local want=$1 got
        shift

        got=$(complete_words "$@" | sort | paste -sd' ')
        [ "$got" = "$want" ] || { echo "'$*' completes to '$got' instead of '$want'"; exit 1; }
}

completion() {
        mkdir -p "$t_dir"/etc/systemd/system/hags@{sp_prod,default}.service.d "$t_dir/etc/hags/syspar.d"
        touch "$t_dir"/etc/hags/syspar.d/{sp_prod,sp_test}.conf
        # shellcheck source=/dev/null
        . <(sed "s,/etc/,$t_dir/etc/,g" packaging/completion/hagsctrl)

        expect_words "$("$build/hagsctrl" --help | grep -oE '^ +(-[a-z], )?--[a-z-]+' | tr -d ,' ' |
                sed 's/--/\n--/' | grep . | sort | paste -sd' ')" hagsctrl ''
        expect_words '--sdr-import --start --stop --syspar' hagsctrl --s
        expect_words 'default sp_prod sp_test' hagsctrl -a --syspar ''
        expect_words 'sp_prod sp_test' hagsctrl -a --syspar s
        expect_words 'default' hagsctrl --syspar = d
        expect_words 'default sp_prod sp_test' hagsctrl --syspar =
        expect_words 'NEWS.md' hagsctrl --sdr-import NE
        expect_words '' hagsctrl --no-such x
}
t "completion offers what --help has, partitions and files" completion

# Of the other programs: at the place of an option bash offers all that --help has.
offered() { # FUNCTION WORD...: the words, and COMP_CWORD at the last
        local function=$1
        shift

        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        COMPREPLY=()
        "$function" "$1"
        printf '%s\n' "${COMPREPLY[@]}"
}
long_options() { grep -oE '^ +(-[a-z], )?--[a-z-]+' | grep -oE -- '--[a-z-]+'; }
options_offered() {
        local p

        for p in hagsns hagsgr hagscl hagsvote; do
                offered _hags_diag "$build/$p" -- | grep -e -- | sed "s/^/$p /"
        done
        for p in $(subcommands); do
                offered _hagsgroup hagsgroup "$p" -- | sed "s/^/hagsgroup $p /"
        done
        offered _hagsgroup hagsgroup '' | sed 's/^/hagsgroup /'
}
options_there_are() {
        local p

        for p in hagsns hagsgr hagscl hagsvote; do
                "$build/$p" --help | long_options | sed "s/^/$p /"
        done
        for p in $(subcommands); do
                hagsgroup "$p" --help | long_options | sed "s/^/hagsgroup $p /"
        done
        { subcommands; printf -- '--help\n--version\n'; } | sed 's/^/hagsgroup /'
}
completions() {
        # shellcheck source=/dev/null
        . packaging/completion/hagsgr
        # shellcheck source=/dev/null
        . packaging/completion/hagsgroup
        nothing_from same_sets options_there_are options_offered
}
t "completion of the others offers what --help has" completions

uncompleted() {
        local p file=''

        for p in "$build"/hags*; do
                if [ ! -f "$p" ] || [ ! -x "$p" ]; then continue; fi
                # What is run by systemd, or by other names, is not typed.
                case ${p##*/} in hagsd | hags-deactivate | hags-compat) continue ;; esac
                file=packaging/completion/${p##*/}
                [ -e "$file" ] || echo "no completion: $file"
        done
        [ -n "$file" ] || echo "$build has no program"
}
t "every command that is typed has a completion" nothing_from uncompleted

completes_compat() { # WANTED WORD...
        local want=$1 got
        shift

        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        _hags_compat "$build/compat/$1"
        got="${COMPREPLY[*]}"
        [ "$got" = "$want" ] || { echo "'$*' completes to '$got' instead of '$want'"; exit 1; }
}
completion_of_compat() {
        lssrc() {
                printf '%s\n' 'Subsystem         Group            PID     Status' \
                        ' hags.a           hags             7       active' ' hags.b           hags                     inoperative'
        }
        # shellcheck source=/dev/null
        . packaging/completion/lssrc

        completes_compat '--help --version -S -a -g -l -p -s' lssrc ''
        completes_compat 'hags hags.a hags.b' lssrc -s ''
        completes_compat 'hags.a hags.b' lssrc -ls hags.
        completes_compat 7 lssrc -p ''
        completes_compat hags stopsrc -g ''
        completes_compat 'hags hags.a hags.b' stopsrc -cs ''
        completes_compat '--help --version -n' spget_syspar ''
        completes_compat 'Syspar_ports' SDRGetObjects -x S
        completes_compat '-x' SDRGetObjects -x
        for c in "${compat[@]}"; do
                [ "packaging/completion/$c" -ef packaging/completion/lssrc ] || exit 1
                complete -p "$c" | grep -q _hags_compat
        done
}
t "completion of the commands of SRC offers what --help has, and what lssrc -a shows" completion_of_compat

t_done
