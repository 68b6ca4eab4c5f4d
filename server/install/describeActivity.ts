import type { InstallActivity, InstallProgress } from "../protocol/install.js";
import { formatBytes } from "./formatBytes.js";

/** What an install does, as its progress says it: in words, and as a code for those who have words of their own. */
export function saying(activity: InstallActivity): Pick<InstallProgress, "message" | "activity"> {
  return { message: describeActivity(activity), activity };
}

/** What an install does, in English words. */
export function describeActivity(activity: InstallActivity): string {
  switch (activity.code) {
    case "starting":
      return "Starting";
    case "waiting":
      return "Waiting for another install to finish";
    case "held":
      return "Waiting until another process leaves the model's folder";
    case "paused":
      return "Paused";
    case "cancelled":
      return "Cancelled";
    case "installed":
      return "Installed";
    case "asking":
      return `Asking ${activity.host} for ${activity.source}`;
    case "reading":
      return `Reading ${activity.source}`;
    case "passing":
      return `${activity.error.message} Trying the next source.`;
    case "looking":
      return `Looking what is there of ${activity.name}`;
    case "describing":
      return `Reading what ${activity.source} is made of`;
    case "fetching": {
      const { file, sizeBytes, source } = activity;
      return `Fetching ${file}${sizeBytes === undefined ? "" : ` (${formatBytes(sizeBytes)})`} from ${source}`;
    }
    case "retrying":
      return `${activity.error.message} Trying again in ${activity.delaySeconds} s.`;
    case "quantizing":
      return `Quantizing to ${activity.quantization}`;
    case "joining":
      return "Joining the parts";
    case "repacking":
      return "Repacking";
    case "copying":
      return "Copying the weights";
    case "verifying":
      return "Reading the weights back";
    case "registering":
      return `${formatBytes(activity.sizeBytes)} of weights are in place`;
  }
}
