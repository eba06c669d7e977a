import { reservationKeys } from '@holdfast/events/cray/keys';
import type { CrayCommand, Criterion, Selection } from '@holdfast/events/cray/messages';
import type { Steps } from '@holdfast/events/steps';
import { inTurns } from '@holdfast/log/turn';
import type { CrayModel, StatusAnswer } from '@holdfast/projections/cray/port';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../errors.js';
import { asking, earliest, read, sayingPastExpiry } from '../reads.js';
import { type Handler, sendAnswer } from '../replies.js';
import { notKept } from '../requests.js';
import { noSuch } from './collections.js';
import { inventoryRoutes } from './inventory-routes.js';
import { requireLevelFor } from './levels.js';
import type { RouteContext } from './route-context.js';
import { idsOf, reservedInstead, type SelectionBody, selectionOf } from './selection.js';
import { serviceRoutes } from './service-routes.js';
import { craySettingsOf } from './settings.js';
import { checkAnswer, statusAnswer } from './status.js';
import {
  type ChangeBody,
  type DeputyBody,
  deputyClaims,
  type KeysBody,
  keysCommand,
  type SelectionOperation,
  selectionCommand,
  type TranslationContext,
} from './translate.js';

/** A handler for each operation of the dialect's document, by its operationId. */
export function crayRoutes(context: RouteContext): Record<string, Handler> {
  const { flow, vocabulary } = context;
  const { hashShown } = reservationKeys(context.dependencies.secret);
  const { settings: given } = context.dependencies;
  const { wholeFleet } = given;
  const settings = { ...craySettingsOf(given), ...(wholeFleet && { wholeFleet }) };
  const translation = (request: FastifyRequest): TranslationContext => ({
    dialect: context.dialect,
    settings,
    vocabulary,
    hashShown,
    unknown: request.unknownFields,
  });
  const change = (toCommand: (request: FastifyRequest) => Steps<CrayCommand>): Handler => {
    return async (request, reply) => {
      const command = await inTurns(toCommand(request));
      requireLevelFor(command, context.dependencies.level);
      return flow.change(request, reply, { command });
    };
  };
  const onSelection = (operation: SelectionOperation) =>
    change((request) => selectionCommand(operation, request.body as ChangeBody, translation(request)));
  const onKeys = (operation: 'release' | 'renew') =>
    change((request) => keysCommand(operation, request.body as KeysBody, translation(request)));

  return {
    lockComponents: onSelection('lock'),
    unlockComponents: onSelection('unlock'),
    repairComponents: onSelection('repair'),
    disableComponents: onSelection('disable'),
    removeReservations: onSelection('remove'),
    createAdminReservations: onSelection('reserveAsAdmin'),
    createServiceReservations: onSelection('reserveAsService'),
    releaseReservations: onKeys('release'),
    releaseServiceReservations: onKeys('release'),
    renewServiceReservations: onKeys('renew'),
    checkServiceReservations: (request, reply) => check(context, translation(request), request, reply),
    lockStatus: (request, reply) => {
      const body = (request.body ?? {}) as SelectionBody;
      return status(context, body, request, reply, request.unknownFields);
    },
    lockStatusByQuery: (request, reply) => {
      // Unknown parameters are ignored, so none can be a reason to refuse.
      return status(context, selectionOfQuery(request.query as Record<string, string[]>), request, reply, null);
    },
    requestState: (request, reply) => flow.state(request, reply),
    ...serviceRoutes(context),
    ...inventoryRoutes(context),
  };
}

const queryFields: Record<string, Criterion['field']> = {
  type: 'Type',
  state: 'State',
  role: 'Role',
  subrole: 'SubRole',
  locked: 'Locked',
  reserved: 'Reserved',
  reservationDisabled: 'ReservationDisabled',
};

function selectionOfQuery(query: Record<string, string[]>): SelectionBody {
  return Object.fromEntries(Object.entries(query).map(([name, values]) => [queryFields[name], values]));
}

function expiries({ components }: StatusAnswer): (number | null)[] {
  return components.map(({ reservation }) => reservation?.expiresAt ?? null);
}

/** `unknown` is null where the selection comes from a query. */
async function status(
  { dependencies, vocabulary, dialect }: RouteContext,
  body: SelectionBody,
  request: FastifyRequest,
  reply: FastifyReply,
  unknown: string[] | null,
): Promise<FastifyReply> {
  const selection = await inTurns(selectionOf(body, vocabulary, unknown ?? []));
  const { cray } = dependencies.readModel.present;
  const hidden = reservedInstead(selection);
  const { found } = await read(
    dependencies,
    asking(request),
    // What is hidden first: a lease that ends between the two queries is then one that was looked at.
    async () => {
      await requireNegated(cray, selection);
      return { leases: hidden && (await cray.status(hidden)), found: await cray.status(selection) };
    },
    ({ leases, found }) => earliest([...expiries(found), ...(leases === null ? [] : expiries(leases))]),
    sayingPastExpiry(reply),
  );
  return sendAnswer(reply, await inTurns(statusAnswer(dialect, found, unknown === null ? null : idsOf(selection))));
}

/** As a change is refused: throws ApiError `bad-request` for a negated group or partition that does not exist. */
async function requireNegated(cray: Pick<CrayModel, 'collections'>, { criteria }: Selection): Promise<void> {
  for (const { field, values } of criteria) {
    if (field !== 'Group' && field !== 'Partition') continue;
    const negated = values.filter((value) => value.startsWith('!')).map((value) => value.slice(1));
    if (negated.length === 0) continue;
    const kind = field === 'Group' ? 'group' : 'partition';
    const known = new Set((await cray.collections(kind)).map(({ name }) => name.toLowerCase()));
    const missing = negated.find((name) => !known.has(name));
    if (missing !== undefined) throw new ApiError('bad-request', noSuch(kind, missing));
  }
}

async function check(
  { dependencies, dialect }: RouteContext,
  translation: TranslationContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const claims = await inTurns(deputyClaims(request.body as DeputyBody, translation));
  const xnames = [...new Set(claims.map(({ xname }) => xname))];
  const found = await read(
    dependencies,
    asking(request),
    () => dependencies.readModel.present.cray.reservations(xnames),
    (rows) => earliest([...rows.values()].map(({ expiresAt }) => expiresAt)),
    sayingPastExpiry(reply),
  );
  const answer = await inTurns(checkAnswer(dialect, claims, found, reservationKeys(dependencies.secret).keys));
  return sendAnswer(reply.headers(notKept), answer);
}
