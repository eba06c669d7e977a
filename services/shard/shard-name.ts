/** Of the one shard that there is, until there are several: its name, and its partition in both topics. */
export const shardName = 'shard-0';
export const shardPartition = 0;
