// Rows on the service account that only an operator can fill; what it holds it is asked itself, inside the service.
import { apiAddress, type VerifyContext } from "./context.ts";
import { expectThat, type Row, row } from "./report.ts";

export async function accountRows(context: VerifyContext): Promise<Row[]> {
  return [await row("no key file of the service account exists", () => keyFigure(context))];
}

/** Keys that somebody made and may have carried away; those that Google holds itself and renews are no files. */
async function keyFigure({ contract, get }: VerifyContext): Promise<string> {
  const address = apiAddress("https://iam.googleapis.com", contract.endpoints.iamCredentials);
  const account = `${address}/v1/projects/${contract.project}/serviceAccounts/${contract.serviceAccount.email}`;
  const { keys = [] } = await get<{ keys?: { name: string }[] }>(`${account}/keys?keyTypes=USER_MANAGED`);
  const names = keys.map(({ name }) => name.split("/").at(-1) ?? name);
  expectThat(names.length === 0, `${names.length} user-managed keys: ${names.join(", ")}`);
  return "0 user-managed keys";
}
