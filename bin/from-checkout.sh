# For the scripts beside it, which source it: how they find the checkout, and its state directory.
# from_checkout PROGRAM [ARGUMENTS] runs a program of it in place of the script.

: "${PORTCULLIS_STATE:=$root/state}"
export PORTCULLIS_STATE

from_checkout() {
  program="$root/$1"
  shift
  if [ ! -f "$program" ]; then
    echo "Nothing is built yet: run npm start or npm test in $root first." >&2
    exit 1
  fi
  exec node "$program" "$@"
}
