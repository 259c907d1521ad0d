// A rotation that is killed after every single line it prints, in the full suite; tests/local/stack.test.ts kills one of the sample.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { LocalStack } from "../support/local-stack.ts";
import { ROTATION_LINES, rotateKilledAfter, succeed } from "../support/rotation.ts";

const minutes = 60_000;
const inFullSuite = process.env["TEST_FULL"] === "1" ? describe : describe.skip;

inFullSuite("rotate, killed with its engine", () => {
  const stack = new LocalStack();
  beforeAll(async () => {
    await succeed(stack, "start");
  }, 3 * minutes);
  afterAll(async () => {
    await stack.remove();
  }, minutes);

  it.each(Array.from({ length: ROTATION_LINES }, (_, index) => index + 1))(
    "goes on after line %d, ends with the other login, and leaves nothing to do",
    async (line) => {
      const { before, after, output } = await rotateKilledAfter(stack, line);
      expect(after.user).toBe(before.logins.application.find((login) => login !== before.user));
      expect(output).toContain(`rotate: ${after.user} serves`);
      await succeed(stack, "pulumi", "preview", "--non-interactive", "--expect-no-changes");
      expect(await succeed(stack, "verify")).toMatch(/verify: all \d+ passed/);
    },
    3 * minutes,
  );
});
