export { move, setDirectoryAside } from './aside.js';
export * from './audit-port.js';
export type { DecisionChange, PresentChange, RowChange } from './change.js';
export { type Database, DatabaseError, type DatabaseErrorCode, type Queryable } from './database.js';
export { knownToRows, type MayDrop, timeInName } from './held-history.js';
export type { House } from './house/keeper.js';
export { projectionLimits } from './limits.js';
export type { ProjectionModule } from './module.js';
export { projectionModules } from './modules.js';
export { openPglite, preparePglite } from './pglite.js';
export * from './port.js';
export { checkPostgres, knownOnServer, openPostgres, setServerTablesAside } from './postgres.js';
export { PostgresReadModel, type ProjectionProgress } from './postgres-read-model.js';
export { PostgresStore, type PostgresStoreOptions } from './postgres-store.js';
export type { ProjectionGroup, ProjectionGroupName, ProjectionName } from './projection-group.js';
export { project, projectionGroups } from './projection-groups.js';
export {
  Projections,
  type ProjectionsOptions,
  projectionNames,
  type RebuildRequest,
  rebuild,
} from './projections.js';
export { RebuildError, type RebuildProgress } from './rebuild.js';
export { RemoteProgress } from './remote-progress.js';
export { Projector, type ProjectorOptions } from './runner.js';
export { knownOf, type Positions, type ProjectionStore, StoreError } from './store.js';
