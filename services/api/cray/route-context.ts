import type { RequestFlow } from '../requests.js';
import type { ApiDependencies } from '../settings.js';
import type { Dialect } from './dialect.js';
import type { Vocabulary } from './vocabulary.js';

/** What the handlers of one dialect work with. */
export interface RouteContext {
  dependencies: ApiDependencies;
  vocabulary: Vocabulary;
  dialect: Dialect;
  flow: RequestFlow;
}
