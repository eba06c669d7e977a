import type { AuditTexts } from '../audit/module.js';

export const crayTexts: AuditTexts = {
  holders: 'Components that are locked, reserved or both, in the order of their xnames.',
  holder: 'Holder',
  pastTitle: 'Locks and reservations',
  pastBody: 'that of `/locks/status` in the published dialect',
  past: `- type: object
  required: [Components, NotFound]
  properties:
    Components: { type: array, items: { $ref: "#/components/schemas/ComponentStatus" } }
    NotFound: { type: array, items: { type: string } }`,
  schemas: `Held:
  type: [object, "null"]
  required: [Text]
  properties:
    Text: { type: string }
    Since: { type: string, format: date-time }
    Request: { $ref: "#/components/schemas/Request" }
    FencingToken:
      { type: integer, description: Number of the event that began this hold; see the HSM dialect's status }
    ReservationID: { type: string, description: What \`/locks/reservations/remove\` takes }
    Kind: { type: string, enum: [admin, service] }
    ExpirationTime: { type: string, format: date-time, description: Absent where there is no end }
Holder:
  type: object
  required: [ID, Lock, Reservation]
  properties:
    ID: { type: string }
    Lock: { $ref: "#/components/schemas/Held" }
    Reservation: { $ref: "#/components/schemas/Held" }`,
  moreSchemas: `ComponentStatus:
  type: object
  required: [ID, Locked, Reserved, ReservationDisabled]
  properties:
    ID: { type: string }
    Locked: { type: boolean }
    Reserved: { type: boolean }
    ReservationDisabled: { type: boolean }
    ExpirationTime: { type: string, format: date-time }`,
};
