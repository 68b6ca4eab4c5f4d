import { englishAttachments } from "./englishAttachments.js";
import { englishErrors } from "./englishErrors.js";
import { englishImport } from "./englishImport.js";
import { englishInstall } from "./englishInstall.js";
import { englishLoading } from "./englishLoading.js";
import { englishOverflow } from "./englishOverflow.js";
import { englishPicker } from "./englishPicker.js";
import { englishServer } from "./englishServer.js";
import { englishSettings } from "./englishSettings.js";
import { englishShell } from "./englishShell.js";
import { englishTemplates } from "./englishTemplates.js";
import { formatsOf } from "./formatsOf.js";

const { number, oneDecimal, count, duration, percent, probability } = formatsOf("en");
const ordinals = new Intl.PluralRules("en", { type: "ordinal" });
const ordinalEnds: Partial<Record<Intl.LDMLPluralRule, string>> = { one: "st", two: "nd", few: "rd" };
const ordinal = (value: number) => `${number.format(value)}${ordinalEnds[ordinals.select(value)] ?? "th"}`;

/** Every text of the page in English. Another language is one more file of this shape. */
export const english = {
  locale: "en",
  appName: "Cria",

  frame: {
    skipToMessage: "Skip to message box",
    showSidebar: "Show chat history",
    hideSidebar: "Hide chat history",
    sidebarLabel: "Chat history",
    newChat: "New chat",
    theme: { label: "Theme", system: "System", light: "Light", dark: "Dark" },
    crashed: "The page stumbled over something it could not show.",
    crashedHint: "Your chats are safe on the server.",
    reload: "Reload the page",
    languageAutomatic: "Language of the browser",
  },

  connection: {
    connecting: "Connecting…",
    connected: "Connected",
    unreachable: "Not connected",
    outOfReach: "Cria cannot be reached.",
    outOfReachHint: "Check that Cria is running: your chats are there, and what you write stays here.",
    waiting: "Waiting for the server…",
    reconnecting: "Reconnecting…",
    lost: "Connection to Cria lost. Reconnecting…",
    lostHint: "What you write stays here. If it does not come back, check that Cria is still running.",
  },

  history: {
    empty: "Your chats will appear here.",
    loading: "Loading chats…",
    unreachable: "Your chats are on the server. They are shown as soon as it answers.",
    failed: "The list of chats could not be loaded.",
    today: "Today",
    yesterday: "Yesterday",
    lastSevenDays: "Last 7 days",
    untitled: "New chat",
    remove: (title: string) => `Delete “${title}”`,
    removed: "Chat deleted",
    undo: "Undo",
    dismiss: "Dismiss",
  },

  // History and the message tree.
  chatList: {
    pinned: "Pinned",
    options: (title: string) => `Options for “${title}”`,
    rename: "Rename",
    renameLabel: "New title",
    pin: "Pin to the top",
    unpin: "Unpin",
    exportMarkdown: "Export as Markdown",
    exportJson: "Export as JSON",
    remove: "Delete",
    newTemporary: "Temporary chat",
    temporary: "Temporary",
    generating: "A reply is being written",
    temporaryNote: "Temporary chat: kept in memory only. It is gone when you delete it or Cria ends.",
    more: "More",
    exportAllMarkdown: "Export all as Markdown (.zip)",
    exportAllJson: "Export all as JSON",
    importChats: "Import chats",
    shortcuts: "Keyboard shortcuts",
    templates: "Prompt templates",
  },
  search: {
    label: "Search chats",
    clear: "Clear search",
    results: (value: number) => count(value, "result", "results"),
    none: (query: string) => `Nothing found for “${query}”.`,
    failed: "The search did not work.",
  },
  importDialog: englishImport,
  messageActions: {
    more: "More actions",
    edit: "Edit",
    editLabel: "Your text, rewritten",
    editSend: "Send",
    editCancel: "Cancel",
    editHint: "The old version stays: the arrows lead back to it.",
    continueReply: "Continue",
    hotter: "Try again, more daring",
    withModel: (name: string) => `Try again with ${name}`,
    branch: "Branch to a new chat",
    good: "Good reply",
    bad: "Bad reply",
    remove: "Delete from here on",
    removed: "Message deleted",
  },
  shortcuts: {
    title: "Keyboard shortcuts",
    enabled: "Shortcuts are on",
    enabledHint: "Off: only Enter, Escape and the browser's own keys work.",
    close: "Close",
    keys: { command: "Ctrl", apple: "⌘", shift: "Shift", alt: "Alt", escape: "Esc", backspace: "Backspace", or: "or" },
    does: {
      newChat: "New chat",
      search: "Search chats",
      sidebar: "Show or hide the chat history",
      model: "Choose a model",
      settings: "Show or hide the parameters",
      composer: "Go to the message box",
      templates: "Prompt templates, at the beginning of a message",
      editLast: "Edit your last message, from the empty message box",
      stop: "Stop the reply, or close what is open",
      regenerate: "Try again: another version of the last reply",
      continueReply: "Continue a reply that ended early",
      copyReply: "Copy the last reply",
      copyCode: "Copy the last code block",
      messages: "Next or previous message",
      versions: "Next or previous version of that message",
      deleteChat: "Delete this chat",
      shortcuts: "This list",
    },
    copiedReply: "Reply copied",
    copiedCode: "Code copied",
  },
  reasoning: {
    thinking: "Thinking…",
    thought: "Thoughts",
    thoughtFor: (ms: number) => `Thought for ${duration(ms)}`,
  },
  codeFold: {
    showAll: (lines: number) => `Show all ${number.format(lines)} lines`,
    showLess: "Show fewer lines",
  },
  // End of history and the message tree.

  models: {
    choose: "Choose a model",
    none: "No model installed",
    loading: "Loading models…",
    failed: "The list of models could not be loaded.",
    loadedGroup: "Loaded",
    installedGroup: "Installed",
    demoBadge: "Demo",
    context: (tokens: number) => `${number.format(tokens)} tokens context`,
    parameters: (countOfParameters: string) => `${countOfParameters} parameters`,
    state: {
      unloaded: "Not loaded",
      loading: (fraction: number) => `Loading ${percent(fraction)}`,
      ready: "Ready",
      failed: "Failed to load",
    },
    kind: { completion: "Continues text", instruction: "Follows instructions", chat: "Chat" },
    engine: (name: string) => `On ${name}`,
    /** What the catalog says of a model or its licence. */
    described: (text: string) => text,
  },

  gauge: {
    label: (used: number, total: number) => `Context: ${number.format(used)} of ${number.format(total)} tokens used`,
    unknown: "Context",
    title: "Context",
    explanation: "What the model can hold in mind at once: this chat, your draft and its reply.",
    notSentLabel: (value: number) => `${count(value, "token", "tokens")} of the chat are not sent`,
    system: "Instructions and format",
    summary: "Summary of older messages",
    notSent: "Not sent: older messages",
    history: "Chat so far",
    draft: "Your draft",
    reply: "Room for the reply",
    total: "In all",
    tokens: (value: number) => count(value, "token", "tokens"),
    ofTotal: (used: number, total: number) => `${number.format(used)} / ${number.format(total)} tokens`,
    full: (used: number, total: number) =>
      `This is more than the model can hold: ${number.format(used)} of ${number.format(total)} tokens.`,
    fullHint: "Shorten the message, or start a new chat. What you wrote comes along.",
    fullAloneHint: "The message alone does not fit: shorten it.",
    fullWithFilesHint: "The message and its files alone do not fit: take a file out, or shorten the message.",
  },

  composer: {
    formLabel: "Message",
    inputLabel: "Message",
    placeholder: (modelName: string) => `Message ${modelName}`,
    placeholderNoModel: "Message",
    send: "Send",
    stop: "Stop",
    hint: "Enter to send, Shift + Enter for a new line, / for a template",
    queued: "Sends when the reply is finished",
    cancelQueued: "Take it back",
    tooLong: (limit: number) => `A message can have at most ${number.format(limit)} characters.`,
  },

  empty: {
    title: (modelName: string) => modelName,
    demo: "This is a tiny demo model. It writes very short stories and answers simple questions, and it makes mistakes in facts, sums and names.",
    ready: "Runs on this machine. Nothing you write leaves it.",
    elsewhere: (engine: string) => `Answers from the server “${engine}”. What you write is sent there.`,
    examples: "Try one of these",
    noModelTitle: "No model yet",
  },

  transcript: {
    label: "Conversation",
    jumpToLatest: "Jump to latest",
    newText: "new text below",
    opening: "Opening the chat…",
    missing: "This chat does not exist, or it was deleted.",
    failed: "The chat could not be opened.",
  },

  message: {
    you: "You",
    modelFallback: "Model",
    copy: "Copy",
    copied: "Copied",
    copyFailed: "Copying is blocked here. Select the text and copy it by hand.",
    regenerate: "Regenerate",
    versionOf: (index: number, total: number) => `${number.format(index)}/${number.format(total)}`,
    versionLabel: (index: number, total: number) => `Version ${number.format(index)} of ${number.format(total)}`,
    previousVersion: "Previous version",
    nextVersion: "Next version",
    sending: "Sending…",
    notSent: "Not sent",
    editAgain: "Back to the message box",
    emptyReply: "The model ended its reply without a word.",
    stoppedBadge: "Stopped",
    failedBadge: "Failed",
    contextBadge: "Context full",
    lengthBadge: "Length limit",
  },

  phase: {
    starting: "Starting…",
    summarising: (tokens: number) => `Summarising what came before, ${count(tokens, "token", "tokens")}`,
    queued: (position: number) => `Queued, ${ordinal(position)} in line`,
    loading: (fraction: number) => `Loading model ${percent(fraction)}`,
    reading: (evaluated: number, total: number) =>
      `Reading prompt ${number.format(evaluated)}/${number.format(total)} tokens`,
    answering: "Answering",
  },

  stats: {
    speed: (tokensPerSecond: number) => `${oneDecimal.format(tokensPerSecond)} tok/s`,
    tokens: (value: number) => count(value, "token", "tokens"),
    firstToken: (ms: number) => `first token ${duration(ms)}`,
    stop: (reason: string) => `stop: ${reason}`,
    reasons: {
      end: "end",
      stopString: "stop string",
      length: "length limit",
      context: "context full",
      stopped: "stopped",
      error: "error",
    },
    details: "Details of this reply",
    model: "Model",
    promptTokens: "Prompt",
    cachedTokens: "From cache",
    promptSpeed: "Prompt reading",
    generatedTokens: "Reply",
    guessedTokens: "Guessed ahead",
    guessed: (right: number, all: number) => `${right} of ${all} tokens right`,
    generationTime: "Writing time",
    firstTokenTime: "First token after",
    contextTokens: "Context",
    stopReason: "Ended by",
    seed: "Seed",
    seconds: duration,
    number: (value: number) => number.format(value),
    plain: (value: number) => String(value),
  },

  announce: {
    answering: "Answering",
    finished: (tokens: number) => `Answer finished, ${count(tokens, "token", "tokens")}`,
    stopped: "Answer stopped",
    failed: (reason: string) => `Answer failed. ${reason}`,
  },

  speedChart: {
    title: "Tokens per second, over time",
    highest: (speed: string) => `up to ${speed}`,
    label: (lowest: string, highest: string) => `Speed over time, from ${lowest} to ${highest}`,
  },

  screens: { completion: "Completion", compare: "Compare", server: "Server" },

  server: englishServer,

  compare: {
    promptLabel: "Prompt for all models",
    placeholder: "Ask two or more models the same thing",
    start: "Compare",
    add: "Add a model",
    remove: (position: number) => `Remove answer ${number.format(position)}`,
    columnLabel: (position: number) => `Answer ${number.format(position)}`,
    model: (position: number) => `Model of answer ${number.format(position)}`,
    temperature: "Temperature",
    usual: "as usual",
    vote: "Better",
    best: "Best",
    wins: (value: number) => count(value, "win", "wins"),
    keep: "Keep as chat",
    characters: (value: number) => count(value, "character", "characters"),
  },

  completion: {
    editorLabel: "Text to go on with",
    placeholder: "Write the beginning of a text. The model goes on from the cursor.",
    generate: "Generate",
    generateTip: "Generate from the cursor (Ctrl + Enter)",
    undo: "Undo",
    redo: "Redo",
    hint: "Ctrl + Enter goes on from the cursor. What the model wrote is tinted.",
  },

  inside: {
    toggle: "Look inside",
    tip: "Look inside: how probable each word was, and what else could have come",
    turnedOn: "Look inside is on for the next replies of this chat",
    turnedOff: "Look inside is off",
    textLabel: "The reply, token by token",
    legend: "Each token by how probable it was:",
    levels: { likely: "over 80 %", fair: "50–80 %", unsure: "20–50 %", unlikely: "under 20 %" },
    how: "Point at one, or move with the arrow keys, to see what else could have come.",
    token: (text: string, probability: string) => `${text}, ${probability}`,
    chosen: "chosen",
    choose: (text: string) => `Go on with “${text}” instead`,
    panelLabel: (text: string) => `What could have come in the place of “${text}”`,
    branchHint: "Choose one, and the reply goes on from there as another version.",
    busyHint: "When the reply is finished, another token can be chosen here.",
    probability,
    onlyOne: "Nothing else could have come here: the sampling left one token.",
    newLine: "line break",
    space: "space",
    halfCharacter: "part of a character",
  },

  markdown: {
    copyCode: "Copy code",
    wrapLines: "Wrap lines",
    plainText: "text",
    codeLabel: (language: string) => `Code, ${language}`,
    tableLabel: "Table",
    image: "Image",
    imageBlocked: (host: string) => `Image from ${host}, not loaded`,
    openImage: "Open in a new tab",
  },

  attachments: englishAttachments,
  shell: englishShell,
  install: englishInstall,
  settings: englishSettings,
  loading: englishLoading,
  templates: englishTemplates,
  picker: englishPicker,
  overflow: englishOverflow,

  errors: englishErrors,
};

export type Messages = typeof english;
