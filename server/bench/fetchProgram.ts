/** Only the download of an install: fetches the repository's checkpoint into a folder. Arguments: `owner/name`, the folder. */
import { fetchRepository } from "../install/fetchRepository.js";

const [repository = "", folder = ""] = process.argv.slice(2);
await fetchRepository({ repository, revision: "main", quantization: undefined, path: undefined }, folder, {
  signal: new AbortController().signal,
  onProgress: () => {},
});
