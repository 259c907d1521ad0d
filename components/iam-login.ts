/** Name and type in Cloud SQL of a member: PostgreSQL knows a service account without the end that all have in common. */
export function iamLogin(member: string): { name: string; type: string } {
  const [kind = "", address = ""] = member.split(":");
  const email = address.toLowerCase();
  switch (kind) {
    case "serviceAccount":
      return { name: email.replace(/\.gserviceaccount\.com$/, ""), type: "CLOUD_IAM_SERVICE_ACCOUNT" };
    case "group":
      return { name: email, type: "CLOUD_IAM_GROUP" };
    default:
      return { name: email, type: "CLOUD_IAM_USER" };
  }
}
