import type { AppState } from "../state/AppState.js";

/** What the server takes when nobody says anything else. */
const defaultTemperature = 0.8;
const step = 0.4;
const most = 2;

/** A temperature that makes the next reply more daring than this chat's own. */
export function hotterTemperature({ chat, models }: AppState): number {
  const model = models.list?.find(({ id }) => id === models.selectedId);
  const now =
    chat.conversation?.settings.sampling?.temperature ?? model?.samplingDefaults.temperature ?? defaultTemperature;
  return Math.min(most, Math.round((now + step) * 100) / 100);
}
