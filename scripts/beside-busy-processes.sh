#!/bin/sh
# scripts/beside-busy-processes.sh N COMMAND [ARGUMENTS]: runs a command while N processes keep the processors busy.
# Every edge and every client is late then, which shows in minutes what fails once in many runs of the tests:
#   cd apps/proxy && ../../scripts/beside-busy-processes.sh 4 npx vitest run test/both-bodies.test.ts
set -u
case ${1-} in
  '' | 0 | *[!0-9]*)
    echo "usage: $0 N COMMAND [ARGUMENTS], N being how many processes" >&2
    exit 2
    ;;
esac
left=$1
shift

# Looks up now and then, so that it ends with this script however that ends.
busy='while kill -0 "$1" 2>/dev/null; do i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done; done'
while [ "$left" -gt 0 ]; do
  sh -c "$busy" busy $$ &
  left=$((left - 1))
done
"$@"
