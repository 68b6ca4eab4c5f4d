import { afterAll, beforeAll, expect, it } from "vitest";
import { connect } from "../../client/connect.js";
import { TestServer } from "../../test/TestServer.js";
import { toAppError } from "./toAppError.js";

let cria: TestServer;
beforeAll(async () => {
  cria = await TestServer.start(undefined, {}, { token: "a-token-of-more-than-sixteen-letters" });
});
afterAll(() => cria.close());

it.each([undefined, "a-wrong-one-of-more-than-sixteen-letters"])(
  "a token that is missing or wrong (%j) belongs into CRIA_TOKEN",
  async (token) => {
    const error = await connect(cria.url, token === undefined ? {} : { token }).then(
      () => undefined,
      (thrown: unknown) => toAppError(thrown),
    );
    expect(error).toMatchObject({ code: "unauthorized", hint: expect.stringContaining("CRIA_TOKEN") });
  },
);
