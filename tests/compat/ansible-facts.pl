#!/usr/bin/perl
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What Ansible's module `service_facts` does on AIX: of each line of lssrc -a but the first the first word is the
# name, and the last one the state. Prints them as it would tell them.

use strict;
use warnings;

my $out = `/usr/bin/lssrc -a`;
die "lssrc failed\n" if $?;
my @lines = split /\n/, $out;
shift @lines;
for (@lines) {
        my @words = split;
        my $state = $words[-1] eq 'active' ? 'running' : 'stopped';
        print "$words[0] $state src\n";
}
