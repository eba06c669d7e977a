#!/usr/bin/env bash
# npm 11.19.1, Node 20.20, dash 0.5.12, Linux.
#
# `npm start` passes SIGINT and SIGTERM on, to the shell that runs the script. Debian's dash is ended by SIGTERM and leaves its child: npm and shell
# are gone, and the program goes on, as nobody's child, with its ports and files. Only where the script begins with `exec` does the program get it. SIGHUP,
# which a closed session or a supervisor's reload sends, is not passed on at all: npm ends by it, and the program goes on, with `exec` too.
#
# Seen: node SIGTERM: npm ended, script running   node SIGHUP: npm ended, script running
#       exec SIGTERM: npm ended, script ended   exec SIGHUP: npm ended, script running
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir npm && cd npm
npm init -y >/dev/null
npm install --no-audit --no-fund --silent npm@11.19.1
cd ..
cat > package.json <<'JSON'
{ "name": "x", "version": "1.0.0", "scripts": { "node": "node script.mjs", "exec": "exec node script.mjs" } }
JSON
cat > script.mjs <<'JS'
import { writeFileSync } from 'node:fs';
process.on('SIGTERM', () => process.exit(0));
process.on('SIGHUP', () => {});
writeFileSync('script.pid', String(process.pid));
setTimeout(() => {}, 30_000);
JS
trial() {
  rm -f script.pid
  node npm/node_modules/npm/bin/npm-cli.js run "$1" >/dev/null 2>&1 &
  local npm=$! script
  until [ -s script.pid ]; do sleep 0.2; done
  script=$(cat script.pid)
  sleep 0.5
  kill "-$2" "$npm"
  sleep 3
  local said="$1 SIG$2:"
  if kill -0 "$npm" 2>/dev/null; then said+=" npm running,"; else said+=" npm ended,"; fi
  if kill -0 "$script" 2>/dev/null; then said+=" script running"; else said+=" script ended"; fi
  kill -9 "$npm" "$script" 2>/dev/null || true
  wait "$npm" 2>/dev/null || true
  echo "$said"
}
seen="$(trial node TERM)   $(trial node HUP)
$(trial exec TERM)   $(trial exec HUP)"
echo "$seen"
[ "$seen" = 'node SIGTERM: npm ended, script running   node SIGHUP: npm ended, script running
exec SIGTERM: npm ended, script ended   exec SIGHUP: npm ended, script running' ]
