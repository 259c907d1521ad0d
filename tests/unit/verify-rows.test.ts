// Rows of `verify` whose promise nobody can break on the local stack, on answers as Google gives them.
import { describe, expect, it } from "@jest/globals";
import { accountRows } from "../../commands/verify/account-rows.ts";
import type { VerifyContext } from "../../commands/verify/context.ts";
import { exampleContract } from "../client/contract-example.ts";

function contextOf(answer: object): { context: VerifyContext; asked: string[] } {
  const asked: string[] = [];
  const context: VerifyContext = {
    contract: exampleContract(),
    serviceUri: "https://tracks.example",
    get: async <Answer>(url: string) => {
      asked.push(url);
      return Promise.resolve(answer as Answer);
    },
    callService: () => Promise.reject(new Error("not asked")),
  };
  return { context, asked };
}

describe("the row on key files", () => {
  it("asks Google for keys that people made", async () => {
    const { context, asked } = contextOf({});
    expect(await accountRows(context)).toMatchObject([{ passed: true, figure: "0 user-managed keys" }]);
    expect(asked).toEqual([
      "https://iam.googleapis.com/v1/projects/loist-music-library-local/serviceAccounts/loist-music-library-sa@loist-music-library-local.iam.gserviceaccount.com/keys?keyTypes=USER_MANAGED",
    ]);
  });

  it("fails for each that there is, by name", async () => {
    const keys = ["a1", "b2"].map((id) => ({ name: `projects/p/serviceAccounts/e/keys/${id}` }));
    const [row] = await accountRows(contextOf({ keys }).context);
    expect(row).toMatchObject({ passed: false, figure: "2 user-managed keys: a1, b2" });
  });
});
