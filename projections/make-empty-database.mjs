/*
 * Part of the build: the embedded Postgres as it is after its initdb and our migrations, as a tar. To unpack that takes
 * a fraction of the time of an initdb in WebAssembly, which every start with a new directory, and every test, would
 * wait for.
 */
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const made = here('./dist/empty-database.tar');
const migrations = readdirSync(here('./migrations')).map((name) => here(`./migrations/${name}`));
const parts = [
  fileURLToPath(import.meta.resolve('@electric-sql/pglite')),
  here('./make-empty-database.mjs'),
  ...migrations,
];
const blockBytes = 512;

if (!existsSync(made) || parts.some((part) => statSync(made).mtimeMs < statSync(part).mtimeMs)) {
  const { migrate } = await import(here('./dist/migrate.js'));
  // What is written ahead is never synced: a new file for it need not be filled before it is written.
  const pglite = await PGlite.create({ initDbStartParams: ['-c', 'wal_init_zero=off'] });
  const silent = { info() {}, warn() {}, error() {} };
  const query = async (/** @type {string} */ sql) => (await pglite.exec(sql)).at(-1) ?? { rows: [] };
  await migrate(query, silent, async () => true);
  // Else the first to read what the migrations wrote would write, too: that it is there for everybody.
  await pglite.exec('VACUUM FREEZE');
  await pglite.exec('CHECKPOINT');
  const dump = await pglite.dumpDataDir('none');
  writeFileSync(made, versionLast(Buffer.from(await dump.arrayBuffer())));
  await pglite.close();
}

/**
 * PG_VERSION says that a directory has a database. So it comes last: what is left of an unpacking that was cut short is
 * none.
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
