// Runs before the first paint, so that a dark page never flashes light. A file of its own because the page allows no inline script.
try {
  const theme = localStorage.getItem("cria.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Without storage the system's colours are used.
}
