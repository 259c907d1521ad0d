import { describe, expect, it } from "@jest/globals";
import { PulumiError } from "../../commands/pulumi-cli.ts";
import { GRANTS_WITHIN_MS, maySpread, whileGrantsSpread } from "../../commands/spreading-grants.ts";

function failed(reason: string): PulumiError {
  const output = `Updating (dev):\n + bucket-denied created\n  error: ${reason}\n`;
  return new PulumiError(["up"], 255, { output, printed: output });
}
const denied = failed("googleapi: Error 403: Permission 'secretmanager.versions.access' denied");

/** A clock that only moves while somebody waits, and updates that end as listed; the last one again and again. */
function updates(...ends: (PulumiError | TypeError | "done")[]) {
  let now = 0;
  let run = 0;
  const [said, pauses]: [string[], number[]] = [[], []];
  const pause = (ms: number): Promise<void> => {
    now += ms;
    pauses.push(ms);
    return Promise.resolve();
  };
  const update = (): Promise<string> => {
    const end = ends[Math.min(run, ends.length - 1)] ?? "done";
    run += 1;
    return end === "done" ? Promise.resolve(end) : Promise.reject(end);
  };
  const result = whileGrantsSpread(update, (line) => said.push(line), { now: () => now, pause });
  return { result, said, pauses, runs: () => run };
}

describe("an update that rests on fresh grants", () => {
  it("is run again until they are in force, and says why", async () => {
    const { result, said, runs } = updates(denied, denied, "done");
    expect(await result).toBe("done");
    expect(runs()).toBe(3);
    expect(said[0]).toBe(
      "a grant may still be spreading, tried again for up to 11 minutes: error: googleapi: Error 403: Permission 'secretmanager.versions.access' denied",
    );
  });

  it("is given up at the stated deadline, after pauses that grow", async () => {
    const { result, pauses } = updates(denied);
    await expect(result).rejects.toBe(denied);
    expect(pauses.slice(0, 5)).toEqual([2000, 4000, 8000, 16_000, 20_000]);
    const waited = pauses.reduce((sum, ms) => sum + ms, 0);
    expect(waited).toBeLessThanOrEqual(GRANTS_WITHIN_MS);
    expect(waited).toBeGreaterThan(GRANTS_WITHIN_MS - 20_000);
  });

  it("fails at once for every other reason", async () => {
    const other = failed("Error 400: image not found");
    const { result, pauses } = updates(other, "done");
    await expect(result).rejects.toBe(other);
    const bug = new TypeError("bug: 403");
    await expect(updates(bug, "done").result).rejects.toBe(bug);
    expect(pauses).toEqual([]);
  });

  it.each([
    ["Permission denied on secret: projects/p/secrets/s for Revision service account", true],
    ["Error 404: Cannot find metric that matches type = custom.googleapis.com/x", true],
    ["Error 400: Service account music@p.iam.gserviceaccount.com does not exist.", true],
    ["secret cannot be read (HTTP 403)", true],
    ["Error 409: already exists", false],
    ["quota exceeded", false],
  ])("takes %j for a grant on its way: %s", (error, expected) => {
    expect(maySpread(error)).toBe(expected);
  });
});
