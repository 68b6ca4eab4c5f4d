import { mark, standaloneScript } from "./standalonePage.js";

/**
 * What a browser gets instead of the page as long as it has no token that counts. It stands alone: nothing of the page itself is
 * sent to somebody who may not see it.
 */
export const loginPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Cria: token needed</title>
<link rel="stylesheet" href="/standalone.css">
</head>
<body>
<main>
${mark}
<h1>Cria</h1>
<p><span data-words="needed">This server needs a token. Whoever runs it makes one with</span> <code>cria token new</code>.</p>
<form>
<label for="token" data-words="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" autocapitalize="none" spellcheck="false" required autofocus aria-describedby="problem">
<p id="problem" role="alert"></p>
<button type="submit" data-words="go">Continue</button>
</form>
<noscript><p>The page needs JavaScript.</p></noscript>
</main>
<script src="/login.js"></script>
</body>
</html>
`;

const german = {
  title: "Cria: Token nötig",
  needed: "Dieser Server verlangt ein Token. Wer ihn betreibt, erzeugt eines mit",
  token: "Token",
  go: "Weiter",
  unauthorized: "Dieses Token gilt hier nicht. Es kann widerrufen worden oder ein anderes sein.",
  too_many_requests: "Das waren zu viele Versuche. Warten Sie einen Augenblick.",
  unreachable: "Der Server ist nicht zu erreichen.",
  refused: "Die Anmeldung wurde nicht angenommen. Laden Sie die Seite neu, und versuchen Sie es noch einmal.",
};

export const loginScript = `${standaloneScript(german)}
const form = document.querySelector("form");
const field = document.querySelector("#token");
const problem = document.querySelector("#problem");

function open() {
  location.replace(location.pathname);
}

// After a link from another site the browser held the cookie back: asked by this page itself it sends it.
fetch("/prompts", { headers: { "X-Cria": "1" } }).then((response) => {
  if (response.ok) open();
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.textContent = "";
  try {
    const response = await fetch("/login", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token: field.value.trim() }),
    });
    if (response.ok) return open();
    const { error } = await response.json();
    problem.textContent = words?.[error.code] ?? words?.refused ?? [error.message, error.hint].filter(Boolean).join(" ");
  } catch {
    problem.textContent = words?.unreachable ?? "The server cannot be reached.";
  }
  field.select();
});
`;
