import type { ErrorCode } from "../../server/protocol/errorCodes.js";
import type { SaidError } from "./englishErrors.js";
import { formatsOf } from "./formatsOf.js";
import { germanInstallHints } from "./germanInstallHints.js";
import { germanServerHints } from "./germanServerHints.js";
import { germanServerReasons } from "./germanServerReasons.js";
import { germanServerSentences } from "./germanServerSentences.js";

const { number } = formatsOf("de");

type Said = readonly [message: string, hint?: string];

const again = "Versuchen Sie es gleich noch einmal.";
const reinstall = "Installieren Sie das Modell noch einmal.";
const logHint = "Mehr steht im Protokoll von Cria.";
// That what was fetched is kept, an install says itself.
const goesOn = "Ein neuer Versuch macht dort weiter, wo es aufhörte.";

/** What the server's codes stand for. A code without German words does not compile. */
const byCode: Record<ErrorCode, Said> = {
  bad_request: ["Die Anfrage passt nicht."],
  unknown_parameter: ["Die Anfrage enthält etwas, das es nicht gibt."],
  unsupported_parameter: ["Das kann Cria oder dieses Modell nicht."],
  tools_unsupported: ["Dieses Modell kann keine Funktionen aufrufen."],
  unsupported_media_type: ["Diese Art von Datei wird hier nicht angenommen."],
  body_too_large: ["Das ist zu groß.", "Senden Sie es in Teilen."],
  forbidden_origin: ["Dieser Server antwortet nur seiner eigenen Seite und Programmen."],
  unauthorized: ["Der Server möchte ein Token.", "Melden Sie sich neu an."],
  forbidden: ["Das darf nur, wer diesen Server betreibt."],
  too_many_requests: ["Das kam zu oft.", "Warten Sie einen Augenblick und versuchen Sie es dann noch einmal."],
  not_found: ["Das gibt es nicht."],
  not_implemented: ["Diese Anfrage kennt die Schnittstelle, aber Cria nicht."],
  token_required: ["Für andere Rechner ist der Server nur mit einem Token zu erreichen."],
  tokens_unreadable: [
    "Die Datei mit den Tokens ist nicht zu lesen.",
    "Wer den Server betreibt, muss sie in Ordnung bringen.",
  ],
  config_invalid: ["Eine Einstellung des Servers hat einen Wert, der nicht zu gebrauchen ist.", logHint],
  port_taken: ["Den Port benutzt schon ein anderes Programm.", "Wählen Sie einen anderen: cria serve --port ZAHL"],
  home_not_writable: [
    "In den Ordner von Cria lässt sich nicht schreiben.",
    "Prüfen Sie seine Rechte, oder wählen Sie mit --home einen anderen.",
  ],
  home_in_use: ["Ein anderer Server von Cria benutzt diesen Ordner.", "Nehmen Sie jenen, oder beenden Sie ihn zuerst."],
  redis_failed: ["Redis, über das die Server zusammenarbeiten, antwortet nicht.", again],
  node_gone: [
    "Der Server, der das gerade tat, ist verschwunden, bevor er antwortete.",
    "Sehen Sie nach, ob es geschehen ist, und versuchen Sie es sonst noch einmal.",
  ],
  draft_unfit: [
    "Dieses Modell kann dem anderen nicht vorausschreiben.",
    "Das Vokabular muss gleich und das Modell deutlich kleiner sein.",
  ],
  internal: ["Im Server ist etwas gescheitert, das nicht scheitern sollte.", logHint],
  server_starting: ["Der Server ist noch nicht bereit.", again],
  server_closing: ["Der Server wird gerade beendet."],
  connection_lost: ["Der Server ist nicht zu erreichen.", "Prüfen Sie, ob Cria noch läuft."],
  protocol_mismatch: ["Seite und Server passen nicht zusammen.", "Laden Sie die Seite neu."],
  model_not_found: ["Dieses Modell ist nicht installiert.", "Installieren Sie es, oder wählen Sie ein anderes."],
  memory_short: [
    "Das Modell braucht mehr Speicher, als frei ist.",
    "Schließen Sie andere Programme, nehmen Sie ein anderes Modell aus dem Speicher, oder wählen Sie ein kleineres.",
  ],
  model_load_failed: [
    "Das Modell konnte nicht geladen werden.",
    "Die Datei kann beschädigt, von einer unbekannten Art oder zu groß für den Speicher sein.",
  ],
  model_load_timeout: [
    "Das Laden des Modells kam nicht mehr voran.",
    "Die Platte kann langsam oder die Datei beschädigt sein.",
  ],
  worker_died: [
    "Der Prozess, der das Modell hielt, ist zu Ende gegangen.",
    "Beim nächsten Versuch wird ein neuer gestartet.",
  ],
  model_crashing: [
    "Das Modell ist immer wieder abgestürzt und bleibt eine Weile in Ruhe.",
    "Wählen Sie ein anderes, oder laden Sie es von Hand.",
  ],
  server_ended: ["Cria wurde mitten in dieser Antwort beendet.", "Fragen Sie noch einmal nach einer ganzen."],
  engine_unreachable: ["Der Server, der dieses Modell hat, antwortet nicht.", "Prüfen Sie, ob er läuft."],
  engine_refused: ["Der Server, der dieses Modell hat, möchte einen anderen Schlüssel."],
  engine_failed: ["Der Server, der dieses Modell hat, ist gescheitert.", again],
  model_in_use: [
    "Mit diesem Modell entstehen gerade Antworten.",
    "Warten Sie, bis sie fertig sind, oder halten Sie sie an.",
  ],
  queue_full: ["Es warten schon zu viele Antworten.", "Warten Sie, bis eine fertig ist."],
  context_full: [
    "Der Chat ist länger, als das Modell aufnehmen kann.",
    "Beginnen Sie einen neuen, oder kürzen Sie, was Sie senden.",
  ],
  prompt_template_failed: ["Die Vorlage des Modells lässt sich mit diesem Chat nicht füllen."],
  generation_not_found: ["Diese Antwort gibt es nicht mehr.", "Öffnen Sie den Chat noch einmal."],
  generation_failed: ["Das Modell ist beim Antworten gescheitert.", again],
  generation_stopped: ["Die Antwort wurde auf dem Server angehalten."],
  conversation_not_found: ["Diesen Chat gibt es nicht, oder er wurde gelöscht."],
  message_not_found: ["Diese Nachricht gibt es nicht mehr."],
  conversation_busy: ["Hier entsteht bereits eine Antwort.", "Warten Sie, bis sie fertig ist, oder halten Sie sie an."],
  storage_corrupt: [
    "Die Datei mit den Chats war beschädigt und wurde beiseitegelegt.",
    "Die Chats beginnen neu; die alte Datei liegt im Ordner von Cria.",
  ],
  allowance_full: ["Für Ihre Chats ist hier kein Platz mehr.", "Löschen Sie Chats, die Sie nicht mehr brauchen."],
  storage_failed: ["Die Chats konnten nicht gelesen oder geschrieben werden.", "Prüfen Sie, ob die Platte voll ist."],
  gguf_invalid: ["Die Datei ist keine gültige GGUF-Datei.", reinstall],
  ggml_invalid: ["Die Datei ist keine gültige Datei der Formate vor GGUF."],
  safetensors_invalid: ["Die Datei ist keine gültige safetensors-Datei."],
  pytorch_invalid: ["Die Datei ist keine gültige PyTorch-Datei."],
  pickle_refused: ["Die PyTorch-Datei wollte Programmcode ausführen. Nichts davon wurde ausgeführt."],
  tokenizer_invalid: ["Der Tokenizer des Modells fehlt oder ist beschädigt."],
  checkpoint_invalid: ["Die Dateien des Modells passen nicht zusammen."],
  architecture_unsupported: ["Modelle dieser Bauart kann Cria nicht umwandeln."],
  weights_not_finite: ["Die Gewichte enthalten Werte, die keine Zahlen sind."],
  quantize_refused: ["So kann diese Datei nicht quantisiert werden."],
  quantizer_unavailable: ["Die Bibliothek zum Quantisieren fehlt oder passt nicht."],
  quantizer_died: ["Das Quantisieren ist mitten in der Arbeit abgebrochen.", goesOn],
  weights_unreadable: ["Eine Datei mit Gewichten war nicht zu lesen."],
  weights_unwritable: ["Eine Datei mit Gewichten war nicht zu schreiben.", "Prüfen Sie, ob die Platte voll ist."],
  install_unknown_model: ["Ein Modell dieses Namens kennt der Katalog nicht."],
  install_source_invalid: ["Aus dieser Quelle kann Cria nichts installieren."],
  install_busy: ["Dieses Modell wird gerade schon installiert oder entfernt."],
  install_stopped: ["Die Installation wurde angehalten."],
  install_failed: ["Die Installation ist nicht fertig geworden.", goesOn],
  install_wrong_model: ["Was geladen wurde, ist nicht das verlangte Modell."],
  install_check_failed: ["Die fertigen Gewichte ließen sich nicht wieder lesen oder laden."],
  disk_full: ["Auf der Platte ist nicht genug Platz.", "Schaffen Sie Platz, oder wählen Sie ein kleineres Modell."],
  memory_too_small: ["Das Modell braucht mehr Speicher, als dieser Rechner hat.", "Wählen Sie ein kleineres."],
  hub_unauthorized: ["Der Hub nimmt das Token nicht an, oder er verlangt eines."],
  hub_gated: ["Der Besitzer des Modells verlangt, dass man zuerst seinen Bedingungen zustimmt."],
  hub_not_found: ["Das gibt es auf dem Hub nicht."],
  hub_rate_limited: ["Der Hub möchte weniger Anfragen.", "Versuchen Sie es später noch einmal."],
  hub_failed: ["Der Hub ist nicht zu erreichen oder ist gescheitert.", "Prüfen Sie die Verbindung zum Internet."],
  download_refused: ["Von dieser Adresse lädt Cria nichts."],
  download_failed: ["Der Download ist zu oft abgebrochen.", goesOn],
  download_stalled: ["Der Server hat zu lange nichts gesendet.", goesOn],
  download_corrupt: [
    "Was geladen wurde, ist nicht das, was die Quelle versprochen hat.",
    "Versuchen Sie es noch einmal.",
  ],
};

/** Codes whose own words name something that the German ones do not. */
const withWords: ReadonlySet<string> = new Set<ErrorCode>([
  "bad_request",
  "unknown_parameter",
  "unsupported_parameter",
  "unsupported_media_type",
  "body_too_large",
  "too_many_requests",
  "internal",
  "model_load_failed",
  "prompt_template_failed",
  "engine_failed",
  "generation_failed",
  "storage_corrupt",
  "gguf_invalid",
  "checkpoint_invalid",
  "tokenizer_invalid",
  "weights_unreadable",
  "install_source_invalid",
  "install_failed",
  "hub_not_found",
  "hub_gated",
  "hub_failed",
  "download_failed",
  "config_invalid",
  "draft_unfit",
]);

/** Sizes, as `3.5 GB`, and long numbers, written as Germans do. */
function valueInGerman(value: string): string {
  if (/^\d{4,}$/.test(value)) return number.format(Number(value));
  return value.replaceAll(/(\d+)\.(\d+) (kB|MB|GB|TB)/g, "$1,$2 $3");
}

/** Sizes in a message of the server. */
function sizesIn(message: string): string[] {
  return [...message.matchAll(/\d+(?:\.\d+)? (?:kB|MB|GB|TB)/g)].map(([size]) => valueInGerman(size));
}

/** All sentences of the server that have German words. */
export const germanSentences = [
  ...germanServerSentences,
  ...germanServerReasons,
  ...germanServerHints,
  ...germanInstallHints,
];

/** The sentences as what recognises them: `{}` is whatever stands there, at an end also nothing. */
const patterns = germanSentences.map(([english, german]) => {
  const parts = english.split("{}").map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return { pattern: new RegExp(`^${parts.join("(.*?)")}$`, "s"), german };
});

/** A sentence of the server in German, with what it names, which may be a sentence too; undefined for one that is not known. */
export function sentenceInGerman(sentence: string): string | undefined {
  for (const { pattern, german } of patterns) {
    const values = pattern.exec(sentence);
    if (values)
      return german.replaceAll(/\{(\d)\}/g, (_, place: string) => {
        const value = values[Number(place)] ?? "";
        return sentenceInGerman(value) ?? valueInGerman(value);
      });
  }
  return undefined;
}

/**
 * What went wrong, in German: the server's own sentence where it is known, else what the code stands for, and the server's own words
 * after it where they name something.
 */
export function saidInGerman({ code, message, hint }: SaidError): Pick<SaidError, "message" | "hint"> {
  const known = code === undefined || !Object.hasOwn(byCode, code) ? undefined : byCode[code as ErrorCode];
  if (known === undefined || code === undefined) return { message, hint };
  const [said, help] = known;
  const helped = (hint === undefined ? undefined : sentenceInGerman(hint)) ?? help;
  const sentence = sentenceInGerman(message);
  if (sentence !== undefined) return { message: sentence, hint: helped };
  if (withWords.has(code) && message !== "") return { message: `${said} Der Server sagt: „${message}“`, hint: helped };
  const sizes = sizesIn(message);
  return { message: sizes.length === 2 ? `${said} (${sizes.join(" / ")})` : said, hint: helped };
}
