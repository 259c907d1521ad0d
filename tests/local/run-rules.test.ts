import { describe, expect, it } from "@jest/globals";
import { serviceProblems } from "../../local/resources/cloud-run-rules.ts";
import type { Properties } from "../../local/store.ts";

const sidecar = {
  name: "pooler",
  image: "i",
  startupProbe: { tcpSocket: { port: 6432 }, periodSeconds: 1, failureThreshold: 30 },
};
const application = {
  name: "application",
  image: "i",
  ports: { containerPort: 8080 },
  dependsOns: ["pooler"],
  envs: [{ name: "A", value: "", valueSource: { secretKeyRef: { secret: "s", version: "3" } } }],
  volumeMounts: [{ name: "config", mountPath: "/etc/config" }],
  resources: { limits: { cpu: "1", memory: "512Mi" } },
};
const volumes = [{ name: "config", secret: { secret: "s", items: [{ path: "a.ini", version: "latest", mode: 256 }] } }];
const right = {
  name: "track-service",
  ingress: "INGRESS_TRAFFIC_ALL",
  template: { containers: [application, sidecar], volumes },
};

const template = (values: Properties): Properties => ({ ...right, template: { ...right.template, ...values } });
const app = (values: Properties): Properties => template({ containers: [{ ...application, ...values }, sidecar] });
const probe = (kind: string, values: Properties): Properties => app({ [kind]: { httpGet: { path: "/" }, ...values } });

describe("a service's declaration", () => {
  it("is accepted when it is right, and when parts of it are not known yet", () => {
    expect(serviceProblems(right)).toEqual([]);
    expect(serviceProblems({ template: {} })).toEqual([]);
    expect(serviceProblems(app({ envs: [{ value: "" }], volumeMounts: [{}] }))).toEqual([]);
  });

  it.each<[string, string, Properties]>([
    ["name", "is no service name", { ...right, name: "Track_Service" }],
    ["name", "is no service name", { ...right, name: "a".repeat(50) }],
    ["ingress", "is not known", { ...right, ingress: "ALL" }],
    ["launchStage", "is not known", { ...right, launchStage: "STABLE" }],
    ["deletionPolicy", "is no deletion policy", { ...right, deletionPolicy: "KEEP" }],
    ["template.executionEnvironment", "is not known", template({ executionEnvironment: "GEN2" })],
    [
      "template.maxInstanceRequestConcurrency",
      "is out of range (1001)",
      template({ maxInstanceRequestConcurrency: 1001 }),
    ],
    ["template.timeout", "is no time-out", template({ timeout: "2h" })],
    ["template.timeout", "is no time-out", template({ timeout: "3601s" })],
    ["template.scaling.maxInstanceCount", "is out of range (0)", template({ scaling: { maxInstanceCount: 0 } })],
    [
      "template.scaling.minInstanceCount",
      "is above",
      template({ scaling: { minInstanceCount: 3, maxInstanceCount: 2 } }),
    ],
    ["template.containers", "holds no container", template({ containers: [] })],
    ["template.containers", "has ports in 0 of 2", template({ containers: [{ ...sidecar, name: "b" }, sidecar] })],
    ["template.containers", "has ports in 2 of 2", template({ containers: [application, { ...sidecar, ports: {} }] })],
    [
      "template.containers[1].name",
      "is used twice",
      template({ containers: [{ ...application, name: "pooler", dependsOns: [] }, sidecar] }),
    ],
    ["template.containers[0].name", "is no container name", app({ name: "Application" })],
    ["template.containers[0].ports.containerPort", "is out of range", app({ ports: { containerPort: 70_000 } })],
    [
      "template.containers[0].volumeMounts[0].name",
      "that is not declared",
      app({ volumeMounts: [{ name: "x", mountPath: "/x" }] }),
    ],
    [
      "template.containers[0].volumeMounts[0].mountPath",
      "cannot be mounted",
      app({ volumeMounts: [{ name: "config", mountPath: "etc" }] }),
    ],
    [
      "template.containers[0].volumeMounts[0].mountPath",
      "cannot be mounted",
      app({ volumeMounts: [{ name: "config", mountPath: "/a/../b" }] }),
    ],
    [
      "template.containers[0].volumeMounts[1].mountPath",
      "is mounted twice",
      app({
        volumeMounts: [
          { name: "config", mountPath: "/x" },
          { name: "config", mountPath: "/x" },
        ],
      }),
    ],
    ["template.containers[0].envs[0].name", "is reserved", app({ envs: [{ name: "PORT", value: "1" }] })],
    ["template.containers[0].envs[0].name", "is no variable's name", app({ envs: [{ name: "A=B", value: "1" }] })],
    ["template.containers[0].envs[1].name", "is set twice", app({ envs: [{ name: "A" }, { name: "A" }] })],
    [
      "template.containers[0].envs[0]",
      "has a value and a source",
      app({ envs: [{ name: "A", value: "x", valueSource: { secretKeyRef: { secret: "s" } } }] }),
    ],
    [
      "template.containers[0].envs[0].valueSource.secretKeyRef.version",
      "is no version",
      app({ envs: [{ name: "A", valueSource: { secretKeyRef: { secret: "s", version: "newest" } } }] }),
    ],
    ["template.containers[0].dependsOns", "that is not declared", app({ dependsOns: ["database"] })],
    ["template.containers[0].dependsOns", "ends in itself", app({ dependsOns: ["application"] })],
    ["template.containers[0].resources.limits.cpu", "is no CPU limit", app({ resources: { limits: { cpu: "3" } } })],
    [
      "template.containers[0].resources.limits.cpu",
      "is below one CPU",
      app({ resources: { limits: { cpu: "500m" } } }),
    ],
    [
      "template.containers[0].resources.limits.cpu",
      "is too small",
      app({ resources: { limits: { cpu: "1", memory: "6Gi" } } }),
    ],
    [
      "template.containers[0].resources.limits.memory",
      "is no memory limit",
      app({ resources: { limits: { memory: "64Mi" } } }),
    ],
    [
      "template.containers[0].resources.limits.memory",
      "is no memory limit",
      app({ resources: { limits: { memory: "1 GB" } } }),
    ],
    [
      "template.containers[0].resources.limits",
      "holds what is no limit",
      app({ resources: { limits: { disk: "1Gi" } } }),
    ],
    [
      "template.containers[0].startupProbe.periodSeconds",
      "is out of range",
      probe("startupProbe", { periodSeconds: 241, failureThreshold: 1 }),
    ],
    [
      "template.containers[0].startupProbe.timeoutSeconds",
      "is longer than the period",
      probe("startupProbe", { periodSeconds: 1, timeoutSeconds: 2 }),
    ],
    [
      "template.containers[0].startupProbe.failureThreshold",
      "lets the container start for 250 s",
      probe("startupProbe", { failureThreshold: 25 }),
    ],
    [
      "template.containers[0].livenessProbe.failureThreshold",
      "is out of range (0)",
      probe("livenessProbe", { failureThreshold: 0 }),
    ],
    ["template.containers[0].livenessProbe", "asks in 2 ways", probe("livenessProbe", { tcpSocket: { port: 1 } })],
    ["template.containers[0].livenessProbe", "asks in 0 ways", app({ livenessProbe: {} })],
    [
      "template.containers[0].readinessProbe.httpGet.path",
      "is no path",
      probe("readinessProbe", { httpGet: { path: "ready" } }),
    ],
    [
      "template.volumes[0].secret.items[0].path",
      "leaves its volume",
      template({ volumes: [{ name: "config", secret: { secret: "s", items: [{ path: "../x" }] } }] }),
    ],
    [
      "template.volumes[0].secret.items[0].version",
      "is no version",
      template({ volumes: [{ name: "config", secret: { secret: "s", items: [{ path: "x", version: "v1" }] } }] }),
    ],
    [
      "template.volumes[0].secret.defaultMode",
      "is out of range",
      template({ volumes: [{ name: "config", secret: { secret: "s", defaultMode: 4095 } }] }),
    ],
    [
      "template.volumes[0]",
      "has 2 sources",
      template({ volumes: [{ name: "config", secret: { secret: "s" }, emptyDir: {} }] }),
    ],
    ["template.volumes[1].name", "is used twice", template({ volumes: [...volumes, ...volumes] })],
  ])("is refused at %s, which %s", (property, words, inputs) => {
    const found = serviceProblems(inputs).find((problem) => problem.property === property);
    expect(found?.reason).toContain(words);
    expect(found?.reason).toMatch(/; expected .+\. \S.+\.$/);
  });

  it("finds a circle of containers that wait for each other", () => {
    const circle = [
      { ...application, dependsOns: ["pooler"] },
      { ...sidecar, dependsOns: ["application"] },
    ];
    const reasons = serviceProblems(template({ containers: circle })).map(({ reason }) => reason);
    expect(reasons).toEqual([expect.stringContaining('"application"'), expect.stringContaining('"pooler"')]);
  });
});
