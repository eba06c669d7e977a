import kafkajs from 'kafkajs';

// Node finds only some of its names, as it is CommonJS: a named import of the others compiles and then fails at start.
export const { AssignerProtocol, ConfigResourceTypes, Kafka, logLevel } = kafkajs;
