import { testModules } from '../modules.js';

/** Of the modules that take part. */
export const chaosParts = testModules.flatMap(({ chaos }) => (chaos === null ? [] : [chaos]));
