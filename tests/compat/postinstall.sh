#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# As the post-installation script of a package: postinstall.sh SUBSYSTEM starts what is on file and does not
# run.

lssrc -s "$1" >/dev/null 2>&1 || { echo "$1 is not defined, nothing to start"; exit 0; }
if lssrc -s "$1" | tail -1 | grep -q inoperative; then
        startsrc -s "$1" | grep '0513-059' || exit 1
fi
lssrc -s "$1" | grep -qw active
