# SPDX-License-Identifier: LGPL-2.1-or-later
#
# awk -v dir=DIR -f scripts.awk PAGE: each literal text of a page that is a script becomes a file, of the name
# that its second line begins with.

/^\.Bd -literal/ {
        first = 1
        next
}
/^\.Ed/ { file = "" }
first { head = /^#!/ ? $0 : "" }
{ first = 0 }
head && /^# / {
        file = dir "/" $2
        print head >file
        head = ""
}
file {
        gsub(/\\e/, "\\")
        gsub(/\\&/, "")
        gsub(/\\-/, "-")
        print >file
}
