import * as cloudrun from "@pulumi/gcp/cloudrunv2/index.js";
import * as monitoring from "@pulumi/gcp/monitoring/index.js";
import * as pulumi from "@pulumi/pulumi";

export interface ServiceUptimeArgs {
  /** Google project id. */
  project: string;
  /** Number of the Google project. */
  projectNumber: pulumi.Input<string>;
  names: { service: string };
  /** Region of the service. */
  region: string;
  /** Address of the service. Another host replaces the check. */
  serviceUri: pulumi.Input<string>;
  environment: string;
  labels: Record<string, string>;
}

/**
 * Asks the service's `/ready` every minute from several regions of the world, as Google's monitoring agent, which may call the
 * service and nothing else. Works on a service that is open to internal traffic alone: Cloud Run counts uptime checks of the
 * same project as such. An answer proves pooler and database as well.
 */
export class ServiceUptime extends pulumi.ComponentResource {
  readonly checkId: pulumi.Output<string>;

  constructor(name: string, args: ServiceUptimeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:operations:ServiceUptime", name, {}, opts);
    const address = pulumi.output(args.serviceUri).apply(serviceAddress);
    const check = new monitoring.UptimeCheckConfig(
      `${name}-check`,
      {
        displayName: `Music library tracks (${args.environment})`,
        monitoredResource: { type: "uptime_url", labels: { project_id: args.project, host: address.host } },
        httpCheck: {
          path: "/ready",
          port: address.port,
          useSsl: address.useSsl,
          validateSsl: address.useSsl,
          requestMethod: "GET",
          acceptedResponseStatusCodes: [{ statusClass: "STATUS_CLASS_2XX" }],
          serviceAgentAuthentication: { type: "OIDC_TOKEN" },
        },
        period: "60s",
        timeout: "10s",
        userLabels: args.labels,
      },
      { parent: this },
    );
    const agent = pulumi.interpolate`service-${args.projectNumber}@gcp-sa-monitoring-notification.iam.gserviceaccount.com`;
    new cloudrun.ServiceIamMember(
      `${name}-invoker`,
      {
        name: args.names.service,
        location: args.region,
        role: "roles/run.invoker",
        member: pulumi.interpolate`serviceAccount:${agent}`,
      },
      // Google makes the agent at the latest with the first check that needs it.
      { parent: this, dependsOn: [check] },
    );
    this.checkId = check.uptimeCheckId;
    this.registerOutputs({ checkId: this.checkId });
  }
}

/** What an uptime check is told in place of an address. */
export function serviceAddress(uri: string): { host: string; port: number; useSsl: boolean } {
  const { hostname, port, protocol } = new URL(uri);
  const useSsl = protocol === "https:";
  return { host: hostname, port: port === "" ? (useSsl ? 443 : 80) : Number(port), useSsl };
}
