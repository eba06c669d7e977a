import { type Received, type ShardState, stateOf } from '@holdfast/core';
import { type Codec, type DecodedEvent, type Event, loadCatalogue, localCodec } from '@holdfast/events';
import { type Checkpoint, type Group, GroupReader, type LogRecord, type MemoryLog, silentLogger } from '@holdfast/log';
import { Projector } from '@holdfast/projections';
import { folded, shardName } from '@holdfast/shard';
import { testModules } from '../modules.js';
import { MemoryReadModel } from '../support/memory-read-model.js';
import type { Recording } from './recording.js';
import { newDecider, newLog, SteppedClock } from './service.js';

/**
 * What came of a recorded log: where its readers end, and all that its read model shows, by what each module calls it.
 * Plain JSON.
 */
export interface Outcome {
  /** With the hash of the last group, which covers every group before it. */
  checkpoint: Checkpoint;
  state: Pick<ShardState, 'secretFingerprint' | 'domains' | 'commandLog' | 'time'>;
  requests: unknown[];
  [part: string]: unknown;
}

/** The groups that a reader accepts, from the log's start. */
export function readGroups({ events }: Recording): { groups: Group[]; checkpoint: Checkpoint } {
  const codec = localCodec();
  const reader = new GroupReader(shardName);
  const groups: Group[] = [];
  for (const { position, value } of events) {
    const group = reader.take({ position, event: codec.decodeEvent(value) });
    if (group !== null) groups.push(group);
  }
  return { groups, checkpoint: reader.checkpoint() };
}

/**
 * A command's group as recorded, and as it is decided now. Only fields that its writer knew: later versions have more.
 */
export interface Decision {
  position: number;
  recorded: object;
  now: object;
}

/** Decides every command anew, each on the state that the recorded groups before it left. */
export function decideAgain({ commands }: Recording, groups: Group[]): { decisions: Decision[]; state: ShardState } {
  const codec = localCodec();
  const decider = newDecider();
  const byCommand = new Map(groups.map((group) => [group.stamp.commandPosition, group]));
  let state = decider.initial;
  const decisions = commands.map((record): Decision => {
    const verdict = decider.decide(received(record, codec), state);
    const group = byCommand.get(record.position);
    if (group === undefined) {
      state = decider.pass(state, verdict);
      return { position: record.position, recorded: { events: [] }, now: { events: verdict.events } };
    }
    const { commandId, time, actor } = group.stamp;
    const events = group.events.map(({ event }) => event);
    state = folded(decider, state, group);
    return {
      position: record.position,
      recorded: { commandId, time, actor, events: events.map((event, n) => asWritten(event, group.events[n])) },
      now: {
        commandId: verdict.commandId,
        time: verdict.now,
        actor: verdict.actor,
        events: verdict.events.map((event, n) => asWritten(event, group.events[n])),
      },
    };
  });
  return { decisions, state };
}

const catalogue = loadCatalogue();

/** The fields that the recorded event's own schema has. */
function asWritten(event: Event, recorded: DecodedEvent<Event> | undefined): object {
  const fields = catalogue.find(({ fingerprint }) => fingerprint === recorded?.fingerprint)?.schema.fields ?? [];
  const known = Object.entries(event).filter(
    ([name]) => name === 'type' || fields.some((field) => field.name === name),
  );
  return Object.fromEntries(known);
}

function received({ position, appendTime, value }: LogRecord, codec: Codec): Received {
  try {
    return { position, appendTime, decoded: codec.decodeCommand(value) };
  } catch (error) {
    return { position, appendTime, decoded: { undecodable: (error as Error).message } };
  }
}

/** Reads, decides and projects the whole recording. */
export async function outcomeOf(recording: Recording): Promise<Outcome> {
  const { groups, checkpoint } = readGroups(recording);
  const decided = decideAgain(recording, groups).state;
  const { secretFingerprint, domains, commandLog, time } = decided;
  const readModel = await project(recording);
  const requests: object[] = [];
  for (const { stamp } of groups) {
    const row = await readModel.request(stamp.commandId);
    if (row !== null) requests.push({ ...row, events: row.events.map(({ type }) => type) });
  }
  const outcome: Outcome = {
    checkpoint,
    state: { secretFingerprint, domains, commandLog, time },
    requests,
  };
  for (const { name, history } of testModules)
    Object.assign(outcome, await history.outcome(readModel.present, stateOf(decided, name)));
  // Without the classes that a codec gives its values.
  return JSON.parse(JSON.stringify(outcome));
}

/** A log that holds what was recorded, for a service to go on with. */
export async function logOf({ commands, events }: Recording, { runtime }: SteppedClock): Promise<MemoryLog> {
  const log = newLog(runtime);
  await log.append('commands', commands);
  await log.append('events', events);
  return log;
}

async function project(recording: Recording): Promise<MemoryReadModel> {
  const clock = new SteppedClock();
  const { runtime } = clock;
  const log = await logOf(recording, clock);
  const readModel = new MemoryReadModel({ runtime });
  const projector = new Projector({ log, codec: localCodec(), store: readModel, runtime, logger: silentLogger });
  projector.start();
  await projector.waitFor(recording.events.length);
  await projector.close();
  return readModel;
}
