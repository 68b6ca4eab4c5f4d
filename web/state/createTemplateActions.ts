import type { PromptTemplate } from "../../server/protocol/conversation.js";
import type { Connection } from "../connection/Connection.js";
import type { PageError, PageResult } from "../connection/PageError.js";
import type { AppEvent } from "./AppEvent.js";

interface Context {
  dispatch: (event: AppEvent) => void;
  connection: Connection;
}

export type TemplateActions = ReturnType<typeof createTemplateActions>;

/** What a reader can do with prompt templates. All resolve with what went wrong, if anything did. */
export function createTemplateActions({ dispatch, connection }: Context) {
  const take = (result: PageResult<{ templates: PromptTemplate[] }>): PageError | undefined => {
    if (!result.ok) return result.error;
    dispatch({ type: "templatesListed", templates: result.data.templates });
    return undefined;
  };
  return {
    fetchTemplates: async () => take(await connection.request("template:list", {})),

    /** Stores one of the reader's own. `before`: the name that it had; nothing is lost when the second step fails. */
    async saveTemplate(name: string, text: string, before?: string): Promise<PageError | undefined> {
      const problem = take(await connection.request("template:save", { name, text }));
      if (problem || before === undefined || before === name) return problem;
      return take(await connection.request("template:delete", { name: before }));
    },
    deleteTemplate: async (name: string) => take(await connection.request("template:delete", { name })),
  };
}
