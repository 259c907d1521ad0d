import { GoogleAuth } from "google-auth-library";

const auths = new Map<string, GoogleAuth>();

/**
 * Application Default Credentials, found once a process and project. The project is given, since the library would ask
 * Google for it otherwise.
 */
export function credentialsFor(project: string): GoogleAuth {
  let auth = auths.get(project);
  if (auth === undefined) {
    auth = new GoogleAuth({ projectId: project, scopes: ["https://www.googleapis.com/auth/cloud-platform"] });
    auths.set(project, auth);
  }
  return auth;
}
