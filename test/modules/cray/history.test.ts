import type { Event } from '@holdfast/events';
import type { StatusRow } from '@holdfast/projections/cray/port';
import { describe, expect, test } from 'vitest';
import { loadRecording, recordings } from '../../history/recording.js';
import { outcomeOf, readGroups } from '../../history/replay.js';

describe.each(recordings())('the log %s', (name) => {
  const recording = loadRecording(name);
  const { groups } = readGroups(recording);

  test('gives each hold the sequence of the event that began it, also where it was written before there were tokens', async () => {
    const { status } = (await outcomeOf(recording)) as unknown as { status: StatusRow[] };
    const begun = groups.flatMap(({ events }) => events);
    const began = (of: (event: Event) => boolean) => begun.findLast(({ event }) => of(event))!.stamp.sequence;
    let held = 0;
    for (const { xname, locked, lockToken, reservation } of status) {
      const isLock = (event: Event) => event.type === 'cray.ComponentLocked' && event.xname === xname;
      expect(lockToken, xname).toBe(locked ? began(isLock) : null);
      if (reservation === null) continue;
      const { reservationId, token } = reservation;
      const isOf = (event: Event) =>
        event.type === 'cray.ReservationCreated' && event.xname === xname && event.reservationId === reservationId;
      expect(token, xname).toBe(began(isOf));
      held++;
    }
    expect(held).toBeGreaterThan(0);
  });
});
