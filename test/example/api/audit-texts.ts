import type { AuditTexts } from '@holdfast/api/audit/module';

export const exampleTexts: AuditTexts = {
  holders: 'With `module=example`, instruments that are claimed, in the order of their names.',
  holder: 'ClaimedInstrument',
  pastTitle: 'what was claimed',
  pastBody: 'with `module=example` the claims of then',
  past: `- type: object
  required: [Claims, NotFound]
  properties:
    Claims: { type: array, items: { $ref: "#/components/schemas/PastClaim" } }
    NotFound: { type: array, items: { type: string } }`,
  schemas: `ClaimedInstrument:
  type: object
  required: [Instrument, Text]
  properties:
    Instrument: { type: string }
    Text: { type: string }
    Since: { type: string, format: date-time }
    Request: { $ref: "#/components/schemas/Request" }`,
  moreSchemas: `PastClaim:
  type: object
  required: [Instrument, Claim]
  properties:
    Instrument: { type: string }
    Claim: { type: string }`,
};
