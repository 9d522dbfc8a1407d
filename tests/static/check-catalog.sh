#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The message catalog: an entry for each message id of the sources and none besides, each with what it needs; and
# each id is logged by something.

. "${0%/*}/../tap.sh"

catalog=packaging/catalog/hags.catalog

ids_of_sources() { sed -nE 's/^ +X\(GS_[A-Z_]+, "([0-9a-f]+)"\).*/\1/p' src/log/message-id.h | sort; }
labels() { sed -nE 's/^ +X\((GS_[A-Z_]+), .*/\1/p' src/log/message-id.h; }
ids_of_catalog() { sed -n 's/^-- //p' "$catalog" | sort; }

ids_are_the_same() {
        [ "$(ids_of_sources | wc -l)" -ge 5 ]
        diff <(ids_of_sources) <(ids_of_catalog)
        [ -z "$(ids_of_sources | uniq -d)" ]
}
t "the catalog has an entry for each id, and no other" ids_are_the_same

ids_are_logged() {
        local label

        for label in $(labels); do
                grep -qE "log_event\(LOG_[A-Z]+, $label,|to_journal\(LOG_[A-Z]+, &MESSAGE_$label," src/*/*.c ||
                        { echo "nothing logs $label"; return 1; }
        done
}
t "each id is logged by something" ids_are_logged

# As journalctl has it once it is installed.
installed() {
        mkdir -p "$t_dir/usr/lib/systemd/catalog"
        cp "$catalog" "$t_dir/usr/lib/systemd/catalog"
        expect_status 0 journalctl --root="$t_dir" --update-catalog
        [ ! -s "$t_dir/err" ]
        expect_status 0 journalctl --root="$t_dir" --list-catalog
        diff <(awk '{ print $1 }' "$t_dir/out" | sort) <(ids_of_sources)
        [ "$(grep -c ' hags: .*Group Services of partition @HAGS_SYSPAR@' "$t_dir/out")" = "$(ids_of_sources | wc -l)" ]
}
t "journalctl takes it whole" installed

# Besides subject and author: pages that exist, and some lines of text behind a blank one.
entry_is_whole() { # ID
        awk -v id="$1" '/^-- / { ours = $2 == id } ours' "$catalog" >"$t_dir/entry"
        grep -q '^Documentation: man:hagsd(8)' "$t_dir/entry"
        grep -oE 'man:[a-z_.]+\([0-9]\)' "$t_dir/entry" | sed -E 's/man:(.*)\((.)\)/man\/\1.\2/' | xargs ls >/dev/null
        [ "$(sed -n '/^$/,$p' "$t_dir/entry" | grep -c .)" -ge 5 ]
        awk 'length > 79 { print FILENAME ": " $0; bad = 1 } END { exit bad }' "$t_dir/entry"
}
for id in $(ids_of_catalog); do
        t "entry $id has cause, remedy and pages" entry_is_whole "$id"
done

t_done
