import { text, wholeNumber } from "./key.ts";

/** Keys of the content network, in the order in which files and tables list them. */
export const contentKeys = {
  contentDomain: text(
    /^((?=.{1,64}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9]))?$/,
    '"" or a host name of at most 64 characters as audio.loist.io',
    {
      default: "",
      description:
        'Host name of a content network (Cloud CDN) that delivers audio and thumbnails by signed URL, under a certificate of Google\'s; point its A record at the address in the contract. "" for none: everybody streams from the bucket.',
    },
  ),
  contentKeyRotations: wholeNumber(
    { min: 0, max: 100_000, unit: "rotations" },
    {
      default: 0,
      description:
        "How often the content network's signing key was renewed; another number is another key. Raise it by one: the key before stays valid until the next time.",
    },
  ),
};
