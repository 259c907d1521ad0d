import { fact, text } from "./key.ts";

/** Keys of what the service asks of its callers beyond Cloud Run's own check, in the order in which files and tables list them. */
export const callerKeys = {
  oidcIssuer: text(
    /^(https:\/\/[a-z0-9.-]+(:\d{1,5})?(\/[^\s?#]*)?)?$/,
    '"" or an address as https://accounts.example.org',
    {
      default: "",
      description:
        'Who issues the ID tokens that the service asks of its callers; "" leaves callers to invokers alone. Cloud Run\'s own token then goes into X-Serverless-Authorization.',
    },
  ),
  oidcAudience: text(/^\S{0,255}$/, '"" or up to 255 characters without space', {
    default: "",
    description: "Audience that those ID tokens must be made for. With oidcIssuer, and only with it.",
  }),
  publicReads: fact({
    default: false,
    description:
      "Lets whoever passes Cloud Run's check read without an ID token of oidcIssuer; uploads, promotion and removal always need one.",
  }),
};
