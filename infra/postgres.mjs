import { execFile } from 'node:child_process';
import { chown, mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { postgresPrograms, postgresUser } from './postgres-programs.mjs';
import { freePort } from './processes.mjs';

const run = promisify(execFile);

const usage = `Usage: npm run postgres -- [start | stop | status] [options]

Says which PostgreSQL the read model can use: the server that DATABASE_URL names; else one that it starts on loopback,
where PostgreSQL's programs are installed; else the embedded one.

  --port <number>    its port (default: 25432; 0: any free one)
  --dir <directory>  where its data and log are kept (default: .holdfast/postgres)
  --json             print the address as JSON; null: the embedded one
`;

const home = fileURLToPath(new URL('../.holdfast', import.meta.url));
/** Its user has no password: it listens on loopback only. */
const name = 'holdfast';

/**
 * @typedef {object} Server
 * @property {string} directory
 * @property {(program: string, args: string[]) => Promise<string>} run one of PostgreSQL's programs; gives what it
 * printed
 */

/** @param {string} text */
const say = (text) => process.stderr.write(`${text}\n`);

/**
 * A server in a directory, or null where PostgreSQL is not installed.
 * @param {string} directory
 * @returns {Promise<Server | null>}
 */
async function serverIn(directory) {
  const programs = postgresPrograms();
  if (programs === null) return null;
  const user = postgresUser();
  await mkdir(directory, { recursive: true });
  if (user !== null) {
    await chown(directory, user.uid, user.gid);
    await run('ls', [directory], user).catch(() => {
      throw new Error(
        `root cannot run PostgreSQL, and the user ${user.name} cannot open ${directory}: give another --dir`,
      );
    });
  }
  const options = { cwd: directory, ...user };
  return {
    directory,
    run: async (program, args) => (await run(join(programs, program), args, options)).stdout,
  };
}

/** URL of the server in the directory, or null where none runs. @param {Server} server */
async function running({ directory, run }) {
  const data = join(directory, 'data');
  const file = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => null);
  const port = file?.split('\n')[3] ?? '';
  // After a crash the file is still there, and its process id may be a stranger's: only an answer counts.
  const ask = ['-q', '-h', '127.0.0.1', '-p', port, '-U', name, '-d', 'postgres'];
  if (port === '' || !(await succeeds(run('pg_isready', ask)))) return null;
  return `postgres://${name}@127.0.0.1:${port}/${name}`;
}

/** Starts the server unless it runs. Gives its URL. @param {Server} server @param {number} wantedPort */
async function start(server, wantedPort) {
  const { directory, run } = server;
  const known = await running(server);
  if (known !== null) {
    say(`PostgreSQL is already running, its data in ${directory}`);
    return known;
  }
  const data = join(directory, 'data');
  const port = await freePort(wantedPort);
  if (!(await succeeds(readFile(join(data, 'PG_VERSION'))))) {
    await run('initdb', ['--auth=trust', `--username=${name}`, '--encoding=UTF8', '--locale=C', '-D', data]);
  }
  say(`starting PostgreSQL at 127.0.0.1:${port}, its data and log in ${directory}`);
  // No socket: the path of one may have 107 characters only.
  const settings = { listen_addresses: '127.0.0.1', port, unix_socket_directories: '' };
  const given = Object.entries(settings).map(([key, value]) => `-c ${key}='${value}'`);
  const log = join(directory, 'log');
  await run('pg_ctl', ['start', '-w', '-D', data, '-l', log, '-o', given.join(' ')]).catch(async () => {
    const last = (await readFile(log, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-5).join('\n');
    throw new Error(`PostgreSQL did not start. The end of ${log}:\n${last}`);
  });
  const at = ['-h', '127.0.0.1', '-p', String(port), '-U', name];
  const found = await run('psql', [...at, '-d', 'postgres', '-Atc', 'SELECT datname FROM pg_database']);
  if (!found.split('\n').includes(name)) await run('createdb', [...at, name]);
  return `postgres://${name}@127.0.0.1:${port}/${name}`;
}

/** @param {Server} server */
async function stop(server) {
  const { directory, run } = server;
  if ((await running(server)) === null) return say(`PostgreSQL was not running in ${directory}`);
  await run('pg_ctl', ['stop', '-w', '-m', 'fast', '-D', join(directory, 'data')]);
  say('PostgreSQL stopped');
}

/** @param {Promise<unknown>} attempt @returns {Promise<boolean>} */
const succeeds = (attempt) =>
  attempt.then(
    () => true,
    () => false,
  );

/** An address without the password that it may hold. @param {string} url */
function withoutPassword(url) {
  const shown = new URL(url);
  if (shown.password !== '') shown.password = '***';
  return shown.href;
}

/** What the read model can use. @param {string | null} url null: the embedded one @param {boolean} json */
function print(url, json) {
  if (json) process.stdout.write(`${JSON.stringify({ url })}\n`);
  else if (url === null) process.stdout.write('PostgreSQL is not installed here: the embedded one is used\n');
  else process.stdout.write(`Postgres: ${url}\n`);
}

function settings() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      port: { type: 'string', default: '25432' },
      dir: { type: 'string', default: `${home}/postgres` },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const port = Number(values.port);
  if (values.port === '' || !Number.isInteger(port) || port < 0) throw new Error('--port must be a whole number');
  const command = values.help ? 'help' : (positionals[0] ?? 'start');
  return { command, port, directory: resolve(values.dir), json: values.json };
}

async function main() {
  const { command, port, directory, json } = settings();
  if (!['start', 'stop', 'status'].includes(command)) return process.stdout.write(usage);
  const given = process.env.DATABASE_URL;
  if (given && command !== 'stop') {
    say('DATABASE_URL is set, and that server is used; nothing is started');
    return print(withoutPassword(given), json);
  }
  const server = await serverIn(directory);
  if (command === 'start') print(server === null ? null : await start(server, port), json);
  else if (server === null) say('PostgreSQL is not installed here: the embedded one is used');
  else if (command === 'stop') await stop(server);
  else {
    const url = await running(server);
    if (url === null) say('not started');
    else print(url, json);
  }
}

main().catch((error) => {
  say(`npm run postgres: ${error.message}`);
  process.exitCode = 1;
});
