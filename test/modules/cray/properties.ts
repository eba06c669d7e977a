import type { ComponentProperties } from '@holdfast/events/cray/messages';

/** A node of which nothing is known. */
export const unknownNode: ComponentProperties = {
  type: 'Node',
  state: '',
  flag: '',
  enabled: true,
  softwareStatus: '',
  role: '',
  subRole: '',
  nid: null,
  subtype: '',
  netType: '',
  arch: '',
  class: '',
};

/** A node as most of a fleet are. */
export const computeNode: ComponentProperties = {
  ...unknownNode,
  state: 'Ready',
  flag: 'OK',
  role: 'Compute',
  netType: 'Sling',
  arch: 'X86',
  class: 'River',
};
