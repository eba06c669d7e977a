import { atOnce } from '@holdfast/events/steps';
import { describe, expect, test } from 'vitest';
import { type Dialect, hsm, published } from './dialect.js';
import { type SelectionBody, selectionOf } from './selection.js';
import { crayDefaults } from './settings.js';
import type { TranslationContext } from './translate.js';
import * as translate from './translate.js';
import { vocabularyOf } from './vocabulary.js';

const vocabulary = vocabularyOf({ ...crayDefaults, roles: ['Login'] });
const context = (dialect: Dialect, unknown: string[] = []): TranslationContext => ({
  dialect,
  settings: crayDefaults,
  vocabulary,
  hashShown: (kind, xname, shown) => `${kind} ${xname} ${shown}`,
  unknown,
});
const select = (body: SelectionBody, unknown: string[] = []) => atOnce(selectionOf(body, vocabulary, unknown));
const selectionCommand = (...given: Parameters<typeof translate.selectionCommand>) =>
  atOnce(translate.selectionCommand(...given));
const keysCommand = (...given: Parameters<typeof translate.keysCommand>) => atOnce(translate.keysCommand(...given));
const deputyClaims = (...given: Parameters<typeof translate.deputyClaims>) => atOnce(translate.deputyClaims(...given));

describe('selections', () => {
  test('ids are normalised, in request order, each once', () => {
    expect(select({ ComponentIDs: ['X0000C0S6B0N0', 'x0c0s1b0n0', 'x0c0s6b0n0'] }).ids).toEqual([
      'x0c0s6b0n0',
      'x0c0s1b0n0',
    ]);
  });

  test('negated ids are a criterion', () => {
    expect(select({ ComponentIDs: ['x0c0s1b0n0', '!X0C0S2B0N0'] })).toEqual({
      ids: ['x0c0s1b0n0'],
      criteria: [{ field: 'ComponentIDs', values: ['!x0c0s2b0n0'] }],
    });
  });

  test('values are lower case, numbers and truth values in one spelling', () => {
    const body = { Role: '!Management', Type: ['NODEBMC'], NID: ['007', '!2'], Locked: ['TRUE', '0'], Group: ['Grp1'] };
    expect(Object.fromEntries(select(body).criteria.map(({ field, values }) => [field, values]))).toEqual({
      NID: ['7', '!2'],
      Type: ['nodebmc'],
      Role: ['!management'],
      Group: ['grp1'],
      Locked: ['true', 'false'],
    });
  });

  test('a role that was added by configuration is valid', () => {
    expect(select({ Role: ['login'] }).criteria).toEqual([{ field: 'Role', values: ['login'] }]);
  });

  const bad: [SelectionBody, string][] = [
    [{ ComponentIDs: [''] }, 'Argument was not a valid xname ID'],
    [{ ComponentIDs: ['!'] }, 'Argument was not a valid xname ID'],
    [{ Role: [''] }, 'Argument was not a valid HMS Role'],
    [{ Type: ['Bogus'] }, 'Argument was not a valid HMS Type'],
    [{ Group: ['a b'] }, 'Argument was not a valid HMS Group'],
    [{ NID: ['1-2'] }, 'a required argument was not an integer'],
    [{ Reserved: ['bogus'] }, "bad 'Reserved' query parameter: bogus"],
    [{ Locked: ['056e3b6f-0fb9-4b76-bb34-9f86cbec20fc'] }, "bad 'Locked' query parameter: (not shown)"],
  ];
  for (const [body, detail] of bad) {
    test(`${JSON.stringify(body)} is refused`, () => expect(() => select(body)).toThrow(detail));
  }

  test('unknown fields are refused only where nothing is selected by a known one', () => {
    expect(select({ ComponentIDs: ['x0c0s1b0n0'] }, ['Verify']).ids).toEqual(['x0c0s1b0n0']);
    expect(select({})).toEqual({ ids: [], criteria: [] });
    expect(() => select({ ComponentIDs: [], Role: [] }, ['Rol'])).toThrow('these fields are not known: Rol');
  });
});

describe('commands', () => {
  const one = { ComponentIDs: ['x0c0s1b0n0'] };

  test('rigid is the default', () => {
    expect(selectionCommand('lock', one, context(hsm))).toMatchObject({ type: 'cray.LockRequested', rigid: true });
    const flexible = { ...one, ProcessingModel: 'flexible' } as const;
    expect(selectionCommand('lock', flexible, context(hsm))).toMatchObject({ rigid: false });
  });

  test('each dialect asks for its own lock state, unless it is set up otherwise', () => {
    const body = { ...one, ReservationDuration: 2 };
    const requires = (given: TranslationContext) => selectionCommand('reserveAsService', body, given);
    expect(requires(context(hsm))).toMatchObject({ requires: 'unlocked', durationMs: 120_000 });
    expect(requires(context(published))).toMatchObject({ requires: 'locked' });
    const settings = {
      ...crayDefaults,
      serviceReservationRequires: { published: 'unlocked', hsm: 'unlocked' },
    } as const;
    expect(requires({ ...context(published), settings })).toMatchObject({ requires: 'unlocked' });
  });

  test('an admin reservation ignores a duration and needs the lock in both dialects', () => {
    const body = { ...one, ReservationDuration: 5 };
    for (const dialect of [hsm, published]) {
      expect(selectionCommand('reserveAsAdmin', body, context(dialect))).toMatchObject({
        durationMs: null,
        requires: 'locked',
      });
    }
  });

  test('the hsm dialect needs a duration to reserve and to renew, the published one does not', () => {
    const keys = { ReservationKeys: [{ ID: 'x0c0s1b0n0', Key: 'k' }] };
    for (const minutes of [{}, { ReservationDuration: 0 }, { ReservationDuration: -1 }]) {
      const required = 'ReservationDuration must be greater than 0';
      expect(() => selectionCommand('reserveAsService', { ...one, ...minutes }, context(hsm))).toThrow(required);
      expect(() => keysCommand('renew', { ...keys, ...minutes }, context(hsm))).toThrow(required);
    }
    expect(keysCommand('renew', keys, context(published))).toMatchObject({ durationMs: null });
  });

  test('a configured limit of minutes holds in the published dialect', () => {
    const settings = { ...crayDefaults, publishedReservationMinutesMax: 60 };
    const reserve = (ReservationDuration: number) =>
      selectionCommand('reserveAsService', { ...one, ReservationDuration }, { ...context(published), settings });
    expect(reserve(60)).toMatchObject({ durationMs: 3_600_000 });
    expect(() => reserve(61)).toThrow('at most 60 minutes');
  });

  test('keys are hashed for their component, and the same pair counts once', () => {
    const pair = { ID: 'X0C0S1B0N0', Key: 'k' };
    expect(keysCommand('release', { ReservationKeys: [pair, pair] }, context(hsm))).toEqual({
      type: 'cray.ReleaseRequested',
      keys: [{ xname: 'x0c0s1b0n0', keyHash: 'rk x0c0s1b0n0 k' }],
      rigid: true,
    });
  });

  test('keys without a list are refused as unknown fields where there are some', () => {
    expect(() => keysCommand('release', {}, context(published, ['ReservationKey']))).toThrow(
      'not known: ReservationKey',
    );
    expect(() => deputyClaims({}, context(published, ['Keys']))).toThrow('not known: Keys');
  });
});
