#!/usr/bin/env bash
# Node 20.20.2 (V8 11.3), Linux.
#
# The documentation of process.memoryUsage() says that `arrayBuffers` is part of `external`. Memory of SharedArrayBuffers is not: 200 MB of those are in
# `arrayBuffers`, and not in `external`, which is then the smaller of the two, so that a difference of both, as monitors show it, is negative. By
# what is in `external` V8 decides whether to look for garbage: for 2 GB of ArrayBuffers that nobody holds it does so several times, for the
# same of SharedArrayBuffers not once, and frees those whose objects a scavenge, or a collection for another reason, finds gone.
#
# Seen, MB by which each grew, then full collections for 2 GB that nobody holds:
#       ArrayBuffer external 200 arrayBuffers 200 collections some
#       SharedArrayBuffer external 0 arrayBuffers 200 collections none
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > try.mjs <<'JS'
import { constants, PerformanceObserver } from 'node:perf_hooks';
const Kind = globalThis[process.argv[2]];
let collections = 0;
new PerformanceObserver((list) => {
  for (const { detail } of list.getEntries()) if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) collections++;
}).observe({ entryTypes: ['gc'] });
const before = process.memoryUsage();
let held = Array.from({ length: 20 }, () => new Kind(10_000_000));
const after = process.memoryUsage();
const grown = (name) => Math.round((after[name] - before[name]) / 1e6 / 10) * 10;
held = held.length;
collections = 0;
for (let n = 0; n < 200; n++) {
  new Kind(10_000_000);
  await new Promise(setImmediate);
}
console.log(`${Kind.name} external ${grown('external')} arrayBuffers ${grown('arrayBuffers')} collections ${collections > 0 ? 'some' : 'none'}`);
JS
said=$(for kind in ArrayBuffer SharedArrayBuffer; do node try.mjs $kind; done)
printf '%s\n' "$said"
test "$said" = 'ArrayBuffer external 200 arrayBuffers 200 collections some
SharedArrayBuffer external 0 arrayBuffers 200 collections none'
