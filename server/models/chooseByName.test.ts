import { describe, expect, it } from "vitest";
import { chooseByName } from "./chooseByName.js";

const models = ["alpaca.7B", "llama.7B", "llama.13B", "alpaca.demo"].map((id) => ({ id }));

describe("the model that a person names", () => {
  it.each([
    ["alpaca.demo", "alpaca.demo"],
    ["ALPACA.Demo", "alpaca.demo"],
    ["demo", "alpaca.demo"],
    ["13b", "llama.13B"],
    ["LLAMA.7b", "llama.7B"],
  ])("%s is %s", (name, id) => {
    expect(chooseByName(models, name).id).toBe(id);
  });

  it("is the one written so where two differ in case alone", () => {
    expect(chooseByName([{ id: "a.B" }, { id: "a.b" }], "a.b").id).toBe("a.b");
  });

  it("is never guessed where several have the short name", () => {
    expect(() => chooseByName(models, "7b")).toThrow(
      expect.objectContaining({ code: "bad_request", hint: "Give the whole name: alpaca.7B or llama.7B." }),
    );
    // One that is installed and being installed anew is one model.
    expect(chooseByName([...models, { id: "llama.13B" }], "13B").id).toBe("llama.13B");
  });

  it.each(["", "mo", "13", "llama", "llama.demo"])("is not there for %j", (name) => {
    expect(() => chooseByName(models, name)).toThrow(
      expect.objectContaining({ code: "model_not_found", hint: expect.stringContaining("llama.13B") }),
    );
  });
});
