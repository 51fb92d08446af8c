#!/usr/bin/env bash
# The two programs the tests need and no wheel brings: chromium and a PostgreSQL server.
# Installs what is missing when it may; otherwise says what will be skipped, and fails where CI=true.
set -euo pipefail

missing=()
skipped=()
if ! command -v "${CHROMIUM_BIN:-chromium}" >/dev/null 2>&1; then
  missing+=(chromium)
  skipped+=("browser tests (no chromium; CHROMIUM_BIN names another place)")
fi
if [ ! -x "${POSTGRES_BIN:-/nonexistent}/initdb" ] \
  && ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null \
  && ! { command -v pg_config >/dev/null 2>&1 && [ -x "$(pg_config --bindir)/initdb" ]; }; then
  missing+=(postgresql)
  skipped+=("PostgreSQL half of the database tests (no initdb; POSTGRES_BIN names its folder)")
fi
may_install() { [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; }
apt_install() { apt-get install -y -qq --no-install-recommends "$@" >/dev/null; }

# Chromium without windows does the browser tests in about half the time; they do without it too.
quicker=chromium-headless-shell
if [ -z "${CHROMIUM_BIN:-}" ] && ! command -v "$quicker" >/dev/null 2>&1 && may_install; then
  { apt-cache show "$quicker" || apt-get update -qq; } >/dev/null 2>&1 || true
  DEBIAN_FRONTEND=noninteractive apt_install "$quicker" 2>/dev/null || true
fi

[ ${#missing[@]} -eq 0 ] && exit 0

if may_install; then
  # Debian starts a server of its own on installation unless told not to; the tests start theirs.
  mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] \
    || echo 'create_main_cluster=false' >/etc/postgresql-common/createcluster.conf
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt_install "${missing[@]}"
  exit 0
fi

printf 'Missing: %s. Not root or no apt-get, so these are skipped:\n' "${missing[*]}" >&2
printf '  - %s\n' "${skipped[@]}" >&2
[ "${CI:-}" != true ]
