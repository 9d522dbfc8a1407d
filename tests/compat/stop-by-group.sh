#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# As before maintenance of a cluster: the whole group down and up again.

stopsrc -g hags || exit 1
[ "$(lssrc -g hags | grep -c inoperative)" = "$(lssrc -g hags | sed 1d | wc -l)" ] || exit 1
startsrc -g hags || exit 1
! lssrc -g hags | grep inoperative
