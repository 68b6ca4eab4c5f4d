import { downloadFile } from "../install/download/downloadFile.js";
import { HttpClient } from "../install/download/HttpClient.js";
import { NetworkPolicy } from "../install/download/NetworkPolicy.js";
import { AppError } from "../platform/AppError.js";

/** A process of its own that downloads one file, for tests that kill it: arguments are address, path, size and checksum. */
const [url = "", path = "", sizeBytes = "", sha256 = ""] = process.argv.slice(2);
const http = new HttpClient({
  policy: new NetworkPolicy({ endpoint: new URL(new URL(url).origin), endpointConfigured: true }),
  userAgent: "cria-test",
});
const result = await downloadFile(
  {
    url: new URL(url),
    path,
    sizeBytes: Number(sizeBytes),
    sha256,
    maxBytes: Number(sizeBytes),
    errorFor: (answer) => new AppError("hub_failed", `status ${answer.status}`),
  },
  { http, signal: new AbortController().signal, settings: { segmentBytes: 2 ** 20, saveEveryBytes: 2 ** 20 } },
);
await http.close();
process.stdout.write(JSON.stringify(result));
