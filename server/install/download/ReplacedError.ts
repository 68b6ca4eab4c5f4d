import { AppError } from "../../platform/AppError.js";

/** Bytes of a file that somebody used already, while it was being fetched, turned out to be no part of it: begin anew. */
export class ReplacedError extends AppError {
  constructor(fileName: string) {
    super("download_corrupt", `${fileName} changed while it was being downloaded.`, {
      hint: "Start again. If it happens again, choose another source.",
    });
  }
}
