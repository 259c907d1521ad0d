// X.509 as Cloud SQL issues it: one authority for the server, and one for each client certificate, so that taking a client's
// authority off the server's list revokes that client and nobody else.
import "reflect-metadata";
import { createPrivateKey, randomUUID, type webcrypto, X509Certificate } from "node:crypto";
import * as x509 from "@peculiar/x509";

/** A certificate and its private key, both PEM. */
export interface KeyedCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface ClientCertificate extends KeyedCertificate {
  /** What the server must trust for this certificate to be taken, PEM. */
  readonly authority: string;
}

/** What can be read off a certificate, in Google's forms. */
export interface CertificateFacts {
  /** Lower-case hexadecimal without colons. */
  readonly sha1Fingerprint: string;
  /** Decimal. */
  readonly serialNumber: string;
  readonly commonName: string;
  /** RFC 3339. */
  readonly createTime: string;
  readonly expirationTime: string;
}

const algorithm = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};
/** Object identifier; tells authorities of the same name apart. */
const dnQualifier = "2.5.4.46";
const tenYearsMs = 3650 * 24 * 3600 * 1000;

interface Authority {
  readonly certificate: x509.X509Certificate;
  readonly privateKey: webcrypto.CryptoKey;
}

/** The server's certificate and the authority that clients verify it with. The authority's own key is not kept. */
export async function serverCertificates(
  server: { project: string; instance: string },
  now: number,
): Promise<{ authority: string; server: KeyedCertificate }> {
  const authority = await createAuthority("Google Cloud SQL Server CA", now);
  // Google's internal authority names the server `project:instance` and no address: clients verify the authority only.
  const issued = await issue(authority, `${server.project}:${server.instance}`, x509.ExtendedKeyUsage.serverAuth, now);
  return { authority: authority.certificate.toString("pem"), server: issued };
}

export async function clientCertificate(commonName: string, now: number): Promise<ClientCertificate> {
  const authority = await createAuthority("Google Cloud SQL Client CA", now);
  const issued = await issue(authority, commonName, x509.ExtendedKeyUsage.clientAuth, now);
  return { ...issued, authority: authority.certificate.toString("pem") };
}

export function certificateFacts(pem: string): CertificateFacts {
  const certificate = new X509Certificate(pem);
  return {
    sha1Fingerprint: certificate.fingerprint.replaceAll(":", "").toLowerCase(),
    serialNumber: BigInt(`0x${certificate.serialNumber}`).toString(),
    // Google writes the whole subject, one line, in the order in which it stands.
    commonName: certificate.subject
      .split("\n")
      .map((part) => part.replaceAll(/(?<!\\),/g, "\\,"))
      .join(","),
    createTime: new Date(certificate.validFrom).toISOString(),
    expirationTime: new Date(certificate.validTo).toISOString(),
  };
}

async function createAuthority(commonName: string, now: number): Promise<Authority> {
  const keys = await keyPair();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ C: ["US"] }, { O: ["Google, Inc"] }, { CN: [commonName] }, { [dnQualifier]: [randomUUID()] }],
    notBefore: new Date(now),
    notAfter: new Date(now + tenYearsMs),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate, privateKey: keys.privateKey };
}

async function issue(
  authority: Authority,
  commonName: string,
  usage: x509.ExtendedKeyUsage,
  now: number,
): Promise<KeyedCertificate> {
  const keys = await keyPair();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ C: ["US"] }, { O: ["Google, Inc"] }, { CN: [commonName] }],
    issuer: authority.certificate.subjectName,
    notBefore: new Date(now),
    notAfter: new Date(now + tenYearsMs),
    publicKey: keys.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
      new x509.ExtendedKeyUsageExtension([usage]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey),
    ],
  });
  return {
    cert: certificate.toString("pem"),
    key: await privateKeyPem(keys.privateKey),
  };
}

async function keyPair(): Promise<webcrypto.CryptoKeyPair> {
  return await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

/** `RSA PRIVATE KEY`, the form in which Google hands it out. */
async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const encoded = Buffer.from(await crypto.subtle.exportKey("pkcs8", key));
  const exported = createPrivateKey({ key: encoded, format: "der", type: "pkcs8" }).export({
    type: "pkcs1",
    format: "pem",
  });
  return exported.toString();
}

/** Positive and at most 16 octets, as RFC 5280 asks. */
function serialNumber(): string {
  return `0${randomUUID().replaceAll("-", "").slice(1)}`;
}
