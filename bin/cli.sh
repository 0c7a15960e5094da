#!/bin/sh
# The command line under the name and with the flags that ASE scripts use.
# It works from any directory, and through a symbolic link.
self=$(readlink -f -- "$0" 2>/dev/null) || self=$0
root=$(CDPATH='' cd -- "$(dirname -- "$self")/.." && pwd -P) || exit 1
main="$root/apps/cli/dist/main.js"

if [ ! -f "$main" ]; then
  echo "The command line is not built yet: run npm start or npm test in $root first." >&2
  exit 1
fi

: "${PORTCULLIS_STATE:=$root/state}"
export PORTCULLIS_STATE
exec node "$main" "$@"
