import { describe, expect, it } from "@jest/globals";
import { compare } from "bcryptjs";
import { randomKinds } from "../../local/resources/random.ts";
import { PackageProvider } from "../../local/provider/package-provider.ts";
import type { Kind } from "../../local/provider/kind.ts";
import type { Properties } from "../../local/store.ts";
import { scope, textOf } from "../support/sql-cloud.ts";

function kind(name: string): Kind {
  const found = randomKinds()[`random:index/${name}`];
  if (found === undefined) throw new Error(name);
  return found;
}

const passwords = kind("randomPassword:RandomPassword");
const draw = async (inputs: Properties): Promise<Properties> => await passwords.create(inputs, scope);

describe("random values of the local cloud", () => {
  it("draws the declared length from the declared characters, with the least of each class", async () => {
    const inputs = { length: 40, upper: false, overrideSpecial: "_~", minSpecial: 5, minNumeric: 5, minLower: 5 };
    const result = textOf(await draw(inputs), "result");
    expect(result).toMatch(/^[a-z0-9_~]{40}$/);
    for (const characters of [/[_~]/g, /\d/g, /[a-z]/g]) {
      expect(result.match(characters)?.length ?? 0).toBeGreaterThanOrEqual(5);
    }
  });

  it("draws letters and digits only where special characters are off", async () => {
    expect((await draw({ length: 200, special: false }))["result"]).toMatch(/^[A-Za-z0-9]{200}$/);
  });

  it("answers with a bcrypt hash of the result and the provider's defaults", async () => {
    const outputs = await draw({ length: 24, keepers: { rotation: "1" } });
    expect(await compare(textOf(outputs, "result"), textOf(outputs, "bcryptHash"))).toBe(true);
    expect(outputs).toMatchObject({ length: 24, lower: true, upper: true, numeric: true, number: true, special: true });
    expect(outputs["keepers"]).toEqual({ rotation: "1" });
  });

  it("never draws the same twice", async () => {
    const [one, two] = [await draw({ length: 16 }), await draw({ length: 16 })];
    expect(one["result"]).not.toBe(two["result"]);
  });

  it("keeps nothing outside the engine's state, and makes the next value before it drops the last", async () => {
    const provider = new PackageProvider({ name: "random", version: "1.0.0", kinds: randomKinds(), defaults: scope });
    const urn = "urn:pulumi:local::music-library::random:index/randomPassword:RandomPassword::login";
    const olds = { length: 16, keepers: { rotation: "1" } };
    const { id, outputs } = await provider.create(urn, olds);
    expect(id).toBe("none");
    expect(await provider.read(urn, id, { inputs: olds, outputs })).toEqual({ inputs: olds, outputs });
    const diff = provider.diff(urn, olds, { length: 16, keepers: { rotation: "2" } });
    expect(diff.changes.some(({ replaces }) => replaces)).toBe(true);
    expect(diff.deleteBeforeReplace).toBe(false);
    await provider.delete(urn, id, { inputs: olds, outputs });
  });

  it("refuses a length below the required characters", () => {
    const reasons = passwords.check?.({ length: 3, minLower: 2, minUpper: 2 }, scope).map(({ reason }) => reason);
    expect(reasons).toEqual(["is too short (3); expected at least 4. Correct the value."]);
  });

  it("writes bytes in every form", async () => {
    const outputs = await kind("randomId:RandomId").create({ byteLength: 4, prefix: "db-" }, scope);
    const bytes = Buffer.from(textOf(outputs, "hex").slice(3), "hex");
    expect(bytes).toHaveLength(4);
    expect(outputs["dec"]).toBe(`db-${bytes.readUInt32BE()}`);
    expect(outputs["b64Url"]).toBe(`db-${bytes.toString("base64url")}`);
  });
});
