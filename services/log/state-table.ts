/** A union of states, or of what happens to them, each with its name. */
interface Named {
  name: string;
}

/** What each happening makes of each state, `R`: a pair that is left out does not compile. */
export type StateTable<S extends Named, H extends Named, R> = {
  readonly [SN in S['name']]: {
    readonly [HN in H['name']]: (state: Extract<S, { name: SN }>, happening: Extract<H, { name: HN }>) => R;
  };
};

/** What a happening makes of a state. */
export function moved<S extends Named, H extends Named, R>(table: StateTable<S, H, R>, state: S, happening: H): R {
  const rule = table[state.name as S['name']][happening.name as H['name']] as (state: S, happening: H) => R;
  return rule(state, happening);
}
