# SPDX-License-Identifier: LGPL-2.1-or-later
#
# awk -f tables.awk README.md|PAGE: the commands in the tables that translate. A command becomes a line of three
# columns, between 037: where it stands, old or new, which is its column, and the command. A cell that is not all
# literal has none.

function put(column, text) { print FILENAME ":" FNR "\037" column "\037" text }
function put_all(column, cell) { # what stands in `code`
        while (match(cell, /`[^`]+`/)) {
                put(column, substr(cell, RSTART + 1, RLENGTH - 2))
                cell = substr(cell, RSTART + RLENGTH)
        }
}

/^\| SRC or PSSP \| here \|$/ { on = 1; next }
!/^\|/ { on = 0 }
on {
        gsub(/\\\|/, "\036")
        n = split($0, cell, "|")
        for (i = 2; n == 4 && i <= 3; i++) {
                gsub("\036", "|", cell[i])
                put_all(i == 2 ? "old" : "new", cell[i])
        }
}
/^\.It Li .* Ta / {
        n = split(substr($0, 8), cell, " Ta ")
        if (cell[1] !~ / (No|Sx|Xr|Li|Pa|,) /)
                put("old", cell[1])
        if (sub(/^Li /, "", cell[2]) && cell[2] !~ / (No|Sx|Xr|Li|Pa) /)
                put("new", cell[2])
}
