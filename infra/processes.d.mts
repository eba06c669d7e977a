/** `wanted`, or a free port where that is 0. Rejects when it is taken. */
export function freePort(wanted: number): Promise<number>;
