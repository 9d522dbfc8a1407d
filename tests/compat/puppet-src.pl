#!/usr/bin/perl
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What Puppet's provider `src` of the resource `service` does, with the same commands and the same reading of what
# they print: puppet-src.pl instances | status NAME | start NAME | stop NAME | restart NAME.
# Puppet runs a command by its whole path, and takes a failing lssrc for a service that is stopped.

use strict;
use warnings;

my ($action, $name) = @ARGV;

sub execute {
        my @command = @_;

        open(my $pipe, '-|', @command) or return;
        my @lines = <$pipe>;
        close($pipe) or return;
        chomp(@lines);
        return \@lines;
}

sub status {
        my $lines = execute('/usr/bin/lssrc', '-s', $name) or return 'stopped';
        my $state;

        for (@$lines) {
                my @args = split;
                # The header, and whatever else it is not.
                next unless shift(@args) eq $name;
                my $last = pop @args;
                $state = 'running' if $last eq 'active';
                $state = 'stopped' if $last eq 'inoperative';
        }
        return $state // 'nil';
}

sub wait_for {
        my ($wanted) = @_;

        for (1 .. 60) {
                return if status() eq $wanted;
                sleep 1;
        }
        die "Timed out waiting for $name to become $wanted\n";
}

sub start {
        execute('/usr/bin/startsrc', '-s', $name) or die "cannot start\n";
        wait_for('running');
}

sub stop {
        execute('/usr/bin/stopsrc', '-s', $name) or die "cannot stop\n";
        wait_for('stopped');
}

sub restart {
        my $lines = execute('/usr/bin/lssrc', '-Ss', $name) or die "no definition\n";

        for (@$lines) {
                my @args = split /:/;
                next unless $args[0] eq $name;
                if ($args[11] eq '-K') {
                        execute('/usr/bin/refresh', '-s', $name) or die "cannot refresh\n";
                        return;
                }
                stop();
                start();
                return;
        }
        die "not in lssrc -Ss\n";
}

if ($action eq 'instances') {
        my $lines = execute('/usr/bin/lssrc', '-S') or die "no list\n";
        for (@$lines) {
                next if /^#/;
                print((split /:/)[0], "\n");
        }
}
elsif ($action eq 'status') { print status(), "\n" }
elsif ($action eq 'start') { start() }
elsif ($action eq 'stop') { stop() }
elsif ($action eq 'restart') { restart() }
else { die "unknown action\n" }
