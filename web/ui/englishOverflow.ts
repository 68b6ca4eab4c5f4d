import { formatsOf } from "./formatsOf.js";

const { number } = formatsOf("en");

/** What is said of chats that are longer than the context. */
export const englishOverflow = {
  notSentAbove: "Not sent from here up: the oldest messages no longer fit.",
  dropOldest: "Leave out the oldest",
  summariseOldest: "Summarise the oldest",
  droppingOldest: "The oldest messages are left out.",
  askAgain: "Leave nothing out",
  summarisingOldest: "The model summarises the oldest messages before it answers.",
  summarisedAbove: "Summarised from here up. The model reads this instead:",
  summaryLabel: "Summary of the messages above",
  couldHoldMore: (tokens: number) => `With a larger context this model could hold ${number.format(tokens)} tokens.`,
};
