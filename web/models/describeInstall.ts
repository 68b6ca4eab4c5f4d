import type { InstallProgress } from "../../server/protocol/install.js";
import { formatBytes } from "../ui/formatBytes.js";
import { messages } from "../ui/messages.js";

/** What an install does now, in a few short facts: bytes, speed, time left. Pure. */
export function describeInstall(install: InstallProgress): string[] {
  const words = messages.install;
  const { fetchedBytes, fetchTotalBytes, convertedBytes, convertTotalBytes, bytesPerSecond, etaSeconds } = install;
  const running = install.state === "running";
  return [
    ...(fetchTotalBytes > 0 && install.step !== "converting"
      ? [words.bytesOf(formatBytes(fetchedBytes), formatBytes(fetchTotalBytes))]
      : []),
    ...(convertTotalBytes > 0 && (install.step === "converting" || convertedBytes > 0)
      ? [words.convertedOf(formatBytes(convertedBytes), formatBytes(convertTotalBytes))]
      : []),
    ...(running && bytesPerSecond > 0 ? [words.speed(bytesPerSecond / 1e6)] : []),
    ...(running && etaSeconds !== undefined ? [words.timeLeft(etaSeconds)] : []),
    ...(install.quantization ? [install.quantization] : []),
  ];
}

/** What it does just now, where the facts do not say it: while bytes arrive they say enough, and while none do one wants to know why. */
export function installDetail(install: InstallProgress): string | undefined {
  const { state, step, bytesPerSecond } = install;
  return state === "running" && (step !== "fetching" || bytesPerSecond === 0)
    ? messages.install.activity(install, formatBytes)
    : undefined;
}

/** What it is at, in one or two words. */
export function installStepWords({ state, step }: InstallProgress): string {
  if (state === "paused") return messages.install.paused;
  if (state === "failed") return messages.install.failedBadge;
  return messages.install.steps[step];
}
