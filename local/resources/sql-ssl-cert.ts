// gcp.sql.SslCert: a client certificate that the instance's server trusts.
import { z } from "zod";
import { certificateFacts } from "../postgres/certificates.ts";
import type { Clusters } from "../postgres/clusters.ts";
import type { CheckProblem, Kind } from "../provider/kind.ts";
import type { Properties } from "../store.ts";
import { deletionPolicies } from "./sql-names.ts";
import { mayDelete } from "./sql-refusal.ts";
import { oneOf, problem } from "./sql-value-rules.ts";

const declaration = z.object({
  commonName: z.string().default(""),
  instance: z.string().default(""),
  project: z.string().nullish(),
  deletionPolicy: z.string().nullish(),
});

export function sslCertKind(clusters: Clusters): Kind {
  return {
    grade: "real",
    check: sslCertProblems,
    // Google's id ends in the fingerprint; here it must be known before the certificate is.
    idOf: (inputs, scope) => {
      const { commonName, instance, project } = declaration.parse(inputs);
      return `projects/${project ?? scope.project}/instances/${instance}/sslCerts/${commonName}`;
    },
    async create(inputs, scope) {
      const { instance, commonName, project } = declaration.parse(inputs);
      const { cert, key } = await clusters.issueClientCertificate(instance, commonName);
      const facts = certificateFacts(cert);
      return {
        deletionPolicy: "DELETE",
        ...inputs,
        project: project ?? scope.project,
        cert,
        privateKey: key,
        certSerialNumber: facts.serialNumber,
        serverCaCert: clusters.identity(instance).serverAuthority,
        sha1Fingerprint: facts.sha1Fingerprint,
        createTime: facts.createTime,
        expirationTime: facts.expirationTime,
      };
    },
    async read(_id, known) {
      const { instance, commonName } = declaration.parse(known.inputs);
      const trusted = clusters.clientCertificate(instance, commonName);
      const isThis =
        trusted !== undefined && certificateFacts(trusted).sha1Fingerprint === known.outputs["sha1Fingerprint"];
      return await Promise.resolve(isThis ? known : undefined);
    },
    update: async (_id, olds, news) => await Promise.resolve({ ...olds.outputs, ...news }),
    async delete(_id, olds) {
      const { instance, commonName, deletionPolicy } = declaration.parse(olds.inputs);
      if (!mayDelete(`certificate ${commonName}`, deletionPolicy)) return;
      await clusters.revokeClientCertificate(instance, commonName);
    },
  };
}

function sslCertProblems(inputs: Properties): CheckProblem[] {
  const { commonName, deletionPolicy } = declaration.parse(inputs);
  const problems = oneOf("deletionPolicy", deletionPolicy ?? undefined, deletionPolicies);
  if ("commonName" in inputs && !/^[a-zA-Z0-9._ -]{1,64}$/.test(commonName)) {
    const allowed = "1 to 64 letters, digits, dots, hyphens, underscores or blanks";
    problems.push(problem("commonName", "is not a name for a certificate", commonName, allowed));
  }
  return problems;
}
