# SPDX-License-Identifier: LGPL-2.1-or-later
#
# awk -f displays.awk README.md|PAGE: the literal displays of a text in Markdown or mdoc(7), as they are read. A line
# of one becomes a line of four columns, between 037: where it stands, the number of its display, the file that the sentences
# before it name, and the line. A file is one of /etc, or the drop-in that `systemctl edit UNIT` edits.
# With -v section=NAME: of this section only.

function put(text) { if (!section || here) print FILENAME ":" FNR "\037" display "\037" file "\037" text }
function begin() { display++ }
function name_files(text) {
        if (match(text, /\/etc\/hags\/[a-z.\/_-]*\.conf/))
                file = substr(text, RSTART, RLENGTH)
        else if (match(text, /systemctl edit [a-z@.-]+/))
                file = "/etc/systemd/system/" substr(text, RSTART + 15, RLENGTH - 15) ".d/override.conf"
}
function unescape(text) {
        gsub(/\\\(aq/, "'", text)
        gsub(/\\\(dq/, "\"", text)
        gsub(/\\-/, "-", text)
        gsub(/\\&/, "", text)
        gsub(/\\e/, "\\", text)
        return text
}

FNR == 1 { markdown = FILENAME ~ /\.md$/ }

markdown && /^#+ / { here = $0 == "## " section; inside = 0 }
markdown && /^```/ { print FILENAME ":" FNR ": displays are indented here, not fenced" >"/dev/stderr"; exit 1 }
markdown && /^    / && (inside || before == "") {
        if (!inside)
                begin()
        inside = 1
        put(substr($0, 5))
        next
}
markdown && !/^$/ { inside = 0; name_files($0) }
markdown { before = $0; next }

/^\.Sh / { here = $0 == ".Sh " section; file = "" }
/^\.Bd -literal/ { begin(); inside = 1; next }
/^\.Ed/ { inside = 0; file = ""; next }
inside { put(unescape($0)); next }
/^\.Dl / { begin(); put(unescape(substr($0, 5))); next }
{ name_files($0) }
