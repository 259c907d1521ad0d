import { GlobalAddress } from "@pulumi/gcp/compute/globalAddress.js";
import { Network } from "@pulumi/gcp/compute/network.js";
import { Subnetwork } from "@pulumi/gcp/compute/subnetwork.js";
import { Connection } from "@pulumi/gcp/servicenetworking/connection.js";
import * as pulumi from "@pulumi/pulumi";
import { rangeHalves } from "./network-range.ts";

export interface PrivateNetworkArgs {
  names: {
    /** Name of network, subnetwork and reserved range. A change replaces them and all that is in them. */
    network: string;
  };
  /** Region of the subnetwork. */
  region: string;
  /** Private IPv4 range, as `10.64.0.0/20`: half for the service, half for Google's side. A change replaces both halves. */
  networkRange: string;
}

/**
 * Google gives a deleted instance's addresses back hours later and a service's after an hour or two: deleted with them, the
 * network would fail every `destroy`. It costs nothing, so it stays; README says how to remove it by hand.
 */
const deletionPolicy = "ABANDON";

/**
 * A network with one subnetwork for the service and private services access for the instance: a range that is reserved for
 * Google, and the peering that uses it. Whoever puts an instance into it comes after `ready`. Has no firewall rule and no way
 * to the internet.
 */
export class PrivateNetwork extends pulumi.ComponentResource {
  /** `projects/P/global/networks/N` */
  readonly network: pulumi.Output<string>;
  /** Id of the subnetwork for the service. */
  readonly subnetwork: pulumi.Output<string>;
  /** Name of the range that Google's side takes its addresses from. */
  readonly googleRange: pulumi.Output<string>;
  /** No property of an instance refers to the peering, so it must be waited for by name. */
  readonly ready: pulumi.Resource;

  constructor(name: string, args: PrivateNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:network:PrivateNetwork", name, {}, opts);
    const own = { parent: this };
    const { service, google } = rangeHalves(args.networkRange);
    const network = new Network(
      `${name}-network`,
      { name: args.names.network, autoCreateSubnetworks: false, deletionPolicy },
      own,
    );
    const subnetwork = new Subnetwork(
      `${name}-subnetwork`,
      {
        name: args.names.network,
        network: network.id,
        region: args.region,
        ipCidrRange: service,
        // The service reaches Google's APIs without a public address.
        privateIpGoogleAccess: true,
        deletionPolicy,
      },
      own,
    );
    const range = new GlobalAddress(
      `${name}-google-range`,
      {
        name: `${args.names.network}-google`,
        network: network.id,
        purpose: "VPC_PEERING",
        addressType: "INTERNAL",
        ...google,
        deletionPolicy,
      },
      own,
    );
    this.ready = new Connection(
      `${name}-google`,
      {
        network: network.id,
        service: "servicenetworking.googleapis.com",
        reservedPeeringRanges: [range.name],
        deletionPolicy,
      },
      own,
    );
    this.network = network.id;
    this.subnetwork = subnetwork.id;
    this.googleRange = range.name;
    this.registerOutputs({ network: this.network });
  }
}
