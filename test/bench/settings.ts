import { parseArgs } from 'node:util';
import { workloads } from './workloads.js';

export interface BenchSettings {
  /** A service that runs already; its inventory is replaced. Null: one is started, and stopped at the end. */
  url: string | null;
  token: string | undefined;
  /** Names of the workloads to measure. */
  only: readonly string[];
  /** Each measurement ends after this. */
  elapsedMsMax: number;
  /** Where the started service leaves a CPU profile, or null. */
  profile: string | null;
  /** Further options of the started service. */
  serve: readonly string[];
}

export const usage = `npm run bench -- [options] [-- options of holdfast serve]

  --url URL        measure a service that runs already (its inventory is replaced), not one of its own
  --token TOKEN    bearer token for it (better: HOLDFAST_TOKEN)
  --only NAME      measure this only; may be repeated: ${workloads.map(({ name }) => name).join(', ')}
  --seconds N      longest time of one measurement (default 4)
  --profile DIR    let the service leave a CPU profile there, for a browser's developer tools
  --help`;

/** Null where help was asked for. Throws on options that are not known. */
export function benchSettings(args: string[]): BenchSettings | null {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      url: { type: 'string' },
      token: { type: 'string' },
      only: { type: 'string', multiple: true },
      seconds: { type: 'string', default: '4' },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const names = workloads.map(({ name }) => name);
  const only = values.only ?? names;
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: there is ${names.join(', ')}`);
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) throw new Error(`--seconds ${values.seconds}: a number above 0 is expected`);
  return {
    url: values.url ?? null,
    token: values.token ?? process.env.HOLDFAST_TOKEN,
    only,
    elapsedMsMax: seconds * 1_000,
    profile: values.profile ?? null,
    serve: positionals,
  };
}
