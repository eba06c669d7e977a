import type { Codec, Event } from '@holdfast/events';
import { shownDetail } from '@holdfast/events/shown';
import { GroupFeed, type ShardLog } from '@holdfast/log';

/** What the log holds, a line an event, from its beginning to its head. For people: the words may change. */
export async function history(log: ShardLog, codec: Codec): Promise<string[]> {
  const feed = new GroupFeed({ log, codec });
  const lines: string[] = [];
  feed.subscribe({
    group: ({ events }) => {
      for (const { event, stamp } of events) {
        const at = new Date(stamp.time).toISOString().slice(11, 19);
        lines.push(`${String(stamp.sequence).padStart(5)}  ${at}  ${inWords(event)}`);
      }
    },
  });
  feed.start();
  await feed.readToHead();
  await feed.close();
  return lines;
}

/** `x1000c0s0b0n0 ReservationCreated, until 12:00:00`, or `LockRequested accepted: 2 components`. */
function inWords(whole: Event): string {
  const event = { type: whole.type, ...shownDetail(whole.type, whole) } as Event;
  const name = event.type.slice(event.type.indexOf('.') + 1);
  if (event.type === 'engine.RequestDecided') {
    const request = event.command.slice(event.command.indexOf('.') + 1);
    const about = event.total > 0 ? `: ${event.total} component${event.total === 1 ? '' : 's'}` : '';
    return `└ ${request} ${event.status}${about}${event.reason === null ? '' : ` (${event.reason})`}`;
  }
  const subject = 'xname' in event ? `${event.xname}  ${name}` : name;
  if ('expiresAt' in event && event.expiresAt !== null) {
    return `${subject}, until ${new Date(event.expiresAt).toISOString().slice(11, 19)}`;
  }
  if (event.type === 'cray.RequestRefused') return `${subject}, ${event.reason}`;
  return subject;
}
