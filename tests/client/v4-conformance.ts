// Facts of Google's published conformance cases for V4 signatures: storage/v1/v4_signatures.json of
// github.com/googleapis/conformance-tests, Copyright Google LLC, Apache License 2.0
// (https://www.apache.org/licenses/LICENSE-2.0). Put into a table of our own: what is common to all cases stands once, and of
// each expected URL what differs. `digest` is the SHA-256 of the canonical request. For the cases with another host than
// Google's the published text is not what the published signature covers; theirs is the digest that the signature covers.
import type { PolicyCondition, UrlAddress, V4Request } from "../../client/index.ts";

export const signerEmail = "test-iam-credentials@dummy-project-id.iam.gserviceaccount.com";

export interface UrlCase {
  name: string;
  request?: Partial<Pick<V4Request, "method" | "bucket" | "headers" | "query" | "expiresSeconds">>;
  /** "test-object" unless given; null is the bucket. */
  object?: string | null;
  signedAt?: string;
  address?: UrlAddress;
  /** Given instead of an address, for the choice among them. */
  endpoints?: { hostname?: string; clientEndpoint?: string; emulator?: string; universeDomain?: string };
  /** Everything before the query. */
  start?: string;
  signedHeaders?: string;
  /** What stands between the expiry and the signed headers, or after these. */
  query?: { before?: string; after?: string };
  digest: string;
}

const plain = "00e2fb794ea93d7adb703edaebdd509821fcc7d4f1a79ac5c8d2b394df109320";
const localhost = "e47446edb8eed4c1797dfd31ce30272be89659a6ef38e91b549740c8f875d27b";
const otherHost = "4f6f519cc03e25d19fcd476d7a45bffcccdba33d10e00214a0f2debc204e2386";
const bound = "d6c309924b51a5abbe4d6356f7bf29c2120c6b14649b1e97b3bc9309adca7d4b";
const path = "path/with/slashes/under_score/amper&sand/file.ext";
const encoded = "path/with/slashes/under_score/amper%26sand/file.ext";
const payload = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b982";

export const urlCases: readonly UrlCase[] = [
  { name: "a GET", digest: plain },
  {
    name: "a PUT",
    request: { method: "PUT" },
    digest: "78742860705da91404222d5d66ff89850292471199c3c2808d116ad12e6177b4",
  },
  {
    name: "a POST for resumable uploads",
    request: { method: "POST", headers: { "X-Goog-Resumable": "start" } },
    signedHeaders: "host%3Bx-goog-resumable",
    digest: "877f8b40179d2753296f2fd6de815ab40503c7a3c446a7b44aa4e74422ff4daf",
  },
  {
    name: "another expiry and time",
    request: { expiresSeconds: 20 },
    signedAt: "2019-03-01T09:00:00Z",
    digest: "779f19fdb6fd381390e2d5af04947cf21750277ee3c20e0c97b7e46a1dff8907",
  },
  {
    name: "another bucket and object",
    request: { bucket: "test-bucket2" },
    object: "test-object2",
    start: "https://storage.googleapis.com/test-bucket2/test-object2",
    digest: "a139afbf35ac30e9864f63197f79609731ab1b0ca166e2a456dba156fcd3f9ce",
  },
  {
    name: "slashes in an object's name, not encoded",
    request: { headers: { "header/name/with/slash": "should-be-encoded" } },
    object: path,
    start: `https://storage.googleapis.com/test-bucket/${encoded}`,
    signedHeaders: "header%2Fname%2Fwith%2Fslash%3Bhost",
    digest: "f1d206dd8cbe1b892d4081ccddae0927d9f5fee5653fb2a2f43e7c20ed455cad",
  },
  {
    name: "a slash at the beginning of the name, not stripped",
    object: `/${path}`,
    start: `https://storage.googleapis.com/test-bucket//${encoded}`,
    digest: "63c601ecd6ccfec84f1113fc906609cbdf7651395f4300cecd96ddd2c35164f8",
  },
  {
    name: "headers",
    request: { headers: { BAR: "BAR-value", foo: "foo-value" } },
    signedHeaders: "bar%3Bfoo%3Bhost",
    digest: "59c1ac1a6ee7d773d5c4487ecc861d60b71c4871dd18fc7d8485fac09df1d296",
  },
  {
    name: "headers with colons",
    request: { headers: { BAR: "2023-02-10T03:", foo: "2023-02-10T02:00:00Z" } },
    signedHeaders: "bar%3Bfoo%3Bhost",
    digest: "a2a6df7e6bd818894e1f60ac3c393901b512ca1cf1061ba602dace3fb38c19a6",
  },
  {
    name: "headers with white space, trimmed",
    request: {
      headers: { collapsed: "abc    def", leading: "    xyz", trailing: "abc    ", tabs: "\tabc\t\t\t\tdef\t" },
    },
    signedHeaders: "collapsed%3Bhost%3Bleading%3Btabs%3Btrailing",
    digest: "19153e83555808dbfeb8969043cc8ce8d5db0cce91dc11fb9df58b8130f09d42",
  },
  {
    name: "a header with several values inline",
    request: { headers: { multiple: " xyz ,  abc, def  , xyz   " } },
    signedHeaders: "host%3Bmultiple",
    digest: "4df8e486146c31f1c8cd4e4c730554cde4326791ba48ec11fa969a3de064cd7f",
  },
  {
    name: "an encryption key of the customer",
    request: {
      headers: {
        "X-Goog-Encryption-Algorithm": "AES256",
        "X-Goog-Encryption-Key": "key",
        "X-Goog-Encryption-Key-Sha256": "key-hash",
      },
    },
    signedHeaders: "host%3Bx-goog-encryption-algorithm%3Bx-goog-encryption-key%3Bx-goog-encryption-key-sha256",
    digest: "66a45104eba8bdd9748723b45cbd54c3f0f6dba337a5deb9fb6a66334223dc06",
  },
  {
    name: "a list of objects",
    object: null,
    start: "https://storage.googleapis.com/test-bucket",
    digest: "51a7426c2a6c6ab80f336855fc629461ff182fb1d2cb552ac68e5ce8e25db487",
  },
  {
    name: "query parameters, encoded",
    request: { query: { "aA0é/=%-_.~": "~ ._-%=/é0Aa" } },
    query: { after: "&aA0%C3%A9%2F%3D%25-_.~=~%20._-%25%3D%2F%C3%A90Aa" },
    digest: "448f96c23dafa8210900554e138b2b5fd55bc53ef53b8637cecc3edec45a8fcf",
  },
  {
    name: "query parameters, ordered",
    request: { query: { prefix: "/foo", "X-Goog-Meta-Foo": "bar" } },
    query: { before: "&X-Goog-Meta-Foo=bar", after: "&prefix=%2Ffoo" },
    digest: "4dafe74ad142f32b7c25fc4e6b38fd3b8a6339d7f112247573fb0066f637db6c",
  },
  {
    name: "headers, ordered",
    request: { headers: { "X-Goog-Date": "20190201T090000Z" } },
    signedHeaders: "host%3Bx-goog-date",
    digest: "4052143280d90d5f4a8c878ff7418be6fee5d34e50b1da28d8081a094b88fa61",
  },
  {
    name: "a signed payload",
    request: {
      method: "PUT",
      headers: { "X-Goog-Content-SHA256": payload, "X-TestCaseMetadata-Payload-Value": "hello" },
    },
    signedHeaders: "host%3Bx-goog-content-sha256%3Bx-testcasemetadata-payload-value",
    digest: "be21a0841a897930ff5cf72e6e74ec5274efd76c3fe4cde6678f24a0a3d6dbec",
  },
  {
    name: "virtual-hosted style",
    address: { style: "virtualHosted" },
    start: "https://test-bucket.storage.googleapis.com/test-object",
    digest: "89eeae48258eccdcb1f592fb908008e3f5d36a949c002c1e614c94356dc18fc6",
  },
  {
    name: "a host bound to the bucket, by http",
    address: { style: "bucketBound", endpoint: "http://mydomain.tld" },
    start: "http://mydomain.tld/test-object",
    digest: bound,
  },
  {
    name: "a host bound to the bucket, by https",
    address: { style: "bucketBound", endpoint: "https://mydomain.tld" },
    start: "https://mydomain.tld/test-object",
    digest: bound,
  },
  { name: "a host name", endpoints: { hostname: "storage.googleapis.com" }, digest: plain },
  {
    name: "another host name with a port",
    endpoints: { hostname: "http://localhost:8080" },
    start: "http://localhost:8080/test-bucket/test-object",
    digest: localhost,
  },
  {
    name: "an endpoint of the client",
    endpoints: { clientEndpoint: "storage.googleapis.com:443" },
    start: "https://storage.googleapis.com:443/test-bucket/test-object",
    digest: plain,
  },
  {
    name: "an endpoint of the client with a scheme",
    endpoints: { clientEndpoint: "http://localhost:8080" },
    start: "http://localhost:8080/test-bucket/test-object",
    digest: localhost,
  },
  {
    name: "an emulator's host",
    endpoints: { emulator: "https://xyz.googleapis.com" },
    start: "https://xyz.googleapis.com/test-bucket/test-object",
    digest: otherHost,
  },
  {
    name: "the client's endpoint before an emulator's",
    endpoints: { clientEndpoint: "http://localhost:8080", emulator: "https://xyz.googleapis.com" },
    start: "http://localhost:8080/test-bucket/test-object",
    digest: localhost,
  },
  {
    name: "a host name before the client's endpoint and an emulator's",
    endpoints: {
      hostname: "https://xyz.googleapis.com",
      clientEndpoint: "http://localhost:8080",
      emulator: "http://localhost:9000",
    },
    start: "https://xyz.googleapis.com/test-bucket/test-object",
    digest: otherHost,
  },
  {
    name: "a universe's domain",
    endpoints: { universeDomain: "domain.com" },
    start: "https://storage.domain.com/test-bucket/test-object",
    digest: "31ff08f2cd5e6f02cc5ded6d74bb90ad97322b49b30d0cba130fcc473f85e822",
  },
  {
    name: "a universe's domain in virtual-hosted style",
    address: { style: "virtualHosted", endpoint: "https://storage.domain.com" },
    start: "https://test-bucket.storage.domain.com/test-object",
    digest: "6835c0cd7e63f2e34becade43beee99335c68c1455488da5b320cf13dc0a0ed5",
  },
];

export interface PolicyCase {
  name: string;
  bucket: string;
  object?: string;
  fields?: Record<string, string>;
  conditions?: readonly PolicyCondition[];
  address?: UrlAddress;
  /** Path style at Google's address unless given. */
  url?: string;
  /** The conditions before those that all policies have, as the policy's text has them. */
  text?: string;
}

const simple = "rsaposttest-1579902670-h3q7wvodjor6bc7y";
const redirecting = "rsaposttest-1579902671-6ldm6caw4se52vrx";
const redirect = { success_action_redirect: "http://www.google.com/" };
const redirectText = '{"success_action_redirect":"http://www.google.com/"},';

export const policyCases: readonly PolicyCase[] = [
  { name: "a simple one", bucket: simple },
  {
    name: "virtual-hosted style",
    bucket: simple,
    address: { style: "virtualHosted" },
    url: `https://${simple}.storage.googleapis.com/`,
  },
  {
    name: "a host bound to the bucket",
    bucket: simple,
    address: { style: "bucketBound", endpoint: "https://mydomain.tld" },
    url: "https://mydomain.tld/",
  },
  {
    name: "a host bound to the bucket, by http",
    bucket: simple,
    address: { style: "bucketBound", endpoint: "http://mydomain.tld" },
    url: "http://mydomain.tld/",
  },
  {
    name: "the beginning of a field",
    bucket: "rsaposttest-1579902662-x2kd7kjwh2w5izcw",
    conditions: [["starts-with", "$acl", "public"]],
    text: '["starts-with","$acl","public"],',
  },
  {
    name: "a range of sizes",
    bucket: "rsaposttest-1579902672-lpd47iogn6hx4sle",
    conditions: [["content-length-range", 246, 266]],
    text: '["content-length-range",246,266],',
  },
  {
    name: "headers of the file",
    bucket: "rsaposttest-1579902669-nwk5s7vvfjgdjs62",
    fields: { acl: "public-read", "cache-control": "public,max-age=86400" },
    text: '{"acl":"public-read"},{"cache-control":"public,max-age=86400"},',
  },
  {
    name: "a status for success",
    bucket: "rsaposttest-1579902678-pt5yms55j47r6qy4",
    fields: { success_action_status: "200" },
    text: '{"success_action_status":"200"},',
  },
  { name: "a redirect for success", bucket: redirecting, fields: redirect, text: redirectText },
  {
    name: "characters beyond ASCII",
    bucket: redirecting,
    object: "$test-object-é",
    fields: { ...redirect, "x-goog-meta-custom-1": "$test-object-é-metadata" },
    text: `${redirectText}{"x-goog-meta-custom-1":"$test-object-\\u00e9-metadata"},`,
  },
  {
    name: "further metadata",
    bucket: redirecting,
    fields: {
      "content-disposition": 'attachment; filename="~._-%=/é0Aa"',
      "content-encoding": "gzip",
      "content-type": "text/plain",
      ...redirect,
    },
    text:
      '{"content-disposition":"attachment; filename=\\"~._-%=/\\u00e90Aa\\""},{"content-encoding":"gzip"},' +
      `{"content-type":"text/plain"},${redirectText}`,
  },
];
