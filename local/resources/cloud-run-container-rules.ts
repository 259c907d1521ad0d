// Cloud Run's value rules for the containers of a service: names, ports, mounts, order, probes, limits.
import { numberOf, objectOf, objectsOf, optionalObject, textOf, textsOf } from "../run/property-readers.ts";
import type { Properties } from "../store.ts";
import { type AddProblem, between, versionProblem } from "./value-rules.ts";

const reservedEnvs = ["PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION", "CLOUD_RUN_TIMEOUT_SECONDS"];
const containerName = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
/** Smallest CPU for more memory than this, in GiB: https://cloud.google.com/run/docs/configuring/services/memory-limits */
const cpuForMemory = [
  [24, 8],
  [16, 6],
  [8, 4],
  [4, 2],
] as const;
const units: Readonly<Record<string, number>> = {
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  "": 1,
};
const gibibyte = 2 ** 30;

export function containerProblems(template: Properties, add: AddProblem): void {
  const containers = objectsOf(template, "containers");
  // Not known yet is not missing.
  if (!("containers" in template)) return;
  const volumes = objectsOf(template, "volumes").map((volume) => textOf(volume, "name"));
  if (containers.length === 0) {
    add("template.containers", "holds no container; expected at least one. Add a container.");
    return;
  }
  const withPorts = containers.filter((container) => optionalObject(container, "ports") !== undefined);
  if (withPorts.length > 1 || (containers.length > 1 && withPorts.length === 0)) {
    add(
      "template.containers",
      `has ports in ${withPorts.length} of ${containers.length} containers; expected exactly one, which takes the requests. Declare ports in that one only.`,
    );
  }
  containers.forEach((container, index) => {
    const at = `template.containers[${index}]`;
    nameProblems(containers, container, at, add);
    between(objectOf(container, "ports"), "containerPort", [1, 65_535], `${at}.ports`, add);
    mountProblems(container, volumes, at, add);
    envProblems(container, at, add);
    limitProblems(container, numberOf(template, "maxInstanceRequestConcurrency", 80), at, add);
    for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"] as const) {
      probeProblems(probe, optionalObject(container, probe), `${at}.${probe}`, add);
    }
  });
  orderProblems(containers, add);
}

function nameProblems(containers: Properties[], container: Properties, at: string, add: AddProblem): void {
  const { name } = container;
  if (typeof name !== "string") return;
  if (!containerName.test(name)) {
    add(
      `${at}.name`,
      `is no container name ("${name}"); expected 1 to 63 lower-case letters, digits and hyphens. Rename it.`,
    );
  }
  if (containers.filter((other) => other["name"] === name).length > 1) {
    add(`${at}.name`, `is used twice ("${name}"); expected another one. Rename the container.`);
  }
}

function mountProblems(container: Properties, volumes: readonly string[], at: string, add: AddProblem): void {
  const paths = new Set<string>();
  objectsOf(container, "volumeMounts").forEach((mount, index) => {
    const { name, mountPath } = mount;
    if (typeof name === "string" && !volumes.includes(name)) {
      add(
        `${at}.volumeMounts[${index}].name`,
        `names a volume that is not declared ("${name}"); expected one of ${volumes.join(", ")}. Declare it in template.volumes.`,
      );
    }
    if (typeof mountPath !== "string") return;
    if (
      !mountPath.startsWith("/") ||
      mountPath === "/" ||
      /^\/(dev|proc|sys)(\/|$)/.test(mountPath) ||
      /(^|\/)\.\.(\/|$)/.test(mountPath)
    ) {
      add(
        `${at}.volumeMounts[${index}].mountPath`,
        `cannot be mounted on ("${mountPath}"); expected an absolute path, not / and not below /dev, /proc or /sys. Choose another path.`,
      );
    }
    if (paths.has(mountPath)) {
      add(
        `${at}.volumeMounts[${index}].mountPath`,
        `is mounted twice ("${mountPath}"); expected another path. Choose one.`,
      );
    }
    paths.add(mountPath);
  });
}

function envProblems(container: Properties, at: string, add: AddProblem): void {
  const names = new Set<string>();
  objectsOf(container, "envs").forEach((env, index) => {
    const name = textOf(env, "name");
    const property = `${at}.envs[${index}]`;
    if (reservedEnvs.includes(name))
      add(`${property}.name`, `is reserved ("${name}"); expected another name. Cloud Run sets it.`);
    else if (name !== "" && !/^[^=\s]+$/.test(name))
      add(`${property}.name`, `is no variable's name ("${name}"); expected no "=" and no space. Rename it.`);
    if (name !== "" && names.has(name)) add(`${property}.name`, `is set twice ("${name}"); expected once. Remove one.`);
    names.add(name);
    const reference = optionalObject(objectOf(env, "valueSource"), "secretKeyRef");
    if (reference === undefined) return;
    if (textOf(env, "value") !== "")
      add(property, `has a value and a source ("${name}"); expected one of the two. Remove one.`);
    versionProblem(reference, `${property}.valueSource.secretKeyRef.version`, add);
  });
}

function limitProblems(container: Properties, concurrency: number, at: string, add: AddProblem): void {
  const limits = objectOf(objectOf(container, "resources"), "limits");
  const property = `${at}.resources.limits`;
  for (const name of Object.keys(limits)) {
    if (["cpu", "memory", "nvidia.com/gpu"].includes(name)) continue;
    add(property, `holds what is no limit ("${name}"); expected cpu, memory or nvidia.com/gpu. Remove it.`);
  }
  const cpu = cpus(textOf(limits, "cpu", "1"));
  const bytes = bytesOf(textOf(limits, "memory", "512Mi"));
  if (cpu === undefined || !([1, 2, 4, 6, 8].includes(cpu) || (cpu >= 0.08 && cpu < 1))) {
    add(
      `${property}.cpu`,
      `is no CPU limit ("${textOf(limits, "cpu")}"); expected 0.08 to 1, 2, 4, 6 or 8. Correct the value.`,
    );
  } else if (cpu < 1 && concurrency > 1) {
    add(
      `${property}.cpu`,
      `is below one CPU ("${textOf(limits, "cpu")}") with ${concurrency} requests at a time; expected at least 1, or maxInstanceRequestConcurrency 1. Change one of them.`,
    );
  }
  if (bytes === undefined || bytes < 128 * 2 ** 20 || bytes > 32 * gibibyte) {
    add(
      `${property}.memory`,
      `is no memory limit ("${textOf(limits, "memory")}"); expected 128Mi to 32Gi. Correct the value.`,
    );
  } else if (cpu !== undefined) {
    const needed = cpuForMemory.find(([gibibytes]) => bytes > gibibytes * gibibyte)?.[1] ?? 0;
    if (cpu < needed) {
      add(
        `${property}.cpu`,
        `is too small for ${textOf(limits, "memory")} ("${cpu}"); expected at least ${needed}. Raise it.`,
      );
    }
  }
}

function probeProblems(kind: string, probe: Properties | undefined, at: string, add: AddProblem): void {
  if (probe === undefined) return;
  const handlers = ["httpGet", "tcpSocket", "grpc"].filter((handler) => handler in probe);
  if (handlers.length !== 1) {
    add(
      at,
      `asks in ${handlers.length} ways (${handlers.join(", ")}); expected exactly one of httpGet, tcpSocket, grpc. Keep one.`,
    );
  }
  // A start-up probe may take 240 s, the others an hour: https://cloud.google.com/run/docs/configuring/healthchecks
  const longest = kind === "startupProbe" ? 240 : 3600;
  between(probe, "initialDelaySeconds", [0, longest], at, add);
  between(probe, "periodSeconds", [1, longest], at, add);
  between(probe, "timeoutSeconds", [1, longest], at, add);
  between(probe, "failureThreshold", [1, longest], at, add);
  between(probe, "successThreshold", [1, 10], at, add);
  const period = numberOf(probe, "periodSeconds", 10);
  const timeout = numberOf(probe, "timeoutSeconds", 1);
  if (timeout > period) {
    add(
      `${at}.timeoutSeconds`,
      `is longer than the period (${timeout} and ${period}); expected at most ${period}. Lower it.`,
    );
  }
  const total = numberOf(probe, "failureThreshold", 3) * period;
  if (kind === "startupProbe" && total > 240) {
    add(
      `${at}.failureThreshold`,
      `lets the container start for ${total} s; expected failureThreshold times periodSeconds of at most 240. Lower one.`,
    );
  }
  for (const handler of handlers) between(objectOf(probe, handler), "port", [1, 65_535], `${at}.${handler}`, add);
  const path = objectOf(probe, "httpGet")["path"];
  if (typeof path === "string" && !path.startsWith("/")) {
    add(`${at}.httpGet.path`, `is no path ("${path}"); expected a leading slash. Correct the path.`);
  }
}

/** Containers that are waited for exist, and nobody waits for themselves. */
function orderProblems(containers: Properties[], add: AddProblem): void {
  const names = containers.map((container) => textOf(container, "name"));
  const waitsFor = new Map(
    containers.map((container) => [textOf(container, "name"), textsOf(container, "dependsOns")]),
  );
  containers.forEach((container, index) => {
    const property = `template.containers[${index}].dependsOns`;
    for (const other of textsOf(container, "dependsOns")) {
      if (names.includes(other)) continue;
      add(
        property,
        `names a container that is not declared ("${other}"); expected one of ${names.join(", ")}. Correct the name.`,
      );
    }
    const own = textOf(container, "name");
    const reached = new Set<string>();
    const follow = (name: string): void => {
      for (const next of waitsFor.get(name) ?? []) {
        if (reached.has(next)) continue;
        reached.add(next);
        follow(next);
      }
    };
    follow(own);
    if (reached.has(own))
      add(property, `ends in itself ("${own}"); expected an order without circles. Remove a dependency.`);
  });
}

function cpus(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(m?)$/.exec(text);
  return match === null ? undefined : Number(match[1]) / (match[2] === "m" ? 1000 : 1);
}

function bytesOf(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|k|M|G)?$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (units[match[2] ?? ""] ?? 1);
}
