/** What the server says of files, engines and requests that are not as they should be, in German; read as `germanServerSentences`. */
export const germanServerReasons: readonly (readonly [english: string, german: string])[] = [
  // Requests and callers.
  ["Too many wrong tokens came from this address.", "Von dieser Adresse kamen zu viele falsche Tokens."],
  ["{} prompts of yours are being counted already.", "{1} Ihrer Texte werden schon gezählt."],
  ["This token has {} in a short time.", "Mit diesem Token kam in kurzer Zeit zu viel."],
  ['This node does not know "{}".', "Dieser Server kennt „{1}“ nicht."],
  ["The body must be UTF-8.", "Das muss UTF-8 sein."],
  ["The body must be JSON.", "Das muss JSON sein."],
  ["A compressed body is not read.", "Gepackte Anfragen werden nicht gelesen."],
  ["The body did not arrive whole.", "Die Anfrage kam nicht ganz an."],
  ["The request cannot be read.", "Die Anfrage ist nicht zu lesen."],
  ["The request is wrong.", "Die Anfrage passt nicht."],
  ['Unknown parameter: "{}".', "Einen Parameter „{1}“ gibt es nicht."],
  ["The reply ended with an error.", "Die Antwort endete mit einem Fehler."],
  ["The tools have more than {} characters.", "Die Funktionen haben mehr als {1} Zeichen."],
  ['There is no tool called "{}".', "Eine Funktion namens „{1}“ gibt es nicht."],
  ['There is no request called "{}".', "Eine Anfrage namens „{1}“ gibt es nicht."],
  ['Several models are called "{}".', "Mehrere Modelle heißen „{1}“."],
  ['"{}" is not a model id.', "„{1}“ ist kein Name eines Modells."],
  [
    "{} is a model of the engine {}: its files are not here.",
    "{1} gehört dem Server „{2}“: Seine Dateien sind nicht hier.",
  ],
  [
    "{} is a model of the engine {}: it is loaded and removed there.",
    "{1} gehört dem Server „{2}“: Dort wird es geladen und entfernt.",
  ],
  ["The KV cache of {} cannot be kept as {}.", "Der KV-Cache von {1} lässt sich nicht als {2} halten."],
  [
    "Its heads have {} values, and that type needs a multiple of 32: leave it at f16.",
    "Seine Köpfe haben {1} Werte, und dieser Typ braucht ein Vielfaches von 32: Lassen Sie ihn bei f16.",
  ],
  [
    "This model makes embeddings and writes no replies.",
    "Dieses Modell macht Einbettungen und schreibt keine Antworten.",
  ],
  [
    "Choose another model to write, and send this one texts at /v1/embeddings.",
    "Wählen Sie zum Schreiben ein anderes; an dieses gehen Texte unter /v1/embeddings.",
  ],
  ["There is nothing to embed.", "Es ist nichts da, das einzubetten wäre."],
  ["The model's vocabulary has no token {}.", "Das Vokabular des Modells hat kein Token {1}."],
  ["The model's chat template is {} characters long.", "Die Vorlage des Modells ist {1} Zeichen lang."],
  ["The model's chat template ran for more than {} s.", "Die Vorlage des Modells lief länger als {1} s."],

  // The chats.
  [
    "Your chats and files take {} MB here, and this would take {} MB more: {} MB are kept for a guest.",
    "Ihre Chats und Dateien belegen hier {1} MB, und das brauchte {2} MB mehr: Für einen Gast sind es höchstens {3} MB.",
  ],
  [
    "Delete chats that you do not need. Who runs this server can allow more: --guest-storage.",
    "Löschen Sie Chats, die Sie nicht brauchen. Wer diesen Server betreibt, kann mehr erlauben: --guest-storage.",
  ],
  [
    "Your temporary chats take {} MB, and this would take {} MB more: {} MB are kept for a guest.",
    "Ihre temporären Chats belegen {1} MB, und das brauchte {2} MB mehr: Für einen Gast sind es höchstens {3} MB.",
  ],
  [
    "Delete temporary chats that you do not need, or begin one that is stored.",
    "Löschen Sie temporäre Chats, die Sie nicht brauchen, oder beginnen Sie einen, der gespeichert wird.",
  ],
  ["You have {} chats here.", "Sie haben hier {1} Chats."],
  [
    "At most {} are kept for a guest: delete some that you do not need.",
    "Für einen Gast sind es höchstens {1}: Löschen Sie einige, die Sie nicht brauchen.",
  ],

  [
    "An import of these chats is still under way on another server.",
    "Ein anderer Server übernimmt gerade noch Chats für Sie.",
  ],
  ["Try again when it has ended.", "Versuchen Sie es noch einmal, wenn er fertig ist."],

  // The file of the chats.
  ["The file {} is damaged: {}.", "Die Datei {1} ist beschädigt ({2})."],
  ["The file {} is damaged.", "Die Datei {1} ist beschädigt."],
  ["The file of the chats is damaged.", "Die Datei mit den Chats ist beschädigt."],

  // What is to be installed, and the way there.
  ["What is to be installed is empty.", "Was zu installieren ist, ist leer."],
  ["{} is not quantized: say what to.", "{1} ist nicht quantisiert: Sagen Sie, worauf."],
  ["{} is installed already, from {}.", "{1} ist schon installiert, und zwar aus {2}."],
  [
    "{} was begun already, from {}, and is not finished.",
    "{1} wurde schon begonnen, und zwar aus {2}, und ist nicht fertig.",
  ],
  ["This user may not read {}.", "Dieser Benutzer darf {1} nicht lesen."],
  [
    "{} is to hold what is fetched, but has other files in it.",
    "{1} soll aufnehmen, was geladen wird, enthält aber anderes.",
  ],
  ["{} has no checkpoint.", "{1} hat keinen Checkpoint."],
  ["There is no file or folder {}.", "Eine Datei oder einen Ordner {1} gibt es nicht."],
  ["{} has several GGUF models.", "{1} hat mehrere GGUF-Modelle."],
  ['The file "{}" has a name that cannot be used.', "Die Datei „{1}“ hat einen Namen, der nicht zu gebrauchen ist."],
  ["The engine ended while it read them ({}).", "Die Engine ist beim Lesen zu Ende gegangen ({1})."],
  ["{} sends the download round in circles.", "{1} schickt den Download im Kreis."],
  ["{} redirects to something that is no address.", "{1} leitet auf etwas weiter, das keine Adresse ist."],
  ["The proxy {} cannot be reached.", "Der Proxy {1} ist nicht zu erreichen."],
  ["The proxy {} wants a name and a password.", "Der Proxy {1} möchte Name und Passwort."],
  ["The proxy {} does not let the download through ({}).", "Der Proxy {1} lässt den Download nicht durch ({2})."],
  ["{} answers with more than {} bytes.", "{1} antwortet mit mehr als {2} Bytes."],
  ["{} lacks shard {} of {}.", "In {1} fehlt Teil {2} von {3}."],

  // Files of weights.
  ['"{}" says that it is part {} of {}.', "„{1}“ nennt sich Teil {2} von {3}."],
  ['The folder "{}" could not be read.', "Der Ordner „{1}“ war nicht zu lesen."],
  ['"{}" is not a file.', "„{1}“ ist keine Datei."],
  ['"{}" became shorter while it was read.', "„{1}“ wurde kürzer, während es gelesen wurde."],
  ['The base model lacks the tensor "{}" of the diff.', "Dem Grundmodell fehlt der Tensor „{1}“ des Diffs."],
  [
    "The diff does not fit the base model: their {} differs.",
    "Der Diff passt nicht zum Grundmodell ({1} ist verschieden).",
  ],
  ['"{}" holds no weights that are known.', "In „{1}“ sind keine Gewichte, die bekannt sind."],
  ['"{}" lacks the file "{}".', "In „{1}“ fehlt die Datei „{2}“."],
  ['"{}" holds {}, not a whole checkpoint.', "„{1}“ enthält keinen ganzen Checkpoint ({2})."],
  ['There is no config.json or params.json beside "{}".', "Neben „{1}“ liegt keine config.json oder params.json."],
  ['Two shards have the tensor "{}"; one is "{}".', "Zwei Teile haben den Tensor „{1}“; einer ist „{2}“."],
  ['The tensor "{}" in "{}" holds values of the type {}.', "Der Tensor „{1}“ in „{2}“ enthält Werte vom Typ {3}."],
  ['The tensor "{}" holds values of the type {}.', "Der Tensor „{1}“ enthält Werte vom Typ {2}."],
  ['"{}" has {} bytes; at most {} make sense.', "„{1}“ hat {2} Bytes; höchstens {3} sind sinnvoll."],
  ['"{}" is not valid JSON.', "„{1}“ ist kein gültiges JSON."],
  ['"{}" is not a JSON object.', "„{1}“ ist kein JSON-Objekt."],
  [
    "Values of the type {} cannot be made {} without quantizing.",
    "Werte vom Typ {1} lassen sich ohne Quantisieren nicht zu {2} machen.",
  ],
  [
    '"{}" lacks the scores that turning text into tokens needs.',
    "In „{1}“ fehlen die Gewichtungen, mit denen aus Text Tokens werden.",
  ],
  ['The tokenizer.model is not that of "{}".', "Die tokenizer.model gehört nicht zu „{1}“."],
  ['"{}" is not a valid GGUF file: {}.', "„{1}“ ist keine gültige GGUF-Datei ({2})."],
  [
    'the tensor "{}" ends at byte {}, but the file has only {} bytes',
    "der Tensor „{1}“ endet bei Byte {2}, die Datei hat nur {3} Bytes",
  ],
  ["it is empty or cut off", "sie ist leer oder unvollständig"],
  ["it ends in the middle of {}", "sie hört mittendrin auf: {1}"],
  [
    'it is one part of a split model, and the part "{}" is missing',
    "sie ist Teil eines geteilten Modells, und der Teil „{1}“ fehlt",
  ],
  ["This GGUF file cannot be used: {}.", "Diese GGUF-Datei ist nicht zu gebrauchen ({1})."],
  ['In "{}" {}.', "„{1}“ passt nicht ({2})."],
  [
    'The checkpoint lacks "tok_embeddings.weight" or "norm.weight".',
    "Dem Checkpoint fehlt „tok_embeddings.weight“ oder „norm.weight“.",
  ],
  ["The checkpoint lacks {}.", "Dem Checkpoint fehlt {1}."],
  [
    "The checkpoint has {}, which a LLaMA model does not have.",
    "Der Checkpoint hat {1}, was ein LLaMA-Modell nicht hat.",
  ],
  ['The tensor "{}" has the shape [{}] instead of [{}].', "Der Tensor „{1}“ hat die Form [{2}] statt [{3}]."],
  [
    'The shards disagree about the type or the shape of "{}".',
    "Die Teile sind sich über Typ oder Form von „{1}“ nicht einig.",
  ],
  [
    'The checkpoint has {} of {} shards: "{}" has the shape [{}, {}] in each, [{}, {}] in all.',
    "Der Checkpoint hat {1} von {2} Teilen: „{3}“ hat in jedem die Form [{4}, {5}], im Ganzen [{6}, {7}].",
  ],
  [
    "The checkpoint is quantized already, in a way that cannot be converted.",
    "Der Checkpoint ist schon quantisiert, und so, dass er nicht umzuwandeln ist.",
  ],
  ["The adapter does not fit the base model: {}.", "Der Adapter passt nicht zum Grundmodell ({1})."],
  ['The adapter in "{}" {}.', "Der Adapter in „{1}“ ist nicht zu gebrauchen ({2})."],
  ["The adapter cannot be merged: {}.", "Der Adapter lässt sich nicht einarbeiten ({1})."],
  ['The tensor "{}" belongs to no layer of the model.', "Der Tensor „{1}“ gehört zu keiner Schicht des Modells."],
  ["{} cannot write guesses for {}: {}.", "{1} kann {2} nicht vorausschreiben ({3})."],
  ["The draft cannot be loaded: {}", "Das Modell, das vorausschreiben soll, ist nicht zu laden ({1})"],

  // Other servers' models.
  ["{} answered with something that is no JSON.", "{1} hat mit etwas geantwortet, das kein JSON ist."],
  ["An engine's answer has more than {} bytes.", "Die Antwort eines Servers hat mehr als {1} Bytes."],
  ["The engine {} sent no embedding.", "Der Server „{1}“ hat keine Einbettung gesendet."],
  [
    "The engine {} sent something that is no part of a reply.",
    "Der Server „{1}“ hat etwas gesendet, das zu keiner Antwort gehört.",
  ],
  [
    "The engine {} has no list of models in OpenAI's form.",
    "Der Server „{1}“ hat keine Liste von Modellen in der Form von OpenAI.",
  ],
  [
    "An engine sent an event of more than {} characters.",
    "Ein Server hat ein Ereignis mit mehr als {1} Zeichen gesendet.",
  ],
  [
    "The engine {} sends to another address, which Cria does not follow.",
    "Der Server „{1}“ verweist auf eine andere Adresse, der Cria nicht folgt.",
  ],
  ["The engine that has this model cannot {}.", "Der Server, der dieses Modell hat, kann das nicht ({1})."],

  ["The engine {} has too much to do.{}", "Der Server „{1}“ hat zu viel zu tun.{2}"],
  ["The engine {} does not take the request.{}", "Der Server „{1}“ nimmt die Anfrage nicht an.{2}"],
  ["The engine {} answered with status {}.{}", "Der Server „{1}“ hat mit Status {2} geantwortet.{3}"],
  [
    "The conversation is longer than the context of the model at {}.{}",
    "Der Chat ist länger als der Kontext des Modells auf dem Server „{1}“.{2}",
  ],
  [" It says: {}", " Er sagt: „{1}“"],

  // What is to be done.
  [
    "Choose no draft, a shorter context or a smaller KV cache, unload another model, or close other programs.",
    "Wählen Sie kein Modell zum Vorausschreiben, einen kürzeren Kontext oder einen kleineren KV-Cache, nehmen Sie ein anderes Modell aus dem Speicher, oder schließen Sie andere Programme.",
  ],
  [
    "Choose a shorter context or a smaller KV cache, or close other programs.",
    "Wählen Sie einen kürzeren Kontext oder einen kleineren KV-Cache, oder schließen Sie andere Programme.",
  ],
];
