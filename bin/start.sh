#!/bin/sh
# Starts the proxy in the background, as ASE's script of this name does: bin/start.sh [--config DIR] [--state DIR]
self=$(readlink -f -- "$0" 2>/dev/null) || self=$0
root=$(CDPATH='' cd -- "$(dirname -- "$self")/.." && pwd -P) || exit 1
. "$root/bin/from-checkout.sh"
from_checkout apps/proxy/bundle/main.js --background "$@"
