import type { PlacementModel } from '@holdfast/projections/placement/port';
import { PlacementError } from './errors.js';
import type { Call, Operation } from './operation.js';
import { bodyOf, type ChangeOperation, providerIn } from './requests.js';
import { aggregatesOf } from './translate.js';

const customTrait = /^CUSTOM_[A-Z0-9_]+$/;
const nameLengthMax = 255;

/** What changes aggregates and traits of providers, and the traits that there are. */
export function traitChanges(change: ChangeOperation, placement: PlacementModel): Record<string, Operation> {
  return {
    replaceAggregates: change(async (call) => {
      const provider = providerIn(call);
      const body = await bodyOfKnown<AggregatesBody>(call, placement, provider);
      const generation = Array.isArray(body) ? null : body.resource_provider_generation;
      const aggregates = aggregatesOf(Array.isArray(body) ? body : body.aggregates);
      return { type: 'placement.AggregatesReplacementRequested', provider, generation, aggregates };
    }),
    replaceProviderTraits: change((call) => {
      const body = bodyOf<{ traits: string[]; resource_provider_generation: number }>(call);
      const [provider, traits] = [providerIn(call), [...new Set(body.traits)]];
      const generation = body.resource_provider_generation;
      return { type: 'placement.TraitsReplacementRequested', provider, generation, traits };
    }),
    deleteProviderTraits: change((call) => {
      return { type: 'placement.TraitsReplacementRequested', provider: providerIn(call), generation: null, traits: [] };
    }),
    createTrait: change(({ path: { name = '' } }) => {
      if (customTrait.test(name) && name.length <= nameLengthMax) {
        return { type: 'placement.TraitCreationRequested', name };
      }
      const letters = 'start with the prefix "CUSTOM_" and use following characters: "A"-"Z", "0"-"9" and "_"';
      const wrong = `The trait is invalid. A valid trait must be no longer than 255 characters, ${letters}`;
      throw new PlacementError(400, wrong);
    }),
    deleteTrait: change(({ path: { name = '' } }) => {
      // No trait is called otherwise.
      if (!/^[A-Z0-9_]{1,255}$/.test(name)) throw new PlacementError(404, `No such trait(s): ${name}.`);
      return { type: 'placement.TraitDeletionRequested', name };
    }),
  };
}

type AggregatesBody = string[] | { aggregates: string[]; resource_provider_generation: number };

/** A body that is looked at after its provider was found: where both are wrong the answer is 404. */
async function bodyOfKnown<Body>(call: Call, placement: PlacementModel, uuid: string): Promise<Body> {
  try {
    return bodyOf<Body>(call);
  } catch (wrong) {
    const [known] = await placement.providers({ uuid });
    throw known === undefined ? new PlacementError(404, `No resource provider with uuid ${uuid} found`) : wrong;
  }
}
