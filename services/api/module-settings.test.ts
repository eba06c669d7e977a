import { expect, test } from 'vitest';
import { ModuleSettings, madeOfSettings } from './module-settings.js';
import { defaultSettings } from './settings.js';

const defaults = { names: [] as string[], open: false };
const countOf = ({ names, open }: typeof defaults) => `${names.length}${open ? ', open' : ''}`;

test('what is made of settings of a module is in step with them, and with no others', () => {
  const moduleSettings = new ModuleSettings({ example: { names: ['a'] } });
  const count = madeOfSettings('example', defaults, { settings: defaultSettings, moduleSettings }, countOf);
  expect(count()).toBe('1');
  moduleSettings.replace('other', { names: ['x', 'y'] });
  expect(count()).toBe('1');
  moduleSettings.replace('example', { names: ['a', 'b'], open: true });
  expect(count()).toBe('2, open');
  // Those that are not given any more are the defaults.
  moduleSettings.replace('example', { names: ['a', 'b', 'c'] });
  expect(count()).toBe('3');
});

test('where settings cannot be used, those from before count', () => {
  const moduleSettings = new ModuleSettings({});
  const made = madeOfSettings('example', defaults, { settings: defaultSettings, moduleSettings }, (given) => {
    if (given.open) throw new Error('not so');
    return countOf(given);
  });
  expect(() => moduleSettings.replace('example', { open: true })).toThrow('not so');
  expect(made()).toBe('0');
});

test('settings that could not be used are in the way of none that come later, of whichever module', () => {
  const moduleSettings = new ModuleSettings({ example: { names: ['a'] } });
  const given = { settings: defaultSettings, moduleSettings };
  const first = madeOfSettings('example', defaults, given, countOf);
  const picky = madeOfSettings('example', defaults, given, (settings) => {
    if (settings.open) throw new Error('not so');
    return countOf(settings);
  });
  const other = madeOfSettings('other', defaults, given, countOf);
  expect(() => moduleSettings.replace('example', { names: ['a', 'b'], open: true })).toThrow('not so');
  // Nor is one thing made of them, and another not.
  expect([first(), picky()]).toEqual(['1', '1']);
  moduleSettings.replace('other', { names: ['x'] });
  expect([first(), picky(), other()]).toEqual(['1', '1', '1']);
});

test('where nothing is replaced, they are those of the start', () => {
  const settings = { ...defaultSettings, modules: { example: { names: ['a'] } } };
  expect(madeOfSettings('example', defaults, { settings }, countOf)()).toBe('1');
});
