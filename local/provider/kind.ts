// What the local cloud knows about one resource type: its grade and what its verbs really do.
import type { Properties } from "../store.ts";

/** `real`: has its effect here. `recorded`: checked and kept, drift-visible, without effect. `refused`: cannot be created here. */
export type Grade = "real" | "recorded" | "refused";

export interface CheckProblem {
  /** Property path, e.g. `settings.tier`; "" for the whole resource. */
  readonly property: string;
  /** `<what is wrong> (<value seen>); expected <limit or set>. <Next step>.` */
  readonly reason: string;
}

/** Where a resource is declared: defaults of the provider's own configuration. */
export interface Scope {
  readonly project: string;
  readonly region: string;
}

export interface ResourceState {
  readonly inputs: Properties;
  readonly outputs: Properties;
}

/**
 * One resource type. Inputs have passed the schema (types, required, conflicts) and carry its defaults when a verb is called.
 * Every verb may be called again after a crash: `create` adopts what it finds half-made.
 */
export interface Kind {
  readonly grade: Grade;
  /** One line: what is not there; always for `recorded` and `refused`, for `real` where a part has no effect. */
  readonly note?: string;
  /** Google's own value rules beyond the schema; every problem, not the first. Unknown values have been taken out. */
  check?(inputs: Properties, scope: Scope): CheckProblem[];
  /** Extra reasons to replace that the real provider decides in code; property names. */
  replaces?(olds: Properties, news: Properties): string[];
  /** Computed outputs that are known before anything is created. */
  previewOutputs?(inputs: Properties, scope: Scope): Properties;
  /** The id under which the resource is known; decided by its inputs alone, so that an interrupted create is found again. */
  idOf(inputs: Properties, scope: Scope): string;
  create(inputs: Properties, scope: Scope): Promise<Properties>;
  /** The present truth, or undefined when it is gone. `known` is what was last stored. */
  read(id: string, known: ResourceState, scope: Scope): Promise<ResourceState | undefined>;
  update(id: string, olds: ResourceState, news: Properties, scope: Scope): Promise<Properties>;
  delete(id: string, olds: ResourceState, scope: Scope): Promise<void>;
}
