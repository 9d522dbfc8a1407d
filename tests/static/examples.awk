# SPDX-License-Identifier: LGPL-2.1-or-later
#
# awk -v dir=DIR -f examples.awk PAGE: each literal text among the examples of a page that begins with #include
# becomes a file, DIR/example-1.c and so on.

/^\.Sh / { on = $2 == "EXAMPLES" }
on && /^\.Bd -literal/ {
        first = 1
        next
}
/^\.Ed/ { file = "" }
first && /^#include/ { file = dir "/example-" ++n ".c" }
{ first = 0 }
file {
        gsub(/\\e/, "\\")
        gsub(/\\&/, "")
        gsub(/\\-/, "-")
        print >file
}
