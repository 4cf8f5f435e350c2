#!/bin/sh
# A node of a Ray cluster that tags files, or the command that gives it work: the entry point of the bulk image.
#
#   node head            the head, which runs no tasks
#   node worker          a worker: as many tasks at once as it has CPUs
#   node bulk ARGUMENT   python -m model.bulk ARGUMENT on the cluster, from here
#
# All of them have /ray in common, where the head leaves the token that everybody shows. HEAD is the head's address.
set -eu
head=${HEAD:-ray-head:6379}
export RAY_AUTH_MODE=token RAY_AUTH_TOKEN_PATH=/ray/token

wait_for_token() { until [ -s "$RAY_AUTH_TOKEN_PATH" ]; do sleep 1; done; }

role=${1:-}
[ $# -eq 0 ] || shift
case $role in
  head)
    (umask 077; python -c 'import secrets; print(secrets.token_hex(32), end="")' >/ray/.token; mv /ray/.token /ray/token)
    exec ray start --head --port=6379 --num-cpus=0 --include-dashboard=false --disable-usage-stats --block
    ;;
  worker)
    wait_for_token
    exec ray start --address="$head" --num-cpus="${CPUS:-1}" --disable-usage-stats --block
    ;;
  bulk)
    wait_for_token
    # What gives a cluster work must be one of its nodes.
    ray start --address="$head" --num-cpus=0 --disable-usage-stats >&2
    exec python -m model.bulk "$@" --engine ray --address auto
    ;;
  *)
    echo "node: expected head, worker or bulk, got '$role'" >&2
    exit 2
    ;;
esac
