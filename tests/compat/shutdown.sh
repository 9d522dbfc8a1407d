#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# As rc.shutdown of many sites: stop all that lssrc -a names, with cancel, then see that nothing is left.

for i in $(lssrc -a | awk 'NR>1{print $1}'); do
        stopsrc -cs "$i"
done
if lssrc -a | awk 'NR>1' | grep -v inoperative; then
        echo "still running" >&2
        exit 1
fi
