export { buildApp } from './app.js';
export type { ApiModule } from './module.js';
export type { ApiObserver, MetricsPage } from './observer.js';
export {
  type ApiDependencies,
  type ApiSettings,
  defaultSettings,
  type LevelPort,
  type Readiness,
  type Token,
  type TokenRole,
  type WholeFleet,
} from './settings.js';
