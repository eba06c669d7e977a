import type { CtDifference } from './ct.js';
import type { Difference } from './replay.js';

/**
 * Every step of the recorded answers at which ours differ, with the number of the contract's table that says why. Lists
 * are sets, and `(uuid)` and `(time)` are wildcards.
 */
type Row = [scenario: string, step: string, ours: Difference['ours']];
type Offender = [id: string, reason: string];

const failures = (offenders: Offender[]) => offenders.map(([ID, Reason]) => ({ ID, Reason }));

function refused(detail: string, offenders: Offender[] = []): Difference['ours'] {
  const problem = { type: 'about:blank', title: 'Bad Request', detail, status: 400 };
  return { status: 400, body: offenders.length > 0 ? { ...problem, Failure: failures(offenders) } : problem };
}

function counted(ids: string[], offenders: Offender[]): Difference['ours'] {
  const Counts = { Total: ids.length + offenders.length, Success: ids.length, Failure: offenders.length };
  return { status: 200, body: { Counts, Success: { ComponentIDs: ids }, Failure: failures(offenders) } };
}

function created(expiry: 'withExpiry' | 'noExpiry', ids: string[], offenders: Offender[]): Difference['ours'] {
  const Success = ids.map((ID) => ({
    ID,
    DeputyKey: `${ID}:dk:(uuid)`,
    ReservationKey: `${ID}:rk:(uuid)`,
    ...(expiry === 'withExpiry' ? { ExpirationTime: '(time)' } : {}),
  }));
  return { status: 200, body: { Success, Failure: failures(offenders) } };
}

type Shown = [id: string, lock: 'locked' | 'unlocked', reservation: 'free' | 'reserved' | 'lease'];

function status(components: Shown[], notFound: string[] = []): Difference['ours'] {
  const Components = components.map(([ID, lock, reservation]) => ({
    ID,
    Locked: lock === 'locked',
    Reserved: reservation !== 'free',
    ...(reservation === 'free' ? {} : { CreationTime: '(time)' }),
    ...(reservation === 'lease' ? { ExpirationTime: '(time)' } : {}),
    ReservationDisabled: false,
  }));
  return { status: 200, body: notFound.length > 0 ? { Components, NotFound: notFound } : { Components } };
}

const rows: Record<string, Row[]> = {
  // Malformed bodies: 400 instead of 500.
  D1: [
    ['admin_reservations', 'release string keys', refused('body/ReservationKeys/0 must be object')],
    ['service_reservations', 'create duration 1.5', refused('body/ReservationDuration must be integer')],
    ['service_reservations', 'create duration string', refused('body/ReservationDuration must be integer')],
    ['filters', 'unlock NID as number', refused('body/NID/0 must be string')],
    ['invalid_bodies', 'malformed JSON -> /locks/lock', refused('The body is not valid JSON: it ends too early')],
    ['invalid_bodies', 'empty body -> /locks/lock', refused('The body is empty; JSON is expected')],
    ['invalid_bodies', 'JSON array -> /locks/lock', refused('body must be object')],
    ['invalid_bodies', 'JSON string -> /locks/lock', refused('body must be object')],
    ['invalid_bodies', 'ComponentIDs string -> /locks/lock', refused('body/ComponentIDs must be array')],
    ['invalid_bodies', 'ComponentIDs numbers -> /locks/lock', refused('body/ComponentIDs/0 must be string')],
    ['invalid_bodies', 'ProcessingModel number -> /locks/lock', refused('body/ProcessingModel must be string')],
    [
      'invalid_bodies',
      'trailing garbage -> /locks/lock',
      refused('The body is not valid JSON: unexpected character at position 56'),
    ],
    [
      'invalid_bodies',
      'malformed JSON -> /locks/reservations',
      refused('The body is not valid JSON: it ends too early'),
    ],
    [
      'invalid_bodies',
      'malformed JSON -> /locks/reservations/remove',
      refused('The body is not valid JSON: it ends too early'),
    ],
    [
      'invalid_bodies',
      'malformed JSON -> /locks/reservations/release',
      refused('The body is not valid JSON: it ends too early'),
    ],
    [
      'invalid_bodies',
      'malformed JSON -> /locks/service/reservations',
      refused('The body is not valid JSON: it ends too early'),
    ],
    ['invalid_bodies', 'empty body -> /locks/service/reservations', refused('The body is empty; JSON is expected')],
    ['invalid_bodies', 'JSON array -> /locks/service/reservations', refused('body must be object')],
    ['invalid_bodies', 'JSON string -> /locks/service/reservations', refused('body must be object')],
    [
      'invalid_bodies',
      'ComponentIDs string -> /locks/service/reservations',
      refused('body/ComponentIDs must be array'),
    ],
    [
      'invalid_bodies',
      'ComponentIDs numbers -> /locks/service/reservations',
      refused('body/ComponentIDs/0 must be string'),
    ],
    [
      'invalid_bodies',
      'ProcessingModel number -> /locks/service/reservations',
      refused('body/ProcessingModel must be string'),
    ],
    [
      'invalid_bodies',
      'trailing garbage -> /locks/service/reservations',
      refused('The body is not valid JSON: unexpected character at position 56'),
    ],
    [
      'invalid_bodies',
      'malformed JSON -> /locks/service/reservations/release',
      refused('The body is not valid JSON: it ends too early'),
    ],
    [
      'invalid_bodies',
      'malformed JSON -> /locks/service/reservations/renew',
      refused('The body is not valid JSON: it ends too early'),
    ],
    [
      'invalid_bodies',
      'malformed JSON -> /locks/service/reservations/check',
      refused('The body is not valid JSON: it ends too early'),
    ],
    ['invalid_bodies', 'malformed JSON -> /locks/status', refused('The body is not valid JSON: it ends too early')],
    ['invalid_bodies', 'empty body -> /locks/status', refused('The body is empty; JSON is expected')],
    ['invalid_bodies', 'JSON array -> /locks/status', refused('body must be object or null')],
    ['invalid_bodies', 'JSON string -> /locks/status', refused('body must be object or null')],
    ['invalid_bodies', 'ComponentIDs string -> /locks/status', refused('body/ComponentIDs must be array')],
    ['invalid_bodies', 'ComponentIDs numbers -> /locks/status', refused('body/ComponentIDs/0 must be string')],
    ['invalid_bodies', 'ProcessingModel number -> /locks/status', refused('body/ProcessingModel must be string')],
    [
      'invalid_bodies',
      'trailing garbage -> /locks/status',
      refused('The body is not valid JSON: unexpected character at position 56'),
    ],
  ],
  // A filter by Group works. The reservation that it makes is seen by the steps after it, until everything is removed,
  // and so is a lock that it stops.
  D2: [
    ['filters', 'service reservation by Group', created('withExpiry', ['x0c0s1b0n0'], [['x0c0s2b0n0', 'Locked']])],
    [
      'filters',
      'status negated ComponentIDs',
      status(
        [
          ['x0c0s1b0n0', 'unlocked', 'lease'],
          ['x0c0s2b0n0', 'locked', 'free'],
          ['x0c0s3b0n0', 'unlocked', 'free'],
        ],
        ['!x0c0s0b0n0'],
      ),
    ],
    ['filters', 'status Reserved filter true (POST)', status([['x0c0s1b0n0', 'unlocked', 'lease']])],
    [
      'filters',
      'GET status all',
      status([
        ['x0c0s1b0n0', 'unlocked', 'lease'],
        ['x0c0s0b0', 'unlocked', 'free'],
        ['x0c0s0b0n0', 'unlocked', 'free'],
        ['x0c0s2b0n0', 'locked', 'free'],
        ['x0c0s3b0n0', 'unlocked', 'free'],
        ['x0c0s4b0n0', 'locked', 'free'],
        ['x0c0s5b0n0', 'locked', 'free'],
        ['x0c0s6b0n0', 'unlocked', 'free'],
      ]),
    ],
    ['filters', 'GET status reserved=true', status([['x0c0s1b0n0', 'unlocked', 'lease']])],
    [
      'filters',
      'lock everything: ComponentIDs [] rigid with reservations',
      refused('Component is Reserved', [['x0c0s1b0n0', 'Reserved']]),
    ],
    [
      'filters',
      'remove all flexible',
      counted(
        ['x0c0s1b0n0'],
        [
          ['x0c0s0b0', 'NotFound'],
          ['x0c0s0b0n0', 'NotFound'],
          ['x0c0s2b0n0', 'NotFound'],
          ['x0c0s3b0n0', 'NotFound'],
          ['x0c0s4b0n0', 'NotFound'],
          ['x0c0s5b0n0', 'NotFound'],
          ['x0c0s6b0n0', 'NotFound'],
        ],
      ),
    ],
    [
      'filters',
      'lock everything: ComponentIDs [] rigid',
      counted(
        ['x0c0s0b0', 'x0c0s0b0n0', 'x0c0s1b0n0', 'x0c0s2b0n0', 'x0c0s3b0n0', 'x0c0s4b0n0', 'x0c0s5b0n0', 'x0c0s6b0n0'],
        [],
      ),
    ],
  ],
  // A key belongs to its component. B's reservation is thus still there in the steps after.
  D3: [
    [
      'admin_reservations',
      'release: ID of A with key of B',
      refused('Component not found', [['x0c0s0b0n0', 'NotFound']]),
    ],
    [
      'admin_reservations',
      'B after ID/key mismatch release',
      status([
        ['x0c0s1b0n0', 'locked', 'reserved'],
        ['x0c0s0b0n0', 'locked', 'free'],
      ]),
    ],
    ['admin_reservations', 'release twice', counted(['x0c0s1b0n0'], [])],
    ['service_reservations', 'check ID of A with key of B', created('noExpiry', [], [['x0c0s0b0n0', 'NotFound']])],
    [
      'service_reservations',
      'renew ID of A with key of B rigid',
      refused('Component not found', [['x0c0s0b0n0', 'NotFound']]),
    ],
  ],
  // Flexible with nothing eligible.
  D6: [
    [
      'lock_unlock',
      'lock flexible: only already-locked ones',
      counted(
        [],
        [
          ['x0c0s0b0n0', 'Locked'],
          ['x0c0s1b0n0', 'Locked'],
        ],
      ),
    ],
    ['lock_unlock', 'unlock flexible: only unlocked ones', counted([], [['x0c0s0b0n0', 'Unlocked']])],
  ],
  // The same key twice counts once.
  D7: [
    ['service_reservations', 'renew duplicate key rigid', counted(['x0c0s0b0n0'], [])],
    ['service_reservations', 'renew duplicate key flexible', counted(['x0c0s0b0n0'], [])],
  ],
  // The same problem, and every offender in `Failure`.
  D8: [
    [
      'lock_unlock',
      'lock rigid: one locked + one not -> whole call refused',
      refused('Component is Locked', [['x0c0s0b0n0', 'Locked']]),
    ],
    ['lock_unlock', 'lock rigid unknown only', refused('Component not found', [['x0c0s7b0n7', 'NotFound']])],
    ['lock_unlock', 'unlock rigid: already unlocked', refused('Component is Unlocked', [['x0c0s0b0n0', 'Unlocked']])],
    ['lock_unlock', 'unlock unknown', refused('Component not found', [['x0c0s7b0n7', 'NotFound']])],
    [
      'admin_reservations',
      'admin reservation on unlocked rigid',
      refused('Component is Unlocked', [['x0c0s0b0n0', 'Unlocked']]),
    ],
    [
      'admin_reservations',
      'admin reservation again rigid',
      refused('Component is Reserved', [['x0c0s0b0n0', 'Reserved']]),
    ],
    [
      'admin_reservations',
      'admin reservation rigid reserved + free -> refused',
      refused('Component is Reserved', [['x0c0s0b0n0', 'Reserved']]),
    ],
    [
      'admin_reservations',
      'admin reservation unknown only',
      refused('Component not found', [['x0c0s7b0n7', 'NotFound']]),
    ],
    [
      'admin_reservations',
      'admin create carries a ReservationDuration (ignored)',
      refused('Component is Unlocked', [['x0c0s3b0n0', 'Unlocked']]),
    ],
    [
      'admin_reservations',
      'renew admin reservation rigid',
      refused('Component not found', [['x0c0s0b0n0', 'NotFound']]),
    ],
    [
      'admin_reservations',
      'release with deputy key instead of reservation key',
      refused('Component not found', [['x0c0s0b0n0', 'NotFound']]),
    ],
    ['admin_reservations', 'release with bogus key', refused('Component not found', [['x0c0s0b0n0', 'NotFound']])],
    [
      'admin_reservations',
      'release rigid one good one bogus',
      refused('Component not found', [['x0c0s1b0n0', 'NotFound']]),
    ],
    ['service_reservations', 'create again rigid', refused('Component is Reserved', [['x0c0s0b0n0', 'Reserved']])],
    [
      'service_reservations',
      'create rigid reserved + free',
      refused('Component is Reserved', [['x0c0s0b0n0', 'Reserved']]),
    ],
    ['service_reservations', 'create unknown rigid', refused('Component not found', [['x0c0s7b0n7', 'NotFound']])],
    ['service_reservations', 'create on locked rigid', refused('Component is Locked', [['x0c0s3b0n0', 'Locked']])],
    [
      'service_reservations',
      'renew with deputy key rigid',
      refused('Component not found', [['x0c0s0b0n0', 'NotFound']]),
    ],
    ['service_reservations', 'renew rigid good + bogus', refused('Component not found', [['x0c0s1b0n0', 'NotFound']])],
    ['service_reservations', 'release again rigid', refused('Component not found', [['x0c0s0b0n0', 'NotFound']])],
    [
      'service_reservations',
      'release duplicate key rigid',
      refused('Component not found', [['x0c0s2b0n0', 'NotFound']]),
    ],
    ['service_reservations', 'renew after release rigid', refused('Component not found', [['x0c0s0b0n0', 'NotFound']])],
    [
      'filters',
      'unlock everything: empty object, rigid, mixed',
      refused('Component is Unlocked', [
        ['x0c0s0b0', 'Unlocked'],
        ['x0c0s0b0n0', 'Unlocked'],
        ['x0c0s1b0n0', 'Unlocked'],
        ['x0c0s3b0n0', 'Unlocked'],
        ['x0c0s6b0n0', 'Unlocked'],
      ]),
    ],
    [
      'filters',
      'service reservation on everything empty set',
      refused('Component is Locked', [
        ['x0c0s0b0', 'Locked'],
        ['x0c0s0b0n0', 'Locked'],
        ['x0c0s1b0n0', 'Locked'],
        ['x0c0s2b0n0', 'Locked'],
        ['x0c0s3b0n0', 'Locked'],
        ['x0c0s4b0n0', 'Locked'],
        ['x0c0s5b0n0', 'Locked'],
        ['x0c0s6b0n0', 'Locked'],
      ]),
    ],
  ],
  // Unknown xnames are not dropped in silence. What a rigid call with one would have locked or reserved is then not
  // there.
  D9: [
    ['lock_unlock', 'lock flexible unknown only', counted([], [['x0c0s7b0n7', 'NotFound']])],
    ['lock_unlock', 'lock rigid known + unknown', refused('Component not found', [['x0c0s7b0n7', 'NotFound']])],
    [
      'lock_unlock',
      'D locked after rigid known+unknown?',
      status([['x0c0s3b0n0', 'unlocked', 'free']], ['x0c0s7b0n7']),
    ],
    ['lock_unlock', 'lock flexible known + unknown', counted(['x0c0s4b0n0'], [['x0c0s7b0n7', 'NotFound']])],
    [
      'admin_reservations',
      'admin reservation flexible reserved + free + unlocked + unknown',
      created(
        'noExpiry',
        ['x0c0s1b0n0'],
        [
          ['x0c0s0b0n0', 'Reserved'],
          ['x0c0s3b0n0', 'Unlocked'],
          ['x0c0s7b0n7', 'NotFound'],
        ],
      ),
    ],
    [
      'admin_reservations',
      'admin reservation rigid known + unknown',
      refused('Component not found', [['x0c0s7b0n7', 'NotFound']]),
    ],
    [
      'admin_reservations',
      'service release endpoint accepts an admin reservation',
      refused('Component not found', [['x0c0s2b0n0', 'NotFound']]),
    ],
    [
      'service_reservations',
      'create flexible reserved + free + unknown',
      created(
        'withExpiry',
        ['x0c0s1b0n0'],
        [
          ['x0c0s0b0n0', 'Reserved'],
          ['x0c0s7b0n7', 'NotFound'],
        ],
      ),
    ],
    [
      'service_reservations',
      'create rigid known + unknown',
      refused('Component not found', [['x0c0s7b0n7', 'NotFound']]),
    ],
    ['service_reservations', 'create unknown flexible', created('noExpiry', [], [['x0c0s7b0n7', 'NotFound']])],
    ['service_reservations', 'release duplicate key flexible', counted([], [['x0c0s2b0n0', 'NotFound']])],
  ],
  // An empty key fails alone; a parameter that is no boolean is 400.
  D13: [
    ['admin_reservations', 'release empty key flexible', counted([], [['x0c0s0b0n0', 'NotFound']])],
    ['service_reservations', 'renew empty key flexible', counted([], [['x0c0s0b0n0', 'NotFound']])],
    ['filters', 'GET status locked=bogus', refused("bad 'Locked' query parameter: bogus")],
  ],
  // A role without brackets works, so that the step after it finds the component locked.
  D14: [
    ['filters', 'lock Role string as in the published document', counted(['x0c0s4b0n0'], [])],
    ['filters', 'lock Role array', refused('Component is Locked', [['x0c0s4b0n0', 'Locked']])],
  ],
};

export const recordedDifferences: readonly Difference[] = Object.entries(rows).flatMap(([because, all]) =>
  all.map(([scenario, step, ours]) => ({ scenario, step, because: because as Difference['because'], ours })),
);

/** Rigid failures of the integration suite: the same problem, and every offender in `Failure`. */
export const ctDifferences: readonly CtDifference[] = [10, 12, 14, 20, 22, 24, 25, 27, 31, 36].map((seq) => ({
  suite: 'ct:test_locks.tavern.yaml',
  seq,
  because: 'D8',
  extraMembers: ['Failure'],
}));

const componentParameters =
  'id, type, state, flag, enabled, softwarestatus, role, subrole, subtype, arch, class, nid, nid_start, nid_end, partition, group, locked, reservation_disabled, stateonly, flagonly, roleonly, nidonly';

const noParameter = (known: string) => refused(`No parameter of this operation: bogus; there are ${known}`);

/** The same of the inventory's recorded answers: a parameter that is none is refused, not passed over. */
export const inventoryDifferences: readonly Difference[] = (
  [
    ['components_filters', 'GET /State/Components?bogus=1', noParameter(componentParameters)],
    ['components_filters', 'GET /State/Components?role=Management&bogus=1', noParameter(componentParameters)],
    ['groups', 'GET /groups?bogus=1', noParameter('group, tag, partition')],
  ] as const
).map(([scenario, step, ours]) => ({ scenario, step, because: 'D17', ours }));
