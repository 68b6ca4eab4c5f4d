/**
 * What the server's description says of fields, in German, by the English text: one that changes there is missing here, and the
 * browser test of this page names it.
 */
export const germanFields: Readonly<Partial<Record<string, string>>> = {
  // What is asked for.
  "The id of an installed model, as GET /v1/models lists them":
    "Die Id eines installierten Modells, wie GET /v1/models sie auflistet",
  "The id of an installed model": "Die Id eines installierten Modells",
  "The name of an installed model; the tag :latest may follow":
    "Der Name eines installierten Modells; :latest darf folgen",
  "The older name of model": "Der ältere Name von model",
  "How many choices to make; choice i uses the seed plus i":
    "Wie viele Antworten entstehen; Antwort i nimmt den Startwert plus i",
  "Make this many, answer the n most probable ones": "So viele entstehen, die n wahrscheinlichsten werden gesendet",
  "Send the text as server-sent events while it is made": "Den Text als Server-Sent Events senden, während er entsteht",
  "One line of JSON per piece (true)": "Eine Zeile JSON je Stück (true)",
  "A last chunk without choices has the token counts": "Ein letztes Stück ohne choices enthält die Zahl der Tokens",
  "Taken and ignored: nothing is padded": "Angenommen und übergangen: Nichts wird aufgefüllt",
  "When the context is full, drop the older half of what it holds and go on (false: end or refuse)":
    "Ist der Kontext voll, die ältere Hälfte fallen lassen und weiterschreiben (false: enden oder ablehnen)",
  '"flex": served when nobody waits who watches; anything else: in turn with the others':
    "„flex“: kommt dran, wenn niemand wartet, der zusieht; alles andere: der Reihe nach",
  "Keep what the KV cache already holds of the prompt (true)":
    "Behalten, was der KV-Cache von der Eingabe schon hat (true)",
  "Text in parts, which follow each other": "Text in Teilen, die aufeinander folgen",
  "A text, a list of texts, the numbers of tokens, or a list of lists of them":
    "Ein Text, eine Liste von Texten, die Nummern von Tokens oder eine Liste solcher Listen",
  "Put the prompt before the completion": "Den Prompt vor die Fortsetzung setzen",
  "The prompt as it stands, without the model's format": "Der Prompt, wie er dasteht, ohne das Format des Modells",
  "Functions that the model may ask to be called": "Funktionen, um deren Aufruf das Modell bitten darf",
  "required, or a function's name: the reply is a call, enforced by a grammar":
    "required oder der Name einer Funktion: Die Antwort ist ein Aufruf, von einer Grammatik erzwungen",
  "False: at most one call is answered": "false: Höchstens ein Aufruf wird gesendet",
  "How long the model may be idle in memory: seconds, or 5m, 1h30m; 0: it leaves, below 0: no end":
    "Wie lange das Modell ungenutzt im Speicher bleibt: Sekunden oder 5m, 1h30m; 0: Es geht, unter 0: ohne Ende",
  "Refused when true: no model here thinks apart": "Bei true abgelehnt: Kein Modell denkt hier gesondert",
  "Lists too, such as the vocabulary": "Auch Listen, etwa das Vokabular",
  "Cut off what is too long (true) instead of refusing it": "Zu Langes abschneiden (true), statt es abzulehnen",
  "base64: the bytes of 32-bit floats, little-endian": "base64: die Bytes von 32-Bit-Gleitkommazahlen, little-endian",
  "Only the model's own number is there": "Es gibt nur die Zahl, die das Modell selbst hat",

  // How long a reply gets and how its tokens are chosen.
  "The most tokens the reply may have (older name)": "Wie viele Tokens die Antwort höchstens hat (älterer Name)",
  "The most tokens the reply may have; -1: until the context is full":
    "Wie viele Tokens die Antwort höchstens hat; -1: bis der Kontext voll ist",
  "The most tokens the reply may have; 0 or less: until the context is full":
    "Wie viele Tokens die Antwort höchstens hat; 0 oder weniger: bis der Kontext voll ist",
  "The most tokens a completion may have; -1: until the context is full":
    "Wie viele Tokens eine Fortsetzung höchstens hat; -1: bis der Kontext voll ist",
  "Never end before max_tokens": "Nie vor max_tokens enden",
  "Ends the text before this one comes": "Beendet den Text, bevor dieser kommt",
  "The same seed gives the same text; -1: a random one; of larger numbers the last 32 bits count":
    "Derselbe Startwert ergibt denselben Text; -1: ein zufälliger; von größeren Zahlen gelten die letzten 32 Bits",
  "Sampling; other options of Ollama's are passed over": "Sampling; andere Optionen von Ollama werden übergangen",
  "0 takes the most probable token every time": "0 nimmt jedes Mal das wahrscheinlichste Token",
  "Only the most probable tokens that together have this probability":
    "Nur die wahrscheinlichsten Tokens, die zusammen diese Wahrscheinlichkeit haben",
  "Only this many of the most probable tokens; 0 or -1: all":
    "Nur so viele der wahrscheinlichsten Tokens; 0 oder -1: alle",
  "Only tokens at least this probable, measured by the most probable one":
    "Nur Tokens, die mindestens so wahrscheinlich sind, gemessen am wahrscheinlichsten",
  "Above 1, tokens that came lately are made less probable":
    "Über 1 werden Tokens, die vor Kurzem kamen, unwahrscheinlicher",
  "Tokens that the penalties look back on; -1: as many as allowed":
    "Tokens, auf die die Abzüge zurückblicken; -1: so viele wie erlaubt",
  "-1: as many as allowed": "-1: so viele wie erlaubt",
  "Taken from the logit of every token that came lately": "Wird vom Logit jedes Tokens abgezogen, das vor Kurzem kam",
  "The same, times how often it came": "Dasselbe, mal wie oft es kam",
  "DRY: above 0, repeating a sequence is made less probable":
    "DRY: Über 0 wird es unwahrscheinlicher, eine Folge zu wiederholen",
  "DRY: how fast that grows with the sequence's length": "DRY: wie schnell das mit der Länge der Folge wächst",
  "DRY: sequences this long are free": "DRY: Folgen bis zu dieser Länge sind frei",
  "DRY: tokens of the reply to look back on; -1: all": "DRY: Tokens der Antwort, auf die zurückgeblickt wird; -1: alle",
  "XTC: how often the top choices are left out": "XTC: wie oft die ersten der Auswahl ausgelassen werden",
  "XTC: what counts as a top choice; above 0.5 none does":
    "XTC: ab wann ein Token zu den ersten zählt; über 0,5 keines",
  "Added to tokens' logits: by the token's number, or by a text for each of its tokens; -100 (or false) rules one out":
    "Kommt zu den Logits von Tokens: nach der Nummer des Tokens, oder nach einem Text für jedes seiner Tokens; -100 (oder false) schließt eines aus",
  "A grammar in GBNF that the text follows": "Eine Grammatik in GBNF, der der Text folgt",
  "A JSON Schema that the text is valid under": "Ein JSON-Schema, dem der Text entspricht",
  "json_object: any JSON object; json_schema: JSON of that schema":
    "json_object: irgendein JSON-Objekt; json_schema: JSON nach diesem Schema",
  "json: any JSON object; a JSON Schema: JSON of that schema":
    "json: irgendein JSON-Objekt; ein JSON-Schema: JSON nach diesem Schema",
  "Report every token with its log probability": "Jedes Token mit seiner logarithmierten Wahrscheinlichkeit melden",
  "And this many alternatives; needs logprobs": "Und so viele Alternativen; braucht logprobs",
  "Report every token with its log probability and this many alternatives":
    "Jedes Token mit seiner logarithmierten Wahrscheinlichkeit und so vielen Alternativen melden",

  // What is answered.
  "JSON as a text": "JSON als Text",
  "null in all pieces of a stream but the last": "null in allen Stücken eines Streams bis auf das letzte",
  "With the last line": "Mit der letzten Zeile",
  "Each prompt once, however many choices were made from it":
    "Jeder Prompt einmal, wie viele Antworten auch daraus entstanden",
  "Prompt tokens that the KV cache held already": "Tokens des Prompts, die der KV-Cache schon hatte",
  "llama-server's figures, of the first choice": "Die Zahlen von llama-server, von der ersten Antwort",
  "Prompt tokens found in the KV cache": "Tokens des Prompts, die im KV-Cache lagen",
  "Prompt tokens that were read": "Tokens des Prompts, die gelesen wurden",
  "Tokens that were guessed ahead; left out where none were":
    "Tokens, die vorausgeraten wurden; fehlt, wo es keine gab",
  "How many of them the model chose itself": "Wie viele davon das Modell selbst gewählt hat",
  "The field that is wrong": "Das Feld, das nicht stimmt",
  "cria, or the engine that has it": "cria oder der Server, der es hat",
  "Bytes of the weights": "Bytes der Gewichte",
  "SHA-256 of the weights": "SHA-256 der Gewichte",
  "What the GGUF file says of itself": "Was die GGUF-Datei über sich sagt",
  "Limits of the sampling parameters, and what this model uses when a request leaves them out":
    "Grenzen der Sampling-Parameter und was dieses Modell nimmt, wenn eine Anfrage sie auslässt",
  "Seconds since 1970": "Sekunden seit 1970",
  "When it was installed, in seconds since 1970": "Wann es installiert wurde, in Sekunden seit 1970",
  Nanoseconds: "Nanosekunden",
  "ISO 8601": "ISO 8601",
};
