#!/bin/sh
# What /tag takes and gives. Run it beside a service: sh examples/curl.sh
# ZITAG_URL says where the service is, ZITAG_KEY opens it if it asks for a key.
set -eu
cd "$(dirname "$0")"
url=${ZITAG_URL:-http://127.0.0.1:8000}
ask() { echo "# $1"; shift; curl -sS --fail-with-body -H "x-api-key: ${ZITAG_KEY:-none}" "$@"; echo; }

ask 'One text, as JSON' "$url/tag" -H 'content-type: application/json' -d '{"text": "小明在北京大学读书。"}'

ask 'A file, as it is' "$url/tag" -H 'content-type: text/plain' --data-binary @sentences.txt

ask 'Several texts, only people, only what is likely' "$url/tag?labels=PER&min_score=0.5" \
  -H 'content-type: application/json' -d '{"texts": ["小明去北京。", "😀老舍写了《茶馆》。"]}'

ask 'Offsets as JavaScript and Java count' "$url/tag?offset_unit=utf16" \
  -H 'content-type: application/json' -d '{"text": "😀老舍写了《茶馆》。"}'

ask 'As transformers would answer' "$url/tag?format=hf" \
  -H 'content-type: application/json' -d '{"text": "小明去北京。"}'

ask 'A corpus to correct and train on' "$url/tag?format=bio" \
  -H 'content-type: text/plain' --data-binary @sentences.txt

ask 'Any number of texts, a line each' "$url/tag/stream" \
  -H 'content-type: application/x-ndjson' --data-binary '{"text": "小明去北京。"}
{"text": "老舍写了《茶馆》。"}'

ask 'What serves' "$url/bundle"
