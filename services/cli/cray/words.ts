import type { Event } from '@holdfast/events';

/** `x0c0s0b0n0 ReservationCreated, until 12:00:00`: pure. */
export function crayEventText(event: Event): string {
  const name = event.type.slice(event.type.indexOf('.') + 1);
  const subject = 'xname' in event ? `${event.xname}  ${name}` : name;
  if ('expiresAt' in event && event.expiresAt !== null) {
    return `${subject}, until ${new Date(event.expiresAt).toISOString().slice(11, 19)}`;
  }
  if (event.type === 'cray.RequestRefused') return `${subject}, ${event.reason}`;
  return subject;
}
