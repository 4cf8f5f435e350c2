#!/bin/sh
# Runs nginx over the instances that are ready, and keeps looking which they are.
#
#   name INSTANCES --DNS--> addresses --/healthz/ready--> those that answer 200 --> $LIST --reload--> nginx
#
# nginx resolves a name once and learns of a dead server by losing a request to it; this learns of new ones, of those
# that moved to another address, and of those that drain, within $PERIOD_S seconds.
set -eu
NAME=${INSTANCES:-instances}
PORT=${INSTANCES_PORT:-8000}
PERIOD_S=${PERIOD_S:-2}
CONF=${NGINX_CONF:-/etc/zitag/nginx.conf}
LIST=${LIST:-/tmp/instances.conf}

addresses() { getent ahosts "$NAME" 2>/dev/null | awk '$2 == "STREAM" { print $1 }' | sort -u; }

ready() {
  addresses | while read -r address; do
    case $address in *:*) host="[$address]" ;; *) host=$address ;; esac
    if curl -fs -m 2 -o /dev/null "http://$host:$PORT/healthz/ready"; then
      # One that fails a request is asked again a second later: leaving it out for longer is for the look above.
      echo "server $host:$PORT max_fails=1 fail_timeout=1s;"
    fi
  done
}

# One that is down stands for none: nginx wants at least one.
list() {
  found=$(ready)
  echo "${found:-server 127.0.0.1:9 down;}"
}

watch() {
  while sleep "$PERIOD_S"; do
    list >"$LIST.next"
    if ! cmp -s "$LIST.next" "$LIST"; then
      mv "$LIST.next" "$LIST"
      echo "instances: $(sed -n 's/^server \([^ ]*\) max.*/\1/p' "$LIST" | tr '\n' ' ')"
      # Not told: forget what it should know, so that the next round tells it.
      nginx -e stderr -c "$CONF" -s reload || rm -f "$LIST"
    fi
  done
}

list >"$LIST"
watch &
exec nginx -e stderr -c "$CONF" -g 'daemon off;'
