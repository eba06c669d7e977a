import { type AdmissionLimits, admissionLimits } from '@holdfast/processor/limits';
import { expect, test, vi } from 'vitest';
import { Admission } from './admission.js';
import type { ApiError } from './errors.js';
import { apiLimits } from './limits.js';
import type { RequestKind } from './places.js';

const megabyte = 1024 * 1024;

function admissionWith(limits: Partial<AdmissionLimits> = {}) {
  const observer = { answered() {}, limitHit: vi.fn() };
  const all = { ...admissionLimits, ...limits };
  const runtime = { now: () => 0, random: () => 0 };
  const admission = new Admission({ gateway: { refusal: () => null }, runtime, observer, limits: all });
  /** A request whose body is on its way, and what its upload was ended with. */
  const upload = (kind: RequestKind, { senders = ['address a'], announced = 0 } = {}) => {
    const ended: ApiError[] = [];
    const place = admission.enter(kind, 0, { announced, upload: { senders, end: (error) => ended.push(error) } });
    return { place, ended };
  };
  const refusalOf = (make: () => unknown): string | null => {
    try {
      make();
      return null;
    } catch (error) {
      return (error as ApiError).message;
    }
  };
  return { admission, upload, refusalOf, observer };
}

test('bytes count when they have come: however many announce all that is allowed, others are admitted', () => {
  const { admission, upload } = admissionWith();
  for (let n = 0; n < 100; n++) upload('change', { announced: 32 * megabyte }).place.arrived(1);
  for (let n = 0; n < 100; n++) upload('urgent', { announced: 32 * megabyte }).place.arrived(1);
  for (const kind of ['change', 'urgent', 'read'] as const) admission.enter(kind, 32 * megabyte).leave();
});

test('the upload that goes past what may be held is ended with 429, and leaves room; what is urgent may go on to twice that', () => {
  const { admission, upload, refusalOf, observer } = admissionWith({ heldBytesMax: 100 });
  const { place, ended } = upload('change');
  place.arrived(100);
  expect(ended).toEqual([]);
  place.arrived(1);
  expect(ended.map(({ code, headers }) => [code, headers.connection])).toEqual([['overloaded', 'close']]);
  expect(place.ended).toBe(ended[0]);
  expect(observer.limitHit).toHaveBeenCalledWith('held_bytes');
  expect(refusalOf(() => admission.enter('change', 100).leave())).toBe(null);
  const urgent = upload('urgent');
  urgent.place.arrived(200);
  expect(urgent.ended).toEqual([]);
  urgent.place.arrived(1);
  expect(urgent.ended).toHaveLength(1);
});

test('a body of which too little comes in a window is ended with 408; one that comes slowly enough, or is whole, goes on', () => {
  const { admission, upload, observer } = admissionWith();
  const { bodyWindowSweeps, bytesPerSecondMin } = apiLimits;
  const [silent, slow, enough, whole] = [upload('urgent'), upload('change'), upload('read'), upload('change')];
  whole.place.whole();
  for (let sweep = 1; sweep <= 3 * bodyWindowSweeps; sweep++) {
    slow.place.arrived(sweep === 1 ? bodyWindowSweeps * bytesPerSecondMin - 1 : 0);
    enough.place.arrived(bytesPerSecondMin);
    admission.sweep();
    const late = sweep >= bodyWindowSweeps;
    expect([silent, slow].map(({ ended }) => ended.map(({ code }) => code))).toEqual(
      late ? [['too-slow'], ['too-slow']] : [[], []],
    );
    expect([enough.ended, whole.ended]).toEqual([[], []]);
  }
  expect(observer.limitHit.mock.calls).toEqual([['slow_bodies'], ['slow_bodies']]);
});

test.each(['change', 'urgent', 'read'] as const)(
  'where bodies that trickle take every place, the longest on its way gives way to the next %s',
  (kind) => {
    const { admission, upload, refusalOf } = admissionWith({ inFlightMax: 2, readsMax: 2 });
    const others = kind === 'read' ? (['read', 'read'] as const) : (['urgent', 'change'] as const);
    const trickling = others.map((one, n) => upload(one, { senders: [`address ${n}`] }));
    if (kind === 'urgent') trickling.push(...[2, 3].map((n) => upload('urgent', { senders: [`address ${n}`] })));
    // One that has just come may be whole in a moment.
    expect(refusalOf(() => admission.enter(kind, 0).leave())).toMatch(/Too many/);
    admission.sweep();
    for (let n = 0; n < 2; n++) admission.enter(kind, 0);
    expect(trickling.map(({ ended }) => ended.map(({ code }) => code))[0]).toEqual(['too-slow']);
    const left = trickling.filter(({ ended }) => ended.length === 0).length;
    expect(left).toBe(trickling.length - 2);
    for (let n = 0; n < left; n++) admission.enter(kind, 0);
    // All of these are in progress, and none gives way.
    expect(refusalOf(() => admission.enter(kind, 0))).toMatch(/Too many/);
  },
);

test('a change does not end what it needs no place of: reads on their way, or urgent ones that hold nothing', () => {
  const { admission, upload, refusalOf } = admissionWith({ inFlightMax: 1, heldBytesMax: 100 });
  const read = upload('read');
  const change = admission.enter('change', 0);
  admission.sweep();
  expect(refusalOf(() => admission.enter('change', 0))).toBe('Too many requests are in flight');
  expect(read.ended).toEqual([]);
  change.leave();
  const answer = admission.enter('read', 100);
  expect(refusalOf(() => admission.enter('change', 1))).toBe('The requests in progress hold too many bytes');
  expect(read.ended).toEqual([]);
  answer.leave();
});

test('of one sender, by address and by name, half of the places are on their way at most; another sender goes on', () => {
  const { upload, refusalOf, admission } = admissionWith({ inFlightMax: 4 });
  const alice = ['address a', 'name alice'];
  const [first] = [upload('change', { senders: alice }), upload('change', { senders: alice })];
  for (const senders of [alice, ['address b', 'name alice'], ['address a', 'name bob']]) {
    expect(refusalOf(() => upload('change', { senders }))).toBe(
      'Too many requests of this sender wait for their bodies',
    );
  }
  upload('change', { senders: ['address b', 'name bob'] });
  // What has no body to come, and what is urgent, is not counted with them.
  admission.enter('change', 0).leave();
  upload('urgent', { senders: alice });
  admission.sweep();
  upload('change', { senders: alice });
  expect(first!.ended.map(({ code }) => code)).toEqual(['too-slow']);
});

test('an answer to a read that is too large for now is refused; alone it is sent, and a change is always answered', () => {
  const { admission, refusalOf } = admissionWith({ heldBytesMax: 100 });
  const alone = admission.enter('read', 0);
  alone.answer(1_000);
  alone.leave();
  const other = admission.enter('change', 60);
  const read = admission.enter('read', 0);
  read.answer(40);
  expect(refusalOf(() => read.answer(41))).toBe('The requests in progress hold too many bytes');
  expect(refusalOf(() => other.answer(1_000))).toBe(null);
  other.leave();
});

test('what has left counts nowhere, however often it is told so', () => {
  const { admission, upload, refusalOf } = admissionWith({ inFlightMax: 2, heldBytesMax: 100 });
  const { place, ended } = upload('change');
  place.leave();
  place.leave();
  place.arrived(1_000);
  place.whole();
  for (let sweep = 0; sweep < 20; sweep++) admission.sweep();
  expect(ended).toEqual([]);
  for (let n = 0; n < 2; n++) expect(refusalOf(() => admission.enter('change', 50))).toBe(null);
});
