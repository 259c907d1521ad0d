import { text, texts, wholeNumber } from "./key.ts";

/** Keys of those who run the stack: who is told of what, in the order in which files and tables list them. */
export const operationsKeys = {
  alertEmails: texts(/^[^\s@,;<>]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/i, "e-mail addresses", {
    default: [],
    description: "Who is told of every alert, one notification channel each. In prod at least one.",
  }),
  billingAccount: text(/^([0-9A-F]{6}(-[0-9A-F]{6}){2})?$/, '"" or an account as 012345-6789AB-CDEF01', {
    default: "",
    description:
      'Billing account of the budget alert; "" for none. Whoever runs pulumi needs the right to make budgets on it, and its currency must be US dollars.',
  }),
  monthlyBudgetUsd: wholeNumber(
    { min: 1, max: 1_000_000, unit: "US dollars" },
    {
      default: 150,
      description:
        "Costs of the Google project in a month: told at half, nine tenths and all of them, and when the forecast passes them.",
    },
  ),
};
