export { createCrayDecider } from './decider.js';
export type {
  AdminReservation,
  Collection,
  Component,
  CrayState,
  Lease,
  Reservation,
  ServiceReservation,
} from './state.js';
export { expiryOf } from './state.js';
