// The Google project as this machine has it. Google's APIs take a project's id and its number for the same thing.

/** Number of every project of the local cloud; only one stack is ever deployed to it. */
export const projectNumber = "100000000001";

/** The project that a bare number stands for. */
export const localProject = "loist-music-library-local";

/** The one person here, owner of the project. */
export const operator = "user:operator@music-library.local";

/**
 * The resource's name with the project's id: `projects/100000000001/…` and `projects/-/serviceAccounts/E` are spelled out,
 * so that two names of one thing compare as equal.
 */
export function canonicalName(resource: string, project: string = localProject): string {
  const account = /^projects\/[^/]+\/serviceAccounts\/([^/]+)$/.exec(resource)?.[1];
  if (account !== undefined) return accountName(account);
  return resource.replace(new RegExp(`^projects/${projectNumber}(?=/|$)`), `projects/${project}`);
}

/** `projects/P/serviceAccounts/E`; the project is part of the e-mail. */
export function accountName(email: string): string {
  const domain = email.split("@")[1] ?? "";
  return `projects/${domain.replace(/\.iam\.gserviceaccount\.com$/, "")}/serviceAccounts/${email.toLowerCase()}`;
}
