import type { ApiContext } from '@holdfast/api/module';
import { asking, earliest, read } from '@holdfast/api/reads';
import { type Handler, sendAnswer } from '@holdfast/api/replies';
import type { RequestedChange } from '@holdfast/api/requests';
import type { ExampleCommand } from '@holdfast/events/example/messages';
import { rowsIn } from './asked.js';
import { examplePresentation } from './presentation.js';

/** Handlers for the operations of `example.yaml`, by operationId. */
export function exampleRoutes({ flow, dependencies }: ApiContext): Record<string, Handler> {
  const { change, state } = flow(examplePresentation);
  return {
    claim(request, reply) {
      const { instrument, seconds } = request.body as { instrument: string; seconds: number };
      return change(request, reply, asked({ type: 'example.ClaimRequested', instrument, durationMs: seconds * 1_000 }));
    },
    giveBack(request, reply) {
      const { instrument, claim } = request.body as { instrument: string; claim: string };
      return change(request, reply, asked({ type: 'example.ReturnRequested', instrument, claim }));
    },
    async claims(request, reply) {
      const claims = await read(
        dependencies,
        asking(request),
        () => rowsIn(dependencies.readModel).claims(),
        (rows) => earliest(rows.map(({ expiresAt }) => expiresAt)),
      );
      const shown = claims.map(({ instrument, expiresAt }) => ({
        instrument,
        until: new Date(expiresAt).toISOString(),
      }));
      return sendAnswer(reply, { status: 200, body: { claims: shown } });
    },
    requestState: state,
  };
}

function asked(command: ExampleCommand): RequestedChange {
  return { command: command as unknown as RequestedChange['command'] };
}
