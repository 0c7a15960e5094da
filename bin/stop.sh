#!/bin/sh
# Stops the proxy that uses the state directory, as ASE's script of this name does: bin/stop.sh [--state DIR]
# It takes no user and secret: whoever may end the process may stop it.
self=$(readlink -f -- "$0" 2>/dev/null) || self=$0
root=$(CDPATH='' cd -- "$(dirname -- "$self")/.." && pwd -P) || exit 1
. "$root/bin/from-checkout.sh"
for argument; do
  case $argument in
    -u | -p)
      echo "$0 takes no user and secret: leave out $argument and what belongs to it" >&2
      exit 2
      ;;
  esac
done
from_checkout apps/proxy/bundle/main.js --stop "$@"
