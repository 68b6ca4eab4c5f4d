/** What a row takes beside its texts, in bytes; databases that are there have counted with it. */
export const rowBytes = 200;

interface HeldTable {
  name: string;
  /** Columns that count once. */
  texts: readonly string[];
  /** Columns that count twice, as they are kept for searches too. */
  searched?: readonly string[];
  /** Of `texts`, those that may be NULL. */
  optional?: readonly string[];
}

const tables: readonly HeldTable[] = [
  { name: "conversations", searched: ["title"], texts: ["settings"], optional: ["settings"] },
  {
    name: "messages",
    searched: ["text"],
    texts: ["summary", "stats", "error"],
    optional: ["summary", "stats", "error"],
  },
  { name: "attachments", texts: ["text"] },
  { name: "settings", texts: ["value"] },
  { name: "presets", texts: ["value"] },
];

/** What a row takes; `row`: `new.`, `old.`, or nothing in a query of the table. */
function bytesOf({ texts, searched = [], optional = [] }: HeldTable, row: "" | "new." | "old."): string {
  const lengths = texts.map((column) => {
    const length = `octet_length(${row}${column})`;
    return optional.includes(column) ? `coalesce(${length}, 0)` : length;
  });
  return [rowBytes, ...searched.map((column) => `2 * octet_length(${row}${column})`), ...lengths].join(" + ");
}

/** A query of what each row of all tables takes, as `bytes`; `condition`: of those that count. */
export function heldRows(condition = ""): string {
  return tables
    .map((table) => `SELECT ${bytesOf(table, "")} AS bytes FROM ${table.name} ${condition}`)
    .join("\n    UNION ALL ");
}

/**
 * Makes the table `held`, one row, which is what all the other tables hold, and counts what is there already. Triggers count what comes and
 * goes. What a deletion leaves behind in the index of words is not in it.
 */
export const heldStatements = `
  CREATE TABLE held (bytes INTEGER NOT NULL, conversations INTEGER NOT NULL) STRICT;
  INSERT INTO held (bytes, conversations) SELECT coalesce(sum(bytes), 0), (SELECT count(*) FROM conversations) FROM (
    ${heldRows()});
  ${tables.map(triggersOf).join("\n  ")}
  `;

function triggersOf(table: HeldTable): string {
  const { name, texts, searched = [] } = table;
  const count = (sign: "+" | "-") => (name === "conversations" ? `, conversations = conversations ${sign} 1` : "");
  return `CREATE TRIGGER held_${name}_added AFTER INSERT ON ${name} BEGIN
    UPDATE held SET bytes = bytes + ${bytesOf(table, "new.")}${count("+")};
  END;
  CREATE TRIGGER held_${name}_changed AFTER UPDATE OF ${[...searched, ...texts].join(", ")} ON ${name} BEGIN
    UPDATE held SET bytes = bytes + ${bytesOf(table, "new.")} - (${bytesOf(table, "old.")});
  END;
  CREATE TRIGGER held_${name}_removed AFTER DELETE ON ${name} BEGIN
    UPDATE held SET bytes = bytes - (${bytesOf(table, "old.")})${count("-")};
  END;`;
}
