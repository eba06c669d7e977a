export { type CatalogueEntry, loadCatalogue } from './catalogue.js';
export {
  type Codec,
  CodecError,
  createCodec,
  type EncodedCommand,
  type EncodedEvent,
  type Framed,
  localCodec,
  type SchemaIds,
} from './codec.js';
export { incompatibilities } from './compatibility.js';
export type * from './cray/messages.js';
export type * from './engine.js';
export type * from './envelope.js';
export { groupHash, sha256 } from './hash.js';
export { eventKey } from './keys.js';
export { inLandingOrder } from './landing.js';
export type * from './messages.js';
export { isOutcome } from './outcome.js';
export type * from './placement/messages.js';
export { isOfPlacement, placementResource } from './placement/resource.js';
export { isStray } from './stray.js';
