// One project a tier (tests/<tier>/). `npm test` runs them all through commands/test.ts, each with its time budget.
const tiers = ["unit", "components", "stack", "migrator", "client", "local"];

export default {
  projects: tiers.map((tier) => ({
    displayName: tier,
    rootDir: import.meta.dirname,
    testMatch: [`<rootDir>/tests/${tier}/**/*.test.ts`],
    testEnvironment: "node",
    extensionsToTreatAsEsm: [".ts"],
    testTimeout: tier === "local" ? 60_000 : 5_000,
    transform: { "^.+\\.ts$": "<rootDir>/tests/support/strip-types.mjs" },
    modulePathIgnorePatterns: ["<rootDir>/.local/", "<rootDir>/dist/"],
  })),
};
