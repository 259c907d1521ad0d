// What of the stack the local cloud only checks and keeps: said aloud, because the local cloud never pretends.
import { runningDaemon } from "../local/control.ts";
import { LocalPaths } from "../local/paths.ts";
import { ResourceStore } from "../local/store.ts";
import { localStack } from "./stack-environment.ts";

/** Type -> what is not there; empty for a stack in Google Cloud. */
export interface WithoutEffect {
  /** Types that have no effect at all. */
  readonly whole: Readonly<Record<string, string>>;
  /** Types of which a part has none. */
  readonly inPart: Readonly<Record<string, string>>;
}

/** Of the types that the stack declares. */
export function withoutEffect(stack: string, paths: LocalPaths = new LocalPaths()): WithoutEffect {
  const known = runningDaemon(paths)?.withoutEffect;
  if (stack !== localStack || known === undefined) return { whole: {}, inPart: {} };
  const store = new ResourceStore(paths);
  const declared = (notes: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(notes).filter(([type]) => store.list(type).length > 0));
  return { whole: declared(known.whole), inPart: declared(known.inPart) };
}

/** One sentence each, for people. */
export function withoutEffectLines({ whole, inPart }: WithoutEffect): string[] {
  const line = (words: string, notes: Readonly<Record<string, string>>): string[] => {
    const listed = Object.entries(notes).map(([type, note]) => `${type.split(":").at(-1) ?? type} (${note})`);
    return listed.length === 0 ? [] : [`${words}: ${listed.join(", ")}`];
  };
  return [...line("without effect here, only checked and kept", whole), ...line("in part without effect here", inPart)];
}
