import { act, cleanup } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { EmptyChat } from "./EmptyChat.js";
import { demo, renderInApp } from "./testApp.js";

afterEach(cleanup);

it("says of a model where what is written goes", () => {
  const { app, container } = renderInApp(<EmptyChat installCard={null} />);
  const show = (model: object) =>
    act(() =>
      app.store.setState((state) => ({
        ...state,
        models: { ...state.models, list: [{ ...demo, demo: false, ...model }] },
      })),
    );
  show({});
  expect(container.textContent).toContain("Nothing you write leaves it.");
  show({ engine: "gpu", description: "Fast." });
  expect(container.textContent).toContain("Answers from the server “gpu”. What you write is sent there.");
  expect(container.textContent).not.toContain("this machine");
});
