import { createHash } from "node:crypto";
import { GlobalAddress } from "@pulumi/gcp/compute/globalAddress.js";
import { GlobalForwardingRule } from "@pulumi/gcp/compute/globalForwardingRule.js";
import { ManagedSslCertificate } from "@pulumi/gcp/compute/managedSslCertificate.js";
import { SSLPolicy } from "@pulumi/gcp/compute/sslpolicy.js";
import { TargetHttpsProxy } from "@pulumi/gcp/compute/targetHttpsProxy.js";
import { URLMap } from "@pulumi/gcp/compute/urlmap.js";
import * as pulumi from "@pulumi/pulumi";

export interface ContentFrontArgs {
  names: {
    /** Name of each part. A change replaces them, and the address with them. */
    contentNetwork: string;
  };
  /** Host name, whose owner points it at the address. A change makes another certificate beside the one in use. */
  contentDomain: string;
  /** Id of the backend that everything is answered from. */
  backend: pulumi.Input<string>;
  labels: Record<string, string>;
}

/**
 * The public side of the content network: one address, TLS 1.2 or newer on port 443, nothing on port 80. Google issues and renews
 * the certificate once the domain leads to the address, which can take an hour; until then connections fail.
 */
export class ContentFront extends pulumi.ComponentResource {
  /** IPv4, for the domain's A record. */
  readonly address: pulumi.Output<string>;

  constructor(name: string, args: ContentFrontArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:delivery:ContentFront", name, {}, opts);
    const own = { parent: this };
    const common = { name: args.names.contentNetwork };
    const { labels } = args;
    const address = new GlobalAddress(`${name}-address`, { ...common, labels }, own);
    const policy = new SSLPolicy(`${name}-tls`, { ...common, profile: "MODERN", minTlsVersion: "TLS_1_2" }, own);
    const certificate = new ManagedSslCertificate(
      `${name}-certificate`,
      {
        name: certificateName(args.names.contentNetwork, args.contentDomain),
        managed: { domains: [args.contentDomain] },
      },
      own,
    );
    const urlMap = new URLMap(`${name}-urls`, { ...common, defaultService: args.backend }, own);
    const proxy = new TargetHttpsProxy(
      `${name}-proxy`,
      { ...common, urlMap: urlMap.id, sslCertificates: [certificate.id], sslPolicy: policy.id },
      own,
    );
    new GlobalForwardingRule(
      `${name}-https`,
      {
        ...common,
        target: proxy.id,
        ipAddress: address.address,
        portRange: "443",
        loadBalancingScheme: "EXTERNAL_MANAGED",
        labels,
      },
      own,
    );
    this.address = address.address;
    this.registerOutputs({ address: this.address });
  }
}

/** Another for each domain: a certificate in use cannot go before the next one is there, and two cannot share a name. */
function certificateName(network: string, domain: string): string {
  return `${network}-${createHash("sha256").update(domain).digest("hex").slice(0, 8)}`;
}
