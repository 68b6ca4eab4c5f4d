import type { z } from "zod";
import { AppError } from "../platform/AppError.js";

type Issue = z.core.$ZodIssue;

/**
 * The body, checked. Throws `bad_request`, or `unknown_parameter` for a field that does not exist; both name the field.
 * `hint` says where to read what is allowed.
 */
export function parseBody<Schema extends z.ZodType>(schema: Schema, body: unknown, hint: string): z.infer<Schema> {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  throw issueError(mostTelling(parsed.error.issues), hint);
}

/** A union reports one list of issues per branch: the branch that got furthest into the value knows best. */
function mostTelling(issues: readonly Issue[], path: readonly PropertyKey[] = []): Issue {
  const first = issues[0];
  if (first === undefined) throw new AppError("bad_request", "The request is wrong.");
  const issue = { ...first, path: [...path, ...first.path] };
  if (issue.code !== "invalid_union") return issue;
  const branches = issue.errors.map((branch) => mostTelling(branch, issue.path));
  const depth = (branch: Issue) => branch.path.length + (branch.code === "invalid_type" ? 0 : 0.5);
  const best = branches.sort((a, b) => depth(b) - depth(a))[0];
  if (best === undefined || depth(best) <= issue.path.length) return issue;
  return best;
}

function issueError(issue: Issue, hint: string): AppError {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const field = [...path, issue.keys[0] ?? ""].join(".");
    return new AppError("unknown_parameter", `Unknown parameter: "${field.slice(0, 200)}".`, { hint, field });
  }
  const field = path.join(".");
  const missing = issue.code === "invalid_type" && issue.input === undefined && /undefined/.test(issue.message);
  const message = missing
    ? `"${field}" is missing.`
    : field === ""
      ? `The request is wrong: ${issue.message}.`
      : `"${field}" is wrong: ${issue.message}.`;
  return new AppError("bad_request", message, { hint, ...(field === "" ? {} : { field }) });
}
