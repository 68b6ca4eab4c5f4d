import type { InstallProgress } from "../../server/protocol/install.js";

const upToOneDecimal = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** A time that is left, as exact as one can know it. */
function timeLeft(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s left`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min left`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}

/** The texts about models: installing, loading and removing them. */
export const englishInstall = {
  title: "Models",
  lead: "Everything runs on this machine. Nothing is fetched before you say so.",
  leadElsewhere: (engines: string) =>
    `Nothing is fetched before you say so. All run on this machine but those on ${engines}: what you write to them is sent there.`,
  jumpToAvailable: "Install another one",
  back: "Back to the chat",
  running: (name: string, percent: number) => `Installing ${name}, ${percent} %`,

  underWay: "Under way",
  installed: "Installed",
  available: "Available",
  noneInstalled: "No model is installed yet. Choose one below.",
  loading: "Looking at what fits this machine…",
  failed: "The list of models could not be loaded.",

  fit: { fits: "fits", tight: "tight", tooBig: "too big" },
  needsMemory: (needed: string, present: string) => `It needs ${needed} of memory, ${present} are there.`,
  needsUnusedMemory: (needed: string, present: string, unused: string) =>
    `It needs ${needed} of memory, ${present} are there, ${unused} of them unused now.`,
  needsDisk: (needed: string, present: string) => `It needs ${needed} of disk, ${present} are free.`,
  license: "Licence",
  quantization: "Quantization",
  parameters: (value: string) => `${value} parameters`,
  variant: (quantization: string, size: string, fit: string) => `${quantization} · ${size} · ${fit}`,
  recommended: "best that fits",
  download: "Download",
  disk: "Disk while installing",
  memory: "Memory when it runs",
  size: "Size when installed",
  install: "Install",
  installVerb: "Install",
  installName: (name: string) => `Install ${name}`,
  installIt: "Download and install",
  installAnyway: "Install anyway",
  tooBigWarning: "This machine is too small for it. It will be very slow, or it will not run at all.",
  close: "Close",
  licenseAgree: "By installing you accept the licence.",

  sourceLabel: "Install from anywhere",
  sourceHelp: "A repository on the hub as owner/repo or owner/repo:QUANT, or an https:// address of a GGUF file.",
  sourcePlaceholder: "owner/repo:Q4_K_M",

  steps: {
    queued: "Waiting",
    resolving: "Asking the source",
    checking: "Checking room",
    fetching: "Downloading",
    converting: "Converting",
    verifying: "Checking",
    registering: "Finishing",
  },
  /** What it is doing just now: the server's own words; another language goes by their code. `size`: how a number of bytes is written. */
  activity: ({ message }: InstallProgress, _size: (bytes: number) => string): string | undefined => message,
  paused: "Paused",
  failedBadge: "Failed",
  bytesOf: (done: string, total: string) => `${done} of ${total}`,
  convertedOf: (done: string, total: string) => `${done} of ${total} written`,
  speed: (megabytesPerSecond: number) => `${upToOneDecimal.format(megabytesPerSecond)} MB/s`,
  timeLeft,
  progressLabel: (name: string) => `Installing ${name}`,
  pause: "Pause",
  pauseName: (name: string) => `Pause ${name}`,
  resume: "Go on",
  resumeName: (name: string) => `Go on with ${name}`,
  retry: "Try again",
  retryName: (name: string) => `Try again to install ${name}`,
  cancel: "Cancel",
  cancelName: (name: string) => `Cancel ${name}`,
  cancelAsk: (size: string) => `Delete the ${size} fetched so far?`,
  cancelAskNothing: "Give up this install?",
  cancelYes: "Delete",
  keep: "Keep",
  kept: "What was fetched is kept.",
  announceInstalled: (name: string) => `${name} is installed`,
  announceFailed: (name: string, reason: string) => `Installing ${name} failed. ${reason}`,

  chat: "Chat",
  chatName: (name: string) => `Chat with ${name}`,
  load: "Load",
  loadName: (name: string) => `Load ${name}`,
  unload: "Unload",
  unloadName: (name: string) => `Unload ${name}`,
  draftFailure: (reason: string) => `Without the small model that writes its guesses. ${reason}`,
  gpuFailure: (reason: string) =>
    `On the processor: the graphics card could not be used. ${reason} Unload it and load it again to try once more.`,
  pin: "Keep in memory",
  pinName: (name: string) => `Keep in memory: ${name}`,
  pinTip: "No other model takes its place, and it is not unloaded when it is idle. Until the server is started anew.",
  pinned: "Stays in memory",
  announcePinned: (name: string) => `${name} stays in memory`,
  announceUnpinned: (name: string) => `${name} may leave the memory`,
  remove: "Remove",
  removeName: (name: string) => `Remove ${name}`,
  removeAsk: (name: string, size: string) => `Remove ${name} from the disk? That frees ${size}.`,

  cardTitle: "Want a bigger model?",
  cardTitleNone: "Install a model to start",
  cardAll: "See all models",
};
