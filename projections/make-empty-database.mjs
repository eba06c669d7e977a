/*
 * Part of the build: the embedded Postgres as it is after its initdb, as a tar. To unpack that takes a quarter of the time of
 * an initdb in WebAssembly, which every start with a new directory, and every test, would wait for.
 */
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';

const made = fileURLToPath(new URL('./dist/empty-database.tar', import.meta.url));
const engine = fileURLToPath(import.meta.resolve('@electric-sql/pglite'));
const blockBytes = 512;

if (!existsSync(made) || statSync(made).mtimeMs < statSync(engine).mtimeMs) {
  const pglite = await PGlite.create();
  const dump = await pglite.dumpDataDir('none');
  writeFileSync(made, versionLast(Buffer.from(await dump.arrayBuffer())));
  await pglite.close();
}

/**
 * PG_VERSION says that a directory has a database. So it comes last: what is left of an unpacking that was cut short is none.
 * @param {Buffer} tar
 */
function versionLast(tar) {
  const [entries, last] = [/** @type {Buffer[]} */ ([]), /** @type {Buffer[]} */ ([])];
  for (let at = 0; at < tar.length; ) {
    const name = tar.toString('latin1', at, tar.indexOf(0, at));
    if (name === '') {
      last.push(tar.subarray(at));
      break;
    }
    const bytes = Number.parseInt(tar.toString('latin1', at + 124, at + 136), 8);
    const end = at + blockBytes + Math.ceil(bytes / blockBytes) * blockBytes;
    const of = /^\/?PG_VERSION$/.test(name) ? last : entries;
    of.push(tar.subarray(at, end));
    at = end;
  }
  if (last.length !== 2) throw new Error('the dump has no PG_VERSION, or no end');
  return Buffer.concat([...entries, ...last]);
}
