# SPDX-License-Identifier: LGPL-2.1-or-later
#
# awk -f errors.awk ha_gs_errors.tbl PAGE.3: the page, with what the table says put in before SEE ALSO,
# instead of what is there: ERRORS and DELAYED ERRORS of its routine; in libha_gs.3 what each code means.

# Plain text to mdoc: constants, members and arguments, routines. Punctuation goes with the macro.
function macro_for(word) {
        if (word ~ /^(HA_GS_[A-Z_0-9]+|NULL)$/)
                return ".Dv "
        if (word ~ /^ha_gs_[a-z_]+\(\)$/)
                return ".Fn "
        return word ~ /^gs_[a-z_]+$/ || index(arguments, " " word " ") ? ".Fa " : ""
}

function put_line() {
        if (line != "")
                print line
        line = ""
}

function put_text(sentences, n, i, word, words, tail, macro) {
        n = split(sentences, words, / /)
        line = ""
        for (i = 1; i <= n; i++) {
                word = words[i]
                tail = ""
                while (match(word, /[.,;:]$/)) {
                        tail = " " substr(word, RSTART) tail
                        word = substr(word, 1, RSTART - 1)
                }
                macro = macro_for(word)
                if (macro != "") {
                        put_line()
                        sub(/\(\)$/, "", word)
                        print macro word tail
                        continue
                }
                if (length(line) + length(words[i]) > 79)
                        put_line()
                line = line (line == "" ? "" : " ") words[i]
                if (words[i] ~ /\.$/) # a sentence ends its line
                        put_line()
        }
        put_line()
}

function put_list(title, kind, i, open) {
        for (i = 1; i <= entries; i++) {
                if (of[i] != routine || (kind != "" && kinds[i] != kind))
                        continue
                if (!open++)
                        print ".Sh " title "\n.Bl -tag -width Ds"
                print ".It Bq Er " codes[i]
                put_text(text[i] != "" ? text[i] : text[general[codes[i]]])
        }
        if (open)
                print ".El"
}

FNR == NR {
        if (/^(#|$)/)
                next
        if (/^[ \t]/) {
                sub(/^[ \t]+/, "")
                text[entries] = text[entries] (text[entries] == "" ? "" : " ") $0
                next
        }
        of[++entries] = $1
        kinds[entries] = $2
        codes[entries] = $3
        if ($1 == "*")
                general[$3] = entries
        next
}

/^\.Nm / && routine == "" {
        routine = $2 == "libha_gs" ? "*" : $2
        arguments = " "
}
/^\.Fa "/ {
        name = $NF
        gsub(/["*]/, "", name)
        arguments = arguments name " "
}
/^\.Sh (RETURN CODES|ERRORS|DELAYED ERRORS)$/ {
        skip = 1
        next
}
/^\.Sh SEE ALSO$/ {
        if (routine == "*")
                put_list("RETURN CODES", "")
        else {
                put_list("ERRORS", "sync")
                put_list("DELAYED ERRORS", "delayed")
        }
}
/^\.Sh / { skip = 0 }
!skip { print }
