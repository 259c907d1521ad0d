import { rule, when } from "./rule.ts";

/** Names that nobody can own (RFC 2606, 6761, 6762), and those of Google, for which it gives nobody a certificate. */
const nobodysDomains = /(^|\.)(test|example|invalid|localhost|local|internal|onion|example\.(com|net|org))$/;
const googlesDomains =
  /(^|\.)(run\.app|web\.app|appspot\.com|cloudfunctions\.net|googleapis\.com|googleusercontent\.com)$/;

/** What settings of the content network say together, and of the domain, that cannot be. */
export const contentRules = [
  rule(["contentDomain"], ({ contentDomain }) =>
    when(nobodysDomains.test(contentDomain) || googlesDomains.test(contentDomain), "contentDomain", contentDomain, {
      wrong: "can have no certificate, because it is nobody's or Google's",
      expected: "a host name of a domain of your own",
      next: "Set one whose records you can change",
    }),
  ),
  rule(["contentDomain", "environment"], ({ contentDomain, environment }) =>
    when(environment === "local" && contentDomain !== "", "contentDomain", contentDomain, {
      wrong: "needs Google, which a stack on one machine does not have",
      expected: '"" in local',
      next: "Remove it",
    }),
  ),
  rule(["contentDomain", "contentKeyRotations"], ({ contentDomain, contentKeyRotations }) =>
    when(contentDomain === "" && contentKeyRotations > 0, "contentKeyRotations", contentKeyRotations, {
      wrong: "speaks of a content network that is not there",
      expected: "0 without contentDomain",
      next: "Give contentDomain, or set it to 0",
    }),
  ),
];
