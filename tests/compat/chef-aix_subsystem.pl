#!/usr/bin/perl
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What Chef does on AIX: the resource `aix_subsystem` reads lssrc -S -s NAME by positions, the provider of `service`
# asks for the name and then for a group of that name. chef-aix_subsystem.pl definition NAME | running NAME |
# start NAME | stop NAME; prints what a run would know.

use strict;
use warnings;

my ($action, $name) = @ARGV;

sub shell_out {
        my ($command) = @_;
        my $out = `$command 2>/dev/null`;

        return ($? >> 8, $out);
}

sub definition {
        my ($status, $out) = shell_out("lssrc -S -s $name");

        if ($status != 0 || $out eq '') {
                print "not defined\n";
                return;
        }
        my @fields = split /:/, (split /\n/, $out)[-1], -1;
        # The line ends in a colon, so there is an empty field behind the twenty.
        die 'fields: ' . @fields . "\n" unless @fields == 21;
        my %is = (
                subsystem_name => $fields[0],
                arguments => $fields[2],
                program => $fields[3],
                user => $fields[4],
                respawn => $fields[9] eq '-R',
                multiple => $fields[10] eq '-q',
                signals => $fields[11] eq '-S',
                nice => $fields[14],
                wait => $fields[18],
                group => $fields[19],
        );
        print "$_=$is{$_}\n" for sort keys %is;
}

# The words of a row; a name that is a group gives the rows of it.
sub rows {
        my ($status, $out) = shell_out("lssrc -s $name | grep $name");

        ($status, $out) = shell_out("lssrc -g $name") if $status != 0;
        return ('', undef) if $status != 0;
        return ($out, [ map { [split] } grep { !/^Subsystem/ } split /\n/, $out ]);
}

sub is_running {
        my (undef, $rows) = rows();

        return 0 unless $rows && @$rows;
        return !grep { $_->[-1] ne 'active' } @$rows;
}

if ($action eq 'definition') { definition() }
elsif ($action eq 'running') { print is_running() ? "true\n" : "false\n" }
elsif ($action eq 'start') { exit((shell_out("startsrc -s $name"))[0]) if !is_running() }
elsif ($action eq 'stop') { exit((shell_out("stopsrc -s $name"))[0]) if is_running() }
else { die "unknown action\n" }
