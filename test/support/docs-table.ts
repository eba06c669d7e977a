import table from './docs-table.json' with { type: 'json' };

/*
 * What the commands of the documentation are held against, file by file, in their order. A command that stands in a
 * file and not here is a failure, and so is one that stands here alone.
 */

export interface Documented {
  /** As it stands in the file, without comments at the ends of lines. */
  command: string;
  /** A telling part of what it prints. */
  says?: RegExp;
  /** Exit status; 0 by default. */
  code?: number;
  /** Goes on beside the others once it has said so. */
  goesOn?: true;
  /** It has no end of its own: it is ended after two seconds. */
  endless?: true;
  /** What a reader does with the service before it, as the text around says. */
  before?: 'stop' | 'serve' | 'damage';
  /** Why it is not run. */
  left?: string;
  /** It is typed by docs-kafka.test.ts, on Kafka. */
  on?: 'kafka';
}

/** What differs from what is typed, with why. `{port}` and the like are the sitting's own. */
export const differences: readonly [from: string | RegExp, to: string, why: string][] = [
  ['npm ci && npm start', 'npm start', 'what it installs is there'],
  [
    /\bnpm start( --)?/,
    'node_modules/.bin/holdfast serve',
    'nothing is built while tests run; of npm start itself: restart.test.ts',
  ],
  ['127.0.0.1:28800', '127.0.0.1:{port}', 'another service may have the port'],
  ['/elsewhere/', '{elsewhere}/', 'nobody writes at the root'],
  ['python3 -c', '{python} -c', 'one with the packages of docs/examples/requirements.txt'],
];

/**
 * Of commands that speak of a damaged record: this one is where the test made one, in a log that others still need
 * whole.
 */
export const differencesWhereDamaged: typeof differences = [
  ['--from-data data', '--from-data damaged', 'the log itself is exported afterwards'],
  ['--past 1200', '--past {damaged}', 'the position of it'],
  ['HOST:PORT', '{brokers}', 'the broker that test files share'],
  ['--registry URL', '--registry {registry}', 'its registry'],
  ['holdfast-commands,holdfast-events', '{commands},{topic}', 'topics of this sitting'],
  ['commands-2', '{commands}-2', 'others have topics there, too'],
  ['events-2', '{topic}-2', 'the same'],
];

/** As `differences`, for what is on Kafka. The longer ones first. */
export const differencesOnKafka: typeof differences = [
  ['127.0.0.1:29092', '{brokers}', 'the broker that test files share'],
  ['http://127.0.0.1:28081/apis/ccompat/v7', '{registry}', 'its registry'],
  ['postgres://holdfast@127.0.0.1:25432/holdfast', '{postgres}', 'a server of its own'],
  ['postgres://127.0.0.1/holdfast', '{postgres}', 'the same'],
  ['29093', '{sasl}', 'another broker may have the port'],
  ['29094', '{plain}', 'the same'],
  ['/tmp/holdfast-sasl', '{saslPlace}', 'what is made is removed again'],
  ['127.0.0.1:28800', '127.0.0.1:{port}', 'another service may have the port'],
  ['28801', '{processor}', 'the same'],
  ['28811', '{projector}', 'the same'],
  [
    '.holdfast/python/bin/python docs/examples/history.py',
    '{python} docs/examples/history.py --kafka {brokers} --registry {registry} --topic {topic}',
    'a Python with the packages is there, and others have topics on that broker, too',
  ],
];

/** By file. A pattern stands there as it does in JavaScript, `/.../m`. */
type Written = Record<string, (Omit<Documented, 'says'> & { says?: string })[]>;

function read(written: Written): Record<string, readonly Documented[]> {
  const files = Object.entries(written).map(([file, commands]) => {
    const read = commands.map(({ says, ...rest }) => (says === undefined ? rest : { ...rest, says: patternOf(says) }));
    return [file, read] as const;
  });
  return Object.fromEntries(files);
}

function patternOf(text: string): RegExp {
  const end = text.lastIndexOf('/');
  return new RegExp(text.slice(1, end), text.slice(end + 1));
}

export const documented = read(table.documented as Written);
export const documentedOnKafka = read(table.documentedOnKafka as Written);
