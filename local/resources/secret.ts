// Secret Manager secrets and their versions.
import { createHash } from "node:crypto";
import { canonicalName } from "../identity/project.ts";
import type { CheckProblem, Kind, Scope } from "../provider/kind.ts";
import { numbered, type Secrets, secretPath, secretType } from "../secrets/secrets.ts";
import { largestPayloadBytes } from "../secrets/server.ts";
import type { Properties, ResourceStore } from "../store.ts";
import { abandoned, deletionPolicyProblems, storedState, textOf } from "./stored-state.ts";

export interface SecretDeps {
  readonly store: ResourceStore;
  readonly secrets: Secrets;
}

const versionType = "gcp:secretmanager/secretVersion:SecretVersion";

export function secretKinds(deps: SecretDeps): Record<string, Kind> {
  return { [secretType]: secretKind(deps), [versionType]: versionKind(deps) };
}

function secretKind({ store, secrets }: SecretDeps): Kind {
  const idOf = (inputs: Properties, scope: Scope): string =>
    `projects/${projectOf(inputs, scope)}/secrets/${textOf(inputs, "secretId")}`;
  const outputsOf = (inputs: Properties, scope: Scope): Properties => ({
    deletionPolicy: "DELETE",
    deletionProtection: false,
    expireTime: "",
    ...inputs,
    project: projectOf(inputs, scope),
    name: numbered(idOf(inputs, scope)),
    effectiveAnnotations: inputs["annotations"] ?? {},
    effectiveLabels: { "goog-pulumi-provisioned": "true", ...labelsOf(inputs) },
    pulumiLabels: { "goog-pulumi-provisioned": "true", ...labelsOf(inputs) },
  });
  return {
    grade: "real",
    check: secretProblems,
    idOf,
    async create(inputs, scope) {
      if (inputs["ttl"] !== undefined || inputs["expireTime"] !== undefined) {
        throw new Error(
          `secret "${textOf(inputs, "secretId")}": does not expire in the local cloud (ttl or expireTime is set); expected neither. Remove them here or leave it to Google Cloud.`,
        );
      }
      return { createTime: new Date().toISOString(), ...outputsOf(inputs, scope) };
    },
    read: async (id) => storedState(store, secretType, id),
    update: async (_id, olds, news, scope) => ({ ...olds.outputs, ...outputsOf(news, scope) }),
    async delete(id, olds) {
      if (olds.inputs["deletionProtection"] === true) {
        throw new Error(
          `secret "${id}": cannot be destroyed (deletionProtection true); expected deletionProtection false. Set it, run an update, then destroy.`,
        );
      }
      if (!abandoned(`secret "${id}"`, olds)) secrets.vault.remove(id);
    },
  };
}

function versionKind({ store, secrets }: SecretDeps): Kind {
  const { vault } = secrets;
  /**
   * The version that these inputs are, or the number that they will get. One that is declared already, or that an
   * interrupted create left as the newest, is taken up again.
   */
  const numberOf = (inputs: Properties, scope: Scope): number => {
    const secret = secretPath(textOf(inputs, "secret"), scope.project);
    const identity = identityOf(inputs);
    const versions = vault.versions(secret);
    const same = versions.filter((version) => version.identity === identity && version.state !== "DESTROYED");
    const declared = same.filter(({ number }) => store.get(versionType, versionName(secret, number)) !== undefined);
    const newest = versions.at(-1);
    const pending = newest !== undefined && same.includes(newest) && newest.scheduledDestroyTime === "";
    return declared.at(-1)?.number ?? (pending ? newest.number : (newest?.number ?? 0) + 1);
  };
  const outputsOf = (inputs: Properties, secret: string, number: number): Properties => {
    const { createTime = "", destroyTime = "" } = vault.version(secret, number) ?? {};
    const name = versionName(secret, number);
    return {
      deletionPolicy: "DELETE",
      enabled: true,
      ...inputs,
      name,
      version: String(number),
      createTime,
      destroyTime,
    };
  };
  return {
    grade: "real",
    check: versionProblems,
    idOf: (inputs, scope) => versionName(secretPath(textOf(inputs, "secret"), scope.project), numberOf(inputs, scope)),
    async create(inputs, scope) {
      const secret = secretPath(textOf(inputs, "secret"), scope.project);
      if (!secrets.exists(secret)) {
        throw new Error(`Secret [${numbered(secret)}] not found; expected a declared secret. Declare it first.`);
      }
      const number = numberOf(inputs, scope);
      if (vault.version(secret, number) === undefined) vault.add(secret, payloadOf(inputs), identityOf(inputs));
      vault.setEnabled(secret, number, inputs["enabled"] !== false);
      return outputsOf(inputs, secret, number);
    },
    async read(id, known, scope) {
      const { secret, number } = parseVersionName(id, scope);
      const version = secrets.exists(secret) ? vault.version(secret, number) : undefined;
      if (version === undefined || version.state === "DESTROYED") return undefined;
      const enabled = version.state === "ENABLED";
      const outputs = { ...known.outputs, enabled };
      return { inputs: { ...known.inputs, enabled }, outputs };
    },
    async update(id, _olds, news, scope) {
      const { secret, number } = parseVersionName(id, scope);
      vault.setEnabled(secret, number, news["enabled"] !== false);
      return outputsOf(news, secret, number);
    },
    async delete(id, olds, scope) {
      const { secret, number } = parseVersionName(id, scope);
      if (abandoned(`secret version "${id}"`, olds) || vault.version(secret, number) === undefined) return;
      if (textOf(olds.inputs, "deletionPolicy") === "DISABLE") vault.setEnabled(secret, number, false);
      else vault.destroy(secret, number, secrets.destroyDelayMs(secret));
    },
  };
}

/** As Secret Manager names versions: with the project's number. */
function versionName(secret: string, number: number): string {
  return `${numbered(secret)}/versions/${number}`;
}

function parseVersionName(id: string, scope: Scope): { secret: string; number: number } {
  const [secret = "", number = ""] = id.split("/versions/");
  return { secret: canonicalName(secret, scope.project), number: Number(number) };
}

function payloadOf(inputs: Properties): Buffer {
  const data = textOf(inputs, "secretData") + textOf(inputs, "secretDataWo");
  return Buffer.from(data, inputs["isSecretDataBase64"] === true ? "base64" : "utf8");
}

/** Another version is made when the data changes, or the counter of write-only data. */
function identityOf(inputs: Properties): string {
  if (inputs["secretDataWo"] !== undefined) return `write-only ${Number(inputs["secretDataWoVersion"] ?? 0)}`;
  return createHash("sha256").update(payloadOf(inputs)).digest("hex");
}

function secretProblems(inputs: Properties): CheckProblem[] {
  const problems = deletionPolicyProblems(inputs);
  const add = (property: string, reason: string): void => void problems.push({ property, reason });
  const { secretId, ttl, expireTime, versionDestroyTtl, rotation, topics } = inputs;
  if (typeof secretId === "string" && !/^[A-Za-z0-9_-]{1,255}$/.test(secretId)) {
    add(
      "secretId",
      `is no secret id ("${secretId}"); expected 1 to 255 letters, digits, hyphens and underscores. Choose another id.`,
    );
  }
  for (const [name, value] of Object.entries(labelsOf(inputs))) {
    if (
      /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u.test(name) &&
      /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(JSON.stringify(value).slice(1, -1))
    )
      continue;
    add(
      "labels",
      `holds what is no label (${name}=${JSON.stringify(value)}); expected lower-case letters, digits, hyphens and underscores, at most 63. Correct it.`,
    );
  }
  for (const [property, value] of Object.entries({ ttl, versionDestroyTtl })) {
    if (typeof value !== "string" || /^\d+(\.\d{1,9})?s$/.test(value)) continue;
    add(property, `is no duration ("${value}"); expected seconds with an "s", as 86400s. Correct the value.`);
  }
  if (typeof versionDestroyTtl === "string" && Number.parseFloat(versionDestroyTtl) < 86_400) {
    add("versionDestroyTtl", `is too short ("${versionDestroyTtl}"); expected at least 86400s. Raise it.`);
  }
  if (ttl !== undefined && expireTime !== undefined) {
    add("ttl", "conflicts with expireTime; expected one of the two. Remove one.");
  }
  if (rotation !== undefined && (!Array.isArray(topics) || topics.length === 0)) {
    add("rotation", "has no topic to tell; expected at least one in topics. Add a topic.");
  }
  return problems;
}

function versionProblems(inputs: Properties): CheckProblem[] {
  const problems = deletionPolicyProblems(inputs, ["DELETE", "ABANDON", "PREVENT", "DISABLE"]);
  const property = inputs["secretData"] === undefined ? "secretDataWo" : "secretData";
  if (inputs[property] === undefined) return problems;
  const bytes = payloadOf(inputs).length;
  if (bytes === 0 || bytes > largestPayloadBytes) {
    problems.push({
      property,
      reason: `has ${bytes} bytes; expected 1 to ${largestPayloadBytes}. ${bytes === 0 ? "Give it a value" : "Split it"}.`,
    });
  }
  return problems;
}

function labelsOf(inputs: Properties): Properties {
  const { labels } = inputs;
  return typeof labels === "object" && labels !== null && !Array.isArray(labels) ? labels : {};
}

function projectOf(inputs: Properties, scope: Scope): string {
  return textOf(inputs, "project") === "" ? scope.project : textOf(inputs, "project");
}
