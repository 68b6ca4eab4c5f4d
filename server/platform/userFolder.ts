import { homedir, userInfo } from "node:os";

/** The user's own folder. An empty HOME, as some services and scripts have it, is none: the system knows better. */
export function userFolder(): string {
  return homedir() || userInfo().homedir;
}
