import type { CrayCommand, CrayEvent } from '@holdfast/events/cray/messages';
import { parseXname } from '@holdfast/events/cray/xname';
import type { ApiModule, ServedApi } from '../module.js';
import { crayAudit } from './audit.js';
import { crayCommands } from './commands.js';
import { type Dialect, hsm, published } from './dialect.js';
import { crayForm } from './form.js';
import { crayOperations } from './limits.js';
import { crayPresentation } from './presentation.js';
import { crayRoutes } from './routes.js';
import { vocabularyIn } from './vocabulary.js';
import { crayKept, crayWords } from './words.js';

/** The Lock & Reservation Service in both of its dialects, and the inventory that it is on. */
export const crayApi: ApiModule<CrayCommand, CrayEvent> = {
  name: 'cray',
  apis: [served(published), served(hsm)],
  form: crayForm,
  presentation: ({ dependencies }) => crayPresentation(published, dependencies),
  limits: crayOperations,
  commands: crayCommands,
  words: crayWords,
  kept: crayKept,
  audit: crayAudit,
  idIn: (text) => parseXname(text)?.xname ?? null,
  secretMembers: ['ReservationKey', 'DeputyKey', 'Key'],
  example: { command: 'cray.LockRequested', event: 'cray.ReservationCreated' },
};

function served(dialect: Dialect): ServedApi {
  const { document, title, basePaths, dropNulls } = dialect;
  return {
    document,
    title,
    basePaths,
    options: { config: { dropNulls } },
    routes({ dependencies, flow }) {
      const vocabulary = vocabularyIn(dependencies.settings);
      return crayRoutes({ dependencies, vocabulary, dialect, flow: flow(crayPresentation(dialect, dependencies)) });
    },
  };
}
