/** The sample fleet of `holdfast demo`: one cabinet of nodes, their controllers, and a few management nodes. */
export interface Fleet {
  components: Record<string, unknown>[];
  groups: { label: string; description?: string; members: { ids: string[] } }[];
  partitions: { name: string; description?: string; members: { ids: string[] } }[];
}

export function sampleFleet(): Fleet {
  const node = (slot: number, role: string, subRole?: string) => ({
    ID: `x1000c0s${slot}b0n0`,
    Type: 'Node',
    State: 'Ready',
    Flag: 'OK',
    Enabled: true,
    Role: role,
    ...(subRole === undefined ? {} : { SubRole: subRole }),
    NID: 1_000 + slot,
    NetType: 'Sling',
    Arch: 'X86',
    Class: 'River',
  });
  const compute = Array.from({ length: 8 }, (_, slot) => node(slot, 'Compute'));
  const management = [node(8, 'Management', 'Master'), node(9, 'Management', 'Worker')];
  const controllers = [...compute, ...management].map(({ ID }) => ({
    ID: ID.slice(0, -2),
    Type: 'NodeBMC',
    State: 'Ready',
    Flag: 'OK',
    Enabled: true,
    NetType: 'Sling',
    Class: 'River',
  }));
  return {
    components: [...compute, ...management, ...controllers],
    groups: [
      { label: 'blue', description: 'the first four', members: { ids: compute.slice(0, 4).map(({ ID }) => ID) } },
    ],
    partitions: [{ name: 'p1', members: { ids: compute.map(({ ID }) => ID) } }],
  };
}
