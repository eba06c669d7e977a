export { createPlacementDecider } from './decider.js';
export type { Consumer, PlacementState, Provider } from './state.js';
