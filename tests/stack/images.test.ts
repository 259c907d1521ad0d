// The images: linted, reproducible, without root, and started exactly as the program declares their containers. That the
// commands run is held by tests/client/service-process.test.ts and tests/local/pgbouncer-config.test.ts; building is CI's.
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { DockerfileParser, type Dockerfile, JSONInstruction } from "dockerfile-ast"; // the parser of Docker's language server
import { validate } from "dockerfile-utils"; // and its linter
import { poolerFiles } from "../../components/pgbouncer-config.ts";
import { recordStack } from "../support/stack-recording.ts";

const root = join(import.meta.dirname, "..", "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const manifest = JSON.parse(read("package.json")) as Record<"dependencies" | "devDependencies", Record<string, string>>;
const names = readdirSync(join(root, "images")).filter((name) => name.endsWith(".Dockerfile"));

/** What is wrong with a Dockerfile beyond its syntax, one sentence each. */
function problems(text: string): string[] {
  const file = DockerfileParser.parse(text);
  const stages = new Set(file.getFROMs().map((from) => from.getBuildStage()));
  const found: string[] = [];
  for (const from of file.getFROMs()) {
    const image = from.getImage() ?? "";
    const exact = /:\d+\.\d+[\w.-]*$/.test(image) || /@sha256:[0-9a-f]{64}$/.test(image);
    if (!exact && !stages.has(image)) found.push(`FROM ${image}: names no exact version`);
  }
  const last = instructions(file);
  const user = last("USER");
  if (!/^[1-9]\d*:[1-9]\d*$/.test(user)) found.push(`USER ${user}: is no number without rights`);
  if (file.getInstructions().some((each) => each.getKeyword() === "ADD")) found.push("ADD: fetches or unpacks unasked");
  for (const command of [...file.getCMDs(), ...file.getENTRYPOINTs()]) {
    const words = command.getArguments().map((word) => word.getValue());
    if (words[0]?.startsWith("[") !== true)
      found.push(`${command.getKeyword()}: goes through a shell, which keeps SIGTERM`);
  }
  if (!posix.isAbsolute(last("WORKDIR"))) found.push("WORKDIR: is not set");
  return found;
}

/** The arguments of the last instruction with a keyword; "" without one. */
function instructions(file: Dockerfile): (keyword: string) => string {
  return (keyword) =>
    file
      .getInstructions()
      .filter((each) => each.getKeyword() === keyword)
      .at(-1)
      ?.getArgumentsContent() ?? "";
}

interface Container {
  name: string;
  commands: string[];
  args: string[];
  workingDir: string;
}

describe.each(names)("%s", (name) => {
  it("has nothing that the linter or the project's own rules refuse", () => {
    const text = read(`images/${name}`);
    expect(validate(text).map(({ message, range }) => ({ line: range.start.line + 1, message }))).toEqual([]);
    expect(problems(text)).toEqual([]);
  });

  it("sends nothing to the builder that it does not copy", () => {
    const allowed = read(`images/${name}.dockerignore`)
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    expect(allowed[0]).toBe("*");
    const copied = DockerfileParser.parse(read(`images/${name}`))
      .getCOPYs()
      .filter((copy) => copy.getFlags().length === 0)
      .flatMap((copy) =>
        copy
          .getArguments()
          .slice(0, -1)
          .map((source) => source.getValue().replace("./", "")),
      );
    expect(allowed.slice(1).sort()).toEqual([...new Set(copied)].map((source) => `!${source}`).sort());
  });
});

describe("the rules", () => {
  it.each([
    ['FROM node:latest\nUSER 1:1\nWORKDIR /app\nCMD ["node"]', "FROM node:latest: names no exact version"],
    ['FROM node:24.1.0\nUSER node\nWORKDIR /app\nCMD ["node"]', "USER node: is no number without rights"],
    ['FROM node:24.1.0\nUSER 0:0\nWORKDIR /app\nCMD ["node"]', "USER 0:0: is no number without rights"],
    ['FROM node:24.1.0\nUSER 1:1\nWORKDIR /app\nADD https://x/y /\nCMD ["node"]', "ADD: fetches or unpacks unasked"],
    ["FROM node:24.1.0\nUSER 1:1\nWORKDIR /app\nCMD node", "CMD: goes through a shell, which keeps SIGTERM"],
    ['FROM node:24.1.0\nUSER 1:1\nCMD ["node"]', "WORKDIR: is not set"],
  ])("refuse %j", (text, problem) => {
    expect(problems(text)).toEqual([problem]);
  });
});

describe("the declared containers", () => {
  let containers: Container[];

  beforeAll(async () => {
    const serviceImage = `us-docker.pkg.dev/p/r/service@sha256:${"0".repeat(64)}`;
    const { find } = await recordStack("prod", { "music-library:serviceImage": serviceImage });
    const { template } = find("gcp:cloudrunv2/service:Service", "tracks-service").inputs as {
      template: { containers: Container[] };
    };
    containers = template.containers;
  });

  it.each([
    ["service.Dockerfile", "application"],
    ["pgbouncer.Dockerfile", "pgbouncer"],
  ])("start what %s starts, in the same folder (%s)", (file, container) => {
    const dockerfile = DockerfileParser.parse(read(`images/${file}`));
    const command = dockerfile.getCMDs().at(-1);
    const words = command instanceof JSONInstruction ? command.getJSONStrings().map((word) => word.getJSONValue()) : [];
    const declared = containers.find(({ name }) => name === container);
    expect([...(declared?.commands ?? []), ...(declared?.args ?? [])]).toEqual(words);
    expect(declared?.workingDir).toBe(instructions(dockerfile)("WORKDIR"));
  });

  it("find their files where the images have them", () => {
    expect(poolerFiles.configFolder).toBe(
      instructions(DockerfileParser.parse(read("images/pgbouncer.Dockerfile")))("WORKDIR"),
    );
  });
});

describe("the service's image", () => {
  it("runs the pinned Node", () => {
    const bases = DockerfileParser.parse(read("images/service.Dockerfile"))
      .getFROMs()
      .map((from) => from.getImage());
    for (const base of bases) expect(base).toContain(`node:${manifest.devDependencies["node"] ?? "none"}-`);
  });

  it("has every package that its sources import among the dependencies it installs", () => {
    const sources = ["client", "service"].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .map((file) => read(join(folder, file))),
    );
    const imports = sources.flatMap((text) =>
      [...text.matchAll(/^import (?!type)[^;]*? from "([^"]+)";/gm)].map(([, from]) => from!),
    );
    const packages = imports
      .filter((from) => !/^(\.|node:)/.test(from))
      .map((from) =>
        from
          .split("/")
          .slice(0, from.startsWith("@") ? 2 : 1)
          .join("/"),
      );
    expect(packages).toContain("fastify");
    expect([...new Set(packages)].filter((name) => !(name in manifest.dependencies))).toEqual([]);
  });
});
