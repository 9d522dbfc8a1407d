#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# From the book: groups.sh SUBSYSTEM prints name and providers of each group, and checks their number.

lssrc -ls "$1" | awk '
        /^ Number of groups known locally:/ { number = $NF }
        table && NF == 4 { print $1, $2; n++ }
        /^ Group name/ { table = 1 }
        END { exit n != number }'
