import importX from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

/** Rooms and the rooms they may import: arrows point one way. A room that is not listed imports freely (commands, tests, bench). */
const rooms = {
  migrator: [],
  connections: [],
  lint: ["migrator"],
  client: [],
  local: [],
  service: ["client"],
  cost: ["components", "naming.ts"],
  policy: [],
  components: ["migrator", "lint", "connections", "client/contract.ts", "naming.ts"],
  config: ["components", "naming.ts"],
  report: ["components", "cost", "migrator", "policy"],
};
const folders = [
  "bench",
  "client",
  "commands",
  "components",
  "config",
  "connections",
  "lint",
  "cost",
  "examples",
  "local",
  "migrator",
  "policy",
  "report",
  "service",
  "tests",
];
const zones = Object.entries(rooms).map(([room, allowed]) => ({
  target: `./${room}`,
  from: [...folders.filter((folder) => folder !== room), "config.ts", "naming.ts", "index.ts"]
    .filter((from) => !allowed.includes(from))
    .map((from) => `./${from}`),
}));
const withExceptions = zones.flatMap(({ target, from }) =>
  from.map((source) => ({
    target,
    from: source,
    ...(target === "./components" && source === "./client" ? { except: ["./contract.ts"] } : {}),
  })),
);
const nothingImports = ["./commands", "./tests", "./bench"].flatMap((from) =>
  ["./index.ts", "./config.ts", "./naming.ts"].map((target) => ({ target, from })),
);

export default tseslint.config(
  { ignores: ["node_modules", ".local", "dist", "coverage"] },
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ["**/*.ts"] })),
  ...tseslint.configs.stylisticTypeChecked.map((config) => ({ ...config, files: ["**/*.ts"] })),
  {
    files: ["**/*.ts"],
    plugins: { "import-x": importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "max-lines": ["error", { max: 250, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true }],
      "import-x/no-restricted-paths": ["error", { zones: [...withExceptions, ...nothingImports] }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      // Values of the provider protocol and of JSON are dictionaries: `value["key"]` says so.
      "@typescript-eslint/dot-notation": "off",
      "@typescript-eslint/consistent-type-definitions": "off",
      "@typescript-eslint/consistent-indexed-object-style": "off",
      // An async method may fulfil an interface without waiting for anything.
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ["tests/**/*.ts"],
    rules: {
      "max-lines": ["error", { max: 350, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
    },
  },
);
