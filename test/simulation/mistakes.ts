import type { Seeds } from './batch.js';

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
  /** Where it shows, if not anywhere. */
  seeds?: Seeds;
}

const reader = 'services/log/dist/reader.js';
const feed = 'services/log/dist/feed.js';
const known = 'services/log/dist/known.js';
const processor = 'services/processor/dist/processor.js';
const queue = 'services/processor/dist/command-queue.js';
const reads = 'services/api/dist/reads.js';
const shard = 'services/core/dist/shard.js';
const ticker = 'services/processor/dist/ticker.js';
const logTime = 'services/core/dist/log-time.js';

/** The schedules in which the log loses its tail. */
const losses: Seeds = { from: 7, step: 20, count: 100 };

/** The schedules in which the disk fills up. */
const fullDisks: Seeds = { from: 6, step: 16, count: 60 };

/** Those in which a stranger writes among the events. */
const strangers: Seeds = { from: 13, step: 40, count: 50 };

/** Those in which the log removes its commands. */
const removals: Seeds = { from: 3, step: 20, count: 50 };

/** Those in which the log is raised to a level in the middle, and those in which each process has another registry. */
const raised: Seeds = { from: 2, step: 5, count: 60 };
const registries: Seeds = { from: 4, step: 5, count: 20 };

/** Those in which the log has the newest level from its beginning. */
const newest: Seeds = { from: 3, step: 5, count: 60 };

/** Those in which clocks step often, and machines are suspended. */
const clocks: Seeds = { from: 3, step: 10, count: 60 };

/** The schedules in which it is exchanged. */
const replacements: Seeds = { from: 17, step: 40, count: 50 };

/** Those with two processes on one directory. */
const openers: Seeds = { from: 33, step: 40, count: 50 };

const commits = 'services/log-lmdb/dist/commits.js';

export const mistakes: Mistake[] = [
  {
    name: 'a commit looks neither at the owner nor at the end of the log within its transaction',
    file: commits,
    find: `let batch = () => void conditions.push(this.owners.ifVersion(ownerKey, this.#token, write));
        for (const { absent } of changes) {
            if (absent === undefined)`,
    replace: `let batch = () => void conditions.push(this.owners.ifNoExists('nobody', write));
        for (const { absent } of changes) {
            if (true)`,
    seeds: openers,
  },
  {
    name: 'the end of the log is shown in the middle of a commit as it was known before',
    file: commits,
    find: `if (this.#running)
            await new Promise((resolve) => this.#lookers.push(resolve));
        else`,
    replace: 'if (!this.#running)',
    seeds: { ...openers, from: 6_433 },
  },
  {
    name: "a process takes its registry's ids although the log's record says others",
    file: 'events/dist/schema-table.js',
    find: 'if (schemas.length === 0)',
    replace: 'if (true)',
    seeds: registries,
  },
  {
    name: 'a level is raised to what it is',
    file: 'services/core/dist/level.js',
    find: 'if (wanted.level <= state.level)',
    replace: 'if (false)',
    seeds: raised,
  },
  {
    name: "a state that was kept forgets the log's level",
    file: 'services/core/dist/saved-shard.js',
    find: 'modules: Object.fromEntries([...restorers]',
    replace: 'level: firstLevel, schemas: [], modules: Object.fromEntries([...restorers]',
    seeds: raised,
  },
  {
    name: 'a projector makes its rows anew from a shorter log',
    file: 'projections/dist/runner.js',
    find: 'if (differs && this.#stored !== null) {',
    replace: `if (differs && this.#stored !== null) {
            this.#stored = null;
            this.#distrusted = true;
            return null;
        }
        if (false) {`,
    seeds: losses,
  },
  {
    name: 'whether a log is the one that was read is not looked at',
    file: known,
    find: 'if (epoch > 0 && (await goesThrough(log, codec, known.checkpoint)))',
    replace: 'if (epoch > 0)',
    seeds: replacements,
  },
  {
    name: 'an empty log is taken for a first start',
    file: known,
    find: 'if (head === 0)',
    replace: 'if (head === 0) return;\n    if (false)',
    seeds: replacements,
  },
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
    name: 'a resume position is inside a group',
    file: reader,
    find: 'if (this.#held.length === 0)\n            this.#resume',
    replace: 'this.#resume',
  },
  {
    name: 'a stray breaks a held group',
    file: reader,
    find: 'this.#strays++;',
    replace: 'this.#strays++; this.#held = [];',
    seeds: strangers,
  },
  {
    name: 'a stray is taken for the end of the group that is held',
    file: reader,
    find: 'if (this.#held.length === 0)\n            this.#resume = this.#position;',
    replace: 'if (this.#held.length === 0 || decoded === null)\n            this.#resume = this.#position;',
    seeds: strangers,
  },
  {
    name: 'a stray stops its reader',
    file: 'services/log/dist/decode.js',
    find: 'if (isStray(value))',
    replace: 'if (false)',
    seeds: strangers,
  },
  {
    name: 'an id that the log does not have stops its reader',
    file: 'services/log/dist/foreign.js',
    find: '!ids.has(wireId(value))',
    replace: 'false',
    seeds: strangers,
  },
  {
    name: 'a reader that goes on from a checkpoint forgets which ids the log has',
    file: reader,
    find: 'this.#setForm(checkpoint.form,',
    replace: 'this.#setForm({ ...checkpoint.form, schemas: [] },',
    seeds: strangers,
  },
  {
    name: 'commands that the log lost are passed over',
    file: queue,
    find: 'if (start <= from)',
    replace: 'if (true)',
    seeds: removals,
  },
  {
    name: 'forks are not checked for',
    file: reader,
    find: 'if (stamp.sequence <= this.#floor) {',
    replace: 'if (false) {',
    seeds: { ...losses, from: 6_607 },
  },
  {
    name: 'a log that is shorter than what was read is not noticed',
    file: feed,
    find: 'if (head >= read)',
    replace: 'if (true)',
    seeds: losses,
  },
  {
    name: 'a feed starts at the head',
    file: feed,
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
        this.#writer = new GroupWriter(this.options.codec, this.options.log.shard, me.epoch, me.owner, feed.reader.sequence, feed.reader.hash);
        this.#role = 'owner';
        this.#signal.raise();
      }`,
  },
  {
    name: 'an owner goes on after a failed append',
    file: processor,
    find: 'if (this.#writer === writer)\n                this.#standBy(this.#backOffMs());',
    replace: '',
  },
  {
    name: 'an append that is refused for want of space is taken for done',
    file: processor,
    find: 'if (this.#writer === writer)\n                this.#standBy(this.#backOffMs());',
    replace: "if (this.#writer === writer && error.code !== 'full')\n                this.#standBy(this.#backOffMs());",
    seeds: fullDisks,
  },
  {
    name: 'an owner id is the same for each claim',
    file: processor,
    find: 'owner: runtime.uuid() }',
    replace: "owner: 'always the same' }",
  },
  {
    name: 'a command that another process decided is decided again',
    file: queue,
    find: 'if (record.position <= this.#accepted) {',
    replace: 'if (false) {',
  },
  {
    name: 'what was decided ahead is kept when the shard is lost',
    file: processor,
    find: 'this.#speculative = this.#accepted;\n        this.#writer = null;',
    replace: 'this.#writer = null;',
  },
  {
    name: 'what was decided ahead is not decided again when the shard is lost',
    file: processor,
    find: 'this.#queue?.rewind();',
    replace: '',
  },
  {
    name: 'a standby never claims',
    file: processor,
    find: 'if (verdict.events.length > 0)\n                return true;',
    replace: '',
  },
  {
    name: 'a clock that steps back delays a claim',
    file: queue,
    find: 'if (now < this.#lookedAt)',
    replace: 'if (false)',
  },
  {
    name: 'a snapshot is of what was decided ahead',
    file: processor,
    find: 'checkpoint: this.#place, state: this.#accepted }',
    replace: 'checkpoint: this.#place, state: this.#speculative }',
  },
  {
    name: 'a snapshot names a place that its state has not come to',
    file: processor,
    find: 'checkpoint: this.#place, state',
    replace: 'checkpoint: this.options.feed.reader.checkpoint(), state',
    // It takes a clean stop with groups on their way, and a start from what that left.
    seeds: { from: 151, count: 150, step: 1 },
  },
  {
    name: 'a damaged snapshot is used',
    file: 'services/processor/dist/snapshot-format.js',
    find: "foot?.lines !== lines || foot.sha256 !== hash.digest('base64url')",
    replace: 'false',
  },
  {
    name: 'an answer is found by its id alone',
    file: 'services/processor/dist/gateway.js',
    find: 'waiters.find(({ digest }) => digest === outcome.digest)?.settle(group)',
    replace: 'waiters[0]?.settle(group)',
  },
  {
    name: 'another body under the same id gets the answer to the first',
    file: shard,
    find: 'if (known.digest !== digest)',
    replace: 'if (false)',
  },
  {
    name: 'a lease lasts beyond its expiry',
    file: 'services/core/dist/cray/lease-index.js',
    find: 'if (expiresAt > from && expiresAt <= to)',
    replace: 'if (expiresAt > from && expiresAt + 1_500 <= to)',
  },
  {
    name: 'a renewal gives another fencing token',
    file: 'services/core/dist/cray/evolve.js',
    find: 'reservation: { ...serviceReservation(state, event), lease } });',
    replace: 'reservation: { ...serviceReservation(state, event), lease, token: sequence } });',
    seeds: newest,
  },
  {
    name: 'all that a group holds has the fencing token of its last event',
    file: shard,
    find: 'first + n',
    replace: 'facts.sequence',
    seeds: newest,
  },
  {
    name: 'the rows of a reservation say the fencing token of the event after it',
    file: 'projections/dist/cray/status-project.js',
    find: 'deputyKeyHash, token: sequence };',
    replace: 'deputyKeyHash, token: sequence + 1 };',
  },
  {
    name: 'a silence of the log does not move the leases',
    file: logTime,
    find: 'shiftMs: step };',
    replace: 'shiftMs: 0 };',
  },
  {
    name: "all that the log's clock stepped by has passed for leases",
    file: logTime,
    find: 'Math.min(appendTime - last, (proof?.until ?? last) - last, aheadMs)',
    replace: 'appendTime - last',
    seeds: clocks,
  },
  {
    name: 'log time goes ahead of what is proven by as much as the clock steps',
    file: logTime,
    find: 'Math.min(Math.max(time, appendTime), settled + aheadMs)',
    replace: 'Math.max(time, appendTime)',
    seeds: clocks,
  },
  {
    name: 'a tick proves as much as it says',
    file: logTime,
    find: '(proof?.until ?? last) - last, aheadMs)',
    replace: '(proof?.until ?? last) - last)',
    seeds: clocks,
  },
  {
    name: 'what a ticker saw pass while the log stepped back makes up for a later step',
    file: logTime,
    find: 'until - settled > surplusMs',
    replace: 'false',
    seeds: clocks,
  },
  {
    name: 'a ticker names no tick as read back',
    file: ticker,
    find: 'last: this.#last }',
    replace: 'last: null }',
    seeds: clocks,
  },
  {
    name: "a step of the log's clock moves no lease",
    file: 'services/core/dist/cray/decider.js',
    find: 'shiftMs: state.shiftMs + byMs',
    replace: 'shiftMs: state.shiftMs',
    seeds: clocks,
  },
  {
    name: 'a state that was kept forgets what tickers said',
    file: 'services/core/dist/saved-shard.js',
    find: 'modules: Object.fromEntries([...restorers]',
    replace: 'tickers: [], modules: Object.fromEntries([...restorers]',
    seeds: clocks,
  },
  {
    name: 'what passed for leases is forgotten where a tick leaves no event',
    file: 'services/core/dist/shard.js',
    find: '{ ...state, time: now, settled }',
    replace: '{ ...state, time: now }',
    seeds: clocks,
  },
  {
    name: 'the rows do not move with the leases',
    file: 'projections/dist/present.js',
    find: 'if (byMs === null)',
    replace: 'if (true)',
    seeds: clocks,
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
    name: 'the consumers of a request are not counted together',
    file: 'services/core/dist/placement/capacity.js',
    find: 'const needed = asked.add(provider, resourceClass, amount);',
    replace: 'const needed = amount;',
  },
  {
    name: 'use does not fall when a consumer gives back',
    file: 'services/core/dist/placement/evolve.js',
    find: 'const givenBack = withUsage(state.providers, before, -1, event);',
    replace: 'const givenBack = state.providers;',
  },
  {
    name: 'traits that are set as they were raise the generation of their provider',
    file: 'services/core/dist/placement/traits.js',
    find: 'const generation = provider.generation + (same ? 0 : 1);',
    replace: 'const generation = provider.generation + 1;',
  },
  {
    name: 'aggregates are decided before the level that they came with',
    file: 'services/core/dist/placement/decide.js',
    find: 'level < traitsLevel ? beforeItsLevel : replaceAggregates(command, state)',
    replace: 'replaceAggregates(command, state)',
  },
  {
    name: 'a projection skips an event',
    file: 'projections/dist/cray/status-project.js',
    find: "case 'cray.ComponentUnlocked':",
    replace: "case 'cray.NoSuchEvent':",
  },
  {
    name: 'a consumer that holds nothing any more stays in the rows',
    file: 'projections/dist/placement/project.js',
    find: "return { table: 'consumer', op: 'delete', uuid: storable(event.consumer) };",
    replace: 'return null;',
  },
  {
    name: 'a projector writes whatever positions it finds',
    file: 'test/dist/support/memory-read-model.js',
    find: 'if (found.log !== log || found.read !== read || found.checkpoint.resume !== checkpoint.resume) {',
    replace: 'if (false) {',
    seeds: { from: 150, step: 1, count: 150 },
  },
  {
    name: 'a read does not wait for the projection',
    file: reads,
    find: 'if (!eventual)',
    replace: 'if (false)',
  },
  {
    name: 'a read does not wait for its barrier',
    file: reads,
    find: 'await gateway.barrier();',
    replace: 'gateway.barrier().catch(() => {});',
  },
  {
    name: 'a group is finished after its epoch is over',
    file: processor,
    find: 'await turn();\n            const over = this.#writer !== writer;\n            if (over)\n                return null;',
    replace: 'await turn();',
    seeds: { from: 860, step: 1, count: 140 },
  },
  {
    name: 'a read that does not wait hides that a lease is past its expiry',
    file: reads,
    find: 'pastExpiry(expiry);',
    replace: '',
  },
];
