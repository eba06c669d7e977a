export { buildApp } from './app.js';
export { ApiError, type ErrorCode, errorRegistry } from './errors.js';
export type { ApiModule } from './module.js';
export type { ApiLimit, ApiObserver, MetricsPage } from './observer.js';
export {
  type ApiDependencies,
  type ApiSettings,
  defaultSettings,
  type LevelPort,
  type Readiness,
  type Role,
  type Token,
  type TokenRole,
  type WholeFleet,
} from './settings.js';
