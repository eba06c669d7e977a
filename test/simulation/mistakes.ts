/**
 * Mistakes that the simulator must catch. Each changes one place of what was built of the production code; the place is
 * found by its text, which must stand there exactly once.
 */
export interface Mistake {
  name: string;
  /** End of the built file's path. */
  file: string;
  find: string;
  replace: string;
}

const reader = 'services/log/dist/reader.js';
const processor = 'services/processor/dist/processor.js';

export const mistakes: Mistake[] = [
  {
    name: 'events of another epoch or owner are applied',
    file: reader,
    find: 'if (stamp.epoch !== this.#epoch || stamp.owner !== this.#owner) {',
    replace: 'if (false) {',
  },
  {
    name: 'a held group is kept across epochs',
    file: reader,
    find: 'this.#ended = false;\n        this.#held = [];',
    replace: 'this.#ended = false;',
  },
  {
    name: 'a feed starts at the head',
    file: 'services/log/dist/feed.js',
    find: "this.#tail = this.#options.log.tail('events', this.reader.position);",
    replace: "this.#tail = this.#options.log.tail('events', await this.#options.log.head('events'));",
  },
  {
    name: 'a processor owns before its claim was read back',
    file: processor,
    find: "await this.#append([this.#control('engine.EpochStarted', me)]);",
    replace: `await this.#append([this.#control('engine.EpochStarted', me)]);
      if (this.#me === me && this.#role === 'claiming') {
        this.#forgetSpeculation();
        this.#writer = new GroupWriter(this.options.codec, log.shard, me.epoch, me.owner, feed.reader.sequence, feed.reader.hash);
        this.#role = 'owner';
        this.#signal.raise();
      }`,
  },
  {
    name: 'an owner goes on after a failed append',
    file: processor,
    find: 'if (this.#writer === writer)\n                    this.#standBy(this.#backOffMs());',
    replace: '',
  },
  {
    name: 'an owner id is the same for each claim',
    file: processor,
    find: 'owner: runtime.uuid() }',
    replace: "owner: 'always the same' }",
  },
  {
    name: 'a command that another process decided is decided again',
    file: 'services/processor/dist/command-queue.js',
    find: 'if (record.position <= this.#accepted)\n            return;',
    replace: '',
  },
  {
    name: 'what was decided ahead is kept when the shard is lost',
    file: processor,
    find: 'this.#speculative = this.#accepted;\n        this.#writer = null;',
    replace: 'this.#writer = null;',
  },
  {
    name: 'a standby never claims',
    file: processor,
    find: 'if (events.length > 0)\n                return true;',
    replace: '',
  },
  {
    name: 'a lease lasts beyond its expiry',
    file: 'services/core/dist/cray/lease-index.js',
    find: 'if (expiresAt > from && expiresAt <= to)',
    replace: 'if (expiresAt > from && expiresAt + 1_500 <= to)',
  },
  {
    name: 'a silence of the log does not move the leases',
    file: 'services/core/dist/log-time.js',
    find: 'shiftMs: step };',
    replace: 'shiftMs: 0 };',
  },
  {
    name: 'a retry is decided anew',
    file: 'services/core/dist/request-memory.js',
    find: 'now - found.time < windowMs',
    replace: 'false',
  },
  {
    name: 'a rigid request does what it can',
    file: 'services/core/dist/cray/settle.js',
    find: 'const refused = rigid ? firstOf(reasons) : null;',
    replace: 'const refused = null;',
  },
  {
    name: 'a projection skips an event',
    file: 'projections/dist/status/project.js',
    find: "case 'cray.ComponentUnlocked':",
    replace: "case 'cray.NoSuchEvent':",
  },
];
