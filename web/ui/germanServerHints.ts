/** What the server says is to be done about chats, replies, models and itself, in German; read as `germanServerSentences`. */
export const germanServerHints: readonly (readonly [english: string, german: string])[] = [
  // Callers and requests.
  ["Send it as Authorization: Bearer …", "Senden Sie es als Authorization: Bearer …"],
  ["Ask for a new one: cria token new", "Bitten Sie um ein neues: cria token new"],
  [
    "To let others in, start it with a token: CRIA_TOKEN=… or --token.",
    "Sollen andere hinein, starten Sie ihn mit einem Token: CRIA_TOKEN=… oder --token.",
  ],
  ["A token of theirs is made with: cria token new NAME --mine", "Ein solches Token macht: cria token new NAME --mine"],
  [
    "Open the address that the server printed. Another name for it is made known with --allowed-host NAME.",
    "Öffnen Sie die Adresse, die der Server beim Start nennt. Einen anderen Namen macht ihm --allowed-host NAME bekannt.",
  ],
  [
    "Send JSON with the header Content-Type: application/json, or else the header X-Cria: 1.",
    "Senden Sie JSON mit dem Header Content-Type: application/json, sonst den Header X-Cria: 1.",
  ],
  ["Send less at once.", "Senden Sie weniger auf einmal."],
  ["Send less text at once.", "Senden Sie weniger Text auf einmal."],
  ["Send its text as text/plain.", "Senden Sie den Text als text/plain."],
  ["Send it without Content-Encoding.", "Senden Sie es ohne Content-Encoding."],
  [
    "Send the header Content-Type: application/json or application/zip.",
    "Senden Sie den Header Content-Type: application/json oder application/zip.",
  ],
  ["Send the header Content-Type: application/json.", "Senden Sie den Header Content-Type: application/json."],
  ["The page is at /.", "Die Seite liegt unter /."],
  ["docs/protocol.md lists the requests.", "docs/protocol.md nennt die Anfragen."],
  ["docs/protocol.md lists what each request takes.", "docs/protocol.md nennt, was jede Anfrage annimmt."],
  [
    "docs/protocol.md says what a model's settings may be.",
    "Welche Einstellungen ein Modell haben kann, steht in docs/protocol.md.",
  ],
  ["Try again.", "Versuchen Sie es noch einmal."],
  ["Try again in a moment.", "Versuchen Sie es gleich noch einmal."],
  ["Try again in a while.", "Versuchen Sie es nach einer Weile noch einmal."],
  ["Try again in a few minutes.", "Versuchen Sie es in ein paar Minuten noch einmal."],
  [
    "Try again. If it happens again, the server's log says more.",
    "Versuchen Sie es noch einmal. Geschieht es wieder, steht mehr im Protokoll von Cria.",
  ],

  // Servers that work together.
  [
    "All nodes of a cluster have to be of the same version.",
    "Alle Server eines Verbunds müssen dieselbe Version haben.",
  ],
  [
    "Try again in a moment. If it stays so, look at the Redis server.",
    "Versuchen Sie es gleich noch einmal. Bleibt es so, sehen Sie nach dem Redis-Server.",
  ],
  [
    "Look whether it was done, and try again if not.",
    "Sehen Sie nach, ob es geschehen ist, und versuchen Sie es sonst noch einmal.",
  ],
  [
    "The server may be shutting down, or somebody stopped it there. Ask again for a whole one.",
    "Vielleicht wird der Server gerade beendet, oder jemand hat sie dort angehalten. Fragen Sie noch einmal nach einer ganzen.",
  ],

  // Chats.
  ["It may have been deleted in another window.", "Vielleicht wurde er in einem anderen Fenster gelöscht."],
  [
    "It may have been deleted in another window: open the conversation again.",
    "Vielleicht wurde sie in einem anderen Fenster gelöscht: Öffnen Sie den Chat noch einmal.",
  ],
  ["Stop it, or wait until it has ended.", "Halten Sie sie an, oder warten Sie, bis sie fertig ist."],
  [
    "The damaged file was kept in the home folder as {}.",
    "Die beschädigte Datei liegt im Ordner von Cria und heißt jetzt {1}.",
  ],
  [
    "Move it away by hand to start with an empty history.",
    "Legen Sie sie von Hand beiseite, um ohne die alten Chats zu beginnen.",
  ],
  [
    "Free some room on the disk of the home folder, then try again.",
    "Schaffen Sie Platz auf der Platte mit dem Ordner von Cria, und versuchen Sie es dann noch einmal.",
  ],
  [
    "Start Cria again: it sets the file aside and begins a new one. cria doctor says more.",
    "Starten Sie Cria neu: Es legt die Datei beiseite und beginnt eine neue. Mehr sagt cria doctor.",
  ],
  [
    "The disk says: {}. cria doctor looks at the home folder.",
    "Die Platte meldet: „{1}“. Den Ordner von Cria untersucht cria doctor.",
  ],
  [
    "Free some room on the disk of the Postgres server, then try again.",
    "Schaffen Sie Platz auf der Platte des Postgres-Servers, und versuchen Sie es dann noch einmal.",
  ],
  ["Try again in a moment. Postgres says: {}.", "Versuchen Sie es gleich noch einmal. Postgres meldet: „{1}“."],
  ["Choose another folder with --home DIR or CRIA_HOME.", "Wählen Sie mit --home ORDNER oder CRIA_HOME einen anderen."],

  // Replies.
  ["Ask again for a whole one.", "Fragen Sie noch einmal nach einer ganzen."],
  ["Wait until some have ended, or stop them.", "Warten Sie, bis einige fertig sind, oder halten Sie welche an."],
  ["Wait until they have ended, or stop them.", "Warten Sie, bis sie fertig sind, oder halten Sie sie an."],
  [
    "It may have ended some time ago: open its conversation again.",
    "Vielleicht ist sie schon länger fertig: Öffnen Sie den Chat noch einmal.",
  ],
  ["Start a new chat, or shorten what you send.", "Beginnen Sie einen neuen Chat, oder kürzen Sie, was Sie senden."],
  ["At most {} are allowed.", "Höchstens {1} sind erlaubt."],
  [
    "The model's file may be damaged: install it again, or choose another model.",
    "Vielleicht ist die Datei des Modells beschädigt: Installieren Sie es noch einmal, oder wählen Sie ein anderes.",
  ],
  [
    "Choose a model whose chat template knows tools, or leave them out.",
    "Wählen Sie ein Modell, dessen Vorlage Funktionen kennt, oder lassen Sie die Funktionen weg.",
  ],
  ["Embed it in parts.", "Betten Sie es in Teilen ein."],
  [
    "Embed it in shorter parts, unload another model, or close other programs.",
    "Betten Sie es in kürzeren Teilen ein, nehmen Sie ein anderes Modell aus dem Speicher, oder schließen Sie andere Programme.",
  ],
  ["It has {} tokens, from 0 on.", "Es hat {1} Tokens, von 0 an gezählt."],
  [
    "Check what it asks for after the text so far: it may want a character that no token has.",
    "Prüfen Sie, was sie nach dem bisherigen Text verlangt: vielleicht ein Zeichen, das in keinem Token vorkommt.",
  ],

  // Models.
  ["Install one: cria llama install 7B", "Installieren Sie eines: cria llama install 7B"],
  ["Install one: cria alpaca install 7B", "Installieren Sie eines: cria alpaca install 7B"],
  ["Give the whole name: {}.", "Nennen Sie den ganzen Namen: {1}."],
  [
    "An id is a family and a name with a dot between, such as llama.7B: letters, digits, '.', '_' and '-' only.",
    "So ein Name besteht aus Familie und Name mit einem Punkt dazwischen, etwa llama.7B: nur Buchstaben, Ziffern, „.“, „_“ und „-“.",
  ],
  [
    "It is tried again in {} seconds, or at once when you load it. If it goes on, install it again.",
    "In {1} Sekunden wird es noch einmal versucht, oder sofort, wenn Sie es laden. Geht es so weiter, installieren Sie es noch einmal.",
  ],
  [
    "The disk may be slow or the file damaged. Try again, or install the model again.",
    "Die Platte kann langsam oder die Datei beschädigt sein. Versuchen Sie es noch einmal, oder installieren Sie das Modell neu.",
  ],
  [
    "Try again: a new process is started for it.",
    "Versuchen Sie es noch einmal: Dafür wird ein neuer Prozess gestartet.",
  ],
  [
    "Try again when {} has nothing to do, or unload it first.",
    "Versuchen Sie es noch einmal, wenn {1} nichts zu tun hat, oder nehmen Sie es zuerst aus dem Speicher.",
  ],
  ["Try again: it is loaded anew then.", "Versuchen Sie es noch einmal: Dann wird es neu geladen."],
  ["Install the model again.", "Installieren Sie das Modell noch einmal."],
  [
    "The file may be damaged, of a kind this engine does not know, or too big for the memory. Install it again or choose a smaller one.",
    "Die Datei kann beschädigt, von einer unbekannten Art oder zu groß für den Speicher sein. Installieren Sie das Modell noch einmal, oder wählen Sie ein kleineres.",
  ],

  // Other servers' models.
  [
    "Its address has to lead to an OpenAI-compatible API, as http://host:8000/v1.",
    "Seine Adresse muss zu einer Schnittstelle wie der von OpenAI führen, etwa http://host:8000/v1.",
  ],
  [
    "Check that it runs, and its address: cria serve --engine name=http://host:8000/v1",
    "Prüfen Sie, ob er läuft und ob seine Adresse stimmt: cria serve --engine name=http://host:8000/v1",
  ],
  [
    "Begin a new chat, or choose a model with a larger context.",
    "Beginnen Sie einen neuen Chat, oder wählen Sie ein Modell mit größerem Kontext.",
  ],
  [
    "Give its key in the environment, as CRIA_ENGINE_{}_KEY.",
    "Geben Sie ihm seinen Schlüssel in der Umgebungsvariablen CRIA_ENGINE_{1}_KEY.",
  ],
  [
    "Another parameter or another model may be taken.",
    "Vielleicht geht es mit anderen Parametern oder einem anderen Modell.",
  ],
  ["Give the address that it has itself, with --engine.", "Geben Sie mit --engine die Adresse an, die er selbst hat."],
  ["Send such requests to that server itself.", "Senden Sie solche Anfragen an jenen Server selbst."],
  [
    "Leave it out, or choose a model of this machine.",
    "Lassen Sie es weg, oder wählen Sie ein Modell, das auf diesem Rechner liegt.",
  ],
];
