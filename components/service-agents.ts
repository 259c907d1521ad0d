// Accounts that Google's services act as in a project, as members of grants. cloud.google.com/iam/docs/service-agents

/** Cloud Storage: encrypts with a key, publishes to a topic. */
export function storageAgent(projectNumber: string): string {
  return `serviceAccount:service-${projectNumber}@gs-project-accounts.iam.gserviceaccount.com`;
}

/** The content network, where it fetches what a signed request asks for. It exists once a project has its first signing key. */
export function contentFillAgent(projectNumber: string): string {
  return `serviceAccount:service-${projectNumber}@cloud-cdn-fill.iam.gserviceaccount.com`;
}

/** The number in the address of any of a project's agents. Throws where there is none. */
export function projectNumberOf(agentEmail: string): string {
  const [, projectNumber] = /^service-(\d+)@/.exec(agentEmail) ?? [];
  if (projectNumber === undefined) {
    throw new Error(
      `service agent: has no project number in its address (${agentEmail}); expected service-NUMBER@... Report it: Google changed the form.`,
    );
  }
  return projectNumber;
}
