# SPDX-License-Identifier: LGPL-2.1-or-later
#
# awk -f tables.awk README.md|PAGE: the commands in the right column of the tables that translate. A command becomes a
# line of two columns, between 037: where it stands, and the command. A cell that is not all literal has none.

function put(text) { print FILENAME ":" FNR "\037" text }

/^\| SRC or PSSP \| here \|$/ { on = 1; next }
!/^\|/ { on = 0 }
on {
        gsub(/\\\|/, "\036")
        n = split($0, cell, "|")
        while (n == 4 && match(cell[3], /`[^`]+`/)) {
                text = substr(cell[3], RSTART + 1, RLENGTH - 2)
                gsub("\036", "|", text)
                put(text)
                cell[3] = substr(cell[3], RSTART + RLENGTH)
        }
}
sub(/^\.It .* Ta Li /, "") && !/ (Ta|No|Sx|Xr|Li|Pa) / { put($0) }
