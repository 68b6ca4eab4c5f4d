/** What the server's description says of interfaces and requests, in German. What is not here is shown in English. */
export const germanOperations: Readonly<Partial<Record<string, string>>> = {
  "For programs that talk to OpenAI: the base address is /v1.":
    "Für Programme, die mit OpenAI sprechen: Die Grundadresse ist /v1.",
  "For programs that know only Ollama.": "Für Programme, die nur Ollama kennen.",
  "How models are held on this machine.": "Wie Modelle auf diesem Rechner gehalten werden.",
  "Answer a conversation": "Ein Gespräch beantworten",
  "The conversation is put into the model's own prompt format. With stream set, pieces come as server-sent events and [DONE] ends them. A client that goes away stops its reply.":
    "Das Gespräch kommt in das eigene Format des Modells. Mit stream kommen Stücke als Server-Sent Events, [DONE] beendet sie. Wer fortgeht, hält seine Antwort an.",
  "Continue a text": "Einen Text fortsetzen",
  "The text goes to the model as it stands.": "Der Text geht an das Modell, wie er dasteht.",
  "Turn texts into vectors": "Texte zu Vektoren machen",
  "Turn one text into a vector": "Einen Text zu einem Vektor machen",
  "Every vector has the length 1.": "Jeder Vektor hat die Länge 1.",
  "List the installed models": "Die installierten Modelle auflisten",
  "With the limits and defaults of every sampling parameter.": "Mit Grenzen und Vorgaben jedes Sampling-Parameters.",
  "Look at one model": "Ein Modell ansehen",
  "One line of JSON per piece unless stream is false.": "Eine Zeile JSON je Stück, wenn stream nicht false ist.",
  "Answer a prompt": "Einen Prompt beantworten",
  "An empty prompt loads the model; with keep_alive 0 it takes it out of memory.":
    "Ein leerer Prompt lädt das Modell; mit keep_alive 0 kommt es aus dem Speicher.",
  "The older form of /api/embed.": "Die ältere Form von /api/embed.",
  "List the models in memory": "Die Modelle im Speicher auflisten",
  "The release of Ollama whose interface this is": "Die Version von Ollama, deren Schnittstelle dies ist",
  "What a model takes in memory": "Was ein Modell im Speicher braucht",
  "With the context, the KV cache, the threads and the GPU layers that are chosen for it.":
    "Mit dem Kontext, dem KV-Cache, den Threads und den GPU-Schichten, die dafür gewählt sind.",
  "What a model would take in memory with other settings":
    "Was ein Modell mit anderen Einstellungen im Speicher bräuchte",
  "Choose how a model is held in memory": "Wählen, wie ein Modell im Speicher gehalten wird",
  "The settings replace those that were chosen before. A model that is in memory is loaded again.":
    "Die Einstellungen treten an die Stelle der früheren. Ein Modell im Speicher wird neu geladen.",
};
