#!/usr/bin/env bash
# The demo province: migrate, load it when it is not there, print its sign-ins, serve it with its
# jobs beside. Ctrl-C ends both. BIN is the folder of the virtual environment's programs.
set -euo pipefail
cd "$(dirname "$0")/.."
BIN=${BIN:-.venv/bin}
export HOST=${HOST:-127.0.0.1} PORT=${PORT:-8000}
# The floor: the demo's passphrases are printed, and forty members enrol while somebody waits.
export ARGON2_MEMORY_KIB=${ARGON2_MEMORY_KIB:-19456} ARGON2_PASSES=${ARGON2_PASSES:-2}
# A demo may leave out the second factor; SECOND_FACTOR=1 asks for the codes it prints.
export SECOND_FACTOR=${SECOND_FACTOR:-0}
# The whole province (PRESET=standard) takes three to five minutes to load, the small demo half a minute.
PRESET=${PRESET:-small}
flask() { "$BIN/flask" --app wsgi "$@"; }

flask db upgrade
flask demo load --preset "$PRESET" --if-absent
flask demo accounts

children=()
stop() {
  trap - INT TERM EXIT
  kill "${children[@]}" 2>/dev/null || true
  wait "${children[@]}" 2>/dev/null || true
}
trap stop EXIT
trap 'exit 0' INT TERM

"$BIN/flask" --app wsgi jobs run &
children+=($!)
# One worker: the limits that live in memory then count every request.
"$BIN/gunicorn" wsgi:app --workers 1 --threads 8 --bind "$HOST:$PORT" \
  --no-control-socket --log-level warning &
children+=($!)
printf '\nhttp://%s:%s  (Ctrl-C: stop)\n' "$HOST" "$PORT"

# Whichever ends first takes the other along: a demo without its clock would mislead.
wait -n "${children[@]}"
