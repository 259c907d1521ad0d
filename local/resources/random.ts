// The `random` provider: values that are drawn once and live in the engine's state alone, so that nothing of an interrupted
// draw or of a destroyed stack is left. Every input replaces, as in the real provider.
import { randomBytes, randomInt } from "node:crypto";
import { hash } from "bcryptjs";
import { z } from "zod";
import type { CheckProblem, Kind } from "../provider/kind.ts";
import type { Properties } from "../store.ts";

/** The real provider's own set. */
const defaultSpecial = "!@#$%&*()-_=+[]{}<>:?";
const bcryptCost = 10;

const passwordDeclaration = z.object({
  length: z.number().int().default(1),
  lower: z.boolean().nullish(),
  upper: z.boolean().nullish(),
  numeric: z.boolean().nullish(),
  /** The older name of `numeric`. */
  number: z.boolean().nullish(),
  special: z.boolean().nullish(),
  overrideSpecial: z.string().nullish(),
  minLower: z.number().nullish(),
  minUpper: z.number().nullish(),
  minNumeric: z.number().nullish(),
  minSpecial: z.number().nullish(),
});

const bytesDeclaration = z.object({ byteLength: z.number().int().default(1), prefix: z.string().nullish() });

interface CharacterClass {
  readonly characters: string;
  readonly least: number;
}

export function randomKinds(): Record<string, Kind> {
  return {
    "random:index/randomPassword:RandomPassword": drawn(stringProblems, async (inputs) => {
      const result = drawString(inputs);
      return { ...stringOutputs(inputs), result, bcryptHash: await hash(result, bcryptCost) };
    }),
    "random:index/randomString:RandomString": drawn(stringProblems, async (inputs) =>
      Promise.resolve({ ...stringOutputs(inputs), result: drawString(inputs) }),
    ),
    "random:index/randomId:RandomId": drawn(bytesProblems, async (inputs) => Promise.resolve(drawBytes(inputs))),
  };
}

function drawn(check: (inputs: Properties) => CheckProblem[], draw: (inputs: Properties) => Promise<Properties>): Kind {
  return {
    grade: "real",
    check,
    // The word that the real provider gives its passwords: nothing here is ever looked up by it.
    idOf: () => "none",
    create: async (inputs) => await draw(inputs),
    read: async (_id, known) => await Promise.resolve(known),
    update: async (_id, olds, news) => await Promise.resolve({ ...olds.outputs, ...news }),
    delete: async () => {
      await Promise.resolve();
    },
  };
}

/** The classes that take part, each with how many characters of it there must be. */
function classes(inputs: Properties): CharacterClass[] {
  const declared = passwordDeclaration.parse(inputs);
  const special = declared.overrideSpecial ?? "";
  const all = [
    { used: declared.lower, characters: "abcdefghijklmnopqrstuvwxyz", least: declared.minLower },
    { used: declared.upper, characters: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", least: declared.minUpper },
    { used: declared.numeric ?? declared.number, characters: "0123456789", least: declared.minNumeric },
    { used: declared.special, characters: special === "" ? defaultSpecial : special, least: declared.minSpecial },
  ];
  return all.filter(({ used }) => used ?? true).map(({ characters, least }) => ({ characters, least: least ?? 0 }));
}

function drawString(inputs: Properties): string {
  const { length } = passwordDeclaration.parse(inputs);
  const taking = classes(inputs);
  const pick = (characters: string): string => characters.charAt(randomInt(characters.length));
  const characters = taking.flatMap((each) => Array.from({ length: each.least }, () => pick(each.characters)));
  const any = taking.map((each) => each.characters).join("");
  while (characters.length < length) characters.push(pick(any));
  // The required ones stand at the beginning until they are shuffled (Fisher and Yates).
  for (let last = characters.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [characters[last], characters[other]] = [characters[other] ?? "", characters[last] ?? ""];
  }
  return characters.join("");
}

function stringOutputs(inputs: Properties): Properties {
  const numeric = inputs["numeric"] ?? inputs["number"] ?? true;
  const defaults = { lower: true, upper: true, special: true, minLower: 0, minUpper: 0, minNumeric: 0, minSpecial: 0 };
  return { ...defaults, ...inputs, numeric, number: numeric };
}

function stringProblems(inputs: Properties): CheckProblem[] {
  if (typeof inputs["length"] !== "number") return [];
  const { length } = passwordDeclaration.parse(inputs);
  const taking = classes(inputs);
  const required = taking.reduce((sum, { least }) => sum + least, 0);
  if (taking.length === 0) {
    return [{ property: "", reason: `has no characters to draw from (0 classes); expected at least one. Allow one.` }];
  }
  const least = Math.max(1, required);
  return length >= least
    ? []
    : [{ property: "length", reason: `is too short (${length}); expected at least ${least}. Correct the value.` }];
}

function drawBytes(inputs: Properties): Properties {
  const { byteLength, prefix } = bytesDeclaration.parse(inputs);
  const bytes = randomBytes(byteLength);
  const before = prefix ?? "";
  return {
    ...inputs,
    hex: before + bytes.toString("hex"),
    dec: before + BigInt(`0x${bytes.toString("hex")}`).toString(),
    b64Std: before + bytes.toString("base64"),
    b64Url: before + bytes.toString("base64url"),
  };
}

function bytesProblems(inputs: Properties): CheckProblem[] {
  const { byteLength } = bytesDeclaration.parse(inputs);
  if (byteLength >= 1) return [];
  return [{ property: "byteLength", reason: `is too small (${byteLength}); expected at least 1. Correct the value.` }];
}
