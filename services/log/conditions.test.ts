import { expect, test } from 'vitest';
import { Conditions } from './conditions.js';

function recording() {
  const lines: string[] = [];
  const say = (level: string) => (fields: object, message: string) => {
    lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  };
  const logger = { info: say('info'), warn: say('warn'), error: say('error') };
  return { lines, conditions: new Conditions(logger) };
}

test('what is wrong is said once, and that it is over once, too', () => {
  const { lines, conditions } = recording();
  conditions.set('disk', 'full: 3 MB are left');
  conditions.set('disk', 'full: 2 MB are left');
  expect(conditions.reasons).toEqual(['full: 2 MB are left']);
  conditions.set('disk', null);
  conditions.set('disk', null);
  expect(conditions.reasons).toEqual([]);
  expect(lines).toEqual([
    'error not ready {"part":"disk","reason":"full: 3 MB are left"}',
    'info ready again {"part":"disk"}',
  ]);
});

test('one part says nothing of another', () => {
  const { conditions } = recording();
  conditions.set('disk', 'full');
  conditions.set('broker', 'unavailable');
  conditions.set('disk', null);
  expect(conditions.parts).toEqual(['broker']);
  expect(conditions.get('disk')).toBeNull();
});
