// The images of a deployment: what they are built from, what scans them, and where a stack's file names them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { z } from "zod";
import { projectRoot } from "../../local/paths.ts";

export interface Image {
  readonly name: "service" | "pgbouncer";
  readonly dockerfile: string;
  /** Configuration key that a deployment sets to the digest. */
  readonly key: "serviceImage" | "poolerImage";
}

export const images: readonly Image[] = [
  { name: "service", dockerfile: "images/service.Dockerfile", key: "serviceImage" },
  { name: "pgbouncer", dockerfile: "images/pgbouncer.Dockerfile", key: "poolerImage" },
];

/** Looks for known vulnerabilities; by digest, because tags of scanners have been taken over before. */
const SCANNER =
  "docker.io/aquasec/trivy:0.74.0@sha256:62b1e65e8869bc4b4c6aa4fa2b21595256c7c2f6018a9d9ad61caf87187c1969";

/** Name of a built image on the machine that built it. */
export function builtName({ name }: Image): string {
  return `music-library/${name}:built`;
}

/** A program ended with an error; its own output stands above or in the message. */
export class ToolError extends Error {
  override readonly name = "ToolError";
}

/** Runs docker to its end and gives what it prints; progress goes to standard error. Raises ToolError. */
export async function docker(args: readonly string[], input?: string): Promise<string> {
  const child = spawn("docker", [...args], { cwd: projectRoot, stdio: ["pipe", "pipe", "inherit"] });
  const failed = once(child, "error").then(([error]: unknown[]) => Promise.reject(error as Error));
  child.stdin.end(input);
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => (text += piece));
  const [code] = (await Promise.race([once(child, "close"), failed])) as [number | null];
  if (code === 0) return text;
  throw new ToolError(`docker ${args.join(" ")}: ended with ${code ?? "a signal"}; expected 0. Read its output above.`);
}

/** Builds an image from the checkout. */
export async function build(image: Image): Promise<void> {
  await docker(["build", "--pull", "--file", image.dockerfile, "--tag", builtName(image), "."]);
}

const scanReport = z.object({
  Results: z
    .array(
      z.object({
        Vulnerabilities: z
          .array(
            z.object({
              VulnerabilityID: z.string(),
              PkgName: z.string(),
              InstalledVersion: z.string(),
              FixedVersion: z.string().optional(),
              Severity: z.string(),
            }),
          )
          .nullish(),
      }),
    )
    .nullish(),
});

/** High and critical vulnerabilities that have a fix, one line each: those without one cannot be mended by a build. */
export async function scan(image: Image): Promise<string[]> {
  const socket = "/var/run/docker.sock";
  const report = await docker([
    ...["run", "--rm", "--volume", `${socket}:${socket}`, SCANNER],
    ...["image", "--quiet", "--scanners", "vuln", "--severity", "HIGH,CRITICAL", "--ignore-unfixed"],
    ...["--format", "json", builtName(image)],
  ]);
  const { Results } = scanReport.parse(JSON.parse(report));
  const found = (Results ?? []).flatMap(({ Vulnerabilities }) => Vulnerabilities ?? []);
  const lines = found.map(
    ({ VulnerabilityID, PkgName, InstalledVersion, FixedVersion, Severity }) =>
      `image ${image.name}: ${PkgName} ${InstalledVersion}: ${Severity.toLowerCase()} ${VulnerabilityID}, fixed in ${FixedVersion ?? "?"}`,
  );
  return [...new Set(lines)].sort();
}

/** Sets keys of a stack's file in this checkout; its comments stay. */
export function configureImages(stack: string, values: Readonly<Partial<Record<Image["key"], string>>>): void {
  const file = join(projectRoot, `Pulumi.${stack}.yaml`);
  const document = parseDocument(readFileSync(file, "utf8"));
  for (const [key, value] of Object.entries(values)) document.setIn(["config", `music-library:${key}`], value);
  writeFileSync(file, document.toString({ lineWidth: 0 }));
}
