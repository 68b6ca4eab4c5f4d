import { act, cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it } from "vitest";
import { renderInApp } from "./chat/testApp.js";
import { ServerNotices } from "./ServerNotices.js";

afterEach(cleanup);

const notice = { code: "storage_failed" as const, message: "The database was set aside.", hint: "It is at /x." };

function start() {
  const shown = renderInApp(<ServerNotices />);
  shown.connection.answers["server:info"] = () => ({
    ok: true,
    data: { version: "1", protocolVersion: 1, homePath: "/", account: "a", notices: [notice] },
  });
  act(() => shown.connection.setStatus("reconnecting"));
  act(() => shown.connection.setStatus("connected"));
}

describe("what went wrong when the server started", () => {
  it("is told until somebody has seen it", async () => {
    start();
    await screen.findByText("The database was set aside.");
    screen.getByText("It is at /x.");
    await userEvent.click(screen.getByRole("button", { name: "Understood" }));
    expect(screen.queryByText("The database was set aside.")).toBeNull();
    expect(localStorage.getItem("cria.noticesSeen")).toContain("set aside");
  });
});
