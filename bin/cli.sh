#!/bin/sh
# The command line under the name and with the flags that ASE scripts use.
# It works from any directory, and through a symbolic link.
self=$(readlink -f -- "$0" 2>/dev/null) || self=$0
root=$(CDPATH='' cd -- "$(dirname -- "$self")/.." && pwd -P) || exit 1
. "$root/bin/from-checkout.sh"
from_checkout apps/cli/dist/main.js "$@"
