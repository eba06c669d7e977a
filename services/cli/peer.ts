/** What a command talks to, and how its options name it. */
export interface Peer {
  name: string;
  /** The option that says where it is. */
  option: string;
  /** What to look at where that is wrong. */
  look: string;
  /** What to do where nobody listens. */
  start: string;
  /** What certificates are given by. */
  cacert: string;
  /** What the token is given by. */
  token: string;
}

/** Of nearly every command. */
export const theServer: Peer = {
  name: 'Holdfast',
  option: '--server',
  look: 'check --server (HOLDFAST_SERVER)',
  start: 'is Holdfast running there? Start it (npm start), or say where it is: --server URL, or HOLDFAST_SERVER',
  cacert: '--cacert FILE (HOLDFAST_CACERT)',
  token: 'HOLDFAST_TOKEN, or --token',
};

/** Of `sync`. */
export const theSource: Peer = {
  name: 'an HSM',
  option: '--from',
  look: 'check --from',
  start: 'is the HSM running there? Say where it is: --from URL',
  cacert: '--from-cacert FILE (HOLDFAST_FROM_CACERT)',
  token: 'HOLDFAST_FROM_TOKEN, or --from-token',
};
