import { describe, expect, it } from "@jest/globals";
import { withoutSecrets } from "../../commands/preview-report/exported-graph.ts";

const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "AAAA" };

function exported(type: string, inputs: object, outputs: object) {
  const resources = [{ urn: "urn", type, inputs: { ...inputs }, outputs: { ...outputs } }];
  return { version: 3, deployment: { secrets_providers: { type: "passphrase", state: { salt: "s" } }, resources } };
}

describe("an exported graph", () => {
  it("withholds every secret, at any depth, and the key that would decrypt it", () => {
    const graph = withoutSecrets(
      exported("gcp:x/y:Y", { list: [{ value: secret }], plain: 1 }, { deep: { key: secret } }),
    );

    expect(graph).toEqual({
      version: 3,
      deployment: {
        resources: [
          {
            ...{ urn: "urn", type: "gcp:x/y:Y" },
            inputs: { list: [{ value: "[secret]" }], plain: 1 },
            outputs: { deep: { key: "[secret]" } },
          },
        ],
      },
    });
  });

  it("leaves out the passwords that the postgresql plugin marks though nobody has set one", () => {
    const graph = withoutSecrets(
      exported("postgresql:index/role:Role", { name: "r" }, { name: "r", password: secret }),
    );

    expect(graph).toMatchObject({ deployment: { resources: [{ outputs: { name: "r" } }] } });
    expect(JSON.stringify(graph)).not.toContain("password");
  });
});
