// How an operator calls the private track service: an identity token of the service's own account, minted by IAM for the
// operator, who needs roles/iam.serviceAccountOpenIdTokenCreator on that account. The same here and in the cloud.
import { GoogleAuth } from "google-auth-library";
import type { Contract } from "../client/contract.ts";

/** Headers for one call to `audience` (the service's address). Raises an error that names the missing right. */
export async function operatorHeaders(contract: Contract, audience: string): Promise<Record<string, string>> {
  const endpoint =
    contract.endpoints.iamCredentials === ""
      ? "https://iamcredentials.googleapis.com"
      : contract.endpoints.iamCredentials;
  const { email } = contract.serviceAccount;
  const auth = new GoogleAuth({ scopes: "https://www.googleapis.com/auth/cloud-platform" });
  try {
    const { data } = await auth.request<{ token: string }>({
      method: "POST",
      url: `${endpoint}/v1/projects/-/serviceAccounts/${email}:generateIdToken`,
      data: { audience, includeEmail: true },
    });
    // Cloud Run checks the first and leaves the second whole, for a service that asks for an ID token itself (oidcIssuer).
    return { "x-serverless-authorization": `Bearer ${data.token}`, authorization: `Bearer ${data.token}` };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `service account "${email}": no identity token could be made for you (${reason}); expected roles/iam.serviceAccountOpenIdTokenCreator on it. Ask a project owner for the role.`,
      { cause: error },
    );
  }
}
