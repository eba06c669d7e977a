import type { StreamName } from '@holdfast/log';

/** Names of the two topics. */
export type KafkaTopics = Record<StreamName, string>;

export const defaultTopics: KafkaTopics = { commands: 'holdfast-commands', events: 'holdfast-events' };
