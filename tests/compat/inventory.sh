#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# As inventories do: each subsystem with program, contact and wait time, by position in the colon form.

lssrc -S | grep -v '^#' | while IFS=: read -r name _ _ path _ _ _ _ _ action multi contact _ _ _ _ _ _ wait group rest; do
        [ -z "$rest" ] || exit 1
        echo "$name $path $action $multi $contact $wait $group"
done
