import { spawnSync } from "node:child_process";
import { describe, expect, it } from "@jest/globals";
import { join } from "node:path";

describe("git", () => {
  it.each([
    ...[".env", ".env.local", "service/.env.production", "client.key", "server.pem", "keys/signing.p12"],
    ...["loist-service-account.json", "google-credentials.json", "prod.pulumi-state.json", "Pulumi.prod.yaml.bak"],
    ...[".local/state/.pulumi/stacks/music-library/local.json", ".local/passphrase", "node_modules/pg/index.js"],
  ])("ignores %s", (file) => {
    const { status } = spawnSync("git", ["check-ignore", "--quiet", "--no-index", file], {
      cwd: join(import.meta.dirname, "..", ".."),
    });
    expect(status).toBe(0);
  });
});
