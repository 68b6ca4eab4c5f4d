import type { z } from "zod";
import { AppError } from "../platform/AppError.js";

type Issue = z.core.$ZodIssue;

/**
 * The body, checked. Throws `bad_request`, or `unknown_parameter` for a field that does not exist; both name the field.
 * `hint` says where to read what is allowed.
 */
export function parseBody<Schema extends z.ZodType>(schema: Schema, body: unknown, hint: string): z.infer<Schema> {
  const parsed = schema.safeParse(body ?? {}, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw issueError(mostTelling(parsed.error.issues), hint);
}

/**
 * A union reports one list of issues per branch: the branch that got furthest into the value knows best. Where none got further
 * than the value itself, all that it may be is named.
 */
function mostTelling(issues: readonly Issue[], path: readonly PropertyKey[] = []): Issue {
  const first = issues[0];
  if (first === undefined) throw new AppError("bad_request", "The request is wrong.");
  const issue = { ...first, path: [...path, ...first.path] };
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return issue;
  // Of the right type, and yet wrong: too long, say. That is what the value was meant to be.
  const meant = issue.errors.find((branch) => branch.every(({ path, code }) => path.length === 0 && isBound(code)));
  if (meant !== undefined) return mostTelling(meant, issue.path);
  const branches = issue.errors.map((branch) => mostTelling(branch, issue.path));
  const reach = (branch: Issue) => branch.path.length + (expectation(branch) === undefined ? 0.5 : 0);
  const best = branches.reduce((a, b) => (reach(b) > reach(a) ? b : a));
  if (reach(best) > issue.path.length) return best;
  const expected = [...new Set(branches.map(expectation))].join(" or ");
  return { ...issue, message: `expected ${expected}` };
}

function isBound(code: Issue["code"]): boolean {
  return code === "too_big" || code === "too_small" || code === "custom";
}

/** What a mismatch of type or value would have taken; `undefined` for any other complaint. */
function expectation(issue: Issue): string | undefined {
  if (issue.code === "invalid_type") return issue.expected === "int" ? "integer" : issue.expected;
  if (issue.code === "invalid_value") return issue.values.map((value) => JSON.stringify(value)).join(" or ");
  return issue.code === "invalid_union" && issue.message.startsWith("expected ")
    ? issue.message.slice("expected ".length)
    : undefined;
}

function issueError(issue: Issue, hint: string): AppError {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const field = [...path, issue.keys[0] ?? ""].join(".");
    return new AppError("unknown_parameter", `Unknown parameter: "${field.slice(0, 200)}".`, { hint, field });
  }
  const field = path.join(".");
  const missing = issue.input === undefined && (issue.code === "invalid_type" || issue.code === "invalid_union");
  const message = missing
    ? `"${field}" is missing.`
    : field === ""
      ? `The request is wrong: ${issue.message}.`
      : `"${field}" is wrong: ${issue.message}.`;
  return new AppError("bad_request", message, { hint, ...(field === "" ? {} : { field }) });
}
