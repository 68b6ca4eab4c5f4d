/**
 * What the catalog and the model that ships say of models and licences, in German, by the English text: an installed model keeps the
 * words that the catalog had then. A test compares this with the catalog.
 */
const byText: Readonly<Partial<Record<string, string>>> = {
  "Meta's first LLaMA (February 2023). It continues text; it was not trained to follow instructions.":
    "Metas erstes LLaMA (Februar 2023). Es setzt Texte fort; Anweisungen zu folgen hat es nicht gelernt.",
  "Stanford's Alpaca: LLaMA 7B trained on 52,000 instructions. Made here the official way: the base model plus Stanford's published weight difference.":
    "Stanfords Alpaca: LLaMA 7B, mit 52.000 Anweisungen trainiert. Es entsteht hier auf dem offiziellen Weg: das Grundmodell plus die Differenz der Gewichte, die Stanford veröffentlicht hat.",
  "LLaMA 13B trained on Alpaca's instructions by the community (chavinlo/alpaca-13b, all weights trained).":
    "LLaMA 13B, von der Community mit Alpacas Anweisungen trainiert (chavinlo/alpaca-13b, alle Gewichte).",
  "LLaMA 30B with the community's Alpaca-LoRA adapter merged in (chansung/alpaca-lora-30b).":
    "LLaMA 30B mit dem Alpaca-LoRA-Adapter der Community (chansung/alpaca-lora-30b).",
  "LLaMA 65B with the community's Alpaca-LoRA adapter merged in (chansung/alpaca-lora-65b).":
    "LLaMA 65B mit dem Alpaca-LoRA-Adapter der Community (chansung/alpaca-lora-65b).",
  "Very small and quick; simple questions and short texts.":
    "Sehr klein und flink, für einfache Fragen und kurze Texte.",
  "Very small, speaks many languages.": "Sehr klein, spricht viele Sprachen.",
  "LLaMA's design at a sixth of the size; runs on almost anything.":
    "Die Bauart von LLaMA auf einem Sechstel der Größe; läuft auf fast allem.",
  "Meta's smallest Llama 3.2; a good first real model for a laptop.":
    "Metas kleinstes Llama 3.2; ein gutes erstes richtiges Modell für einen Laptop.",
  "Strong for its size, speaks many languages.": "Stark für seine Größe, spricht viele Sprachen.",
  "Fully open: weights, data and training are published.":
    "Ganz offen: Gewichte, Daten und Training sind veröffentlicht.",
  "The best answers that still run well on a laptop with 8 GB.":
    "Die besten Antworten, die auf einem Laptop mit 8 GB noch gut laufen.",
  "For machines with 16 GB: long texts, code, many languages.":
    "Für Rechner mit 16 GB: lange Texte, Code, viele Sprachen.",
  "Meta's Llama 3.1 for machines with 16 GB.": "Metas Llama 3.1 für Rechner mit 16 GB.",
  "A tiny demo model with 6.8 million parameters, made for this project. It writes very short stories and answers very simple questions, and it makes mistakes in facts, sums and names.":
    "Ein winziges Demo-Modell mit 6,8 Millionen Parametern, für dieses Projekt gemacht. Es schreibt auf Englisch sehr kurze Geschichten, beantwortet sehr einfache Fragen und macht Fehler bei Fakten, Rechnungen und Namen.",
  "LLaMA licence (research only, non-commercial)": "LLaMA-Lizenz (nur Forschung, nicht kommerziell)",
  "CC BY-NC 4.0 for the difference, and the LLaMA licence for the base (non-commercial)":
    "CC BY-NC 4.0 für die Differenz und die LLaMA-Lizenz für das Grundmodell (nicht kommerziell)",
};

/** A description or a licence's name in German; one that is not Cria's own stays as it is. */
export function catalogTextInGerman(text: string): string {
  return byText[text] ?? text;
}
