#!/usr/bin/perl
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What Ansible's module `service` does on AIX, with the same commands and the same reading of what they print:
# ansible-service.pl NAME STATE, where STATE is started, stopped, restarted or reloaded. Prints changed or ok.

use strict;
use warnings;

my ($name, $wanted) = @ARGV;

sub execute_command {
        my ($command) = @_;
        my $out = `$command 2>/tmp/ansible-service.err`;
        my $rc = $? >> 8;

        open(my $file, '<', '/tmp/ansible-service.err') or die;
        my $err = join '', <$file>;
        return ($rc, $out, $err);
}

sub fail_json { print STDERR "FAILED: @_\n"; exit 2 }

sub is_running {
        my ($rc, $out, $err) = execute_command("lssrc -s $name");

        ($rc, $out, $err) = execute_command("lssrc -g $name") if $rc == 1;
        fail_json($err) if $rc == 1;
        my $last = (split / /, (split /\n/, $out)[-1])[-1];
        return $last eq 'active' ? 1 : $last eq 'inoperative' ? 0 : fail_json("unknown state $last");
}

# Is the name that of a group? Every line is expected to have two words.
sub parameter {
        my ($rc, $out, $err) = execute_command('lssrc -a');
        my (@subsystems, @groups);

        fail_json($err) if $rc == 1;
        for (split /\n/, $out) {
                my @words = split;
                fail_json("a line of " . @words . " words") if @words < 2;
                push @subsystems, $words[0];
                push @groups, $words[1];
        }
        return '-s' if grep { $_ eq $name } @subsystems;
        return '-g' if grep { $_ eq $name } @groups;
        fail_json("neither a subsystem nor a group: $name");
}

sub control {
        my ($command) = @_;
        my ($rc, $out, $err) = execute_command($command . ' ' . parameter() . " $name");

        fail_json($err || $out) if $rc != 0;
}

my $running = is_running();
my $changed = 1;

if ($wanted eq 'started') { $running ? $changed = 0 : control('startsrc') }
elsif ($wanted eq 'stopped') { $running ? control('stopsrc') : ($changed = 0) }
elsif ($wanted eq 'reloaded') { control('refresh') }
elsif ($wanted eq 'restarted') { control('stopsrc') if $running; control('startsrc') }
else { die "unknown state\n" }
print $changed ? "changed\n" : "ok\n";
