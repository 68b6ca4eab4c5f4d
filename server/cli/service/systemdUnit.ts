/** What the service runs. */
export interface ServiceProgram {
  /** The program and its arguments. */
  command: readonly string[];
  environment: Readonly<Record<string, string>>;
}

/**
 * A unit for a user's own systemd. Secrets have no place in it, which everybody may read: they come from a file of the user's.
 * Source of the form: systemd.service(5), systemd.syntax(7).
 */
export function systemdUnit({ command, environment }: ServiceProgram): string {
  return `[Unit]
Description=Cria: models on this machine, from a browser
After=network.target

[Service]
Type=simple
ExecStart=${command.map((word) => quoted(word).replaceAll("$", "$$$$")).join(" ")}
${Object.entries(environment)
  .map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}\n`)
  .join("")}# CRIA_TOKEN=... and other settings, one per line; not needed
EnvironmentFile=-%h/.config/cria/environment
Restart=on-failure
RestartSec=5
# The server ends its workers itself; what is left after that is killed.
KillMode=mixed
TimeoutStopSec=20
NoNewPrivileges=true

[Install]
WantedBy=default.target
`;
}

/** In quotes, with what systemd would take for its own written out. */
function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%").replaceAll("\n", "\\n")}"`;
}
