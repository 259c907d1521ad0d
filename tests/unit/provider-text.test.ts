import { describe, expect, it } from "@jest/globals";
import { providerText } from "../../components/provider-text.ts";

describe("the text of a dynamic provider", () => {
  it("is what states hold: another byte would replace the resource", () => {
    expect(providerText("./components/role-settings-provider.ts")).toBe(
      [
        "exports.handler = () => ({",
        '  check: (olds, news) => require("./components/role-settings-provider.ts").check(olds, news),',
        '  diff: (id, olds, news) => require("./components/role-settings-provider.ts").diff(id, olds, news),',
        '  create: (inputs) => require("./components/role-settings-provider.ts").create(inputs),',
        '  read: (id, props) => require("./components/role-settings-provider.ts").read(id, props),',
        '  update: (id, olds, news) => require("./components/role-settings-provider.ts").update(id, olds, news),',
        '  delete: (id, props) => require("./components/role-settings-provider.ts").remove(id, props),',
        "});",
        "",
      ].join("\n"),
    );
  });

  it("holds no code of ours: at most 2 KB", () => {
    expect(providerText("./components/schema-migrations-provider.ts").length).toBeLessThan(2048);
  });
});
