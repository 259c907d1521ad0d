// X.509 for tests, made with openssl as an authority would.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LocalPaths } from "../../local/paths.ts";

/** An authority with its key, in a folder of its own. */
export class TestAuthority {
  private readonly folder = mkdtempSync(join(new LocalPaths().folder("tests"), "ca-"));

  constructor(commonName: string) {
    const out = ["-keyout", this.at("ca.key"), "-out", this.at("ca.pem")];
    this.openssl("req", "-x509", ...newKey, "-subj", `/CN=${commonName}`, "-days", "2", ...out);
  }

  /** PEM of the authority itself. */
  get pem(): string {
    return readFileSync(this.at("ca.pem"), "utf8");
  }

  /** A certificate with a fresh key, both PEM. */
  issue(commonName: string): { cert: string; key: string } {
    this.openssl(
      "req",
      ...newKey,
      "-keyout",
      this.at("leaf.key"),
      "-subj",
      `/CN=${commonName}`,
      "-out",
      this.at("leaf.csr"),
    );
    const sign = ["-CA", this.at("ca.pem"), "-CAkey", this.at("ca.key"), "-CAcreateserial", "-days", "1"];
    this.openssl("x509", "-req", "-in", this.at("leaf.csr"), ...sign, "-out", this.at("leaf.pem"));
    return { cert: readFileSync(this.at("leaf.pem"), "utf8"), key: readFileSync(this.at("leaf.key"), "utf8") };
  }

  /** A certificate over somebody's public key (PEM), as Cloud SQL gives for an hour. */
  certify(publicKey: string, commonName: string): string {
    writeFileSync(this.at("public.pem"), publicKey);
    const sign = ["-CA", this.at("ca.pem"), "-CAkey", this.at("ca.key"), "-days", "1"];
    this.openssl(
      "x509",
      "-new",
      "-force_pubkey",
      this.at("public.pem"),
      "-subj",
      `/CN=${commonName}`,
      ...sign,
      "-out",
      this.at("eph.pem"),
    );
    return readFileSync(this.at("eph.pem"), "utf8");
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private at(file: string): string {
    return join(this.folder, file);
  }

  private openssl(...args: string[]): void {
    execFileSync("openssl", args, { stdio: "pipe" });
  }
}

const newKey = ["-newkey", "rsa:2048", "-nodes"];
