import { describe, expect, it } from "vitest";
import { saidInGerman } from "./germanServerErrors.js";

describe("what the server says, in German", () => {
  it("is told by its code, with the server's numbers", () => {
    const message = "llama.7B needs 3.5 GB of memory and 1.2 GB are free.";
    expect(saidInGerman({ code: "memory_short", message, hint: "Close other programs." })).toEqual({
      message: "Das Modell braucht mehr Speicher, als frei ist. (3,5 GB / 1,2 GB)",
      hint: expect.stringContaining("Schließen Sie andere Programme"),
    });
    expect(saidInGerman({ code: "conversation_not_found", message: "There is no such conversation." }).message).toBe(
      "Diesen Chat gibt es nicht, oder er wurde gelöscht.",
    );
  });

  it("keeps the server's own words where they name what is wrong", () => {
    expect(saidInGerman({ code: "bad_request", message: '"text" is missing.' }).message).toBe(
      'Die Anfrage passt nicht. Der Server sagt: „"text" is missing.“',
    );
  });

  it("leaves what the page says itself, and what it does not know", () => {
    expect(saidInGerman({ code: "refused_here", message: "Zu groß." })).toEqual({
      message: "Zu groß.",
      hint: undefined,
    });
    expect(saidInGerman({ message: "Zu groß." }).message).toBe("Zu groß.");
    expect(saidInGerman({ code: "of_tomorrow", message: "New." }).message).toBe("New.");
  });
});
