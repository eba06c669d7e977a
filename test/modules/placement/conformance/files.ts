import { type ApiSettings, defaultSettings } from '@holdfast/api';

/** Placement's own gabbi files that are run, with the number of tests in each. */

/** Everything that is served, but for what the other files add. */
export const core: Readonly<Record<string, number>> = {
  'aggregate-legacy-rbac.yaml': 12,
  'aggregate.yaml': 19,
  'allocation-bad-class.yaml': 7,
  'allocations-1-12.yaml': 10,
  'allocations-1-8.yaml': 10,
  'allocations-bug-1714072.yaml': 7,
  'allocations-bug-1778591.yaml': 5,
  'allocations-bug-1778743.yaml': 5,
  'allocations-bug-1779717.yaml': 8,
  'allocations-legacy-rbac.yaml': 29,
  'allocations-post.yaml': 29,
  'allocations.yaml': 45,
  'basic-http.yaml': 24,
  'bug-1674694.yaml': 3,
  'confirm-auth.yaml': 4,
  'consumer-types-bug-story-2009167.yaml': 2,
  'ensure-consumer.yaml': 2,
  'inventory-legacy-rbac.yaml': 40,
  'inventory.yaml': 64,
  'microversion-bug-1724065.yaml': 1,
  'microversion.yaml': 8,
  'non-cors.yaml': 2,
  'resource-class-in-use.yaml': 10,
  'resource-classes-1-6.yaml': 1,
  'resource-classes-1-7.yaml': 6,
  'resource-classes-last-modified.yaml': 10,
  'resource-classes-legacy-rbac.yaml': 10,
  'resource-classes.yaml': 30,
  'resource-provider-aggregates.yaml': 34,
  'resource-provider-any-traits.yaml': 4,
  'resource-provider-bug-1779818.yaml': 9,
  'resource-provider-duplication.yaml': 4,
  'resource-provider-legacy-rbac.yaml': 25,
  'resource-provider-links.yaml': 8,
  'resource-provider-resources-query.yaml': 20,
  'resource-provider.yaml': 83,
  'shared-resources.yaml': 16,
  'traits-legacy-rbac.yaml': 15,
  'traits.yaml': 53,
  'unicode.yaml': 5,
  'usage-legacy-rbac.yaml': 5,
  'usage.yaml': 15,
  'with-allocations.yaml': 14,
};

/**
 * With other policies, and what is left of allocations. `left-out.json` names the tests that need allocation candidates
 * or the reshaper, which are not served. All seven tests of `allocations-mappings.yaml` allocate what the first of them
 * found among candidates, and the files that begin with `allocation-candidates`, `granular`, `reshaper` and
 * `same-subtree` are about nothing else.
 */
export const beyondCore: Readonly<Record<string, number>> = {
  'aggregate-policy.yaml': 3,
  'aggregate-secure-rbac.yaml': 17,
  'allocations-1.28.yaml': 25,
  'allocations-policy.yaml': 7,
  'allocations-secure-rbac.yaml': 41,
  'consumer-types-1.38.yaml': 19,
  'inventory-policy.yaml': 8,
  'inventory-secure-rbac.yaml': 51,
  'resource-classes-policy.yaml': 5,
  'resource-classes-secure-rbac.yaml': 35,
  'resource-provider-policy.yaml': 5,
  'resource-provider-secure-rbac.yaml': 35,
  'traits-policy.yaml': 8,
  'traits-secure-rbac.yaml': 52,
  'usage-policy.yaml': 3,
  'usage-secure-rbac.yaml': 20,
};

/** What continuous integration runs. */
export const aboutAllocations = Object.entries({ ...core, ...beyondCore }).filter(([file]) =>
  /^(allocation|consumer-types|ensure-consumer|with-allocations|aggregate|traits|shared-resources|resource-provider-a)/.test(
    file,
  ),
);

/** How the fixture that a file names has the server set. */
export function settingsOf(file: string): { api: ApiSettings } {
  const policy = file.includes('-policy.') ? 'open' : 'default';
  return { api: { ...defaultSettings, modules: { placement: { policy } } } };
}
