import type { Messages } from "./english.js";
import { saidInGerman } from "./germanServerErrors.js";

/** The German texts for what went wrong. */
export const germanErrors: Messages["errors"] = {
  kept: "Was bis hierhin geschrieben wurde, bleibt erhalten.",
  tryAgain: "Noch einmal versuchen",
  newChat: "Neuer Chat",
  titles: {
    worker_died: "Das Modell wurde unerwartet beendet.",
    server_ended: "Cria wurde mitten in dieser Antwort beendet.",
    memory_short: "Dieses Modell braucht mehr Speicher, als frei ist.",
    memory_too_small: "Dieses Modell braucht mehr Speicher, als vorhanden ist.",
    model_crashing: "Das Modell ist immer wieder abgestürzt.",
    context_full: "Dieser Chat ist länger, als das Modell aufnehmen kann.",
    model_load_failed: "Das Modell konnte nicht geladen werden.",
    gguf_invalid: "Die Datei des Modells ist nicht zu gebrauchen.",
    model_load_timeout: "Das Laden des Modells hat zu lange gedauert.",
    model_not_found: "Dieses Modell ist nicht mehr installiert.",
    disk_full: "Die Platte ist voll.",
    allowance_full: "Für Ihre Chats ist kein Platz mehr.",
    queue_full: "Es warten schon zu viele Antworten.",
    conversation_busy: "Hier entsteht bereits eine Antwort.",
    generation_failed: "Das Modell ist beim Antworten gescheitert.",
    generation_not_found: "Der Rest dieser Antwort ist verloren.",
    request_timeout: "Cria hat nicht rechtzeitig geantwortet.",
    connection_lost: "Die Verbindung zu Cria ist unterbrochen.",
    fallback: "Etwas ist schiefgegangen.",
  },
  timeoutMessage: "Der Server hat nicht rechtzeitig geantwortet.",
  timeoutHint: "Prüfen Sie, ob Cria noch läuft, und versuchen Sie es dann noch einmal.",
  said: saidInGerman,
};
