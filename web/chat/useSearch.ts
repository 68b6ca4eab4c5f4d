import { useEffect, useState } from "react";
import type { SearchHit } from "../../server/protocol/conversation.js";
import type { PageResult } from "../connection/PageError.js";
import { useActions } from "../state/AppContext.js";

const debounceMs = 120;

/** What was found for a query, a moment after its last change; the last answer stays until the next one. */
export function useSearch(query: string): PageResult<readonly SearchHit[]> | undefined {
  const { searchChats } = useActions();
  const [result, setResult] = useState<PageResult<readonly SearchHit[]> | undefined>();
  const wanted = query.trim();
  useEffect(() => {
    if (wanted === "") {
      setResult(undefined);
      return;
    }
    let current = true;
    const timer = setTimeout(() => {
      void searchChats(wanted).then((found) => {
        if (current) setResult(found);
      });
    }, debounceMs);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [wanted, searchChats]);
  return result;
}
