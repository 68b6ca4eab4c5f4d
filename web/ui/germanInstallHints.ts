/** What the server says is to be done about installing and about files of weights, in German; read as `germanServerSentences`. */
export const germanInstallHints: readonly (readonly [english: string, german: string])[] = [
  // What is to be installed, and where.
  [
    "Give a name as llama.7B, owner/repository on the hub, an https:// address, a folder or a file.",
    "Geben Sie einen Namen wie llama.7B an, owner/repository auf dem Hub oder eine https://-Adresse.",
  ],
  [
    "Choose it on the page, or talk to it in the terminal: cria chat demo",
    "Wählen Sie es auf der Seite, oder sprechen Sie im Terminal mit ihm: cria chat demo",
  ],
  ["Check the path.", "Prüfen Sie den Pfad."],
  [
    "Check the permissions of the file and of the folders above it.",
    "Prüfen Sie die Rechte der Datei und der Ordner, in denen sie liegt.",
  ],
  ["Name one of the files: {}", "Nennen Sie eine der Dateien: {1}"],
  ["Say how the model shall be called: --as family.NAME", "Sagen Sie, wie das Modell heißen soll: --as familie.NAME"],
  ["For instance --quantize Q4_K_M", "Zum Beispiel --quantize Q4_K_M"],
  [
    "Go on with that one or remove it first, or give this one another name (--as family.NAME). --force puts it in its place.",
    "Machen Sie mit jenem weiter, oder entfernen Sie es zuerst, oder geben Sie diesem einen anderen Namen (--as familie.NAME). --force setzt es an dessen Stelle.",
  ],
  [
    "Remove that one first, or give this one another name (--as family.NAME). --force puts it in its place.",
    "Entfernen Sie zuerst jenes, oder geben Sie diesem einen anderen Namen (--as familie.NAME). --force setzt es an dessen Stelle.",
  ],
  [
    "Merge it into its base: cria convert <base> out.gguf --lora {}",
    "Arbeiten Sie ihn in sein Grundmodell ein: cria convert <Grundmodell> out.gguf --lora {1}",
  ],
  [
    "Make room, or choose a folder on another disk with --home.{}",
    "Schaffen Sie Platz, oder wählen Sie mit --home einen Ordner auf einer anderen Platte.{1}",
  ],
  ["--force installs it all the same.{}", "Mit --force wird es trotzdem installiert.{1}"],
  [" What fits: {}.", " Es passen: {1}."],
  ["Wait until it has finished, or stop it first.", "Warten Sie, bis das fertig ist, oder halten Sie es zuerst an."],
  ["Let some of them finish first.", "Lassen Sie erst einige fertig werden."],
  ["Cancel the install first.", "Brechen Sie die Installation zuerst ab."],
  ["What was fetched is kept: start it again. {}", "Was geladen wurde, bleibt: Starten Sie noch einmal. {1}"],
  ["What was fetched is kept: start it again.", "Was geladen wurde, bleibt: Starten Sie noch einmal."],
  ["Start again: it is read anew.", "Starten Sie noch einmal: Es wird neu gelesen."],
  [
    "Move it away, or give the result another name.",
    "Legen Sie es beiseite, oder geben Sie dem Ergebnis einen anderen Namen.",
  ],

  // What was fetched is not what it should be.
  [
    "The source has other weights than the catalog says. Please report it.",
    "Die Quelle hat andere Gewichte, als der Katalog sagt. Bitte melden Sie das.",
  ],
  [
    "The source has other weights than the catalog says. Please report it, and install from another repository meanwhile.",
    "Die Quelle hat andere Gewichte, als der Katalog sagt. Bitte melden Sie das, und installieren Sie vorerst aus einem anderen Repository.",
  ],
  [
    "Start again, in case the download was damaged. If it happens again, the weights are: choose another source.",
    "Starten Sie noch einmal, falls der Download beschädigt war. Geschieht es wieder, sind es die Gewichte: Wählen Sie eine andere Quelle.",
  ],
  [
    "The source may be damaged, or of a kind that the engine does not know yet.",
    "Die Quelle kann beschädigt oder von einer Art sein, die die Engine noch nicht kennt.",
  ],
  [
    "The file may be damaged, or of a kind that the engine does not know.",
    "Die Datei kann beschädigt oder von einer Art sein, die die Engine nicht kennt.",
  ],
  [
    "The repository has parts of different uploads. Choose another one.",
    "Im Repository liegen Teile aus verschiedenen Uploads. Wählen Sie ein anderes.",
  ],
  [
    "Choose one with model.safetensors, pytorch_model.bin or adapter_model files.",
    "Wählen Sie eines mit model.safetensors, pytorch_model.bin oder adapter_model.",
  ],
  [
    "Its upload is not complete. Choose another repository.",
    "Es ist nicht vollständig. Wählen Sie ein anderes Repository.",
  ],

  // The way there.
  ["Check the address.", "Prüfen Sie die Adresse."],
  ["Check HF_ENDPOINT.", "Prüfen Sie HF_ENDPOINT."],
  [
    "Unset it, or install from a folder or file on this disk.",
    "Löschen Sie die Variable, oder installieren Sie aus einem Ordner oder einer Datei auf dieser Platte.",
  ],
  [
    "Download it yourself, for instance in the browser, and install the file from the disk.",
    "Laden Sie die Datei selbst herunter, etwa im Browser, und installieren Sie sie von der Platte.",
  ],
  [
    "Download the file yourself and install it from the disk, or name a hub of your own with HF_ENDPOINT.",
    "Laden Sie die Datei selbst herunter, und installieren Sie sie von der Platte, oder nennen Sie mit HF_ENDPOINT einen eigenen Hub.",
  ],
  ["Start again: it goes on where it stopped.", "Starten Sie noch einmal: Es geht dort weiter, wo es aufhörte."],
  ["Start it again.", "Starten Sie noch einmal."],
  [
    "Start again. If it happens again, choose another source.",
    "Starten Sie noch einmal. Geschieht es wieder, wählen Sie eine andere Quelle.",
  ],
  [
    "Start again. If it happens again, a proxy on the way changes files: try another network.",
    "Starten Sie noch einmal. Geschieht es wieder, verändert ein Proxy auf dem Weg die Dateien: Versuchen Sie es in einem anderen Netz.",
  ],
  [
    "Try again later, or choose another source.",
    "Versuchen Sie es später noch einmal, oder wählen Sie eine andere Quelle.",
  ],
  [
    "A proxy on the way may be wrong: try another network, or another source.",
    "Vielleicht arbeitet ein Proxy auf dem Weg falsch: Versuchen Sie es in einem anderen Netz oder mit einer anderen Quelle.",
  ],
  [
    "A proxy on the way may do that: try another network, or another source.",
    "Vielleicht tut das ein Proxy auf dem Weg: Versuchen Sie es in einem anderen Netz oder mit einer anderen Quelle.",
  ],
  [
    "A proxy on the way may do that: try another network.",
    "Vielleicht tut das ein Proxy auf dem Weg: Versuchen Sie es in einem anderen Netz.",
  ],
  [
    "It looks like http://proxy.example:3128, or http://name:password@proxy.example:3128.",
    "So eine Adresse sieht aus wie http://proxy.example:3128 oder http://name:password@proxy.example:3128.",
  ],
  ["Is it running? {}", "Läuft er? {1}"],
  [
    "HTTPS_PROXY, HTTP_PROXY and NO_PROXY say which proxy is used, and for what.",
    "Welcher Proxy wofür benutzt wird, sagen HTTPS_PROXY, HTTP_PROXY und NO_PROXY.",
  ],
  [
    "Put them into HTTPS_PROXY: http://name:password@proxy.example:3128.",
    "Schreiben Sie sie in HTTPS_PROXY: http://name:password@proxy.example:3128.",
  ],
  [
    "If your network inspects traffic, name its certificate in NODE_EXTRA_CA_CERTS.",
    "Wird in Ihrem Netz mitgelesen, nennen Sie dessen Zertifikat in NODE_EXTRA_CA_CERTS.",
  ],
  [
    "Make room, or choose another folder with --home, and start again: it goes on where it stopped.",
    "Schaffen Sie Platz, oder wählen Sie mit --home einen anderen Ordner, und starten Sie noch einmal: Es geht dort weiter, wo es aufhörte.",
  ],
  [
    "FAT32 ends at 4 GB. Choose a folder on another disk with --home.",
    "FAT32 endet bei 4 GB. Wählen Sie mit --home einen Ordner auf einer anderen Platte.",
  ],
  [
    "Choose another folder with --home DIR or CRIA_HOME, or give yourself the right to write there.",
    "Wählen Sie mit --home ORDNER oder CRIA_HOME einen anderen Ordner, oder geben Sie sich das Recht, dort zu schreiben.",
  ],
  [
    "Open {} with the account of your HF_TOKEN, accept the conditions (some owners take a while to answer), then try again.",
    "Öffnen Sie {1} mit dem Konto Ihres HF_TOKEN, stimmen Sie den Bedingungen zu (manche Besitzer antworten erst nach einer Weile), und versuchen Sie es dann noch einmal.",
  ],
  [
    "Make a new one at {}, or unset HF_TOKEN for public models.",
    "Erzeugen Sie auf {1} ein neues, oder löschen Sie HF_TOKEN, wenn das Modell öffentlich ist.",
  ],
  ["Make one at {} and set HF_TOKEN.", "Erzeugen Sie eines auf {1}, und setzen Sie HF_TOKEN."],
  [
    "Check that your HF_TOKEN may read this repository (fine-grained tokens list what they may read).",
    "Prüfen Sie, ob Ihr HF_TOKEN dieses Repository lesen darf (manche Tokens zählen auf, was sie lesen dürfen).",
  ],
  [
    "Wait a few minutes and start again: it goes on where it stopped.{}",
    "Warten Sie ein paar Minuten, und starten Sie noch einmal: Es geht dort weiter, wo es aufhörte.{1}",
  ],
  [" A token in HF_TOKEN raises the limit.", " Mit einem Token in HF_TOKEN liegt die Grenze höher."],

  // Files of weights.
  [
    "Check the path: name the folder that has the checkpoint's files in it.",
    "Prüfen Sie den Pfad: Nennen Sie den Ordner, in dem die Dateien des Checkpoints liegen.",
  ],
  [
    `Fetch the real file: "git lfs pull" in its folder, or download it from the repository's page.`,
    "Holen Sie die eigentliche Datei: mit „git lfs pull“ in ihrem Ordner oder von der Seite des Repositorys.",
  ],
  ["Put all parts into the same folder.", "Legen Sie alle Teile in denselben Ordner."],
  [
    "Name the parts as they were: NAME-00001-of-{}.gguf and so on.",
    "Nennen Sie die Teile, wie sie hießen: NAME-00001-of-{1}.gguf und so weiter.",
  ],
  ["Name a file with weights in it.", "Nennen Sie eine Datei mit Gewichten."],
  [
    "Is another program writing to it? Try again when it has finished.",
    "Schreibt ein anderes Programm hinein? Versuchen Sie es noch einmal, wenn es fertig ist.",
  ],
  ["Check the path and the disk.", "Prüfen Sie Pfad und Platte."],
  ["Check the folder and the disk.", "Prüfen Sie Ordner und Platte."],
  [
    "The diff was made for another model: check which base it needs.",
    "Der Diff gehört zu einem anderen Modell: Prüfen Sie, welches Grundmodell er braucht.",
  ],
  [
    "Convert the model that it was made for and give the adapter with --lora.",
    "Wandeln Sie das Modell um, für das er gemacht wurde, und geben Sie den Adapter mit --lora an.",
  ],
  [
    "They need no conversion: install the file itself.",
    "Die muss nicht umgewandelt werden: Installieren Sie die Datei selbst.",
  ],
  ["Give the file itself.", "Nennen Sie die Datei selbst."],
  ["Known are {}, *.gguf and ggml-*.bin.", "Bekannt sind {1}, *.gguf und ggml-*.bin."],
  ["Download the whole checkpoint into one folder.", "Laden Sie den ganzen Checkpoint in einen Ordner."],
  [
    "Put the checkpoint's configuration and tokenizer into the same folder as its weights.",
    "Legen Sie Konfiguration und Tokenizer des Checkpoints in denselben Ordner wie die Gewichte.",
  ],
  [
    "Give a GGUF file, a file of the older ggml formats, or the folder of a checkpoint ({}).",
    "Nennen Sie eine GGUF-Datei, eine Datei der älteren ggml-Formate oder den Ordner eines Checkpoints ({1}).",
  ],
  [
    "The folder has files of different downloads: download all shards again.",
    "Im Ordner liegen Dateien aus verschiedenen Downloads: Laden Sie alle Teile noch einmal.",
  ],
  [
    "Only F32, F16 and BF16 weights can be added to others.",
    "Nur Gewichte in F32, F16 und BF16 lassen sich zu anderen addieren.",
  ],
  [
    "Only F32, F16 and BF16 weights can be converted into each other.",
    "Nur Gewichte in F32, F16 und BF16 lassen sich ineinander umwandeln.",
  ],
  [
    "Is this really the checkpoint's file? Download it again.",
    "Ist das wirklich die Datei des Checkpoints? Laden Sie sie noch einmal.",
  ],
  ["The download was cut off: download the file again.", "Der Download brach ab: Laden Sie die Datei noch einmal."],
  ["The file is damaged: download it again.", "Die Datei ist beschädigt: Laden Sie sie noch einmal."],
  [
    "The file is damaged: download it again, or copy it again.",
    "Die Datei ist beschädigt: Laden oder kopieren Sie sie noch einmal.",
  ],
  [
    "The file is damaged or was cut off: download it again.",
    "Die Datei ist beschädigt oder unvollständig: Laden Sie sie noch einmal.",
  ],
  [
    "The file is damaged or was cut off: download it again and compare its checksum.",
    "Die Datei ist beschädigt oder unvollständig: Laden Sie sie noch einmal, und vergleichen Sie ihre Prüfsumme.",
  ],
  [
    "The file is damaged, or belongs to another model: download it again.",
    "Die Datei ist beschädigt oder gehört zu einem anderen Modell: Laden Sie sie noch einmal.",
  ],
  [
    "The file is damaged or was made for another program: download it again.",
    "Die Datei ist beschädigt oder für ein anderes Programm gemacht: Laden Sie sie noch einmal.",
  ],
  [
    "The file is damaged, or was made by a faulty program: look for another one.",
    "Die Datei ist beschädigt oder stammt von einem fehlerhaften Programm: Suchen Sie eine andere.",
  ],
  [
    "The weights are damaged: download them again. If they are as they should be, convert to F32 or BF16.",
    "Die Gewichte sind beschädigt: Laden Sie sie noch einmal. Sollen sie so sein, wandeln Sie in F32 oder BF16 um.",
  ],
  [
    "Do not use this file. Look for the model's safetensors or GGUF files, which cannot hold programs.",
    "Benutzen Sie diese Datei nicht. Suchen Sie das Modell als safetensors oder GGUF, die keine Programme enthalten können.",
  ],
  [
    "Files of this age do not have them. Put the model's tokenizer.model into the same folder.",
    "In so alten Dateien gibt es sie nicht. Legen Sie die tokenizer.model des Modells in denselben Ordner.",
  ],
  [
    "They differ in token {}. Put the tokenizer.model that belongs to the model into the folder, or remove it.",
    "Token {1} ist verschieden. Legen Sie die tokenizer.model in den Ordner, die zum Modell gehört, oder entfernen Sie sie.",
  ],
  [
    "A file is missing, or the configuration belongs to another model: download the whole checkpoint again.",
    "Eine Datei fehlt, oder die Konfiguration gehört zu einem anderen Modell: Laden Sie den ganzen Checkpoint noch einmal.",
  ],
  [
    "It is quantized, an adapter, or of another architecture. Look for a GGUF file of the model.",
    "Er ist quantisiert, ein Adapter oder von anderer Bauart. Suchen Sie das Modell als GGUF-Datei.",
  ],
  [
    "The weights and the configuration belong to different models: download the whole checkpoint again.",
    "Gewichte und Konfiguration gehören zu verschiedenen Modellen: Laden Sie den ganzen Checkpoint noch einmal.",
  ],
  [
    "A consolidated.NN.pth file is missing or is not one of a LLaMA model.",
    "Eine Datei consolidated.NN.pth fehlt oder gehört zu keinem LLaMA-Modell.",
  ],
  [
    "They belong to different models: download all consolidated.NN.pth files again.",
    "Sie gehören zu verschiedenen Modellen: Laden Sie alle Dateien consolidated.NN.pth noch einmal.",
  ],
  [
    "Put the missing files, up to {}, into the same folder.",
    "Legen Sie die fehlenden Dateien, bis {1}, in denselben Ordner.",
  ],
  [
    "Known are {}. Look for a GGUF file of the model: Cria runs many more of those.",
    "Bekannt sind {1}. Suchen Sie das Modell als GGUF-Datei: Davon kennt Cria viel mehr.",
  ],
  [
    "Look for the model's F16 or BF16 weights, or for a GGUF file of it.",
    "Suchen Sie die Gewichte des Modells in F16 oder BF16 oder eine GGUF-Datei davon.",
  ],
  [
    "It has LLaMA's name but not its shape. Look for a GGUF file of the model.",
    "Es heißt wie LLaMA, ist aber anders gebaut. Suchen Sie das Modell als GGUF-Datei.",
  ],
  [
    "Known are linear, llama3 and yarn. Look for a GGUF file of the model.",
    "Bekannt sind linear, llama3 und yarn. Suchen Sie das Modell als GGUF-Datei.",
  ],
  [
    "Its adapter_config.json says for which base model it was made.",
    "Für welches Grundmodell er gemacht wurde, steht in seiner adapter_config.json.",
  ],
  [
    "Download the whole adapter again: adapter_config.json and adapter_model.safetensors (or .bin).",
    "Laden Sie den ganzen Adapter noch einmal: adapter_config.json und adapter_model.safetensors (oder .bin).",
  ],
  [
    "Merge it with PEFT (merge_and_unload) and convert the result, or look for merged weights.",
    "Arbeiten Sie ihn mit PEFT ein (merge_and_unload), und wandeln Sie das Ergebnis um, oder suchen Sie Gewichte, in die er eingearbeitet ist.",
  ],
  [
    "Quantized weights cannot be converted: look for the model's F16 or BF16 weights, or for a GGUF file of it.",
    "Quantisierte Gewichte lassen sich nicht umwandeln: Suchen Sie die Gewichte des Modells in F16 oder BF16 oder eine GGUF-Datei davon.",
  ],

  // Quantizing.
  [
    "Is the machine out of memory? Close other programs, or use fewer threads, and start again.",
    "Ist der Speicher voll? Schließen Sie andere Programme, oder nehmen Sie weniger Threads, und starten Sie noch einmal.",
  ],
  [
    "Free some space, or choose a smaller quantization, and try again.",
    "Schaffen Sie Platz, oder wählen Sie eine kleinere Quantisierung, und versuchen Sie es noch einmal.",
  ],
  [
    'Reinstall Cria with its optional packages ("npm install --include=optional"): @node-llama-cpp/{} brings the library.',
    "Installieren Sie Cria neu, und zwar mit seinen optionalen Paketen („npm install --include=optional“): @node-llama-cpp/{1} bringt die Bibliothek mit.",
  ],
  [
    "Cria needs glibc 2.34 or newer on Linux (Debian 12, Ubuntu 22.04). Reinstall Cria if the system is new enough.",
    "Unter Linux braucht Cria glibc 2.34 oder neuer (Debian 12, Ubuntu 22.04). Ist das System neu genug, installieren Sie Cria neu.",
  ],
  [
    "Reinstall Cria so that it gets the version of node-llama-cpp it was made for.",
    "Installieren Sie Cria neu, damit es die passende Version von node-llama-cpp bekommt.",
  ],
  [
    "Such values cannot be quantized: start from a file in F32, F16 or BF16.",
    "Solche Werte lassen sich nicht quantisieren: Gehen Sie von einer Datei in F32, F16 oder BF16 aus.",
  ],
  [
    "Start from a file in F32, F16 or BF16, or leave the type out and take it as it is. `cria quantize --requantize` quantizes it twice, which costs quality.",
    "Gehen Sie von einer Datei in F32, F16 oder BF16 aus, oder lassen Sie den Typ weg, und nehmen Sie sie, wie sie ist. „cria quantize --requantize“ quantisiert sie ein zweites Mal, was Güte kostet.",
  ],
  ["Give the quantized model another name.", "Geben Sie dem quantisierten Modell einen anderen Namen."],
];
