#!/bin/sh
# Trains bundles and chooses the one that is served: the entry point of the train image.
#
#   bundles once             train the quick preset and serve it, unless a bundle is served already
#   bundles fit NAME [FLAG]  train the bundle NAME (flags of python -m training.fit); serve it if none is served
#   bundles use NAME         serve NAME from the next start or reload on
#   bundles list             the bundles there are; * is served
#   bundles rm NAME          remove a bundle that is not served
#
# $BUNDLES/NAME is a bundle; $BUNDLES/default is a link to the one that is served. A fit that was killed goes on
# after its last whole epoch when it is started again.
set -eu
bundles=${BUNDLES:-/bundles}

fail() { echo "bundles: $1" >&2; exit 2; }

check_name() {
  case ${1:-} in
    '' | default | .* | */* | *.partial) fail "expected the name of a bundle, got '${1:-}'" ;;
  esac
}

# In one step, so that no reader finds it missing.
link() {
  if [ -e "$bundles/default" ] && [ ! -L "$bundles/default" ]; then
    fail "$bundles/default: expected a link to a bundle, got a folder; move it to a name of its own"
  fi
  # By a name of its own: several workers of one fit may do so at once.
  new=$(mktemp -u "$bundles/.default.XXXXXX")
  ln -s "$1" "$new"
  mv -fT "$new" "$bundles/default"
}

fit() {
  check_name "${1:-}"
  name=$1
  shift
  # A link into nothing is no bundle: until the fit is done, what looks for one waits or trains.
  [ -e "$bundles/default" ] || link "$name"
  resume=
  for run in "runs/$name" "runs/$name/teacher-1"; do
    if [ -e "$run/checkpoint.safetensors" ] && [ ! -e "$bundles/$name" ]; then
      resume=--resume
    fi
  done
  # shellcheck disable=SC2086
  exec python -m training.fit --output "$bundles/$name" $resume "$@"
}

command=${1:-}
[ $# -eq 0 ] || shift
case $command in
  once)
    if [ -e "$bundles/default/bundle.json" ]; then
      echo "$bundles/default: there is a bundle, nothing to train"
    elif [ -e "$bundles/quick/bundle.json" ]; then
      link quick
    else
      echo "$bundles/default: no bundle yet, training the quick preset"
      fit quick --preset quick
    fi
    ;;
  fit) fit "$@" ;;
  use)
    check_name "${1:-}"
    [ -e "$bundles/$1/bundle.json" ] || fail "$bundles/$1: there is no bundle here; 'bundles list' names all"
    link "$1"
    echo "$1 is served from the next start or reload on"
    ;;
  list)
    served=$(readlink "$bundles/default" || echo default)
    for manifest in "$bundles"/*/bundle.json; do
      name=$(basename "$(dirname "$manifest")")
      case $name in
        '*' | *.partial) ;;
        "$served") echo "* $name" ;;
        default) ;;
        *) echo "  $name" ;;
      esac
    done
    ;;
  rm)
    check_name "${1:-}"
    [ "$(readlink "$bundles/default" || :)" != "$1" ] || fail "$1 is served; 'bundles use' another one first"
    [ -e "$bundles/$1/bundle.json" ] || fail "$bundles/$1: there is no bundle here; 'bundles list' names all"
    rm -r "${bundles:?}/$1"
    ;;
  -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" ;;
  *) fail "expected once, fit, use, list or rm, got '$command'; --help says more" ;;
esac
