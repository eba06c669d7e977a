export { checkKafka, type KafkaCheckOptions } from './check.js';
export type { KafkaSettings } from './client.js';
export { KafkaProblems, problemLine } from './errors.js';
export { exclusively } from './exclusive.js';
export { type KafkaLogOptions, openKafkaLog } from './kafka-log.js';
export {
  lookUpSchemas,
  type RegisterOptions,
  RegistryError,
  type RegistrySettings,
  reachRegistry,
  registerSchemas,
} from './registry.js';
export type { KafkaTopics } from './topic-names.js';
export type { SetupProblem } from './topic-settings.js';
