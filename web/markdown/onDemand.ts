import { useEffect, useState } from "react";

/**
 * A part of the page that is fetched when it is first needed. The hook answers undefined until it is there, and then draws again;
 * if it cannot be fetched, the page goes on without it and the next one that needs it tries again.
 */
export function onDemand<T>(load: () => Promise<T>): (needed: boolean) => T | undefined {
  let value: T | undefined;
  let loading: Promise<T> | undefined;
  const start = () => {
    loading ??= load();
    return loading;
  };
  return (needed) => {
    const [, setLoaded] = useState(value !== undefined);
    useEffect(() => {
      if (!needed || value !== undefined) return;
      let shown = true;
      start().then(
        (loaded) => {
          value = loaded;
          if (shown) setLoaded(true);
        },
        () => {
          loading = undefined;
        },
      );
      return () => {
        shown = false;
      };
    }, [needed]);
    return needed ? value : undefined;
  };
}
