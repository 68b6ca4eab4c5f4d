/**
 * Sentences of the server that name something, in German: `{}` stands for what is named, `{1}` for the first of it. The English ones are
 * the server's own, word for word; a test looks for them in its code.
 */
export const germanServerSentences: readonly (readonly [english: string, german: string])[] = [
  // Chats and their files.
  ["The file has {} conversations.", "Die Datei hat {1} Chats."],
  ["At most {} are read at once.", "Höchstens {1} werden auf einmal gelesen."],
  [
    "Conversation {} of the file is in no form that is known here.",
    "Der Chat Nummer {1} der Datei hat keine Form, die hier bekannt ist.",
  ],
  [
    "Known are exports of Cria, of ChatGPT (conversations.json) and of llama.cpp's page.",
    "Bekannt sind Exporte von Cria, von ChatGPT (conversations.json) und von der Seite von llama.cpp.",
  ],
  ['The file "{}" in the zip is empty.', "Die Datei „{1}“ im Zip-Archiv ist leer."],
  ["The chats in the zip take more than {} MB.", "Die Chats im Zip-Archiv belegen mehr als {1} MB."],
  [
    "Export these chats one by one, and import what comes out.",
    "Exportieren Sie diese Chats einzeln, und importieren Sie die Dateien.",
  ],
  ['The file "{}" in the zip is encrypted.', "Die Datei „{1}“ im Zip-Archiv ist verschlüsselt."],
  [
    "Unpack the zip with its password and choose the .json file.",
    "Entpacken Sie das Archiv mit seinem Passwort, und wählen Sie die .json-Datei.",
  ],
  [
    "Export the chats again, or unpack the zip and choose the .json file.",
    "Exportieren Sie die Chats noch einmal, oder entpacken Sie das Archiv, und wählen Sie die .json-Datei.",
  ],
  ["The zip has no .json file at its top level.", "Im Zip-Archiv liegt auf der obersten Ebene keine .json-Datei."],
  [
    "Choose the zip as the export made it, or a .json file of chats.",
    "Wählen Sie das Archiv so, wie es exportiert wurde, oder eine .json-Datei mit Chats.",
  ],
  [
    "The zip has {} .json files, and none is known to be the chats.",
    "Das Zip-Archiv hat {1} .json-Dateien, und von keiner ist bekannt, dass sie die Chats enthält.",
  ],
  [
    "Unpack the zip and choose the .json file that has the chats.",
    "Entpacken Sie das Archiv, und wählen Sie die .json-Datei mit den Chats.",
  ],
  [
    "The zip cannot be read: it is damaged, encrypted or no zip at all.",
    "Das Zip-Archiv ist nicht zu lesen: Es ist beschädigt, verschlüsselt oder gar keines.",
  ],
  [
    'The file "{}" in the zip is packed in a way that is not known here.',
    "Die Datei „{1}“ im Zip-Archiv ist auf eine Art gepackt, die hier nicht bekannt ist.",
  ],
  ["The zip has more than {} MB.", "Das Zip-Archiv hat mehr als {1} MB."],
  ["The chats in the zip are not valid JSON: {}.", "Die Chats im Zip-Archiv sind kein gültiges JSON ({1})."],
  ["Export the chats again.", "Exportieren Sie die Chats noch einmal."],
  ["A file of chats is JSON or a zip.", "Eine Datei mit Chats ist JSON oder ein Zip-Archiv."],
  ["The file is empty or no text.", "Die Datei ist leer oder kein Text."],
  ["The file is no text: it contains a zero byte.", "Die Datei ist kein Text: Sie enthält ein Nullbyte."],
  ["Only text and code files can be attached.", "Nur Text- und Codedateien lassen sich anhängen."],
  ["The file has {} characters.", "Die Datei hat {1} Zeichen."],
  ["At most {} can be attached.", "Höchstens {1} lassen sich anhängen."],
  ["There is no such file.", "Diese Datei gibt es nicht."],
  [
    "A file of this message is not on the server any more.",
    "Eine Datei dieser Nachricht liegt nicht mehr auf dem Server.",
  ],
  ["Take it out and attach it again.", "Entfernen Sie sie, und hängen Sie sie noch einmal an."],
  ["It went with its message.", "Sie ist mit ihrer Nachricht verschwunden."],
  ["The body has more than {}.", "Das sind mehr als {1}."],
  ["The body is not valid JSON: {}.", "Das ist kein gültiges JSON ({1})."],
  [
    "The file of your chats was damaged. Cria has begun a new, empty one.",
    "Die Datei mit Ihren Chats war beschädigt. Cria hat eine neue, leere begonnen.",
  ],
  ["The chat cannot be stored or read.", "Der Chat kann nicht gespeichert oder gelesen werden."],
  ["The disk is full: the chat cannot be stored.", "Die Platte ist voll: Der Chat kann nicht gespeichert werden."],
  [
    "The template could not be written to the home folder.",
    "Die Vorlage konnte nicht in den Ordner von Cria geschrieben werden.",
  ],

  // Replies.
  ["A reply follows either a grammar or a JSON schema.", "Eine Antwort folgt einer Grammatik oder einem JSON-Schema."],
  ["The model did not summarise what came before.", "Das Modell hat das Bisherige nicht zusammengefasst."],
  [
    "Leave out the oldest messages instead, or start a new chat.",
    "Lassen Sie stattdessen die ältesten Nachrichten weg, oder beginnen Sie einen neuen Chat.",
  ],
  ["It was stopped before the reply began.", "Sie wurde angehalten, bevor die Antwort begann."],
  ["The engine failed while making the reply.", "Die Engine ist beim Schreiben der Antwort gescheitert."],
  ["The engine could not choose a token.", "Die Engine konnte kein Token wählen."],
  ["The engine refuses the grammar.", "Die Engine nimmt die Grammatik nicht an."],
  [
    "It may repeat too much: write fewer and smaller counts.",
    "Sie wiederholt vielleicht zu viel: Schreiben Sie weniger und kleinere Zahlen.",
  ],
  [
    "The grammar leaves no token of the model's vocabulary to go on with.",
    "Die Grammatik lässt kein Token aus dem Vokabular des Modells übrig.",
  ],
  [
    "This takes {} tokens and the model's context holds {}.",
    "Das braucht {1} Tokens, und der Kontext des Modells fasst {2}.",
  ],
  [
    "This has {} characters, which is more than any context holds.",
    "Das hat {1} Zeichen, mehr als irgendein Kontext fasst.",
  ],
  ["Try again in {} seconds.", "Versuchen Sie es in {1} Sekunden noch einmal."],
  ["The model's chat template cannot go on with a reply.", "Die Vorlage des Modells kann keine Antwort fortsetzen."],
  ["Ask for a new reply instead.", "Bitten Sie stattdessen um eine neue Antwort."],
  [
    "The model's chat template cannot render this conversation.",
    "Die Vorlage des Modells lässt sich mit diesem Chat nicht füllen.",
  ],
  [
    "The model's chat template makes nothing of this conversation.",
    "Die Vorlage des Modells macht aus diesem Chat nichts.",
  ],
  [
    "The model's chat template makes an absurdly long prompt.",
    "Die Vorlage des Modells macht daraus eine unsinnig lange Eingabe.",
  ],

  // Models.
  ['No model called "{}" is installed.', "Ein Modell namens „{1}“ ist nicht installiert."],
  ["Installed: {}", "Installiert: {1}"],
  ["The model's file is gone.", "Die Datei des Modells ist fort."],
  ["The model cannot be loaded: {}", "Das Modell kann nicht geladen werden (die Engine sagt: „{1}“)."],
  ["{} needs {} of memory and {} are free.", "{1} braucht {2} Speicher, und {3} sind frei."],
  ["Loading {} made no progress for {} seconds.", "Das Laden von {1} kam {2} Sekunden lang nicht voran."],
  [
    "{}, which was chosen to write its guesses, is not installed.",
    "{1}, das ihm vorausschreiben soll, ist nicht installiert.",
  ],
  ["{}, which wrote its guesses, is no longer installed.", "{1}, das ihm vorausschrieb, ist nicht mehr installiert."],
  ["The file of {}, which wrote its guesses, is gone.", "Die Datei von {1}, das ihm vorausschrieb, ist fort."],
  [
    "{}, which wrote its guesses, is not the one that was measured: run cria tune again.",
    "{1}, das ihm vorausschrieb, ist nicht das, das gemessen wurde: Lassen Sie cria tune noch einmal laufen.",
  ],
  ["It takes {} and {} are free beside the model.", "Es braucht {1}, und neben dem Modell sind {2} frei."],
  ["Others have replies under way with this model.", "Mit diesem Modell entstehen gerade Antworten für andere."],
  ["Wait until some have been counted.", "Warten Sie, bis einige gezählt sind."],
  ["Wait until they have ended.", "Warten Sie, bis sie fertig sind."],
  ["The model that ships with Cria cannot be removed.", "Das Modell, das mit Cria kommt, lässt sich nicht entfernen."],
  ["The engine {} cannot be reached ({}).", "Der Server „{1}“ ist nicht zu erreichen ({2})."],
  ["The engine {} broke off in the middle of the reply.", "Der Server „{1}“ hat mitten in der Antwort abgebrochen."],
  ["The engine {} no longer has {}.", "Der Server „{1}“ hat {2} nicht mehr."],
  ["The engine {} wants another key (status {}).", "Der Server „{1}“ möchte einen anderen Schlüssel (Status {2})."],

  // What is to be installed.
  ['There is no model called "{}" in the catalog.', "Ein Modell namens „{1}“ kennt der Katalog nicht."],
  [
    "There are {}. Anything on the hub installs as owner/repository.",
    "Es gibt {1}. Alles auf dem Hub lässt sich als owner/repository installieren.",
  ],
  ['"{}" is not an address.', "„{1}“ ist keine Adresse."],
  ["Cria does not install from {}.", "Von {1} installiert Cria nichts."],
  [
    "Give an https:// address without a password, a folder, a file, or owner/repository on the hub.",
    "Geben Sie eine https://-Adresse ohne Passwort an, oder owner/repository auf dem Hub.",
  ],
  [
    "Write owner/repository, such as TheBloke/TinyLlama-1.1B-Chat-v1.0-GGUF:Q4_K_M.",
    "Schreiben Sie owner/repository, etwa TheBloke/TinyLlama-1.1B-Chat-v1.0-GGUF:Q4_K_M.",
  ],
  [
    "The address {} is no page of a repository's files.",
    "Die Adresse {1} ist keine Seite mit Dateien eines Repositorys.",
  ],
  ['"{}" is not a revision.', "„{1}“ ist keine Revision."],
  ["{} has no weights that Cria can use.", "{1} hat keine Gewichte, die Cria brauchen kann."],
  [
    "It can use GGUF and ggml files and LLaMA checkpoints (safetensors, pytorch_model.bin, consolidated.pth). This repository has {}.",
    "Cria nimmt GGUF- und ggml-Dateien und LLaMA-Checkpoints (safetensors, pytorch_model.bin, consolidated.pth). Dieses Repository hat {1}.",
  ],
  ["{} is a LoRA adapter, not a whole model.", "{1} ist ein LoRA-Adapter, kein ganzes Modell."],
  ["Cria cannot quantize to {}.", "Auf {1} kann Cria nicht quantisieren."],
  ["It can to {}.", "Möglich sind {1}."],
  ['No name can be made of "{}".', "Aus „{1}“ lässt sich kein Name machen."],
  ['{} has no file "{}".', "{1} hat keine Datei „{2}“."],
  ["{} has no {} weights.", "{1} hat keine Gewichte in {2}."],
  ["{} has no {} file.", "{1} hat keine Datei in {2}."],
  ["It has {}: write {}", "Es hat {1}: Schreiben Sie {2}."],
  ['{} has no revision "{}".', "{1} hat keine Revision „{2}“."],
  ["See {} for what there is.", "Was es gibt, steht auf {1}."],
  ["The hub has no repository {}, or it is private.", "Der Hub hat kein Repository {1}, oder es ist privat."],
  [
    "Check the spelling at {}. If it is private, set HF_TOKEN.",
    "Prüfen Sie auf {1}, wie es sich schreibt. Ist es privat, setzen Sie HF_TOKEN.",
  ],
  [
    "Check the spelling at {} and that the account of your HF_TOKEN may see it.",
    "Prüfen Sie auf {1}, wie es sich schreibt, und ob das Konto Ihres HF_TOKEN es sehen darf.",
  ],
  [
    "{} is gated: its owner wants its conditions accepted first.",
    "{1} ist nicht offen: Sein Besitzer verlangt, dass man zuerst seinen Bedingungen zustimmt.",
  ],
  [
    "Open {}, log in and accept the conditions; then make a token at {} and set HF_TOKEN.",
    "Öffnen Sie {1}, melden Sie sich an, und stimmen Sie den Bedingungen zu; dann erzeugen Sie auf {2} ein Token und setzen HF_TOKEN.",
  ],
  ["The hub does not accept the token in HF_TOKEN.", "Der Hub nimmt das Token in HF_TOKEN nicht an."],
  ["The hub answered with status {}.", "Der Hub hat mit Status {1} geantwortet."],
  ["{} answered with status {}.", "{1} hat mit Status {2} geantwortet."],
  [
    "Start again in a while: it goes on where it stopped.",
    "Versuchen Sie es später noch einmal: Es geht dort weiter, wo es aufhörte.",
  ],
  ["HF_HUB_OFFLINE is set, so the hub is not asked.", "HF_HUB_OFFLINE ist gesetzt, darum wird der Hub nicht gefragt."],
  ["{} does not answer as the Hugging Face hub does.", "{1} antwortet nicht wie der Hub von Hugging Face."],
  ["{} shows a certificate that cannot be trusted ({}).", "{1} zeigt ein Zertifikat, dem nicht zu trauen ist ({2})."],
  ["The address of {} cannot be found.", "Die Adresse von {1} ist nicht zu finden."],
  ["{} cannot be reached ({}).", "{1} ist nicht zu erreichen ({2})."],
  ["{} does not answer in time.", "{1} antwortet nicht rechtzeitig."],
  ["The connection to {} broke off.", "Die Verbindung zu {1} ist abgebrochen."],
  [
    "{} answers with something that cannot be understood ({}).",
    "{1} antwortet mit etwas, das nicht zu verstehen ist ({2}).",
  ],
  ["{} sends nothing, or next to nothing.", "{1} sendet nichts oder fast nichts."],
  ["{} has no such file (status {}).", "{1} hat diese Datei nicht (Status {2})."],
  ["{} refuses the file (status {}).", "{1} gibt die Datei nicht heraus (Status {2})."],
  ["Cria does not download from {}: {}.", "Von {1} lädt Cria nichts."],
  ["{} needs {} of disk, but only {} are free.", "{1} braucht {2} Plattenplatz, und nur {3} sind frei."],
  ["The install process ended early ({}).", "Der Prozess der Installation ist vorzeitig zu Ende gegangen ({1})."],
  ['Nothing called "{}" is being installed.', "Nichts namens „{1}“ wird gerade installiert."],
];
