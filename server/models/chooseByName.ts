import { AppError } from "../platform/AppError.js";

/**
 * The model that a person names, in any case: by its id, or by what follows a dot in it where only one model is called so (`demo` for
 * `alpaca.demo`). Throws `model_not_found`, or `bad_request` for a short name that several have.
 */
export function chooseByName<Model extends { readonly id: string }>(models: readonly Model[], name: string): Model {
  const wanted = name.toLowerCase();
  const whole = models.find(({ id }) => id === name) ?? models.find(({ id }) => id.toLowerCase() === wanted);
  if (whole !== undefined) return whole;
  const [found, ...others] = models.filter(({ id }) => id.toLowerCase().endsWith(`.${wanted}`));
  if (found === undefined)
    throw new AppError("model_not_found", `No model called "${name}" is installed.`, {
      hint:
        models.length === 0
          ? "Install one: cria alpaca install 7B"
          : `Installed: ${models.map(({ id }) => id).join(", ")}.`,
      field: "modelId",
    });
  if (others.some(({ id }) => id !== found.id))
    throw new AppError("bad_request", `Several models are called "${name}".`, {
      hint: `Give the whole name: ${[found, ...others].map(({ id }) => id).join(" or ")}.`,
      field: "modelId",
    });
  return found;
}
