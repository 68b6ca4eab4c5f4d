/**
 * What looking at one thing brought out. `warning`: Cria works, but not as well as it could; `problem`: something does not work.
 * Both say in `hint` what to do.
 */
export interface Finding {
  /** What was looked at, as `engine` or `model alpaca.7B`. */
  check: string;
  status: "ok" | "warning" | "problem";
  message: string;
  hint?: string;
}

export const ok = (check: string, message: string): Finding => ({ check, status: "ok", message });
export const warning = (check: string, message: string, hint: string): Finding => ({
  check,
  status: "warning",
  message,
  hint,
});
export const problem = (check: string, message: string, hint: string): Finding => ({
  check,
  status: "problem",
  message,
  hint,
});
