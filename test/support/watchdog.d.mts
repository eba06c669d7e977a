/** Kills this process once its event loop made no turn for `silentMsMax`, or once it is `ageMsMax` old. */
export function endWhereStuck(silentMsMax: number, ageMsMax: number): void;
