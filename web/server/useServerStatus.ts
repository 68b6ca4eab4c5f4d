import { useEffect, useState } from "react";
import type { ServerStatus } from "../../server/protocol/serverStatus.js";
import { collectSamples, noSamples, type Samples } from "./collectSamples.js";

const lookEveryMs = 1000;

/** Looks at the server every second while the page is seen. `reachable`: whether the last look saw anything. */
export function useServerStatus(): Samples & { reachable: boolean } {
  const [samples, setSamples] = useState(noSamples);
  const [reachable, setReachable] = useState(true);
  useEffect(() => {
    const ended = new AbortController();
    const look = async () => {
      if (document.hidden) return;
      try {
        const response = await fetch("/api/slots", { signal: ended.signal });
        if (!response.ok) throw new Error(response.statusText);
        const status: ServerStatus = await response.json();
        setSamples((before) => collectSamples(before, status));
        setReachable(true);
      } catch {
        if (!ended.signal.aborted) setReachable(false);
      }
    };
    void look();
    const timer = setInterval(() => void look(), lookEveryMs);
    return () => {
      clearInterval(timer);
      ended.abort();
    };
  }, []);
  return { ...samples, reachable };
}
