import type { Mistake } from './module.js';
import {
  clocks,
  fullDisks,
  losses,
  newest,
  openers,
  raised,
  registries,
  removals,
  replacements,
  strangers,
} from './schedules.js';

/** Those of the engine. */
export const mistakes: readonly Mistake[] = [
  {
    name: 'a commit looks neither at the owner nor at the end of the log within its transaction',
    of: 'Commits',
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
    of: 'Commits',
    find: `if (this.#running)
            await new Promise((resolve) => this.#lookers.push(resolve));
        else`,
    replace: 'if (!this.#running)',
    seeds: { ...openers, from: 6_433 },
  },
  {
    name: "a process takes its registry's ids although the log's record says others",
    of: 'SchemaTable',
    find: 'if (schemas.length === 0)',
    replace: 'if (true)',
    seeds: registries,
  },
  {
    name: 'a level is raised to what it is',
    of: 'raiseLevel',
    find: 'if (wanted.level <= state.level)',
    replace: 'if (false)',
    seeds: raised,
  },
  {
    name: "a state that was kept forgets the log's level",
    of: 'shardRestorer',
    find: 'states: Object.fromEntries([...restorers]',
    replace: 'level: firstLevel, schemas: [], states: Object.fromEntries([...restorers]',
    seeds: raised,
  },
  {
    name: 'a projector makes its rows anew from a shorter log',
    of: 'Projector',
    find: 'const final = finalOf(error, this.#rows, this.shard);',
    replace: `let final = finalOf(error, this.#rows, this.shard);
        if (final?.code === 'lost' && error.code !== 'lost') {
            this.#note({ name: 'damageFound' });
            this.#note({ name: 'emptying' });
            final = null;
        }`,
    seeds: losses,
  },
  {
    name: 'whether a log is the one that was read is not looked at',
    of: 'requireHeld',
    find: 'if (epoch > 0 && (await goesThrough(log, codec, known.checkpoint)))',
    replace: 'if (epoch > 0)',
    seeds: replacements,
  },
  {
    name: 'an empty log is taken for a first start',
    of: 'requireHeld',
    find: 'if (head === 0)',
    replace: 'if (head === 0) return;\n    if (false)',
    seeds: replacements,
  },
  {
    name: 'events of another epoch or owner are applied',
    of: 'GroupReader',
    find: 'if (stamp.epoch !== this.#epoch || stamp.owner !== this.#owner) {',
    replace: 'if (false) {',
  },
  {
    name: 'a held group is kept across epochs',
    of: 'GroupReader',
    find: 'this.#ended = false;\n        this.#held = [];',
    replace: 'this.#ended = false;',
  },
  {
    name: 'a resume position is inside a group',
    of: 'GroupReader',
    find: 'if (this.#held.length === 0)\n            this.#resume',
    replace: 'this.#resume',
  },
  {
    name: 'a stray breaks a held group',
    of: 'GroupReader',
    find: 'this.#strays++;',
    replace: 'this.#strays++; this.#held = [];',
    seeds: strangers,
  },
  {
    name: 'a stray is taken for the end of the group that is held',
    of: 'GroupReader',
    find: 'if (this.#held.length === 0)\n            this.#resume = this.#position;',
    replace: 'if (this.#held.length === 0 || decoded === null)\n            this.#resume = this.#position;',
    seeds: strangers,
  },
  {
    name: 'a stray stops its reader',
    of: 'decodeEvent',
    find: 'if (isStray(value))',
    replace: 'if (false)',
    seeds: strangers,
  },
  {
    name: 'an id that the log does not have stops its reader',
    of: 'foreignTo',
    find: '!ids.has(wireId(value))',
    replace: 'false',
    seeds: strangers,
  },
  {
    name: 'a reader that goes on from a checkpoint forgets which ids the log has',
    of: 'GroupReader',
    find: 'this.#setForm(checkpoint.form,',
    replace: 'this.#setForm({ ...checkpoint.form, schemas: [] },',
    seeds: strangers,
  },
  {
    name: 'commands that the log lost are passed over',
    of: 'CommandQueue',
    find: 'if (start <= from)',
    replace: 'if (true)',
    seeds: removals,
  },
  {
    name: 'forks are not checked for',
    of: 'GroupReader',
    find: 'if (stamp.sequence <= this.#floor) {',
    replace: 'if (false) {',
    seeds: { ...losses, from: 6_607 },
  },
  {
    name: 'a log that is shorter than what was read is not noticed',
    of: 'GroupFeed',
    find: 'if (head >= read)',
    replace: 'if (true)',
    seeds: losses,
  },
  {
    name: 'a feed starts at the head',
    of: 'GroupFeed',
    find: "this.#tail = this.#options.log.tail('events', this.reader.position);",
    replace: "this.#tail = this.#options.log.tail('events', await this.#options.log.head('events'));",
  },
  {
    name: 'a processor owns before its claim was read back',
    of: 'Processor',
    find: "await this.#append([this.#control('engine.EpochStarted', claim)]);",
    replace: `await this.#append([this.#control('engine.EpochStarted', claim)]);
      if (claimOf(this.#state) === claim)
        this.#happen({ name: 'epochSeen', ...claim, ended: false, begin: () => this.#begin(claim) });`,
  },
  {
    name: 'an owner goes on after a failed append',
    of: 'DecidingLoop',
    find: "processing.happen({ name: 'appendFailed', ahead });",
    replace: '',
  },
  {
    name: 'an append that is refused for want of space is taken for done',
    of: 'DecidingLoop',
    find: "processing.happen({ name: 'appendFailed', ahead });",
    replace: "if (error.code !== 'full') processing.happen({ name: 'appendFailed', ahead });",
    seeds: fullDisks,
  },
  {
    name: 'an owner id is the same for each claim',
    of: 'Processor',
    find: 'owner: runtime.uuid() }',
    replace: "owner: 'always the same' }",
  },
  {
    name: 'a command that another process decided is decided again',
    of: 'CommandQueue',
    find: 'if (record.position <= this.#accepted) {',
    replace: 'if (false) {',
  },
  {
    name: 'what was decided ahead is kept when the shard is lost',
    of: 'Processor',
    find: 'return new DecidedAhead(writer, this.#accepted);',
    replace: `this.kept = new DecidedAhead(writer, this.kept?.state ?? this.#accepted);
        return this.kept;`,
  },
  {
    name: 'what was decided ahead is not decided again when the shard is lost',
    of: 'Processor',
    find: 'effect.queue.rewind();',
    replace: '',
  },
  {
    name: 'a standby never claims',
    of: 'mayClaim',
    find: 'if (verdict.events.length > 0)\n            return true;',
    replace: '',
  },
  {
    name: 'a clock that steps back delays a claim',
    of: 'CommandQueue',
    find: 'if (now < this.#lookedAt)',
    replace: 'if (false)',
  },
  {
    name: 'a snapshot is of what was decided ahead',
    of: 'Processor',
    find: 'checkpoint: this.#place, state: this.#accepted }',
    replace: 'checkpoint: this.#place, state: owning(this.#state)?.ahead.state ?? this.#accepted }',
  },
  {
    name: 'a snapshot names a place that its state has not come to',
    of: 'Processor',
    find: 'checkpoint: this.#place, state',
    replace: 'checkpoint: this.options.feed.reader.checkpoint(), state',
    // It takes a clean stop with groups on their way, and a start from what that left.
    seeds: { from: 91, count: 300, step: 1 },
  },
  {
    name: 'a damaged snapshot is used',
    of: 'parseSnapshot',
    find: "foot?.lines !== lines || foot.sha256 !== hash.digest('base64url')",
    replace: 'false',
  },
  {
    name: 'an answer is found by its id alone',
    of: 'Undecided',
    find: 'waiters.find(({ digest }) => digest === outcome.digest)?.settle(group)',
    replace: 'waiters[0]?.settle(group)',
  },
  {
    name: 'another body under the same id gets the answer to the first',
    of: 'decideReceived',
    find: 'if (known.digest !== digest)',
    replace: 'if (false)',
  },
  {
    name: 'all that a group holds has the fencing token of its last event',
    of: 'evolveShard',
    find: 'first + n',
    replace: 'facts.sequence',
    seeds: newest,
  },
  {
    name: 'a silence of the log does not move the leases',
    of: 'nextMoment',
    find: 'shiftMs: step };',
    replace: 'shiftMs: 0 };',
  },
  {
    name: "all that the log's clock stepped by has passed for leases",
    of: 'nextMoment',
    find: 'Math.min(appendTime - last, (proof?.until ?? last) - last, aheadMs)',
    replace: 'appendTime - last',
    seeds: clocks,
  },
  {
    name: 'log time goes ahead of what is proven by as much as the clock steps',
    of: 'nextMoment',
    find: 'Math.min(Math.max(time, appendTime), settled + aheadMs)',
    replace: 'Math.max(time, appendTime)',
    seeds: clocks,
  },
  {
    name: 'a tick proves as much as it says',
    of: 'nextMoment',
    find: '(proof?.until ?? last) - last, aheadMs)',
    replace: '(proof?.until ?? last) - last)',
    seeds: clocks,
  },
  {
    name: 'what a ticker saw pass while the log stepped back makes up for a later step',
    of: 'nextMoment',
    find: 'until - settled > surplusMs',
    replace: 'false',
    seeds: clocks,
  },
  {
    name: 'a ticker names no tick as read back',
    of: 'Ticker',
    find: 'last: this.#last }',
    replace: 'last: null }',
    seeds: clocks,
  },
  {
    name: 'a state that was kept forgets what tickers said',
    of: 'shardRestorer',
    find: 'states: Object.fromEntries([...restorers]',
    replace: 'tickers: [], states: Object.fromEntries([...restorers]',
    seeds: clocks,
  },
  {
    name: 'what passed for leases is forgotten where a tick leaves no event',
    of: 'createShardDecider',
    find: '{ ...state, time: now, settled }',
    replace: '{ ...state, time: now }',
    seeds: clocks,
  },
  {
    name: 'the rows do not move with the leases',
    of: 'projectPresent',
    find: 'if (byMs === null)',
    replace: 'if (true)',
    seeds: clocks,
  },
  {
    name: 'a retry is decided anew',
    of: 'recall',
    find: 'now - found.time < windowMs',
    replace: 'false',
  },
  {
    name: 'a projector writes whatever positions it finds',
    of: 'MemoryReadModel',
    find: 'if (found.log !== log || found.read !== read || found.checkpoint.resume !== checkpoint.resume) {',
    replace: 'if (false) {',
    seeds: { from: 150, step: 1, count: 150 },
  },
  {
    name: 'a read does not wait for the projection',
    of: 'earliest',
    find: 'if (!eventual)',
    replace: 'if (false)',
  },
  {
    name: 'a read does not wait for its barrier',
    of: 'earliest',
    find: 'await gateway.barrier();',
    replace: 'gateway.barrier().catch(() => {});',
  },
  {
    name: 'a group is finished after its epoch is over',
    of: 'BatchDecider',
    find: 'await turn();\n            if (over())\n                return null;',
    replace: 'await turn();',
    seeds: { from: 860, step: 1, count: 140 },
  },
  {
    name: 'a read that does not wait hides that a lease is past its expiry',
    of: 'earliest',
    find: 'pastExpiry(expiry);',
    replace: '',
  },
];
