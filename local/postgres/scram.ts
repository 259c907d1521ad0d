// What PostgreSQL keeps of a password. It is computed here, so that the password itself never travels to the server, whose log
// would show it.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";

/** PostgreSQL's own count (its default of `scram_iterations`). */
const iterations = 4096;

/** The verifier `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>` (RFC 5803), which PASSWORD takes as it is. */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  // SASLprep, as far as it matters for passwords that anybody types: compatibility composition.
  const salted = pbkdf2Sync(password.normalize("NFKC"), salt, iterations, 32, "sha256");
  const storedKey = createHash("sha256").update(hmac(salted, "Client Key")).digest("base64");
  const serverKey = hmac(salted, "Server Key").toString("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
