#!/usr/bin/env bash
# scripts/with-small-receive-buffers.sh COMMAND ...: runs a command where TCP keeps less than half a megabyte of what
# has been received: with uWebSockets.js 20.57 an upload can be stopped only then (docs/security.md). Linux, root.
#
# The setting is that of a network namespace of its own, which ends with the command and knows only the loopback.
set -euo pipefail

if [ "${1:-}" != --inside ]; then
  exec unshare --net "$0" --inside "$@"
fi
shift
echo "4096 131072 425984" >/proc/sys/net/ipv4/tcp_rmem
# SIOCSIFFLAGS with IFF_UP | IFF_LOOPBACK | IFF_RUNNING: Perl is where `ip` need not be.
perl -MSocket -e '
  my $up = pack("a16 s x22", "lo", 0x49);
  socket(my $any, AF_INET, SOCK_DGRAM, 0) or die "socket: $!\n";
  ioctl($any, 0x8914, $up) or die "lo: $!\n";
'
exec "$@"
