import { expect, it } from "vitest";
import { AppError } from "./AppError.js";

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: it went wrong, open '/somewhere/secret'`), { code });
}

it("a full or read-only disk is called by its name, wherever it was met, and shows no path", () => {
  for (const code of ["ENOSPC", "EDQUOT"])
    expect(AppError.from(systemError(code)).toInfo()).toEqual({
      code: "disk_full",
      message: "The disk is full.",
      hint: "Free some room on the disk of the home folder, then try again.",
    });
  expect(AppError.from(systemError("EROFS"))).toMatchObject({ code: "home_not_writable" });
});

it("what was not foreseen is internal, keeps its cause and shows nothing of it", () => {
  const cause = systemError("EIO");
  const error = AppError.from(cause);
  expect(error).toMatchObject({ code: "internal", cause });
  expect(JSON.stringify(error.toInfo())).not.toContain("secret");
  expect(AppError.from(error)).toBe(error);
});
