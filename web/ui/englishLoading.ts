import { formatsOf } from "./formatsOf.js";

const { count } = formatsOf("en");

/** How a model is held in memory. */
export const englishLoading = {
  title: "Model in memory",
  help: (name: string) => `For every chat with ${name}, also after a restart. A change loads the model again.`,
  asking: "Asking what the model takes…",
  context: [
    "Context",
    (most: string) => `Tokens that a chat can have. The model was made for ${most}. More takes more memory.`,
  ] as [label: string, help: (most: string) => string],
  kvCache: ["KV cache", "Where the model keeps what it has read. A smaller one is a little less exact."] as [
    label: string,
    help: string,
  ],
  kvCacheTypes: { f16: "Exact (f16)", q8_0: "Half the memory (q8_0)", q4_0: "A quarter of the memory (q4_0)" },
  threads: ["Threads", "The most processor cores it uses. Other work on this machine wants some too."] as [
    label: string,
    help: string,
  ],
  gpuLayers: ["Layers on the GPU", "What does not fit there stays in main memory and is slower."] as [
    label: string,
    help: string,
  ],
  draft: [
    "Draft model",
    "A smaller model of its family guesses the next words, and this one checks several at once: at temperature 0 replies can come faster, and every word is still its own.",
  ] as [label: string, help: string],
  draftMeasured: "Automatic: what “cria tune” found to be worth it.",
  draftsMissing: "None of the installed models can do that for this one.",
  draftTakes: (bytes: string) => `It takes ${bytes} of memory beside this model.`,
  draftAutomatic: (name: string | undefined) => `Automatic: ${name ?? "none"}`,
  draftNone: "None",
  draftUnfit: (name: string) => `${name} (cannot be used)`,
  takes: (total: string) => `Takes ${total} of memory.`,
  takesNow: (total: string, change: string) => `Takes ${total} of memory (${change}).`,
  lanes: (sequences: number) => `${count(sequences, "reply", "replies")} at the same time.`,
  shortened: (tokens: number) => `Only ${count(tokens, "token", "tokens")} of context fit.`,
  tooBig: (needed: string, free: string) => `Does not fit: ${needed} are needed and ${free} are free.`,
  reloads: "Reloads the model.",
  reload: "Reload the model",
  keep: "Keep for this model",
  cancel: "Cancel",
  largerContext: "Larger context",
};
