#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# From the book: clients.sh SUBSYSTEM prints the PIDs of the clients that Group Services has on this node.

lssrc -ls "$1" | awk '
        clients { for (i = 1; i <= NF; i++) print $i; exit }
        /locally-connected clients/ { clients = 1 }'
